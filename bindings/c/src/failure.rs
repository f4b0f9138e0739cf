//! What went wrong inside a call, before it becomes the caller's `skm_error`.

use skm::error::SafeText;
use skm::{Error, ErrorKind};

use crate::text::Encoding;

/// An error of the core with what only this boundary knows. Its texts are literals: as log-safe as the core's.
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) field: Option<&'static str>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) encoding: Encoding,
}

impl Failure {
    pub(crate) fn of(kind: ErrorKind, en: &str, zh: &str) -> Failure {
        Failure::from(Error::with(kind, SafeText::from_parts(en.to_owned(), zh.to_owned())))
    }

    pub(crate) fn input(field: &'static str, en: &str, zh: &str) -> Failure {
        Failure { field: Some(field), ..Failure::of(ErrorKind::InputInvalid, en, zh) }
    }

    pub(crate) fn null(field: &'static str) -> Failure {
        let failure = Failure::of(ErrorKind::NullArgument, field, field);
        Failure { field: Some(field), ..failure }
    }

    /// A text that is not in the encoding it should be in.
    pub(crate) fn encoding(field: &'static str, due: Encoding) -> Failure {
        let failure = match due {
            Encoding::Utf8 => Failure::of(ErrorKind::InputEncoding, field, field),
            Encoding::Gbk => Failure::of(
                ErrorKind::InputEncoding,
                &format!("{field} is not GBK, which this client was told to expect"),
                &format!("{field} 不是 GBK 编码,而本客户端被设置为 GBK"),
            ),
        };
        Failure { field: Some(field), ..failure }
    }

    pub(crate) fn with_reason(self, reason: &'static str) -> Failure {
        Failure { reason: Some(reason), ..self }
    }

    /// Words its texts for a client that speaks `encoding`.
    pub(crate) fn worded_in(self, encoding: Encoding) -> Failure {
        Failure { encoding, ..self }
    }

    pub(crate) fn number(&self) -> i32 {
        self.error.kind().number()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let field = error.field();
        Failure { error, field, reason: None, encoding: Encoding::Utf8 }
    }
}

impl From<ErrorKind> for Failure {
    fn from(kind: ErrorKind) -> Failure {
        Error::from(kind).into()
    }
}
