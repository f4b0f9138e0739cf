//! Killed processes, torn lines, full disks, several writers.
//!
//! A child is this test binary again, asked for the same test with `SKM_AUDIT_CHILD` naming the log.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use skm::config::{AuditSettings, OnFailure};
use skm::{Client, ErrorKind};
use skm_sandbox::{Fault, Interface, Kind as Break, Level};

use super::platform::{client, id_request, person, start};
use super::{Bench, FindingKind as Kind, NUMBER, config, record, told};

const CHILD: &str = "SKM_AUDIT_CHILD";
const KILLS: u64 = 40;

fn child_settings(file: PathBuf) -> AuditSettings {
    let mut settings = AuditSettings::new(file);
    settings.rotate_bytes = Some(40_000);
    settings
}

/// In a child: leaves records, and says `+` for each once it is written.
fn write_records(file: PathBuf, most: u64) {
    let client = Client::new(config(&child_settings(file))).unwrap();
    for _ in 0..most {
        record(&client, NUMBER);
        std::io::stdout().write_all(b"+\n").unwrap();
    }
}

fn spawn(test: &str, file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(CHILD, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How many records the child said it had written; once it has ended.
fn said(child: &mut Child) -> u64 {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The first stands behind what the test runner says of the test.
    lines.filter(|line| line.as_ref().is_ok_and(|line| line.ends_with('+'))).count() as u64
}

#[test]
fn kill_9_at_any_moment_loses_nothing() {
    if let Some(file) = std::env::var_os(CHILD) {
        return write_records(file.into(), u64::MAX);
    }
    let mut bench = Bench::new();
    bench.settings = child_settings(bench.file().to_owned());
    let mut written = 0;
    for kill in 1..=KILLS {
        let mut child = spawn("crash::kill_9_at_any_moment_loses_nothing", bench.file());
        std::thread::sleep(Duration::from_micros(fastrand::u64(5_000..60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        written += said(&mut child);
        if written == 0 {
            continue;
        }
        let report = bench.verify();
        assert!(report.is_sound(), "after kill {kill}: {:?}", report.findings);
        // The last one may have been written before it could be told.
        assert!((written..=written + kill).contains(&report.records), "{} of {written}", report.records);
    }
    assert!(written > KILLS, "the children wrote only {written} records");
    // Whoever comes next finds everything in order.
    bench.records(1);
    let report = bench.verify();
    assert_eq!(report.findings, Vec::new());
    println!("{KILLS} kills, {} records, {} files", report.records, bench.names().len());
}

/// How many times, or as the environment says: `make evidence` asks for more than a test run has time for.
fn times(variable: &str, few: u64) -> u64 {
    std::env::var(variable).map_or(few, |many| many.parse().unwrap())
}

/// In a child: several threads leave records, and say `+` for each once it is written.
fn write_records_from(threads: u64, file: PathBuf, each: u64, rest: Duration) {
    let client = Client::new(config(&child_settings(file))).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..each {
                    let request = skm::IdRequest::new(NUMBER, "张三", super::platform::consent());
                    let error = client.verify_id(&request).unwrap_err();
                    assert_eq!((error.kind(), error.audit_failed()), (ErrorKind::InputInvalid, false));
                    std::io::stdout().write_all(b"+\n").unwrap();
                    std::thread::sleep(rest);
                }
            });
        }
    });
}

/// A child that is killed, however the test ends.
struct Writer(Child);

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn kill_9_of_one_writer_among_four_loses_nothing() {
    const TEST: &str = "crash::kill_9_of_one_writer_among_four_loses_nothing";
    const THREADS: u64 = 4;
    if let Some(file) = std::env::var_os(CHILD) {
        // Checking must come after them.
        return write_records_from(THREADS, file.into(), u64::MAX, Duration::from_millis(2));
    }
    let mut bench = Bench::new();
    bench.settings = child_settings(bench.file().to_owned());
    bench.records(1);
    // What each child says is counted while it runs: a pipe holds less than it writes.
    let spawn = || {
        let mut writer = Writer(spawn(TEST, bench.file()));
        let output = writer.0.stdout.take().unwrap();
        let lines = std::thread::spawn(move || {
            BufReader::new(output).lines().filter(|line| line.as_ref().is_ok_and(|line| line.ends_with('+'))).count()
        });
        (writer, lines)
    };
    let mut writers: Vec<_> = (0..4).map(|_| spawn()).collect();
    let (kills, mut written) = (times("SKM_EVIDENCE_KILLS", 12), 1);
    let end = |(writer, lines): (Writer, std::thread::JoinHandle<usize>)| {
        drop(writer);
        lines.join().unwrap() as u64
    };
    for kill in 1..=kills {
        std::thread::sleep(Duration::from_micros(fastrand::u64(5_000..60_000)));
        written += end(writers.swap_remove(fastrand::usize(..4)));
        // While the three others go on.
        let report = bench.verify();
        assert!(report.is_sound(), "after kill {kill}: {:?}", report.findings);
        writers.push(spawn());
    }
    written += writers.into_iter().map(end).sum::<u64>();
    let report = bench.verify();
    assert!(report.is_sound(), "{:?}", report.findings);
    // Each thread of each writer may have been killed before it could say so.
    let unsaid = THREADS * (kills + 4);
    assert!((written..=written + unsaid).contains(&report.records), "{} of {written}", report.records);
    bench.records(1);
    assert_eq!(bench.verify().findings, Vec::new());
    println!("{kills} kills among four writers, {} records", report.records);
}

