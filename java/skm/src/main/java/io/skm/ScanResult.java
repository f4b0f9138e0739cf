package io.skm;

import java.util.Map;

/** What interface 3 answers (table B.3). Name, number and phone are as masked by the platform. */
public final class ScanResult implements VerifyResult {
    private final SkmLevel level;
    private final SkmVerdict verdict;
    private final Map<String, String> extra;
    private final String[] parts;

    /** Takes what the native library gives, in its order. */
    ScanResult(String[] parts) {
        level = SkmLevel.of(parts[0]);
        verdict = SkmVerdict.of(parts[1]);
        extra = Extra.after(parts, 7);
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

    @Override
    public String name() {
        return parts[2];
    }

    /**
     * The certificate number, {@code idcardNo}.
     *
     * @return the masked number, or null
     */
    public String idNumberMasked() {
        return parts[3];
    }

    /**
     * The phone.
     *
     * @return the phone, or null
     */
    public String phone() {
        return parts[4];
    }

    /**
     * Advice led by the colour word.
     *
     * @return the advice, or null
     */
    public String tip() {
        return parts[5];
    }

    /**
     * The code, {@code qrCode}.
     *
     * @return the code, or null
     */
    public String qrCode() {
        return parts[6];
    }

    @Override
    public Map<String, String> extra() {
        return extra;
    }

    /** Shows the verdict, nothing of the person. */
    @Override
    public String toString() {
        return "ScanResult{verdict=" + verdict + ", level=" + level + ", ***}";
    }
}
