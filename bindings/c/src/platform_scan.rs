//! The platform side of interface 3, for operators.

use std::ffi::c_char;

use skm::platform::{ScanCall, read_scan};

use crate::boundary::{self, Out};
use crate::error::{skm_error, skm_status};
use crate::fence::{call, fence};
use crate::text::{CText, lend};

/// A request of interface 3 as it arrived, unchecked. Never changes. Free it with skm_scan_call_free().
pub struct skm_scan_call {
    qr_text: CText,
    source: CText,
    position: CText,
    verifier_dept: CText,
    verifier_name: CText,
    verifier_phone: CText,
    token: CText,
}

impl skm_scan_call {
    fn new(call: &ScanCall) -> skm_scan_call {
        skm_scan_call {
            qr_text: CText::utf8(call.qr_text.expose()),
            source: CText::utf8(&call.source),
            position: CText::utf8(&call.position),
            verifier_dept: CText::utf8(&call.verifier_dept),
            verifier_name: CText::utf8(call.verifier_name.expose()),
            verifier_phone: CText::utf8(call.verifier_phone.expose()),
            token: CText::utf8(call.token.expose()),
        }
    }
}

/// Reads the form of table B.1. It goes to `*received`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_INVALID, naming what is missing, doubled or not UTF-8; SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_platform_read_scan(
    body: *const u8,
    body_length: usize,
    received: *mut *mut skm_scan_call,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_platform_read_scan", error, || {
        let out = Out::new(received, "received")?;
        let call = read_scan(boundary::bytes(body, body_length, "body")?)?;
        out.give(skm_scan_call::new(&call));
        Ok(())
    })
}

/// The text of the code. Never log it. Lent until skm_scan_call_free(), as the others; NULL for NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_call_qr_text(received: Option<&skm_scan_call>) -> *const c_char {
    lend("skm_scan_call_qr_text", received, |received| Some(&received.qr_text))
}

/// `source`: the applying unit.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_call_source(received: Option<&skm_scan_call>) -> *const c_char {
    lend("skm_scan_call_source", received, |received| Some(&received.source))
}

/// `position`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_call_position(received: Option<&skm_scan_call>) -> *const c_char {
    lend("skm_scan_call_position", received, |received| Some(&received.position))
}

/// `verifierDept`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_call_verifier_dept(received: Option<&skm_scan_call>) -> *const c_char {
    lend("skm_scan_call_verifier_dept", received, |received| Some(&received.verifier_dept))
}

/// `verifierName`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_call_verifier_name(received: Option<&skm_scan_call>) -> *const c_char {
    lend("skm_scan_call_verifier_name", received, |received| Some(&received.verifier_name))
}

/// `verifierPhone`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_call_verifier_phone(received: Option<&skm_scan_call>) -> *const c_char {
    lend("skm_scan_call_verifier_phone", received, |received| Some(&received.verifier_phone))
}

/// `token`: the unit's. A credential: compare it in constant time, never log it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_call_token(received: Option<&skm_scan_call>) -> *const c_char {
    lend("skm_scan_call_token", received, |received| Some(&received.token))
}

/// Wipes and frees a received request. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_call_free(received: Option<Box<skm_scan_call>>) {
    fence("skm_scan_call_free", (), || drop(received));
}
