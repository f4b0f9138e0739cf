//! Sign and cipher by themselves, for operators and for tests of other implementations.

use std::ffi::c_char;

use skm::ErrorKind;
use skm::error::SafeText;
use skm::person::Secret;
use skm::wire::cipher::{Algorithm, Cipher};
use skm::wire::sign;

use crate::boundary::{self, Out};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::text::{Encoding, skm_text};

/// The sign of interface 1 (table A.1): lower-case hex MD5 of appmark, appword and time. The new text goes to `*sign`.
/// Any thread.
///
/// Errors: SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_sign(
    appmark: *const c_char,
    appword: *const c_char,
    time: *const c_char,
    sign: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_sign", error, || {
        let out = Out::new(sign, "sign")?;
        let appmark = boundary::required(appmark, "appmark", Encoding::Utf8)?;
        let appword = Secret::from(boundary::required(appword, "appword", Encoding::Utf8)?);
        let time = boundary::required(time, "time", Encoding::Utf8)?;
        out.give(skm_text::new(&sign::sign(&appmark, &appword, &time), Encoding::Utf8));
        Ok(())
    })
}

/// Whether `sign` is the sign of interface 1, in any case of its letters; in constant time. The answer goes to
/// `*right`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_check_sign(
    appmark: *const c_char,
    appword: *const c_char,
    time: *const c_char,
    sign: *const c_char,
    right: *mut bool,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_check_sign", error, || {
        let out = Out::new(right, "right")?;
        let appmark = boundary::required(appmark, "appmark", Encoding::Utf8)?;
        let appword = Secret::from(boundary::required(appword, "appword", Encoding::Utf8)?);
        let time = boundary::required(time, "time", Encoding::Utf8)?;
        let sign = boundary::required(sign, "sign", Encoding::Utf8)?;
        out.set(sign::matches(&appmark, &appword, &time, &sign));
        Ok(())
    })
}

/// A key with its algorithm (Annex D). Never changes; may be used from several threads at once. Free it with
/// skm_cipher_free().
pub struct skm_cipher(Cipher);

pub(crate) fn sixteen(data: *const u8, length: usize, field: &'static str) -> Result<[u8; 16], Failure> {
    let bytes = boundary::bytes(data, length, field)?;
    bytes.try_into().map_err(|_| {
        let (en, zh) = ("{} must be 16 bytes: decode its Base64 first", "{} 须为 16 字节:请先做 Base64 解码");
        let failure = Failure::saying(ErrorKind::KeyInvalid, SafeText::new(en, zh, &[&field]));
        Failure { field: Some(field), ..failure }
    })
}

/// Expands a 16-byte key for `aes-128-ecb`, `aes-128-cbc`, `sm4-ecb` or `sm4-cbc`. `iv` is the 16 bytes for the CBC
/// forms; NULL means all zeros. It goes to `*cipher`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_INVALID, SKM_ERROR_KEY_INVALID, SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cipher_new(
    algorithm: *const c_char,
    key: *const u8,
    key_length: usize,
    iv: *const u8,
    cipher: *mut *mut skm_cipher,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_cipher_new", error, || {
        let out = Out::new(cipher, "cipher")?;
        let name = boundary::required(algorithm, "algorithm", Encoding::Utf8)?;
        let algorithm = Algorithm::from_name(&name).ok_or_else(|| {
            let (en, zh) = (
                "algorithm must be aes-128-ecb, aes-128-cbc, sm4-ecb or sm4-cbc",
                "algorithm 须为 aes-128-ecb、aes-128-cbc、sm4-ecb 或 sm4-cbc",
            );
            Failure::input("algorithm", en, zh)
        })?;
        let key = sixteen(key, key_length, "key")?;
        let iv = if iv.is_null() { [0; 16] } else { sixteen(iv, 16, "iv")? };
        out.give(skm_cipher(Cipher::new(algorithm, &key, &iv)));
        Ok(())
    })
}

/// Encrypts `length` bytes and gives standard Base64 without line breaks. The new text goes to `*sealed`. Any thread.
///
/// Errors: SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cipher_seal(
    cipher: Option<&skm_cipher>,
    plain: *const c_char,
    length: usize,
    sealed: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_cipher_seal", error, || {
        let cipher = boundary::handle(cipher, "cipher")?;
        let out = Out::new(sealed, "sealed")?;
        let plain = boundary::bytes(plain.cast(), length, "plain")?;
        out.give(skm_text::new(&cipher.0.seal(plain), Encoding::Utf8));
        Ok(())
    })
}

/// Decrypts what skm_cipher_seal() made; white space, missing padding and the URL-safe alphabet are tolerated in the
/// Base64. The new text, which is UTF-8, goes to `*plain`. Any thread.
///
/// Errors: SKM_ERROR_ANSWER_UNREADABLE, whatever is wrong with it; SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cipher_open(
    cipher: Option<&skm_cipher>,
    sealed: *const c_char,
    plain: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_cipher_open", error, || {
        let cipher = boundary::handle(cipher, "cipher")?;
        let out = Out::new(plain, "plain")?;
        let sealed = boundary::required(sealed, "sealed", Encoding::Utf8)?;
        let text = cipher.0.open(&sealed).map_err(|_| ErrorKind::AnswerUnreadable)?;
        out.give(skm_text::new(&text, Encoding::Utf8));
        Ok(())
    })
}

/// Wipes and frees a cipher. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cipher_free(cipher: Option<Box<skm_cipher>>) {
    fence("skm_cipher_free", (), || drop(cipher));
}
