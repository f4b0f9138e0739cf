package io.skm;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs an action when an object has been garbage-collected: by the JDK's Cleaner where there is one (Java 9), else
 * whenever the next object is registered.
 */
abstract class Reclaimer {
    private static final Reclaimer INSTANCE = choose();

    /** Runs {@code action} once {@code object} is gone. The action must not refer to the object. */
    static void register(Object object, Runnable action) {
        INSTANCE.add(object, action);
    }

    abstract void add(Object object, Runnable action);

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

        ByCleaner() throws ReflectiveOperationException {
            Class<?> type = Class.forName("java.lang.ref.Cleaner");
            cleaner = type.getMethod("create").invoke(null);
            register = type.getMethod("register", Object.class, Runnable.class);
        }

        @Override
        void add(Object object, Runnable action) {
            try {
                register.invoke(cleaner, object, action);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("java.lang.ref.Cleaner refuses to register", e);
            }
        }
    }

    /** For Java 8: no thread of its own. */
    static final class ByQueue extends Reclaimer {
        private final ReferenceQueue<Object> gone = new ReferenceQueue<>();
        private final Set<Pending> pending = ConcurrentHashMap.newKeySet();

        @Override
        void add(Object object, Runnable action) {
            for (Reference<?> next = gone.poll(); next != null; next = gone.poll()) {
                pending.remove(next);
                ((Pending) next).action.run();
            }
            pending.add(new Pending(object, gone, action));
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
