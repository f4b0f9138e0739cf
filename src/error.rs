//! Every way a call can fail: one table of kinds, and the one error type that carries them.
//!
//! Numbers are ABI: never reused, gaps left on purpose. The C header, the Java enum and the Python classes are
//! generated from this table or tested against it.
//!
//! An [`Error`] is safe to log. It can only be built from [`SafeText`], which accepts arguments of types that are proven
//! free of personal data and secrets; `String` is not one, so a name or a number cannot slip in, and only this crate can
//! prove another type so. What the platform said is kept apart, in [`PlatformText`], and shown scrubbed.

mod desk;
mod file;
mod name;
mod owner;
mod reason;
mod text;

use std::borrow::Cow;
use std::fmt;

use crate::interfaces::Interface;
use crate::verdict::WhenUnreachable;

pub(crate) use file::file_name;
pub use file::{IoReason, ShownPath};
pub use name::{CodePlace, KeyName};
pub use owner::{Owner, Retry};
pub use reason::Reason;
pub(crate) use text::{Chinese, LogSafe, Words, safe};
pub use text::{PlatformText, SafeText};

macro_rules! kinds {
    ($($variant:ident $number:literal $name:literal $owner:ident $retry:ident $en:literal $zh:literal $desk:literal)*) => {
        /// What failed. The number is stable for ever; the name is what logs and scripts match on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(i32)]
        pub enum ErrorKind {
            $(#[doc = concat!("`", $name, "` (", stringify!($number), "): ", $en, ".")] $variant = $number,)*
        }

        impl ErrorKind {
            /// Every row of the table, in the order of the numbers.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$variant),*];

            /// The name, such as `qr_expired`.
            pub const fn name(self) -> &'static str {
                match self { $(ErrorKind::$variant => $name),* }
            }

            /// Who has to act.
            pub const fn owner(self) -> Owner {
                match self { $(ErrorKind::$variant => Owner::$owner),* }
            }

            /// What happened and what to do, in English: one lower-case line.
            pub const fn text(self) -> &'static str {
                match self { $(ErrorKind::$variant => $en),* }
            }

            /// The same in Chinese.
            pub const fn text_zh(self) -> &'static str {
                match self { $(ErrorKind::$variant => $zh),* }
            }

            /// A Chinese sentence for the person at the desk: what to do now, without a word of ours or of the wire.
            /// [`Error::message_zh`] is more exact where a reason, a field or a status says more.
            pub const fn desk_zh(self) -> &'static str {
                match self { $(ErrorKind::$variant => $desk),* }
            }

            /// Whether calling again, unchanged, can succeed.
            pub const fn retry(self) -> Retry {
                match self { $(ErrorKind::$variant => Retry::$retry),* }
            }
        }
    };
}

