//! A client that came through `fork()`: the parent's answers stay the parent's, and the child touches nothing of it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other suites ask what this one does not")]
#[path = "support/platform.rs"]
mod platform;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use platform::{client, consent, id_request, person, scan_request, start};
use skm::{BatchOptions, Cancel, Check, Client, Config, Error, ErrorKind, UserToken, UserTokenRequest};
use skm_sandbox::{Fault, Interface, Kind, Level, Person};

/// A child after this long is killed: it hangs.
const HANG_S: u32 = 30;

/// A child process under way; a failed check in it, a signal or a hang fails the test.
struct Child(libc::pid_t);

impl Child {
    fn begin(work: impl FnOnce()) -> Child {
        // SAFETY: the child has the memory it needs for `work` and leaves by `_exit`.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: a signal that is not handled ends the child.
                unsafe { libc::alarm(HANG_S) };
                let passed = catch_unwind(AssertUnwindSafe(work)).is_ok();
                // SAFETY: ends the child without running what belongs to the parent.
                unsafe { libc::_exit(i32::from(!passed)) }
            }
            child => {
                assert!(child > 0);
                Child(child)
            }
        }
    }

    fn passes(self) {
        let mut status = 0;
        // SAFETY: `status` is there to be written to.
        assert_eq!(unsafe { libc::waitpid(self.0, &raw mut status, 0) }, self.0);
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "the child ended with {status:#x}");
    }
}

/// Says that it is over when dropped.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn is_inherited(error: &Error) -> bool {
    error.kind() == ErrorKind::Closed
        && error.message().contains("before fork()")
        && error.technical_zh().contains("fork() 之前")
}

fn batch_of(someone: &Person, rows: usize) -> impl Iterator<Item = Check> + use<> {
    let request = id_request(someone);
    (0..rows).map(move |_| Check::Id(request.clone()))
}

/// Every way of using a client, in a child that did not make it.
fn everything_is_closed(client: &Client, config: &Config, someone: &Person) {
    let begun = Instant::now();
    let again = client.with_deadline(Duration::from_secs(60)).with_cancel(Cancel::new());
    for client in [client, &again] {
        assert!(client.is_inherited() && client.is_closed());
        let scan =
            skm::ScanRequest::new("https://x/?qrCode=V596bc9213d08df46ed307f633dcf17432320000#/result", consent());
        assert!(is_inherited(&client.verify_scan(&scan).unwrap_err()));
        assert!(is_inherited(&client.verify_id(&id_request(someone)).unwrap_err()));
        let request = UserTokenRequest::new("张三", someone.number.as_str(), "13912345678", consent());
        assert!(is_inherited(&client.issue_user_token(&request).unwrap_err()));
        let user = UserToken::new("t".to_owned(), None);
        assert!(is_inherited(&client.display_url(&user).unwrap_err()));
        assert!(is_inherited(&client.probe(skm::Interface::Id).unwrap_err()));
        let never = |_| panic!("a call that was refused is not told of");
        let request = id_request(someone);
        let submitted = client.submit(move |client| client.verify_id(&request), never);
        assert!(is_inherited(&submitted.unwrap_err()));
        let rows: Vec<_> = client.verify_many(batch_of(someone, 40), BatchOptions::default()).collect();
        assert!(rows.len() == 40 && rows.into_iter().all(|row| is_inherited(&row.unwrap_err())));
        client.close();
        assert!(!format!("{client:?}").is_empty());
    }
    drop(again);
    // One of the child's own does its work beside it.
    let own = Client::new(config.clone()).unwrap();
    assert!(own.verify_id(&id_request(someone)).unwrap().is_green());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// Over plain http on loopback two processes on one connection would each read the other's answers.
#[test]
fn the_answers_of_the_parent_stay_with_the_parent() {
    let sandbox = start();
    let client = client(&sandbox, "max_connections = 1");
    let (green, red) = (id_request(&person(&sandbox, Level::Green)), id_request(&person(&sandbox, Level::Red)));
    assert!(client.verify_id(&green).unwrap().is_green());
    sandbox.add_fault(Fault { ms: Some(2), ..Fault::new(Interface::VerifyId, Kind::Delay) }).unwrap();
    for _ in 0..40 {
        let child = Child::begin(|| {
            for _ in 0..20 {
                assert!(is_inherited(&client.verify_id(&red).unwrap_err()));
            }
        });
        for _ in 0..5 {
            assert!(client.verify_id(&green).unwrap().is_green());
        }
        child.passes();
    }
}

/// Locks are held and lists half changed whenever a process with threads forks.
#[test]
fn a_child_of_a_busy_process_touches_nothing_of_it() {
    let sandbox = start();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.jsonl");
    let client = client(&sandbox, &format!("max_connections = 4\n[audit]\nfile = {log:?}"));
    let green = person(&sandbox, Level::Green);
    // The sandbox is the parent's too: its locks are not for the child.
    let config = Config::parse(&sandbox.config_toml(), Path::new("")).unwrap();
    let cancel = Cancel::new();
    let cancellable = client.with_cancel(cancel.clone());
    let ending = AtomicBool::new(false);
    let calls = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..6)
            .map(|number| {
                let (cancellable, green, ending) = (&cancellable, &green, &ending);
                scope.spawn(move || {
                    let mut calls = 0;
                    while !ending.load(Ordering::Relaxed) {
                        if number % 2 == 0 {
                            assert!(cancellable.verify_id(&id_request(green)).unwrap().is_green());
                            calls += 1;
                        } else {
                            let rows = cancellable.verify_many(batch_of(green, 8), BatchOptions::default());
                            calls += rows.map(|row| assert!(row.unwrap().verdict().is_green())).count();
                        }
                    }
                    calls
                })
            })
            .collect();
        // Also when a check fails, or the crowd would go on.
        let end = Ending(&ending);
        for _ in 0..15 {
            let mut batch = client.verify_many(batch_of(&green, 12), BatchOptions::default());
            assert!(batch.next().unwrap().unwrap().verdict().is_green());
            let child = Child::begin(|| {
                everything_is_closed(&client, &config, &green);
                // What the parent had begun: as many rows as are still to come, and no waiting for them.
                let rows: Vec<_> = batch.by_ref().collect();
                assert!(rows.len() == 11 && rows.into_iter().all(|row| is_inherited(&row.unwrap_err())));
                cancel.cancel();
                let own = Client::new(config.clone()).unwrap().with_cancel(cancel.clone());
                assert!(is_inherited(&own.verify_id(&id_request(&green)).unwrap_err()));
                drop((batch, cancel.clone(), cancellable.clone(), client.clone()));
            });
            child.passes();
        }
        drop(end);
        crowd.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    assert!(!client.is_closed() && !cancel.is_cancelled());
    assert!(client.verify_id(&id_request(&green)).unwrap().is_green());
    // Evidence of the parent's calls, and of no others.
    assert_eq!(client.audit_failures(), 0);
    let batches = 15 * 12;
    let records = std::fs::read_to_string(&log).unwrap().lines().count();
    assert!((calls + 1..=calls + 1 + batches).contains(&records), "{records} records of {calls} calls and {batches}");
}

