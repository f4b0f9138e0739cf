//! Status numbers and the error object.

use std::ffi::{c_char, c_int};
use std::ptr;
use std::sync::LazyLock;

use skm::{Error, ErrorKind, Reason};

use crate::failure::Failure;
use crate::fence::fence;
use crate::text::{CText, lend};

/// What a call came to: SKM_OK or one of SKM_ERROR_…. The numbers never change and are never reused; a later version
/// may add some.
pub type skm_status = i32;
/// The call succeeded.
pub const SKM_OK: skm_status = 0;
// generated: statuses
/// The configuration is not valid.
pub const SKM_ERROR_CONFIG_INVALID: skm_status = 100;
/// The configuration lacks what this call needs.
pub const SKM_ERROR_CONFIG_MISSING: skm_status = 101;
/// A key is not usable.
pub const SKM_ERROR_KEY_INVALID: skm_status = 102;
/// The dialect file is not valid.
pub const SKM_ERROR_DIALECT_INVALID: skm_status = 110;
/// An argument is not valid.
pub const SKM_ERROR_INPUT_INVALID: skm_status = 200;
/// A text is not in the encoding that is due here.
pub const SKM_ERROR_INPUT_ENCODING: skm_status = 201;
/// The person's consent is missing: state the notice it was given under.
pub const SKM_ERROR_CONSENT_MISSING: skm_status = 202;
/// This is not a Jiangsu health code: ask for the right code.
pub const SKM_ERROR_QR_NOT_SKM: skm_status = 210;
/// The code was scanned incompletely: scan it again.
pub const SKM_ERROR_QR_INCOMPLETE: skm_status = 211;
/// No connection to the platform.
pub const SKM_ERROR_CONNECT_FAILED: skm_status = 300;
/// The call did not finish within its deadline.
pub const SKM_ERROR_DEADLINE_EXCEEDED: skm_status = 301;
/// No trusted TLS connection.
pub const SKM_ERROR_TLS_FAILED: skm_status = 302;
/// The platform answered with an HTTP error.
pub const SKM_ERROR_HTTP_STATUS: skm_status = 303;
/// The proxy did not open a way to the platform.
pub const SKM_ERROR_PROXY_FAILED: skm_status = 304;
/// The answer is too large.
pub const SKM_ERROR_ANSWER_TOO_LARGE: skm_status = 305;
/// The platform answered with a redirect, which is never followed: correct the url.
pub const SKM_ERROR_REDIRECT_REFUSED: skm_status = 306;
/// The connection broke before the answer was complete.
pub const SKM_ERROR_CONNECTION_LOST: skm_status = 307;
/// The answer is not what the standard describes.
pub const SKM_ERROR_ANSWER_MALFORMED: skm_status = 400;
/// The answer cannot be decrypted: check body_key and the dialect's cipher.
pub const SKM_ERROR_ANSWER_UNREADABLE: skm_status = 401;
/// This machine's clock is wrong, or differs too much from the platform's: set it.
pub const SKM_ERROR_CLOCK_SKEW: skm_status = 410;
/// The platform refused the request.
pub const SKM_ERROR_REFUSED: skm_status = 500;
/// The code has expired: ask the person to refresh it.
pub const SKM_ERROR_QR_EXPIRED: skm_status = 510;
/// The platform gives this unit no access: check the credentials.
pub const SKM_ERROR_NO_ACCESS: skm_status = 512;
/// The person must first update their information in the health-code application.
pub const SKM_ERROR_UPDATE_REQUIRED: skm_status = 513;
/// The platform knows no such person: check number and name.
pub const SKM_ERROR_PERSON_NOT_FOUND: skm_status = 514;
/// The platform is busy: try again later.
pub const SKM_ERROR_BUSY: skm_status = 515;
/// The evidence record could not be written.
pub const SKM_ERROR_AUDIT_FAILED: skm_status = 600;
/// The evidence log cannot be read: check that this user may read its files.
pub const SKM_ERROR_AUDIT_UNREADABLE: skm_status = 601;
/// The client is closed or the call was cancelled.
pub const SKM_ERROR_CLOSED: skm_status = 700;
/// A required argument is null.
pub const SKM_ERROR_NULL_ARGUMENT: skm_status = 701;
/// Library and wrapper are of different versions: install both anew.
pub const SKM_ERROR_VERSION_MISMATCH: skm_status = 702;
/// The native library could not be loaded.
pub const SKM_ERROR_LIBRARY_NOT_LOADED: skm_status = 703;
/// An internal error: please report it.
pub const SKM_ERROR_INTERNAL: skm_status = 900;
// end of generated: statuses

