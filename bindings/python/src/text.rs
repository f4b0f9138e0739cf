//! Text on its way in: Python strings may hold lone surrogates, which are no Unicode text and have no UTF-8 form.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use skm::ErrorKind;
use skm::error::{KeyName, SafeText};

use crate::error::argument;

/// The text of an argument, as a type that knows whether it is personal: then it is wiped, whatever comes next.
///
/// # Errors
/// `input_encoding` for bytes and for lone surrogates, `input_invalid` for anything else that is no `str`. The value is
/// never shown.
pub fn required<T: From<String>>(field: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    let py = value.py();
    if let Ok(text) = value.cast::<PyString>() {
        // The interpreter's own error would carry the text.
        return text.to_cow().map(|text| T::from(text.into_owned())).map_err(|_| {
            let text = SafeText::new(
                "{} holds a lone surrogate: decode the text anew from its bytes",
                "{} 含孤立的代理项:请从原始字节重新解码",
                &[&KeyName::of(field)],
            );
            argument(py, ErrorKind::InputEncoding, field, text)
        });
    }
    if value.is_instance_of::<PyBytes>() {
        let text = SafeText::new(
            "{} is bytes: decode it first, such as value.decode(\"gbk\") if it comes from a card reader or an old Windows \
             program",
            "{} 是 bytes:请先解码,若来自读卡器或旧版 Windows 程序,例如 value.decode(\"gbk\")",
            &[&KeyName::of(field)],
        );
        return Err(argument(py, ErrorKind::InputEncoding, field, text));
    }
    let found = value.get_type().name().map_or_else(|_| "another_type".to_owned(), |name| name.to_string());
    let parts = (KeyName::of(field), KeyName::of(&found));
    let text = SafeText::new("{} must be str, not {}", "{} 须为 str,而不是 {}", &[&parts.0, &parts.1]);
    Err(argument(py, ErrorKind::InputInvalid, field, text))
}

/// Like [`required`]; `None` stays `None`.
pub fn optional<T: From<String>>(field: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<T>> {
    if value.is_none() { Ok(None) } else { required(field, value).map(Some) }
}
