package io.skm;

import java.util.Map;

/** What interfaces 3 and 4 have in common. Only this library makes one, and only of a well-formed success. */
public interface VerifyResult {
    /**
     * What to do at the gate.
     *
     * @return the verdict
     */
    SkmVerdict verdict();

    /**
     * The only test to write at a gate.
     *
     * @return whether the verdict is green
     */
    boolean isGreen();

    /**
     * The level.
     *
     * @return {@link SkmLevel#UNKNOWN} if it is missing or not in the dialect
     */
    SkmLevel level();

    /**
     * The name: as masked by the platform (interface 3), or in full (interface 4).
     *
     * @return the name, or null where interface 3 gives none
     */
    String name();

    /**
     * Members that the standard does not name: a text as received, anything else as JSON.
     *
     * @return them, in the order received
     */
    Map<String, String> extra();
}
