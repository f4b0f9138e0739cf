package io.skm;

import java.time.Duration;

/** One call that has ended, for metrics: which, with what outcome, how long. Nothing of the person. */
public final class SkmCall {
    private final String name;
    private final String outcome;
    private final SkmErrorCode error;
    private final Duration took;

    SkmCall(String name, String outcome, SkmErrorCode error, Duration took) {
        this.name = name;
        this.outcome = outcome;
        this.error = error;
        this.took = took;
    }

    /**
     * Which call.
     *
     * @return {@code issue_user_token}, {@code verify_scan} or {@code verify_id}
     */
    public String name() {
        return name;
    }

    /**
     * What came of it.
     *
     * @return {@code ok}, or the label of the error
     */
    public String outcome() {
        return outcome;
    }

    /**
     * Why it failed.
     *
     * @return the code, or null if it did not
     */
    public SkmErrorCode error() {
        return error;
    }

    /**
     * How long it took, repetitions included.
     *
     * @return the time
     */
    public Duration took() {
        return took;
    }

    @Override
    public String toString() {
        return "SkmCall{" + name + ' ' + outcome + ' ' + took.toMillis() + " ms}";
    }
}
