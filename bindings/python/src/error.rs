//! The core's errors as the exception classes of `skm._errors`, which is written in Python.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use skm::error::{PlatformText, SafeText};
use skm::{Error, ErrorKind};

use crate::leaving::into_python;

static BUILD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The exception for a failed call. Everything in it but `platform_text` is free of personal data.
pub fn raise(py: Python<'_>, error: &Error) -> PyErr {
    into_python(py, || build(py, error, error.field())).unwrap_or_else(|broken| broken)
}

fn build(py: Python<'_>, error: &Error, field: Option<&str>) -> PyResult<PyErr> {
    let factory = BUILD.get_or_try_init(py, || -> PyResult<Py<PyAny>> {
        Ok(py.import("skm._errors")?.getattr("from_native")?.unbind())
    })?;
    let text = error.platform_text();
    let made = factory.bind(py).call1((
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
    ))?;
    Ok(PyErr::from_value(made))
}

/// The exception for an argument that never reached the core. `field` and both texts are ours, never the caller's.
pub fn argument(py: Python<'_>, kind: ErrorKind, field: &str, en: String, zh: String) -> PyErr {
    let error = Error::with(kind, SafeText::from_parts(en, zh));
    into_python(py, || build(py, &error, Some(field))).unwrap_or_else(|broken| broken)
}

/// Turns a panic into `internal`: a Rust panic must not reach Python as something that `except Exception` misses.
pub fn fence<T>(run: impl FnOnce() -> skm::Result<T>) -> skm::Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(ErrorKind::Internal.into()))
}

/// Number, name, owner, English and Chinese text of every kind: what `skm.ErrorKind` is tested against.
#[pyfunction]
pub fn error_table() -> Vec<(i32, &'static str, String, &'static str, &'static str)> {
    let row = |kind: &ErrorKind| {
        (kind.number(), kind.name(), format!("{:?}", kind.owner()).to_ascii_lowercase(), kind.text(), kind.text_zh())
    };
    ErrorKind::ALL.iter().map(row).collect()
}

/// Panics inside a call, as a mistake of ours would.
#[cfg(feature = "testing")]
#[pyfunction]
pub fn panic_on_purpose(py: Python<'_>) -> PyResult<()> {
    crate::leaving::without_gil(py, || fence(|| panic!("on purpose"))).map_err(|error| raise(py, &error))
}