kinds! {
    ConfigInvalid    100 "config_invalid"    Configuration No "the configuration is not valid" "配置无效"
        "本机配置有误,请联系管理员"
    ConfigMissing    101 "config_missing"    Configuration No "the configuration lacks what this call needs" "缺少此调用所需的配置"
        "本机尚未配置此功能,请联系管理员"
    KeyInvalid       102 "key_invalid"       Configuration No "a key is not usable" "密钥不可用"
        "本机密钥有误,请联系管理员"
    DialectInvalid   110 "dialect_invalid"   Configuration No "the dialect file is not valid" "方言文件无效"
        "本机配置有误,请联系管理员"
    InputInvalid     200 "input_invalid"     Caller No "an argument is not valid" "参数无效"
        "填写的内容有误,请核对后重试"
    InputEncoding    201 "input_encoding"    Caller No "a text is not in the encoding that is due here" "文本编码与此处要求的不符"
        "文字编码有误,请重新输入或重新读卡"
    ConsentMissing   202 "consent_missing"   Caller No "the person's consent is missing: state the notice it was given under" "缺少本人同意:请注明告知书编号"
        "尚未登记本人同意,请征得同意后再试"
    QrNotSkm         210 "qr_not_skm"        Code No "this is not a Jiangsu health code: ask for the right code" "不是苏康码:请出示苏康码"
        "这不是苏康码,请出示苏康码"
    QrIncomplete     211 "qr_incomplete"     Code No "the code was scanned incompletely: scan it again" "二维码扫描不完整:请重新扫描"
        "二维码没有扫描完整,请重新扫描"
    ConnectFailed    300 "connect_failed"    Network Yes "no connection to the platform" "无法连接平台"
        "无法连接平台,请检查网络后重试"
    DeadlineExceeded 301 "deadline_exceeded" Network Yes "the call did not finish within its deadline" "调用未在时限内完成"
        "平台没有及时应答,请稍后重试"
    TlsFailed        302 "tls_failed"        Network No "no trusted TLS connection" "无法建立可信的 TLS 连接"
        "无法与平台建立安全连接,请联系管理员"
    HttpStatus       303 "http_status"       Platform ByStatus "the platform answered with an HTTP error" "平台返回 HTTP 错误"
        "平台暂时出错,请稍后重试"
    ProxyFailed      304 "proxy_failed"      Network Yes "the proxy did not open a way to the platform" "代理未能连通平台"
        "网络代理不通,请联系管理员"
    AnswerTooLarge   305 "answer_too_large"  Platform No "the answer is too large" "应答过大"
        "平台的应答异常,请联系管理员"
    RedirectRefused  306 "redirect_refused"  Platform No "the platform answered with a redirect, which is never followed: correct the url" "平台返回重定向,本库从不跟随:请更正 url"
        "平台的地址有变,请联系管理员"
    ConnectionLost   307 "connection_lost"   Network Yes "the connection broke before the answer was complete" "应答未收完连接即中断"
        "与平台的连接中断,请重试"
    AnswerMalformed  400 "answer_malformed"  Platform No "the answer is not what the standard describes" "应答不符合标准"
        "平台的应答异常,请稍后重试,仍不行请联系管理员"
    AnswerUnreadable 401 "answer_unreadable" Platform No "the answer cannot be decrypted: check body_key and the dialect's cipher" "应答无法解密:请检查 body_key 与方言中的算法"
        "平台的应答无法解密,请联系管理员"
    ClockSkew        410 "clock_skew"        Clock No "this machine's clock is wrong, or differs too much from the platform's: set it" "本机时间有误,或与平台相差过大:请校准本机时间"
        "本机时间不准,请校准日期和时间后重试"
    Refused          500 "refused"           Platform No "the platform refused the request" "平台拒绝了请求"
        "平台没有受理,请核对后重试,仍不行请联系管理员"
    QrExpired        510 "qr_expired"        Code No "the code has expired: ask the person to refresh it" "二维码已过期:请刷新后再出示"
        "二维码已过期,请本人刷新后再出示"
    NoAccess         512 "no_access"         Credentials No "the platform gives this unit no access: check the credentials" "平台未授权本单位:请检查凭证"
        "本单位没有使用权限,请联系管理员"
    UpdateRequired   513 "update_required"   Person No "the person must first update their information in the health-code application" "请本人先在苏康码应用中更新信息"
        "请本人先在苏康码应用中更新信息"
    PersonNotFound   514 "person_not_found"  Person No "the platform knows no such person: check number and name" "平台查无此人:请核对证件号码与姓名"
        "平台查无此人,请核对姓名和证件号码"
    Busy             515 "busy"              Platform Yes "the platform is busy: try again later" "平台繁忙:请稍后再试"
        "系统繁忙,请稍后重试"
    AuditFailed      600 "audit_failed"      Disk No "the evidence record could not be written" "证据记录写入失败"
        "核验记录无法保存,请联系管理员"
    AuditUnreadable  601 "audit_unreadable"  Disk No "the evidence log cannot be read: check that this user may read its files" "证据日志无法读取:请检查当前用户是否有权读取其文件"
        "核验记录无法读取,请联系管理员"
    Closed           700 "closed"            Caller No "the client is closed or the call was cancelled" "客户端已关闭或调用已取消"
        "操作已取消,请重新操作"
    NullArgument     701 "null_argument"     Caller No "a required argument is null" "必填参数为空指针"
        "程序出错,请联系管理员"
    VersionMismatch  702 "version_mismatch"  Installation No "library and wrapper are of different versions: install both anew" "动态库与封装版本不一致:请重新安装"
        "程序安装有误,请联系管理员"
    LibraryNotLoaded 703 "library_not_loaded" Installation No "the native library could not be loaded" "无法加载本地库"
        "程序安装有误,请联系管理员"
    Internal         900 "internal"          Library No "an internal error: please report it" "内部错误:请反馈给我们"
        "程序出错,请联系管理员"
}

