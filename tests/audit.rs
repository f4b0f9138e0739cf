//! The evidence log: every tampering is named, a killed process loses nothing, and no file holds personal data.
//!
//! Most records here are of calls that end before the network (an invalid number): the log cannot tell, and is fast.

#![cfg(feature = "evidence")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "audit/access.rs"]
mod access;
#[path = "audit/crash.rs"]
mod crash;
#[path = "audit/erasing.rs"]
mod erasing;
#[path = "audit/host.rs"]
mod host;
#[path = "support/platform.rs"]
mod platform;
#[path = "audit/privacy.rs"]
mod privacy;
#[path = "audit/reading.rs"]
mod reading;
#[path = "audit/rotation.rs"]
mod rotation;
#[path = "audit/settings.rs"]
mod settings;
#[path = "audit/tampering.rs"]
mod tampering;
#[path = "audit/turns.rs"]
mod turns;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use skm::audit::{AuditKey, AuditLog, Finding, FindingKind, Report};
use skm::clock::Clock;
use skm::config::AuditSettings;
use skm::{Client, Config, Consent, ErrorKind, IdRequest};
use tempfile::TempDir;

/// 2026-11-24, noon in China.
const NOON: Duration = Duration::from_secs(1_795_492_800);
const DAY: Duration = Duration::from_secs(86_400);
/// Invented, and wrong in its check character: such calls end before the network.
const NUMBER: &str = "320000198506304140";

/// A clock that stands still until it is moved.
#[derive(Debug, Clone)]
struct Hands(Arc<Mutex<SystemTime>>);

impl Hands {
    fn at_noon() -> Hands {
        Hands(Arc::new(Mutex::new(SystemTime::UNIX_EPOCH + NOON)))
    }

    fn move_on(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}

/// A log of its own in a folder of its own.
struct Bench {
    folder: TempDir,
    clock: Hands,
    settings: AuditSettings,
}

impl Bench {
    fn new() -> Bench {
        let folder = TempDir::new().unwrap();
        let mut settings = AuditSettings::new(folder.path().join("audit.jsonl"));
        settings.key = AuditKey::parse(&"5a".repeat(32));
        Bench { folder, clock: Hands::at_noon(), settings }
    }

    /// A log with records 1 to `count`.
    fn with(count: u64) -> Bench {
        let bench = Bench::new();
        bench.records(count);
        bench
    }

    fn client(&self) -> Client {
        Client::with_clock(config(&self.settings), Arc::new(self.clock.clone())).unwrap()
    }

    fn records(&self, count: u64) {
        let client = self.client();
        (0..count).for_each(|_| record(&client, NUMBER));
    }

    fn file(&self) -> &Path {
        &self.settings.file
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.folder.path().join(format!("audit.jsonl.{ending}"))
    }

    /// The same where the log is not in this folder.
    fn beside_file(&self, ending: &str) -> PathBuf {
        PathBuf::from(format!("{}.{ending}", self.file().display()))
    }

    fn log(&self) -> AuditLog {
        AuditLog::open(&self.settings).unwrap()
    }

    fn verify(&self) -> Report {
        self.log().verify(None, 1000).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        std::fs::read_to_string(self.file()).unwrap().lines().map(str::to_owned).collect()
    }

    fn put(&self, lines: &[String]) {
        std::fs::write(self.file(), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }

    /// The names of all files, sorted.
    fn names(&self) -> Vec<String> {
        let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
        let mut names: Vec<String> = self.folder.path().read_dir().unwrap().map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }
}

/// A configuration that can call interface 4 (nobody listens there) and keeps this log.
fn config(settings: &AuditSettings) -> Config {
    let key = "AAECAwQFBgcICQoLDA0ODw==";
    let source = format!(
        "[id]\nurl = \"http://127.0.0.1:9/\"\naccount = \"skm_auth_demo\"\nauth_key = \"{key}\"\nbody_key = \"{key}\"\n"
    );
    let mut config = Config::parse(&source, Path::new("")).unwrap();
    config.audit = Some(settings.clone());
    config
}

/// Stops what runs beside a test, however the test ends.
struct Stop<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Leaves one record.
fn record(client: &Client, number: &str) {
    let request = IdRequest::new(number, "张三", Consent::explicit("notice A-12"));
    let error = client.verify_id(&request).unwrap_err();
    assert_eq!((error.kind(), error.audit_failed()), (ErrorKind::InputInvalid, false));
}

/// `make test` ends with what stands in the file of `SKM_LEFT_OUT`.
#[cfg(unix)]
fn leave_out(what: &str) {
    use std::io::Write;

    let line = format!("LEFT OUT: Rust: {what}\n");
    print!("{line}");
    if let Some(file) = std::env::var_os("SKM_LEFT_OUT") {
        let mut file = std::fs::File::options().create(true).append(true).open(file).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
}

/// Kind, line, first and last record of each finding.
fn told(report: &Report) -> Vec<(FindingKind, u64, u64, u64)> {
    report.findings.iter().map(|Finding { kind, line, first, last, .. }| (*kind, *line, *first, *last)).collect()
}
