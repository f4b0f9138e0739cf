package io.skm;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Every way a call can fail. The numbers are stable for ever: never reused, gaps left on purpose. The table is the
 * native library's, written by {@code make generate}.
 */
public enum SkmErrorCode {
    // generated: errors
    /** The configuration is not valid. */
    CONFIG_INVALID(100, Owner.CONFIGURATION, "the configuration is not valid",
            "配置无效"),
    /** The configuration lacks what this call needs. */
    CONFIG_MISSING(101, Owner.CONFIGURATION, "the configuration lacks what this call needs",
            "缺少此调用所需的配置"),
    /** A key is not usable. */
    KEY_INVALID(102, Owner.CONFIGURATION, "a key is not usable",
            "密钥不可用"),
    /** The dialect file is not valid. */
    DIALECT_INVALID(110, Owner.CONFIGURATION, "the dialect file is not valid",
            "方言文件无效"),
    /** An argument is not valid. */
    INPUT_INVALID(200, Owner.CALLER, "an argument is not valid",
            "参数无效"),
    /** A text is not in the encoding that is due here. */
    INPUT_ENCODING(201, Owner.CALLER, "a text is not in the encoding that is due here",
            "文本编码与此处要求的不符"),
    /** The person's consent is missing: state the notice it was given under. */
    CONSENT_MISSING(202, Owner.CALLER, "the person's consent is missing: state the notice it was given under",
            "缺少本人同意:请注明告知书编号"),
    /** This is not a Jiangsu health code: ask for the right code. */
    QR_NOT_SKM(210, Owner.CODE, "this is not a Jiangsu health code: ask for the right code",
            "不是苏康码:请出示苏康码"),
    /** The code was scanned incompletely: scan it again. */
    QR_INCOMPLETE(211, Owner.CODE, "the code was scanned incompletely: scan it again",
            "二维码扫描不完整:请重新扫描"),
    /** No connection to the platform. */
    CONNECT_FAILED(300, Owner.NETWORK, "no connection to the platform",
            "无法连接平台"),
    /** The call did not finish within its deadline. */
    DEADLINE_EXCEEDED(301, Owner.NETWORK, "the call did not finish within its deadline",
            "调用未在时限内完成"),
    /** No trusted TLS connection. */
    TLS_FAILED(302, Owner.NETWORK, "no trusted TLS connection",
            "无法建立可信的 TLS 连接"),
    /** The platform answered with an HTTP error. */
    HTTP_STATUS(303, Owner.PLATFORM, "the platform answered with an HTTP error",
            "平台返回 HTTP 错误"),
    /** The proxy did not open a way to the platform. */
    PROXY_FAILED(304, Owner.NETWORK, "the proxy did not open a way to the platform",
            "代理未能连通平台"),
    /** The answer is too large. */
    ANSWER_TOO_LARGE(305, Owner.PLATFORM, "the answer is too large",
            "应答过大"),
    /** The platform answered with a redirect, which is never followed: correct the url. */
    REDIRECT_REFUSED(306, Owner.PLATFORM, "the platform answered with a redirect, which is never followed: correct the url",
            "平台返回重定向,本库从不跟随:请更正 url"),
    /** The connection broke before the answer was complete. */
    CONNECTION_LOST(307, Owner.NETWORK, "the connection broke before the answer was complete",
            "应答未收完连接即中断"),
    /** The answer is not what the standard describes. */
    ANSWER_MALFORMED(400, Owner.PLATFORM, "the answer is not what the standard describes",
            "应答不符合标准"),
    /** The answer cannot be decrypted: check body_key and the dialect's cipher. */
    ANSWER_UNREADABLE(401, Owner.PLATFORM, "the answer cannot be decrypted: check body_key and the dialect's cipher",
            "应答无法解密:请检查 body_key 与方言中的算法"),
    /** This machine's clock is wrong, or differs too much from the platform's: set it. */
    CLOCK_SKEW(410, Owner.CLOCK, "this machine's clock is wrong, or differs too much from the platform's: set it",
            "本机时间有误,或与平台相差过大:请校准本机时间"),
    /** The platform refused the request. */
    REFUSED(500, Owner.PLATFORM, "the platform refused the request",
            "平台拒绝了请求"),
    /** The code has expired: ask the person to refresh it. */
    QR_EXPIRED(510, Owner.CODE, "the code has expired: ask the person to refresh it",
            "二维码已过期:请刷新后再出示"),
    /** The platform gives this unit no access: check the credentials. */
    NO_ACCESS(512, Owner.CREDENTIALS, "the platform gives this unit no access: check the credentials",
            "平台未授权本单位:请检查凭证"),
    /** The person must first update their information in the health-code application. */
    UPDATE_REQUIRED(513, Owner.PERSON, "the person must first update their information in the health-code application",
            "请本人先在苏康码应用中更新信息"),
    /** The platform knows no such person: check number and name. */
    PERSON_NOT_FOUND(514, Owner.PERSON, "the platform knows no such person: check number and name",
            "平台查无此人:请核对证件号码与姓名"),
    /** The platform is busy: try again later. */
    BUSY(515, Owner.PLATFORM, "the platform is busy: try again later",
            "平台繁忙:请稍后再试"),
    /** The evidence record could not be written. */
    AUDIT_FAILED(600, Owner.DISK, "the evidence record could not be written",
            "证据记录写入失败"),
    /** The evidence log cannot be read: check that this user may read its files. */
    AUDIT_UNREADABLE(601, Owner.DISK, "the evidence log cannot be read: check that this user may read its files",
            "证据日志无法读取:请检查当前用户是否有权读取其文件"),
    /** The client is closed or the call was cancelled. */
    CLOSED(700, Owner.CALLER, "the client is closed or the call was cancelled",
            "客户端已关闭或调用已取消"),
    /** A required argument is null. */
    NULL_ARGUMENT(701, Owner.CALLER, "a required argument is null",
            "必填参数为空指针"),
    /** Library and wrapper are of different versions: install both anew. */
    VERSION_MISMATCH(702, Owner.INSTALLATION, "library and wrapper are of different versions: install both anew",
            "动态库与封装版本不一致:请重新安装"),
    /** The native library could not be loaded. */
    LIBRARY_NOT_LOADED(703, Owner.INSTALLATION, "the native library could not be loaded",
            "无法加载本地库"),
    /** An internal error: please report it. */
    INTERNAL(900, Owner.LIBRARY, "an internal error: please report it",
            "内部错误:请反馈给我们");
    // end of generated: errors

