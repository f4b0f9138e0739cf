//! Interface 1, 江苏政务服务生成用户令牌接口 (Annex A): real-name data in, user token out.

use std::fmt;
use std::time::SystemTime;

use jiff::civil::Date;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::config::UserTokenUnit;
use crate::dialect::{Dialect, GatewayMethod, UserTokenDialect};
use crate::error::{Error, Result, safe};
use crate::person::{
    CertificateNumber, Consent, PapersType, PersonName, PersonalText, Phone, Secret, Sex, certificate, check_mobile,
    check_name, check_optional, clean,
};
use crate::wire::{Answer, Method, Outgoing, form, json, sign, time};

/// What interface 1 is asked (table A.2). Optional members are left out of the message when `None`. `Debug` masks.
#[derive(Clone)]
#[non_exhaustive]
pub struct UserTokenRequest {
    /// Full name; required.
    pub name: PersonName,
    /// Certificate type; 1 (resident identity card) unless set.
    pub papers_type: PapersType,
    /// Certificate number; required, checked by GB 11643 for type 1.
    pub number: CertificateNumber,
    /// Mobile number; required, mainland unless `any_mobile`.
    pub mobile: Phone,
    /// Email address.
    pub email: Option<PersonalText>,
    /// Fixed-line telephone.
    pub phone: Option<Phone>,
    /// Sent as `1` for male, `0` for female.
    pub sex: Option<Sex>,
    /// `yyyy-MM-dd`.
    pub birth_date: Option<PersonalText>,
    /// Postal address.
    pub address: Option<PersonalText>,
    /// Postal code.
    pub post: Option<String>,
    /// The person's consent; for the evidence log, never sent.
    pub consent: Consent,
    /// Lets mobile numbers pass that are not of the mainland.
    pub any_mobile: bool,
    /// Lifts a 15-digit resident identity number to 18.
    pub lift_15: bool,
}

impl UserTokenRequest {
    /// A request with the required members.
    pub fn new(
        name: impl Into<PersonName>,
        number: impl Into<CertificateNumber>,
        mobile: impl Into<Phone>,
        consent: Consent,
    ) -> UserTokenRequest {
        UserTokenRequest {
            name: name.into(),
            papers_type: PapersType::default(),
            number: number.into(),
            mobile: mobile.into(),
            email: None,
            phone: None,
            sex: None,
            birth_date: None,
            address: None,
            post: None,
            consent,
            any_mobile: false,
            lift_15: false,
        }
    }

    super::setters! {
        /// Email address.
        with_email email: PersonalText,
        /// Fixed-line telephone.
        with_phone phone: Phone,
        /// Sent as `1` for male, `0` for female.
        with_sex sex: Sex,
        /// `yyyy-MM-dd`.
        with_birth_date birth_date: PersonalText,
        /// Postal address.
        with_address address: PersonalText,
        /// Postal code.
        with_post post: String,
    }

    /// Certificate type; 1 (resident identity card) unless set.
    #[must_use]
    pub fn with_papers_type(mut self, papers_type: impl Into<PapersType>) -> UserTokenRequest {
        self.papers_type = papers_type.into();
        self
    }

    /// Lets mobile numbers pass that are not of the mainland, if `any`.
    #[must_use]
    pub fn with_any_mobile(mut self, any: bool) -> UserTokenRequest {
        self.any_mobile = any;
        self
    }

    /// Lifts a 15-digit resident identity number to 18, if `lift`.
    #[must_use]
    pub fn with_lift_15(mut self, lift: bool) -> UserTokenRequest {
        self.lift_15 = lift;
        self
    }
}

impl fmt::Debug for UserTokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTokenRequest")
            .field("name", &self.name)
            .field("number", &self.number)
            .field("mobile", &self.mobile)
            .field("consent", &self.consent)
            .finish_non_exhaustive()
    }
}

/// What interface 1 answers (table A.4). Both are opaque; the token is a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserToken {
    /// The user's token: 64 hex characters in deployments, but opaque.
    pub token: Secret,
    /// The user's id at the platform.
    pub uuid: Option<PersonalText>,
}

impl UserToken {
    /// A token that was issued before, for the page of interface 2.
    pub fn new(token: impl Into<Secret>, uuid: Option<PersonalText>) -> UserToken {
        UserToken { token: token.into(), uuid }
    }
}

/// `params`: the order of the members is the order of table A.2.
#[derive(Serialize)]
struct Params<'a> {
    name: &'a str,
    paperstype: &'a str,
    papersnumber: &'a str,
    mobile: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sex: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birthdate: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<&'a str>,
}

/// The five parameters of table A.1, in its order.
#[derive(Serialize)]
struct Parameters<'a> {
    appmark: &'a str,
    time: &'a str,
    sign: &'a str,
    servicename: &'a str,
    params: &'a str,
}

