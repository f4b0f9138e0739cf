package io.skm;

/** The seven parameters of table B.1 as they arrived, unchecked. */
public final class ScanCall {
    private final String[] parts;

    /** Takes what the native library gives, in its order. */
    ScanCall(String[] parts) {
        this.parts = parts;
    }

    /**
     * The code's text.
     *
     * @return the text
     */
    public String qrText() {
        return parts[0];
    }

    /**
     * The applying unit.
     *
     * @return the unit
     */
    public String source() {
        return parts[1];
    }

    /**
     * Where.
     *
     * @return the place
     */
    public String position() {
        return parts[2];
    }

    /**
     * The verifying unit.
     *
     * @return the unit
     */
    public String verifierDept() {
        return parts[3];
    }

    /**
     * The verifying person.
     *
     * @return the name
     */
    public String verifierName() {
        return parts[4];
    }

    /**
     * That person's phone.
     *
     * @return the phone
     */
    public String verifierPhone() {
        return parts[5];
    }

    /**
     * The unit's token.
     *
     * @return the token
     */
    public String token() {
        return parts[6];
    }

    /** Shows nothing of what is in it. */
    @Override
    public String toString() {
        return "ScanCall{***}";
    }
}
