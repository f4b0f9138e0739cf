package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.skm.junit.SkmSandboxExtension;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The futures, on the caller's executor. */
@ExtendWith(SkmSandboxExtension.class)
class AsyncTest {
    private final ExecutorService one = Executors.newSingleThreadExecutor(work -> new Thread(work, "the-callers"));

    @AfterEach
    void stop() {
        one.shutdownNow();
    }

    @Test
    void runsOnTheCallersExecutor(SkmSandbox sandbox, SkmClient client) throws Exception {
        StringBuilder thread = new StringBuilder();
        SkmClient heard =
                client.withListener(call -> thread.append(Thread.currentThread().getName()));
        SkmSandbox.Person person = sandbox.person(SkmLevel.GREEN);
        assertTrue(heard.verifyIdAsync(CallsTest.id(person), one)
                .get(5, TimeUnit.SECONDS)
                .isGreen());
        assertEquals("the-callers", thread.toString());
        String qr = sandbox.freshQr(person.number());
        assertTrue(client.verifyScanAsync(CallsTest.scan(qr), one)
                .get(5, TimeUnit.SECONDS)
                .isGreen());
        UserTokenRequest request = UserTokenRequest.builder()
                .name(person.name())
                .number(person.number())
                .mobile(person.mobile())
                .consent(Consent.authorised("notice B-3"))
                .build();
        assertTrue(client.issueUserTokenAsync(request, one)
                        .get(5, TimeUnit.SECONDS)
                        .token()
                        .length()
                > 10);
    }

    @Test
    void aFailureIsAnSkmException(SkmClient client) {
        CompletableFuture<ScanResult> call =
                client.verifyScanAsync(ScanRequest.builder().qrText("x").build(), one);
        ExecutionException failure = assertThrows(ExecutionException.class, () -> call.get(5, TimeUnit.SECONDS));
        assertEquals(SkmErrorCode.CONSENT_MISSING, ((SkmException) failure.getCause()).code());
    }

    @Test
    void cancellingEndsTheCall(SkmSandbox sandbox, SkmClient client) throws Exception {
        sandbox.addFault("{\"kind\":\"stall\"}");
        SkmClient patient = client.withDeadline(Duration.ofSeconds(30));
        CompletableFuture<IdResult> call = patient.verifyIdAsync(CallsTest.id(sandbox.person(SkmLevel.GREEN)), one);
        TimeUnit.MILLISECONDS.sleep(200);
        call.cancel(true);
        // The executor's only thread is free again long before the deadline.
        one.submit(() -> {}).get(2, TimeUnit.SECONDS);
    }

    @Test
    void failsAtItsDeadlineThoughTheExecutorNeverComesToIt(SkmSandbox sandbox) throws Exception {
        one.submit(() -> {
            TimeUnit.SECONDS.sleep(30);
            return null;
        });
        BlockingQueue<SkmCall> told = new LinkedBlockingQueue<>();
        String gate = "\n[gate]\nwhen_unreachable = \"call_person\"\n";
        try (SkmClient client = SkmClient.parse(sandbox.config() + gate, null)) {
            CompletableFuture<IdResult> call = client.withListener(told::add)
                    .withDeadline(Duration.ofMillis(200))
                    .verifyIdAsync(CallsTest.id(sandbox.person(SkmLevel.GREEN)), one);
            ExecutionException failure = assertThrows(ExecutionException.class, () -> call.get(5, TimeUnit.SECONDS));
            SkmException late = (SkmException) failure.getCause();
            assertEquals(SkmErrorCode.DEADLINE_EXCEEDED, late.code());
            assertEquals("call_person", late.whenUnreachable());
            assertEquals("verify_id", late.callName());
            assertTrue(late.isRetryable());
            assertLate(told);
        }
    }

    /** The listener heard of one call, which failed at its deadline of 200 ms. */
    private static void assertLate(BlockingQueue<SkmCall> told) throws InterruptedException {
        SkmCall heard = told.poll(5, TimeUnit.SECONDS);
        assertEquals("verify_id", heard.name());
        assertEquals(SkmErrorCode.DEADLINE_EXCEEDED, heard.error());
        assertTrue(heard.took().toMillis() >= 190, heard.toString());
        assertTrue(told.isEmpty());
    }

    /** What a listener throws must not cost the future its end. */
    @Test
    void aListenerThatFailsDoesNotKeepAFutureOpen(SkmSandbox sandbox, SkmClient client) {
        one.submit(() -> {
            TimeUnit.SECONDS.sleep(30);
            return null;
        });
        SkmClient heard = client.withListener(call -> {
            throw new OutOfMemoryError("thrown on purpose");
        });
        CompletableFuture<IdResult> call = heard.withDeadline(Duration.ofMillis(50))
                .verifyIdAsync(CallsTest.id(sandbox.person(SkmLevel.GREEN)), one);
        assertThrows(ExecutionException.class, () -> call.get(5, TimeUnit.SECONDS));
    }

    @Test
    void waitingInTheExecutorCounts(SkmSandbox sandbox, SkmClient client) throws Exception {
        IdRequest request = CallsTest.id(sandbox.person(SkmLevel.GREEN));
        BlockingQueue<SkmCall> told = new LinkedBlockingQueue<>();
        SkmClient heard = client.withListener(told::add).withDeadline(Duration.ofMillis(200));
        one.submit(() -> {
            TimeUnit.MILLISECONDS.sleep(1500);
            return null;
        });
        CompletableFuture<IdResult> call = heard.verifyIdAsync(request, one);
        ExecutionException failure = assertThrows(ExecutionException.class, () -> call.get(5, TimeUnit.SECONDS));
        SkmException late = (SkmException) failure.getCause();
        assertEquals(SkmErrorCode.DEADLINE_EXCEEDED, late.code());
        assertEquals("stay_shut", late.whenUnreachable());
        assertLate(told);
    }
}
