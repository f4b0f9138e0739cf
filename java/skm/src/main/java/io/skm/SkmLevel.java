package io.skm;

/** What the platform said about a person (tables B.3 and C). */
public enum SkmLevel {
    /** The platform said nothing, or nothing that its dialect knows. */
    UNKNOWN,
    /** 绿码. */
    GREEN,
    /** 黄码. */
    YELLOW,
    /** 红码. */
    RED;

    /** Reads the native library's word. Anything else than the three colours is unknown. */
    static SkmLevel of(String word) {
        switch (word) {
            case "green":
                return GREEN;
            case "yellow":
                return YELLOW;
            case "red":
                return RED;
            default:
                return UNKNOWN;
        }
    }
}
