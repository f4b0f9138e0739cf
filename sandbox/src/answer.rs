//! From a decision to bytes: spelling, faults in the content, faults on the wire.

use std::time::Duration;

use serde_json::{Value, json};
use skm::platform::{self, IdAnswer, IdKeys};
use skm::wire::cipher::Cipher;

use crate::clock::Moment;
use crate::faults::{Fault, Interface, Kind};
use crate::people::Person;
use crate::reply::{Content, Reply, read_back};
use crate::settings::{CodeForm, IdData};
use crate::world::{CallTime, World};

const HUGE_BYTES: usize = 8 << 20;
const DEEP: usize = 200;
const HTML_ERROR: &str = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>\
    <body><h1>502 Bad Gateway</h1><p>网关错误</p></body></html>";

/// Sent with the page and its parts: nothing from elsewhere, nothing kept, nobody told where the user came from.
pub const SECURITY_HEADERS: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// What goes on the wire.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header lines but for Content-Length.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Wait this long first.
    pub delay: Duration,
    /// Instead of a well-behaved answer: what to do with the connection, byte by byte.
    pub script: Option<Vec<Step>>,
}

/// One step of a misbehaving connection, which closes after the last.
#[derive(Debug, Clone)]
pub enum Step {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Send these bytes one at a time, with a pause before each.
    Dribble(Vec<u8>, Duration),
    /// Wait.
    Pause(Duration),
    /// Close with a reset.
    Reset,
}

/// Picks the fault of a call, writes the journal and makes the answer.
pub fn settle(world: &mut World, time: CallTime, reply: Reply) -> Answer {
    let fault = world.faults.pick(reply.interface, reply.person.as_deref());
    let fault_name = fault.as_ref().map(|fault| fault.kind.name()).or(time.shifted.then_some("clock"));
    let interface = reply.interface.name();
    log::debug!("{interface} {} {}", reply.code, reply.say.en);
    world.journal.add(time.now.iso(), interface, reply.code.clone(), fault_name, &reply.say, reply.fields.clone());
    make(world, time.now, reply, fault.as_ref())
}

/// The answer to a request.
fn make(world: &World, now: Moment, reply: Reply, fault: Option<&Fault>) -> Answer {
    let kind = fault.map(|fault| fault.kind);
    let (content_type, body) = match reply.content {
        Content::Page(html) => ("text/html; charset=utf-8", html.as_bytes().to_vec()),
        Content::Json(outer) => ("application/json;charset=UTF-8", write(world, reply.interface, outer, kind)),
        Content::Person(person) => {
            ("application/json;charset=UTF-8", write(world, reply.interface, about(world, &person, kind), kind))
        }
    };
    let mut headers = vec![("date", now.http_date()), ("content-type", content_type.to_owned())];
    headers.push(("cache-control", "no-store".to_owned()));
    if reply.interface == Interface::Display {
        headers.extend(SECURITY_HEADERS.map(|(name, value)| (name, value.to_owned())));
    }
    if reply.status == 405 {
        headers.push(("allow", world.allowed_method(reply.interface).to_owned()));
    }
    let answer = Answer { status: reply.status, headers, body, delay: Duration::ZERO, script: None };
    match fault {
        Some(fault) => on_the_wire(in_http(answer, reply.interface, fault), fault),
        None => answer,
    }
}

/// The answer of interface 4 about a person, bent as settings and faults want it.
fn about(world: &World, person: &Person, kind: Option<Kind>) -> Value {
    let level = person.level.spelled(world.settings.level_form, &world.dialect.level);
    let other = crate::magic::number(404);
    let number = if kind == Some(Kind::OtherPerson) { &other } else { &person.number };
    let word = if kind == Some(Kind::StrangeLevel) { "blue" } else { &level };
    let answer = IdAnswer::new(number, &person.name, word).with(Some(&person.travel), Some(&person.reason));
    let (dialect, given) = (&world.dialect, &world.credentials);
    if kind == Some(Kind::WrongKey) {
        let keys = IdKeys::new(&given.auth_key, b"anotherSandbox!!", &dialect.id);
        return read_back(&platform::id_answer(&answer, &keys, dialect));
    }
    let mut outer = read_back(&platform::id_answer(&answer, &world.keys, dialect));
    let mut inner = json!(answer);
    if kind == Some(Kind::NoLevel) {
        drop(inner.as_object_mut().and_then(|inner| inner.remove("levelData")));
        let body_cipher = Cipher::new(dialect.id.cipher, &given.body_key, &dialect.id.iv);
        outer["data"] = json!(body_cipher.seal(inner.to_string().as_bytes()));
    }
    if world.settings.id_data == IdData::Plain {
        outer["data"] = inner;
    }
    outer
}

