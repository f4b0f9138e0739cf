package io.skm;

/** What to do at the gate. */
public enum SkmVerdict {
    /** Nothing is known: not green. Also what every failed call amounts to. */
    UNVERIFIED,
    /** A well-formed success whose level is exactly green. */
    GREEN,
    /** Yellow. */
    YELLOW,
    /** Red. */
    RED;

    /**
     * The only test to write at a gate.
     *
     * @return whether this is {@link #GREEN}
     */
    public boolean isGreen() {
        return this == GREEN;
    }

    /** Reads the native library's word. Anything else than the three colours is unverified. */
    static SkmVerdict of(String word) {
        switch (word) {
            case "green":
                return GREEN;
            case "yellow":
                return YELLOW;
            case "red":
                return RED;
            default:
                return UNVERIFIED;
        }
    }
}
