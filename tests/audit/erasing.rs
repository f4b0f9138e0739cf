//! Erasing while others write.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use skm::audit::Subject;
use skm::person::CertificateNumber;
use skm::{Client, IdRequest};

use super::{Bench, NUMBER, Stop, record};

const OTHER: &str = "110101199003072310";
const THIRD: &str = "320000199001011235";

fn erase(bench: &Bench, number: &str) -> u64 {
    let subject = Subject::certificate(&CertificateNumber::from(number));
    bench.log().erase(&subject, SystemTime::now()).unwrap().records
}

/// How many records are about this person.
fn about(bench: &Bench, number: &str) -> usize {
    // What one more record about the person looks like.
    record(&bench.client(), number);
    let last = bench.lines().pop().unwrap();
    let mark = last.split("\"subject\":\"").nth(1).unwrap().split('"').next().unwrap();
    let texts = bench.names().into_iter().map(|name| std::fs::read(bench.folder.path().join(name)).unwrap());
    texts.map(|text| String::from_utf8_lossy(&text).matches(mark).count()).sum::<usize>() - 1
}

fn fill(client: &Client, number: &str, count: u64) {
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..count / 16).for_each(|_| record(client, number)));
        }
    });
}

/// Beside a writer, from a log that is rotated and from one that is not: all are erased that were there, and no record is
/// lost.
#[test]
fn calls_go_on_and_nothing_is_lost() {
    for rotate in [None, Some(300_000)] {
        let mut bench = Bench::new();
        bench.settings.rotate_bytes = rotate;
        let client = bench.client();
        fill(&client, OTHER, 1600);
        fill(&client, NUMBER, 160);
        let stop = AtomicBool::new(false);
        let (mut written, mut longest) = (0, Duration::ZERO);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let (mut written, mut longest) = (0_u64, Duration::ZERO);
                while !stop.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    record(&client, OTHER);
                    longest = longest.max(begun.elapsed());
                    written += 1;
                }
                (written, longest)
            });
            let stopping = Stop(&stop);
            for _ in 0..5 {
                assert_eq!(erase(&bench, NUMBER), 160);
                fill(&client, NUMBER, 160);
            }
            drop(stopping);
            (written, longest) = writer.join().unwrap();
        });
        let report = bench.verify();
        assert_eq!((report.records, report.findings), (1600 + 6 * 160 + written, Vec::new()));
        assert_eq!(about(&bench, NUMBER), 160);
        assert_eq!(erase(&bench, NUMBER), 161);
        assert!(bench.names().iter().all(|name| !name.contains("draft")), "{:?}", bench.names());
        assert!(longest < Duration::from_secs(2), "{longest:?}");
    }
}

/// One that is faster must not be undone by the other, which has copied the file before.
#[test]
fn two_erasures_at_once_both_count() {
    let mut bench = Bench::new();
    bench.settings.rotate_bytes = Some(200_000);
    let client = bench.client();
    for number in [NUMBER, OTHER, THIRD] {
        fill(&client, number, 320);
    }
    std::thread::scope(|scope| {
        for number in [NUMBER, OTHER] {
            scope.spawn(|| assert_eq!(erase(&bench, number), 320));
        }
    });
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (960, Vec::new()));
    assert_eq!((about(&bench, NUMBER), about(&bench, OTHER), about(&bench, THIRD)), (0, 0, 320));
}

/// A draft that a killed process left holds records, maybe where nobody looks for them.
#[test]
fn abandoned_drafts_go_and_those_of_others_stay() {
    let bench = Bench::with(2);
    let (abandoned, at_work) = (bench.beside("draft-00000000000000aa"), bench.beside("draft-00000000000000bb"));
    std::fs::write(&abandoned, "half of a file").unwrap();
    std::fs::write(&at_work, "half of a file").unwrap();
    let draft = std::fs::File::open(&at_work).unwrap();
    draft.lock().unwrap();
    assert_eq!(erase(&bench, NUMBER), 2);
    assert!(!abandoned.exists() && at_work.exists());
    drop(draft);
    assert_eq!(erase(&bench, NUMBER), 0);
    assert!(!at_work.exists());
    assert!(bench.verify().is_sound());
}

/// `make evidence` asks for a large log, with SKM_EVIDENCE_MIB; here it is small.
#[test]
fn no_call_is_stopped_for_long() {
    let mib = std::env::var("SKM_EVIDENCE_MIB").map_or(2, |mib| mib.parse::<u64>().unwrap());
    let bound = if mib > 2 { Duration::from_millis(50) } else { Duration::from_secs(1) };
    let mut bench = Bench::new();
    bench.settings.rotate_bytes = None;
    let client = bench.client();
    let record_bytes = {
        record(&client, NUMBER);
        bench.file().metadata().unwrap().len()
    };
    fill(&client, OTHER, (mib << 20) / record_bytes);
    record(&client, NUMBER);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let gate = scope.spawn(|| {
            let request = IdRequest::new(OTHER, "张三", super::platform::consent());
            let (mut calls, mut longest) = (0_u64, Duration::ZERO);
            while !stop.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let error = client.with_deadline(Duration::from_secs(1)).verify_id(&request).unwrap_err();
                assert!(!error.audit_failed());
                (calls, longest) = (calls + 1, longest.max(begun.elapsed()));
                std::thread::sleep(Duration::from_millis(1));
            }
            (calls, longest)
        });
        let (stopping, begun) = (Stop(&stop), Instant::now());
        assert_eq!(erase(&bench, NUMBER), 2);
        let took = begun.elapsed();
        drop(stopping);
        let (calls, longest) = gate.join().unwrap();
        println!("erased from {mib} MiB in {took:?}: {calls} calls beside it, the longest {longest:?}");
        assert!(longest < bound, "{longest:?}");
    });
    assert!(bench.verify().is_sound());
}