#[test]
fn three_processes_with_sixteen_threads_each_are_never_refused() {
    const TEST: &str = "crash::three_processes_with_sixteen_threads_each_are_never_refused";
    let each = times("SKM_EVIDENCE_CALLS", 60);
    if let Some(file) = std::env::var_os(CHILD) {
        return write_records_from(16, file.into(), each, Duration::ZERO);
    }
    let mut bench = Bench::new();
    bench.settings = child_settings(bench.file().to_owned());
    let mut children = [(); 3].map(|()| spawn(TEST, bench.file()));
    std::thread::scope(|scope| {
        for child in &mut children {
            scope.spawn(move || {
                assert_eq!(said(child), 16 * each);
                assert!(child.wait().unwrap().success());
            });
        }
    });
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (3 * 16 * each, Vec::new()));
}

#[test]
fn two_processes_write_one_log() {
    if let Some(file) = std::env::var_os(CHILD) {
        return write_records(file.into(), 500);
    }
    let mut bench = Bench::new();
    bench.settings = child_settings(bench.file().to_owned());
    let mut children = [(); 2].map(|()| spawn("crash::two_processes_write_one_log", bench.file()));
    for child in &mut children {
        assert_eq!(said(child), 500);
        assert!(child.wait().unwrap().success());
    }
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (1000, Vec::new()));
}

#[test]
fn many_threads_write_one_log() {
    let bench = Bench::new();
    let client = bench.client();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..50).for_each(|_| record(&client, NUMBER)));
        }
    });
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (800, Vec::new()));
    assert_eq!(client.audit_failures(), 0);
}

#[test]
fn a_torn_line_is_set_aside_wherever_it_tore() {
    let bench = Bench::with(3);
    // What a killed process leaves: a fourth line that the head does not know of, cut anywhere.
    let head = std::fs::read(bench.beside("head")).unwrap();
    let before = std::fs::read(bench.file()).unwrap();
    bench.records(1);
    let after = std::fs::read(bench.file()).unwrap();
    for cut in (before.len() + 1..after.len()).step_by(7) {
        std::fs::write(bench.file(), &after[..cut]).unwrap();
        std::fs::write(bench.beside("head"), &head).unwrap();
        let report = bench.verify();
        assert_eq!(told(&report), [(Kind::Torn, 4, 4, 4)], "{cut}");
        assert!(report.is_sound());
        bench.records(1);
        let report = bench.verify();
        assert_eq!((report.records, report.findings), (4, Vec::new()), "{cut}");
        let aside = std::fs::read(bench.beside("torn-4")).unwrap();
        assert_eq!(aside.strip_suffix(b"\n").unwrap(), &after[before.len()..cut]);
        std::fs::remove_file(bench.beside("torn-4")).unwrap();
    }
    // Broken JSON that ends with a newline, and a whole line that only the head misses.
    std::fs::write(bench.file(), [&before[..], b"{\"n\":4,\"prev\":\n\0\0\0\0"].concat()).unwrap();
    std::fs::write(bench.beside("head"), &head).unwrap();
    bench.records(1);
    assert_eq!(std::fs::read(bench.beside("torn-4")).unwrap(), b"{\"n\":4,\"prev\":\n\0\0\0\0\n");
    std::fs::write(bench.beside("head"), &head).unwrap();
    bench.records(1);
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (5, Vec::new()));
}

