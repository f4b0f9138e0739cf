//! Masking, for what a program shows and logs itself.

use std::ffi::c_char;

use skm::person::mask;

use crate::boundary::{self, Out};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::call;
use crate::text::{Encoding, skm_text};

fn masked(text: *const c_char, masked: *mut *mut skm_text, mask: fn(&str) -> String) -> Result<(), Failure> {
    let out = Out::new(masked, "masked")?;
    let text = boundary::required(text, "text", Encoding::Utf8)?;
    out.give(skm_text::new(&mask(&text), Encoding::Utf8));
    Ok(())
}

/// Masks a name: its first character, then stars. The new text goes to `*masked`. Any thread, as for the others.
///
/// Errors: SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_mask_name(
    text: *const c_char,
    masked: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_mask_name", error, || self::masked(text, masked, mask::name))
}

/// Masks a certificate number: the first 3 and last 2 characters stay.
///
/// Errors: as skm_mask_name().
#[unsafe(no_mangle)]
pub extern "C" fn skm_mask_certificate(
    text: *const c_char,
    masked: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_mask_certificate", error, || self::masked(text, masked, mask::certificate))
}

/// Masks a telephone number: `138****1234` for 11 characters, otherwise the last 2 stay.
///
/// Errors: as skm_mask_name().
#[unsafe(no_mangle)]
pub extern "C" fn skm_mask_phone(
    text: *const c_char,
    masked: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_mask_phone", error, || self::masked(text, masked, mask::phone))
}
