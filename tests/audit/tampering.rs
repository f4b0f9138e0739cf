//! What an attacker may do to the files, and what the check calls it.

use skm::ErrorKind;
use skm::audit::{Anchor, AuditKey, AuditLog, FindingKind as Kind};

use super::{Bench, NUMBER, record, told};

#[test]
fn an_untouched_log_is_sound() {
    let bench = Bench::with(20);
    let report = bench.verify();
    assert_eq!((report.records, report.findings.len()), (20, 0));
    assert!(report.is_sound());
}

#[test]
fn an_edited_record_is_named_whichever_part_was_edited() {
    let digest = |line: &str| line.rfind("\"digest\":\"").unwrap() + 10;
    type Edit<'a> = &'a dyn Fn(&str) -> String;
    let edits: [(&str, Edit<'_>); 7] = [
        ("outcome", &|line| line.replace("\"outcome\":\"input_invalid\"", "\"outcome\":\"green\"")),
        ("time", &|line| line.replace("T12:00:00", "T13:00:00")),
        ("number", &|line| line.replace("\"n\":10,", "\"n\":11,")),
        ("prev", &|line| flip(line, line.find("\"prev\":\"").unwrap() + 8)),
        ("digest", &|line| flip(line, digest(line))),
        ("mac", &|line| flip(line, line.rfind("\"mac\":\"").unwrap() + 7)),
        ("spelling", &|line| line.replace(":{\"time\"", ": {\"time\"")),
    ];
    for (part, edit) in edits {
        let bench = Bench::with(20);
        let mut lines = bench.lines();
        lines[9] = edit(&lines[9]);
        bench.put(&lines);
        let report = bench.verify();
        assert_eq!(told(&report), [(Kind::Edited, 10, 10, 10)], "{part}");
        assert_eq!(report.records, 19);
        assert!(!report.is_sound());
        let text = report.findings[0].message();
        assert_eq!(text, "audit.jsonl:10: record 10 was edited");
        assert!(report.findings[0].message_zh().contains("第 10 条记录"));
    }
}

fn flip(line: &str, at: usize) -> String {
    let other = if line.as_bytes()[at] == b'0' { "1" } else { "0" };
    format!("{}{other}{}", &line[..at], &line[at + 1..])
}

#[test]
fn the_first_and_the_last_record_are_no_exception() {
    for at in [0_usize, 19] {
        let bench = Bench::with(20);
        let mut lines = bench.lines();
        lines[at] = lines[at].replace("input_invalid", "green");
        bench.put(&lines);
        let n = at as u64 + 1;
        assert_eq!(told(&bench.verify()), [(Kind::Edited, n, n, n)]);
        // Writing on does not hide it.
        bench.records(2);
        let report = bench.verify();
        assert_eq!(told(&report), [(Kind::Edited, n, n, n)]);
        assert_eq!(report.records, 21);
    }
}

#[test]
fn a_line_that_someone_else_put_at_the_end_is_no_torn_one() {
    let bench = Bench::with(3);
    let genuine = std::fs::read(bench.file()).unwrap();
    for foreign in ["\n", "A\n", "{\"n\":4}\n"] {
        std::fs::write(bench.file(), [&genuine[..], foreign.as_bytes()].concat()).unwrap();
        let report = bench.verify();
        assert_eq!((report.records, told(&report)), (3, vec![(Kind::Edited, 4, 4, 4)]), "{foreign:?}");
        assert!(!report.is_sound());
    }
}

#[test]
fn a_removed_record_is_named_wherever_it_stood() {
    for (from, to) in [(0_usize, 0_usize), (4, 4), (4, 8)] {
        let bench = Bench::with(20);
        let mut lines = bench.lines();
        lines.drain(from..=to);
        bench.put(&lines);
        let (first, last) = (from as u64 + 1, to as u64 + 1);
        assert_eq!(told(&bench.verify()), [(Kind::Removed, first, first, last)]);
    }
}

#[test]
fn a_moved_record_is_reordered_not_removed() {
    let bench = Bench::with(20);
    let mut lines = bench.lines();
    lines.swap(4, 5);
    bench.put(&lines);
    assert_eq!(told(&bench.verify()), [(Kind::Reordered, 6, 5, 5)]);

    let bench = Bench::with(20);
    let mut lines = bench.lines();
    let first = lines.remove(0);
    lines.insert(10, first);
    bench.put(&lines);
    assert_eq!(told(&bench.verify()), [(Kind::Reordered, 11, 1, 1)]);
}

#[test]
fn a_copied_record_and_a_foreign_line() {
    let bench = Bench::with(20);
    let mut lines = bench.lines();
    lines.insert(12, lines[3].clone());
    bench.put(&lines);
    assert_eq!(told(&bench.verify()), [(Kind::Repeated, 13, 4, 4)]);

    for foreign in
        ["{\"n\":13}".to_owned(), "x".repeat(100_000), Bench::with(5).lines()[4].replace("\"n\":5", "\"n\":6")]
    {
        let bench = Bench::with(20);
        let mut lines = bench.lines();
        lines.insert(12, foreign);
        bench.put(&lines);
        let report = bench.verify();
        assert_eq!(told(&report), [(Kind::Edited, 13, 13, 13)]);
        assert_eq!(report.records, 20);
    }
}

#[test]
fn a_log_that_was_cut_is_truncated_even_after_more_was_written() {
    let bench = Bench::with(20);
    bench.put(&bench.lines()[..15]);
    assert_eq!(told(&bench.verify()), [(Kind::Truncated, 0, 16, 20)]);
    bench.records(3);
    let report = bench.verify();
    assert_eq!(told(&report), [(Kind::Removed, 16, 16, 20)]);
    assert_eq!(report.records, 18);

    // In the middle of a line, of which the head knows that it was whole.
    let bench = Bench::with(20);
    let bytes = std::fs::read(bench.file()).unwrap();
    std::fs::write(bench.file(), &bytes[..bytes.len() - 40]).unwrap();
    assert_eq!(told(&bench.verify()), [(Kind::Truncated, 0, 20, 20)]);

    let bench = Bench::with(20);
    std::fs::remove_file(bench.file()).unwrap();
    assert_eq!(told(&bench.verify()), [(Kind::Truncated, 0, 1, 20)]);
}

#[test]
fn a_lost_or_forged_head_is_told_for_ever() {
    let harms: [&dyn Fn(&Bench); 2] = [&|bench| std::fs::remove_file(bench.beside("head")).unwrap(), &|bench| {
        let head = std::fs::read_to_string(bench.beside("head")).unwrap();
        std::fs::write(bench.beside("head"), head.replace("\"n\":20", "\"n\":15")).unwrap();
    }];
    for harm in harms {
        let bench = Bench::with(20);
        bench.put(&bench.lines()[..15]);
        harm(&bench);
        assert_eq!(told(&bench.verify()), [(Kind::HeadLost, 0, 15, 15)]);
        bench.records(5);
        let report = bench.verify();
        assert_eq!(told(&report), [(Kind::HeadLost, 16, 15, 15)]);
        assert_eq!(report.records, 21);
    }
}

#[test]
fn a_rolled_back_log_is_found_by_an_anchor_kept_elsewhere() {
    let bench = Bench::with(10);
    let old = [bench.file().to_owned(), bench.beside("head")].map(|path| (std::fs::read(&path).unwrap(), path));
    bench.records(5);
    let anchor: Anchor = bench.log().anchor().unwrap().to_string().parse().unwrap();
    assert_eq!(anchor.n(), 15);
    for (bytes, path) in &old {
        std::fs::write(path, bytes).unwrap();
    }
    // Nothing in the folder can tell.
    assert!(bench.verify().is_sound());
    let report = bench.log().verify(Some(anchor.clone()), 10).unwrap();
    assert_eq!(told(&report), [(Kind::Truncated, 0, 11, 15)]);
    bench.clock.move_on(std::time::Duration::from_secs(1));
    bench.records(8);
    let report = bench.log().verify(Some(anchor), 10).unwrap();
    assert_eq!(told(&report), [(Kind::Forked, 15, 15, 15)]);
    assert!("15".parse::<Anchor>().is_err() && "x:00".parse::<Anchor>().is_err());
}

#[test]
fn a_log_that_was_wholly_deleted_is_truncated_if_an_anchor_shows_that_it_was() {
    let bench = Bench::with(10);
    let anchor = bench.log().anchor().unwrap();
    for name in bench.names() {
        std::fs::remove_file(bench.folder.path().join(name)).unwrap();
    }
    assert_eq!(AuditLog::open(&bench.settings).unwrap_err().kind(), ErrorKind::ConfigInvalid);
    let log = AuditLog::open_against(&bench.settings, &anchor).unwrap();
    let report = log.verify(Some(anchor), 10).unwrap();
    assert_eq!((report.records, told(&report)), (0, vec![(Kind::Truncated, 0, 1, 10)]));
    assert!(bench.names().is_empty(), "checking makes nothing: {:?}", bench.names());
    let none = format!("0:{}", "0".repeat(64)).parse().unwrap();
    assert_eq!(AuditLog::open_against(&bench.settings, &none).unwrap_err().kind(), ErrorKind::ConfigInvalid);
}

#[test]
fn two_histories_do_not_join() {
    let bench = Bench::with(10);
    let old = [bench.file().to_owned(), bench.beside("head")].map(|path| (std::fs::read(&path).unwrap(), path));
    bench.records(5);
    let first = bench.lines();
    for (bytes, path) in &old {
        std::fs::write(path, bytes).unwrap();
    }
    bench.clock.move_on(std::time::Duration::from_secs(1));
    bench.records(5);
    let mut joined = first[..12].to_vec();
    joined.extend_from_slice(&bench.lines()[12..]);
    bench.put(&joined);
    assert_eq!(told(&bench.verify()), [(Kind::Forked, 13, 13, 13)]);
}

#[test]
fn blanking_without_the_key_is_an_edit() {
    let bench = Bench::with(20);
    let mut lines = bench.lines();
    let (from, to) = (lines[6].find("{\"time\"").unwrap(), lines[6].rfind(",\"digest\"").unwrap());
    let proof = "0".repeat(64);
    let stone = format!("{{\"erased\":\"2026-11-24T12:00:00+08:00\",\"day\":\"2026-11-24\",\"proof\":\"{proof}\"}}");
    lines[6].replace_range(from..to, &stone);
    bench.put(&lines);
    assert_eq!(told(&bench.verify()), [(Kind::Edited, 7, 7, 7)]);
}

#[test]
fn another_key_is_refused_and_proves_nothing() {
    let mut bench = Bench::with(5);
    bench.settings.key = AuditKey::parse(&"a5".repeat(32));
    let report = bench.log().verify(None, 100).unwrap();
    assert_eq!(report.records, 0);
    assert!(!report.is_sound());
    let error = skm::Client::new(super::config(&bench.settings)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuditFailed);
    assert!(error.message().contains("was written with another key"), "{error}");
}

#[test]
fn a_key_is_made_once_and_never_replaced() {
    let mut bench = Bench::new();
    bench.settings.key = None;
    let missing = AuditLog::open(&bench.settings).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::KeyInvalid);
    assert!(!bench.beside("key").exists());
    bench.records(3);
    let key = std::fs::read_to_string(bench.beside("key")).unwrap();
    assert!(AuditKey::parse(key.trim_end()).is_some());
    #[cfg(unix)]
    for name in bench.names() {
        let file = bench.folder.path().join(&name).metadata().unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777, 0o600, "{name}");
    }
    bench.records(3);
    assert_eq!(std::fs::read_to_string(bench.beside("key")).unwrap(), key);
    assert!(bench.verify().is_sound());
    // A client that is open goes on; nobody makes another key for this log.
    let client = bench.client();
    std::fs::remove_file(bench.beside("key")).unwrap();
    record(&client, NUMBER);
    let error = skm::Client::new(super::config(&bench.settings)).unwrap_err();
    assert!(error.message().contains("does not hold the key of the log"), "{error}");
    assert!(!bench.beside("key").exists());
}
