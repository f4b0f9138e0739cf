package io.skm;

/**
 * What the native library does. {@link NativeLoader#load()} comes before anything that needs no {@link Handle}. Requests and answers cross as arrays of strings, each in an order that stands once on
 * either side; numbers called client, platform, sandbox and cancel are valid only while a {@link Handle} holds them.
 */
final class Native {
    private Native() {}

    /** Called by the native library to make the exception that it throws. */
    private static SkmException failure(String[] parts) {
        return new SkmException(parts);
    }

    static native String version();

    /** How many values the native library holds for this class: what was opened and not yet freed. */
    static native long liveHandles();

    static native void nothing();

    static native boolean isRetryable(int number);

    static native String deskText(int number);

    static native String mask(String kind, String text);

    static native String[] residentId(String number, boolean lift15);

    static native void checkConsent(String[] kindNoticeGivenAt);

    static native void checkPapersType(String papersType);

    static native String sign(String appmark, String appword, String time);

    static native boolean checkSign(String[] appmarkAppwordTimeSign);

    static native long clientOpen(String form, String[] parts);

    static native long clientDeadlineMs(long client);

    static native long clientMaxConnections(long client);

    static native String clientWhenUnreachable(long client);

    static native long clientAuditFailures(long client);

    static native void clientClose(long client);

    static native void clientFree(long client);

    static native long cancelNew();

    static native void cancelFire(long cancel);

    static native void cancelFree(long cancel);

    static native String[] issueUserToken(long client, long cancel, long deadlineMs, String[] request);

    static native String[] displayUrl(long client, String[] tokenUuid);

    static native String[] verifyScan(long client, long cancel, long deadlineMs, String[] request);

    static native String[] verifyId(long client, long cancel, long deadlineMs, String[] request);

    static native String[] checkQr(long client, String scanned);

    static native long platformOpen(String form, String[] parts);

    static native void platformFree(long platform);

    static native String[] readUserToken(String[] methodContentTypeQuery, byte[] body);

    static native boolean isTimely(long platform, String time, long windowMs);

    static native String[] readScan(byte[] body);

    static native String openAuth(long platform, String header);

    static native String[] openBody(long platform, byte[] body);

    static native String sealAnswer(long platform, String[] answer);

    static native long sandboxStart(int port, long seed, boolean lenient);

    static native void sandboxFree(long sandbox);

    static native String[] sandboxInfo(long sandbox);

    static native String[] sandboxPeople(long sandbox);

    static native String sandboxQr(long sandbox, String number);

    static native long sandboxFault(long sandbox, String rule);

    static native void sandboxReset(long sandbox);
}
