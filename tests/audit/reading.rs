//! Reading needs no lock and no right to write, and is not disturbed by calls.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use skm::audit::{FindingKind as Kind, Step};

use super::{Bench, DAY, NUMBER, Stop, record, told};

#[test]
fn a_log_that_somebody_holds_can_be_read() {
    let bench = Bench::with(5);
    let held = std::fs::File::open(bench.beside("lock")).unwrap();
    held.lock().unwrap();
    let begun = Instant::now();
    let report = bench.verify();
    assert_eq!((report.records, report.through, report.findings), (5, 5, Vec::new()));
    assert_eq!(bench.log().anchor().unwrap().n(), 5);
    assert_eq!(bench.log().walk(None).unwrap().count(), 5);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

/// As another user, who may read and nothing else: root is never denied anything.
#[cfg(unix)]
#[test]
fn a_copy_that_cannot_be_written_to_is_read() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const TEST: &str = "reading::a_copy_that_cannot_be_written_to_is_read";
    const CHILD: &str = "SKM_AUDIT_READING_CHILD";
    if let Some(file) = std::env::var_os(CHILD) {
        let mut bench = Bench::new();
        bench.settings.file = file.into();
        let denied = std::fs::File::options().append(true).open(bench.file()).is_err();
        let report = bench.verify();
        let anchor = bench.log().anchor().unwrap();
        println!("denied {denied}, read {} through {}, {}", report.records, report.through, anchor.n());
        println!("findings {:?}, walked {}", report.findings, bench.log().walk(None).unwrap().count());
        return;
    }
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    bench.records(3);
    bench.clock.move_on(DAY);
    bench.records(2);
    let (names, mode) = (bench.names(), |mode| std::fs::Permissions::from_mode(mode));
    for name in &names {
        std::fs::set_permissions(bench.folder.path().join(name), mode(0o444)).unwrap();
    }
    std::fs::set_permissions(bench.folder.path(), mode(0o555)).unwrap();
    let ran = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture", "--test-threads", "1"])
        .env(CHILD, bench.file())
        .uid(54_321)
        .gid(54_322)
        .output();
    std::fs::set_permissions(bench.folder.path(), mode(0o755)).unwrap();
    let Ok(output) = ran else {
        return super::leave_out("reading a log as a user who may not write: cannot be run as another user");
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("denied true, read 5 through 5, 5\nfindings [], walked 5"), "{said}");
    assert_eq!(bench.names(), names, "reading makes nothing");
}

#[test]
fn what_cannot_be_read_has_an_error_of_its_own() {
    let bench = Bench::with(3);
    let log = bench.log();
    std::fs::remove_file(bench.file()).unwrap();
    std::fs::create_dir(bench.file()).unwrap();
    for error in
        [log.verify(None, 10).unwrap_err(), log.walk(None).and_then(|mut walk| walk.next().unwrap()).unwrap_err()]
    {
        assert_eq!((error.kind(), error.kind().number()), (skm::ErrorKind::AuditUnreadable, 601), "{error}");
        assert!(error.message().contains("cannot be read") && error.message().contains("audit.jsonl"), "{error}");
    }
}

/// Several writers, each record in a file of a few, while somebody reads: nothing is found, and nothing is missed that
/// was there when the reading began.
#[test]
fn a_log_that_is_written_to_is_read_up_to_a_record() {
    // `make evidence` asks for more, and for faster writers.
    let many = std::env::var("SKM_EVIDENCE_READS").ok().map(|reads| reads.parse::<u32>().unwrap());
    let (reads, rest) = many.map_or((20, Duration::from_millis(8)), |reads| (reads, Duration::from_micros(200)));
    for rotate in [None, Some(65_536)] {
        let mut bench = Bench::new();
        bench.settings.rotate_bytes = rotate;
        let client = bench.client();
        let (written, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        record(&client, NUMBER);
                        written.fetch_add(1, Ordering::SeqCst);
                        // Reading must come after them.
                        std::thread::sleep(rest);
                    }
                });
            }
            let stopping = Stop(&stop);
            for _ in 0..reads {
                let before = written.load(Ordering::SeqCst);
                // Before the first record there is no log yet.
                let Ok(log) = skm::audit::AuditLog::open(&bench.settings) else { continue };
                let report = log.verify(None, 10).unwrap();
                assert_eq!(report.findings, Vec::new());
                assert!(report.through >= before, "{} of {before}, {} lost", report.through, client.audit_failures());
                assert_eq!(report.records, report.through);
                let anchor = bench.log().anchor().unwrap();
                assert!(anchor.n() >= before);
                assert!(bench.log().verify(Some(anchor), 10).unwrap().is_sound());
            }
            drop(stopping);
        });
        let report = bench.verify();
        assert_eq!((report.records, report.findings), (written.into_inner(), Vec::new()));
    }
}

#[test]
fn a_torn_line_of_a_killed_writer_is_found_though_nobody_holds_the_log() {
    let bench = Bench::with(3);
    let whole = std::fs::read(bench.file()).unwrap();
    std::fs::write(bench.file(), [&whole[..], b"{\"n\":4,"].concat()).unwrap();
    assert_eq!(told(&bench.verify()), [(Kind::Torn, 4, 4, 4)]);
    assert_eq!(bench.log().anchor().unwrap().n(), 3);
    let entries = bench.log().walk(None).unwrap().filter(|step| matches!(step, Ok(Step::Entry(_)))).count();
    assert_eq!(entries, 3);
}
