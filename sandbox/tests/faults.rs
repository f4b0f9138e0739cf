//! Every fault kind does on the wire what it says, on every interface it applies to.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use skm_sandbox::{Fault, Interface, Kind};
use support::{End, Got, World, exchange_on};

/// One good call, with this much patience.
fn call(world: &World, interface: Interface) -> Got {
    match interface {
        Interface::IssueUserToken => world.issue(world.params(0)),
        Interface::Display => world.get("/jkmIndex.html?token=none"),
        Interface::VerifyScan => world.scan(&world.qr(0)),
        Interface::VerifyId => world.id_of(0),
    }
}

fn code_key(interface: Interface) -> &'static str {
    ["retcode", "", "resCode", "code"][interface as usize]
}

/// The level that an answer shows, if it is a success in good order.
fn level(world: &World, interface: Interface, got: &Got) -> Value {
    match interface {
        Interface::VerifyScan => got.json()["res"]["level"].clone(),
        _ => world.open(got.json()["data"].as_str().unwrap())["levelData"].clone(),
    }
}

/// Checks one answer against what its fault promises.
fn check(world: &World, interface: Interface, kind: Kind, sound: &Got, got: &Got) {
    let whole = sound.raw.len();
    match kind {
        Kind::Delay => assert!(got.took >= Duration::from_millis(150) && got.body.len() == sound.body.len()),
        Kind::Stall => assert_eq!((got.end, got.raw.len()), (End::TimeOut, 0)),
        Kind::Dribble => {
            assert!(got.end == End::TimeOut && (1..=60).contains(&got.raw.len()), "{} bytes", got.raw.len())
        }
        Kind::DropBefore => assert_eq!((got.end, got.raw.len()), (End::Closed, 0)),
        Kind::Reset => assert_eq!((got.end, got.raw.len()), (End::Reset, 0)),
        Kind::DropHeaders => {
            assert!(got.end == End::Closed && !got.raw.is_empty() && !got.raw.windows(4).any(|w| w == b"\r\n\r\n"))
        }
        Kind::DropInside => {
            assert!(got.end == End::Closed && got.body.len() == got.content_length() / 2 && got.raw.len() < whole + 20)
        }
        Kind::DropPooled => assert_eq!((got.end, got.status, got.body.len()), (End::Open, 200, got.content_length())),
        Kind::WrongLength => assert_eq!((got.end, got.content_length()), (End::Closed, got.body.len() + 64)),
        Kind::ShortLength => assert_eq!(got.content_length(), sound.content_length() / 2),
        Kind::Html => assert!(
            got.status == 200
                && got.text().contains("<html>")
                && got.header("content-type").unwrap().starts_with("text/html")
        ),
        Kind::Status => assert_eq!((got.status, got.text().contains("502")), (502, true)),
        Kind::Redirect => assert_eq!((got.status, got.header("location")), (302, Some("/_sandbox/redirected"))),
        Kind::Huge => assert!(got.body.len() >= 8 << 20),
        Kind::DeepJson => assert!(got.text().contains(&"[".repeat(200))),
        Kind::Gbk => assert!(
            String::from_utf8(got.body.clone()).is_err() && encoding_rs::GBK.decode(&got.body).0.contains("国标码")
        ),
        Kind::WrongKey => assert_eq!(world.try_open(got.json()["data"].as_str().unwrap()), None),
        Kind::Clock => assert_eq!(got.header("date"), Some("Fri, 01 Jan 2021 05:00:00 GMT")),
        Kind::Empty => assert_eq!((got.status, got.content_length()), (200, 0)),
        Kind::NotJson => assert!(got.text().contains("系统繁忙")),
        Kind::CutJson => {
            assert!(got.content_length() == got.body.len() && serde_json::from_slice::<Value>(&got.body).is_err())
        }
        Kind::DuplicateKey => assert_eq!(got.text().matches(&format!("\"{}\":", code_key(interface))).count(), 2),
        Kind::FractionCode => assert!(got.json()[code_key(interface)].is_f64()),
        Kind::NoLevel => assert!(level(world, interface, got).is_null()),
        Kind::StrangeLevel => assert_eq!(level(world, interface, got), "blue"),
        Kind::OtherPerson => {
            let inner = world.open(got.json()["data"].as_str().unwrap());
            assert_ne!(inner["userid"], world.sandbox.people()[0].number);
        }
    }
}

#[test]
fn every_kind_on_every_interface() {
    let world = World::start();
    let mut count = 0;
    for interface in Interface::ALL {
        let sound = call(&world, interface);
        assert_eq!((sound.status, sound.end), (200, End::Open));
        for kind in Kind::ALL.iter().copied().filter(|kind| kind.applies_to(interface)) {
            world
                .sandbox
                .add_fault(Fault {
                    ms: Some(if kind == Kind::Delay { 150 } else { 100 }),
                    ..Fault::new(interface, kind)
                })
                .unwrap();
            let got = match kind {
                Kind::Stall | Kind::Dribble => impatient(&world, interface),
                _ => call(&world, interface),
            };
            check(&world, interface, kind, &sound, &got);
            assert_eq!(world.sandbox.journal().last().unwrap().fault, Some(kind.name()));
            assert_ne!(kind.expects(interface), "");
            world.sandbox.reset();
            count += 1;
        }
    }
    println!("{count} pairs of fault and interface");
    assert!(count >= 80, "{count}");
}

