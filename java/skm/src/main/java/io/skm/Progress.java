package io.skm;

/** How far a batch has come. */
public final class Progress {
    private final long done;
    private final long green;
    private final long failed;

    Progress(long done, long green, long failed) {
        this.done = done;
        this.green = green;
        this.failed = failed;
    }

    /**
     * Rows that have ended.
     *
     * @return their number, failed ones included
     */
    public long done() {
        return done;
    }

    /**
     * Rows that were green.
     *
     * @return their number
     */
    public long green() {
        return green;
    }

    /**
     * Rows whose call failed.
     *
     * @return their number
     */
    public long failed() {
        return failed;
    }

    @Override
    public String toString() {
        return "Progress{done=" + done + ", green=" + green + ", failed=" + failed + '}';
    }
}
