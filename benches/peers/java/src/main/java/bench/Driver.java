package bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;

/**
 * What the benchmark's Java clients share: arguments, the loop that times calls, the report, the fixed questions. The
 * arguments and the report are those of the Rust clients: see {@code benches/harness/src/driver.rs}.
 */
public final class Driver {
    public static final String SCAN_PATH = "/jkm/scanJsJkm";
    public static final String ID_PATH = "/skm_public/member/get";
    public static final String NUMBER = "320000198506304142";
    public static final String NAME = "测试";
    public static final String QR_TEXT = "https://skm.example.invalid/jkm/2/index.html?qrCode=V5" + "a".repeat(32)
            + "320000&b=" + "A".repeat(61) + "%2B%3D%3D#/result";
    public static final String SOURCE = "wuxi";
    public static final String TOKEN = "0123456789abcdef".repeat(4);
    public static final String POSITION = "江苏省,无锡市,梁溪区,示范路1号";
    public static final String DEPT = "示范医院";
    public static final String VERIFIER = "示范";
    public static final String PHONE = "13800001234";
    public static final String ACCOUNT = "skm_auth_demo";
    public static final String APPLY_TYPE = "人行闸机通道";
    public static final String NOTICE = "notice A-12";

    public boolean id;
    public String url;
    public String ca;
    public int calls = 1;
    public int warmup = 1;
    public int threads = 1;

    /** One question; throws unless the answer is green. */
    @FunctionalInterface
    public interface Call {
        void run() throws Exception;
    }

    public Driver(String[] words) {
        for (int at = 0; at + 1 < words.length; at += 2) {
            String value = words[at + 1];
            switch (words[at]) {
                case "--interface":
                    id = value.equals("id");
                    break;
                case "--url":
                    url = value;
                    break;
                case "--ca":
                    ca = value;
                    break;
                case "--calls":
                    calls = Integer.parseInt(value);
                    break;
                case "--warmup":
                    warmup = Integer.parseInt(value);
                    break;
                case "--threads":
                    threads = Integer.parseInt(value);
                    break;
                default:
                    throw new IllegalArgumentException("unknown argument " + words[at]);
            }
        }
    }

    public String path() {
        return id ? ID_PATH : SCAN_PATH;
    }

    /** Calls as the arguments say and prints the report. */
    public void run(Call call) throws Exception {
        int each = calls / threads;
        long[] times = new long[each * threads];
        long[] firsts = new long[threads];
        long[] walls = new long[threads];
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long[] cpuBefore = new long[1];
        CyclicBarrier barrier = new CyclicBarrier(threads, () -> cpuBefore[0] = system.getProcessCpuTime());
        Thread[] all = new Thread[threads];
        for (int at = 0; at < threads; at++) {
            int number = at;
            all[at] = new Thread(() -> {
                try {
                    firsts[number] = timed(call);
                    for (int warm = 1; warm < warmup / threads; warm++) {
                        call.run();
                    }
                    barrier.await();
                    long started = System.nanoTime();
                    for (int done = 0; done < each; done++) {
                        times[number * each + done] = timed(call);
                    }
                    walls[number] = System.nanoTime() - started;
                } catch (Exception fault) {
                    fault.printStackTrace();
                    System.exit(1);
                }
            });
            all[at].start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        long cpu = system.getProcessCpuTime() - cpuBefore[0];
        Arrays.sort(times);
        System.out.println(String.format(
                Locale.ROOT,
                "{\"calls\":%d,\"cpu_s\":%.6f,\"wall_s\":%.6f,\"first_us\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}",
                times.length,
                cpu / 1e9,
                Arrays.stream(walls).max().getAsLong() / 1e9,
                Arrays.stream(firsts).max().getAsLong() / 1e3,
                at(times, 50),
                at(times, 99)));
        System.exit(0);
    }

    private static double at(long[] times, int percent) {
        return times.length == 0 ? 0 : times[times.length * percent / 100] / 1e3;
    }

    private static long timed(Call call) throws Exception {
        long started = System.nanoTime();
        call.run();
        return System.nanoTime() - started;
    }
}
