//! Personal data and secrets as types: `Debug` and `Display` mask, memory is wiped on drop.

pub mod certificate;
pub mod clean;
pub mod consent;
pub mod mask;
mod secret;

pub use certificate::{CertificateFault, PapersType, ResidentId, Sex};
pub use consent::{Consent, ConsentKind};
pub use secret::Secret;

use std::borrow::Cow;
use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, LogSafe, Result, safe};

macro_rules! personal {
    ($(#[$doc:meta])* $type:ident, $mask:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Default)]
        pub struct $type(Zeroizing<String>);

        impl $type {
            /// The text itself. It is on the caller to keep it out of logs.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl<T: Into<String>> From<T> for $type {
            fn from(text: T) -> Self {
                $type(Zeroizing::new(text.into()))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&$mask(&self.0))
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($type))
            }
        }

        impl LogSafe for $type {}
    };
}

personal!(
    /// A person's full name; shown as its first character and stars.
    PersonName, mask::name
);
personal!(
    /// A certificate number of any type; shown as its first 3 and last 2 characters.
    CertificateNumber, mask::certificate
);
personal!(
    /// A telephone number; shown as its first 3 and last 4 digits.
    Phone, mask::phone
);
personal!(
    /// Any other personal text (address, email, place of a check); shown as stars.
    PersonalText, mask::hidden
);

/// Longest name or other free text that is sent, in characters.
pub const MAX_TEXT_CHARS: usize = 256;

/// A text that must be present, as it is sent: without the padding of card readers and files; not blank, no control
/// characters, at most [`MAX_TEXT_CHARS`] characters.
pub(crate) fn check_text<'a>(field: &'static str, given: &'a str) -> Result<&'a str> {
    let text = clean::text(given);
    if text.is_empty() {
        return Err(Error::input(field, safe!("{} is empty", "{} 为空", field)));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::input(
            field,
            safe!("{} holds a control character: remove it", "{} 含控制字符:请删除", field),
        ));
    }
    if text.len() > MAX_TEXT_CHARS && text.chars().count() > MAX_TEXT_CHARS {
        return Err(Error::input(
            field,
            safe!("{} is longer than {} characters", "{} 超过 {} 个字符", field, MAX_TEXT_CHARS),
        ));
    }
    Ok(text)
}

/// Like [`check_text`], for a person's name. With `middle_dot`, the stand-ins for the dot of a name are sent as the dot.
pub(crate) fn check_name<'a>(field: &'static str, given: &'a str, middle_dot: bool) -> Result<Cow<'a, str>> {
    check_text(field, given)?;
    clean::name(field, given, middle_dot)
}

/// Like [`check_text`], for a text that may be absent.
pub(crate) fn check_optional<'a>(field: &'static str, text: Option<&'a str>) -> Result<Option<&'a str>> {
    text.map(|text| check_text(field, text)).transpose()
}

/// A mainland mobile number: 11 digits starting with 1. Others pass when the caller says so.
pub(crate) fn check_mobile<'a>(field: &'static str, mobile: &'a Phone, any: bool) -> Result<&'a str> {
    let text = check_text(field, mobile.expose())?;
    let digits = text.as_bytes();
    let mainland = digits.len() == 11 && digits[0] == b'1' && digits.iter().all(u8::is_ascii_digit);
    if mainland || any {
        return Ok(text);
    }
    Err(Error::input(
        field,
        safe!(
            "{} is not a mainland mobile number (11 digits starting with 1); set any_mobile for others",
            "{} 不是大陆手机号(以 1 开头的 11 位数字);其他号码请设置 any_mobile",
            field
        ),
    ))
}
