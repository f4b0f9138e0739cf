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
    pub(crate) fn of(kind: ErrorKind, en: &'static str, zh: &'static str) -> Failure {
        Failure::saying(kind, SafeText::new(en, zh, &[]))
    }

    pub(crate) fn saying(kind: ErrorKind, text: SafeText) -> Failure {
        Failure::from(Error::with(kind, text))
    }

    pub(crate) fn input(field: &'static str, en: &'static str, zh: &'static str) -> Failure {
        Failure { field: Some(field), ..Failure::of(ErrorKind::InputInvalid, en, zh) }
    }

    pub(crate) fn null(field: &'static str) -> Failure {
        let failure = Failure::saying(ErrorKind::NullArgument, SafeText::new("{}", "{}", &[&field]));
        Failure { field: Some(field), ..failure }
    }

    /// Bytes that are not in the encoding they should be in: what they are instead, if that can be seen.
    pub(crate) fn encoding(field: &'static str, due: Encoding, bytes: &[u8]) -> Failure {
        let (en, zh) = match (due, due.is_cut(bytes)) {
            (_, true) => (
                "{} ends with half a character: it was cut in the middle, make the field longer",
                "{} 以半个字符结尾:文本被从字符中间截断,请加长该字段",
            ),
            (Encoding::Utf8, false) if Encoding::Gbk.decode(bytes).is_some() => (
                "{} is not UTF-8; if it comes from a card reader or an old Windows program it is probably GBK: convert \
                 it with skm_text_from_gbk(), or set SKM_ENCODING_GBK for the client",
                "{} 不是 UTF-8;若来自读卡器或旧版 Windows 程序,多半是 GBK:请用 skm_text_from_gbk() 转换,或将客户端设为 \
                 SKM_ENCODING_GBK",
            ),
            (Encoding::Utf8, false) => ("{} is not UTF-8", "{} 不是 UTF-8"),
            (Encoding::Gbk, false) if std::str::from_utf8(bytes).is_ok() => (
                "{} is not GBK, which this client was told to expect: it is UTF-8, which needs SKM_ENCODING_UTF8",
                "{} 不是 GBK,而本客户端被设置为 GBK:它是 UTF-8,请改设 SKM_ENCODING_UTF8",
            ),
            (Encoding::Gbk, false) => {
                ("{} is not GBK, which this client was told to expect", "{} 不是 GBK,而本客户端被设置为 GBK")
            }
        };
        let failure = Failure::saying(ErrorKind::InputEncoding, SafeText::new(en, zh, &[&field]));
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
        Failure { error, field: None, reason: None, encoding: Encoding::Utf8 }
    }
}

impl From<ErrorKind> for Failure {
    fn from(kind: ErrorKind) -> Failure {
        Error::from(kind).into()
    }
}
