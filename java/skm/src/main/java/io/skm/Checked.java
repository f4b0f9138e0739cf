package io.skm;

/** What came of one row of {@link SkmClient#verifyMany}: an answer or a failure. */
public final class Checked {
    private final long row;
    private final VerifyResult result;
    private final SkmException error;

    Checked(long row, VerifyResult result, SkmException error) {
        this.row = row;
        this.result = result;
        this.error = error;
    }

    /**
     * Which row.
     *
     * @return its index, from 0
     */
    public long row() {
        return row;
    }

    /**
     * What to do at the gate.
     *
     * @return the verdict; {@link SkmVerdict#UNVERIFIED} for a failure
     */
    public SkmVerdict verdict() {
        return result == null ? SkmVerdict.UNVERIFIED : result.verdict();
    }

    /**
     * The only test to write at a gate.
     *
     * @return whether the verdict is green
     */
    public boolean isGreen() {
        return verdict().isGreen();
    }

    /**
     * The answer.
     *
     * @return a {@link ScanResult} or an {@link IdResult}, or null for a failure
     */
    public VerifyResult result() {
        return result;
    }

    /**
     * The failure.
     *
     * @return why the call failed, or null
     */
    public SkmException error() {
        return error;
    }

    /** Shows the row and the verdict, nothing of the person. */
    @Override
    public String toString() {
        return "Checked{row=" + row + ", verdict=" + verdict()
                + (error == null ? "" : ", " + error.code().label()) + '}';
    }
}
