package trust;

import io.skm.SkmClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/** The same calls over and over from several threads: every one counted, latencies in a table of fixed size. */
final class Loop {
    /** Of 10 µs; the last takes all that is slower. */
    private static final int BUCKETS = 65_536;

    private final AtomicIntegerArray buckets = new AtomicIntegerArray(BUCKETS);
    private final AtomicLong worst = new AtomicLong();
    private final AtomicLong next = new AtomicLong();
    private final Map<String, LongAdder> outcomes = new ConcurrentSkipListMap<>();

    private Loop() {}

    /** Fields 2 to 5 are threads, calls, seconds and interfaces; the person follows. */
    static String run(SkmClient client, String[] fields) throws InterruptedException {
        Loop loop = new Loop();
        Asked asked = new Asked(fields, 6);
        String[] interfaces = fields[5].split(",");
        long calls = Long.parseLong(fields[3]);
        long until = System.nanoTime() + Long.parseLong(fields[4]) * 1_000_000_000L;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(fields[2]); i++) {
            threads.add(new Thread(() -> loop.work(client, asked, interfaces, calls, until)));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        return loop.line();
    }

    private void work(SkmClient client, Asked asked, String[] interfaces, long calls, long until) {
        while (System.nanoTime() < until) {
            long turn = next.getAndIncrement();
            if (calls != 0 && turn >= calls) {
                return;
            }
            long started = System.nanoTime();
            Seen seen = Driver.block(client, interfaces[(int) (turn % interfaces.length)], asked);
            long micros = (System.nanoTime() - started) / 1000;
            buckets.incrementAndGet((int) Math.min(micros / 10, BUCKETS - 1));
            worst.accumulateAndGet(micros, Math::max);
            outcomes.computeIfAbsent(seen.outcome, word -> new LongAdder()).increment();
        }
    }

    private String line() {
        String words = outcomes.entrySet().stream()
                .map(entry -> entry.getKey() + '=' + entry.getValue())
                .collect(Collectors.joining(","));
        return words + '\t' + percentile(0.5) + '\t' + percentile(0.99) + '\t' + percentile(0.999) + '\t' + worst;
    }

    private long percentile(double part) {
        double total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            total += buckets.get(i);
        }
        double seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += buckets.get(i);
            if (seen >= total * part) {
                return i * 10L;
            }
        }
        return 0;
    }
}
