//! The evidence log of a build without the feature `evidence`: there is none, and a configuration that wants one is
//! refused.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::dialect::QrRules;
use crate::error::{Error, Result, safe};
use crate::interfaces::Interface;
use crate::person::{CertificateNumber, Consent, PersonName, PersonalText};
use crate::settings::Settings;
use crate::wire::deadline::Deadline;

/// The settings of a log that no configuration can have here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditSettings {}

impl AuditSettings {
    pub(crate) fn on_failure(&self) -> OnFailure {
        match *self {}
    }
}

/// What becomes of a verdict whose record could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// The call fails with `audit_failed`.
    Refuse,
    /// The verdict is given.
    Continue,
}

pub(crate) fn read_settings(settings: &mut Settings, _base: &Path) -> Result<AuditSettings> {
    let place = settings.place("audit.file");
    Err(settings.error(safe!(
        "{}: this build keeps no evidence log: build it with the feature evidence, or remove the section [audit]",
        "{}:此版本不含证据日志功能:请启用 evidence 特性重新构建,或删除 [audit] 一节",
        place
    )))
}

/// Whom a record is about; nothing is kept of it here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject;

impl Subject {
    pub(crate) fn certificate(_number: &CertificateNumber) -> Subject {
        Subject
    }

    pub(crate) fn scanned(_text: &PersonalText, _rules: &QrRules) -> Option<Subject> {
        None
    }
}

#[allow(dead_code, reason = "the same members as with the feature, which nothing reads here")]
pub(crate) struct Record<'a> {
    pub(crate) interface: Interface,
    pub(crate) unit: Option<&'a str>,
    pub(crate) consent: &'a Consent,
    pub(crate) subject: Option<Subject>,
    pub(crate) verifier: Option<&'a PersonName>,
    pub(crate) outcome: &'static str,
    pub(crate) error: Option<&'a Error>,
    pub(crate) attempts: u32,
    pub(crate) took: Duration,
}

#[allow(dead_code, reason = "the same cases as with the feature, none of which can be here")]
pub(crate) enum Written {
    Yes,
    No(Error),
    NotYet(Error),
}

pub(crate) enum Recorder {}

impl Recorder {
    pub(crate) fn open(settings: &AuditSettings, _deadline: Deadline) -> Result<Recorder> {
        match *settings {}
    }

    pub(crate) fn record(&self, _record: &Record<'_>, _now: SystemTime, _left: Duration) -> Written {
        match *self {}
    }

    pub(crate) fn hand_over(&self, _record: &Record<'_>, _now: SystemTime) {
        match *self {}
    }

    pub(crate) fn failures(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn flush(&self) {
        match *self {}
    }
}
