//! Pages of other origins are refused, ordinary clients are not; and no request is left unread.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use skm_sandbox::Options;
use support::{End, World, exchange_on, frozen};

const ADMIN: [(&str, &str); 21] = [
    ("GET", "/_sandbox/"),
    ("GET", "/_sandbox"),
    ("GET", "/_sandbox/health"),
    ("GET", "/_sandbox/config"),
    ("GET", "/_sandbox/people"),
    ("GET", "/_sandbox/magic"),
    ("GET", "/_sandbox/faults"),
    ("GET", "/_sandbox/faults/kinds"),
    ("DELETE", "/_sandbox/faults/1"),
    ("GET", "/_sandbox/clock"),
    ("GET", "/_sandbox/settings"),
    ("GET", "/_sandbox/journal"),
    ("GET", "/_sandbox/journal.html"),
    ("GET", "/h5/page.js"),
    ("GET", "/jkmIndex.html"),
    ("POST", "/_sandbox/faults"),
    ("DELETE", "/_sandbox/faults"),
    ("POST", "/_sandbox/clock"),
    ("POST", "/_sandbox/settings"),
    ("POST", "/_sandbox/qr"),
    ("POST", "/_sandbox/reset"),
];
const INTERFACES: [&str; 3] = ["/jsjis/gateway/interface.do", "/jkm/scanJsJkm", "/skm_public/member/get"];

#[test]
fn a_page_of_another_origin_changes_and_learns_nothing() {
    let world = World::start();
    world.post("/_sandbox/clock", json!({"offset_s": 7200}));
    let own = format!("127.0.0.1:{}", world.sandbox.addr().port());
    let rebound = format!("evil.example:{}", world.sandbox.addr().port());
    let before = world.sandbox.journal().len();
    for (host, origin) in [
        (own.as_str(), Some("https://evil.example")),
        (&own, Some("null")),
        (&own, Some("http://127.0.0.1:3000")),
        (&rebound, None),
        (&rebound, Some(&*format!("http://{rebound}"))),
        ("evil.example", None),
    ] {
        let mut headers = vec![("Host", host), ("Content-Type", "text/plain")];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        let others = [("POST", "/h5/code"), ("OPTIONS", "/_sandbox/reset"), ("GET", "/nothing")];
        for (method, path) in ADMIN.into_iter().chain(others) {
            let got = world.send(method, path, &headers, b"{\"offset_s\":1}");
            assert_eq!((got.status, got.end), (403, End::Open), "{method} {path} {headers:?}");
            assert!(got.header("access-control-allow-origin").is_none() && got.header("date").is_some());
            assert!(got.json()["error"].as_str().unwrap().contains("refused") || origin.is_none() || host == rebound);
        }
        if origin.is_some() {
            for path in INTERFACES {
                assert_eq!(world.send("POST", path, &headers, b"x").status, 403, "{path} {headers:?}");
            }
        }
    }
    assert_eq!(world.sandbox.journal().len(), before, "nothing of it came as far as an interface");
    let clock = world.get("/_sandbox/clock").json();
    assert_eq!(clock["clock"], "Offset(7200)", "neither set nor reset");
}

#[test]
fn ordinary_clients_and_the_sandboxs_own_pages_are_let_in() {
    let world = World::start();
    let port = world.sandbox.addr().port();
    for host in
        [format!("127.0.0.1:{port}"), format!("localhost:{port}"), "localhost".to_owned(), "127.0.0.1".to_owned()]
    {
        for (method, path) in ADMIN {
            let got = world.send(method, path, &[("Host", &host)], b"{}");
            assert_ne!(got.status, 403, "{method} {path} {host}");
        }
        let origin = format!("http://{host}");
        let got = world.send("POST", "/_sandbox/reset", &[("Host", &host), ("Origin", &origin)], b"{}");
        assert_eq!(got.status, 200, "{host}");
        let got = world.send("POST", "/h5/code", &[("Host", &host), ("Origin", &origin)], b"{}");
        assert_eq!(got.status, 400, "the page's own call, {host}");
    }
    // A client comes through relays, forwarded ports and names of its own.
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(world.scan_pairs(&world.qr(0))).finish();
    for host in ["relay.example.invalid", "10.0.0.1:1", "127.0.0.1:1"] {
        let headers = [("Host", host), ("Content-Type", "application/x-www-form-urlencoded")];
        assert_eq!(world.send("POST", "/jkm/scanJsJkm", &headers, body.as_bytes()).json()["resCode"], 0, "{host}");
    }
    let named = World::with(Options { host_names: vec!["skm.test".to_owned()], ..frozen() });
    assert_eq!(named.send("GET", "/_sandbox/health", &[("Host", "skm.test:9000")], b"").status, 403, "another port");
    assert_eq!(named.send("GET", "/_sandbox/health", &[("Host", "skm.test")], b"").status, 200);
}

/// An answer beside an unread body closes the connection; some systems then reset it.
#[test]
fn every_request_is_read_whole_before_it_is_answered() {
    let world = World::start();
    let mut stream = TcpStream::connect(world.sandbox.addr()).unwrap();
    let patience = Duration::from_secs(20);
    let own = [("Content-Type", "application/json")];
    let foreign = [("Origin", "https://evil.example")];
    let paths = ADMIN.into_iter().chain([("POST", "/h5/code"), ("PUT", "/_sandbox/reset"), ("POST", "/nothing")]);
    for (method, path) in paths.chain(INTERFACES.map(|path| ("POST", path))) {
        for (headers, size) in [(&own[..], 900_000), (&own, 3 << 20), (&foreign, 900_000)] {
            let body = vec![b' '; size];
            let got = exchange_on(&mut stream, method, path, headers, &body, patience);
            let what = format!("{method} {path} {headers:?} {size}: {} {:?}", got.status, got.end);
            assert_eq!(got.end, End::Open, "{what}");
            assert_eq!(got.status == 413, size > 1 << 20, "{what}");
        }
    }
    // Kept alive all the while.
    assert_eq!(exchange_on(&mut stream, "GET", "/_sandbox/health", &[], b"", patience).status, 200);
}
