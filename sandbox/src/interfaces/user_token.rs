//! Interface 1, 江苏政务服务生成用户令牌接口 (Annex A).

use std::time::Duration;

use jiff::civil::Date;
use serde_json::{Map, Value, json};
use skm::dialect::{Dialect, GatewayMethod};
use skm::person::{Secret, mask};
use skm::platform::{self, TimeFault, UserTokenCall};
use skm::wire::Method;

use super::members::Place;
use super::{Asked, check_content_type, check_method, check_number, read_pairs, required, shown};
use crate::explain;
use crate::faults::Interface;
use crate::magic;
use crate::people::is_mobile;
use crate::reply::{Content, Heard, Refusal, Reply};
use crate::settings::DataForm;
use crate::text::Say;
use crate::tokens::UserToken;
use crate::world::World;

const APPMARK_UNKNOWN: u16 = 201;
const SIGN_WRONG: u16 = 202;
const ARGUMENTS_WRONG: u16 = 203;
const FIELD_EMPTY: u16 = 204;
const NUMBER_MALFORMED: u16 = 207;
const MOBILE_MALFORMED: u16 = 209;
const OTHER: u16 = 299;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Table A.1.
const PARAMETERS: [&str; 5] = ["appmark", "time", "sign", "servicename", "params"];
/// Table A.2; the first `REQUIRED` are required.
const ROWS: [&str; 10] =
    ["name", "paperstype", "papersnumber", "mobile", "email", "phone", "sex", "birthdate", "address", "post"];
const REQUIRED: usize = 4;

/// Answers one request.
pub fn answer(world: &mut World, asked: &Asked) -> Reply {
    let mut heard = Heard::default();
    let outcome = issue(world, asked, &mut heard);
    let success = world.dialect.user_token.success.clone();
    let (code, say, status, content) = match outcome {
        Ok(token) => {
            let data = spell(world.settings.data_form, &token);
            let say = Say::new("成功", "token issued");
            (success.clone(), say, 200, json!({"retcode": success, "msg": "成功", "data": data}))
        }
        Err(Refusal { code, say, status }) => {
            let code = code.spelled(&world.dialect.user_token.codes, &success, &Dialect::built_in().user_token.codes);
            let content = json!({"retcode": code, "msg": say.to_string()});
            (code, say, status, content)
        }
    };
    Reply {
        interface: Interface::IssueUserToken,
        code,
        say,
        fields: heard.fields,
        person: heard.person,
        status,
        content: Content::Json(content),
    }
}

fn issue(world: &mut World, asked: &Asked, heard: &mut Heard) -> Result<UserToken, Refusal> {
    check_method(world, Interface::IssueUserToken, asked, ARGUMENTS_WRONG)?;
    let call = read(world, asked)?;
    if call.appmark != world.credentials.appmark {
        return Err(Refusal::new(APPMARK_UNKNOWN, "应用标识 appmark 不存在", "the appmark is unknown"));
    }
    check_sign(world, &call)?;
    check_time(world, asked, &call.time)?;
    heard.note("time", call.time.clone());
    if call.servicename != world.dialect.user_token.servicename {
        return Err(Refusal::new(ARGUMENTS_WRONG, "服务名 servicename 不存在", "the servicename is unknown"));
    }
    let rows = read_params(call.params.expose(), world.lenient)?;
    let person = check_person(world, asked, &rows, heard)?;
    Ok(world.tokens.issue(&person, asked.time.now))
}

/// The five parameters of table A.1.
fn read(world: &World, asked: &Asked) -> Result<UserTokenCall, Refusal> {
    let lenient = world.lenient;
    let way = way(world, asked);
    let parameters = match way {
        GatewayMethod::Query => read_pairs(asked.query.as_bytes(), &PARAMETERS, ARGUMENTS_WRONG, lenient)?,
        GatewayMethod::Form => {
            check_content_type(asked, FORM, ARGUMENTS_WRONG)?;
            read_pairs(asked.body, &PARAMETERS, ARGUMENTS_WRONG, lenient)?
        }
        _ => {
            check_content_type(asked, JSON, ARGUMENTS_WRONG)?;
            let place = Place { known: &PARAMETERS, code: ARGUMENTS_WRONG, zh: "请求体", en: "the body", lenient };
            place.read(asked.body)?
        }
    };
    for name in PARAMETERS {
        required(&parameters, name, FIELD_EMPTY)?;
    }
    let method = if way == GatewayMethod::Query { Method::Get } else { Method::Post };
    platform::read_user_token(method, asked.content_type(), Some(asked.query), asked.body)
        .map_err(|error| Refusal::unread(ARGUMENTS_WRONG, &error))
}

/// How the parameters come: as the dialect says or, lenient, as they do.
fn way(world: &World, asked: &Asked) -> GatewayMethod {
    let essence = asked.content_type().and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    match asked.method.as_str() {
        _ if !world.lenient => world.dialect.user_token.method,
        "GET" => GatewayMethod::Query,
        _ if essence.eq_ignore_ascii_case(JSON) => GatewayMethod::Json,
        _ => GatewayMethod::Form,
    }
}

