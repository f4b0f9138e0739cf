package io.skm;

/** The five parameters of table A.1 as they arrived, unchecked. */
public final class UserTokenCall {
    private final String[] parts;

    /** Takes what the native library gives, in its order. */
    UserTokenCall(String[] parts) {
        this.parts = parts;
    }

    /**
     * The application id.
     *
     * @return the id
     */
    public String appmark() {
        return parts[0];
    }

    /**
     * The time stamp, as signed.
     *
     * @return the time stamp
     */
    public String time() {
        return parts[1];
    }

    /**
     * The sign.
     *
     * @return the sign
     */
    public String sign() {
        return parts[2];
    }

    /**
     * The service.
     *
     * @return the name
     */
    public String servicename() {
        return parts[3];
    }

    /**
     * The JSON text of table A.2.
     *
     * @return the text
     */
    public String params() {
        return parts[4];
    }

    /** Shows nothing of what is in it. */
    @Override
    public String toString() {
        return "UserTokenCall{***}";
    }
}
