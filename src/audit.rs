//! The evidence log: one JSON line for each call that needed consent, whatever came of it.
//!
//! Personal data stands in it only masked; keys, tokens and QR texts never. A record that cannot be written fails the
//! call (`audit_failed`): without evidence nobody is let in.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::config::{IoReason, file_name};
use crate::error::{Error, ErrorKind, Result, safe};
use crate::interfaces::Interface;
use crate::person::Consent;
use crate::wire::time;

pub(crate) struct Audit(Mutex<File>);

/// What is known of one call when it has ended. `Display` of the members masks.
pub(crate) struct Record<'a> {
    pub(crate) interface: Interface,
    pub(crate) consent: &'a Consent,
    /// Masked by its type.
    pub(crate) subject: Option<String>,
    /// Masked by its type.
    pub(crate) verifier: Option<String>,
    /// A verdict, `issued`, or an error's name.
    pub(crate) outcome: &'static str,
    pub(crate) attempts: u32,
    pub(crate) took: Duration,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    interface: &'static str,
    consent: &'static str,
    notice: &'a str,
    consent_given: Option<String>,
    subject: Option<&'a str>,
    verifier: Option<&'a str>,
    outcome: &'static str,
    attempts: u32,
    took_ms: u128,
}

impl Audit {
    pub(crate) fn open(path: &Path) -> Result<Audit> {
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
            let detail = safe!("audit.file {}: {}", "audit.file {}:{}", file_name(path), IoReason::of(&error));
            Error::with(ErrorKind::AuditFailed, detail)
        })?;
        Ok(Audit(Mutex::new(file)))
    }

    pub(crate) fn write(&self, record: &Record<'_>, now: SystemTime) -> Result<()> {
        let line = Line {
            time: time::china_text(now),
            interface: record.interface.name(),
            consent: record.consent.kind().as_str(),
            notice: record.consent.notice(),
            consent_given: record.consent.when().map(time::china_text),
            subject: record.subject.as_deref(),
            verifier: record.verifier.as_deref(),
            outcome: record.outcome,
            attempts: record.attempts,
            took_ms: record.took.as_millis(),
        };
        let mut bytes = serde_json::to_vec(&line).expect("strings and numbers always serialise");
        bytes.push(b'\n');
        // One write of a whole line: other processes that append to the same file do not tear it.
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&bytes)
            .map_err(|error| Error::with(ErrorKind::AuditFailed, safe!("{}", "{}", IoReason::of(&error))))
    }
}
