//! The last 1000 requests, masked by the core's masking module and nothing else.

use std::collections::VecDeque;

use serde::Serialize;

use crate::text::Say;

/// How many requests are kept.
pub const KEPT: usize = 1000;

/// One request and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Counted from 1 since the start or the last reset.
    pub number: u64,
    /// The sandbox's time, `2021-01-01T12:00:00+08:00`.
    pub time: String,
    /// `issue_user_token`, `display`, `verify_scan` or `verify_id`.
    pub interface: &'static str,
    /// `retcode`, `resCode` or `code` of the answer; the HTTP status for the page.
    pub code: String,
    /// The fault that was applied.
    pub fault: Option<&'static str>,
    /// Why, in Chinese.
    pub explanation_zh: String,
    /// Why, in English.
    pub explanation: String,
    /// What was asked, masked.
    pub fields: Vec<Field>,
}

/// One masked value of a request.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// The name on the wire.
    pub name: &'static str,
    /// Masked.
    pub value: String,
}

/// The journal.
#[derive(Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    counted: u64,
}

impl Journal {
    /// Adds an entry; the oldest beyond [`KEPT`] goes.
    pub fn add(
        &mut self,
        time: String,
        interface: &'static str,
        code: String,
        fault: Option<&'static str>,
        say: &Say,
        fields: Vec<Field>,
    ) {
        self.counted += 1;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            number: self.counted,
            time,
            interface,
            code,
            fault,
            explanation_zh: say.zh.clone(),
            explanation: say.en.clone(),
            fields,
        });
    }

    /// Oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }
}
