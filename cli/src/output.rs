//! What a command prints: exactly one JSON object, or a text for people. The shape of both is decided here.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use skm::error::PlatformText;
use skm::person::mask;
use skm::{ErrorKind, Reason, WhenUnreachable};

use crate::exit;
use crate::problem::Problem;
use crate::style::{self, BAD, DIM};

/// What a command that succeeded leaves.
pub struct Outcome {
    json: String,
    text: String,
    exit: u8,
    then: Option<Box<dyn FnOnce()>>,
}

impl Outcome {
    /// `json` for `--json`, `text` (with colours, lines ended) for people.
    pub fn new(json: &impl Serialize, text: impl Into<String>) -> Outcome {
        Outcome { json: line(json), text: text.into(), exit: exit::DONE, then: None }
    }

    /// As the core wrote it for `--json` (section 13 of the specification), `text` for people.
    pub fn of_core(json: &[u8], text: impl Into<String>) -> Outcome {
        Outcome { json: String::from_utf8_lossy(json).into_owned(), text: text.into(), exit: exit::DONE, then: None }
    }

    /// The same text with or without `--json`.
    pub fn plain(text: impl Into<String>) -> Outcome {
        let text = text.into();
        Outcome { json: text.trim_end().to_owned(), text, exit: exit::DONE, then: None }
    }

    /// Another exit code than 0.
    #[must_use]
    pub fn exit(self, exit: u8) -> Outcome {
        Outcome { exit, ..self }
    }

    /// What to do once it has been printed, such as serving until Ctrl-C.
    #[must_use]
    pub fn then(self, then: impl FnOnce() + 'static) -> Outcome {
        Outcome { then: Some(Box::new(then)), ..self }
    }
}

/// The `error` member of a failure (section 13 of the specification); what is missing is null.
#[derive(Serialize)]
pub struct ErrorJson<'a> {
    number: i32,
    name: &'static str,
    reason: Option<&'static str>,
    field: Option<&'a str>,
    platform_code: Option<&'a str>,
    http_status: Option<u16>,
    retryable: bool,
    owner: String,
    when_unreachable: Option<&'static str>,
    /// Only where it is so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    audit_failed: bool,
    message: &'a str,
    message_zh: String,
}

impl<'a> From<&'a Problem> for ErrorJson<'a> {
    fn from(problem: &'a Problem) -> ErrorJson<'a> {
        ErrorJson {
            number: problem.kind.number(),
            name: problem.kind.name(),
            reason: problem.reason().map(Reason::name),
            field: problem.field(),
            http_status: problem.http_status(),
            owner: format!("{:?}", problem.kind.owner()).to_ascii_lowercase(),
            platform_code: problem.platform_code.as_deref(),
            retryable: problem.retryable,
            message: &problem.message,
            message_zh: problem.message_zh(),
            when_unreachable: problem.when_unreachable.map(WhenUnreachable::as_str),
            audit_failed: problem.audit_failed(),
        }
    }
}

/// A failure: never green, whichever command it was.
#[derive(Serialize)]
struct FailureJson<'a> {
    ok: bool,
    green: bool,
    verdict: &'static str,
    error: ErrorJson<'a>,
}

/// Prints what became of a command and gives the exit code. The platform's words are printed only to `show` them.
pub fn report(result: Result<Outcome, Problem>, json: bool, show: bool) -> u8 {
    match result {
        Ok(outcome) if json => finish(outcome.exit, &format!("{}\n", outcome.json), outcome.then),
        Ok(outcome) => finish(outcome.exit, &outcome.text, outcome.then),
        Err(problem) if json => {
            let failure =
                FailureJson { ok: false, green: false, verdict: "unverified", error: ErrorJson::from(&problem) };
            finish(problem.exit, &format!("{}\n", line(&failure)), None)
        }
        Err(problem) => {
            complain(&explain(&problem, show));
            problem.exit
        }
    }
}

/// Prints, and gives the exit code; never that of a success if anything of the run's output was lost.
fn finish(exit: u8, text: &str, then: Option<Box<dyn FnOnce()>>) -> u8 {
    print(text);
    if let Some(error) = lost_so_far() {
        let problem = lost(error);
        complain(&explain(&problem, false));
        // Yellow stays yellow and a failure its failure; only what would be read as done must not be.
        return if exit == exit::DONE { problem.exit } else { exit };
    }
    if let Some(then) = then {
        then();
    }
    exit
}

/// Standard output took less than it was given.
pub fn lost(error: std::io::ErrorKind) -> Problem {
    Problem::new(
        ErrorKind::Internal,
        format!("standard output could not be written ({error}): what was printed is lost, wholly or in part"),
        format!("无法写入标准输出({error}):输出已全部或部分丢失"),
    )
}

/// A failure for people: both languages, then what else there is to know.
fn explain(problem: &Problem, show: bool) -> String {
    let mut text = format!("{} {}\n", style::paint(BAD, "error:"), problem.message);
    text.push_str(&format!("{}{}\n", style::paint(BAD, "错误:"), problem.technical_zh));
    if let Some(words) = &problem.platform_text {
        text.push_str(&format!("{}\n", platform_words(words, show)));
    }
    if let Some(decided) = problem.when_unreachable {
        let decision = match decided {
            WhenUnreachable::CallPerson => "the gate stays shut, call a person to check · 闸机保持关闭,请呼叫人工核验",
            _ => "the gate stays shut · 闸机保持关闭",
        };
        text.push_str(&format!("{} {decision}\n", style::paint(DIM, "gate 闸机:")));
    }
    if problem.audit_failed() && problem.kind != ErrorKind::AuditFailed {
        let lacking = "the evidence log lacks this call's record · 证据日志缺少此次调用的记录";
        text.push_str(&format!("{} {lacking}\n", style::paint(BAD, "evidence 证据:")));
    }
    if problem.retryable {
        text.push_str(&format!("{}\n", style::paint(DIM, "the same call may succeed later · 稍后可重试")));
    }
    text
}

/// What the platform wrote, or that it wrote something: its words may hold a name, which no rule can tell from others.
/// Shown words have their numbers hidden.
pub fn platform_words(words: &PlatformText, show: bool) -> String {
    let label = style::paint(DIM, "platform 平台:");
    if show {
        return format!("{label} {words}");
    }
    format!("{label} wrote {}", free_text(words.verbatim(), show))
}

/// The same for a text of the platform's that stands beside a label of its own.
pub fn free_text(text: &str, show: bool) -> String {
    if show {
        return mask::scrub(text);
    }
    let length = text.chars().count();
    format!("a text of {length} characters; --show prints it · 另有说明,加 --show 查看")
}

/// Why the first text of this run that could not be printed could not be. One for the process, as standard output is.
static LOST: Mutex<Option<std::io::ErrorKind>> = Mutex::new(None);

/// Forgets what an earlier run in this process could not print.
pub fn begin() {
    *LOST.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

fn lost_so_far() -> Option<std::io::ErrorKind> {
    *LOST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes to standard output at once: the only place that does. A failure is kept, for [`report`] to tell.
pub fn print(text: &str) {
    let mut stream = anstream::stdout().lock();
    if let Err(error) = stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        LOST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error.kind());
    }
}

/// Writes to standard error.
pub fn complain(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// One line of JSON.
pub fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and maps with text keys always serialise")
}
