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

/// All have ended as is due although no record could be written, the last one soon after `due`.
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
    // Their records are tried afterwards, and do not each wait for the log either.
    let begun = Instant::now();
    while client.audit_failures() < 2 * MANY as u64 && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(client.audit_failures(), 2 * MANY as u64);

    // Nothing is held against the log once it is free.
    held.unlock().unwrap();
    let (ended, _) = submit_many(&client, SOON);
    for _ in 0..MANY {
        let (_, kind) = ended.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_ne!(kind, ErrorKind::AuditFailed);
    }
    stalled.cancel();
    assert!(bench.verify().is_sound());
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
