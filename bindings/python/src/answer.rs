//! Answers as tuples, in the order of the fields of the Python dataclasses that are made from them.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pythonize::pythonize;
use skm::person::{CertificateNumber, PersonName, PersonalText, Phone};
use skm::{IdResult, ScanResult, UserToken};

/// What a call gave. Held by Rust until Python asks for it, so that no other thread needs the interpreter.
pub enum Answer {
    UserToken(UserToken),
    Scan(ScanResult),
    Id(IdResult),
}

impl Answer {
    /// `(token, uuid)`, `(level, verdict, name, …, extra)` or `(level, verdict, number, …, extra)`.
    pub fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Answer::UserToken(user) => {
                (user.token.expose(), user.uuid.as_ref().map(|uuid| uuid.expose())).into_bound_py_any(py)
            }
            Answer::Scan(result) => (
                result.level().as_str(),
                result.verdict().as_str(),
                result.name.as_ref().map(PersonName::expose),
                result.id_number_masked.as_ref().map(CertificateNumber::expose),
                result.phone.as_ref().map(Phone::expose),
                result.tip.as_ref().map(PersonalText::expose),
                result.qr_code.as_ref().map(PersonalText::expose),
                pythonize(py, &result.extra)?,
            )
                .into_bound_py_any(py),
            Answer::Id(result) => (
                result.level().as_str(),
                result.verdict().as_str(),
                result.number.expose(),
                result.name.expose(),
                result.travel.as_ref().map(PersonalText::expose),
                result.reason.as_ref().map(PersonalText::expose),
                pythonize(py, &result.extra)?,
            )
                .into_bound_py_any(py),
        }
    }
}
