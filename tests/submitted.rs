//! More submitted calls than threads: who is refused, who is told when, and that each leaves its record.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other suites ask what this one does not")]
#[path = "support/platform.rs"]
mod platform;

use std::fs::File;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use platform::{client, id_request, person, start};
use skm::{BatchOptions, Cancel, Check, Client, ErrorKind, IdRequest, Reason, Result, WhenUnreachable};
use skm_sandbox::{Fault, Interface, Kind, Level, Sandbox};

const SOON: Duration = Duration::from_millis(300);
const FAR: Duration = Duration::from_secs(600);
/// As the documentation of `Client::submit` says.
const MOST_WAITING: usize = 16_384;

/// A client whose one thread is busy with a call that nobody answers, a question, and what ends that call.
fn busy_client(sandbox: &Sandbox, more: &str) -> (Client, IdRequest, Cancel) {
    sandbox.add_fault(Fault::new(Interface::VerifyId, Kind::Stall)).unwrap();
    let client = client(sandbox, &format!("max_connections = 1\n{more}")).with_deadline(FAR);
    let request = id_request(&person(sandbox, Level::Green));
    let asked = request.clone();
    let stalled = client.submit(move |client| client.verify_id(&asked), drop).unwrap();
    let begun = Instant::now();
    while sandbox.journal().is_empty() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    (client, request, stalled)
}

type Told = (usize, Instant, ErrorKind, Option<Reason>, Option<WhenUnreachable>);

/// Submits `count` calls; what each is told, and what ends it.
fn submit(client: &Client, request: &IdRequest, count: usize) -> (Receiver<Told>, Vec<Cancel>) {
    let (done, told) = channel();
    let submit = |number| {
        let (request, done) = (request.clone(), done.clone());
        let done = move |result: Result<skm::IdResult>| {
            let error = result.unwrap_err();
            let _ = done.send((number, Instant::now(), error.kind(), error.reason(), error.when_unreachable()));
        };
        client.submit(move |client| client.verify_id(&request), done).unwrap()
    };
    let cancels = (0..count).map(submit).collect();
    (told, cancels)
}

fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn callers_are_told_before_the_evidence_is_written_and_every_call_leaves_its_record() {
    const MANY: usize = 500;
    let sandbox = start();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.jsonl");
    let more = format!("[audit]\nfile = {log:?}\n[gate]\nwhen_unreachable = \"call_person\"");
    let (client, request, stalled) = busy_client(&sandbox, &more);

    // Somebody else holds the log: nobody waits for that, nor is any outcome another one for it.
    let held = File::open(folder.path().join("audit.jsonl.lock")).unwrap();
    held.lock().unwrap();
    let (told, _) = submit(&client.with_deadline(SOON), &request, MANY);
    for number in 0..MANY {
        let (told, _, kind, reason, decided) = told.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(told, number, "in their order");
        assert_eq!((kind, reason), (ErrorKind::DeadlineExceeded, Some(Reason::NoFreeConnection)));
        assert_eq!(decided, Some(WhenUnreachable::CallPerson));
    }
    assert!(told.recv_timeout(Duration::from_millis(100)).is_err(), "each is told once");
    held.unlock().unwrap();
    let records = |outcome: &str| std::fs::read_to_string(&log).unwrap().matches(outcome).count();
    until(|| records("\"deadline_exceeded\"") == MANY);

    let (told, cancels) = submit(&client, &request, MANY);
    cancels.iter().for_each(Cancel::cancel);
    for _ in 0..MANY {
        assert_eq!(told.recv_timeout(Duration::from_secs(20)).unwrap().2, ErrorKind::Closed);
    }
    until(|| records("\"closed\"") == MANY);
    assert_eq!(client.audit_failures(), 0);
    stalled.cancel();
    until(|| records("\"closed\"") == MANY + 1);
}

#[test]
fn the_queue_is_bounded_and_a_batch_does_not_meet_its_end() {
    let sandbox = start();
    let (client, request, _stalled) = busy_client(&sandbox, "[gate]\nwhen_unreachable = \"call_person\"");
    let (told, _) = submit(&client, &request, MOST_WAITING);
    let asked = request.clone();
    let never = |_| panic!("a call that was refused is not told of");
    let error = client.submit(move |client| client.verify_id(&asked), never).unwrap_err();
    assert_eq!((error.kind(), error.when_unreachable()), (ErrorKind::Busy, Some(WhenUnreachable::CallPerson)));
    assert!(error.is_retryable() && error.message().contains("16384") && error.technical_zh().contains("16384"));
    assert!(told.try_recv().is_err(), "those that wait go on waiting");

    let rows = vec![Check::Id(request.clone()), Check::Id(request.clone())];
    let batch = client.with_deadline(SOON).verify_many(rows, BatchOptions::default());
    let kinds: Vec<_> = batch.map(|row| row.unwrap_err().kind()).collect();
    assert_eq!(kinds, [ErrorKind::DeadlineExceeded; 2]);

    let begun = Instant::now();
    client.close();
    let mut seen = vec![false; MOST_WAITING];
    for _ in 0..MOST_WAITING {
        let (number, _, kind, ..) = told.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(kind, ErrorKind::Closed);
        assert!(!std::mem::replace(&mut seen[number], true), "told twice");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    // Once they are gone there is room again, although the client is closed.
    until(|| client.submit(|client| client.verify_id(&id_request_of_nobody()), drop).is_ok());
}

fn id_request_of_nobody() -> IdRequest {
    IdRequest::new("320000198506304142", "张三", platform::consent())
}

#[test]
fn deadlines_of_many_and_of_different_lengths_are_kept_while_they_wait() {
    const MANY: usize = 3000;
    let sandbox = start();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.jsonl");
    let (client, request, stalled) = busy_client(&sandbox, &format!("[audit]\nfile = {log:?}"));
    let lengths = [250, 150, 400].map(Duration::from_millis);
    let submitted: Vec<_> = lengths
        .iter()
        .map(|length| {
            let due = Instant::now() + *length;
            (due, submit(&client.with_deadline(*length), &request, MANY).0, Instant::now())
        })
        .collect();
    for ((due, told, all_in), length) in submitted.into_iter().zip(lengths) {
        for _ in 0..MANY {
            let (_, when, kind, ..) = told.recv_timeout(Duration::from_secs(20)).unwrap();
            assert_eq!(kind, ErrorKind::DeadlineExceeded);
            assert!(when >= due, "told before its time");
            let late = when.saturating_duration_since(all_in + length);
            assert!(late < Duration::from_secs(1), "{late:?}");
        }
    }
    stalled.cancel();
    until(|| std::fs::read_to_string(&log).unwrap().matches("deadline_exceeded").count() == 3 * MANY);
}
