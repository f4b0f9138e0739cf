package io.skm;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A failed call. Nothing that failed is green.
 *
 * <p>Safe to log: neither {@link #getMessage()} nor the cause chain holds personal data or a secret. Only
 * {@link #platformText()} may; it is left out of everything else.
 */
public final class SkmException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What failed. */
    private final SkmErrorCode code;
    /** For the person at the desk. */
    private final String chinese;
    /** The technical line in Chinese. */
    private final String technicalChinese;
    /** Why, or null. */
    private final String reason;
    /** Which call, or null. */
    private final String callName;
    /** The argument at fault, or null. */
    private final String field;
    /** The platform's own code, or null. */
    private final String platformCode;
    /** Never serialised: it may hold personal data. */
    private final transient String platformText;
    /** The HTTP status, or 0. */
    private final int httpStatus;
    /** By how much this machine is ahead, or null. */
    private final Long clockOffsetSeconds;
    /** How many times it was tried. */
    private final int attempts;
    /** Whether it may succeed later. */
    private final boolean retryable;
    /** What the venue decided, or null. */
    private final String whenUnreachable;
    /** Whether the evidence log lacks the record. */
    private final boolean auditFailed;

    /** Takes what the native library gives, in the order of its {@code exception}; what is missing at the end is null. */
    SkmException(String[] given) {
        super(given[1]);
        String[] parts = Arrays.copyOf(given, 15);
        code = SkmErrorCode.of(Integer.parseInt(parts[0]));
        chinese = parts[2];
        callName = parts[3];
        field = parts[4];
        platformCode = parts[5];
        platformText = parts[6];
        httpStatus = parts[7] == null ? 0 : Integer.parseInt(parts[7]);
        clockOffsetSeconds = parts[8] == null ? null : Long.valueOf(parts[8]);
        attempts = Integer.parseInt(parts[9]);
        retryable = parts[10] != null;
        whenUnreachable = parts[11];
        technicalChinese = parts[12];
        reason = parts[13];
        auditFailed = parts[14] != null;
    }

    /** A failure on this side of the native library. */
    SkmException(SkmErrorCode code, String english, String chinese) {
        this(code, null, english, chinese);
    }

    /** As above, naming the argument at fault. */
    SkmException(SkmErrorCode code, String field, String english, String chinese) {
        this(code, field, english, chinese, null, null);
    }

    private SkmException(
            SkmErrorCode code, String field, String english, String chinese, String callName, String whenUnreachable) {
        super(code.english() + ": " + english);
        this.code = code;
        // Before the library is loaded only the installation can be at fault.
        this.chinese = NativeLoader.isLoaded() ? Native.deskText(code.number()) : "程序安装有误,请联系管理员";
        technicalChinese = code.chinese() + ": " + chinese;
        reason = null;
        this.callName = callName;
        this.field = field;
        platformCode = null;
        platformText = null;
        httpStatus = 0;
        clockOffsetSeconds = null;
        attempts = 0;
        // What fails while loading needs an installation, not another try.
        retryable = NativeLoader.isLoaded() && Native.isRetryable(code.number());
        this.whenUnreachable = whenUnreachable;
        auditFailed = false;
    }

    static SkmException closed() {
        return new SkmException(SkmErrorCode.CLOSED, "it was closed before this call", "在此调用之前已关闭");
    }

    /** Of a call that its executor had not begun by the deadline. */
    static SkmException late(String callName, String whenUnreachable) {
        return new SkmException(
                SkmErrorCode.DEADLINE_EXCEEDED,
                null,
                "the executor was busy: give it more threads or submit less at once",
                "执行器繁忙:请增加线程或减少并发",
                callName,
                whenUnreachable);
    }

    /**
     * What failed.
     *
     * @return the row of the error table
     */
    public SkmErrorCode code() {
        return code;
    }

    /**
     * The stable number of what failed.
     *
     * @return as {@link SkmErrorCode#number()}
     */
    public int number() {
        return code.number();
    }

    /**
     * A Chinese sentence that may be shown to the person at the desk: what to do now, without the name of a call, a
     * member or a host.
     *
     * @return the sentence
     */
    public String chinese() {
        return chinese;
    }

    /**
     * One technical line in Chinese, for logs: what failed, where, what to do. {@link #getMessage()} is the same in
     * English.
     *
     * @return the line
     */
    public String technicalChinese() {
        return technicalChinese;
    }

    /**
     * Why, as a stable word: where a call stood when it ended ({@code resolving}, {@code connecting}, {@code waiting},
     * {@code no_threads}, …) or why TLS failed ({@code expired}, {@code unknown_issuer}, …). A later version may add
     * words.
     *
     * @return the word, or null if there is nothing more to say
     */
    public String reason() {
        return reason;
    }

    /**
     * Which call it was: {@code issue_user_token}, {@code display_url}, {@code verify_scan} or {@code verify_id}.
     *
     * @return the name, or null if no call had begun
     */
    public String callName() {
        return callName;
    }

    /**
     * The member at fault, such as {@code number}, {@code name}, {@code qr_text} or {@code verifier_dept}; of
     * {@link ResidentId#parse}, the fault: {@code character}, {@code length}, {@code birth_date} or
     * {@code check_digit}.
     *
     * @return the name, or null
     */
    public String field() {
        return field;
    }

    /**
     * The platform's own code: verbatim if it looks like one, up to ten letters and digits. Anything else is
     * {@code ***} here and stands before {@link #platformText()}.
     *
     * @return the code, or null
     */
    public String platformCode() {
        return platformCode;
    }

    /**
     * What the platform wrote beside its code. It may hold personal data: show it to the operator if you must, do not
     * log it. It is not serialised.
     *
     * @return the text, or null
     */
    public String platformText() {
        return platformText;
    }

    /**
     * The HTTP status of {@link SkmErrorCode#HTTP_STATUS}.
     *
     * @return the status, or empty
     */
    public OptionalInt httpStatus() {
        return httpStatus == 0 ? OptionalInt.empty() : OptionalInt.of(httpStatus);
    }

    /**
     * By how many seconds this machine is ahead of the platform, for {@link SkmErrorCode#CLOCK_SKEW}.
     *
     * @return the seconds, or empty
     */
    public OptionalLong clockOffsetSeconds() {
        return clockOffsetSeconds == null ? OptionalLong.empty() : OptionalLong.of(clockOffsetSeconds);
    }

    /**
     * How many times the request was tried.
     *
     * @return the number; 0 if it never came to that
     */
    public int attempts() {
        return attempts;
    }

    /**
     * Whether the same call may succeed later. What was safe to repeat has already been repeated.
     *
     * @return whether to try again later
     */
    public boolean isRetryable() {
        return retryable;
    }

    /**
     * What the venue has decided for the time when the platform cannot be reached: {@code gate.when_unreachable} of the
     * configuration. Neither lets anyone in. Set for a call that fails with {@code connect_failed},
     * {@code deadline_exceeded}, {@code tls_failed}, {@code proxy_failed}, {@code connection_lost}, {@code busy}, or
     * {@code http_status} with 429 or 5xx.
     *
     * @return {@code stay_shut} or {@code call_person}; null for every other failure
     */
    public String whenUnreachable() {
        return whenUnreachable;
    }

    /**
     * Whether the evidence log lacks the record of this call, for it could not be written. Everything else says what the
     * call itself came to; {@link SkmErrorCode#AUDIT_FAILED} is the code of a call that had no other fault. A record that
     * was still to be written when the call ended is not lacking: should that fail, {@link SkmClient#auditFailures()}
     * counts it.
     *
     * @return whether the record is missing
     */
    public boolean isAuditFailed() {
        return auditFailed;
    }
}
