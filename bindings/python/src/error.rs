//! The core's errors as the exception classes of `skm._errors`, which is written in Python.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::IntoPyDict;
use skm::error::{PlatformText, SafeText};
use skm::{Error, ErrorKind};

use crate::leaving::into_python;

static BUILD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The exception for a failed call, or what came between, such as Ctrl-C. Everything in it but `platform_text` is free of
/// personal data.
pub fn raise(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).unwrap_or_else(|broken| broken)
}

/// The exception for a failed call, as an object to be kept.
///
/// # Errors
/// What came between, such as Ctrl-C.
pub fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    into_python(py, || build(py, error, error.field()))
}

fn build(py: Python<'_>, error: &Error, field: Option<&str>) -> PyResult<PyErr> {
    let factory = BUILD.get_or_try_init(py, || -> PyResult<Py<PyAny>> {
        Ok(py.import("skm._errors")?.getattr("from_native")?.unbind())
    })?;
    let text = error.platform_text();
    let parts = (
        error.kind().number(),
        error.message(),
        error.message_zh(),
        error.is_retryable(),
        error.interface().map(|interface| interface.name()),
        field,
        error.platform_code(),
        text.map(PlatformText::verbatim),
        text.map(ToString::to_string),
        error.http_status(),
        error.clock_offset_s(),
        error.attempts(),
    );
    // By keyword: PyO3 makes tuples of at most twelve.
    let more = [
        ("when_unreachable", error.when_unreachable().map(|decided| decided.as_str().to_owned())),
        ("reason", error.reason().map(|reason| reason.name().to_owned())),
        ("technical_zh", Some(error.technical_zh())),
    ];
    let more = more.into_py_dict(py)?;
    more.set_item("audit_failed", error.audit_failed())?;
    let made = factory.bind(py).call(parts, Some(&more))?;
    Ok(PyErr::from_value(made))
}

/// The exception for an argument that never reached the core.
pub fn argument(py: Python<'_>, kind: ErrorKind, field: &str, text: SafeText) -> PyErr {
    let error = Error::with(kind, text);
    into_python(py, || build(py, &error, Some(field))).unwrap_or_else(|broken| broken)
}
