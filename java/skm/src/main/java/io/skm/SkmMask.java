package io.skm;

/** Masks personal data for people to see, by this library's own rules: for logs and pages of your own. */
public final class SkmMask {
    private SkmMask() {}

    /**
     * A name: its first character, then a star for each further one.
     *
     * @param name the name
     * @return {@code 张**} for {@code 张三丰}
     */
    public static String name(String name) {
        return mask("name", name);
    }

    /**
     * A certificate number: the first 3 and the last 2 characters kept.
     *
     * @param number the number
     * @return the masked number
     */
    public static String certificate(String number) {
        return mask("certificate", number);
    }

    /**
     * A phone number: the first 3 and the last 4 of 11 digits kept, else the last 2.
     *
     * @param phone the number
     * @return the masked number
     */
    public static String phone(String phone) {
        return mask("phone", phone);
    }

    private static String mask(String kind, String text) {
        NativeLoader.load();
        return Native.mask(kind, text);
    }
}