#[test]
fn a_call_in_flight_outlives_the_children() {
    let sandbox = start();
    let client = client(&sandbox, "deadline_ms = 60000");
    let green = person(&sandbox, Level::Green);
    assert!(client.verify_id(&id_request(&green)).unwrap().is_green());
    sandbox.add_fault(Fault { ms: Some(1500), ..Fault::new(Interface::VerifyId, Kind::Delay) }).unwrap();
    let (cancel, begun) = (Cancel::new(), Instant::now());
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.with_cancel(cancel.clone()).verify_id(&id_request(&green)));
        std::thread::sleep(Duration::from_millis(300));
        let child = Child::begin(|| {
            let grandchild = Child::begin(|| {
                cancel.cancel();
                client.close();
                drop(client.clone());
            });
            cancel.cancel();
            client.close();
            grandchild.passes();
        });
        child.passes();
        assert!(begun.elapsed() < Duration::from_millis(1500), "the call was over too soon to tell");
        assert!(call.join().unwrap().unwrap().is_green());
    });
}

/// A callback runs on a thread of the client: in the child that thread is all there is.
#[test]
fn a_callback_that_forks_leaves_the_calls_to_the_parent() {
    let sandbox = start();
    let client = client(&sandbox, "max_connections = 1");
    let green = person(&sandbox, Level::Green);
    let (told, results) = channel();
    // SAFETY: the process that runs this test.
    let parent = unsafe { libc::getpid() };
    for number in 0..6 {
        let (request, told) = (id_request(&green), told.clone());
        let done = move |result: skm::Result<skm::IdResult>| {
            assert!(result.unwrap().is_green());
            // SAFETY: the child does nothing but return to the thread's own work, which ends it.
            let forked = if number == 0 { unsafe { libc::fork() } } else { 0 };
            // SAFETY: as above.
            if unsafe { libc::getpid() } == parent {
                told.send((number, forked)).unwrap();
            } else if number > 0 {
                // SAFETY: a call of the parent was run again.
                unsafe { libc::_exit(1) };
            } else {
                // SAFETY: a signal that is not handled ends a child that hangs.
                unsafe { libc::alarm(HANG_S) };
            }
        };
        client.submit(move |client| client.verify_id(&request), done).unwrap();
    }
    let told: Vec<_> = (0..6).map(|_| results.recv_timeout(Duration::from_secs(20)).unwrap()).collect();
    assert_eq!(told.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    Child(told[0].1).passes();
}

#[test]
fn a_configuration_opens_a_client_in_each_process() {
    let sandbox = start();
    let green = person(&sandbox, Level::Green);
    let config = Config::parse(&sandbox.config_toml(), Path::new("")).unwrap();
    let client = Client::new(config.clone()).unwrap();
    let scan = scan_request(&sandbox, &green);
    assert!(client.verify_scan(&scan).unwrap().is_green());
    let child = Child::begin(|| {
        let own = Client::new(config.clone()).unwrap();
        let _ = own.verify_scan(&scan).unwrap().verdict();
        let grandchild = Child::begin(|| {
            assert!(is_inherited(&own.verify_scan(&scan).unwrap_err()));
            assert!(is_inherited(&client.verify_scan(&scan).unwrap_err()));
        });
        grandchild.passes();
        assert!(!own.is_inherited());
    });
    child.passes();
}
