//! The evidence log: one JSON line for each call that needed consent, whatever came of it; keyed, chained, and free of
//! personal data. `docs/audit.md` says what it proves and what it cannot.
//!
//! [`Client`](crate::Client) writes it. [`AuditLog`] opens it to check, export or erase:
//!
//! ```no_run
//! use skm::audit::AuditLog;
//!
//! let config = skm::Config::load("skm.toml")?;
//! let log = AuditLog::open(config.audit()?)?;
//! for finding in log.verify(None, 100)?.findings {
//!     println!("{finding}");
//! }
//! # Ok::<(), skm::Error>(())
//! ```
//!
//! `record` (what is known of a call) → `recorder` (the queue and the thread that writes) → `line` (one line, its digest
//! and chain value, by `keys`) → `writer` and `retention` (append, recover, rotate, retire, in one `turn`, over `files`,
//! `tail` and `head`). Back: `snapshot` (the files of one moment) → `walk` (their lines) → `chain` (the check) → `finding`.

mod access;
mod chain;
mod erase;
mod fault;
mod files;
mod finding;
mod head;
mod hex;
mod keys;
mod line;
mod record;
mod recorder;
mod retention;
mod settings;
mod snapshot;
mod tail;
mod turn;
mod walk;
mod writer;

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Instant;

pub use erase::Erased;
pub use finding::{Finding, FindingKind};
pub use keys::AuditKey;
pub(crate) use record::Record;
pub use record::Subject;
pub(crate) use recorder::{Recorder, Written};
pub(crate) use settings::read as read_settings;
pub use settings::{AuditSettings, OnFailure, Pseudonym};
pub use walk::{Entry, Report, Step, Walk};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result, file_name, safe};
use crate::wire::deadline::Deadline;
use fault::{failed, foreign, unreadable};
use files::Files;
use head::{Found, Head};
use hex::Mac;
use keys::Keys;
use line::GENESIS;
use tail::Tail;

/// The log of one configuration. Holds keys but no open file: the files may be rotated by any process.
pub struct AuditLog {
    settings: AuditSettings,
    files: Files,
    keys: Keys,
}

impl AuditLog {
    /// Opens a log that is there. Needs no right to write, as everything here but [`AuditLog::erase`].
    ///
    /// # Errors
    /// `config_invalid` if there is none, `key_invalid` if its key file is missing, `audit_unreadable` if it cannot be
    /// read.
    pub fn open(settings: &AuditSettings) -> Result<AuditLog> {
        let log = AuditLog::with_its_key(settings)?;
        let found = has_records(&log.files).map_err(|error| unreadable(log.files.folder(), &error))?;
        if !found {
            let name = file_name(log.files.current());
            let detail = safe!("{} holds no log: check audit.file", "{} 中没有审计日志:请检查 audit.file", name);
            return Err(Error::with(ErrorKind::ConfigInvalid, detail));
        }
        Ok(log)
    }

    /// Opens a log to hold it against `anchor`, which shows that there was one: a log that was deleted as a whole is
    /// opened too, and [`AuditLog::verify`] calls it `truncated`.
    ///
    /// # Errors
    /// As [`AuditLog::open`]; `config_invalid` only if the anchor is that of a log without records.
    pub fn open_against(settings: &AuditSettings, anchor: &Anchor) -> Result<AuditLog> {
        if anchor.n == 0 { AuditLog::open(settings) } else { AuditLog::with_its_key(settings) }
    }

    /// The files that a call opens, as far as they are there: the one that is written to first, then head, lock and
    /// key. Empty before the log is begun. Opens and makes none of them.
    pub fn files_of(settings: &AuditSettings) -> Vec<PathBuf> {
        let files = Files::new(&settings.file);
        if files.owner().is_some() { files.opened_by_calls() } else { Vec::new() }
    }

    /// Opens a log to write to, and makes what is missing: the file, and the key if none is configured.
    fn create(settings: &AuditSettings, deadline: Deadline) -> Result<AuditLog> {
        let files = Files::new(&settings.file);
        let turn = files.lock(turn::Wait::Until(Instant::now() + deadline.remaining().unwrap_or_default()))?;
        // Before the key: none for a log that cannot be.
        let mut current = files.open_current()?;
        let has_records = || has_records(&files).map_err(|error| failed(files.folder(), &error));
        let key = match &settings.key {
            Some(key) => key.clone(),
            None if files.key().exists() || has_records()? => read_key(&files, failed)?,
            None => make_key(&files)?,
        };
        let log = AuditLog::with_key(settings, files, &key);
        // Another key, a folder that cannot be written to: better known now than at the first verdict.
        let (end, notes) = log.with_lock(turn, |turn| turn.end(&mut current).map(drop));
        notes.tell();
        end.map(|()| log)
    }

