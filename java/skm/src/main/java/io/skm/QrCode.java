package io.skm;

/** A scanned text that is a health code by its shape. Keep all of it out of logs. */
public final class QrCode {
    private final String[] parts;

    /** Takes what the native library gives, in its order. */
    QrCode(String[] parts) {
        this.parts = parts;
    }

    /**
     * The whole text, as it is sent.
     *
     * @return the text
     */
    public String text() {
        return parts[0];
    }

    /**
     * The code's identity: what follows {@code qrCode=}.
     *
     * @return the code
     */
    public String code() {
        return parts[1];
    }

    /**
     * The six-digit division code, such as 320000.
     *
     * @return the division, or null if the code is of another form
     */
    public String division() {
        return parts[2];
    }

    /** Shows nothing of what is in it. */
    @Override
    public String toString() {
        return "QrCode{***}";
    }
}
