//! Interface 3 as the platform reads it.

use std::fmt;

use super::Form;
use crate::error::Result;
use crate::person::{PersonName, PersonalText, Phone, Secret};

/// The seven parameters of table B.1 as they arrived, unchecked. `Debug` masks.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanCall {
    /// The code's text.
    pub url: PersonalText,
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
        url: form.take("url")?.into(),
        source: form.take("source")?,
        position: form.take("position")?,
        verifier_dept: form.take("verifierDept")?,
        verifier_name: form.take("verifierName")?.into(),
        verifier_phone: form.take("verifierPhone")?.into(),
        token: form.take("token")?.into(),
    })
}
