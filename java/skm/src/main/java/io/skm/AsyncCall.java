package io.skm;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** A call on an executor, whose future ends it when it is cancelled. */
final class AsyncCall {
    private AsyncCall() {}

    /** The call itself, given a cancellation of the native library and the milliseconds it has. */
    interface Body<T> {
        T run(long cancel, long leftMs);
    }

    static <T> CompletableFuture<T> start(Executor executor, Deadline deadline, Body<? extends T> body) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Handle cancel = new Handle(Native.cancelNew(), Native::cancelFire, Native::cancelFree);
        // Closing it cancels; for a call that has ended that changes nothing.
        future.whenComplete((result, failure) -> cancel.close());
        try {
            executor.execute(() -> run(future, cancel, deadline, body));
        } catch (RuntimeException refused) {
            cancel.close();
            throw refused;
        }
        return future;
    }

    private static <T> void run(CompletableFuture<T> future, Handle cancel, Deadline deadline, Body<? extends T> body) {
        if (future.isDone()) {
            return;
        }
        try {
            future.complete(within(cancel, deadline, body));
        } catch (Throwable failure) {
            future.completeExceptionally(failure);
        }
    }

    private static <T> T within(Handle cancel, Deadline deadline, Body<? extends T> body) {
        long left = deadline.leftMs();
        if (left < 1) {
            throw new SkmException(SkmErrorCode.DEADLINE_EXCEEDED,
                    "the executor was busy: give it more threads or submit less at once",
                    "执行器繁忙:请增加线程或减少并发");
        }
        long held = cancel.enter();
        try {
            return body.run(held, left);
        } finally {
            cancel.leave();
        }
    }
}
