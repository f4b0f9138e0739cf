package io.skm;

/** Lets the driver panic on purpose in a native library built with the feature {@code testing}. */
public final class TrustPanic {
    private TrustPanic() {}

    /** Panics with this text, which must not be seen again. */
    public static void with(String text) {
        TestingNative.panic(text);
    }
}
