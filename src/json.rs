//! The JSON contract (section 13 of the specification): one text form of the four calls, for the command's `--json`, for
//! C, and for every host without a binding. What may be asked and what is answered stands in the member tables.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::client::{Client, Measured};
use crate::error::{Error, ErrorKind, KeyName, PlatformText, Reason, Result, safe};
use crate::interfaces::id::IdRequest;
use crate::interfaces::scan::ScanRequest;
use crate::interfaces::user_token::{UserToken, UserTokenRequest};
use crate::interfaces::{Exchange, Interface};
use crate::member::{Answer, Kind, Member, Value as _};
use crate::person::{Consent, ConsentKind, Secret};
use crate::verdict::{Verdict, WhenUnreachable};
use crate::wire::deadline::in_range;
use crate::wire::json::{self, JsonObject};

/// The version of the contract, `"v"` in requests (where it may be missing) and answers.
pub const VERSION: u64 = 1;

/// Makes the call that `request` asks for and gives its answer: one JSON object for every outcome, also for a request
/// that cannot be read. Never green but for a green verdict. Any thread; blocks for the deadline at most.
pub fn call(client: &Client, request: &[u8]) -> Zeroizing<Vec<u8>> {
    answer_to(client, None, request)
}

/// As [`call`], where the interface is known from elsewhere: `call` may then be missing in the request.
pub fn call_interface(client: &Client, interface: Interface, request: &[u8]) -> Zeroizing<Vec<u8>> {
    answer_to(client, Some(interface), request)
}

/// The answer for a failure, such as that of a client that could not be opened.
pub fn failure(error: &Error) -> Zeroizing<Vec<u8>> {
    json::write(&Failed { error, took: None, platform_text: false })
}

/// The answer for an outcome.
pub fn outcome<A: Answer>(measured: &Measured<A>, show_platform_text: bool) -> Zeroizing<Vec<u8>> {
    match &measured.result {
        Ok(answer) => json::write(&Succeeded { answer, attempts: measured.attempts, took: measured.took }),
        Err(error) => json::write(&Failed { error, took: Some(measured.took), platform_text: show_platform_text }),
    }
}

fn answer_to(client: &Client, interface: Option<Interface>, request: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut asked = match Asked::read(interface, request) {
        Ok(asked) => asked,
        Err(error) => return failure(&error),
    };
    let answered = match asked.interface {
        Interface::UserToken => asked.make::<UserTokenRequest>(client),
        Interface::Display => asked.display_url(client),
        Interface::Scan => asked.make::<ScanRequest>(client),
        Interface::Id => asked.make::<IdRequest>(client),
    };
    answered.unwrap_or_else(|error| failure(&error.during(asked.interface, 0)))
}

/// A request that was read; its members are taken out as they are used, and what is left is unknown.
struct Asked {
    interface: Interface,
    members: JsonObject,
    deadline: Option<Duration>,
    show_platform_text: bool,
}

impl Asked {
    fn read(known: Option<Interface>, request: &[u8]) -> Result<Asked> {
        let mut members = JsonObject::parse(request).map_err(|_| {
            let detail = safe!("the request is not one JSON object in UTF-8", "请求不是一个 UTF-8 编码的 JSON 对象");
            Error::input("request", detail)
        })?;
        check_version(members.take("v"))?;
        let interface = interface(&mut members, known)?;
        let deadline = deadline(members.take("deadline_ms"))?;
        let show_platform_text = flag("show_platform_text", members.take("show_platform_text"))?.unwrap_or(false);
        Ok(Asked { interface, members, deadline, show_platform_text })
    }

    /// Builds the request, makes the call and writes its outcome.
    fn make<R: Exchange>(&mut self, client: &Client) -> Result<Zeroizing<Vec<u8>>> {
        let consent = consent(&mut self.members)?;
        let request = R::build(consent, |member| text_of(member, self.members.take(member.name)))?;
        self.refuse_unknown()?;
        Ok(outcome(&self.client(client).call_measured(&request), self.show_platform_text))
    }

