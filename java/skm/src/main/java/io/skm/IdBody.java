package io.skm;

/** What interface 4 was asked, decrypted (table C.2). */
public final class IdBody {
    private final String[] parts;

    /** Takes what the native library gives, in its order. */
    IdBody(String[] parts) {
        this.parts = parts;
    }

    /**
     * The certificate number.
     *
     * @return the number
     */
    public String number() {
        return parts[0];
    }

    /**
     * The name.
     *
     * @return the name
     */
    public String name() {
        return parts[1];
    }

    /**
     * Place or unit.
     *
     * @return the place, or null
     */
    public String organizeLocation() {
        return parts[2];
    }

    /**
     * Kind of application.
     *
     * @return the kind, or null
     */
    public String applyType() {
        return parts[3];
    }

    /** Shows nothing of what is in it. */
    @Override
    public String toString() {
        return "IdBody{***}";
    }
}