/// The same call, waiting half a second only.
fn impatient(world: &World, interface: Interface) -> Got {
    let path = ["/jsjis/gateway/interface.do", "/jkmIndex.html", "/jkm/scanJsJkm", "/skm_public/member/get"]
        [interface as usize];
    let method = if interface == Interface::Display { "GET" } else { "POST" };
    support::exchange(world.sandbox.addr(), method, path, &[], b"", Duration::from_millis(500))
}

#[test]
fn a_pooled_connection_is_dropped_after_a_whole_answer() {
    let world = World::start();
    world.sandbox.add_fault(Fault { times: Some(1), ..Fault::any(Kind::DropPooled) }).unwrap();
    let mut stream = TcpStream::connect(world.sandbox.addr()).unwrap();
    let patience = Duration::from_secs(2);
    let first = exchange_on(&mut stream, "GET", "/jkmIndex.html", &[], b"", patience);
    assert_eq!((first.status, first.end), (200, End::Open));
    assert!(first.header("connection").is_none_or(|value| value == "keep-alive"));
    std::thread::sleep(Duration::from_millis(100));
    let mut byte = [0];
    assert_eq!(std::io::Read::read(&mut stream, &mut byte).unwrap(), 0);

    let mut stream = TcpStream::connect(world.sandbox.addr()).unwrap();
    for _ in 0..3 {
        assert_eq!(exchange_on(&mut stream, "GET", "/jkmIndex.html", &[], b"", patience).end, End::Open);
    }
}

#[test]
fn rules_by_person_count_and_admin_call() {
    let world = World::start();
    let number = world.sandbox.people()[1].number.clone();
    let add = |rule: Value| world.post("/_sandbox/faults", rule);
    let id = add(json!({"interface": "verify_id", "kind": "html", "person": number})).json()["id"].clone();
    assert_eq!(world.id_of(0).json()["code"], 200);
    assert!(world.id_of(1).text().contains("<html>"));
    let seen = world.get("/_sandbox/faults").json();
    assert_eq!((&seen["faults"][0]["id"], &seen["faults"][0]["fired"]), (&id, &json!(1)));
    assert_eq!(world.send("DELETE", &format!("/_sandbox/faults/{id}"), &[], b"").status, 200);
    assert_eq!(world.send("DELETE", &format!("/_sandbox/faults/{id}"), &[], b"").status, 404);
    assert_eq!(world.id_of(1).json()["code"], 200);

    add(json!({"interface": "any", "kind": "status", "status": 503, "nth": 2}));
    let statuses: Vec<u16> = (0..3).map(|_| world.id_of(0).status).collect();
    assert_eq!(statuses, [200, 503, 200]);
    world.send("DELETE", "/_sandbox/faults", &[], b"");
    add(json!({"kind": "empty", "times": 2}));
    let lengths: Vec<bool> = (0..3).map(|_| world.id_of(0).body.is_empty()).collect();
    assert_eq!(lengths, [true, true, false]);
    world.post("/_sandbox/reset", json!({}));
    add(json!({"interface": "issue_user_token", "kind": "clock", "seconds": -7200}));
    let refused = world.issue(world.params(0)).json();
    assert_eq!(refused["retcode"], "202");
    assert!(refused["msg"].as_str().unwrap().contains("7200 s ahead"));

    let wrong = [
        (json!({"kind": "htm"}), "unknown variant `htm`"),
        (
            json!({"kind": "html", "interface": "verify"}),
            "must be issue_user_token, display, verify_scan, verify_id or any",
        ),
        (json!({"kind": "wrong_key", "interface": "verify_scan"}), "cannot happen to verify_scan"),
        (json!({"kind": "status", "status": 200}), "between 400 and 599"),
        (json!({"kind": "html", "nth": 0}), "counts from 1"),
        (json!({"kind": "html", "probability": 2}), "between 0 and 1"),
        (json!({"kind": "html", "colour": 1}), "unknown field `colour`"),
    ];
    for (rule, words) in wrong {
        let got = add(rule);
        assert_eq!(got.status, 400);
        assert!(got.json()["error"].as_str().unwrap().contains(words), "{}", got.text());
    }
    let kinds = world.get("/_sandbox/faults/kinds").json();
    assert_eq!(kinds["kinds"].as_array().unwrap().len(), Kind::ALL.len());
}

#[test]
fn a_stopped_sandbox_is_gone_even_with_a_call_in_flight() {
    let world = World::start();
    world.sandbox.add_fault(Fault::any(Kind::Stall)).unwrap();
    let addr = world.sandbox.addr();
    let waiting =
        std::thread::spawn(move || support::exchange(addr, "GET", "/jkmIndex.html", &[], b"", Duration::from_secs(10)));
    std::thread::sleep(Duration::from_millis(100));
    world.sandbox.stop();
    assert_ne!(waiting.join().unwrap().end, End::TimeOut);
    assert!(TcpStream::connect(addr).is_err());
}
