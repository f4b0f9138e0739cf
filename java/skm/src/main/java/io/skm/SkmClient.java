package io.skm;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Calls the platform: the four interfaces of DB32/T 3761.46-2021.
 *
 * <pre>{@code
 * try (SkmClient client = SkmClient.open(Paths.get("skm.toml"))) {
 *     ScanResult result = client.verifyScan(ScanRequest.builder()
 *             .qrText(scanned).consent(Consent.explicit("notice A-12")).build());
 *     if (result.isGreen()) { openGate(); }
 * }
 * }</pre>
 *
 * <p>For any number of threads at once: share one. Every call throws {@link SkmException} when it fails, has ended
 * 50 ms after its deadline at the latest ({@code audit.sync} adds the disk's own time), and blocks its thread until
 * then. After {@link #close()} running calls end at once, and every call throws {@link SkmErrorCode#CLOSED}.
 */
public final class SkmClient implements AutoCloseable {
    /** As long as http.deadline_ms may be. */
    private static final Duration LONGEST = Duration.ofMillis(600_000);

    private final Handle handle;
    private final long deadlineMs;
    /** What the venue decided: for a call that fails before it reaches the native library. */
    private final String whenUnreachable;

    private final SkmCallListener listener;

    private SkmClient(Handle handle, long deadlineMs, String whenUnreachable, SkmCallListener listener) {
        this.handle = handle;
        this.deadlineMs = deadlineMs;
        this.whenUnreachable = whenUnreachable;
        this.listener = listener;
    }

    /**
     * Opens a client with a configuration file. Connects nowhere yet.
     *
     * @param file the file, in TOML
     * @return the client
     * @throws SkmException for a configuration that is not right, naming file, line and key
     */
    public static SkmClient open(Path file) {
        return open(ConfigSource.file(file));
    }

    /**
     * Opens a client with the dotted keys of the configuration, such as {@code scan.token}.
     *
     * @param properties the keys and their values
     * @return the client
     * @throws IllegalArgumentException for a value that is not a text
     * @throws SkmException for a configuration that is not right, naming the key
     */
    public static SkmClient open(Properties properties) {
        return open(ConfigSource.keys(properties));
    }

    /**
     * Opens a client with the text of a configuration file.
     *
     * @param toml the text
     * @param base what relative paths in it are relative to, or null for the working directory
     * @return the client
     * @throws SkmException for a configuration that is not right, naming line and key
     */
    public static SkmClient parse(String toml, Path base) {
        return open(ConfigSource.text(toml, base));
    }

    /**
     * Starts a configuration, key by key.
     *
     * @return an empty builder
     */
    public static Builder builder() {
        return new Builder();
    }

    private static SkmClient open(ConfigSource source) {
        NativeLoader.load();
        return of(Native.clientOpen(source.form, source.parts));
    }

    static SkmClient of(long pointer) {
        Handle handle = new Handle(pointer, Native::clientClose, Native::clientFree);
        return new SkmClient(handle, Native.clientDeadlineMs(pointer), Native.clientWhenUnreachable(pointer), null);
    }

    /**
     * The same client with another deadline for each whole call. It shares connections, and closing either closes both.
     *
     * @param deadline the deadline; 1 ms to 600 s
     * @return a view of this client
     * @throws SkmException {@link SkmErrorCode#INPUT_INVALID} for any other
     */
    public SkmClient withDeadline(Duration deadline) {
        if (deadline.compareTo(Duration.ofMillis(1)) < 0 || deadline.compareTo(LONGEST) > 0) {
            throw new SkmException(
                    SkmErrorCode.INPUT_INVALID,
                    "deadline",
                    "deadline must be 1 to 600000 ms",
                    "deadline 须为 1 至 600000 毫秒");
        }
        return new SkmClient(handle, deadline.toMillis(), whenUnreachable, listener);
    }

    /**
     * The same client that tells a listener of every call. It shares connections, and closing either closes both.
     *
     * @param listener is told in place of any earlier one
     * @return a view of this client
     */
    public SkmClient withListener(SkmCallListener listener) {
        return new SkmClient(handle, deadlineMs, whenUnreachable, Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Interface 1 (Annex A): sends a consenting person's real-name data, gets a token for the page. Not repeated once
     * the platform may have seen it.
     *
     * @param request the request
     * @return the token
     * @throws SkmException when it fails
     */
    public UserToken issueUserToken(UserTokenRequest request) {
        return call("issue_user_token", request.parts(), Native::issueUserToken, UserToken::new, 0, deadlineMs);
    }

    /**
     * Interface 2 (clause 6.2): the URL of the page for a user token. No network call is made.
     *
     * @param token the user's token
     * @param uuid the user's id, or null
     * @return the URL: a credential
     * @throws SkmException when it fails
     */
    public DisplayUrl displayUrl(String token, String uuid) {
        return handle.with(client -> new DisplayUrl(Native.displayUrl(client, new String[] {token, uuid})[0]));
    }

    /**
     * Interface 3 (Annex B): asks for the level behind a scanned code.
     *
     * @param request the request
     * @return the answer
     * @throws SkmException when it fails; no failure is green
     */
    public ScanResult verifyScan(ScanRequest request) {
        return call("verify_scan", request.parts(), Native::verifyScan, ScanResult::new, 0, deadlineMs);
    }

    /**
     * Interface 4 (Annexes C and D): asks for the level of a person by certificate number and name.
     *
     * @param request the request
     * @return the answer
     * @throws SkmException when it fails; no failure is green
     */
    public IdResult verifyId(IdRequest request) {
        return call("verify_id", request.parts(), Native::verifyId, IdResult::new, 0, deadlineMs);
    }

    /**
     * {@link #issueUserToken} on an executor. The deadline counts from now, waiting in the executor included; cancelling
     * the future ends the call. If the executor has not begun it by then, the future fails on a thread of this library
     * with {@link SkmErrorCode#DEADLINE_EXCEEDED} and nothing is sent: a stage that may block belongs on an executor of
     * its own.
     *
     * @param request the request
     * @param executor runs the call, which blocks
     * @return the answer, or an {@link SkmException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor refuses it
     */
    public CompletableFuture<UserToken> issueUserTokenAsync(UserTokenRequest request, Executor executor) {
        return async(
                executor,
                "issue_user_token",
                (cancel, left) -> call(
                        "issue_user_token", request.parts(), Native::issueUserToken, UserToken::new, cancel, left));
    }

    /**
     * {@link #verifyScan} on an executor, as {@link #issueUserTokenAsync}.
     *
     * @param request the request
     * @param executor runs the call, which blocks
     * @return the answer, or an {@link SkmException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor refuses it
     */
    public CompletableFuture<ScanResult> verifyScanAsync(ScanRequest request, Executor executor) {
        return async(executor, "verify_scan", (cancel, left) -> scan(request, cancel, left));
    }

    /**
     * {@link #verifyId} on an executor, as {@link #issueUserTokenAsync}.
     *
     * @param request the request
     * @param executor runs the call, which blocks
     * @return the answer, or an {@link SkmException}
     * @throws java.util.concurrent.RejectedExecutionException if the executor refuses it
     */
    public CompletableFuture<IdResult> verifyIdAsync(IdRequest request, Executor executor) {
        return async(executor, "verify_id", (cancel, left) -> id(request, cancel, left));
    }

    /**
     * Verifies many rows, as many at once as the configuration allows connections.
     *
     * @param rows the rows; taken only as there is room for them
     * @return the results, in the order of the rows
     */
    public Batch verifyMany(Iterator<? extends Check> rows) {
        return verifyMany(rows, 0, null);
    }

    /**
     * Verifies many rows.
     *
     * @param rows the rows; taken only as there is room for them
     * @param workers calls at once; 0, or more than that, means as many as the configuration allows connections
     * @param listener is told after each row, on the thread that reads the results; or null
     * @return the results, in the order of the rows
     * @throws IllegalArgumentException for a negative number of workers
     * @throws SkmException {@link SkmErrorCode#CLOSED} after {@link #close()}
     */
    public Batch verifyMany(Iterator<? extends Check> rows, int workers, Consumer<? super Progress> listener) {
        if (workers < 0) {
            throw new IllegalArgumentException("workers must not be negative");
        }
        return handle.with(client -> {
            int connections = (int) Native.clientMaxConnections(client);
            int most = workers == 0 ? connections : Math.min(workers, connections);
            return new Batch(this, rows, most, listener);
        });
    }

    /**
     * Verifies the rows of a stream, as {@link #verifyMany(Iterator)}. Close the resulting stream to end it early.
     *
     * @param rows the rows
     * @return the results, in the order of the rows
     */
    public Stream<Checked> verifyMany(Stream<? extends Check> rows) {
        Batch batch = verifyMany(rows.iterator());
        int ordered = Spliterator.ORDERED | Spliterator.NONNULL;
        Stream<Checked> results = StreamSupport.stream(Spliterators.spliteratorUnknownSize(batch, ordered), false);
        return results.onClose(batch::close).onClose(rows::close);
    }

    /**
     * Checks a scanned text without a network call.
     *
     * @param scanned what the scanner delivered
     * @return the code
     * @throws SkmException {@link SkmErrorCode#INPUT_INVALID}, {@link SkmErrorCode#QR_NOT_SKM} or
     *     {@link SkmErrorCode#QR_INCOMPLETE}
     */
    public QrCode checkQr(String scanned) {
        return handle.with(client -> new QrCode(Native.checkQr(client, scanned)));
    }

    /**
     * How many records could not be written to the evidence log since this client was opened, by all its views. With
     * {@code audit.on_failure = "continue"} the only sign of them: watch it, each is a call without evidence of
     * consent.
     *
     * @return the number; 0 without an evidence log
     * @throws SkmException {@link SkmErrorCode#CLOSED} after {@link #close()}
     */
    public long auditFailures() {
        return handle.with(Native::clientAuditFailures);
    }

    /**
     * Whether it was closed.
     *
     * @return whether every call would throw {@link SkmErrorCode#CLOSED}
     */
    public boolean isClosed() {
        return handle.isClosed();
    }

    /** Ends running calls and refuses later ones; views included. May be called again. */
    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return "SkmClient{closed=" + isClosed() + '}';
    }

    /** A row of a batch: its deadline begins when its call does. */
    CompletableFuture<VerifyResult> verifyWhenRun(Check row, Executor executor) {
        boolean isScan = row instanceof ScanRequest;
        return AsyncCall.start(
                executor,
                () -> deadlineMs,
                (cancel, left) -> isScan ? scan((ScanRequest) row, cancel, left) : id((IdRequest) row, cancel, left),
                late(isScan ? "verify_scan" : "verify_id"));
    }

    private <T> CompletableFuture<T> async(Executor executor, String name, AsyncCall.Body<? extends T> body) {
        return AsyncCall.startNow(executor, deadlineMs, body, late(name));
    }

    /** The failure of a call, submitted now, that its executor did not begin in time: a call like any other. */
    private AsyncCall.Late late(String name) {
        long began = System.nanoTime();
        return new AsyncCall.Late() {
            @Override
            public SkmException failure() {
                return SkmException.late(name, whenUnreachable);
            }

            @Override
            public void tell() {
                SkmClient.this.tell(name, SkmErrorCode.DEADLINE_EXCEEDED, began);
            }
        };
    }

    private ScanResult scan(ScanRequest request, long cancel, long left) {
        return call("verify_scan", request.parts(), Native::verifyScan, ScanResult::new, cancel, left);
    }

    private IdResult id(IdRequest request, long cancel, long left) {
        return call("verify_id", request.parts(), Native::verifyId, IdResult::new, cancel, left);
    }

    private <T> T call(String name, String[] request, NativeCall run, Answer<T> answer, long cancel, long left) {
        long began = System.nanoTime();
        SkmErrorCode error = SkmErrorCode.INTERNAL;
        try {
            T result = answer.of(run(run, request, cancel, left, began));
            error = null;
            return result;
        } catch (SkmException failure) {
            error = failure.code();
            throw failure;
        } finally {
            tell(name, error, began);
        }
    }

    private String[] run(NativeCall run, String[] request, long cancel, long left, long began) {
        return handle.with(client -> run.run(client, cancel, Deadline.left(left, began), request));
    }

    private void tell(String name, SkmErrorCode error, long began) {
        if (listener == null) {
            return;
        }
        String outcome = error == null ? "ok" : error.label();
        try {
            listener.ended(new SkmCall(name, outcome, error, Duration.ofNanos(System.nanoTime() - began)));
        } catch (VirtualMachineError fatal) {
            throw fatal;
        } catch (Throwable ignored) {
            // Promised by SkmCallListener: what a listener throws never changes the outcome of a call.
        }
    }

    /** One of the three entries that call the platform. */
    private interface NativeCall {
        String[] run(long client, long cancel, long deadlineMs, String[] request);
    }

    /** Makes an answer of what the native library gives. */
    private interface Answer<T> {
        T of(String[] parts);
    }

    /** A configuration, key by key. */
    public static final class Builder {
        private final Map<String, String> keys = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets a dotted key of the configuration, such as {@code scan.token}; a later value replaces an earlier one.
         *
         * @param key the key
         * @param value its value
         * @return this
         */
        public Builder set(String key, String value) {
            keys.put(key, value);
            return this;
        }

        /**
         * Opens the client.
         *
         * @return the client
         * @throws SkmException for a configuration that is not right, naming the key
         */
        public SkmClient build() {
            return open(ConfigSource.keys(keys));
        }

        /** Shows the keys, no value. */
        @Override
        public String toString() {
            return "Builder" + keys.keySet();
        }
    }
}