fn read_params(params: &str, lenient: bool) -> Result<Vec<(&'static str, String)>, Refusal> {
    let place = Place { known: &ROWS, code: ARGUMENTS_WRONG, zh: "params", en: "params", lenient };
    let mut rows = place.read(params.as_bytes())?;
    place.check_form(params.as_bytes(), &rows, REQUIRED)?;
    // What a lenient sandbox lets be empty is as if it were not there.
    rows.retain(|(name, value)| ROWS[..REQUIRED].contains(name) || !value.trim().is_empty());
    Ok(rows)
}

fn check_sign(world: &World, call: &UserTokenCall) -> Result<(), Refusal> {
    let appword = Secret::from(world.credentials.appword.as_str());
    if platform::check_sign(call, &appword) {
        return Ok(());
    }
    let signed = explain::sign::Signed {
        appmark: &call.appmark,
        appword: appword.expose(),
        time: &call.time,
        params: call.params.expose(),
        servicename: &call.servicename,
        sign: call.sign.expose(),
    };
    Err(Refusal::because(
        SIGN_WRONG,
        Say::new("签名不符", "the sign does not match").and(&explain::sign::explain(&signed)),
    ))
}

fn check_time(world: &World, asked: &Asked, time: &str) -> Result<(), Refusal> {
    let dialect = &world.dialect.user_token;
    let window = Duration::from_secs(dialect.max_skew_s.unsigned_abs());
    let say = match platform::check_time(time, dialect, asked.time.now.system(), window) {
        Ok(()) => return Ok(()),
        Err(TimeFault::OutsideWindow(ahead_s)) => explain::time::explain_skew(ahead_s, dialect.max_skew_s),
        Err(_) => return Err(Refusal::because(ARGUMENTS_WRONG, explain::time::explain_format(time))),
    };
    // A code by which a client can tell that its clock may be wrong: the usual one if it is among the dialect's.
    let usual = SIGN_WRONG.to_string();
    match dialect.skew_codes.iter().find(|code| **code == usual).or(dialect.skew_codes.first()) {
        Some(code) => Err(Refusal::exactly(code, say)),
        None => Err(Refusal::because(SIGN_WRONG, say)),
    }
}

/// Checks table A.2 and gives the certificate number of the person, whose profile is created if there is none.
fn check_person(
    world: &mut World,
    asked: &Asked,
    rows: &[(&'static str, String)],
    heard: &mut Heard,
) -> Result<String, Refusal> {
    let name = required(rows, "name", FIELD_EMPTY)?;
    heard.note("name", mask::name(name));
    let papers_type = required(rows, "paperstype", FIELD_EMPTY)?;
    heard.note("paperstype", shown(papers_type));
    let number = required(rows, "papersnumber", FIELD_EMPTY)?;
    heard.note("papersnumber", mask::certificate(number));
    heard.person = Some(number.to_ascii_uppercase());
    let mobile = required(rows, "mobile", FIELD_EMPTY)?;
    heard.note("mobile", mask::phone(mobile));

    check_number(papers_type, number, asked.time, NUMBER_MALFORMED, world.lenient)?;
    if !is_mobile(mobile) {
        return Err(Refusal::new(
            MOBILE_MALFORMED,
            "手机号码应为以 1 开头的 11 位数字",
            "the mobile must be 11 digits starting with 1",
        ));
    }
    check_sex_and_birth(rows)?;
    if let Some(code) = magic::code_of_mobile(mobile) {
        return Err(Refusal::magic(code, ("手机号", "mobile")));
    }
    match world.people.by_number(number) {
        Some(known) if known.name != name || known.papers_type != papers_type => Err(Refusal::new(
            OTHER,
            "实名信息与统一用户不一致:该证件号码已登记为其他姓名或证件类型",
            "the real-name data disagree with the unified user: this number is known with another name or type",
        )),
        Some(known) => Ok(known.number.clone()),
        None => {
            let number = number.to_ascii_uppercase();
            world.people.create(name, papers_type, &number, mobile);
            Ok(number)
        }
    }
}

fn check_sex_and_birth(rows: &[(&'static str, String)]) -> Result<(), Refusal> {
    let row = |name| rows.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    if row("sex").is_some_and(|sex| !matches!(sex, "0" | "1")) {
        return Err(Refusal::new(ARGUMENTS_WRONG, "sex 应为 1(男)或 0(女)", "sex must be 1 (male) or 0 (female)"));
    }
    // Reading takes signs and fewer digits too.
    let is_date =
        |text: &str| text.len() == 10 && Date::strptime("%Y-%m-%d", text).is_ok_and(|date| date.to_string() == text);
    if row("birthdate").is_some_and(|date| !is_date(date)) {
        return Err(Refusal::new(ARGUMENTS_WRONG, "birthdate 应为 yyyy-MM-dd", "birthdate must be yyyy-MM-dd"));
    }
    Ok(())
}

fn spell(form: DataForm, token: &UserToken) -> Value {
    let data = Value::Object(Map::from_iter([
        ("token".to_owned(), json!(token.token)),
        ("uuid".to_owned(), json!(token.uuid)),
    ]));
    form.wrap(data)
}
