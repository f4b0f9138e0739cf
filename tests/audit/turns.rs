//! A log that somebody else holds: how long is waited for a turn.

use std::fs::File;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use skm::{Client, ErrorKind};
use skm_sandbox::{Fault, Interface, Kind, Level, Sandbox};

use super::platform::{client, id_request, person, start};
use super::{Bench, NUMBER, config, record};

const MANY: usize = 300;
const SOON: Duration = Duration::from_millis(200);
const FAR: Duration = Duration::from_secs(60);

fn hold(bench: &Bench) -> File {
    let held = File::open(bench.beside("lock")).unwrap();
    held.lock().unwrap();
    held
}

/// A client whose one thread is busy with a call that nobody answers, and what ends that call.
fn busy_client(sandbox: &Sandbox, bench: &Bench) -> (Client, skm::Cancel) {
    sandbox.add_fault(Fault::new(Interface::VerifyId, Kind::Stall)).unwrap();
    let key = "5a".repeat(32);
    let audit = format!("max_connections = 1\n[audit]\nfile = {:?}\nkey = \"{key}\"\n", bench.file());
    let client = client(sandbox, &audit);
    let request = id_request(&person(sandbox, Level::Green));
    let stalled = client.with_deadline(FAR).submit(move |client| client.verify_id(&request), drop).unwrap();
    (client, stalled)
}

/// When each of many calls that wait for a thread has ended, and how; and what ends them.
fn submit_many(client: &Client, deadline: Duration) -> (Receiver<(Instant, ErrorKind)>, Vec<skm::Cancel>) {
    let (done, ended) = channel();
    let client = client.with_deadline(deadline);
    let submit = |_| {
        let done = done.clone();
        let request = skm::IdRequest::new(NUMBER, "张三", super::platform::consent());
        let done = move |result: skm::Result<skm::IdResult>| {
            let _ = done.send((Instant::now(), result.unwrap_err().kind()));
        };
        client.submit(move |client| client.verify_id(&request), done).unwrap()
    };
    let cancels = (0..MANY).map(submit).collect();
    (ended, cancels)
}

/// All have ended as is due although no record is written yet, the last one soon after `due`.
fn all_ended(ended: &Receiver<(Instant, ErrorKind)>, due: Instant, expected: ErrorKind) {
    for _ in 0..MANY {
        let (when, kind) = ended.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(kind, expected);
        let late = when.saturating_duration_since(due);
        assert!(late < Duration::from_millis(500), "{late:?}");
    }
}

#[test]
fn many_calls_that_are_out_of_time_do_not_each_wait_for_a_held_log() {
    let (sandbox, bench) = (start(), Bench::with(1));
    let (client, stalled) = busy_client(&sandbox, &bench);
    let held = hold(&bench);
    let (ended, _) = submit_many(&client, SOON);
    all_ended(&ended, Instant::now() + SOON, ErrorKind::DeadlineExceeded);
    // Nor do those that were cancelled, whose own time is not over.
    let (ended, cancels) = submit_many(&client, FAR);
    cancels.iter().for_each(skm::Cancel::cancel);
    all_ended(&ended, Instant::now(), ErrorKind::Closed);
    // Their records wait, and are written once the log is free.
    assert_eq!((client.audit_failures(), bench.verify().records), (0, 1));
    held.unlock().unwrap();
    let (ended, _) = submit_many(&client, SOON);
    all_ended(&ended, Instant::now() + SOON, ErrorKind::DeadlineExceeded);
    stalled.cancel();
    let begun = Instant::now();
    while bench.verify().records < 2 + 3 * MANY as u64 && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (2 + 3 * MANY as u64, Vec::new()));
    assert_eq!(client.audit_failures(), 0);
}