impl ErrorKind {
    /// The stable number of this kind.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The kind with this number, if there is one.
    pub fn from_number(number: i32) -> Option<ErrorKind> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    /// The kind with this name, if there is one.
    pub fn from_name(name: &str) -> Option<ErrorKind> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The result of everything in this library that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed call. Log-safe: `Debug` and `Display` hold no personal data and no secret.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    reason: Option<Reason>,
    detail: Option<SafeText>,
    desk: Option<&'static str>,
    interface: Option<Interface>,
    field: Option<Cow<'static, str>>,
    platform_code: Option<String>,
    platform_text: Option<PlatformText>,
    http_status: Option<u16>,
    clock_offset_s: Option<i64>,
    attempts: u32,
    when_unreachable: Option<WhenUnreachable>,
    without_evidence: bool,
}

impl Error {
    /// An error with nothing to add to the table's text.
    pub fn new(kind: ErrorKind) -> Error {
        Error(Box::new(Inner {
            kind,
            reason: None,
            detail: None,
            desk: None,
            interface: None,
            field: None,
            platform_code: None,
            platform_text: None,
            http_status: None,
            clock_offset_s: None,
            attempts: 0,
            when_unreachable: None,
            without_evidence: false,
        }))
    }

    /// An error with a line that says what exactly, where, and what to do.
    pub fn with(kind: ErrorKind, detail: SafeText) -> Error {
        let mut error = Error::new(kind);
        error.0.detail = Some(detail);
        error
    }

    /// Says why, for `tls_failed`, `connect_failed` and `deadline_exceeded`.
    pub(crate) fn because(mut self, reason: Reason) -> Error {
        self.0.reason = Some(reason);
        self
    }

    /// Says at the desk what the kind's sentence does not: in Chinese, what to do now.
    pub(crate) fn at_desk(mut self, sentence: &'static str) -> Error {
        self.0.desk = Some(sentence);
        self
    }

    pub(crate) fn input(field: &'static str, detail: SafeText) -> Error {
        let mut error = Error::with(ErrorKind::InputInvalid, detail);
        error.0.field = Some(Cow::Borrowed(field));
        error
    }

    /// As [`Error::input`], for a member whose name came from outside and was found fit to be shown.
    pub(crate) fn input_named(field: impl LogSafe, detail: SafeText) -> Error {
        let mut error = Error::with(ErrorKind::InputInvalid, detail);
        error.0.field = Some(Cow::Owned(field.to_string()));
        error
    }

    pub(crate) fn malformed(detail: SafeText) -> Error {
        Error::with(ErrorKind::AnswerMalformed, detail)
    }

