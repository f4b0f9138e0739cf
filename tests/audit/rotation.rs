//! Rotation by size and by day, retention, and reading while it happens.

use std::time::Duration;

use skm::audit::{FindingKind as Kind, Step};

use super::{Bench, DAY, NUMBER, record, told};

#[test]
fn by_size_the_chain_goes_on_through_every_file() {
    let mut bench = Bench::new();
    bench.settings.rotate_bytes = Some(4000);
    bench.records(50);
    let names = bench.names();
    let closed: Vec<&String> = names.iter().filter(|name| name.starts_with("audit.jsonl.0000")).collect();
    assert!(closed.len() >= 5, "{names:?}");
    for name in &closed {
        assert!(bench.folder.path().join(name).metadata().unwrap().len() <= 4000);
    }
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (50, Vec::new()));

    // A file that is gone is a gap with a place.
    let second = bench.folder.path().join(closed[1]);
    let last_of = |name: &str| name.rsplit('.').next().unwrap().parse::<u64>().unwrap();
    std::fs::remove_file(second).unwrap();
    let report = bench.verify();
    assert_eq!(told(&report), [(Kind::Removed, 1, last_of(closed[0]) + 1, last_of(closed[1]))]);
    assert_eq!(&report.findings[0].file, closed[2]);
}

#[test]
fn a_record_moved_to_another_file_and_a_torn_closed_file() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    bench.records(5);
    bench.clock.move_on(DAY);
    bench.records(5);
    let closed = bench.beside("000000000005");
    let whole = std::fs::read_to_string(&closed).unwrap();
    std::fs::write(&closed, &whole[..whole.len() - 10]).unwrap();
    assert_eq!(told(&bench.verify()), [(Kind::Edited, 5, 5, 5)]);

    let mut lines: Vec<&str> = whole.lines().collect();
    let moved = lines.remove(2).to_owned();
    std::fs::write(&closed, lines.join("\n") + "\n").unwrap();
    let mut current = bench.lines();
    current.insert(1, moved);
    bench.put(&current);
    let report = bench.verify();
    assert_eq!(told(&report), [(Kind::Reordered, 2, 3, 3)]);
    assert_eq!(report.findings[0].file, "audit.jsonl");
}

#[test]
fn by_day_in_china_whatever_the_machine_thinks() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    let client = bench.client();
    record(&client, NUMBER);
    // 23:59:59 in China, 15:59:59 UTC.
    bench.clock.move_on(Duration::from_secs(12 * 3600 - 1));
    record(&client, NUMBER);
    bench.clock.move_on(Duration::from_secs(1));
    record(&client, NUMBER);
    // A clock that is set back closes nothing.
    *bench.clock.0.lock().unwrap() -= DAY;
    record(&client, NUMBER);
    assert_eq!(bench.names(), ["audit.jsonl", "audit.jsonl.000000000002", "audit.jsonl.head", "audit.jsonl.lock"]);
    assert_eq!(bench.verify().records, 4);
    assert!(bench.verify().is_sound());
}

#[test]
fn retention_deletes_whole_days_and_the_log_still_knows_where_it_begins() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    bench.settings.keep_days = Some(3);
    for _ in 0..10 {
        bench.records(4);
        bench.clock.move_on(DAY);
    }
    let closed: Vec<String> = bench.names().into_iter().filter(|name| name.starts_with("audit.jsonl.0000")).collect();
    // Today, and the three days before it.
    assert_eq!(closed.len(), 3, "{closed:?}");
    let report = bench.verify();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let retired = |step: &Step| matches!(step, Step::Entry(entry) if entry.body.contains("\"event\":\"retired\""));
    assert_eq!(bench.log().walk(None).unwrap().filter(|step| retired(step.as_ref().unwrap())).count(), 4);

    // What retention did not take is missed.
    std::fs::remove_file(bench.folder.path().join(&closed[0])).unwrap();
    let report = bench.verify();
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].kind, Kind::Removed);
}

#[test]
fn a_clock_that_is_years_ahead_deletes_nothing() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    bench.settings.keep_days = Some(3);
    bench.records(2);
    bench.clock.move_on(DAY);
    bench.records(2);
    bench.clock.move_on(3650 * DAY);
    bench.records(1);
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (5, Vec::new()));
    // Idle for a while is no leap: then what is past goes.
    bench.clock.move_on(20 * DAY);
    bench.records(1);
    assert!(!bench.beside("000000000002").exists());
}

