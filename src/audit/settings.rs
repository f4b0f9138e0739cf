//! The `[audit]` section: where the evidence log is, what it is proven with, when it changes files.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::AuditKey;
use crate::config::secret;
use crate::error::{Error, ErrorKind, Result, safe};
use crate::settings::{Found, Settings};

/// How large a file grows unless `audit.rotate_bytes` says otherwise: what is copied when a person is erased stays small.
const ROTATE_BYTES: u64 = 64 << 20;

/// The evidence log.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuditSettings {
    /// The file that is written to.
    pub file: PathBuf,
    /// What it is proven with; without one, `<file>.key`, which is made when the log is first opened.
    pub key: Option<AuditKey>,
    /// How a person becomes a pseudonym.
    pub pseudonym: Pseudonym,
    /// What becomes of a verdict whose record could not be written.
    pub on_failure: OnFailure,
    /// Begin another file before this one grows larger than so many bytes; 64 MiB unless set otherwise.
    pub rotate_bytes: Option<u64>,
    /// Begin another file each day (in China).
    pub rotate_daily: bool,
    /// Delete closed files whose newest record is older than so many days.
    pub keep_days: Option<u32>,
    /// Wait for the disk before a record counts as written: it then also survives a loss of power.
    pub sync: bool,
}

impl AuditSettings {
    /// A log in `file`, everything else as when the configuration names only the file.
    pub fn new(file: impl Into<PathBuf>) -> AuditSettings {
        AuditSettings {
            file: file.into(),
            key: None,
            pseudonym: Pseudonym::HmacSha256,
            on_failure: OnFailure::Refuse,
            rotate_bytes: Some(ROTATE_BYTES),
            rotate_daily: false,
            keep_days: None,
            sync: false,
        }
    }

    pub(crate) fn on_failure(&self) -> OnFailure {
        self.on_failure
    }
}

/// What becomes of a verdict whose record could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// The call fails with `audit_failed`: without evidence nobody is let in.
    Refuse,
    /// The verdict is given; the failure is logged and counted.
    Continue,
}

/// How a certificate number or a code becomes the same word for the same person, without being stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pseudonym {
    /// HMAC-SHA-256.
    HmacSha256,
    /// HMAC-SM3 (GB/T 32905), for units under commercial-cryptography assessment.
    HmacSm3,
}

impl Pseudonym {
    /// Every algorithm.
    pub const ALL: &'static [Pseudonym] = &[Pseudonym::HmacSha256, Pseudonym::HmacSm3];

    /// The value of `audit.pseudonym`.
    pub const fn name(self) -> &'static str {
        match self {
            Pseudonym::HmacSha256 => "hmac-sha256",
            Pseudonym::HmacSm3 => "hmac-sm3",
        }
    }

    /// What a pseudonym made with it begins with.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Pseudonym::HmacSha256 => "sha256",
            Pseudonym::HmacSm3 => "sm3",
        }
    }
}

pub(crate) fn read(settings: &mut Settings, base: &Path) -> Result<AuditSettings> {
    let file = settings.required_text("audit.file");
    let key = key(settings, base);
    let (pseudonym, on_failure) = (pseudonym(settings), on_failure(settings));
    let rotate_bytes = settings.integer("audit.rotate_bytes", 65_536..=1_099_511_627_776);
    let rotate_daily = settings.boolean("audit.rotate_daily").map(Option::unwrap_or_default);
    let keep_days = keep_days(settings, rotate_daily.as_ref().copied().unwrap_or_default());
    let sync = settings.boolean("audit.sync").map(Option::unwrap_or_default);
    Ok(AuditSettings {
        file: file_path(settings, file?, base)?,
        key: key?,
        pseudonym: pseudonym?,
        on_failure: on_failure?,
        rotate_bytes: Some(rotate_bytes?.map_or(ROTATE_BYTES, |bytes| bytes as u64)),
        rotate_daily: rotate_daily?,
        keep_days: keep_days?,
        sync: sync?,
    })
}

fn file_path(settings: &Settings, found: Found<Zeroizing<String>>, base: &Path) -> Result<PathBuf> {
    let file = base.join(found.value.as_str());
    if file.file_name().is_none() || found.value.chars().any(char::is_control) {
        return Err(settings.error(safe!("{} must name a file", "{} 须为文件路径", found.place)));
    }
    Ok(file)
}

fn key(settings: &mut Settings, base: &Path) -> Result<Option<AuditKey>> {
    if settings.keys_under("audit.key").is_empty() {
        return Ok(None);
    }
    let found = secret::required(settings, "audit.key", base)?;
    let key = AuditKey::parse(found.value.expose()).ok_or_else(|| {
        let detail = safe!(
            "{} must be 64 hex digits or the Base64 of 32 bytes, such as openssl rand -hex 32 gives",
            "{} 须为 64 位十六进制数或 32 字节的 Base64(例如 openssl rand -hex 32 的输出)",
            found.place
        );
        Error::with(ErrorKind::KeyInvalid, detail)
    })?;
    Ok(Some(key))
}

fn pseudonym(settings: &mut Settings) -> Result<Pseudonym> {
    let Some(found) = settings.text("audit.pseudonym")? else { return Ok(Pseudonym::HmacSha256) };
    let known = Pseudonym::ALL.iter().find(|algorithm| algorithm.name() == found.value.as_str());
    known.copied().ok_or_else(|| {
        settings.error(safe!("{} must be hmac-sha256 or hmac-sm3", "{} 须为 hmac-sha256 或 hmac-sm3", found.place))
    })
}

fn on_failure(settings: &mut Settings) -> Result<OnFailure> {
    let Some(found) = settings.text("audit.on_failure")? else { return Ok(OnFailure::Refuse) };
    match found.value.as_str() {
        "refuse" => Ok(OnFailure::Refuse),
        "continue" => Ok(OnFailure::Continue),
        _ => Err(settings.error(safe!("{} must be refuse or continue", "{} 须为 refuse 或 continue", found.place))),
    }
}

/// Whole files are deleted, so a file must not span more than a day for the promise to hold.
fn keep_days(settings: &mut Settings, rotate_daily: bool) -> Result<Option<u32>> {
    let place = settings.place("audit.keep_days");
    let days = settings.integer("audit.keep_days", 1..=36_500)?;
    if days.is_some() && !rotate_daily {
        return Err(settings.error(safe!(
            "{} needs rotate_daily = true: whole files are deleted, not single records",
            "{} 需要 rotate_daily = true:到期时删除的是整个文件,而非单条记录",
            place
        )));
    }
    Ok(days.map(|days| days as u32))
}
