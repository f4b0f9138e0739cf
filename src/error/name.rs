//! Names of keys, types and places in the source code, as errors show them.

use std::fmt;
use std::panic::Location;

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

    /// Names of the program's own, with commas between them.
    pub fn list(names: &[&'static str]) -> KeyName {
        KeyName(names.join(", "))
    }
}

impl KeyName {
    /// Names of ours that are put together when they are needed.
    pub(crate) fn of_ours(names: &[&str]) -> KeyName {
        KeyName(names.join(", "))
    }
}

impl LogSafe for KeyName {}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in the source code, such as that of a panic: `src/client.rs:12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodePlace(String);

impl CodePlace {
    /// The file and line that the compiler wrote down.
    pub fn of(location: &Location<'_>) -> CodePlace {
        CodePlace(format!("{}:{}", location.file(), location.line()))
    }
}

impl LogSafe for CodePlace {}

impl fmt::Display for CodePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