    fn with_its_key(settings: &AuditSettings) -> Result<AuditLog> {
        let files = Files::new(&settings.file);
        let key = settings.key.clone().map_or_else(|| read_key(&files, unreadable), Ok)?;
        Ok(AuditLog::with_key(settings, files, &key))
    }

    fn with_key(settings: &AuditSettings, files: Files, key: &AuditKey) -> AuditLog {
        AuditLog { settings: settings.clone(), files, keys: Keys::derive(key) }
    }

    /// The newest record that the head names, to be written down where whoever can change the log cannot.
    ///
    /// # Errors
    /// `audit_unreadable` if the log cannot be read, or was written with another key.
    pub fn anchor(&self) -> Result<Anchor> {
        let seen = self.snapshot()?;
        if let Found::Head(Head { n, mac, .. }) = seen.head {
            return Ok(Anchor { n, mac });
        }
        // The head is lost: the newest record that is there.
        let closed = seen.closed.last().map(|(_, path)| (path.clone(), File::open(path)));
        let current = seen.current.map(|current| (self.files.current().to_owned(), Ok(current.file)));
        for (path, file) in current.into_iter().chain(closed) {
            let tail = file.and_then(|mut file| Tail::find(&mut file)).map_err(|error| unreadable(&path, &error))?;
            let Some(tail) = tail else { continue };
            let Some(line) = tail.line() else { continue };
            if !line.is_linked(&self.keys) {
                return Err(foreign(ErrorKind::AuditUnreadable, &path));
            }
            return Ok(Anchor { n: line.n, mac: line.mac });
        }
        Ok(Anchor { n: 0, mac: GENESIS })
    }
}

impl fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditLog").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// One record as it was at some time: `n:mac`. A log that was rolled back as a whole no longer holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    n: u64,
    mac: Mac,
}

impl Anchor {
    /// The record's number.
    pub fn n(&self) -> u64 {
        self.n
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.n, hex::encode(&self.mac))
    }
}

impl FromStr for Anchor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Anchor> {
        let parsed = text.trim().split_once(':').and_then(|(n, mac)| Some((n.parse().ok()?, hex::decode(mac)?)));
        let (n, mac) = parsed.ok_or_else(|| {
            let detail = safe!(
                "anchor must be a number, a colon and 64 hex digits, as skm audit head prints it",
                "anchor 须为 skm audit head 输出的形式:数字、冒号及 64 位十六进制数"
            );
            Error::input("anchor", detail)
        })?;
        Ok(Anchor { n, mac })
    }
}

fn has_records(files: &Files) -> io::Result<bool> {
    let filled = std::fs::metadata(files.current()).is_ok_and(|file| file.is_file() && file.len() > 0);
    Ok(filled || files.head().exists() || !files.all_closed()?.is_empty())
}

fn read_key(files: &Files, fault: fn(&std::path::Path, &io::Error) -> Error) -> Result<AuditKey> {
    let path = files.key();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(key_missing(files)),
        Err(error) => return Err(fault(&path, &error)),
    };
    AuditKey::parse(text.trim_end()).ok_or_else(|| key_missing(files))
}

fn key_missing(files: &Files) -> Error {
    let detail = safe!(
        "{} does not hold the key of the log: put the file back, or set audit.key_file",
        "{} 中没有该日志的密钥:请恢复此文件,或设置 audit.key_file",
        file_name(&files.key())
    );
    Error::with(ErrorKind::KeyInvalid, detail)
}

/// Makes a key. Killed in between, there is a whole key or none.
fn make_key(files: &Files) -> Result<AuditKey> {
    let path = files.key();
    let key = AuditKey::generate().map_err(|_| ErrorKind::Internal)?;
    let make = || {
        let mut draft = files.draft_of(&path)?;
        draft.write_all(key.to_hex().as_bytes())?;
        draft.write_all(b"\n")?;
        draft.file()?.sync_all()?;
        draft.put_in_place(&path)
    };
    make().map_err(|error| failed(&path, &error))?;
    Ok(key)
}
