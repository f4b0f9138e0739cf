//! Interface 3 as the platform reads it.

use std::fmt;

use super::Form;
use crate::error::Result;
use crate::person::{PersonName, PersonalText, Phone, Secret};

/// The seven parameters of table B.1 as they arrived, unchecked. `Debug` masks.
#[derive(Clone, PartialEq, Eq)]
pub struct ScanCall {
    /// The code's text.
    pub qr_text: PersonalText,
    /// The applying unit.
    pub source: String,
    /// Where.
    pub position: String,
    /// The verifying unit.
    pub verifier_dept: String,
    /// The verifying person.
    pub verifier_name: PersonName,
    /// That person's phone.
    pub verifier_phone: Phone,
    /// The unit's token.
    pub token: Secret,
}

impl fmt::Debug for ScanCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScanCall")
            .field("source", &self.source)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// Reads the form of interface 3.
///
/// # Errors
/// `input_invalid` naming what is missing, doubled or not UTF-8.
pub fn read_scan(body: &[u8]) -> Result<ScanCall> {
    let mut form = Form::read(body)?;
    Ok(ScanCall {
        qr_text: form.take("url", "qr_text")?.into(),
        source: form.take("source", "source")?,
        position: form.take("position", "position")?,
        verifier_dept: form.take("verifierDept", "verifier_dept")?,
        verifier_name: form.take("verifierName", "verifier_name")?.into(),
        verifier_phone: form.take("verifierPhone", "verifier_phone")?.into(),
        token: form.take("token", "token")?.into(),
    })
}
