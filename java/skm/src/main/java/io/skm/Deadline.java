package io.skm;

import java.util.concurrent.TimeUnit;

/** How many milliseconds a call has left when it begins. */
interface Deadline {
    long leftMs();

    static Deadline fromNow(long deadlineMs) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(deadlineMs);
        return () -> TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }
}
