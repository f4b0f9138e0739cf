//! What an interface decides, before it becomes bytes.

use serde_json::Value;

use crate::faults::Interface;
use crate::journal::Field;
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
    /// Interface 4: an outer answer whose `data` becomes the sealed inner one.
    Sealed {
        /// Without `data`.
        outer: Value,
        /// What is sealed.
        inner: Value,
    },
    /// The H5 page.
    Page(&'static str),
}

/// Why a request is refused.
#[derive(Debug)]
pub struct Refusal {
    /// The platform's code.
    pub code: u16,
    /// What is wrong and what would be right.
    pub say: Say,
    /// HTTP status: 200, except for a wrong method.
    pub status: u16,
}

impl Refusal {
    /// A refusal with HTTP status 200, as the platform sends it.
    pub fn new(code: u16, zh: impl Into<String>, en: impl Into<String>) -> Refusal {
        Refusal { code, say: Say::new(zh, en), status: 200 }
    }

    /// A refusal with a ready explanation.
    pub fn because(code: u16, say: Say) -> Refusal {
        Refusal { code, say, status: 200 }
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