    private static final Map<Integer, SkmErrorCode> BY_NUMBER = new HashMap<>();

    static {
        for (SkmErrorCode code : values()) {
            BY_NUMBER.put(code.number, code);
        }
    }

    private final int number;
    private final Owner owner;
    private final String english;
    private final String chinese;

    SkmErrorCode(int number, Owner owner, String english, String chinese) {
        this.number = number;
        this.owner = owner;
        this.english = english;
        this.chinese = chinese;
    }

    /**
     * The code with a number.
     *
     * @param number a number of the table
     * @return its code; {@link #INTERNAL} for a number that is not in the table
     */
    public static SkmErrorCode of(int number) {
        return BY_NUMBER.getOrDefault(number, INTERNAL);
    }

    /**
     * The stable number.
     *
     * @return such as 510
     */
    public int number() {
        return number;
    }

    /**
     * The name that logs and scripts match on.
     *
     * @return such as {@code qr_expired}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Who has to act.
     *
     * @return the owner
     */
    public Owner owner() {
        return owner;
    }

    /**
     * What happened and what to do, in English.
     *
     * @return one lower-case line
     */
    public String english() {
        return english;
    }

    /**
     * The same in Chinese.
     *
     * @return one line
     */
    public String chinese() {
        return chinese;
    }

    /** Whose problem a failure is, and so who has to act. */
    public enum Owner {
        // generated: owners
        /** The configuration file or the dialect. */
        CONFIGURATION,
        /** The program that calls this library. */
        CALLER,
        /** The code that was shown or scanned. */
        CODE,
        /** The network between here and the platform, the proxy or the certificate store. */
        NETWORK,
        /** The platform. */
        PLATFORM,
        /** The clock of this machine or of the platform. */
        CLOCK,
        /** The unit's credentials. */
        CREDENTIALS,
        /** The person who is being verified. */
        PERSON,
        /** The disk under the evidence log. */
        DISK,
        /** The installation of this library. */
        INSTALLATION,
        /** This library. */
        LIBRARY
        // end of generated: owners
    }
}
