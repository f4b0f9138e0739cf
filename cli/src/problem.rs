//! Why a command failed, ready to be shown: nothing personal and no secret in it, but for the platform's own words.

use skm::error::PlatformText;
use skm::{Error, ErrorKind, Reason, WhenUnreachable};

use crate::exit;

/// A failure of a command.
#[derive(Debug)]
pub struct Problem {
    /// The row of the error table.
    pub kind: ErrorKind,
    /// The exit code.
    pub exit: u8,
    /// One technical line in English: what failed, where, what to do.
    pub message: String,
    /// The same in Chinese.
    pub technical_zh: String,
    /// The core's error, if it is one of the core's.
    cause: Option<Error>,
    /// The platform's own code.
    pub platform_code: Option<String>,
    /// The platform's words: shown only when asked for, and never in JSON.
    pub platform_text: Option<PlatformText>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// What the venue decided to do when the platform cannot be reached, if that is what happened. None opens a gate.
    pub when_unreachable: Option<WhenUnreachable>,
}

impl Problem {
    /// A failure that no call of the core reported.
    pub fn new(kind: ErrorKind, message: impl Into<String>, technical_zh: impl Into<String>) -> Problem {
        Problem {
            kind,
            exit: exit::of_kind(kind),
            message: message.into(),
            technical_zh: technical_zh.into(),
            cause: None,
            platform_code: None,
            platform_text: None,
            retryable: false,
            when_unreachable: None,
        }
    }

    /// Wrong arguments.
    pub fn usage(message: impl Into<String>, technical_zh: impl Into<String>) -> Problem {
        Problem { exit: exit::USAGE, ..Problem::new(ErrorKind::InputInvalid, message, technical_zh) }
    }

    /// A value that is not what it should be.
    pub fn input(message: impl Into<String>, technical_zh: impl Into<String>) -> Problem {
        Problem::new(ErrorKind::InputInvalid, message, technical_zh)
    }

    /// A Chinese sentence for the person at the desk.
    pub fn message_zh(&self) -> String {
        self.cause.as_ref().map_or_else(|| self.kind.desk_zh().to_owned(), Error::message_zh)
    }

    /// Why, where the kind does not say it.
    pub fn reason(&self) -> Option<Reason> {
        self.cause.as_ref().and_then(Error::reason)
    }

    /// The member at fault.
    pub fn field(&self) -> Option<&str> {
        self.cause.as_ref().and_then(Error::field)
    }

    /// The HTTP status that the platform answered with.
    pub fn http_status(&self) -> Option<u16> {
        self.cause.as_ref().and_then(Error::http_status)
    }

    /// Whether the evidence log lacks the record of the call.
    pub fn audit_failed(&self) -> bool {
        self.cause.as_ref().is_some_and(Error::audit_failed)
    }

    /// A panic was caught.
    pub fn internal() -> Problem {
        Problem::new(ErrorKind::Internal, ErrorKind::Internal.text(), ErrorKind::Internal.text_zh())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem {
            platform_code: error.platform_code().map(str::to_owned),
            platform_text: error.platform_text().cloned(),
            retryable: error.is_retryable(),
            when_unreachable: error.when_unreachable(),
            cause: Some(error.clone()),
            ..Problem::new(error.kind(), error.message(), error.technical_zh())
        }
    }
}
