//! The platform side of interface 1, for operators.

use std::ffi::c_char;
use std::time::{Duration, SystemTime};

use skm::Dialect;
use skm::person::Secret;
use skm::platform::{TimeFault, UserTokenCall, check_sign, check_time, read_user_token};
use skm::wire::Method;

use crate::boundary::{self, Out};
use crate::client::{borrow, skm_client};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::text::{CText, Encoding, lend};

/// A request of interface 1 as it arrived, unchecked. Never changes. Free it with skm_user_token_call_free().
pub struct skm_user_token_call {
    call: UserTokenCall,
    appmark: CText,
    time: CText,
    servicename: CText,
    params: CText,
}

/// Reads the five parameters of table A.1: from `query` if `method` is `GET`, else from the body, a form or a JSON
/// object as `content_type` says. `content_type` and `query` may be NULL; `body` may be NULL if `body_length` is 0. It
/// goes to `*received`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_INVALID, naming what is missing, doubled or not UTF-8; SKM_ERROR_INPUT_ENCODING;
/// SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_platform_read_user_token(
    method: *const c_char,
    content_type: *const c_char,
    query: *const c_char,
    body: *const u8,
    body_length: usize,
    received: *mut *mut skm_user_token_call,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_platform_read_user_token", error, || {
        let out = Out::new(received, "received")?;
        let method = match boundary::required(method, "method", Encoding::Utf8)?.as_ref() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            _ => return Err(Failure::input("method", "method must be GET or POST", "method 须为 GET 或 POST")),
        };
        let content_type = boundary::optional(content_type, "content_type", Encoding::Utf8)?;
        let query = boundary::optional(query, "query", Encoding::Utf8)?;
        let body = if body_length == 0 { &[] } else { boundary::bytes(body, body_length, "body")? };
        let call = read_user_token(method, content_type.as_deref(), query.as_deref(), body)?;
        out.give(skm_user_token_call {
            appmark: CText::utf8(&call.appmark),
            time: CText::utf8(&call.time),
            servicename: CText::utf8(&call.servicename),
            params: CText::utf8(call.params.expose()),
            call,
        });
        Ok(())
    })
}

/// `appmark`. Lent until skm_user_token_call_free(), as the others; NULL for NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_call_appmark(received: Option<&skm_user_token_call>) -> *const c_char {
    lend("skm_user_token_call_appmark", received, |received| Some(&received.appmark))
}

/// `time`, as signed.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_call_time(received: Option<&skm_user_token_call>) -> *const c_char {
    lend("skm_user_token_call_time", received, |received| Some(&received.time))
}

/// `servicename`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_call_servicename(received: Option<&skm_user_token_call>) -> *const c_char {
    lend("skm_user_token_call_servicename", received, |received| Some(&received.servicename))
}

/// `params`: the JSON text of table A.2. Personal data: never log it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_call_params(received: Option<&skm_user_token_call>) -> *const c_char {
    lend("skm_user_token_call_params", received, |received| Some(&received.params))
}

/// Whether the request is signed with `appword`; in constant time. The answer goes to `*right`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_call_check_sign(
    received: Option<&skm_user_token_call>,
    appword: *const c_char,
    right: *mut bool,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_user_token_call_check_sign", error, || {
        let received = boundary::handle(received, "received")?;
        let out = Out::new(right, "right")?;
        let appword = Secret::from(boundary::required(appword, "appword", Encoding::Utf8)?);
        out.set(check_sign(&received.call, &appword));
        Ok(())
    })
}

/// Checks that the time stamp is of the dialect's format and within `window_s` seconds of this machine's clock. `client`
/// gives the dialect; NULL means the built-in one. `ahead_s`, which may be NULL, is told by how many seconds the sender
/// is ahead if the time is outside the window (negative: behind), else 0. Any thread.
///
/// Errors: SKM_ERROR_INPUT_INVALID for the format, SKM_ERROR_CLOCK_SKEW outside the window, SKM_ERROR_NULL_ARGUMENT,
/// SKM_ERROR_CLOSED for a client of the parent process.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_call_check_time(
    received: Option<&skm_user_token_call>,
    client: *const skm_client,
    window_s: u32,
    ahead_s: *mut i64,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_user_token_call_check_time", error, || {
        let received = boundary::handle(received, "received")?;
        let dialect =
            if client.is_null() { Dialect::built_in() } else { borrow(client)?.core.config().dialect.clone() };
        let window = Duration::from_secs(window_s.into());
        let checked = check_time(&received.call.time, &dialect.user_token, SystemTime::now(), window);
        let ahead = if let Err(TimeFault::OutsideWindow(ahead)) = checked { ahead } else { 0 };
        boundary::put(ahead_s, || ahead);
        match checked {
            Ok(()) => Ok(()),
            Err(TimeFault::Format) => {
                let (en, zh) = ("time is not of the dialect's format", "time 不符合方言规定的格式");
                Err(Failure::input("time", en, zh))
            }
            Err(_) => Err(skm::ErrorKind::ClockSkew.into()),
        }
    })
}

/// Wipes and frees a received request. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_call_free(received: Option<Box<skm_user_token_call>>) {
    fence("skm_user_token_call_free", (), || drop(received));
}
