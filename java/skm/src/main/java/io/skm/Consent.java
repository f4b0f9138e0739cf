package io.skm;

import java.time.Instant;
import java.util.Objects;

/**
 * Consent of the person who is being verified (clause 6): which kind, under which notice, when. It goes to the evidence
 * log, where {@code [audit]} is configured, and never to the platform.
 *
 * <p>The notice names the text that the person agreed to, such as {@code notice A-12}; it must not hold personal data.
 */
public final class Consent {
    private final String kind;
    private final String notice;
    private final Instant givenAt;

    private Consent(String kind, String notice, Instant givenAt) {
        this.kind = kind;
        this.notice = Objects.requireNonNull(notice, "notice");
        this.givenAt = givenAt;
        NativeLoader.load();
        Native.checkConsent(parts());
    }

    /**
     * Explicit consent (明示同意): the person agreed in this place.
     *
     * @param notice the notice that the person agreed to: one line, not empty
     * @return the consent
     * @throws SkmException {@code CONSENT_MISSING} for an empty notice, {@code INPUT_INVALID} for one that is no line
     */
    public static Consent explicit(String notice) {
        return new Consent("explicit", notice, null);
    }

    /**
     * Authorised consent (授权同意): the person authorised it beforehand.
     *
     * @param notice the notice that the person agreed to: one line, not empty
     * @return the consent
     * @throws SkmException {@code CONSENT_MISSING} for an empty notice, {@code INPUT_INVALID} for one that is no line
     */
    public static Consent authorised(String notice) {
        return new Consent("authorised", notice, null);
    }

    /**
     * Says when it was given, if that was before the call.
     *
     * @param when the time
     * @return a copy with that time
     * @throws SkmException {@code INPUT_INVALID} for a time in the future, {@code CLOCK_SKEW} if this machine's clock is
     *     too wrong to tell
     */
    public Consent givenAt(Instant when) {
        return new Consent(kind, notice, Objects.requireNonNull(when, "when"));
    }

    /**
     * Fills the first three of a request's parts. A missing consent makes them null, and the core refuses: a builder
     * that is used again must not keep the consent of the person before.
     */
    static void fill(String[] parts, Consent consent) {
        String[] three = consent == null ? new String[3] : consent.parts();
        System.arraycopy(three, 0, parts, 0, three.length);
    }

    private String[] parts() {
        return new String[] {kind, notice, givenAt == null ? null : Long.toString(millis(givenAt))};
    }

    /** A time beyond what a number of milliseconds holds is refused by the core, like any other that is no time. */
    private static long millis(Instant when) {
        try {
            return when.toEpochMilli();
        } catch (ArithmeticException beyond) {
            return when.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    @Override
    public String toString() {
        return "Consent{" + kind + ", notice=" + notice + ", givenAt=" + givenAt + '}';
    }
}
