//! Text on its way in: Python strings may hold lone surrogates, which are no Unicode text and have no UTF-8 form.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use skm::ErrorKind;

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
            let en = format!("{field} holds a lone surrogate: decode the text anew from its bytes");
            let zh = format!("{field} 含孤立的代理项:请从原始字节重新解码");
            argument(py, ErrorKind::InputEncoding, field, en, zh)
        });
    }
    if value.is_instance_of::<PyBytes>() {
        let en = format!("{field} is bytes: decode it first, such as value.decode(\"gbk\")");
        let zh = format!("{field} 是 bytes:请先解码,例如 value.decode(\"gbk\")");
        return Err(argument(py, ErrorKind::InputEncoding, field, en, zh));
    }
    let found = value.get_type().name().map_or_else(|_| "another type".to_owned(), |name| name.to_string());
    let en = format!("{field} must be str, not {found}");
    let zh = format!("{field} 须为 str,而不是 {found}");
    Err(argument(py, ErrorKind::InputInvalid, field, en, zh))
}

/// Like [`required`]; `None` stays `None`.
pub fn optional<T: From<String>>(field: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<T>> {
    if value.is_none() { Ok(None) } else { required(field, value).map(Some) }
}