    fn display_url(&mut self, client: &Client) -> Result<Zeroizing<Vec<u8>>> {
        let [token, uuid] = &UserToken::MEMBERS;
        let user = UserToken::new(
            Secret::from_text(token, text_of(token, self.members.take(token.name))?)?,
            Option::from_text(uuid, text_of(uuid, self.members.take(uuid.name))?)?,
        );
        self.refuse_unknown()?;
        let url = client.display_url(&user)?;
        Ok(json::write(&Url { v: VERSION, ok: true, url: url.expose() }))
    }

    fn client(&self, client: &Client) -> Client {
        self.deadline.map_or_else(|| client.clone(), |deadline| client.with_deadline(deadline))
    }

    fn refuse_unknown(&self) -> Result<()> {
        let Some(name) = self.members.keys().next() else { return Ok(()) };
        let name = KeyName::of(name);
        let detail = safe!(
            "{} is not a member of {}: correct its name or leave it out",
            "{} 不是 {} 的成员:请更正名称或删除",
            name,
            self.interface
        );
        Err(Error::input_named(name, detail))
    }
}

fn check_version(version: Option<Value>) -> Result<()> {
    match version {
        None => Ok(()),
        Some(Value::Number(number)) if number.as_u64() == Some(VERSION) => Ok(()),
        Some(_) => Err(Error::input("v", safe!("v must be {}", "v 须为 {}", VERSION))),
    }
}

/// The interface of a request: that of the path, of `call`, or of both if they agree.
fn interface(members: &mut JsonObject, known: Option<Interface>) -> Result<Interface> {
    let asked = match text("call", members.take("call"))? {
        None => None,
        Some(name) => Some(Interface::from_name(&name).ok_or_else(wrong_call)?),
    };
    match (asked, known) {
        (Some(asked), Some(known)) if asked != known => Err(wrong_call()),
        (asked, known) => asked.or(known).ok_or_else(wrong_call),
    }
}

fn wrong_call() -> Error {
    Error::input(
        "call",
        safe!(
            "call must be issue_user_token, display_url, verify_scan or verify_id",
            "call 须为 issue_user_token、display_url、verify_scan 或 verify_id"
        ),
    )
}

fn deadline(value: Option<Value>) -> Result<Option<Duration>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => in_range(Duration::from_millis(value.as_u64().unwrap_or(0))).map(Some),
    }
}

fn consent(members: &mut JsonObject) -> Result<Consent> {
    let Some(mut given) = members.take_object("consent") else { return Err(ErrorKind::ConsentMissing.into()) };
    let notice = text("consent", given.take("notice"))?.ok_or(ErrorKind::ConsentMissing)?;
    let kind = match text("consent", given.take("kind"))? {
        None => ConsentKind::Explicit,
        Some(kind) => ConsentKind::from_name(&kind)?,
    };
    let consent = Consent::of(kind, notice.as_str());
    let given_at = text("consent", given.take("given_at"))?;
    if let Some(name) = given.keys().next() {
        let name = KeyName::of(name);
        let detail = safe!("consent has no member {}: leave it out", "consent 没有成员 {}:请删除", name);
        return Err(Error::input("consent", detail));
    }
    match given_at {
        None => Ok(consent),
        Some(moment) => Ok(consent.given_at(moment_of(&moment)?)),
    }
}

fn moment_of(text: &str) -> Result<SystemTime> {
    let since = text.parse::<Timestamp>().ok().and_then(|moment| Duration::try_from(moment.as_duration()).ok());
    since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)).ok_or_else(|| {
        let detail = safe!(
            "consent.given_at must be a time with its offset, such as 2026-11-28T09:00:00+08:00",
            "consent.given_at 须为带时区的时间,例如 2026-11-28T09:00:00+08:00"
        );
        Error::input("consent", detail)
    })
}

