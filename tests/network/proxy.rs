//! Proxies: the configuration's and the environment's.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use skm::{Client, Error, ErrorKind, Interface};

use super::tls::Authority;
use super::{answer_all, client, config, read_request, scan, server, silent};

/// A proxy that opens tunnels to one port, whatever name it is asked for, for whoever knows the password.
fn proxy(password: &'static str, upstream: u16) -> (u16, Arc<AtomicUsize>) {
    let tunnels = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tunnels);
    let port = server(move |mut stream| {
        let Some(request) = read_request(&mut stream) else { return };
        if !request.contains(&format!("Proxy-Authorization: Basic {password}")) {
            let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        counted.fetch_add(1, Ordering::Relaxed);
        assert_eq!(request.split_whitespace().nth(1), Some("platform.example.invalid:443"));
        let upstream = TcpStream::connect(("127.0.0.1", upstream)).unwrap();
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
        let (mut from, mut to) = (stream.try_clone().unwrap(), upstream.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
        let _ = std::io::copy(&mut &upstream, &mut stream);
    });
    (port, tunnels)
}

#[test]
fn a_proxy_opens_a_tunnel() {
    let authority = Authority::new();
    let platform = authority.serve_as("platform.example.invalid", false);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
    // Base64 of user:ge/heim.
    let (port, tunnels) = proxy("dXNlcjpnZS9oZWlt", platform);
    let with = |credentials: &str| {
        let http = format!("ca_file = \"ca.pem\"\nretries = 0\nproxy = \"http://{credentials}127.0.0.1:{port}\"");
        Client::new(config("https://platform.example.invalid/", &http, folder.path())).unwrap()
    };
    let through = with("user:ge%2Fheim@");
    assert!(scan(&through).unwrap() && scan(&through).unwrap());
    assert_eq!(tunnels.load(Ordering::Relaxed), 1);
    let error = scan(&with("user:wrong@")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProxyFailed);
    assert!(!format!("{error:?}").contains("wrong"), "{error:?}");
}

#[test]
fn this_machine_is_not_asked_for_through_a_proxy() {
    let (port, tunnels) = proxy("", 1);
    let platform = server(answer_all);
    for host in ["127.0.0.1", "localhost"] {
        let through = client(&format!("http://{host}:{platform}/"), &format!("proxy = \"http://127.0.0.1:{port}\""));
        assert!(scan(&through).unwrap(), "{host}");
    }
    assert_eq!(tunnels.load(Ordering::Relaxed), 0);
}

/// Runs `test` of this file in a process of its own with these variables: the environment is the whole process's.
pub(crate) fn with_environment(test: &str, variables: &[(&str, &str)]) {
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--quiet"])
        .env_remove("HTTPS_PROXY")
        .env_remove("https_proxy")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stdout);
    assert!(status.status.success() && said.contains("1 passed"), "{variables:?}: {said}");
}

#[test]
fn the_environments_proxy() {
    with_environment("proxy::child_is_refused", &[("HTTPS_PROXY", "http://[bad")]);
    with_environment("proxy::child_is_refused", &[("HTTPS_PROXY", "htp://127.0.0.1:1")]);
    with_environment("proxy::child_is_refused", &[("https_proxy", "socks5://127.0.0.1:1")]);
    with_environment(
        "proxy::child_asks_the_proxy",
        &[("HTTPS_PROXY", "http://127.0.0.1:1"), ("ALL_PROXY", "socks5://127.0.0.1:2")],
    );
    with_environment("proxy::child_asks_the_proxy", &[("HTTPS_PROXY", ""), ("https_proxy", "http://127.0.0.1:1")]);
    with_environment("proxy::child_goes_direct", &[("HTTPS_PROXY", "")]);
    with_environment(
        "proxy::child_goes_direct",
        &[("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", ""), ("no_proxy", "platform.example.invalid")],
    );
}

fn child_error() -> Error {
    let settings = "proxy = \"env\"\nretries = 0\ndeadline_ms = 3000";
    match Client::new(config("https://platform.example.invalid:1/", settings, Path::new(""))) {
        Ok(client) => scan(&client).unwrap_err(),
        Err(error) => error,
    }
}

#[test]
#[ignore = "run by the_environments_proxy with variables set"]
fn child_is_refused() {
    assert_eq!(child_error().kind(), ErrorKind::ConfigInvalid);
}

#[test]
#[ignore = "run by the_environments_proxy with variables set"]
fn child_asks_the_proxy() {
    assert_eq!(child_error().kind(), ErrorKind::ProxyFailed);
}

#[test]
#[ignore = "run by the_environments_proxy with variables set"]
fn child_goes_direct() {
    let direct = Client::new(config("https://platform.example.invalid/", "proxy = \"env\"", Path::new(""))).unwrap();
    assert!(!direct.is_proxied(Interface::Scan).unwrap());
}

#[test]
fn a_proxy_that_is_not_there() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let http = format!("retries = 0\nproxy = \"http://127.0.0.1:{port}\"");
    assert_eq!(scan(&client("https://skm.example.invalid/", &http)).unwrap_err().kind(), ErrorKind::ProxyFailed);
}

#[test]
fn a_proxy_that_speaks_something_else() {
    let port = server(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-invented\r\n");
        silent(stream);
    });
    let http = format!("retries = 0\nproxy = \"http://127.0.0.1:{port}\"");
    assert_eq!(scan(&client("https://skm.example.invalid/", &http)).unwrap_err().kind(), ErrorKind::ProxyFailed);
}
