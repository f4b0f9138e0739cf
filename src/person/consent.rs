//! The person's consent (clause 6): an argument of interfaces 1, 3 and 4. It goes to the evidence log, where
//! `[audit]` is configured, and is never sent.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use crate::error::{Error, ErrorKind, Result, safe};
use crate::person::{MAX_TEXT_CHARS, clean};

/// The clock of the machine where the consent was given may be ahead of this one.
const CLOCKS_DIFFER: Duration = Duration::from_secs(300);

/// How the person agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConsentKind {
    /// 明示同意: the person agreed in this place.
    Explicit,
    /// 授权同意: the person authorised it beforehand.
    Authorised,
}

impl ConsentKind {
    /// The kind with this name.
    ///
    /// # Errors
    /// `input_invalid`, naming `consent`.
    pub fn from_name(name: &str) -> Result<ConsentKind> {
        match name {
            "explicit" => Ok(ConsentKind::Explicit),
            "authorised" => Ok(ConsentKind::Authorised),
            _ => Err(Error::input(
                "consent",
                safe!("the kind of consent must be explicit or authorised", "同意的方式须为 explicit 或 authorised"),
            )),
        }
    }

    /// `explicit` or `authorised`.
    pub const fn as_str(self) -> &'static str {
        match self {
            ConsentKind::Explicit => "explicit",
            ConsentKind::Authorised => "authorised",
        }
    }
}

/// Consent of the person who is being verified: which kind, under which notice, when.
///
/// The notice names the text the person agreed to (such as `notice A-12`); it must not hold personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    kind: ConsentKind,
    notice: String,
    given_at: Option<SystemTime>,
}

impl Consent {
    /// Consent of a kind that is known only when the program runs.
    pub fn of(kind: ConsentKind, notice: impl Into<String>) -> Consent {
        Consent { kind, notice: notice.into(), given_at: None }
    }

    /// Explicit consent (明示同意) under a notice.
    pub fn explicit(notice: impl Into<String>) -> Consent {
        Consent { kind: ConsentKind::Explicit, notice: notice.into(), given_at: None }
    }

    /// Authorised consent (授权同意) under a notice.
    pub fn authorised(notice: impl Into<String>) -> Consent {
        Consent { kind: ConsentKind::Authorised, notice: notice.into(), given_at: None }
    }

    /// When it was given, if that was before the call.
    #[must_use]
    pub fn given_at(mut self, when: SystemTime) -> Consent {
        self.given_at = Some(when);
        self
    }

    /// How the person agreed.
    pub fn kind(&self) -> ConsentKind {
        self.kind
    }

    /// The notice agreed to.
    pub fn notice(&self) -> &str {
        &self.notice
    }

    /// When it was given; `None` means at the time of the call.
    pub fn when(&self) -> Option<SystemTime> {
        self.given_at
    }

    /// Whether a call would take it; `now` is the time of the call.
    ///
    /// # Errors
    /// `consent_missing` without a notice; `input_invalid` naming `consent` for a notice that is not one short line, and
    /// for a time that lies more than five minutes ahead: nobody has agreed to anything yet.
    pub fn check(&self, now: SystemTime) -> Result<()> {
        self.check_notice()?;
        let latest = now.checked_add(CLOCKS_DIFFER).unwrap_or(now);
        if self.given_at.is_some_and(|when| when > latest) {
            let detail = safe!(
                "the consent is dated in the future: give the time at which the person agreed, in seconds since 1970",
                "同意的时间在将来:请给出本人同意的时间(自 1970 年起的秒数)"
            );
            return Err(Error::input("consent", detail));
        }
        Ok(())
    }

    pub(crate) fn check_notice(&self) -> Result<()> {
        if clean::text(&self.notice).is_empty() {
            return Err(Error::new(ErrorKind::ConsentMissing));
        }
        if self.notice.chars().count() > MAX_TEXT_CHARS || self.notice.chars().any(char::is_control) {
            let detail = safe!(
                "the consent notice must be one line of at most {} characters",
                "告知书编号须为一行,且不超过 {} 个字符",
                MAX_TEXT_CHARS
            );
            return Err(Error::input("consent", detail));
        }
        if self.given_at.is_some_and(|when| Timestamp::try_from(when).is_err()) {
            // Milliseconds taken for seconds end up here; a wrong time in the evidence is worse than none.
            let detail = safe!(
                "the time of the consent is beyond the year 9999: give it in seconds",
                "同意的时间晚于公元 9999 年:请以秒为单位给出"
            );
            return Err(Error::input("consent", detail));
        }
        Ok(())
    }
}
