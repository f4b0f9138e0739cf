package io.skm;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Results of {@link SkmClient#verifyMany}, in the order of the rows. Rows are taken from their source only as there is
 * room for them, so memory stays constant however many there are. Close it to end it early. For one thread at a time.
 *
 * <p>For rows that are there: while their source makes it wait for one, finished results wait too. A gate calls
 * {@link SkmClient#verifyScan}.
 *
 * <p>The rows come from Java code that may itself fail, so the window over them is kept here; each row is one ordinary
 * call with its own deadline.
 */
public final class Batch implements Iterator<Checked>, AutoCloseable {
    private static final long IDLE_SECONDS = 5;

    private final SkmClient client;
    private final Iterator<? extends Check> rows;
    private final Consumer<? super Progress> listener;
    private final Queue<CompletableFuture<VerifyResult>> window = new ArrayDeque<>();
    private final int room;
    private final ExecutorService threads;
    private long done;
    private long green;
    private long failed;
    private boolean closed;

    Batch(SkmClient client, Iterator<? extends Check> rows, int workers, Consumer<? super Progress> listener) {
        this.client = client;
        this.rows = rows;
        this.listener = listener;
        room = 2 * workers;
        threads = threads(workers);
    }

    /** Threads that end when they idle: a batch that is neither read to its end nor closed leaves none behind. */
    private static ExecutorService threads(int workers) {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                workers, workers, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "skm-batch");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    @Override
    public boolean hasNext() {
        fill();
        return !window.isEmpty();
    }

    /**
     * Waits for the next row's result. A failed row is a result too, and never stops the rest.
     *
     * @return the result
     */
    @Override
    public Checked next() {
        if (!hasNext()) {
            throw new NoSuchElementException("no rows are left");
        }
        Checked checked = await(window.remove());
        done++;
        green += checked.isGreen() ? 1 : 0;
        failed += checked.error() == null ? 0 : 1;
        if (listener != null) {
            listener.accept(new Progress(done, green, failed));
        }
        return checked;
    }

    /** Ends running calls and takes no further rows. */
    @Override
    public void close() {
        closed = true;
        window.forEach(call -> call.cancel(false));
        window.clear();
        threads.shutdown();
    }

    private void fill() {
        try {
            while (!closed && window.size() < room && rows.hasNext()) {
                Check row = rows.next();
                // Each row's deadline begins with its call: how long rows wait here is our doing.
                window.add(client.verifyWhenRun(row, threads));
            }
        } catch (RuntimeException sourceFailed) {
            close();
            throw sourceFailed;
        }
        if (window.isEmpty()) {
            threads.shutdown();
        }
    }

    private Checked await(CompletableFuture<VerifyResult> call) {
        try {
            return new Checked(done, call.join(), null);
        } catch (CancellationException cancelled) {
            return new Checked(done, null, SkmException.closed());
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof SkmException) {
                return new Checked(done, null, (SkmException) failure.getCause());
            }
            close();
            throw failure;
        }
    }
}
