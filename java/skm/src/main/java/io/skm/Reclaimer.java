package io.skm;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs an action when an object has been garbage-collected: by the JDK's Cleaner where there is one (Java 9), else
 * whenever the next object is registered.
 */
abstract class Reclaimer {
    private static final Reclaimer INSTANCE = choose();

    /**
     * Runs {@code action} once {@code object} is gone. The action must not refer to the object.
     *
     * @return runs the action now, unless it has run, and forgets it: the JVM's own list would otherwise keep the
     *     action, and with it a stopped application, for as long as a static field holds the object
     */
    static Runnable register(Object object, Runnable action) {
        return INSTANCE.add(object, action);
    }

    abstract Runnable add(Object object, Runnable action);

    private static Reclaimer choose() {
        try {
            return new ByCleaner();
        } catch (ReflectiveOperationException noCleaner) {
            return new ByQueue();
        }
    }

    /** By {@code java.lang.ref.Cleaner}, found by reflection: the class is compiled for Java 8. */
    private static final class ByCleaner extends Reclaimer {
        private final Object cleaner;
        private final Method register;
        private final Method clean;

        ByCleaner() throws ReflectiveOperationException {
            Class<?> type = Class.forName("java.lang.ref.Cleaner");
            cleaner = type.getMethod("create").invoke(null);
            register = type.getMethod("register", Object.class, Runnable.class);
            clean = Class.forName("java.lang.ref.Cleaner$Cleanable").getMethod("clean");
        }

        @Override
        Runnable add(Object object, Runnable action) {
            Object cleanable = invoke(register, cleaner, object, action);
            return () -> invoke(clean, cleanable);
        }

        private static Object invoke(Method method, Object target, Object... arguments) {
            try {
                return method.invoke(target, arguments);
            } catch (InvocationTargetException failure) {
                throw unchecked(failure.getCause());
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("java.lang.ref.Cleaner cannot be used", e);
            }
        }

        /** What an action throws, as if it had been called without reflection. */
        private static RuntimeException unchecked(Throwable thrown) {
            if (thrown instanceof Error) {
                throw (Error) thrown;
            }
            return (RuntimeException) thrown;
        }
    }

    /** For Java 8: no thread of its own. */
    static final class ByQueue extends Reclaimer {
        private final ReferenceQueue<Object> gone = new ReferenceQueue<>();
        private final Set<Pending> pending = ConcurrentHashMap.newKeySet();

        @Override
        Runnable add(Object object, Runnable action) {
            for (Reference<?> next = gone.poll(); next != null; next = gone.poll()) {
                run((Pending) next);
            }
            Pending added = new Pending(object, gone, action);
            pending.add(added);
            return () -> run(added);
        }

        private void run(Pending due) {
            if (pending.remove(due)) {
                due.action.run();
            }
        }

        /** How many actions wait. */
        int waiting() {
            return pending.size();
        }

        private static final class Pending extends PhantomReference<Object> {
            private final Runnable action;

            Pending(Object object, ReferenceQueue<Object> queue, Runnable action) {
                super(object, queue);
                this.action = action;
            }
        }
    }
}