/// 200 threads, 16 connections, a platform that stalls and one time-out for all: all are out of time at once.
#[test]
fn when_all_calls_run_out_of_time_at_once_each_keeps_its_error_and_its_record() {
    const THREADS: u64 = 200;
    let (sandbox, bench) = (start(), Bench::with(1));
    sandbox.add_fault(Fault::new(Interface::VerifyId, Kind::Stall)).unwrap();
    let key = "5a".repeat(32);
    let rest =
        format!("[gate]\nwhen_unreachable = \"call_person\"\n[audit]\nfile = {:?}\nkey = \"{key}\"\n", bench.file());
    let client = client(&sandbox, &format!("max_connections = 16\ndeadline_ms = 1000\n{rest}"));
    let request = id_request(&person(&sandbox, Level::Green));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let error = client.verify_id(&request).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::DeadlineExceeded, "{error}");
                assert_eq!(error.when_unreachable(), Some(skm::WhenUnreachable::CallPerson));
                assert!(!error.audit_failed());
            });
        }
    });
    assert_eq!(client.audit_failures(), 0);
    drop(client);
    let report = bench.verify();
    assert_eq!((report.records, report.findings), (1 + THREADS, Vec::new()));
}

#[test]
fn a_verdict_waits_for_its_record_within_its_deadline() {
    for policy in ["refuse", "continue"] {
        let (sandbox, bench) = (start(), Bench::with(1));
        let key = "5a".repeat(32);
        let rest = format!("[audit]\nfile = {:?}\nkey = \"{key}\"\non_failure = \"{policy}\"\n", bench.file());
        let client = client(&sandbox, &rest);
        let held = hold(&bench);
        let deadline = Duration::from_millis(400);
        let begun = Instant::now();
        let result = client.with_deadline(deadline).verify_id(&id_request(&person(&sandbox, Level::Green)));
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(390) && took < Duration::from_millis(900), "{took:?}");
        match policy {
            "refuse" => {
                let error = result.unwrap_err();
                assert!(error.kind() == ErrorKind::AuditFailed && error.audit_failed());
                assert!(error.message().contains("audit.jsonl.lock is held by another process"), "{error}");
                assert_eq!(error.interface(), Some(skm::Interface::Id));
            }
            _ => assert!(result.unwrap().is_green()),
        }
        // A call that has failed by itself says so, and does not say that its record is missing.
        let request = skm::IdRequest::new(NUMBER, "张三", super::platform::consent());
        let error = client.with_deadline(SOON).verify_id(&request).unwrap_err();
        assert_eq!((error.kind(), error.audit_failed()), (ErrorKind::InputInvalid, false));
        assert_eq!(client.audit_failures(), 0);
        // Both records follow, though the client goes.
        let release = std::thread::spawn(move || {
            std::thread::sleep(SOON);
            held.unlock().unwrap();
        });
        drop(client);
        assert_eq!(bench.verify().records, 3);
        release.join().unwrap();
    }
}

#[test]
fn a_client_that_goes_does_not_wait_for_ever_for_its_records() {
    let bench = Bench::with(1);
    let client = bench.client().with_deadline(SOON);
    let held = hold(&bench);
    let request = skm::IdRequest::new(NUMBER, "张三", super::platform::consent());
    assert_eq!(client.verify_id(&request).unwrap_err().kind(), ErrorKind::InputInvalid);
    let begun = Instant::now();
    client.close();
    drop(client);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    drop(held);
}

#[test]
fn opening_waits_as_long_as_a_call_may_take() {
    let mut bench = Bench::with(1);
    let held = hold(&bench);
    for key in [bench.settings.key.take(), None] {
        bench.settings.key = key;
        let mut config = config(&bench.settings);
        config.http.deadline = SOON;
        let begun = Instant::now();
        assert_eq!(Client::new(config).unwrap_err().kind(), ErrorKind::AuditFailed);
        let took = begun.elapsed();
        assert!(took >= SOON && took < SOON + Duration::from_millis(500), "{took:?}");
    }
    held.unlock().unwrap();
    bench.settings.key = skm::audit::AuditKey::parse(&"5a".repeat(32));
    record(&bench.client(), NUMBER);
}
