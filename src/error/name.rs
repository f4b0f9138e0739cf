//! Names that come from outside, such as keys and types: shown only if they look like names.

use std::fmt;

use super::text::LogSafe;

/// A key's or a type's name, or a list of them, fit to be shown. What does not look like one is not repeated: a secret
/// may stand on the wrong side of the `=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    /// A name from outside. Its parts between dots are words of at most 32 ASCII letters, digits, `_` and `-`; one of
    /// twelve or more holds no digit. Anything else is shown as `(this key)`.
    pub fn of(name: &str) -> KeyName {
        let word = |part: &str| {
            let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            plain && part.len() <= 32 && (part.len() < 12 || !part.bytes().any(|byte| byte.is_ascii_digit()))
        };
        KeyName(if name.split('.').all(word) { name.to_owned() } else { "(this key)".to_owned() })
    }

    /// Names of ours.
    pub(crate) fn list(names: &[&str]) -> KeyName {
        KeyName(names.join(", "))
    }
}

impl LogSafe for KeyName {}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
