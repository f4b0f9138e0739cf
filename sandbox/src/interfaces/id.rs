//! Interface 4, 苏康码证件号码核验接口 (Annexes C and D).

use serde_json::{Value, json};
use skm::ErrorKind;
use skm::dialect::Dialect;
use skm::person::mask;
use skm::platform::{self, IdBody};
use skm::wire::json as strict_json;

use super::members::Place;
use super::{Asked, check_content_type, check_method, check_number, shown};
use crate::explain;
use crate::explain::cipher::Opening;
use crate::faults::Interface;
use crate::magic;
use crate::people::Person;
use crate::reply::{Content, Heard, Refusal, Reply, read_back};
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
        Ok((person, note)) => {
            let say = note.unwrap_or_else(|| Say::new("成功", "verified"));
            (success, say, 200, Content::Person(Box::new(person)))
        }
        Err(Refusal { code, say, status }) => {
            let code = code.spelled(&world.dialect.id.codes, &success, &Dialect::built_in().id.codes);
            let content = platform::id_refusal(&code, &say.to_string(), &world.dialect);
            let content = content.expect("no refusal has the code of a success");
            (code, say, status, Content::Json(read_back(&content)))
        }
    };
    Reply { interface: Interface::VerifyId, code, say, fields: heard.fields, person: heard.person, status, content }
}

fn verify(world: &World, asked: &Asked, heard: &mut Heard) -> Result<(Person, Option<Say>), Refusal> {
    check_method(world, Interface::VerifyId, asked, BODY_UNREADABLE)?;
    if !world.lenient {
        check_content_type(asked, &world.dialect.id.content_type, BODY_UNREADABLE)?;
    }
    let auth_note = check_auth(world, asked)?;
    let sealed = std::str::from_utf8(asked.body).unwrap_or_default();
    let body = read_body(world, sealed)?;
    let (userid, name) = (body.number.expose(), body.name.expose());
    heard.note("userid", mask::certificate(userid));
    heard.note("name", mask::name(name));
    heard.note("organizeLocation", mask::hidden(body.organize_location.as_deref().unwrap_or_default()));
    heard.note("applyType", shown(body.apply_type.as_deref().unwrap_or_default()));
    heard.person = Some(userid.to_ascii_uppercase());
    check_userid(world, asked, userid)?;
    let is_refusal = |code: &u16| code.to_string() != world.dialect.id.success;
    if let Some(code) = magic::code_of_number(&userid.to_ascii_uppercase()).filter(is_refusal) {
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
    Ok((person.clone(), auth_note.or_else(|| explain::cipher::tolerated(sealed))))
}

fn check_auth(world: &World, asked: &Asked) -> Result<Option<Say>, Refusal> {
    let (dialect, given) = (&world.dialect.id, &world.credentials);
    let name = dialect.auth_header.as_str();
    let Some(sealed) = asked.headers.get(name).and_then(|value| value.to_str().ok()) else {
        return Err(Refusal::new(AUTH_UNKNOWN, format!("缺少 {name} 请求头"), format!("the header {name} is missing")));
    };
    let account = given.account.as_str();
    let opening = Opening {
        key: &given.auth_key,
        other_key: &given.body_key,
        cipher: dialect.cipher.name(),
        iv: &dialect.iv,
        fits: &|plain| is_account(plain, account),
        expected: ("已知账号", "a known account"),
    };
    let plain = explain::cipher::plain(sealed, &opening);
    let form = if dialect.auth_json { json!({"userid": account}).to_string() } else { account.to_owned() };
    let is_known = world.keys.open_auth(sealed).is_ok_and(|opened| opened.expose() == account);
    if is_known && (world.lenient || plain.as_deref() == Some(form.as_bytes())) {
        return Ok(explain::cipher::tolerated(sealed));
    }
    let lead = Say::new(format!("{name} 无效"), format!("{name} is not valid"));
    let say = match plain {
        Some(plain) if is_account(&plain, account) => wrong_form(dialect.auth_json),
        _ => explain::cipher::explain(sealed, &opening),
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

fn read_body(world: &World, sealed: &str) -> Result<IdBody, Refusal> {
    let is_object = |plain: &[u8]| matches!(strict_json::parse(plain), Ok(Value::Object(_)));
    let opening = Opening {
        key: &world.credentials.body_key,
        other_key: &world.credentials.auth_key,
        cipher: world.dialect.id.cipher.name(),
        iv: &world.dialect.id.iv,
        fits: &is_object,
        expected: ("一个 JSON 对象(键不重复)", "one json object (no key twice)"),
    };
    let opened = world.keys.open_body(sealed.as_bytes());
    if opened.as_ref().is_err_and(|error| error.kind() == ErrorKind::AnswerUnreadable) {
        let say = explain::cipher::explain(sealed, &opening);
        return Err(Refusal::because(BODY_UNREADABLE, Say::new("请求体无法读取", "the body cannot be read").and(&say)));
    }
    check_rows(&explain::cipher::plain(sealed, &opening).unwrap_or_default(), world.lenient)?;
    opened.map_err(|error| Refusal::unread(BODY_UNREADABLE, &error))
}

/// Holds the plain text of a body to table C.2.
fn check_rows(plain: &[u8], lenient: bool) -> Result<(), Refusal> {
    let place =
        Place { known: &ROWS, code: BODY_UNREADABLE, zh: "请求体明文", en: "the body's plain text", lenient };
    let rows = place.read(plain)?;
    if let Some(name) = ROWS[..REQUIRED].iter().find(|name| value(&rows, name).trim().is_empty()) {
        return Err(Refusal::new(
            BODY_UNREADABLE,
            format!("必填项 {name} 缺失或为空"),
            format!("the required field {name} is missing or empty"),
        ));
    }
    place.check_form(plain, &rows, REQUIRED)
}

fn value<'a>(rows: &'a [(&'static str, String)], name: &str) -> &'a str {
    rows.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// Table C.2 names no type: what has the length of a resident identity number must be one.
fn check_userid(world: &World, asked: &Asked, userid: &str) -> Result<(), Refusal> {
    let papers_type = if userid.chars().count() == 18 { "1" } else { "" };
    check_number(papers_type, userid, asked.time, BODY_UNREADABLE, world.lenient)
}
