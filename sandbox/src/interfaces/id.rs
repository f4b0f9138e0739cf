//! Interface 4, 苏康码证件号码核验接口 (Annexes C and D).

use serde_json::{Value, json};
use skm::dialect::Dialect;
use skm::person::mask;
use skm::wire::json as strict_json;

use super::members::Place;
use super::{Asked, check_content_type, check_method, check_number, shown};
use crate::explain;
use crate::explain::cipher::Opening;
use crate::faults::Interface;
use crate::magic;
use crate::people::Person;
use crate::reply::{Content, Heard, Refusal, Reply};
use crate::text::Say;
use crate::world::World;

const BODY_UNREADABLE: u16 = 400;
const AUTH_UNKNOWN: u16 = 401;
const NO_SUCH_PERSON: u16 = 404;

/// Table C.2; the first `REQUIRED` are required.
const ROWS: [&str; 4] = ["userid", "name", "organizeLocation", "applyType"];
const REQUIRED: usize = 2;

/// Answers one request.
pub fn answer(world: &mut World, asked: &Asked) -> Reply {
    let mut heard = Heard::default();
    let outcome = verify(world, asked, &mut heard);
    let success = world.dialect.id.success.clone();
    let (code, say, status, content) = match outcome {
        Ok((inner, note)) => {
            let outer = json!({"code": success, "message": "成功"});
            let say = note.unwrap_or_else(|| Say::new("成功", "verified"));
            (success, say, 200, Content::Sealed { outer, inner })
        }
        Err(Refusal { code, say, status }) => {
            let code = code.spelled(&world.dialect.id.codes, &success, &Dialect::built_in().id.codes);
            let outer = json!({"code": code, "message": say.to_string()});
            (code, say, status, Content::Json(outer))
        }
    };
    Reply { interface: Interface::VerifyId, code, say, fields: heard.fields, person: heard.person, status, content }
}

fn verify(world: &World, asked: &Asked, heard: &mut Heard) -> Result<(Value, Option<Say>), Refusal> {
    check_method(world, Interface::VerifyId, asked, BODY_UNREADABLE)?;
    check_content_type(asked, &world.dialect.id.content_type, BODY_UNREADABLE)?;
    let auth_note = check_auth(world, asked)?;
    let sealed = std::str::from_utf8(asked.body).unwrap_or_default();
    let rows = open_body(world, sealed)?;
    let row = |name: &str| value(&rows, name);
    let (userid, name) = (row("userid"), row("name"));
    heard.note("userid", mask::certificate(userid));
    heard.note("name", mask::name(name));
    heard.note("organizeLocation", mask::hidden(row("organizeLocation")));
    heard.note("applyType", shown(row("applyType")));
    heard.person = Some(userid.to_ascii_uppercase());
    check_userid(asked, userid)?;
    if let Some(code) = magic::code_of_number(userid) {
        return Err(Refusal::magic(code, ("证件号码", "number")));
    }
    let person = world.people.by_number(userid).filter(|person| person.name == name);
    let person = person.ok_or_else(|| {
        Refusal::new(
            NO_SUCH_PERSON,
            "查无此人:没有该证件号码,或姓名不符",
            "no such person: the number is unknown, or the name does not belong to it",
        )
    })?;
    Ok((describe(world, person), auth_note.or_else(|| explain::cipher::tolerated(sealed))))
}

