//! Texts: UTF-8 and GBK in, NUL-terminated out.

use std::borrow::Cow;
use std::ffi::c_char;

use encoding_rs::{EncoderResult, GBK};
use skm::ErrorKind;
use zeroize::Zeroizing;

use crate::boundary::{self, Out};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};

/// UTF-8, the default.
pub const SKM_ENCODING_UTF8: i32 = 0;
/// GBK (code page 936).
pub const SKM_ENCODING_GBK: i32 = 1;

/// How a client's texts are written, both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Gbk,
}

impl Encoding {
    pub(crate) fn from_number(number: i32) -> Result<Encoding, Failure> {
        match number {
            SKM_ENCODING_UTF8 => Ok(Encoding::Utf8),
            SKM_ENCODING_GBK => Ok(Encoding::Gbk),
            _ => Err(Failure::input(
                "encoding",
                "encoding must be SKM_ENCODING_UTF8 or SKM_ENCODING_GBK",
                "encoding 须为 SKM_ENCODING_UTF8 或 SKM_ENCODING_GBK",
            )),
        }
    }

    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Encoding::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Encoding::Gbk => GBK.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }

    /// Whether all of `bytes` would be in this encoding but for a last character that is not whole, as in a field of
    /// fixed width.
    pub(crate) fn is_cut(self, bytes: &[u8]) -> bool {
        match self {
            // Two bytes that are a whole character of GBK may look like the beginning of three in UTF-8.
            Encoding::Utf8 => std::str::from_utf8(bytes).is_err_and(|error| {
                let is_utf8_before = !bytes[..error.valid_up_to()].is_ascii();
                error.error_len().is_none() && (is_utf8_before || Encoding::Gbk.decode(bytes).is_none())
            }),
            Encoding::Gbk => {
                let most = bytes.len().min(3);
                self.decode(bytes).is_none()
                    && (1..=most).any(|last| {
                        let (whole, part) = bytes.split_at(bytes.len() - last);
                        part[0] > 0x80 && part[0] < 0xff && self.decode(whole).is_some() && could_begin(part)
                    })
            }
        }
    }
}

/// Whether bytes may be the beginning of a GBK character of two or four bytes.
fn could_begin(part: &[u8]) -> bool {
    match part {
        [_] => true,
        [_, b'0'..=b'9'] => true,
        [_, b'0'..=b'9', third] => (0x81..=0xfe).contains(third),
        _ => false,
    }
}

/// A NUL-terminated text that its object lends out. Wiped on drop: most of them are personal.
pub(crate) struct CText(Zeroizing<Vec<u8>>);

impl CText {
    /// In `encoding`; what it cannot write, and NUL, becomes `?`.
    pub(crate) fn new(text: &str, encoding: Encoding) -> CText {
        let mut bytes = Zeroizing::new(Vec::with_capacity(room(text)));
        append(&mut bytes, text, encoding);
        CText(bytes)
    }

    pub(crate) fn utf8(text: &str) -> CText {
        CText::new(text, Encoding::Utf8)
    }

    pub(crate) fn some(text: Option<&str>, encoding: Encoding) -> Option<CText> {
        text.map(|text| CText::new(text, encoding))
    }

    pub(crate) fn pointer(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}

/// The texts that one result lends out, in one buffer: a single allocation to make and to wipe.
pub(crate) struct Texts<const N: usize> {
    bytes: Zeroizing<Vec<u8>>,
    starts: [Option<usize>; N],
}

impl<const N: usize> Texts<N> {
    /// In `encoding`; what it cannot write, and NUL, becomes `?`.
    pub(crate) fn new(texts: [Option<&str>; N], encoding: Encoding) -> Texts<N> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(texts.iter().flatten().map(|text| room(text)).sum()));
        let mut place = |text| {
            let start = bytes.len();
            append(&mut bytes, text, encoding);
            start
        };
        let starts = texts.map(|text| text.map(&mut place));
        Texts { bytes, starts }
    }

    /// NULL for a text that is not there.
    fn pointer(&self, at: usize) -> *const c_char {
        self.starts[at].map_or(std::ptr::null(), |start| self.bytes[start..].as_ptr().cast())
    }
}

/// Bytes that a text and its NUL take at most; in GBK no character is longer than in UTF-8.
fn room(text: &str) -> usize {
    text.len() + 1
}

/// Writes a text and its NUL into [`room`] that is there: growing would leave a copy behind that nobody wipes.
fn append(bytes: &mut Vec<u8>, text: &str, encoding: Encoding) {
    let start = bytes.len();
    match encoding {
        Encoding::Utf8 => bytes.extend_from_slice(text.as_bytes()),
        Encoding::Gbk => bytes.extend_from_slice(&Zeroizing::new(to_gbk(text, true).unwrap_or_default())),
    }
    if text.as_bytes().contains(&0) {
        bytes[start..].iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b'?');
    }
    bytes.push(0);
}

