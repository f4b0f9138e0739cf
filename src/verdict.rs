//! Level and verdict: the only place that can say "green".

use std::fmt;

use crate::error::{Error, ErrorKind};

/// What the platform said about a person (tables B.3 and C).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Level {
    /// The platform said nothing, or nothing we know.
    #[default]
    Unknown,
    /// 绿码.
    Green,
    /// 黄码.
    Yellow,
    /// 红码.
    Red,
}

impl Level {
    /// `green`, `yellow`, `red` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Unknown => "unknown",
            Level::Green => "green",
            Level::Yellow => "yellow",
            Level::Red => "red",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The words by which a platform edition names the levels; dialect data. Compared ASCII-case-insensitively, never
/// trimmed; what is not listed is [`Level::Unknown`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelAlphabet {
    pub(crate) green: Vec<String>,
    pub(crate) yellow: Vec<String>,
    pub(crate) red: Vec<String>,
}

impl LevelAlphabet {
    /// The words for a level, the usual one first; none for [`Level::Unknown`].
    pub fn words(&self, level: Level) -> &[String] {
        match level {
            Level::Unknown => &[],
            Level::Green => &self.green,
            Level::Yellow => &self.yellow,
            Level::Red => &self.red,
        }
    }

    /// The usual word for a level; none for [`Level::Unknown`].
    pub fn word(&self, level: Level) -> Option<&str> {
        self.words(level).first().map(String::as_str)
    }

    /// The level that a word stands for.
    pub fn level(&self, word: &str) -> Level {
        let names = |level: &Level| self.words(*level).iter().any(|known| known.eq_ignore_ascii_case(word));
        // Worse levels first: should a word ever stand for two, it stands for the worse.
        [Level::Red, Level::Yellow, Level::Green].into_iter().find(names).unwrap_or(Level::Unknown)
    }
}

/// Why nothing is known about a person. None of these lets anyone in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unverified {
    /// The platform answered without a level, or with one that is not in the dialect's alphabet.
    LevelUnknown,
    /// The call failed.
    Failed(ErrorKind),
}

/// What a venue has decided for the time when the platform cannot be reached (`gate.when_unreachable`). None of its
/// values lets anyone in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum WhenUnreachable {
    /// The gate stays shut.
    #[default]
    StayShut,
    /// The gate stays shut and a person is called to check by eye.
    CallPerson,
}

impl WhenUnreachable {
    /// `stay_shut` or `call_person`.
    pub const fn as_str(self) -> &'static str {
        match self {
            WhenUnreachable::StayShut => "stay_shut",
            WhenUnreachable::CallPerson => "call_person",
        }
    }
}

impl fmt::Display for WhenUnreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What to do at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing is known: not green. Also the verdict of every failed call.
    Unverified(Unverified),
    /// A well-formed success whose level is exactly green.
    Green,
    /// Yellow.
    Yellow,
    /// Red.
    Red,
}

impl Verdict {
    /// The verdict on a level that came from a well-formed success.
    pub(crate) const fn of_level(level: Level) -> Verdict {
        match level {
            Level::Green => Verdict::Green,
            Level::Yellow => Verdict::Yellow,
            Level::Red => Verdict::Red,
            Level::Unknown => Verdict::Unverified(Unverified::LevelUnknown),
        }
    }

    /// The verdict on a failed call: never green.
    pub fn of_error(error: &Error) -> Verdict {
        Verdict::Unverified(Unverified::Failed(error.kind()))
    }

    /// The only test to write at a gate.
    #[must_use]
    pub const fn is_green(self) -> bool {
        matches!(self, Verdict::Green)
    }

    /// `green`, `yellow`, `red` or `unverified`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Unverified(_) => "unverified",
            Verdict::Green => "green",
            Verdict::Yellow => "yellow",
            Verdict::Red => "red",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
