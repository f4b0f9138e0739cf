package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Paths;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Memory stays flat, in the heap and outside it, over {@value #CALLS} calls in a JVM of 64 MB. */
@Tag("memory")
class MemoryTest {
    private static final int CALLS = 200_000;
    private static final int WARM_UP = 50_000;
    private static final long SLACK_KB = 8 * 1024;

    @Test
    void staysFlat() throws Exception {
        assertTrue(Runtime.getRuntime().maxMemory() <= 64L << 20, "the heap is larger than 64 MB");
        // The answers are the sandbox's fixed ones, whose cost is small beside the call's.
        try (SkmSandbox sandbox = SkmSandbox.start()) {
            try (SkmClient client = SkmClient.parse(echoing(sandbox), null)) {
                IdRequest request = CallsTest.id(sandbox.people().get(0));
                run(client, request, WARM_UP);
                long rssBefore = settledRssKb();
                long liveBefore = Native.liveHandles();
                run(client, request, CALLS - WARM_UP);
                long rssAfter = settledRssKb();
                System.out.println("memory: " + CALLS + " calls, resident " + rssBefore + " kB after " + WARM_UP
                        + " calls, " + rssAfter + " kB at the end");
                assertEquals(liveBefore, Native.liveHandles());
                assertTrue(
                        rssAfter - rssBefore < SLACK_KB, "resident memory grew from " + rssBefore + " to " + rssAfter);
            }
        }
    }

    /** Nine calls in ten ask; the tenth fails before it asks, so that exceptions are counted too. */
    private static void run(SkmClient client, IdRequest request, int calls) {
        IdRequest refused = IdRequest.builder()
                .number("1")
                .name("张三丰")
                .consent(Consent.explicit("n"))
                .build();
        for (int i = 0; i < calls; i++) {
            if (i % 10 == 9) {
                assertThrows(SkmException.class, () -> client.verifyId(refused));
            } else {
                assertTrue(client.verifyId(request).isGreen());
            }
        }
    }

    private static String echoing(SkmSandbox sandbox) {
        String[] lines = sandbox.config().split("\n");
        boolean inId = false;
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].startsWith("[")) {
                inId = lines[i].equals("[id]");
            }
            if (inId && lines[i].startsWith("url = ")) {
                lines[i] = "url = \"" + sandbox.url() + "/_sandbox/echo/id\"";
            }
        }
        return String.join("\n", lines);
    }

    private static long settledRssKb() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(200);
        }
        return Files.readAllLines(Paths.get("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow(AssertionError::new);
    }
}
