//! What the log holds of one call: enough to show that it was lawful, nothing that names the person.

use std::time::{Duration, SystemTime};

use jiff::civil::Date;
use serde::Serialize;

use super::hex::Mac;
use super::keys::Keys;
use super::line::to_json;
use super::settings::Pseudonym;
use crate::dialect::QrRules;
use crate::error::Error;
use crate::interfaces::Interface;
use crate::interfaces::qr::QrText;
use crate::person::{CertificateNumber, Consent, MAX_TEXT_CHARS, PersonName, PersonalText, ResidentId, clean, mask};
use crate::verdict::WhenUnreachable;
use crate::wire::time;

/// Whom a record is about; stored as a keyed pseudonym only. `Debug` masks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A certificate number (interfaces 1 and 4).
    Certificate(CertificateNumber),
    /// The identity in a QR code (interface 3), not the part that changes with time. The platform never says whose
    /// code it is: the same person has one pseudonym by number and another by code.
    Code(PersonalText),
}

impl Subject {
    /// A number in any spelling that stands for the same certificate: `x` is `X`, 15 digits are lifted to 18.
    pub fn certificate(number: &CertificateNumber) -> Subject {
        let text = clean::framed(number.expose());
        let lifted = ResidentId::parse_15(text, Date::MAX).ok().map(|id| id.number().clone());
        Subject::Certificate(lifted.unwrap_or_else(|| text.to_ascii_uppercase().into()))
    }

    /// The identity in a scanned text; `None` if it is no complete health code.
    pub fn scanned(text: &PersonalText, rules: &QrRules) -> Option<Subject> {
        let code = QrText::parse(text.expose(), rules).ok()?;
        Some(Subject::Code(code.code().into()))
    }

    pub(super) fn pseudonym(&self, keys: &Keys, algorithm: Pseudonym) -> String {
        match self {
            Subject::Certificate(number) => keys.pseudonym(algorithm, "certificate", number.expose()),
            Subject::Code(code) => keys.pseudonym(algorithm, "code", code.expose()),
        }
    }
}

/// What is known of one call when it has ended.
pub(crate) struct Record<'a> {
    pub(crate) interface: Interface,
    /// The applying unit's `source` or `appmark`; never an account.
    pub(crate) unit: Option<&'a str>,
    pub(crate) consent: &'a Consent,
    pub(crate) subject: Option<Subject>,
    pub(crate) verifier: Option<&'a PersonName>,
    /// A verdict, `issued`, or an error's name.
    pub(crate) outcome: &'static str,
    pub(crate) error: Option<&'a Error>,
    pub(crate) attempts: u32,
    pub(crate) took: Duration,
}

/// A record that is ready to be written, but for its place in the chain.
pub(super) struct Sealable {
    pub(super) body: String,
    pub(super) digest: Mac,
    pub(super) now: SystemTime,
}

impl Sealable {
    pub(super) fn new(keys: &Keys, body: String, now: SystemTime) -> Sealable {
        Sealable { digest: keys.digest(body.as_bytes()), body, now }
    }
}

/// The members in the order in which they are written; `time` stays the first.
#[derive(Serialize)]
struct Body<'a> {
    time: String,
    interface: &'static str,
    unit: Option<String>,
    verifier: Option<String>,
    consent: &'static str,
    notice: String,
    consent_given: Option<String>,
    subject: Option<&'a str>,
    outcome: &'static str,
    error: Option<i32>,
    /// What the venue decided for the time when the platform cannot be reached.
    when_unreachable: Option<&'static str>,
    attempts: u32,
    ms: u128,
}

impl Record<'_> {
    pub(super) fn body(&self, keys: &Keys, algorithm: Pseudonym, now: SystemTime) -> String {
        let subject = self.subject.as_ref().map(|subject| subject.pseudonym(keys, algorithm));
        to_json(&Body {
            time: time::china_text(now),
            interface: self.interface.name(),
            unit: self.unit.map(shortened),
            verifier: self.verifier.map(|name| shortened(&mask::name(clean::text(name.expose())))),
            consent: self.consent.kind().as_str(),
            notice: shortened(self.consent.notice()),
            consent_given: self.consent.when().map(time::china_text),
            subject: subject.as_deref(),
            outcome: self.outcome,
            error: self.error.map(|error| error.kind().number()),
            when_unreachable: self.error.and_then(Error::when_unreachable).map(WhenUnreachable::as_str),
            attempts: self.attempts,
            ms: self.took.as_millis(),
        })
    }
}

/// Calls that were refused for an over-long text are recorded too: no caller decides how long a line grows.
fn shortened(text: &str) -> String {
    text.chars().take(MAX_TEXT_CHARS).collect()
}
