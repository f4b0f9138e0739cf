//! The platform side of interface 4, for operators: open what arrived, seal what is answered.

use std::ffi::c_char;
use std::mem::offset_of;

use skm::Dialect;
use skm::platform::{IdAnswer, IdKeys};

use crate::boundary::{self, Out, SizedStruct};
use crate::cipher::sixteen;
use crate::client::{borrow, skm_client};
use crate::error::{skm_error, skm_status};
use crate::fence::{call, fence};
use crate::text::{CText, Encoding, lend, skm_text};

/// The two keys of one unit. Never change; may be used from several threads at once. Free them with skm_id_keys_free().
pub struct skm_id_keys(IdKeys);

/// Expands a unit's keys, each 16 bytes. `client` gives the dialect with the cipher; NULL means the built-in one. They
/// go to `*keys`. Any thread.
///
/// Errors: SKM_ERROR_KEY_INVALID, SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_CLOSED.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_keys_new(
    client: *const skm_client,
    auth_key: *const u8,
    auth_key_length: usize,
    body_key: *const u8,
    body_key_length: usize,
    keys: *mut *mut skm_id_keys,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_id_keys_new", error, || {
        let out = Out::new(keys, "keys")?;
        let auth_key = sixteen(auth_key, auth_key_length, "auth_key")?;
        let body_key = sixteen(body_key, body_key_length, "body_key")?;
        let dialect =
            if client.is_null() { Dialect::built_in() } else { borrow(client)?.core.config().dialect.clone() };
        out.give(skm_id_keys(IdKeys::new(&auth_key, &body_key, &dialect.id)));
        Ok(())
    })
}

/// Opens the `auth` header. The account, a credential, goes to `*account`. Any thread.
///
/// Errors: SKM_ERROR_ANSWER_UNREADABLE, whatever is wrong with it; SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_keys_open_auth(
    keys: Option<&skm_id_keys>,
    header: *const c_char,
    account: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_id_keys_open_auth", error, || {
        let keys = boundary::handle(keys, "keys")?;
        let out = Out::new(account, "account")?;
        let header = boundary::required(header, "header", Encoding::Utf8)?;
        out.give(skm_text::new(keys.0.open_auth(&header)?.expose(), Encoding::Utf8));
        Ok(())
    })
}

/// A request of interface 4, decrypted (table C.2). Never changes. Free it with skm_id_call_free().
pub struct skm_id_call {
    number: CText,
    name: CText,
    organize_location: Option<CText>,
    apply_type: Option<CText>,
}

/// Opens a body. It goes to `*received`. Any thread.
///
/// Errors: SKM_ERROR_ANSWER_UNREADABLE if it cannot be decrypted to a JSON object, SKM_ERROR_INPUT_INVALID naming what
/// is missing in it, SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_keys_open_body(
    keys: Option<&skm_id_keys>,
    body: *const u8,
    body_length: usize,
    received: *mut *mut skm_id_call,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_id_keys_open_body", error, || {
        let keys = boundary::handle(keys, "keys")?;
        let out = Out::new(received, "received")?;
        let body = keys.0.open_body(boundary::bytes(body, body_length, "body")?)?;
        out.give(skm_id_call {
            number: CText::utf8(body.number.expose()),
            name: CText::utf8(body.name.expose()),
            organize_location: CText::some(body.organize_location.as_deref(), Encoding::Utf8),
            apply_type: CText::some(body.apply_type.as_deref(), Encoding::Utf8),
        });
        Ok(())
    })
}

/// `userid`. Lent until skm_id_call_free(), as the others; NULL for NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_call_number(received: Option<&skm_id_call>) -> *const c_char {
    lend("skm_id_call_number", received, |received| Some(&received.number))
}

/// `name`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_call_name(received: Option<&skm_id_call>) -> *const c_char {
    lend("skm_id_call_name", received, |received| Some(&received.name))
}

/// `organizeLocation`; NULL if it was left out.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_call_organize_location(received: Option<&skm_id_call>) -> *const c_char {
    lend("skm_id_call_organize_location", received, |received| received.organize_location.as_ref())
}

/// `applyType`; NULL if it was left out.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_call_apply_type(received: Option<&skm_id_call>) -> *const c_char {
    lend("skm_id_call_apply_type", received, |received| received.apply_type.as_ref())
}

/// Wipes and frees a received request. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_call_free(received: Option<Box<skm_id_call>>) {
    fence("skm_id_call_free", (), || drop(received));
}

/// What an operator answers to interface 4 (Annex C). Begin with SKM_ID_ANSWER_INIT.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct skm_id_answer {
    /// Set by SKM_ID_ANSWER_INIT.
    pub struct_size: usize,
    /// `userid`, as it was asked for; required.
    pub number: *const c_char,
    /// `name`; required.
    pub name: *const c_char,
    /// `levelData`: a word of the dialect's alphabet; required.
    pub level: *const c_char,
    /// `xcValue`: travel record text; left out if NULL.
    pub travel: *const c_char,
    /// `exceptionCodeReason`: why a code is not green; left out if NULL.
    pub reason: *const c_char,
}

// SAFETY: `repr(C)`, begins with its size, holds only pointers.
unsafe impl SizedStruct for skm_id_answer {
    const FIRST_SIZE: usize = offset_of!(skm_id_answer, travel);
}

/// Seals an answer: what `data` carries. The new text goes to `*sealed`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_INVALID for a `struct_size` that is not set; SKM_ERROR_VERSION_MISMATCH for members that
/// this library does not know; SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_keys_seal_answer(
    keys: Option<&skm_id_keys>,
    answer: *const skm_id_answer,
    sealed: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_id_keys_seal_answer", error, || {
        let keys = boundary::handle(keys, "keys")?;
        let out = Out::new(sealed, "sealed")?;
        let given = boundary::sized(answer, "answer")?;
        let travel = boundary::optional(given.travel, "travel", Encoding::Utf8)?;
        let reason = boundary::optional(given.reason, "reason", Encoding::Utf8)?;
        let number = boundary::required(given.number, "number", Encoding::Utf8)?;
        let name = boundary::required(given.name, "name", Encoding::Utf8)?;
        let level = boundary::required(given.level, "level", Encoding::Utf8)?;
        let answer = IdAnswer::new(&number, &name, &level).with(travel.as_deref(), reason.as_deref());
        out.give(skm_text::new(&keys.0.seal_answer(&answer), Encoding::Utf8));
        Ok(())
    })
}

/// Wipes and frees keys. NULL is fine. No other thread may be using them.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_keys_free(keys: Option<Box<skm_id_keys>>) {
    fence("skm_id_keys_free", (), || drop(keys));
}
