//! Interface 3, 苏康码扫码核验接口 (Annex B): the text of a scanned code in, level out.

use std::time::SystemTime;

use crate::audit::Subject;
use crate::config::{Config, ScanUnit};
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result, safe};
use crate::interfaces::Exchange;
use crate::interfaces::qr::QrText;
use crate::member::{Member, Value, answer, request};
use crate::person::{CertificateNumber, Consent, PersonName, PersonalText, Phone, check_name, check_text};
use crate::verdict::Level;
use crate::wire::json::{self, Remark};
use crate::wire::{Answer, Outgoing, form};

request! {
    Scan => ScanResult;
    /// What interface 3 is asked (table B.1). The verifier's members override the configuration's.
    pub struct ScanRequest {
        pub qr_text: PersonalText = "url", "the full text of the scanned code", "扫到的二维码全文";
        pub position: Option<String> = "position", "where: `province,city,district,street`", "核验地点:`省,市,区,街道`";
        pub verifier_dept: Option<String> = "verifierDept", "the verifying unit", "核验单位";
        pub verifier_name: Option<PersonName> = "verifierName", "the verifying person", "核验人";
        pub verifier_phone: Option<Phone> = "verifierPhone", "that person's phone", "核验人电话";
    }
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

answer! {
    verdict;
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
    pub struct ScanResult {
        level: Level = "level", "the level", "健康码等级";
        pub name: Option<PersonName> = "name", "name, masked by the platform", "姓名(平台已脱敏)";
        pub id_number_masked: Option<CertificateNumber> = "idcardNo", "certificate number, masked by the platform", "证件号码(平台已脱敏)";
        pub phone: Option<Phone> = "phone", "telephone number, masked by the platform", "电话(平台已脱敏)";
        pub tip: Option<PersonalText> = "tip", "advice for the person, led by the colour word; never decide by it", "以颜色词开头的提示语,不得据此判断";
        pub qr_code: Option<PersonalText> = "qrCode", "the code's identity", "二维码标识";
    }
}

impl std::fmt::Debug for ScanResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScanResult").field("level", &self.level).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Exchange for ScanRequest {
    type Asked = ();

    fn encode(&self, config: &Config, _: SystemTime) -> Result<(Outgoing, ())> {
        encode(self, config.scan()?, &config.dialect).map(|outgoing| (outgoing, ()))
    }

    fn decode(answer: &Answer, (): &(), config: &Config, _: SystemTime) -> Result<ScanResult> {
        decode(answer, &config.dialect)
    }

    fn subject(&self, config: &Config) -> Option<Subject> {
        Subject::scanned(&self.qr_text, &config.dialect.qr)
    }

    fn verifier<'a>(&'a self, config: &'a Config) -> Option<&'a PersonName> {
        self.verifier_name.as_ref().or_else(|| config.scan.as_ref()?.verifier_name.as_ref())
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
    let [url, position, dept, name, phone] = &ScanRequest::MEMBERS;
    let place = verifier(position, request.position.as_deref().or(unit.position.as_deref()))?;
    let verifying_unit = verifier(dept, request.verifier_dept.as_deref().or(unit.verifier_dept.as_deref()))?;
    let person = verifier(name, request.verifier_name.text().or(unit.verifier_name.text()))?;
    let telephone = verifier(phone, request.verifier_phone.text().or(unit.verifier_phone.text()))?;
    Ok(Outgoing::form(form(&[
        (url.wire, qr.expose()),
        ("source", &unit.source),
        (position.wire, place),
        (dept.wire, verifying_unit),
        (name.wire, &check_name(name.name, person, dialect.middle_dot)?),
        (phone.wire, telephone),
        ("token", unit.token.expose()),
    ])))
}

fn verifier<'a>(member: &Member, given: Option<&'a str>) -> Result<&'a str> {
    let text = given.ok_or_else(|| {
        let detail = safe!(
            "{} is missing: give it with the request or set scan.{}",
            "缺少 {}:请在请求中给出,或在配置中设置 scan.{}",
            member.name,
            member.name
        );
        Error::with(ErrorKind::ConfigMissing, detail)
    })?;
    check_text(member.name, text)
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
    let [level, name, id_number_masked, phone, tip, qr_code] = &ScanResult::MEMBERS;
    let word = json::take_level(&mut res, level.wire)?;
    Ok(ScanResult {
        level: word.map_or(Level::Unknown, |word| dialect.level.level(word.expose())),
        name: res.take_optional(name.wire),
        id_number_masked: res.take_optional(id_number_masked.wire),
        phone: res.take_optional(phone.wire),
        tip: res.take_optional(tip.wire),
        qr_code: res.take_optional(qr_code.wire),
        extra: res,
    })
}
