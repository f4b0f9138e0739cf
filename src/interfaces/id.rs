//! Interface 4, 苏康码证件号码核验接口 (Annexes C and D): certificate number and name in, level out, both ways encrypted.

use std::fmt;
use std::time::SystemTime;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::audit::Subject;
use crate::config::{Config, IdUnit};
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result, safe};
use crate::interfaces::Exchange;
use crate::member::{OnWire, answer, request};
use crate::person::{
    CertificateNumber, Consent, PapersType, PersonName, PersonalText, certificate, check_name, check_optional,
};
use crate::verdict::Level;
use crate::wire::cipher::Cipher;
use crate::wire::json::{self, JsonObject};
use crate::wire::{Answer, Method, Outgoing, time};

request! {
    Id => IdResult;
    /// What interface 4 is asked (table C.2).
    #[derive(Debug)]
    pub struct IdRequest {
        pub number: CertificateNumber = "userid", "certificate number", "证件号码";
        pub name: PersonName = "name", "full name", "姓名";
        pub papers_type: PapersType = "", "certificate type, by which the number is checked before the call; 1 unless set", "证件类型,调用前据此校验号码;默认 1";
        pub organize_location: Option<String> = "organizeLocation", "place or unit; overrides the configuration's", "单位或地点,优先于配置";
        pub apply_type: Option<String> = "applyType", "kind of application; overrides the configuration's", "应用类型,优先于配置";
        pub lift_15: bool = "", "lifts a 15-digit resident identity number to 18", "将 15 位身份证号码升为 18 位";
    }
}

impl IdRequest {
    /// A request with the required members.
    pub fn new(number: impl Into<CertificateNumber>, name: impl Into<PersonName>, consent: Consent) -> IdRequest {
        IdRequest {
            number: number.into(),
            name: name.into(),
            papers_type: PapersType::default(),
            organize_location: None,
            apply_type: None,
            consent,
            lift_15: false,
        }
    }

    super::setters! {
        /// Place or unit; overrides the configuration's.
        with_organize_location organize_location: String,
        /// Kind of application; overrides the configuration's.
        with_apply_type apply_type: String,
    }

    /// How the number is checked before the call; never sent.
    #[must_use]
    pub fn with_papers_type(mut self, papers_type: impl Into<PapersType>) -> IdRequest {
        self.papers_type = papers_type.into();
        self
    }

    /// Lifts a 15-digit resident identity number to 18, if `lift`.
    #[must_use]
    pub fn with_lift_15(mut self, lift: bool) -> IdRequest {
        self.lift_15 = lift;
        self
    }
}

answer! {
    verdict;
    /// What interface 4 answers (Annex C). `Debug` masks, and leaves out what is about the person's health and travel.
    ///
    /// Only [`decode`] makes one, and nobody changes its level:
    ///
    /// ```compile_fail
    /// fn open_for_everybody(result: &mut skm::IdResult) {
    ///     result.level = skm::Level::Green;
    /// }
    /// ```
    #[derive(Clone, PartialEq)]
    pub struct IdResult {
        level: Level = "levelData", "the level", "健康码等级";
        pub number: CertificateNumber = "userid", "certificate number: always the one that was asked for", "证件号码,必为所查询的号码";
        pub name: PersonName = "name", "full name", "姓名";
        pub travel: Option<PersonalText> = "xcValue", "travel record text", "行程信息";
        pub reason: Option<PersonalText> = "exceptionCodeReason", "why a code is not green", "非绿码的原因";
    }
}

impl fmt::Debug for IdResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdResult")
            .field("level", &self.level)
            .field("number", &self.number)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The bytes of a request, and the normal form of the number it asks for: the answer must be about that one.
#[non_exhaustive]
pub struct SealedRequest {
    /// What is sent.
    pub outgoing: Outgoing,
    /// Whom it is about.
    pub number: CertificateNumber,
}

impl Exchange for IdRequest {
    /// The normal form of the number: the answer must be about that one.
    type Asked = CertificateNumber;

    /// A birth date must not be in the future.
    fn is_judged_by_clock(&self) -> bool {
        self.papers_type.is_resident_id()
    }

    fn encode(&self, config: &Config, now: SystemTime) -> Result<(Outgoing, CertificateNumber)> {
        encode(self, config.id()?, &config.dialect, now).map(|sealed| (sealed.outgoing, sealed.number))
    }

