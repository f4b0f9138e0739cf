//! Text that may stand in an error or a log, and the platform's, which may not.

use std::fmt;
use std::net::SocketAddr;

use zeroize::Zeroizing;

use super::ErrorKind;
use crate::interfaces::Interface;
use crate::person::mask::scrub;

/// Marks types whose text is proven free of personal data and secrets, so that it may stand in an error or a log. Only
/// this crate can name it, and so only this crate can add to them.
pub trait LogSafe: fmt::Display {
    /// The same in Chinese, where it differs.
    fn fmt_zh(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! log_safe {
    ($($type:ty),*) => { $(impl LogSafe for $type {})* };
}
impl<T: LogSafe + ?Sized> LogSafe for &T {
    fn fmt_zh(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt_zh(f)
    }
}
log_safe!(&'static str, u8, u16, u32, u64, usize, i32, i64, u128, bool, ErrorKind, Interface, SocketAddr);

/// A phrase of ours in English and in Chinese.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) &'static str, pub(crate) &'static str);

impl LogSafe for Words {
    fn fmt_zh(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Shows an argument in Chinese.
pub(crate) struct Chinese<'a>(pub(crate) &'a dyn LogSafe);

impl fmt::Display for Chinese<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_zh(f)
    }
}

/// A line for people in English and in Chinese, built only from parts that are proven log-safe. `Display` is the English
/// one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeText {
    en: String,
    zh: String,
}

impl SafeText {
    /// Fills each `{}` of two texts of the program's own with the next of `parts`: texts of the program, numbers,
    /// [`ErrorKind`], [`Interface`], masked personal types, [`KeyName`](super::KeyName),
    /// [`ShownPath`](super::ShownPath), [`IoReason`](super::IoReason) and whatever else this crate has proven log-safe.
    /// No `String` is.
    ///
    /// ```
    /// use skm::error::SafeText;
    ///
    /// let text = SafeText::new("{} must be from {} to {}", "{} 须在 {} 至 {} 之间", &[&"port", &0, &65535]);
    /// assert_eq!(text.to_string(), "port must be from 0 to 65535");
    /// ```
    ///
    /// ```compile_fail
    /// skm::error::SafeText::new("{}", "{}", &[&String::from("320000198506304142")]);
    /// ```
    ///
    /// No other crate can say so of a type of its own, nor build a text in another way:
    ///
    /// ```compile_fail
    /// impl skm::error::LogSafe for std::path::PathBuf {}
    /// ```
    ///
    /// ```compile_fail
    /// skm::error::SafeText::from_parts(String::from("320000198506304142"), String::new());
    /// ```
    pub fn new(en: &'static str, zh: &'static str, parts: &[&dyn LogSafe]) -> SafeText {
        let chinese: Vec<Chinese<'_>> = parts.iter().map(|part| Chinese(*part)).collect();
        SafeText { en: fill(en, parts), zh: fill(zh, &chinese) }
    }

    pub(crate) fn from_parts(en: String, zh: String) -> Self {
        SafeText { en, zh }
    }

    pub(super) fn en(&self) -> &str {
        &self.en
    }

    pub(super) fn zh(&self) -> &str {
        &self.zh
    }

    pub(crate) fn require_safe<T: LogSafe + ?Sized>(_: &T) {}
}

fn fill(template: &str, parts: &[impl fmt::Display]) -> String {
    debug_assert_eq!(template.matches("{}").count(), parts.len(), "{template}");
    let mut pieces = template.split("{}");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for (piece, part) in pieces.zip(parts) {
        text.push_str(&part.to_string());
        text.push_str(piece);
    }
    text
}

impl LogSafe for SafeText {
    fn fmt_zh(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.zh)
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// `safe!("english {}", "中文 {}", arg)`: a [`SafeText`] whose placeholders are counted when it is compiled; does not
/// compile with an argument that is not [`LogSafe`].
macro_rules! safe {
    ($en:literal, $zh:literal $(, $arg:expr)* $(,)?) => {{
        $($crate::error::SafeText::require_safe(&$arg);)*
        $crate::error::SafeText::from_parts(
            format!($en $(, $arg)*),
            format!($zh $(, $crate::error::Chinese(&$arg))*),
        )
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
