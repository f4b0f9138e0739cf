package io.skm;

import java.util.concurrent.TimeUnit;

/** How many milliseconds a call has left when it begins. */
interface Deadline {
    long leftMs();

    static Deadline fromNow(long deadlineMs) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(deadlineMs);
        return () -> TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    }

    /** What is left of so many milliseconds since then, at least one: a JVM that is new spends tens of them on its way. */
    static long left(long ms, long since) {
        return Math.max(1, ms - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
    }
}