    pub(crate) fn refusal(kind: ErrorKind, code: &str, text: Option<&str>, meaning: Option<SafeText>) -> Error {
        let mut error = Error::new(kind);
        error.0.detail = meaning;
        let text = text.unwrap_or_default();
        // What does not look like a code is a text, and may be about a person: it is kept with the other one.
        let (code, text) = if is_plain_code(code) {
            (code, text.to_owned())
        } else {
            // In one piece: growing would leave copies behind that nobody wipes.
            let mut both = String::with_capacity(code.len() + 1 + text.len());
            both.extend([code, if text.is_empty() { "" } else { " " }, text]);
            ("***", both)
        };
        error.0.platform_code = Some(code.to_owned());
        error.0.platform_text = Some(text).filter(|text| !text.is_empty()).map(PlatformText::new);
        error
    }

    pub(crate) fn status(status: u16) -> Error {
        let detail = safe!("status {}", "状态码 {}", status);
        let mut error = Error::with(ErrorKind::HttpStatus, detail);
        error.0.http_status = Some(status);
        error
    }

    /// Turns a refusal that a wrong clock explains into `clock_skew`, keeping what the platform said.
    pub(crate) fn explained_by_skew(mut self, offset_s: i64) -> Error {
        self.0.kind = ErrorKind::ClockSkew;
        self.0.detail = Some(safe!(
            "this machine is {} s off the platform (positive: ahead)",
            "本机与平台相差 {} 秒(正数表示本机快)",
            offset_s
        ));
        self.0.clock_offset_s = Some(offset_s);
        self
    }

    pub(crate) fn during(mut self, interface: Interface, attempts: u32) -> Error {
        self.0.interface.get_or_insert(interface);
        self.0.attempts = attempts;
        self
    }

    /// Carries what the venue decided for this case, if the platform could not be reached.
    pub(crate) fn at_gate(mut self, decided: WhenUnreachable) -> Error {
        if self.is_unreachable() {
            self.0.when_unreachable = Some(decided);
        }
        self
    }

    /// Says beside what failed that the record of the call could not be written.
    pub(crate) fn without_evidence(mut self) -> Error {
        self.0.without_evidence = true;
        self
    }

    fn is_unreachable(&self) -> bool {
        match self.0.kind {
            ErrorKind::ConnectFailed
            | ErrorKind::DeadlineExceeded
            | ErrorKind::TlsFailed
            | ErrorKind::ProxyFailed
            | ErrorKind::ConnectionLost
            | ErrorKind::Busy => true,
            ErrorKind::HttpStatus => self.is_retryable(),
            _ => false,
        }
    }

    /// Whether this is all that it says beside its kind.
    pub(crate) fn says(&self, detail: &SafeText) -> bool {
        self.0.detail.as_ref() == Some(detail)
    }

    /// What the venue decided to do when the platform cannot be reached; `None` for every other failure.
    pub fn when_unreachable(&self) -> Option<WhenUnreachable> {
        self.0.when_unreachable
    }

    /// Whether the evidence log lacks the record of this call, for it could not be written. Everything else says what the
    /// call itself came to; `audit_failed` is the error of a call that had no other. A record that was still to be
    /// written when the call ended is not lacking: should that fail, `Client::audit_failures` counts it.
    pub fn audit_failed(&self) -> bool {
        self.0.without_evidence || self.0.kind == ErrorKind::AuditFailed
    }

    /// What failed.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Why a connection is not trusted, or where the call stood when it ended; for `tls_failed`, `connect_failed`,
    /// `deadline_exceeded` and whatever else has a reason.
    pub fn reason(&self) -> Option<Reason> {
        self.0.reason
    }

    /// The interface that was being called, if a call had begun.
    pub fn interface(&self) -> Option<Interface> {
        self.0.interface
    }

    /// The argument at fault, for `input_invalid`.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The platform's own code (`retcode`, `resCode` or `code`): verbatim if it looks like one, at most ten letters and
    /// digits after a sign. Anything else is `***` here, and stands before the text in [`Error::platform_text`].
    pub fn platform_code(&self) -> Option<&str> {
        self.0.platform_code.as_deref()
    }

    /// What the platform wrote beside its code.
    pub fn platform_text(&self) -> Option<&PlatformText> {
        self.0.platform_text.as_ref()
    }

