package io.skm;

/** What interface 1 answers (table A.4). Both are opaque; the token is a credential. */
public final class UserToken {
    private final String[] parts;

    /** Takes what the native library gives, in its order. */
    UserToken(String[] parts) {
        this.parts = parts;
    }

    /**
     * The user's token.
     *
     * @return the token
     */
    public String token() {
        return parts[0];
    }

    /**
     * The user's id at the platform.
     *
     * @return the id, or null
     */
    public String uuid() {
        return parts[1];
    }

    /** Shows nothing of what is in it. */
    @Override
    public String toString() {
        return "UserToken{***}";
    }
}
