//! Interface 3 as the platform reads and answers it.

use std::fmt;

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::{Code, Form};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::interfaces::scan::ScanResult;
use crate::person::{CertificateNumber, PersonName, PersonalText, Phone, Secret};
use crate::wire::json::{self, JsonObject};

/// The seven parameters of table B.1 as they arrived, unchecked. `Debug` masks.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
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

/// The members of table B.3.
const MEMBERS: [&str; 6] = ["name", "idcardNo", "level", "phone", "tip", "qrCode"];

/// What `res` of an answer holds (table B.3), all of it optional: the order of the members is the table's. Holds personal
/// data: not `Debug`.
#[derive(Clone, Default, Serialize)]
pub struct ScanAnswer<'a> {
    /// Name, masked as the unit may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// Certificate number, masked: first 4 and last 4 kept.
    #[serde(rename = "idcardNo", skip_serializing_if = "Option::is_none")]
    pub id_number_masked: Option<&'a str>,
    /// A word of the dialect's alphabet; left out where nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<&'a str>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<&'a str>,
    /// Advice led by the colour word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tip: Option<&'a str>,
    /// The code.
    #[serde(rename = "qrCode", skip_serializing_if = "Option::is_none")]
    pub qr_code: Option<&'a str>,
    /// Members that the standard does not name. One that has a name of the standard's, in whatever case, is left out: a
    /// level that was not understood must not come back by this way.
    #[serde(flatten, serialize_with = "unnamed")]
    pub extra: Option<&'a JsonObject>,
}

impl<'a> ScanAnswer<'a> {
    /// A result of interface 3 as it is passed on to a unit, in the words of that unit's dialect.
    pub fn of(result: &'a ScanResult, dialect: &'a Dialect) -> ScanAnswer<'a> {
        ScanAnswer {
            name: result.name.as_ref().map(PersonName::expose),
            id_number_masked: result.id_number_masked.as_ref().map(CertificateNumber::expose),
            level: dialect.level.word(result.level()),
            phone: result.phone.as_ref().map(Phone::expose),
            tip: result.tip.as_ref().map(PersonalText::expose),
            qr_code: result.qr_code.as_ref().map(PersonalText::expose),
            extra: Some(&result.extra),
        }
    }
}

fn unnamed<S: Serializer>(extra: &Option<&JsonObject>, serializer: S) -> Result<S::Ok, S::Error> {
    let is_named = |name: &str| MEMBERS.iter().any(|known| known.eq_ignore_ascii_case(name));
    serializer.collect_map(extra.iter().flat_map(|extra| extra.iter()).filter(|(name, _)| !is_named(name)))
}

#[derive(Serialize)]
struct Outer<'a> {
    #[serde(rename = "resCode")]
    code: Code<'a>,
    #[serde(rename = "resMessage")]
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    res: Option<&'a ScanAnswer<'a>>,
}

/// The body of a success of interface 3: JSON, to be sent as `application/json;charset=UTF-8`. Wiped on drop.
pub fn scan_answer(answer: &ScanAnswer<'_>, dialect: &Dialect) -> Zeroizing<Vec<u8>> {
    json::write(&Outer { code: Code(&dialect.scan.success), message: "OK", res: Some(answer) })
}

/// The body of a refusal of interface 3, such as code `111`; sent with HTTP status 200, as platforms do.
///
/// # Errors
/// `input_invalid` for the code of a success.
pub fn scan_refusal(code: &str, message: &str, dialect: &Dialect) -> Result<Zeroizing<Vec<u8>>> {
    let code = Code::of_refusal(code, &dialect.scan.success)?;
    Ok(json::write(&Outer { code, message, res: None }))
}