fn check_auth(world: &World, asked: &Asked) -> Result<Option<Say>, Refusal> {
    let name = world.dialect.id.auth_header.as_str();
    let Some(sealed) = asked.headers.get(name).and_then(|value| value.to_str().ok()) else {
        return Err(Refusal::new(AUTH_UNKNOWN, format!("缺少 {name} 请求头"), format!("the header {name} is missing")));
    };
    let account = world.credentials.account.as_str();
    let expected = match world.dialect.id.auth_json {
        true => json!({"userid": account}).to_string(),
        false => account.to_owned(),
    };
    let opened = world.auth_cipher.open(sealed).ok();
    if opened.as_ref().is_some_and(|plain| plain.as_str() == expected) {
        return Ok(explain::cipher::tolerated(sealed));
    }
    let lead = Say::new(format!("{name} 无效"), format!("{name} is not valid"));
    let say = match opened {
        Some(plain) if is_account(plain.as_bytes(), account) => wrong_form(world.dialect.id.auth_json),
        _ => explain::cipher::explain(
            sealed,
            &Opening {
                key: &world.credentials.auth_key,
                other_key: &world.credentials.body_key,
                cipher: world.dialect.id.cipher.name(),
                iv: &world.dialect.id.iv,
                fits: &|plain| is_account(plain, account),
                expected: ("已知账号", "a known account"),
            },
        ),
    };
    Err(Refusal::because(AUTH_UNKNOWN, lead.and(&say)))
}

fn wrong_form(json: bool) -> Say {
    let form = if json { "{\"userid\":\"<account>\"}" } else { "<account>" };
    Say::new(format!("明文形式不对,应为 {form}"), format!("its plain text has the wrong form: {form} is needed"))
}

/// The account, bare or as JSON, perhaps with white space around it.
fn is_account(plain: &[u8], account: &str) -> bool {
    let Ok(text) = std::str::from_utf8(plain) else { return false };
    let inner = strict_json::parse(plain).ok().and_then(|value| value.get("userid")?.as_str().map(str::to_owned));
    text.trim() == account || inner.is_some_and(|inner| inner == account)
}

fn open_body(world: &World, sealed: &str) -> Result<Vec<(&'static str, String)>, Refusal> {
    let is_object = |plain: &[u8]| matches!(strict_json::parse(plain), Ok(Value::Object(_)));
    if let Some(plain) = world.body_cipher.open(sealed).ok().filter(|plain| is_object(plain.as_bytes())) {
        return read_rows(plain.as_bytes());
    }
    let say = explain::cipher::explain(
        sealed,
        &Opening {
            key: &world.credentials.body_key,
            other_key: &world.credentials.auth_key,
            cipher: world.dialect.id.cipher.name(),
            iv: &world.dialect.id.iv,
            fits: &is_object,
            expected: ("一个 JSON 对象(键不重复)", "one json object (no key twice)"),
        },
    );
    Err(Refusal::because(BODY_UNREADABLE, Say::new("请求体无法读取", "the body cannot be read").and(&say)))
}

fn read_rows(plain: &[u8]) -> Result<Vec<(&'static str, String)>, Refusal> {
    let place = Place { known: &ROWS, code: BODY_UNREADABLE, zh: "请求体明文", en: "the body's plain text" };
    let rows = place.read(plain)?;
    if let Some(name) = ROWS[..REQUIRED].iter().find(|name| value(&rows, name).trim().is_empty()) {
        return Err(Refusal::new(
            BODY_UNREADABLE,
            format!("必填项 {name} 缺失或为空"),
            format!("the required field {name} is missing or empty"),
        ));
    }
    place.check_form(plain, &rows, REQUIRED)?;
    Ok(rows)
}

fn value<'a>(rows: &'a [(&'static str, String)], name: &str) -> &'a str {
    rows.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// Table C.2 names no type: what has the length of a resident identity number must be one.
fn check_userid(asked: &Asked, userid: &str) -> Result<(), Refusal> {
    let papers_type = if userid.chars().count() == 18 { "1" } else { "" };
    check_number(papers_type, userid, asked.time, BODY_UNREADABLE)
}

fn describe(world: &World, person: &Person) -> Value {
    let level = person.level.spelled(world.settings.level_form, &world.dialect.level);
    json!({
        "userid": person.number,
        "name": person.name,
        "levelData": level,
        "xcValue": person.travel,
        "exceptionCodeReason": person.reason,
    })
}
