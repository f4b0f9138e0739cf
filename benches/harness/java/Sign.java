package bench;

import io.skm.SkmPlatform;

/** What one sign costs through JNI, in nanoseconds: the shortest call there is, so mostly the crossing. */
final class Sign {
    private Sign() {}

    public static void main(String[] words) {
        int calls = Integer.parseInt(words[0]);
        long length = 0;
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long started = System.nanoTime();
            for (int call = 0; call < calls; call++) {
                length += SkmPlatform.sign("c4scyk9ssq", "4gt4psh5fhbzppqrhc5fhes7syce6k9u", "20210923095348")
                        .length();
            }
            best = Math.min(best, System.nanoTime() - started);
        }
        if (length != 5L * 32 * calls) {
            throw new IllegalStateException("a sign has 32 characters");
        }
        System.out.println("{\"sign_ns\":" + best / calls + "}");
    }
}