    fn decode(answer: &Answer, asked: &CertificateNumber, config: &Config, _: SystemTime) -> Result<IdResult> {
        decode(answer, asked, &config.id()?.body_cipher, &config.dialect)
    }

    fn subject(&self, _: &Config) -> Option<Subject> {
        Some(Subject::certificate(&self.number))
    }
}

/// Checks a request and makes its bytes.
///
/// # Errors
/// `consent_missing`, or `input_invalid` naming the field.
pub fn encode(request: &IdRequest, unit: &IdUnit, dialect: &Dialect, now: SystemTime) -> Result<SealedRequest> {
    request.consent.check_notice()?;
    let [number, name, _, organize_location, apply_type, _] = &IdRequest::MEMBERS;
    let asked = certificate::check(&request.papers_type, &request.number, request.lift_15, time::china_date(now))?;
    let named = PersonName::from(check_name(name.name, request.name.expose(), dialect.middle_dot)?);
    let place = request.organize_location.as_deref().or(unit.organize_location.as_deref());
    let purpose = request.apply_type.as_deref().or(unit.apply_type.as_deref());
    let plain = json::write(&OnWire(&[
        (number, Some(asked.expose())),
        (name, Some(named.expose())),
        (organize_location, check_optional(organize_location.name, place)?),
        (apply_type, check_optional(apply_type.name, purpose)?),
    ]));
    let outgoing = Outgoing {
        method: Method::Post,
        query: None,
        content_type: Some(dialect.id.content_type.clone()),
        header: Some((dialect.id.auth_header.clone(), unit.auth.clone())),
        body: Zeroizing::new(unit.body_cipher.seal(&plain).into_bytes()),
    };
    Ok(SealedRequest { outgoing, number: asked })
}

/// Reads an answer about `asked`.
///
/// # Errors
/// `http_status`, `redirect_refused`, `answer_malformed`, `answer_unreadable`, `refused` and what the dialect's code
/// table names.
pub fn decode(answer: &Answer, asked: &CertificateNumber, body_cipher: &Cipher, dialect: &Dialect) -> Result<IdResult> {
    let mut body = json::answer_object(answer.success_body()?)?;
    let code = json::code(&body, "code")?;
    if *code != dialect.id.success {
        let text =
            ["message", "msg", "data"].iter().find_map(|key| body.get(*key)?.as_str().filter(|text| !text.is_empty()));
        return Err(dialect.id.codes.refusal(&code, text));
    }
    let inner = match body.get("data") {
        Some(Value::Object(_)) if dialect.id.plain_data => body.take_object("data"),
        Some(Value::String(sealed)) => Some(open(sealed, body_cipher, &body)?),
        _ => None,
    };
    let mut inner = inner.ok_or_else(|| Error::malformed(safe!("a success without data", "成功应答中没有 data")))?;
    let [level, number, name, travel, reason] = &IdResult::MEMBERS;
    let answered: CertificateNumber = json::required_text(&mut inner, number.wire)?;
    if !is_same_number(answered.expose(), asked.expose()) {
        return Err(Error::malformed(safe!("the answer is about another person", "应答对应的不是所查询的人")));
    }
    let named: PersonName = json::required_text(&mut inner, name.wire)?;
    if named.expose().is_empty() {
        return Err(Error::malformed(safe!("name is empty", "name 为空")));
    }
    let word = json::take_level(&mut inner, level.wire)?;
    let word = word.ok_or_else(|| Error::malformed(safe!("levelData is missing", "缺少 levelData")))?;
    Ok(IdResult {
        level: dialect.level.level(word.expose()),
        number: answered,
        name: named,
        travel: inner.take_optional(travel.wire),
        reason: inner.take_optional(reason.wire),
        extra: inner,
    })
}

/// The same number, but for the case of a final `x`.
fn is_same_number(answered: &str, asked: &str) -> bool {
    fn digits_and_x(number: &str) -> (&str, bool) {
        number.strip_suffix(['x', 'X']).map_or((number, false), |digits| (digits, true))
    }
    digits_and_x(answered) == digits_and_x(asked)
}

/// Wrong padding, bad UTF-8 and bad JSON inside are one and the same error: no padding oracle.
fn open(sealed: &str, cipher: &Cipher, outer: &JsonObject) -> Result<JsonObject> {
    let plain = cipher.open(sealed).map_err(|_| ErrorKind::AnswerUnreadable)?;
    outer.parse_inside(plain.as_bytes(), ErrorKind::AnswerUnreadable)
}
