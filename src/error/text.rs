//! Text that may stand in an error or a log, and the platform's, which may not.

use std::fmt;

use zeroize::Zeroizing;

use super::ErrorKind;
use crate::interfaces::Interface;
use crate::person::mask::scrub;

/// Marks types whose text is proven free of personal data and secrets, so that it may stand in an error or a log.
pub trait LogSafe: fmt::Display {}

macro_rules! log_safe {
    ($($type:ty),*) => { $(impl LogSafe for $type {})* };
}
impl<T: LogSafe + ?Sized> LogSafe for &T {}
log_safe!(&'static str, u8, u16, u32, u64, usize, i32, i64, u128, bool, ErrorKind, Interface);

/// A line for people in English and in Chinese, built only from [`LogSafe`] parts by the `safe!` macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeText {
    en: String,
    zh: String,
}

impl SafeText {
    #[doc(hidden)]
    pub fn from_parts(en: String, zh: String) -> Self {
        SafeText { en, zh }
    }

    pub(super) fn en(&self) -> &str {
        &self.en
    }

    pub(super) fn zh(&self) -> &str {
        &self.zh
    }

    #[doc(hidden)]
    pub fn require_safe<T: LogSafe + ?Sized>(_: &T) {}
}

/// `safe!("english {}", "中文 {}", arg)`: a [`SafeText`]; does not compile with an argument that is not [`LogSafe`].
macro_rules! safe {
    ($en:literal, $zh:literal $(, $arg:expr)* $(,)?) => {{
        $($crate::error::SafeText::require_safe(&$arg);)*
        $crate::error::SafeText::from_parts(format!($en $(, $arg)*), format!($zh $(, $arg)*))
    }};
}
pub(crate) use safe;

/// What the platform wrote for people. It may hold anything, names included, which no rule can tell from other words:
/// so it stands in no message and no `Debug` of an error. Its own `Debug` and `Display` show it with numbers hidden,
/// [`PlatformText::verbatim`] gives it as received. Wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct PlatformText(Zeroizing<String>);

impl PlatformText {
    pub(super) fn new(text: String) -> PlatformText {
        PlatformText(Zeroizing::new(text))
    }

    /// The text as received. Show it to the operator if you must; do not log it.
    pub fn verbatim(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlatformText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&scrub(&self.0))
    }
}

impl fmt::Debug for PlatformText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&scrub(&self.0), f)
    }
}