/// The text of a member: a text as it is, a whole number where a text is due, a truth value where a flag is due.
fn text_of(member: &'static Member, value: Option<Value>) -> Result<Option<Zeroizing<String>>> {
    match (value, member.kind) {
        (Some(Value::Bool(flag)), Kind::Flag) => Ok(Some(Zeroizing::new(flag.to_string()))),
        (Some(Value::Number(number)), Kind::Text) if !number.is_f64() => Ok(Some(Zeroizing::new(number.to_string()))),
        (value, _) => text(member.name, value),
    }
}

fn text(field: &'static str, value: Option<Value>) -> Result<Option<Zeroizing<String>>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(Zeroizing::new(text))),
        Some(mut other) => {
            json::wipe(&mut other);
            Err(Error::input(field, safe!("{} must be a text", "{} 须为文本", field)))
        }
    }
}

fn flag(field: &'static str, value: Option<Value>) -> Result<Option<bool>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(flag)),
        Some(mut other) => {
            json::wipe(&mut other);
            Err(Error::input(field, safe!("{} must be true or false", "{} 须为 true 或 false", field)))
        }
    }
}

/// An outcome with an answer.
struct Succeeded<'a, A> {
    answer: &'a A,
    attempts: u32,
    took: Duration,
}

impl<A: Answer> Serialize for Succeeded<'_, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("v", &VERSION)?;
        object.serialize_entry("ok", &true)?;
        if let Some(verdict) = self.answer.verdict() {
            object.serialize_entry("green", &verdict.is_green())?;
            object.serialize_entry("verdict", verdict.as_str())?;
        }
        let mut failed = None;
        self.answer.each(|member, text| failed = failed.take().or(object.serialize_entry(member.name, &text).err()));
        if let Some(error) = failed {
            return Err(error);
        }
        object.serialize_entry("attempts", &self.attempts)?;
        object.serialize_entry("elapsed_ms", &millis(self.took))?;
        if let Some(extra) = self.answer.extra() {
            object.serialize_entry("extra", extra)?;
        }
        object.end()
    }
}

/// A failure: never green.
struct Failed<'a> {
    error: &'a Error,
    took: Option<Duration>,
    platform_text: bool,
}

impl Serialize for Failed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("v", &VERSION)?;
        object.serialize_entry("ok", &false)?;
        object.serialize_entry("green", &false)?;
        object.serialize_entry("verdict", Verdict::of_error(self.error).as_str())?;
        object.serialize_entry("level", &None::<&str>)?;
        object.serialize_entry("attempts", &self.error.attempts())?;
        object.serialize_entry("elapsed_ms", &self.took.map(millis))?;
        object.serialize_entry("error", &ErrorObject { error: self.error, platform_text: self.platform_text })?;
        object.end()
    }
}

struct ErrorObject<'a> {
    error: &'a Error,
    platform_text: bool,
}

impl Serialize for ErrorObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let error = self.error;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("number", &error.kind().number())?;
        object.serialize_entry("name", error.kind().name())?;
        object.serialize_entry("reason", &error.reason().map(Reason::name))?;
        object.serialize_entry("interface", &error.interface().map(Interface::name))?;
        object.serialize_entry("field", &error.field())?;
        object.serialize_entry("platform_code", &error.platform_code())?;
        object.serialize_entry("http_status", &error.http_status())?;
        object.serialize_entry("clock_offset_s", &error.clock_offset_s())?;
        object.serialize_entry("retryable", &error.is_retryable())?;
        object.serialize_entry("owner", error.kind().owner().name())?;
        object.serialize_entry("when_unreachable", &error.when_unreachable().map(WhenUnreachable::as_str))?;
        // Only where it is so: a caller that knows the other members finds the object as it was.
        if error.audit_failed() {
            object.serialize_entry("audit_failed", &true)?;
        }
        object.serialize_entry("message", &error.message())?;
        object.serialize_entry("message_zh", &error.message_zh())?;
        if self.platform_text {
            object.serialize_entry("platform_text", &error.platform_text().map(PlatformText::verbatim))?;
        }
        object.end()
    }
}

#[derive(serde::Serialize)]
struct Url<'a> {
    v: u64,
    ok: bool,
    url: &'a str,
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