/// Why a call failed. Owned by the caller, who frees it with skm_error_free(); it never changes. Its texts hold no
/// personal data and no secret, except skm_error_platform_text().
pub struct skm_error {
    number: skm_status,
    name: CText,
    message: CText,
    message_zh: CText,
    technical_zh: CText,
    interface: Option<CText>,
    field: Option<CText>,
    reason: Option<CText>,
    platform_code: Option<CText>,
    platform_text: Option<CText>,
    http_status: c_int,
    clock_offset_s: i64,
    attempts: u32,
    retryable: bool,
    when_unreachable: Option<CText>,
    audit_failed: bool,
}

impl skm_error {
    pub(crate) fn new(failure: &Failure) -> skm_error {
        let (error, encoding) = (&failure.error, failure.encoding);
        let text = |text: &str| CText::new(text, encoding);
        skm_error {
            number: failure.number(),
            name: CText::utf8(error.kind().name()),
            message: text(&error.message()),
            message_zh: text(&error.message_zh()),
            technical_zh: text(&error.technical_zh()),
            interface: error.interface().map(|interface| CText::utf8(interface.name())),
            field: failure.field.or(error.field()).map(CText::utf8),
            reason: failure.reason.or(error.reason().map(Reason::name)).map(CText::utf8),
            platform_code: error.platform_code().map(text),
            platform_text: error.platform_text().map(|said| text(said.verbatim())),
            http_status: error.http_status().map_or(0, c_int::from),
            clock_offset_s: error.clock_offset_s().unwrap_or(0),
            attempts: error.attempts(),
            retryable: error.is_retryable(),
            when_unreachable: error.when_unreachable().map(|decided| CText::utf8(decided.as_str())),
            audit_failed: error.audit_failed(),
        }
    }
}

/// The number: what the call returned. SKM_OK for NULL. Any thread, as for all getters of an error.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_number(error: Option<&skm_error>) -> skm_status {
    fence("skm_error_number", SKM_ERROR_INTERNAL, || error.map_or(SKM_OK, |error| error.number))
}

/// The name, such as `qr_expired`: what logs and scripts match on. Lent until skm_error_free(), as all texts of an
/// error; NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_name(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_name", error, |error| Some(&error.name))
}

/// One technical line in English, for logs: what failed, where, what to do. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_message(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_message", error, |error| Some(&error.message))
}

/// The technical line in Chinese, in the encoding of the client that was called. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_technical_zh(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_technical_zh", error, |error| Some(&error.technical_zh))
}

/// A Chinese sentence that may be shown to the person at the desk, in the encoding of the client that was called: what to
/// do now, without the name of a call, a member or a host. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_message_zh(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_message_zh", error, |error| Some(&error.message_zh))
}

/// The call of the standard: `issue_user_token`, `display_url`, `verify_scan` or `verify_id`; NULL if none had begun.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_interface(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_interface", error, |error| error.interface.as_ref())
}

/// The argument at fault, such as `qr_text`; NULL if it is none.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_field(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_field", error, |error| error.field.as_ref())
}

/// Why, as a stable word: where a call stood when it ended (`resolving`, `connecting`, `waiting`, `no_threads`, …), why
/// TLS failed (`expired`, `unknown_issuer`, …), or, of skm_check_id_number(), why a certificate number is not one:
/// `character`, `length`, `birth_date` or `check_digit`. NULL if there is nothing more to say; a later version may add
/// words.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_reason(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_reason", error, |error| error.reason.as_ref())
}

/// The platform's own code (`retcode`, `resCode` or `code`), verbatim if it looks like a code; anything else is `***`
/// here and stands before skm_error_platform_text(). NULL if it gave none.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_platform_code(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_platform_code", error, |error| error.platform_code.as_ref())
}

/// What the platform wrote beside its code, verbatim; NULL if nothing. It may hold personal data: show it to the
/// operator if you must, do not log it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_platform_text(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_platform_text", error, |error| error.platform_text.as_ref())
}

/// The HTTP status, for SKM_ERROR_HTTP_STATUS; otherwise 0.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_http_status(error: Option<&skm_error>) -> c_int {
    fence("skm_error_http_status", 0, || error.map_or(0, |error| error.http_status))
}

/// By how many seconds this machine is ahead of the platform, for SKM_ERROR_CLOCK_SKEW; otherwise 0.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_clock_offset_s(error: Option<&skm_error>) -> i64 {
    fence("skm_error_clock_offset_s", 0, || error.map_or(0, |error| error.clock_offset_s))
}

/// How many times the request was tried; 0 if it never came to that.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_attempts(error: Option<&skm_error>) -> u32 {
    fence("skm_error_attempts", 0, || error.map_or(0, |error| error.attempts))
}

