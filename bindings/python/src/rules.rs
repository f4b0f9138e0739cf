//! Rules that need no client: masks, resident identity numbers, scanned texts, the built-in dialect.

use std::path::PathBuf;
use std::time::SystemTime;

use pyo3::prelude::*;
use skm::dialect::Dialect;
use skm::interfaces::qr::QrText;
use skm::person::{ResidentId, mask};
use skm::wire::time::china_date;

use crate::error::raise;
use crate::fence::{fence, fenced};
use crate::text::required;

/// A name: first character and stars.
#[pyfunction]
pub fn mask_name(text: &Bound<'_, PyAny>) -> PyResult<String> {
    let plain = required("text", text)?;
    fenced(text.py(), || mask::name(&plain))
}

/// A certificate number: first 3, last 2.
#[pyfunction]
pub fn mask_certificate(text: &Bound<'_, PyAny>) -> PyResult<String> {
    let plain = required("text", text)?;
    fenced(text.py(), || mask::certificate(&plain))
}

/// A phone number: first 3, last 4 of 11.
#[pyfunction]
pub fn mask_phone(text: &Bound<'_, PyAny>) -> PyResult<String> {
    let plain = required("text", text)?;
    fenced(text.py(), || mask::phone(&plain))
}

/// Number, birth date (ISO) and sex of a resident identity number, or the fault's name in the fourth place.
type Resident = (Option<String>, Option<String>, Option<&'static str>, Option<&'static str>);

/// Checks a number by GB 11643; `lift_15` reads the 15-digit form.
#[pyfunction]
pub fn resident_id(number: &Bound<'_, PyAny>, lift_15: bool) -> PyResult<Resident> {
    let py = number.py();
    let number = required("number", number)?;
    fenced(py, || {
        let today = china_date(SystemTime::now());
        let parsed = if lift_15 && number.len() == 15 {
            ResidentId::parse_15(&number, today)
        } else {
            ResidentId::parse(&number, today)
        };
        match parsed {
            Ok(id) => (
                Some(id.number().expose().to_owned()),
                Some(id.birth_date().to_string()),
                Some(id.sex().as_str()),
                None,
            ),
            Err(fault) => (None, None, None, Some(fault.as_str())),
        }
    })
}

/// The dialect in a file, or the built-in one.
pub fn dialect(py: Python<'_>, path: Option<PathBuf>) -> PyResult<std::sync::Arc<Dialect>> {
    let Some(path) = path else { return fenced(py, Dialect::built_in) };
    fence(|| Dialect::load(&path)).map(Into::into).map_err(|error| raise(py, &error))
}

/// Text as sent, code and division of a scanned text.
#[pyfunction]
#[pyo3(signature = (scanned, dialect_path=None))]
pub fn parse_qr(
    py: Python<'_>,
    scanned: &Bound<'_, PyAny>,
    dialect_path: Option<PathBuf>,
) -> PyResult<(String, String, Option<String>)> {
    let rules = dialect(py, dialect_path)?;
    let scanned = required("qr_text", scanned)?;
    let qr = fence(|| QrText::parse(&scanned, &rules.qr)).map_err(|error| raise(py, &error))?;
    Ok((qr.expose().to_owned(), qr.code().to_owned(), qr.division().map(str::to_owned)))
}

/// The built-in dialect as TOML text.
#[pyfunction]
pub fn dialect_source(py: Python<'_>) -> PyResult<&'static str> {
    fenced(py, Dialect::built_in_source)
}