    /// The HTTP status, for `http_status`.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// By how many seconds this machine is ahead of the platform, for `clock_skew`.
    pub fn clock_offset_s(&self) -> Option<i64> {
        self.0.clock_offset_s
    }

    /// How many times the request was tried; 0 if it never came to that.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the same call may succeed later. The library has already retried what was safe to retry.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind.retry() {
            Retry::No => false,
            Retry::Yes => true,
            Retry::ByStatus => self.0.http_status.is_some_and(|status| status == 429 || (500..600).contains(&status)),
        }
    }

    /// One technical line in English: what failed, where, what to do. For logs and for the operator.
    pub fn message(&self) -> String {
        self.line(ErrorKind::text, SafeText::en, Reason::text)
    }

    /// The same technical line in Chinese.
    pub fn technical_zh(&self) -> String {
        self.line(ErrorKind::text_zh, SafeText::zh, Reason::text_zh)
    }

    /// A Chinese sentence that may be shown to the person at the desk (section 13): what to do now. No name of a call, a
    /// member or a host is in it, and no English word.
    pub fn message_zh(&self) -> String {
        desk::sentence(self)
    }

    fn line(
        &self,
        text: fn(ErrorKind) -> &'static str,
        detail: fn(&SafeText) -> &str,
        reason: fn(Reason) -> &'static str,
    ) -> String {
        let mut line = String::new();
        if let Some(interface) = self.0.interface {
            line.push_str(interface.name());
            line.push_str(": ");
        }
        line.push_str(text(self.0.kind));
        if let Some(text) = &self.0.detail {
            line.push_str(": ");
            line.push_str(detail(text));
        }
        if let Some(why) = self.0.reason {
            line.push_str(": ");
            line.push_str(reason(why));
        }
        if let Some(code) = &self.0.platform_code {
            line.push_str(" [");
            line.push_str(code);
            line.push(']');
        }
        line
    }
}

/// A code that looks like one may be shown; anything else may be a text about a person.
fn is_plain_code(code: &str) -> bool {
    let sign_stripped = code.strip_prefix('-').unwrap_or(code);
    (1..=10).contains(&sign_stripped.len()) && sign_stripped.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.0.kind).field("message", &self.message()).finish_non_exhaustive()
    }
}

impl std::error::Error for Error {}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Error {
        Error::new(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique_and_found_again() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::from_number(kind.number()), Some(*kind));
            assert_eq!(ErrorKind::from_name(kind.name()), Some(*kind));
        }
    }

    #[test]
    fn status_decides_whether_http_status_is_retryable() {
        assert!(Error::status(503).is_retryable());
        assert!(Error::status(429).is_retryable());
        assert!(!Error::status(404).is_retryable());
    }

    #[test]
    fn the_platforms_words_stay_out_of_the_message() {
        let words = "张三 320000 1985 0630 4142 不存在";
        for code in ["1", "张三", "32000019850630414X"] {
            let error = Error::refusal(ErrorKind::Refused, code, Some(words), None);
            for shown in [error.to_string(), error.technical_zh(), error.message_zh(), format!("{error:?}")] {
                for telling in ["张三", "320000", "4142"] {
                    assert!(!shown.contains(telling), "{telling} in {shown}");
                }
            }
            let (shown, kept) = if code == "1" { (code, words.to_owned()) } else { ("***", format!("{code} {words}")) };
            assert_eq!(error.platform_text().map(PlatformText::verbatim), Some(&*kept));
            assert_eq!(error.platform_code(), Some(shown));
        }
        let error = Error::refusal(ErrorKind::Refused, "张三", None, None);
        assert_eq!(error.platform_text().map(PlatformText::verbatim), Some("张三"));
        assert!(Error::refusal(ErrorKind::Refused, "-1", None, None).to_string().ends_with("[-1]"));
    }
}
