package io.skm;

import java.util.Map;

/** What interface 4 answers (Annex C). */
public final class IdResult implements VerifyResult {
    private final SkmLevel level;
    private final SkmVerdict verdict;
    private final Map<String, String> extra;
    private final String[] parts;

    /** Takes what the native library gives, in its order. */
    IdResult(String[] parts) {
        level = SkmLevel.of(parts[0]);
        verdict = SkmVerdict.of(parts[1]);
        extra = Extra.after(parts, 6);
        this.parts = parts;
    }

    @Override
    public SkmVerdict verdict() {
        return verdict;
    }

    @Override
    public boolean isGreen() {
        return verdict.isGreen();
    }

    @Override
    public SkmLevel level() {
        return level;
    }

    /**
     * The certificate number: always the one that was asked for.
     *
     * @return the number
     */
    public String number() {
        return parts[2];
    }

    @Override
    public String name() {
        return parts[3];
    }

    /**
     * The travel record, {@code xcValue}.
     *
     * @return the text, or null
     */
    public String travel() {
        return parts[4];
    }

    /**
     * Why a code is not green, {@code exceptionCodeReason}.
     *
     * @return the reason, or null
     */
    public String reason() {
        return parts[5];
    }

    @Override
    public Map<String, String> extra() {
        return extra;
    }

    /** Shows the verdict, nothing of the person. */
    @Override
    public String toString() {
        return "IdResult{verdict=" + verdict + ", level=" + level + ", ***}";
    }
}
