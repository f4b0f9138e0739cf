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
