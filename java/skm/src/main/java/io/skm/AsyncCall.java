package io.skm;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A call on an executor, whose future ends it when it is cancelled. */
final class AsyncCall<T> {
    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final Handle cancel = new Handle(Native.cancelNew(), Native::cancelFire, Native::cancelFree);
    private final Deadline deadline;
    private final Body<? extends T> body;
    private final Late late;
    /** Taken once: by the executor that runs the call, or by the deadline that gives it up. */
    private final AtomicBoolean begun = new AtomicBoolean();

    private AsyncCall(Deadline deadline, Body<? extends T> body, Late late) {
        this.deadline = deadline;
        this.body = body;
        this.late = late;
    }

    /** The call itself, given a cancellation of the native library and the milliseconds it has. */
    interface Body<T> {
        T run(long cancel, long leftMs);
    }

    /** What becomes of a call that its executor did not begin in time. */
    interface Late {
        SkmException failure();

        void tell();
    }

    /**
     * A call whose deadline counts from now: its future fails then even if the executor never comes to it.
     *
     * @param late for a call that its executor does not begin in time
     */
    static <T> CompletableFuture<T> startNow(Executor executor, long deadlineMs, Body<? extends T> body, Late late) {
        AsyncCall<T> call = new AsyncCall<>(Deadline.fromNow(deadlineMs), body, late);
        call.submit(executor);
        if (!call.begun.get()) {
            Future<?> giveUp = TIMER.schedule(call::giveUp, Math.max(0, call.deadline.leftMs()), TimeUnit.MILLISECONDS);
            call.future.whenComplete((result, failure) -> giveUp.cancel(false));
        }
        return call.future;
    }

    /** A call whose deadline is asked for when it begins. */
    static <T> CompletableFuture<T> start(Executor executor, Deadline deadline, Body<? extends T> body, Late late) {
        AsyncCall<T> call = new AsyncCall<>(deadline, body, late);
        call.submit(executor);
        return call.future;
    }

    /** One thread that ends when it idles: a lasting one would keep a stopped web application in memory. */
    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "skm-deadlines");
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            return thread;
        });
        timer.setKeepAliveTime(1, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private void submit(Executor executor) {
        // Closing it cancels; for a call that has ended that changes nothing.
        future.whenComplete((result, failure) -> cancel.close());
        try {
            executor.execute(this::run);
        } catch (RuntimeException refused) {
            cancel.close();
            throw refused;
        }
    }

    private void run() {
        if (future.isDone() || !begun.compareAndSet(false, true)) {
            return;
        }
        long left = deadline.leftMs();
        if (left < 1) {
            fail();
            return;
        }
        try {
            future.complete(within(left));
        } catch (Throwable failure) {
            future.completeExceptionally(failure);
        }
    }

    /** A call that runs ends by itself at its deadline, and says more. */
    private void giveUp() {
        if (!future.isDone() && begun.compareAndSet(false, true)) {
            fail();
        }
    }

    /** Whoever is told may take any time, which no other call's end waits for. */
    private void fail() {
        future.completeExceptionally(late.failure());
        ForkJoinPool.commonPool().execute(late::tell);
    }

    private T within(long left) {
        long began = System.nanoTime();
        return cancel.with(held -> body.run(held, Deadline.left(left, began)));
    }
}
