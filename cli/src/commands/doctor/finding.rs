//! One thing the doctor looked at.

use serde::Serialize;

use crate::output;
use crate::problem::Problem;
use crate::style::{self, BAD, DIM, GOOD, WARN};

/// How it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In order.
    Ok,
    /// Works, and should be changed.
    Warn,
    /// Must be repaired.
    Fail,
    /// Could not be looked at.
    Skip,
}

/// What was found, and what to do about it.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What was looked at: `file`, `permissions`, `keys`, `name`, `tcp`, `tls`, `clock`, `call` and the like.
    pub check: &'static str,
    /// How it was found.
    pub status: Status,
    message: String,
    message_zh: String,
    fix: Option<String>,
    fix_zh: Option<String>,
    /// Why it failed; gives the exit code.
    #[serde(skip)]
    pub problem: Option<Problem>,
}

impl Finding {
    fn new(check: &'static str, status: Status, message: impl Into<String>, message_zh: impl Into<String>) -> Finding {
        Finding {
            check,
            status,
            message: message.into(),
            message_zh: message_zh.into(),
            fix: None,
            fix_zh: None,
            problem: None,
        }
    }

    /// In order.
    pub fn ok(check: &'static str, message: impl Into<String>, message_zh: impl Into<String>) -> Finding {
        Finding::new(check, Status::Ok, message, message_zh)
    }

    /// Works, and should be changed.
    pub fn warn(check: &'static str, message: impl Into<String>, message_zh: impl Into<String>) -> Finding {
        Finding::new(check, Status::Warn, message, message_zh)
    }

    /// Could not be looked at.
    pub fn skip(check: &'static str, message: impl Into<String>, message_zh: impl Into<String>) -> Finding {
        Finding::new(check, Status::Skip, message, message_zh)
    }

    /// Must be repaired.
    pub fn failed(check: &'static str, problem: impl Into<Problem>) -> Finding {
        let problem = problem.into();
        let (en, zh) = (problem.message.clone(), problem.technical_zh.clone());
        Finding { problem: Some(problem), ..Finding::new(check, Status::Fail, en, zh) }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(self, fix: impl Into<String>, fix_zh: impl Into<String>) -> Finding {
        Finding { fix: Some(fix.into()), fix_zh: Some(fix_zh.into()), ..self }
    }

    /// For people; the platform's words only to `show` them.
    pub fn text(&self, show: bool) -> String {
        let mark = match self.status {
            Status::Ok => style::paint(GOOD, "✔"),
            Status::Warn => style::paint(WARN, "!"),
            Status::Fail => style::paint(BAD, "✘"),
            Status::Skip => style::paint(DIM, "-"),
        };
        let indent = " ".repeat(17);
        let mut text = format!("  {mark} {}  {}\n", style::paint(DIM, &style::pad(self.check, 11)), self.message);
        text.push_str(&format!("{indent}{}\n", style::paint(DIM, &self.message_zh)));
        if let Some(words) = self.problem.as_ref().and_then(|problem| problem.platform_text.as_ref()) {
            text.push_str(&format!("{indent}{}\n", output::platform_words(words, show)));
        }
        if let (Some(fix), Some(fix_zh)) = (&self.fix, &self.fix_zh) {
            text.push_str(&format!(
                "{indent}{} {fix}\n{indent}{} {fix_zh}\n",
                style::paint(WARN, "fix:"),
                style::paint(WARN, "修复:")
            ));
        }
        text
    }
}