#[test]
fn retention_keeps_what_was_tampered_with() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    bench.settings.keep_days = Some(1);
    bench.records(4);
    let lines = bench.lines();
    bench.put(&[&lines[..3], &[lines[3].replace("input_invalid", "green")]].concat());
    for _ in 0..4 {
        bench.clock.move_on(DAY);
        bench.records(1);
    }
    assert!(bench.beside("000000000004").exists());
    assert_eq!(told(&bench.verify()), [(Kind::Edited, 4, 4, 4)]);
}

#[test]
fn a_file_that_cannot_be_read_costs_neither_a_verdict_nor_what_is_older() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    for _ in 0..3 {
        bench.records(2);
        bench.clock.move_on(DAY);
    }
    bench.settings.keep_days = Some(1);
    // Longer than what is read of an end, and no line in it.
    std::fs::write(bench.beside("000000000004"), vec![0; 100_000]).unwrap();
    for _ in 0..5 {
        bench.records(2);
        bench.clock.move_on(DAY);
    }
    assert!(!bench.beside("000000000002").exists(), "{:?}", bench.names());
    assert!(bench.beside("000000000004").exists() && bench.beside("000000000006").exists());
}

#[test]
fn retention_that_was_cut_short_is_done_by_the_next_record() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    bench.records(2);
    bench.clock.move_on(DAY);
    bench.records(2);
    bench.settings.keep_days = Some(1);
    bench.clock.move_on(DAY * 2);
    // Killed behind the rotation; or the disk was full and this record could not be written.
    std::fs::rename(bench.file(), bench.beside("000000000004")).unwrap();
    std::fs::write(bench.file(), "").unwrap();
    bench.records(1);
    assert!(!bench.beside("000000000002").exists() && !bench.beside("000000000004").exists(), "{:?}", bench.names());
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (2, Vec::new()));
}

#[test]
fn a_rotation_that_was_cut_short_goes_on() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    bench.records(5);
    std::fs::rename(bench.file(), bench.beside("000000000005")).unwrap();
    assert!(bench.verify().is_sound());
    bench.records(5);
    assert_eq!(bench.lines().len(), 5);
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (10, Vec::new()));
}

#[test]
fn reading_sees_the_state_at_its_beginning() {
    let mut bench = Bench::new();
    bench.settings.rotate_bytes = Some(4000);
    bench.records(20);
    let log = bench.log();
    let mut seen = 0;
    for step in log.walk(None).unwrap() {
        assert!(matches!(step.unwrap(), Step::Entry(_)));
        seen += 1;
        if seen == 3 {
            bench.records(20);
        }
    }
    assert_eq!(seen, 20);
}

/// Ten days, of which the reader has seen the beginning of the first.
fn ten_days() -> Bench {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    for _ in 0..10 {
        bench.records(4);
        bench.clock.move_on(DAY);
    }
    bench
}

#[test]
fn retention_meanwhile_is_no_tampering() {
    let mut bench = ten_days();
    let log = bench.log();
    let mut walk = log.walk(None).unwrap();
    assert!(matches!(walk.next(), Some(Ok(Step::Entry(entry))) if entry.n == 1));
    bench.settings.keep_days = Some(3);
    bench.records(1);
    assert!(!bench.beside("000000000008").exists(), "{:?}", bench.names());
    let read: Vec<u64> = walk
        .map(|step| match step.unwrap() {
            Step::Entry(entry) => entry.n,
            Step::Finding(finding) => panic!("{finding}"),
        })
        .collect();
    // What was open is read to its end, what was taken is not, and the record that says so is there.
    assert_eq!(read, [2, 3, 4].into_iter().chain(29..=42).collect::<Vec<_>>());
}

#[test]
fn deleting_meanwhile_is_tampering() {
    let bench = ten_days();
    let log = bench.log();
    let mut walk = log.walk(None).unwrap();
    assert!(matches!(walk.next(), Some(Ok(Step::Entry(_)))));
    std::fs::remove_file(bench.beside("000000000008")).unwrap();
    let found: Vec<_> = walk.filter(|step| matches!(step, Ok(Step::Finding(_)) | Err(_))).collect();
    assert!(
        matches!(&found[..], [Ok(Step::Finding(gap))] if (gap.kind, gap.first, gap.last) == (Kind::Removed, 5, 8)),
        "{found:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_never_opens_ends_the_reading() {
    let bench = ten_days();
    std::fs::remove_file(bench.beside("000000000008")).unwrap();
    std::os::unix::fs::symlink("nowhere", bench.beside("000000000008")).unwrap();
    assert_eq!(told(&bench.verify()), [(Kind::Removed, 1, 5, 8)]);
}