#[test]
fn the_first_line_may_tear_too() {
    let bench = Bench::with(1);
    let line = std::fs::read(bench.file()).unwrap();
    std::fs::write(bench.file(), &line[..100]).unwrap();
    // Killed between the making of the head and its first block.
    std::fs::write(bench.beside("head"), "").unwrap();
    bench.records(2);
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (2, Vec::new()));
}

#[test]
fn a_file_that_is_no_log_is_left_alone() {
    for content in ["token = \"invented\"\n", "a program's own log, without an end", "\0\0"] {
        let bench = Bench::new();
        std::fs::write(bench.file(), content).unwrap();
        let error = Client::new(config(&bench.settings)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AuditFailed, "{error}");
        assert_eq!(std::fs::read_to_string(bench.file()).unwrap(), content);
    }
}

/// A device on which every write fails for want of space.
#[cfg(target_os = "linux")]
#[test]
fn a_verdict_without_evidence_is_refused_or_given_as_configured() {
    let sandbox = start();
    let someone = person(&sandbox, Level::Green);
    for (policy, refused) in [("refuse", true), ("continue", false)] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        std::os::unix::fs::symlink("/dev/full", &file).unwrap();
        let audit = format!("retries = 0\n[audit]\nfile = \"{}\"\non_failure = \"{policy}\"\n", file.display());
        let client = client(&sandbox, &audit);
        let result = client.verify_id(&id_request(&someone));
        match refused {
            true => assert_eq!(result.unwrap_err().kind(), ErrorKind::AuditFailed),
            false => assert!(result.unwrap().is_green()),
        }
        assert_eq!(client.audit_failures(), 1);
        // What failed by itself stays what it is, whatever the policy.
        sandbox.add_fault(Fault::new(Interface::VerifyId, Break::DropBefore)).unwrap();
        let error = client.verify_id(&id_request(&someone)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionLost);
        assert!(error.audit_failed() && error.when_unreachable().is_some());
        assert_eq!(client.audit_failures(), 2);
        sandbox.reset();
    }
}

/// A real file system without space, in a mount namespace of its own. Says so where that cannot be had.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_takes_nothing_back() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return on_a_full_disk(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    // As root; else as the root of a user namespace.
    let ways = [&["--mount"][..], &["--map-root-user", "--mount"]];
    let Some(output) = ways.into_iter().find_map(|options| in_a_namespace(options, folder.path())) else {
        return super::leave_out(
            "a full tmpfs: no mount namespace may be made here (unshare); the /dev/full test stands in",
        );
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("the disk was full"), "the child did not run");
}

/// The test again, with a small tmpfs in this folder; `None` where `unshare` or the mount is denied.
#[cfg(target_os = "linux")]
fn in_a_namespace(options: &[&str], folder: &Path) -> Option<std::process::Output> {
    let test = "crash::a_full_disk_takes_nothing_back";
    let script = "mount -t tmpfs -o size=128k tmpfs \"$1\" || exit 99; exec \"$2\" --exact \"$3\" --nocapture";
    let output = Command::new("unshare")
        .args(options)
        .args(["sh", "-c", script, "sh"])
        .args([folder.as_os_str(), std::env::current_exe().unwrap().as_os_str(), test.as_ref()])
        .env(CHILD, folder)
        .output()
        .ok()?;
    let denied = output.status.code() == Some(99) || output.stderr.starts_with(b"unshare: ");
    (!denied).then_some(output)
}

#[cfg(target_os = "linux")]
fn on_a_full_disk(folder: &Path) {
    let mut bench = Bench::new();
    bench.settings.file = folder.join("audit.jsonl");
    let ballast = folder.join("ballast");
    std::fs::write(&ballast, vec![0; 40_000]).unwrap();
    let client = bench.client();
    let request = skm::IdRequest::new(NUMBER, "张三", super::platform::consent());
    // Whether the record is missing; the call's own error is there either way.
    let is_lost = |client: &Client| {
        let error = client.verify_id(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InputInvalid);
        error.audit_failed()
    };
    let mut written = 0;
    while !is_lost(&client) {
        written += 1;
        assert!(written < 1000, "the disk never filled up");
    }
    assert!(written > 20, "{written}");
    for _ in 0..20 {
        assert!(is_lost(&client));
    }
    assert_eq!(client.audit_failures(), 21);
    bench.settings.on_failure = OnFailure::Continue;
    assert!(is_lost(&bench.client()));
    // Nothing was lost, nothing is torn.
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (written, Vec::new()));
    std::fs::remove_file(ballast).unwrap();
    record(&client, NUMBER);
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (written + 1, Vec::new()));
    println!("the disk was full after {written} records");
}