/// GBK bytes; what GBK lacks becomes `?`, or `None` where that is not wanted.
fn to_gbk(text: &str, replace: bool) -> Option<Vec<u8>> {
    let mut encoder = GBK.new_encoder();
    // Never longer than the UTF-8, and some room for the encoder to turn in: it must not grow, as above.
    let mut bytes = Vec::with_capacity(2 * text.len() + 16);
    let mut rest = text;
    loop {
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        rest = &rest[read..];
        match result {
            EncoderResult::InputEmpty => return Some(bytes),
            EncoderResult::Unmappable(_) if replace => bytes.push(b'?'),
            EncoderResult::Unmappable(_) => return None,
            EncoderResult::OutputFull => bytes.reserve(rest.len() + 16),
        }
    }
}

/// The text of an object that may be NULL; NULL where there is none.
pub(crate) fn lend<T>(
    function: &'static str,
    object: Option<&T>,
    text: impl FnOnce(&T) -> Option<&CText>,
) -> *const c_char {
    fence(function, std::ptr::null(), || object.and_then(text).map_or(std::ptr::null(), CText::pointer))
}

/// The text at a place among those of an object that may be NULL; NULL where there is none.
pub(crate) fn lend_from<T, const N: usize>(
    function: &'static str,
    object: Option<&T>,
    texts: impl FnOnce(&T) -> &Texts<N>,
    at: usize,
) -> *const c_char {
    fence(function, std::ptr::null(), || object.map_or(std::ptr::null(), |object| texts(object).pointer(at)))
}

/// A text that the library made and the caller owns. Free it with skm_text_free().
pub struct skm_text(CText);

impl skm_text {
    pub(crate) fn new(text: &str, encoding: Encoding) -> skm_text {
        skm_text(CText::new(text, encoding))
    }
}

/// The text: NUL-terminated, lent until skm_text_free(). NULL for NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_text_value(text: Option<&skm_text>) -> *const c_char {
    lend("skm_text_value", text, |text| Some(&text.0))
}

/// The number of bytes before the terminating NUL; 0 for NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_text_length(text: Option<&skm_text>) -> usize {
    fence("skm_text_length", 0, || text.map_or(0, |text| text.0.0.len() - 1))
}

/// Wipes and frees a text. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_text_free(text: Option<Box<skm_text>>) {
    fence("skm_text_free", (), || drop(text));
}

/// Converts GBK, as ID-card readers and old Windows programs hold it, to UTF-8. At most `length` bytes are read, fewer
/// if a NUL comes first: fixed-width fields can be passed as they are (their padding blanks stay). The new text goes to
/// `*text`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_ENCODING if the bytes are not GBK, SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_text_from_gbk(
    gbk: *const c_char,
    length: usize,
    text: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_text_from_gbk", error, || {
        let out = Out::new(text, "text")?;
        let bytes = boundary::bytes_to_nul(gbk.cast(), length, "gbk")?;
        let utf8 = Encoding::Gbk.decode(bytes).map(|text| Zeroizing::new(text.into_owned()));
        let utf8 = utf8.ok_or_else(|| {
            let (en, zh) = if Encoding::Gbk.is_cut(bytes) {
                ("gbk ends with half a character: it was cut in the middle", "gbk 以半个字符结尾:文本被从字符中间截断")
            } else {
                ("gbk is not GBK", "gbk 不是 GBK 编码")
            };
            Failure { field: Some("gbk"), ..Failure::of(ErrorKind::InputEncoding, en, zh) }
        })?;
        out.give(skm_text::new(&utf8, Encoding::Utf8));
        Ok(())
    })
}

/// Converts UTF-8 to GBK. The new text goes to `*gbk`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_ENCODING if `text` is not UTF-8 or holds a character that GBK lacks,
/// SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_text_to_gbk(
    text: *const c_char,
    gbk: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_text_to_gbk", error, || {
        let out = Out::new(gbk, "gbk")?;
        let text = boundary::required(text, "text", Encoding::Utf8)?;
        let mut bytes = to_gbk(&text, false).ok_or_else(|| {
            let failure = Failure::of(
                ErrorKind::InputEncoding,
                "text holds a character that GBK lacks",
                "text 含有 GBK 没有的字符",
            );
            Failure { field: Some("text"), ..failure }
        })?;
        bytes.push(0);
        out.give(skm_text(CText(Zeroizing::new(bytes))));
        Ok(())
    })
}
