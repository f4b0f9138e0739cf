//! Interface 4, 苏康码证件号码核验接口 (Annexes C and D): certificate number and name in, level out, both ways encrypted.

use std::fmt;
use std::time::SystemTime;

use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::config::IdUnit;
use crate::dialect::Dialect;
use crate::error::{Error, ErrorKind, Result, safe};
use crate::person::{
    CertificateNumber, Consent, PapersType, PersonName, PersonalText, certificate, check_name, check_optional,
};
use crate::verdict::{Level, Verdict};
use crate::wire::cipher::Cipher;
use crate::wire::json::{self, JsonObject};
use crate::wire::{Answer, Method, Outgoing, time};

/// What interface 4 is asked (table C.2).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IdRequest {
    /// Certificate number; required.
    pub number: CertificateNumber,
    /// Full name; required.
    pub name: PersonName,
    /// How the number is checked before the call; never sent.
    pub papers_type: PapersType,
    /// Place or unit; overrides the configuration's.
    pub organize_location: Option<String>,
    /// Kind of application; overrides the configuration's.
    pub apply_type: Option<String>,
    /// The person's consent; for the evidence log, never sent.
    pub consent: Consent,
    /// Lifts a 15-digit resident identity number to 18.
    pub lift_15: bool,
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
#[non_exhaustive]
pub struct IdResult {
    /// Not to be set from outside: see [`IdResult::level`].
    level: Level,
    /// `userid`: always the number that was asked for.
    pub number: CertificateNumber,
    /// `name`.
    pub name: PersonName,
    /// `xcValue`: travel record text.
    pub travel: Option<PersonalText>,
    /// `exceptionCodeReason`: why a code is not green.
    pub reason: Option<PersonalText>,
    /// Members the standard does not name, and those of a type that it does not give them, as received.
    pub extra: JsonObject,
}

impl IdResult {
    /// The level (`levelData`); unknown if not in the dialect's alphabet.
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

impl fmt::Debug for IdResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdResult")
            .field("level", &self.level)
            .field("number", &self.number)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The body before encryption: the order of the members is the order of table C.2.
#[derive(Serialize)]
struct Body<'a> {
    userid: &'a str,
    name: &'a str,
    #[serde(rename = "organizeLocation", skip_serializing_if = "Option::is_none")]
    organize_location: Option<&'a str>,
    #[serde(rename = "applyType", skip_serializing_if = "Option::is_none")]
    apply_type: Option<&'a str>,
}

/// The bytes of a request, and the normal form of the number it asks for: the answer must be about that one.
#[non_exhaustive]
pub struct Asked {
    /// What is sent.
    pub outgoing: Outgoing,
    /// Whom it is about.
    pub number: CertificateNumber,
}

/// Checks a request and makes its bytes.
///
/// # Errors
/// `consent_missing`, or `input_invalid` naming the field.
pub fn encode(request: &IdRequest, unit: &IdUnit, dialect: &Dialect, now: SystemTime) -> Result<Asked> {
    request.consent.check_notice()?;
    let today = time::china_date(now);
    let number = certificate::check(&request.papers_type, &request.number, request.lift_15, today)?;
    let name = PersonName::from(check_name("name", request.name.expose(), dialect.middle_dot)?);
    let organize_location = request.organize_location.as_deref().or(unit.organize_location.as_deref());
    let apply_type = request.apply_type.as_deref().or(unit.apply_type.as_deref());
    let body = Body {
        userid: number.expose(),
        name: name.expose(),
        organize_location: check_optional("organize_location", organize_location)?,
        apply_type: check_optional("apply_type", apply_type)?,
    };
    let plain = json::write(&body);
    let outgoing = Outgoing {
        method: Method::Post,
        query: None,
        content_type: Some(dialect.id.content_type.clone()),
        header: Some((dialect.id.auth_header.clone(), unit.auth.clone())),
        body: Zeroizing::new(unit.body_cipher.seal(&plain).into_bytes()),
    };
    Ok(Asked { outgoing, number })
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
    let userid: CertificateNumber = json::required_text(&mut inner, "userid")?;
    if !is_same_number(userid.expose(), asked.expose()) {
        return Err(Error::malformed(safe!("the answer is about another person", "应答对应的不是所查询的人")));
    }
    let name: PersonName = json::required_text(&mut inner, "name")?;
    if name.expose().is_empty() {
        return Err(Error::malformed(safe!("name is empty", "name 为空")));
    }
    let level = json::take_level(&mut inner, "levelData")?;
    let level = level.ok_or_else(|| Error::malformed(safe!("levelData is missing", "缺少 levelData")))?;
    Ok(IdResult {
        level: dialect.level.level(level.expose()),
        number: userid,
        name,
        travel: inner.take_optional("xcValue"),
        reason: inner.take_optional("exceptionCodeReason"),
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