/// JSON as text, with what a fault does to it.
fn write(world: &World, interface: Interface, mut outer: Value, kind: Option<Kind>) -> Vec<u8> {
    let code_key = interface.code_key();
    if interface != Interface::IssueUserToken {
        let code = outer[code_key].as_str().map_or_else(|| outer[code_key].to_string(), str::to_owned);
        outer[code_key] = spell_code(world.settings.code_form, &code);
    }
    if interface == Interface::VerifyScan {
        bend_level(&mut outer, kind);
        if let Some(res) = outer.get_mut("res") {
            *res = world.settings.scan_res.wrap(res.take());
        }
    }
    if kind == Some(Kind::FractionCode) {
        let code: f64 = outer[code_key].to_string().trim_matches('"').parse().unwrap_or(0.0);
        outer[code_key] = json!(code);
    }
    let text = outer.to_string();
    match kind {
        Some(Kind::DuplicateKey) => splice(&text, &format!("\"{code_key}\":{},", outer[code_key])).into_bytes(),
        Some(Kind::DeepJson) => {
            splice(&text, &format!("\"deep\":{}{},", "[".repeat(DEEP), "]".repeat(DEEP))).into_bytes()
        }
        Some(Kind::Huge) => splice(&text, &format!("\"huge\":\"{}\",", "x".repeat(HUGE_BYTES))).into_bytes(),
        // A note in Chinese, so that there is something to spell wrongly in every answer.
        Some(Kind::Gbk) => encoding_rs::GBK.encode(&splice(&text, "\"note\":\"编码为国标码\",")).0.into_owned(),
        Some(Kind::CutJson) => text.as_bytes()[..text.len() / 2].to_vec(),
        Some(Kind::NotJson) => "系统繁忙,请稍后再试".into(),
        _ => text.into_bytes(),
    }
}

/// A code of interface 3 or 4. Only a text that a number reads back to becomes one: `0000` stays a text.
pub fn spell_code(form: CodeForm, code: &str) -> Value {
    match code.parse::<i64>() {
        Ok(number) if form == CodeForm::Number && number.to_string() == code => json!(number),
        _ => json!(code),
    }
}

fn bend_level(outer: &mut Value, kind: Option<Kind>) {
    let Some(res) = outer.get_mut("res").and_then(Value::as_object_mut) else { return };
    match kind {
        Some(Kind::NoLevel) => drop(res.remove("level")),
        Some(Kind::StrangeLevel) => drop(res.insert("level".to_owned(), json!("blue"))),
        _ => {}
    }
}

/// `{…}` with more right after the brace.
fn splice(object: &str, more: &str) -> String {
    format!("{{{more}{}", &object[1..])
}

/// Faults that are still well-formed HTTP.
fn in_http(mut answer: Answer, interface: Interface, fault: &Fault) -> Answer {
    let html = |answer: &mut Answer| {
        answer.body = HTML_ERROR.into();
        answer.headers.retain(|(name, _)| *name != "content-type");
        answer.headers.push(("content-type", "text/html; charset=utf-8".to_owned()));
    };
    match fault.kind {
        Kind::Delay => answer.delay = Duration::from_millis(fault.ms.unwrap_or(10_000)),
        Kind::Html => html(&mut answer),
        Kind::Status => {
            html(&mut answer);
            answer.status = fault.status.unwrap_or(502);
        }
        Kind::Redirect => {
            answer.status = 302;
            answer.headers.push(("location", "/_sandbox/redirected".to_owned()));
            answer.body.clear();
        }
        Kind::Empty => answer.body.clear(),
        Kind::Huge if interface == Interface::Display => answer.body.resize(HUGE_BYTES, b' '),
        _ => {}
    }
    answer
}

/// Faults of the connection.
fn on_the_wire(mut answer: Answer, fault: &Fault) -> Answer {
    let length = answer.body.len();
    let head = head(&answer, length);
    let body = &answer.body;
    let whole = [head.as_slice(), body].concat();
    let steps = match fault.kind {
        Kind::Stall => vec![Step::Pause(Duration::from_secs(600))],
        Kind::Dribble => vec![Step::Dribble(whole, Duration::from_millis(fault.ms.unwrap_or(200)))],
        Kind::DropBefore => Vec::new(),
        Kind::Reset => vec![Step::Reset],
        Kind::DropHeaders => vec![Step::Send(head[..head.len() / 2].to_vec())],
        Kind::DropInside => vec![Step::Send([head.as_slice(), &body[..length / 2]].concat())],
        Kind::DropPooled => vec![Step::Send(whole), Step::Pause(Duration::from_millis(20))],
        Kind::WrongLength => vec![Step::Send([self::head(&answer, length + 64).as_slice(), body].concat())],
        Kind::ShortLength => vec![Step::Send([self::head(&answer, length / 2).as_slice(), body].concat())],
        _ => return answer,
    };
    answer.script = Some(steps);
    answer
}

fn head(answer: &Answer, length: usize) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} Sandbox\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {length}\r\n\r\n"));
    head.into_bytes()
}
