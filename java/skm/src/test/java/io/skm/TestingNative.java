package io.skm;

/** Entries that only a native library built with the feature {@code testing} has. */
final class TestingNative {
    static {
        NativeLoader.load();
    }

    private TestingNative() {}

    static native void panic(String message);

    static native void panicTwice();

    static native long failWithoutWrapper();

    static native String echo(String text);

    static native String dialectSource();

    static native long clientAt(String form, String[] parts, long unixSeconds);

    static native String seal(String[] cipherKeyIvPlain);
}
