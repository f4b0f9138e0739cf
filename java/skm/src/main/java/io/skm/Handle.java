package io.skm;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * A value that the native library holds for us: usable by many threads at once, closed once, freed when the last call
 * has left it. One that is forgotten is closed when it is garbage-collected.
 */
final class Handle implements AutoCloseable {
    private final State state;
    private final Runnable close;

    /**
     * Takes charge of a native value.
     *
     * @param end what makes running calls end, before the value is freed
     * @param free what frees it
     * @throws SkmException {@link SkmErrorCode#INTERNAL} for 0, which no value has
     */
    Handle(long pointer, LongConsumer end, LongConsumer free) {
        if (pointer == 0) {
            throw new SkmException(SkmErrorCode.INTERNAL, "the native library opened nothing", "本地库未能打开任何对象");
        }
        state = new State(pointer, end, free);
        close = Reclaimer.register(this, state);
    }

    /**
     * Runs what needs the value, which stays open meanwhile.
     *
     * @throws SkmException {@link SkmErrorCode#CLOSED} after {@link #close()}
     */
    <T> T with(LongFunction<T> use) {
        if (!state.enter()) {
            throw SkmException.closed();
        }
        try {
            return use.apply(state.pointer);
        } finally {
            state.leave();
        }
    }

    /** As {@link #with}, for what gives nothing back. */
    void run(LongConsumer use) {
        with(pointer -> {
            use.accept(pointer);
            return null;
        });
    }

    boolean isClosed() {
        return state.closed.get();
    }

    @Override
    public void close() {
        close.run();
    }

    /** Apart from the handle, so that it can act when the handle is gone. */
    private static final class State implements Runnable {
        final long pointer;
        final AtomicBoolean closed = new AtomicBoolean();
        /** Who still needs the value: its owner, until it is closed, and every running call. */
        private final AtomicLong users = new AtomicLong(1);

        private final LongConsumer end;
        private final LongConsumer free;

        State(long pointer, LongConsumer end, LongConsumer free) {
            this.pointer = pointer;
            this.end = end;
            this.free = free;
        }

        boolean enter() {
            while (!closed.get()) {
                long now = users.get();
                if (now == 0) {
                    return false;
                }
                if (users.compareAndSet(now, now + 1)) {
                    return true;
                }
            }
            return false;
        }

        void leave() {
            if (users.decrementAndGet() == 0) {
                free.accept(pointer);
            }
        }

        /** Closes. */
        @Override
        public void run() {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            end.accept(pointer);
            leave();
        }
    }
}
