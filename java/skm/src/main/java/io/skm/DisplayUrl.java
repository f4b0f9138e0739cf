package io.skm;

/** The page's URL with a user token in it: a credential. Never shown by {@code toString}. */
public final class DisplayUrl {
    private final String url;

    DisplayUrl(String url) {
        this.url = url;
    }

    /**
     * The URL itself, for a web view. Keep it out of logs.
     *
     * @return the URL
     */
    public String expose() {
        return url;
    }

    /** Shows nothing of it. */
    @Override
    public String toString() {
        return "DisplayUrl{***}";
    }
}
