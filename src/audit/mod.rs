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
//! `record` (what is told of a call) → `line` (one line, its digest and chain value, by `keys`) → `writer` (append,
//! recover, rotate, retire, over `files` and `head`). Back: `walk` (lines of all files) → `chain` (the check) → `finding`.

mod chain;
mod erase;
mod files;
mod finding;
mod head;
mod hex;
mod keys;
mod line;
mod record;
mod walk;
mod writer;

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::str::FromStr;
use std::time::{Duration, Instant};

pub use erase::Erased;
pub use finding::{Finding, FindingKind};
pub use keys::AuditKey;
pub(crate) use record::Record;
pub use record::Subject;
pub use walk::{Entry, Report, Step, Walk};
use zeroize::Zeroizing;

use crate::config::{AuditSettings, file_name};
use crate::error::{Error, ErrorKind, Result, safe};
use files::{Files, failed};
use hex::Mac;
use keys::Keys;

/// Until when work that is not a call waits for its turn.
fn own_turn() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// The log of one configuration. Holds keys but no open file: the files may be rotated by any process.
pub struct AuditLog {
    settings: AuditSettings,
    files: Files,
    keys: Keys,
}

impl AuditLog {
    /// Opens a log that is there.
    ///
    /// # Errors
    /// `config_invalid` if there is none, `key_invalid` if its key file is missing, `audit_failed` if it cannot be read.
    pub fn open(settings: &AuditSettings) -> Result<AuditLog> {
        let log = AuditLog::with_key(settings, read_key)?;
        if !log.has_records()? {
            let name = file_name(log.files.current());
            let detail = safe!("{} holds no log: check audit.file", "{} 中没有审计日志:请检查 audit.file", name);
            return Err(Error::with(ErrorKind::ConfigInvalid, detail));
        }
        Ok(log)
    }

    /// Opens a log to write to, and makes what is missing: the file, and the key if none is configured.
    pub(crate) fn create(settings: &AuditSettings) -> Result<AuditLog> {
        let log = AuditLog::with_key(settings, |files| {
            let _turn = files.lock(own_turn())?;
            // No key for a log that cannot be.
            files.open_current()?;
            if files.key().exists() || has_records(files)? { read_key(files) } else { make_key(files) }
        })?;
        let _turn = log.files.lock(own_turn())?;
        // Another key, a folder that cannot be written to: better known now than at the first verdict.
        log.end(&mut log.files.open_current()?)?;
        Ok(log)
    }

    fn with_key(settings: &AuditSettings, default: impl FnOnce(&Files) -> Result<AuditKey>) -> Result<AuditLog> {
        let files = Files::new(&settings.file);
        let key = settings.key.clone().map_or_else(|| default(&files), Ok)?;
        Ok(AuditLog { settings: settings.clone(), files, keys: Keys::derive(&key) })
    }

    fn has_records(&self) -> Result<bool> {
        has_records(&self.files)
    }

    /// The newest record, to be written down where whoever can change the log cannot.
    ///
    /// # Errors
    /// `audit_failed` if the log cannot be read.
    pub fn anchor(&self) -> Result<Anchor> {
        let _turn = self.files.lock(own_turn())?;
        let end = self.end(&mut self.files.open_current()?)?;
        Ok(Anchor { n: end.n, mac: end.mac })
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

fn has_records(files: &Files) -> Result<bool> {
    let filled = std::fs::metadata(files.current()).is_ok_and(|file| file.is_file() && file.len() > 0);
    Ok(filled || files.head().exists() || !files.all_closed()?.is_empty())
}

fn read_key(files: &Files) -> Result<AuditKey> {
    let path = files.key();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(key_missing(files)),
        Err(error) => return Err(failed(&path, &error)),
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
    let (path, draft) = (files.key(), files.draft());
    let key = AuditKey::generate().map_err(|_| ErrorKind::Internal)?;
    let mut options = OpenOptions::new();
    let write = |options: &mut OpenOptions| {
        let mut file = files::private(options.write(true).create(true).truncate(true)).open(&draft)?;
        file.write_all(key.to_hex().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&draft, &path)
    };
    write(&mut options).map_err(|error| failed(&path, &error))?;
    Ok(key)
}
