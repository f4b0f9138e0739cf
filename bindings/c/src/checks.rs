//! Certificate numbers and QR texts, checked without a network.

use std::ffi::c_char;

use skm::Dialect;
use skm::interfaces::qr::QrText;
use skm::person::ResidentId;

use crate::boundary::{self, Out};
use crate::client::{borrow, skm_client};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::text::{CText, Encoding, lend};

/// A checked resident identity number. Free it with skm_id_number_free().
pub struct skm_id_number {
    number: CText,
    birth_date: CText,
    sex: CText,
}

/// Checks a resident identity number by GB 11643-1999: characters, length, birth date, check character. `allow_15`
/// lifts the 15-digit form of before 1999 to 18. The result goes to `*checked`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_INVALID, whose skm_error_reason() is `character`, `length`, `birth_date` or `check_digit`;
/// SKM_ERROR_CLOCK_SKEW if this machine's clock cannot be right; SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_check_id_number(
    number: *const c_char,
    allow_15: bool,
    checked: *mut *mut skm_id_number,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_check_id_number", error, || {
        let out = Out::new(checked, "checked")?;
        let text = boundary::required(number, "number", Encoding::Utf8)?;
        let id = ResidentId::parse_any(&text, allow_15, skm::clock::today()?).map_err(|fault| {
            let (en, zh) = fault.text();
            Failure::input("number", en, zh).with_reason(fault.as_str())
        })?;
        out.give(skm_id_number {
            number: CText::utf8(id.number().expose()),
            birth_date: CText::utf8(&id.birth_date().to_string()),
            sex: CText::utf8(id.sex().as_str()),
        });
        Ok(())
    })
}

/// The number as it is sent: 18 characters, `X` in upper case. Lent until skm_id_number_free(), as the others; NULL for
/// NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_number_value(number: Option<&skm_id_number>) -> *const c_char {
    lend("skm_id_number_value", number, |number| Some(&number.number))
}

/// The date of birth in it: `yyyy-MM-dd`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_number_birth_date(number: Option<&skm_id_number>) -> *const c_char {
    lend("skm_id_number_birth_date", number, |number| Some(&number.birth_date))
}

/// `female` or `male`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_number_sex(number: Option<&skm_id_number>) -> *const c_char {
    lend("skm_id_number_sex", number, |number| Some(&number.sex))
}

/// Wipes and frees a checked number. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_number_free(number: Option<Box<skm_id_number>>) {
    fence("skm_id_number_free", (), || drop(number));
}

/// A text that is a health code by its shape; whether the platform knows it, only skm_verify_scan() says. Free it with
/// skm_qr_free().
pub struct skm_qr {
    text: CText,
    code: CText,
    division: Option<CText>,
}

/// Checks a scanned text: strips what scanners add around it, then says whether it is a complete health code. `client`
/// gives the rules of its dialect; NULL means the built-in ones. The result goes to `*checked`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_INVALID, SKM_ERROR_QR_NOT_SKM, SKM_ERROR_QR_INCOMPLETE (scan again),
/// SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_CLOSED for a client of the parent process.
#[unsafe(no_mangle)]
pub extern "C" fn skm_check_qr(
    client: *const skm_client,
    text: *const c_char,
    checked: *mut *mut skm_qr,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_check_qr", error, || {
        let out = Out::new(checked, "checked")?;
        let client = if client.is_null() { None } else { Some(borrow(client)?) };
        let encoding = client.as_ref().map_or(Encoding::Utf8, |client| client.encoding);
        let qr = parse_qr(client.as_deref(), text, encoding).map_err(|failure| failure.worded_in(encoding))?;
        // A code is ASCII: the same in every encoding.
        out.give(skm_qr {
            text: CText::utf8(qr.expose()),
            code: CText::utf8(qr.code()),
            division: CText::some(qr.division(), Encoding::Utf8),
        });
        Ok(())
    })
}

fn parse_qr(client: Option<&skm_client>, text: *const c_char, encoding: Encoding) -> Result<QrText, Failure> {
    let text = boundary::required(text, "text", encoding)?;
    Ok(match client {
        Some(client) => client.core.check_qr(&text)?,
        None => QrText::parse(&text, &Dialect::built_in().qr)?,
    })
}

/// The whole text, as it is sent. Never log it. Lent until skm_qr_free(), as the others; NULL for NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_qr_text(qr: Option<&skm_qr>) -> *const c_char {
    lend("skm_qr_text", qr, |qr| Some(&qr.text))
}

/// The code's identity: what stands between `qrCode=` and the next `&` or `#`. Never log it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_qr_code(qr: Option<&skm_qr>) -> *const c_char {
    lend("skm_qr_code", qr, |qr| Some(&qr.code))
}

/// The six-digit division code in it; NULL if the code is of another form.
#[unsafe(no_mangle)]
pub extern "C" fn skm_qr_division(qr: Option<&skm_qr>) -> *const c_char {
    lend("skm_qr_division", qr, |qr| qr.division.as_ref())
}

/// Wipes and frees a checked code. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_qr_free(qr: Option<Box<skm_qr>>) {
    fence("skm_qr_free", (), || drop(qr));
}