/// Checks a request and makes its bytes.
///
/// # Errors
/// `consent_missing`, or `input_invalid` naming the field.
pub fn encode(
    request: &UserTokenRequest,
    unit: &UserTokenUnit,
    dialect: &Dialect,
    now: SystemTime,
) -> Result<Outgoing> {
    let params = params_json(request, dialect.middle_dot, time::china_date(now))?;
    let dialect = &dialect.user_token;
    let params = std::str::from_utf8(&params).expect("JSON is UTF-8");
    let time = dialect.time_format.format(now);
    let mut sign = sign::sign(&unit.appmark, &unit.appword, &time);
    if dialect.sign_upper {
        sign.make_ascii_uppercase();
    }
    let parameters = Parameters {
        appmark: &unit.appmark,
        time: &time,
        sign: &sign,
        servicename: unit.servicename.as_deref().unwrap_or(&dialect.servicename),
        params,
    };
    Ok(envelope(&parameters, dialect.method))
}

fn envelope(parameters: &Parameters<'_>, method: GatewayMethod) -> Outgoing {
    if method == GatewayMethod::Json {
        return Outgoing {
            method: Method::Post,
            query: None,
            content_type: Some("application/json; charset=UTF-8".to_owned()),
            header: None,
            body: json::write(parameters),
        };
    }
    let pairs = form(&[
        ("appmark", parameters.appmark),
        ("time", parameters.time),
        ("sign", parameters.sign),
        ("servicename", parameters.servicename),
        ("params", parameters.params),
    ]);
    if method == GatewayMethod::Form {
        return Outgoing::form(pairs);
    }
    Outgoing {
        method: Method::Get,
        query: Some(Zeroizing::new(pairs)),
        content_type: None,
        header: None,
        body: Zeroizing::default(),
    }
}

/// `yyyy-MM-dd`; the parser takes signs, longer years and times of day too.
fn is_birth_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok_and(|date| date.to_string() == text)
}

/// The JSON text of table A.2, each member checked and in the form in which it is sent.
fn params_json(request: &UserTokenRequest, middle_dot: bool, today: Date) -> Result<Zeroizing<Vec<u8>>> {
    request.consent.check_notice()?;
    let name = PersonName::from(check_name("name", request.name.expose(), middle_dot)?);
    let number = certificate::check(&request.papers_type, &request.number, request.lift_15, today)?;
    Ok(json::write(&Params {
        name: name.expose(),
        paperstype: request.papers_type.as_str(),
        papersnumber: number.expose(),
        mobile: check_mobile("mobile", &request.mobile, request.any_mobile)?,
        email: check_optional("email", request.email.as_ref().map(PersonalText::expose))?,
        phone: check_optional("phone", request.phone.as_ref().map(Phone::expose))?,
        sex: request.sex.map(Sex::code),
        birthdate: check_birth_date(request.birth_date.as_ref().map(PersonalText::expose))?,
        address: check_optional("address", request.address.as_ref().map(PersonalText::expose))?,
        post: check_optional("post", request.post.as_deref())?,
    }))
}

fn check_birth_date(given: Option<&str>) -> Result<Option<&str>> {
    let date = given.map(clean::text);
    if date.is_none_or(is_birth_date) {
        return Ok(date);
    }
    let detail = safe!("birth_date must be a date written yyyy-MM-dd", "birth_date 须为 yyyy-MM-dd 格式的日期");
    Err(Error::input("birth_date", detail))
}

/// Reads an answer. `now` is this machine's clock: a refusal that a wrong clock explains becomes `clock_skew`.
///
/// # Errors
/// `http_status`, `redirect_refused`, `answer_malformed`, `refused` and what the dialect's code table names,
/// `clock_skew`.
pub fn decode(answer: &Answer, dialect: &UserTokenDialect, now: SystemTime) -> Result<UserToken> {
    let mut body = json::answer_object(answer.success_body()?)?;
    let code = json::code(&body, "retcode")?;
    let remark = json::Remark::take(&mut body, "msg");
    if *code != dialect.success {
        return Err(refusal(&code, remark.text(), answer, dialect, now));
    }
    remark.check()?;
    let no_token = || Error::malformed(safe!("a success without a token", "成功应答中没有 token"));
    let mut data = body.take_object("data").ok_or_else(no_token)?;
    let token: Secret = json::required_text(&mut data, "token")?;
    if token.expose().is_empty() {
        return Err(no_token());
    }
    let uuid: Option<PersonalText> = data.take_optional("uuid");
    Ok(UserToken { token, uuid: uuid.filter(|uuid| !uuid.expose().is_empty()) })
}

fn refusal(code: &str, text: Option<&str>, answer: &Answer, dialect: &UserTokenDialect, now: SystemTime) -> Error {
    let refused = dialect.codes.refusal(code, text);
    let Some(date) = answer.date else { return refused };
    let offset = time::unix_seconds(now) - date;
    if offset.abs() > dialect.max_skew_s && dialect.skew_codes.iter().any(|known| known == code) {
        return refused.explained_by_skew(offset);
    }
    refused
}
