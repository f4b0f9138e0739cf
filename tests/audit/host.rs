//! What the log does to the program around it: its logger, its limits.
#![cfg(unix)]

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use skm::{Client, IdRequest};

use super::{Bench, NUMBER, config, record};

const CHILD: &str = "SKM_AUDIT_HOST_CHILD";

fn again(test: &str, script: &str, bench: &Bench) -> Output {
    Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(CHILD, bench.file())
        .output()
        .unwrap()
}

/// A logger that makes a call for each warning of the log, and takes down what it was told and how long that took.
struct Calls(OnceLock<Client>, Mutex<Vec<(String, Duration)>>);

static CALLS: Calls = Calls(OnceLock::new(), Mutex::new(Vec::new()));

impl log::Log for Calls {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, entry: &log::Record<'_>) {
        let begun = Instant::now();
        if let Some(client) = self.0.get().filter(|_| entry.level() <= log::Level::Warn) {
            record(client, NUMBER);
        }
        self.1.lock().unwrap().push((format!("{} {}", entry.target(), entry.args()), begun.elapsed()));
    }

    fn flush(&self) {}
}

#[test]
fn a_logger_that_makes_calls_waits_for_nothing() {
    const TEST: &str = "host::a_logger_that_makes_calls_waits_for_nothing";
    if let Some(file) = std::env::var_os(CHILD) {
        let mut bench = Bench::new();
        bench.settings.file = file.into();
        log::set_logger(&CALLS).unwrap();
        log::set_max_level(log::LevelFilter::Warn);
        let client = bench.client();
        CALLS.0.set(client.clone()).unwrap();
        let write = |content: &[u8]| std::fs::write(bench.file(), content).unwrap();
        record(&client, NUMBER);
        let whole = std::fs::read(bench.file()).unwrap();
        write(&[&whole[..], b"{\"n\":"].concat());
        record(&client, NUMBER);
        write(&whole);
        record(&client, NUMBER);
        std::fs::remove_file(bench.beside_file("head")).unwrap();
        record(&client, NUMBER);
        for (said, took) in CALLS.1.lock().unwrap().iter() {
            println!("{} {said}", if *took < Duration::from_secs(2) { "soon:" } else { "LATE:" });
        }
        return;
    }
    let bench = Bench::with(1);
    let output = again(TEST, "exec \"$@\"", &bench);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for expected in ["a torn line was set aside before record", "records after", "the head is lost"] {
        assert!(said.contains(&format!("soon: skm::audit evidence log: {expected}")), "{expected}: {said}");
    }
    assert!(!said.contains("LATE"), "{said}");
}

/// RLIMIT_FSIZE: what writes beyond it is sent a signal that ends the process.
#[test]
fn a_limit_of_the_size_of_files_is_a_full_disk() {
    const TEST: &str = "host::a_limit_of_the_size_of_files_is_a_full_disk";
    if let Some(file) = std::env::var_os(CHILD) {
        let mut bench = Bench::new();
        bench.settings.file = file.into();
        let client = Client::new(config(&bench.settings)).unwrap();
        let request = IdRequest::new(NUMBER, "张三", super::platform::consent());
        let is_lost = || client.verify_id(&request).unwrap_err().audit_failed();
        let mut written = 0;
        while !is_lost() {
            written += 1;
            assert!(written < 1000, "there is no limit");
        }
        assert!(is_lost() && client.audit_failures() == 2);
        // Erasing writes a file of about the same length.
        let subject = skm::audit::Subject::certificate(&NUMBER.into());
        let erased = bench.log().erase(&subject, std::time::SystemTime::now());
        println!("{written} records, erased: {}", erased.is_ok());
        return;
    }
    let bench = Bench::with(1);
    // Blocks of 512 or 1024 bytes.
    let output = again(TEST, "ulimit -f 40; exec \"$@\"", &bench);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.signal().is_none() && output.status.success(), "{:?}: {said}", output.status);
    let length = bench.file().metadata().unwrap().len();
    assert!((10_000..=40 * 1024).contains(&length), "{length}");
    let report = bench.verify();
    assert!(report.is_sound() && report.records > 10, "{report:?}");
    assert!(!bench.names().iter().any(|name| name.contains("draft")), "{:?}", bench.names());
}
