//! Rules that need no client: masks, resident identity numbers, scanned texts, the built-in dialect.

use std::path::PathBuf;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use skm::dialect::Dialect;
use skm::interfaces::qr::QrText;
use skm::person::{ResidentId, mask};
use zeroize::Zeroizing;

use crate::error::raise;
use crate::fence::{fence, fenced};
use crate::text::required;

/// A name: first character and stars.
#[pyfunction]
pub fn mask_name(text: &Bound<'_, PyAny>) -> PyResult<String> {
    let plain: Zeroizing<String> = required("text", text)?;
    fenced(text.py(), || mask::name(&plain))
}

/// A certificate number: first 3, last 2.
#[pyfunction]
pub fn mask_certificate(text: &Bound<'_, PyAny>) -> PyResult<String> {
    let plain: Zeroizing<String> = required("text", text)?;
    fenced(text.py(), || mask::certificate(&plain))
}

/// A phone number: first 3, last 4 of 11.
#[pyfunction]
pub fn mask_phone(text: &Bound<'_, PyAny>) -> PyResult<String> {
    let plain: Zeroizing<String> = required("text", text)?;
    fenced(text.py(), || mask::phone(&plain))
}

/// Checks a number by GB 11643; `lift_15` reads the 15-digit form. Number, birth date (ISO) and sex, or the fault's name
/// in the fourth place.
#[pyfunction]
pub fn resident_id<'py>(number: &Bound<'py, PyAny>, lift_15: bool) -> PyResult<Bound<'py, PyAny>> {
    let py = number.py();
    let number: Zeroizing<String> = required("number", number)?;
    let today = fence(skm::clock::today).map_err(|error| raise(py, &error))?;
    let parsed = fenced(py, || ResidentId::parse_any(&number, lift_15, today))?;
    match parsed {
        Ok(id) => {
            let born = Zeroizing::new(id.birth_date().to_string());
            (id.number().expose(), born.as_str(), id.sex().as_str(), None::<&str>).into_bound_py_any(py)
        }
        Err(fault) => (None::<&str>, None::<&str>, None::<&str>, fault.as_str()).into_bound_py_any(py),
    }
}

/// The dialect in a file, or the built-in one.
pub fn dialect(py: Python<'_>, path: Option<PathBuf>) -> PyResult<std::sync::Arc<Dialect>> {
    let Some(path) = path else { return fenced(py, Dialect::built_in) };
    fence(|| Dialect::load(&path)).map(Into::into).map_err(|error| raise(py, &error))
}

/// Text as sent, code and division of a scanned text.
#[pyfunction]
#[pyo3(signature = (scanned, dialect_path=None))]
pub fn parse_qr<'py>(
    py: Python<'py>,
    scanned: &Bound<'py, PyAny>,
    dialect_path: Option<PathBuf>,
) -> PyResult<Bound<'py, PyAny>> {
    let rules = dialect(py, dialect_path)?;
    let scanned: Zeroizing<String> = required("qr_text", scanned)?;
    let qr = fence(|| QrText::parse(&scanned, &rules.qr)).map_err(|error| raise(py, &error))?;
    (qr.expose(), qr.code(), qr.division()).into_bound_py_any(py)
}

/// The built-in dialect as TOML text.
#[pyfunction]
pub fn dialect_source(py: Python<'_>) -> PyResult<&'static str> {
    fenced(py, Dialect::built_in_source)
}
