//! Every fault × interface × {fresh, pooled} connection: never green, never late, the right error name.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/platform.rs"]
mod platform;

use std::time::{Duration, Instant};

use platform::{client, id_request, person, scan_request, start, token_request};
use skm::{Client, Error, Verdict};
use skm_sandbox::{Fault, Interface, Kind, Level, Sandbox};

const DEADLINE: Duration = Duration::from_millis(400);
const GRACE: Duration = Duration::from_millis(100);
const CALLED: [Interface; 3] = [Interface::IssueUserToken, Interface::VerifyScan, Interface::VerifyId];

/// What a caller sees of one call.
struct Seen {
    outcome: String,
    green: bool,
    took: Duration,
}

fn call(client: &Client, sandbox: &Sandbox, interface: Interface) -> Seen {
    let someone = person(sandbox, Level::Green);
    let scan = scan_request(sandbox, &someone);
    let started = Instant::now();
    let verdict: Result<Option<Verdict>, Error> = match interface {
        Interface::IssueUserToken => client.issue_user_token(&token_request(&someone)).map(|_| None),
        Interface::VerifyScan => client.verify_scan(&scan).map(|result| Some(result.verdict())),
        Interface::VerifyId => client.verify_id(&id_request(&someone)).map(|result| Some(result.verdict())),
        Interface::Display => unreachable!("no network call"),
    };
    let took = started.elapsed();
    match verdict {
        Ok(verdict) => {
            let green = verdict.is_some_and(Verdict::is_green);
            let outcome = if verdict.is_none_or(Verdict::is_green) { "ok" } else { "not_green" };
            Seen { outcome: outcome.to_owned(), green, took }
        }
        Err(error) => Seen { outcome: error.kind().name().to_owned(), green: false, took },
    }
}

fn cell(kind: Kind, interface: Interface, pooled: bool) -> Result<(), String> {
    let sandbox = start();
    let client = client(&sandbox, "deadline_ms = 400");
    if pooled {
        let first = call(&client, &sandbox, interface);
        assert_eq!(first.outcome, "ok", "the call before the fault");
    }
    sandbox.add_fault(Fault::new(interface, kind)).unwrap();
    let seen = call(&client, &sandbox, interface);
    let name = format!("{} × {} × {}", kind.name(), interface.name(), if pooled { "pooled" } else { "fresh" });
    let expected = kind.expects(interface);
    if seen.outcome != expected {
        return Err(format!("{name}: {} where {expected} was due", seen.outcome));
    }
    if seen.green && expected != "ok" {
        return Err(format!("{name}: green"));
    }
    if seen.took > DEADLINE + GRACE {
        return Err(format!("{name}: {:?} for a deadline of {DEADLINE:?}", seen.took));
    }
    Ok(())
}

#[test]
fn matrix() {
    let mut cells = 0;
    let mut wrong = Vec::new();
    for kind in Kind::ALL {
        for interface in CALLED.into_iter().filter(|interface| kind.applies_to(*interface)) {
            for pooled in [false, true] {
                cells += 1;
                wrong.extend(cell(*kind, interface, pooled).err());
            }
        }
    }
    println!("fault matrix: {cells} cells, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cells >= 120, "only {cells} cells");
}

#[test]
fn a_connection_that_died_in_the_pool_is_replaced_once() {
    let sandbox = start();
    for interface in [Interface::VerifyScan, Interface::VerifyId] {
        let client = client(&sandbox, "retries = 0");
        sandbox.add_fault(Fault { times: Some(1), ..Fault::new(interface, Kind::DropPooled) }).unwrap();
        assert_eq!(call(&client, &sandbox, interface).outcome, "ok");
        assert_eq!(call(&client, &sandbox, interface).outcome, "ok", "{interface:?} after its connection died");
    }
}

#[test]
fn a_lost_question_is_asked_again_but_a_token_is_not() {
    let sandbox = start();
    let client = client(&sandbox, "");
    for interface in CALLED {
        sandbox.reset();
        sandbox.add_fault(Fault { times: Some(1), ..Fault::new(interface, Kind::DropBefore) }).unwrap();
        let expected = if interface == Interface::IssueUserToken { "connection_lost" } else { "ok" };
        assert_eq!(call(&client, &sandbox, interface).outcome, expected, "{interface:?}");
    }
}

#[test]
fn a_busy_platform_is_asked_again_only_about_questions() {
    let sandbox = start();
    let client = client(&sandbox, "");
    for interface in CALLED {
        sandbox.reset();
        sandbox.add_fault(Fault { times: Some(1), status: Some(503), ..Fault::new(interface, Kind::Status) }).unwrap();
        let expected = if interface == Interface::IssueUserToken { "http_status" } else { "ok" };
        assert_eq!(call(&client, &sandbox, interface).outcome, expected, "{interface:?}");
    }
}

#[test]
fn a_verdict_that_was_received_is_never_asked_for_again() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let red = person(&sandbox, Level::Red);
    assert_eq!(client.verify_id(&id_request(&red)).unwrap().verdict(), Verdict::Red);
    assert_eq!(sandbox.journal().len(), 1);
}
