//! Texts for people, always in Chinese and English.

use std::fmt;

/// One explanation in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// Chinese.
    pub zh: String,
    /// English, one lower-case line.
    pub en: String,
}

impl Say {
    /// Both languages of one explanation.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Say { zh: zh.into(), en: en.into() }
    }

    /// This text, then another.
    pub fn and(self, more: &Say) -> Say {
        Say { zh: format!("{};{}", self.zh, more.zh), en: format!("{}; {}", self.en, more.en) }
    }
}

impl fmt::Display for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.zh, self.en)
    }
}
