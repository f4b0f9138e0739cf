//! What must not be green, tried: people, codes, answers and networks that are not as they should be.

use std::path::Path;
use std::time::{Duration, Instant};

use skm::{Client, Config, ScanRequest, Verdict};
use skm_sandbox::{Fault, Interface, Kind, Level, Sandbox};

use super::page::Page;
use super::show::Show;
use super::walk::{consent, id_request, token_request};
use super::{Step, person};
use crate::problem::Problem;

/// How long a platform that never answers is waited for.
const SHORT: Duration = Duration::from_millis(300);

/// A port that the system never gives out and at which nobody listens.
const NOBODY: &str = "http://127.0.0.1:1";

/// Verdict or error of one try.
type Tried = Result<Verdict, skm::Error>;

/// Tries everything, each in its own line.
pub fn all(client: &Client, sandbox: &Sandbox, show: &Show) -> Result<Vec<Step>, Problem> {
    show.refusals();
    let mut steps = people(client, sandbox, show)?;
    steps.push(replaced_code(client, sandbox, show)?);
    steps.extend(broken_answers(client, sandbox, show)?);
    steps.push(unreachable(sandbox, show)?);
    Ok(steps)
}

/// Tries, shows, and holds the outcome against what it must be.
fn attempt(
    show: &Show,
    name: &'static str,
    en: &str,
    zh: &str,
    expected: &'static str,
    run: impl FnOnce() -> Tried,
) -> Step {
    let started = Instant::now();
    let outcome = match run() {
        Ok(verdict) => verdict.as_str(),
        Err(error) => error.kind().name(),
    };
    let step = Step::new(name, show.lang.label(en, zh), expected, outcome, started.elapsed());
    show.refusal(&step);
    step
}

fn scan(client: &Client, qr: String) -> Tried {
    client.verify_scan(&ScanRequest::new(qr, consent())).map(|result| result.verdict())
}

fn fresh_qr(sandbox: &Sandbox, number: &str) -> Result<String, Problem> {
    sandbox.fresh_qr(number).ok_or_else(Problem::internal)
}

fn people(client: &Client, sandbox: &Sandbox, show: &Show) -> Result<Vec<Step>, Problem> {
    let (red, yellow) = (person(sandbox, Level::Red)?, person(sandbox, Level::Yellow)?);
    let red_qr = fresh_qr(sandbox, &red.number)?;
    let stranger = skm::IdRequest::new("990000190001010016", "无名氏", consent());
    let id = |request: &skm::IdRequest| client.verify_id(request).map(|result| result.verdict());
    Ok(vec![
        attempt(show, "red_scan", "a red person shows a code", "红码人员亮码", "red", || scan(client, red_qr)),
        attempt(show, "red_id", "a red person at the card reader", "红码人员刷证", "red", || {
            id(&id_request(&red))
        }),
        attempt(show, "yellow_id", "a yellow person", "黄码人员", "yellow", || id(&id_request(&yellow))),
        attempt(show, "stranger", "a person nobody knows", "查无此人", "person_not_found", || id(&stranger)),
    ])
}

/// The page has refreshed: a picture of the code before is worth nothing.
fn replaced_code(client: &Client, sandbox: &Sandbox, show: &Show) -> Result<Step, Problem> {
    let user = client.issue_user_token(&token_request(&person(sandbox, Level::Green)?))?;
    let (page, _) = Page::open(&sandbox.base_url(), &client.display_url(&user)?, &user)?;
    let old = page.refresh()?.picture()?.decode()?;
    page.refresh()?;
    Ok(attempt(show, "old_code", "a photo of an older code", "过期二维码(截图)", "qr_expired", || {
        scan(client, old)
    }))
}

fn broken_answers(client: &Client, sandbox: &Sandbox, show: &Show) -> Result<Vec<Step>, Problem> {
    let green = person(sandbox, Level::Green)?;
    let mut steps = Vec::new();
    let cases = [
        (Kind::StrangeLevel, "a level nobody has defined", "未定义的码色", "unverified"),
        (Kind::Html, "a web page instead of an answer", "应答为网页", "answer_malformed"),
        (Kind::WrongKey, "an answer sealed with another key", "应答密钥不符", "answer_unreadable"),
        (Kind::OtherPerson, "an answer about somebody else", "应答为他人信息", "answer_malformed"),
        (Kind::Stall, "a platform that never answers", "平台无应答", "deadline_exceeded"),
    ];
    for (kind, en, zh, expected) in cases {
        let fault = Fault { times: Some(1), ..Fault::new(Interface::VerifyId, kind) };
        sandbox.add_fault(fault).map_err(|_| Problem::internal())?;
        let client = client.with_deadline(if kind == Kind::Stall { SHORT } else { Duration::from_secs(5) });
        let id = || client.verify_id(&id_request(&green)).map(|result| result.verdict());
        steps.push(attempt(show, kind.name(), en, zh, expected, id));
    }
    Ok(steps)
}

/// The same configuration, with a port at which nobody listens.
fn unreachable(sandbox: &Sandbox, show: &Show) -> Result<Step, Problem> {
    let green = person(sandbox, Level::Green)?;
    let text = sandbox.config_toml().replace(&sandbox.base_url(), NOBODY);
    let client = Client::new(Config::parse(&text, Path::new(""))?)?;
    let id = || client.verify_id(&id_request(&green)).map(|result| result.verdict());
    Ok(attempt(show, "unreachable", "a platform that is not there", "平台不可达", "connect_failed", id))
}
