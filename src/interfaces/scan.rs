//! Interface 3, 苏康码扫码核验接口 (Annex B): the text of a scanned code in, level out.

use crate::config::ScanUnit;
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result, safe};
use crate::interfaces::qr::QrText;
use crate::person::{CertificateNumber, Consent, PersonName, PersonalText, Phone, check_name, check_text};
use crate::verdict::{Level, Verdict};
use crate::wire::json::{self, JsonObject, Remark};
use crate::wire::{Answer, Outgoing, form};

/// What interface 3 is asked (table B.1). The verifier's members override the configuration's.
#[derive(Clone)]
#[non_exhaustive]
pub struct ScanRequest {
    /// The full text of the scanned code; required.
    pub qr_text: PersonalText,
    /// Where: `province,city,district,street`.
    pub position: Option<String>,
    /// The verifying unit.
    pub verifier_dept: Option<String>,
    /// The verifying person.
    pub verifier_name: Option<PersonName>,
    /// That person's phone.
    pub verifier_phone: Option<Phone>,
    /// The consent of the person who shows the code; for the evidence log, never sent.
    pub consent: Consent,
}

impl ScanRequest {
    /// A request with the required members; the verifier comes from the configuration.
    pub fn new(qr_text: impl Into<PersonalText>, consent: Consent) -> ScanRequest {
        ScanRequest {
            qr_text: qr_text.into(),
            position: None,
            verifier_dept: None,
            verifier_name: None,
            verifier_phone: None,
            consent,
        }
    }

    super::setters! {
        /// Where the check happens: `province,city,district,street`.
        with_position position: String,
        /// The verifying unit.
        with_verifier_dept verifier_dept: String,
        /// The verifying person.
        with_verifier_name verifier_name: PersonName,
        /// That person's phone.
        with_verifier_phone verifier_phone: Phone,
    }
}

impl std::fmt::Debug for ScanRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScanRequest")
            .field("qr_text", &self.qr_text)
            .field("consent", &self.consent)
            .finish_non_exhaustive()
    }
}

/// What interface 3 answers (table B.3). Name, number and phone are as masked by the platform; `Debug` masks again.
///
/// Only [`decode`] makes one, and nobody changes its level:
///
/// ```compile_fail
/// fn open_for_everybody(result: &mut skm::ScanResult) {
///     result.level = skm::Level::Green;
/// }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ScanResult {
    /// Not to be set from outside: see [`ScanResult::level`].
    level: Level,
    /// `name`.
    pub name: Option<PersonName>,
    /// `idcardNo`, masked by the platform.
    pub id_number_masked: Option<CertificateNumber>,
    /// `phone`.
    pub phone: Option<Phone>,
    /// `tip`: advice led by the colour word.
    pub tip: Option<PersonalText>,
    /// `qrCode`.
    pub qr_code: Option<PersonalText>,
    /// Members the standard does not name, and those of a type that it does not give them, as received.
    pub extra: JsonObject,
}

impl ScanResult {
    /// The level; unknown if missing or not in the dialect's alphabet.
    pub fn level(&self) -> Level {
        self.level
    }

    /// What to do at the gate.
    pub fn verdict(&self) -> Verdict {
        Verdict::of_level(self.level)
    }

    /// The only test to write at a gate.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.verdict().is_green()
    }
}

impl std::fmt::Debug for ScanResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScanResult").field("level", &self.level).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Checks a request and makes its bytes.
///
/// # Errors
/// `consent_missing`, `input_invalid` naming the field, `qr_not_skm`, `qr_incomplete`, `config_missing` for a verifier
/// that neither the request nor the configuration names.
pub fn encode(request: &ScanRequest, unit: &ScanUnit, dialect: &Dialect) -> Result<Outgoing> {
    request.consent.check_notice()?;
    let qr = QrText::parse(request.qr_text.expose(), &dialect.qr)?;
    let position = verifier("position", request.position.as_deref(), unit.position.as_deref())?;
    let dept = verifier("verifier_dept", request.verifier_dept.as_deref(), unit.verifier_dept.as_deref())?;
    let name = verifier(
        "verifier_name",
        request.verifier_name.as_ref().map(PersonName::expose),
        unit.verifier_name.as_ref().map(PersonName::expose),
    )?;
    let name = check_name("verifier_name", name, dialect.middle_dot)?;
    let phone = verifier(
        "verifier_phone",
        request.verifier_phone.as_ref().map(Phone::expose),
        unit.verifier_phone.as_ref().map(Phone::expose),
    )?;
    Ok(Outgoing::form(form(&[
        ("url", qr.expose()),
        ("source", &unit.source),
        ("position", position),
        ("verifierDept", dept),
        ("verifierName", &name),
        ("verifierPhone", phone),
        ("token", unit.token.expose()),
    ])))
}

fn verifier<'a>(field: &'static str, asked: Option<&'a str>, configured: Option<&'a str>) -> Result<&'a str> {
    let text = asked.or(configured).ok_or_else(|| {
        let detail = safe!(
            "{} is missing: give it with the request or set scan.{}",
            "缺少 {}:请在请求中给出,或在配置中设置 scan.{}",
            field,
            field
        );
        Error::with(ErrorKind::ConfigMissing, detail)
    })?;
    check_text(field, text)
}

/// Reads an answer.
///
/// # Errors
/// `http_status`, `redirect_refused`, `answer_malformed`, `refused` and what table B.2 names.
pub fn decode(answer: &Answer, dialect: &Dialect) -> Result<ScanResult> {
    let mut body = json::answer_object(answer.success_body()?)?;
    let code = json::code(&body, "resCode")?;
    let remark = Remark::take(&mut body, "resMessage");
    if *code != dialect.scan.success {
        return Err(dialect.scan.codes.refusal(&code, remark.text()));
    }
    remark.check()?;
    let no_res = || Error::malformed(safe!("a success without res", "成功应答中没有 res"));
    let mut res = body.take_object("res").ok_or_else(no_res)?;
    let level = json::take_level(&mut res, "level")?;
    Ok(ScanResult {
        level: level.map_or(Level::Unknown, |word| dialect.level.level(word.expose())),
        name: res.take_optional("name"),
        id_number_masked: res.take_optional("idcardNo"),
        phone: res.take_optional("phone"),
        tip: res.take_optional("tip"),
        qr_code: res.take_optional("qrCode"),
        extra: res,
    })
}
