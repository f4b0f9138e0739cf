package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What Java owns is freed once, and never while it is used. */
class LifecycleTest {
    private static final int THREADS = 16;

    @Test
    void afterCloseEveryCallIsRefused() {
        try (SkmSandbox sandbox = SkmSandbox.start()) {
            SkmClient client = sandbox.openClient();
            SkmClient view = client.withDeadline(java.time.Duration.ofSeconds(1));
            IdRequest request = CallsTest.id(sandbox.person(SkmLevel.GREEN));
            view.close();
            client.close();
            assertTrue(client.isClosed());
            CallsTest.assertCode(SkmErrorCode.CLOSED, () -> client.verifyId(request));
            CallsTest.assertCode(SkmErrorCode.CLOSED, () -> client.displayUrl("t", null));
            CallsTest.assertCode(SkmErrorCode.CLOSED, () -> client.checkQr("x"));
            CallsTest.assertCode(SkmErrorCode.CLOSED, () -> client.verifyMany(new ArrayList<Check>().iterator()));
            sandbox.close();
            CallsTest.assertCode(SkmErrorCode.CLOSED, sandbox::people);
        }
    }

    @Test
    void closeRacesWithCallsFrom16Threads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (SkmSandbox sandbox = SkmSandbox.start()) {
            IdRequest request = CallsTest.id(sandbox.person(SkmLevel.GREEN));
            int finished = 0;
            for (int round = 0; round < 20; round++) {
                SkmClient client = sandbox.openClient();
                CountDownLatch begun = new CountDownLatch(THREADS);
                List<Future<Integer>> calls = new ArrayList<>();
                for (int thread = 0; thread < THREADS; thread++) {
                    calls.add(threads.submit(() -> callUntilClosed(client, request, begun)));
                }
                begun.await();
                TimeUnit.MICROSECONDS.sleep(500L * round);
                client.close();
                for (Future<Integer> call : calls) {
                    finished += call.get(10, TimeUnit.SECONDS);
                }
            }
            assertTrue(finished > 0, "no call finished before its client was closed");
        } finally {
            threads.shutdownNow();
        }
    }

    /** How many calls finished before one was refused with {@code closed}; any other failure fails the test. */
    private static int callUntilClosed(SkmClient client, IdRequest request, CountDownLatch begun) {
        int finished = 0;
        begun.countDown();
        while (true) {
            try {
                assertTrue(client.verifyId(request).isGreen());
                finished++;
            } catch (SkmException failure) {
                assertEquals(SkmErrorCode.CLOSED, failure.code(), failure.getMessage());
                return finished;
            }
        }
    }

    @Test
    void closeEndsAStalledCallAtOnce() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (SkmSandbox sandbox = SkmSandbox.start()) {
            sandbox.addFault("{\"kind\":\"stall\"}");
            SkmClient client = sandbox.openClient().withDeadline(java.time.Duration.ofSeconds(30));
            IdRequest request = CallsTest.id(sandbox.person(SkmLevel.GREEN));
            Future<?> call =
                    thread.submit(() -> CallsTest.assertCode(SkmErrorCode.CLOSED, () -> client.verifyId(request)));
            TimeUnit.MILLISECONDS.sleep(200);
            client.close();
            call.get(2, TimeUnit.SECONDS);
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void forgottenHandlesAreFreed() throws Exception {
        try (SkmSandbox sandbox = SkmSandbox.start()) {
            long before = Native.liveHandles();
            forget(sandbox.config());
            assertTrue(Native.liveHandles() >= before + 200, "nothing was opened");
            // Fewer, where handles of other tests were garbage as well.
            assertTrue(settle(before) <= before, "forgotten handles are still held");
        }
    }

    private static void forget(String config) {
        for (int i = 0; i < 100; i++) {
            SkmClient.parse(config, null);
            SkmPlatform.parse(config, null);
        }
    }

    /** Collects garbage until no more than {@code wanted} are left, for at most ten seconds. */
    private static long settle(long wanted) throws InterruptedException {
        for (int i = 0; i < 100 && Native.liveHandles() > wanted; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return Native.liveHandles();
    }

    @Test
    void withoutACleanerTheNextRegistrationFrees() throws Exception {
        Reclaimer.ByQueue queue = new Reclaimer.ByQueue();
        CountDownLatch freed = new CountDownLatch(1);
        queue.add(new Object(), freed::countDown);
        for (int i = 0; i < 100 && freed.getCount() > 0; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(20);
            queue.add(this, () -> {});
        }
        assertEquals(0, freed.getCount());
    }

    @Test
    void whatIsClosedIsForgottenAndClosedOnce() {
        Reclaimer.ByQueue queue = new Reclaimer.ByQueue();
        AtomicInteger closed = new AtomicInteger();
        Runnable close = queue.add(this, closed::incrementAndGet);
        assertEquals(1, queue.waiting());
        close.run();
        close.run();
        assertEquals(0, queue.waiting());
        assertEquals(1, closed.get());
    }

    @Test
    void whatClosingThrowsIsThrownAsItIs() {
        NativeLoader.load();
        long pointer = Native.cancelNew();
        Handle handle = new Handle(
                pointer,
                cancel -> {
                    throw SkmException.closed();
                },
                Native::cancelFree);
        CallsTest.assertCode(SkmErrorCode.CLOSED, handle::close);
        Native.cancelFree(pointer);
    }

    @Test
    void zeroIsNoHandle() {
        NativeLoader.load();
        CallsTest.assertCode(SkmErrorCode.INTERNAL, () -> new Handle(0, Native::clientClose, Native::clientFree));
        CallsTest.assertCode(SkmErrorCode.INTERNAL, () -> Native.clientDeadlineMs(0));
        CallsTest.assertCode(SkmErrorCode.INTERNAL, () -> Native.verifyScan(0, 0, 0, new String[8]));
        CallsTest.assertCode(SkmErrorCode.INTERNAL, () -> Native.openAuth(0, "x"));
        Native.clientFree(0);
    }

    @Test
    void closedHandlesAreFreedAtOnce() {
        NativeLoader.load();
        Handle handle = new Handle(Native.cancelNew(), Native::cancelFire, Native::cancelFree);
        handle.run(held -> {
            handle.close();
            handle.close();
            CallsTest.assertCode(SkmErrorCode.CLOSED, () -> handle.with(pointer -> pointer));
            // Closed, but a call is still inside: the value must be alive.
            Native.cancelFire(held);
        });
    }
}