/// What the venue decided for the time when the platform cannot be reached (`gate.when_unreachable`): "stay_shut" or
/// "call_person", neither of which opens anything. Set for a call that failed with SKM_ERROR_CONNECT_FAILED,
/// SKM_ERROR_DEADLINE_EXCEEDED, SKM_ERROR_TLS_FAILED, SKM_ERROR_PROXY_FAILED, SKM_ERROR_CONNECTION_LOST,
/// SKM_ERROR_BUSY, or SKM_ERROR_HTTP_STATUS with 429 or 5xx; NULL for every other failure. Lent until
/// skm_error_free(). Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_when_unreachable(error: Option<&skm_error>) -> *const c_char {
    lend("skm_error_when_unreachable", error, |error| error.when_unreachable.as_ref())
}

/// Whether the evidence log lacks the record of this call, for it could not be written. Number and everything else say
/// what the call itself came to; SKM_ERROR_AUDIT_FAILED is the number of a call that had no other fault. A record that
/// was still to be written when the call ended is not lacking: should that fail, skm_client_audit_failures() counts it.
/// False for NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_audit_failed(error: Option<&skm_error>) -> bool {
    fence("skm_error_audit_failed", false, || error.is_some_and(|error| error.audit_failed))
}

/// Whether the same call may succeed later. What was safe to retry has been retried. False for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_retryable(error: Option<&skm_error>) -> bool {
    fence("skm_error_retryable", false, || error.is_some_and(|error| error.retryable))
}

/// Frees an error. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_error_free(error: Option<Box<skm_error>>) {
    fence("skm_error_free", (), || drop(error));
}

/// A row of the table of statuses, with texts that C can read.
struct Row {
    number: skm_status,
    name: CText,
    text: CText,
    text_zh: CText,
    retryable: bool,
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let ok = Row {
        number: SKM_OK,
        name: CText::utf8("ok"),
        text: CText::utf8("the call succeeded"),
        text_zh: CText::utf8("调用成功"),
        retryable: false,
    };
    std::iter::once(ok).chain(ErrorKind::ALL.iter().map(|kind| row(*kind))).collect()
});

fn row(kind: ErrorKind) -> Row {
    Row {
        number: kind.number(),
        name: CText::utf8(kind.name()),
        text: CText::utf8(kind.text()),
        text_zh: CText::utf8(kind.text_zh()),
        retryable: Error::from(kind).is_retryable(),
    }
}

fn look_up(function: &'static str, status: skm_status, text: fn(&Row) -> &CText) -> *const c_char {
    fence(function, ptr::null(), || {
        TABLE.iter().find(|row| row.number == status).map_or(ptr::null(), |row| text(row).pointer())
    })
}

/// How many statuses there are, SKM_OK included. Any thread, as for the whole table.
#[unsafe(no_mangle)]
pub extern "C" fn skm_status_count() -> usize {
    fence("skm_status_count", 0, || TABLE.len())
}

/// The status in row `index` of the table, in the order of the numbers; -1 past its end.
#[unsafe(no_mangle)]
pub extern "C" fn skm_status_at(index: usize) -> skm_status {
    fence("skm_status_at", -1, || TABLE.get(index).map_or(-1, |row| row.number))
}

/// The name of a status, such as `qr_expired`; NULL if there is no such status. A static text.
#[unsafe(no_mangle)]
pub extern "C" fn skm_status_name(status: skm_status) -> *const c_char {
    look_up("skm_status_name", status, |row| &row.name)
}

/// What a status means, in English; NULL if there is no such status. A static text.
#[unsafe(no_mangle)]
pub extern "C" fn skm_status_text(status: skm_status) -> *const c_char {
    look_up("skm_status_text", status, |row| &row.text)
}

/// What a status means, in Chinese (UTF-8); NULL if there is no such status. A static text.
#[unsafe(no_mangle)]
pub extern "C" fn skm_status_text_zh(status: skm_status) -> *const c_char {
    look_up("skm_status_text_zh", status, |row| &row.text_zh)
}

/// Whether a call that came to this may succeed later. False for SKM_ERROR_HTTP_STATUS, where it depends on the HTTP
/// status: see skm_error_retryable().
#[unsafe(no_mangle)]
pub extern "C" fn skm_status_retryable(status: skm_status) -> bool {
    fence("skm_status_retryable", false, || TABLE.iter().any(|row| row.number == status && row.retryable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_every_kind_and_no_other() {
        let header = include_str!("../../../include/skm.h");
        let named: Vec<_> = header.lines().filter(|line| line.starts_with("#define SKM_ERROR_")).collect();
        assert_eq!(named.len(), ErrorKind::ALL.len());
        for kind in ErrorKind::ALL {
            let line = format!("#define SKM_ERROR_{} {}", kind.name().to_uppercase(), kind.number());
            assert!(named.contains(&line.as_str()), "{line} is missing");
        }
    }
}
