//! What an interface decides, before it becomes bytes.

use serde_json::Value;
use skm::dialect::CodeTable;

use crate::faults::Interface;
use crate::journal::Field;
use crate::people::Person;
use crate::text::Say;

/// The outcome of one request.
pub struct Reply {
    /// Which interface.
    pub interface: Interface,
    /// `retcode`, `resCode`, `code`, or the page's HTTP status: for the journal.
    pub code: String,
    /// Why.
    pub say: Say,
    /// What was asked, masked.
    pub fields: Vec<Field>,
    /// Certificate number of the person it is about, for fault rules.
    pub person: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub content: Content,
}

/// The body of a reply.
pub enum Content {
    /// A JSON answer.
    Json(Value),
    /// Interface 4: what is known of a person, to be sealed.
    Person(Box<Person>),
    /// The H5 page.
    Page(&'static str),
}

/// The code of a refusal.
#[derive(Debug)]
pub enum Code {
    /// The built-in edition's number. Another dialect may say the same with another code, see [`Code::spelled`].
    Usual(u16),
    /// This code in any dialect: asked for by a magic value, or taken from the dialect.
    Exactly(String),
}

impl Code {
    /// The code in a dialect with these `codes` and this `success`; `built_in` are those of the built-in edition.
    ///
    /// The usual number, if the dialect gives it the same error; else the first listed code that has this error; else the
    /// first number from the usual one on that the dialect does not use: a client reports an unlisted code as `refused`.
    pub fn spelled(&self, codes: &CodeTable, success: &str, built_in: &CodeTable) -> String {
        let usual = match self {
            Code::Exactly(code) => return code.clone(),
            Code::Usual(number) => *number,
        };
        let error = built_in.refusal(&usual.to_string(), None).kind();
        let listed = || codes.iter().filter(|(code, kind)| *kind == error && *code != success);
        let same_number = listed().find(|(code, _)| *code == usual.to_string());
        if let Some((code, _)) = same_number.or_else(|| listed().next()) {
            return code.to_owned();
        }
        let used = |code: &String| code == success || codes.iter().any(|(listed, _)| listed == code);
        let free = (u32::from(usual)..).map(|number| number.to_string()).find(|code| !used(code));
        free.expect("a dialect does not list every number")
    }
}

/// Why a request is refused.
#[derive(Debug)]
pub struct Refusal {
    /// The platform's code.
    pub code: Code,
    /// What is wrong and what would be right.
    pub say: Say,
    /// HTTP status: 200, except for a wrong method.
    pub status: u16,
}

impl Refusal {
    /// A refusal with HTTP status 200, as the platform sends it.
    pub fn new(code: u16, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
        Refusal::because(code, Say::new(zh, en))
    }

    /// A refusal with a ready explanation.
    pub fn because(code: u16, say: Say) -> Refusal {
        Refusal { code: Code::Usual(code), say, status: 200 }
    }

    /// A refusal with a code of this dialect.
    pub fn exactly(code: impl Into<String>, say: Say) -> Refusal {
        Refusal { code: Code::Exactly(code.into()), say, status: 200 }
    }

    /// What the core's platform side could not read.
    pub fn unread(code: u16, error: &skm::Error) -> Refusal {
        Refusal::new(code, error.message_zh(), error.message())
    }

    /// What a magic value (`what` it is, in Chinese and English) asks for.
    pub fn magic(code: u16, (zh, en): (&str, &str)) -> Refusal {
        let say = Say::new(format!("魔法{zh}:要求返回 {code}"), format!("a magic {en} asked for {code}"));
        Refusal::exactly(code.to_string(), say)
    }
}

/// What was understood of a request before it was accepted or refused.
#[derive(Default)]
pub struct Heard {
    /// Masked values.
    pub fields: Vec<Field>,
    /// Certificate number of the person, once known.
    pub person: Option<String>,
}

impl Heard {
    /// Notes a value that is already masked.
    pub fn note(&mut self, name: &'static str, masked: String) {
        self.fields.push(Field { name, value: masked });
    }
}

/// What the core wrote, to be bent.
pub fn read_back(body: &[u8]) -> Value {
    serde_json::from_slice(body).expect("the core writes JSON")
}
