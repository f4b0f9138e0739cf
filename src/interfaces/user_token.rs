//! Interface 1, 江苏政务服务生成用户令牌接口 (Annex A): real-name data in, user token out.

use std::fmt;
use std::time::SystemTime;

use jiff::civil::Date;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::audit::Subject;
use crate::config::{Config, UserTokenUnit};
use crate::dialect::{Dialect, GatewayMethod, UserTokenDialect};
use crate::error::{Error, Result, safe};
use crate::interfaces::Exchange;
use crate::member::{Member, OnWire, Value, answer, request};
use crate::person::{
    CertificateNumber, Consent, PapersType, PersonName, PersonalText, Phone, Secret, Sex, certificate, check_mobile,
    check_name, check_optional, clean,
};
use crate::wire::{Answer, Method, Outgoing, form, json, sign, time};

request! {
    UserToken => UserToken;
    /// What interface 1 is asked (table A.2). Optional members are left out of the message when `None`. `Debug` masks.
    pub struct UserTokenRequest {
        pub name: PersonName = "name", "full name", "姓名";
        pub papers_type: PapersType = "paperstype", "certificate type; 1 (resident identity card) unless set", "证件类型;默认 1(居民身份证)";
        pub number: CertificateNumber = "papersnumber", "certificate number, checked by GB 11643 for type 1", "证件号码,类型 1 按 GB 11643 校验";
        pub mobile: Phone = "mobile", "mobile number, of the mainland unless any_mobile", "手机号,未设 any_mobile 时须为大陆号码";
        pub email: Option<PersonalText> = "email", "email address", "电子邮箱";
        pub phone: Option<Phone> = "phone", "fixed-line telephone", "固定电话";
        pub sex: Option<Sex> = "sex", "`1` male, `0` female", "性别:`1` 男,`0` 女";
        pub birth_date: Option<PersonalText> = "birthdate", "date of birth, `yyyy-MM-dd`", "出生日期,`yyyy-MM-dd`";
        pub address: Option<PersonalText> = "address", "postal address", "通讯地址";
        pub post: Option<String> = "post", "postal code", "邮政编码";
        pub any_mobile: bool = "", "lets mobile numbers pass that are not of the mainland", "允许非大陆手机号";
        pub lift_15: bool = "", "lifts a 15-digit resident identity number to 18", "将 15 位身份证号码升为 18 位";
    }
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

answer! {
    /// What interface 1 answers (table A.4), and what interface 2 is asked. Both are opaque; the token is a credential.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct UserToken {
        pub token: Secret = "token", "the user's token", "用户令牌";
        pub uuid: Option<PersonalText> = "uuid", "the user's id at the platform", "用户在平台的标识";
    }
}

impl UserToken {
    /// A token that was issued earlier.
    pub fn new(token: impl Into<Secret>, uuid: Option<PersonalText>) -> UserToken {
        UserToken { token: token.into(), uuid }
    }
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

impl Exchange for UserTokenRequest {
    type Asked = ();

    /// The time stamp is signed.
    fn is_judged_by_clock(&self) -> bool {
        true
    }

    fn encode(&self, config: &Config, now: SystemTime) -> Result<(Outgoing, ())> {
        encode(self, config.user_token()?, &config.dialect, now).map(|outgoing| (outgoing, ()))
    }

    fn decode(answer: &Answer, (): &(), config: &Config, now: SystemTime) -> Result<UserToken> {
        decode(answer, &config.dialect.user_token, now)
    }

    fn subject(&self, _: &Config) -> Option<Subject> {
        Some(Subject::certificate(&self.number))
    }
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
    let [name, papers_type, number, mobile, email, phone, sex, birth_date, address, post, _, _] =
        &UserTokenRequest::MEMBERS;
    let named = PersonName::from(check_name(name.name, request.name.expose(), middle_dot)?);
    let numbered = certificate::check(&request.papers_type, &request.number, request.lift_15, today)?;
    let optional = |member: &'static Member, text| check_optional(member.name, text).map(|text| (member, text));
    Ok(json::write(&OnWire(&[
        (name, Some(named.expose())),
        (papers_type, Some(request.papers_type.as_str())),
        (number, Some(numbered.expose())),
        (mobile, Some(check_mobile(mobile.name, &request.mobile, request.any_mobile)?)),
        optional(email, request.email.text())?,
        optional(phone, request.phone.text())?,
        (sex, request.sex.map(Sex::code)),
        (birth_date, check_birth_date(request.birth_date.text())?),
        optional(address, request.address.text())?,
        optional(post, request.post.text())?,
    ])))
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
    let [token_member, uuid_member] = &UserToken::MEMBERS;
    let token: Secret = json::required_text(&mut data, token_member.wire)?;
    if token.expose().is_empty() {
        return Err(no_token());
    }
    let uuid: Option<PersonalText> = data.take_optional(uuid_member.wire);
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
