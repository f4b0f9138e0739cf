//! The word that says why: for machines, one for each cause.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use skm::{Client, Error, ErrorKind, Reason};

use super::tls::Authority;
use super::{accept, answer_all, client, config, read_request, scan, server, silent};

fn why(url: &str, http: &str) -> Error {
    scan(&client(url, http)).unwrap_err()
}

#[track_caller]
fn is(error: &Error, kind: ErrorKind, reason: Reason) {
    assert_eq!((error.kind(), error.reason()), (kind, Some(reason)), "{error}");
    assert!(error.message().contains(reason.text()) && error.technical_zh().contains(reason.text_zh()), "{error}");
}

#[test]
fn a_late_call_says_where_it_stood() {
    let port = server(silent);
    let late = |url: &str, http: &str| why(url, &format!("deadline_ms = 300\n{http}"));
    let http = format!("http://127.0.0.1:{port}/");
    let https = format!("https://127.0.0.1:{port}/");
    is(&late(&http, ""), ErrorKind::DeadlineExceeded, Reason::Waiting);
    is(&late(&https, ""), ErrorKind::DeadlineExceeded, Reason::Securing);
    let proxied = late("https://skm.example.invalid/", &format!("proxy = \"http://127.0.0.1:{port}\""));
    is(&proxied, ErrorKind::DeadlineExceeded, Reason::Tunnelling);
    let half = server(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{");
        silent(stream);
    });
    is(&late(&format!("http://127.0.0.1:{half}/"), ""), ErrorKind::DeadlineExceeded, Reason::Reading);
}

#[test]
fn a_connection_that_failed_says_at_what() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = why(&format!("http://127.0.0.1:{nobody}/"), "retries = 0");
    is(&error, ErrorKind::ConnectFailed, Reason::Connecting);
    let closes = server(drop);
    let error = why(&format!("https://127.0.0.1:{closes}/"), "retries = 0");
    is(&error, ErrorKind::ConnectFailed, Reason::Securing);
}

#[cfg(unix)]
#[test]
fn what_this_machine_lacks_is_said() {
    let own_process = |test: &str, limit: &str, variables: &[(&str, &str)]| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{limit}exec \"$0\" \"$@\"")]).arg(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--ignored", "--quiet", "--test-threads=1"]).envs(variables.iter().copied());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("1 passed"), "{test}: {said}");
    };
    own_process("reasons::child_has_no_descriptors", "ulimit -n 64; ", &[]);
    // More than there are addresses: no thread can be given its stack.
    own_process("reasons::child_has_no_threads", "", &[("RUST_MIN_STACK", "140737488355328")]);
}

#[test]
#[ignore = "run by what_this_machine_lacks_is_said with few descriptors"]
fn child_has_no_descriptors() {
    let clients = ["http://127.0.0.1:1/", "http://localhost:1/"].map(|url| client(url, "retries = 0"));
    let proxied = client("https://skm.example.invalid/", "retries = 0\nproxy = \"http://127.0.0.1:1\"");
    let _hoard: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    for client in clients.iter().chain([&proxied]) {
        is(&scan(client).unwrap_err(), ErrorKind::ConnectFailed, Reason::NoDescriptors);
    }
}

#[test]
#[ignore = "run by what_this_machine_lacks_is_said with no room for a thread"]
fn child_has_no_threads() {
    is(&why("http://localhost:1/", "retries = 0"), ErrorKind::ConnectFailed, Reason::NoThreads);
}

/// A server with a certificate of `authority`, made otherwise than usual.
fn showing(authority: &Authority, change: impl FnOnce(&mut rcgen::CertificateParams)) -> u16 {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    change(&mut params);
    let certificate = authority.sign_params(params, &key);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config =
        Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap());
    server(move |stream| answer_all(accept(&config, stream)))
}

#[test]
fn a_certificate_that_is_not_trusted_says_why() {
    let authority = Authority::new();
    let refused = |port: u16| scan(&authority.client_of(port, "retries = 0")).unwrap_err();
    let past = rcgen::date_time_ymd(2021, 1, 1);
    let future = rcgen::date_time_ymd(2099, 1, 1);
    type Change = fn(&mut rcgen::CertificateParams);
    let cases: [(Change, Reason); 5] = [
        (|params| params.not_after = rcgen::date_time_ymd(2021, 1, 1), Reason::Expired),
        (|params| params.not_before = rcgen::date_time_ymd(2098, 1, 1), Reason::NotYetValid),
        (|params| params.subject_alt_names.clear(), Reason::NoNameInCertificate),
        (
            |params| {
                let name = "gateway.example.invalid".try_into().unwrap();
                params.subject_alt_names = vec![rcgen::SanType::DnsName(name)];
            },
            Reason::WrongHost,
        ),
        (|params| params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained), Reason::CaUsedAsServer),
    ];
    for (change, reason) in cases {
        let port = showing(&authority, |params| {
            (params.not_before, params.not_after) = (past - std::time::Duration::from_secs(86_400), future);
            change(params);
        });
        let error = refused(port);
        is(&error, ErrorKind::TlsFailed, reason);
        let names_are_said = error.message().contains("gateway.example.invalid");
        assert_eq!(names_are_said, reason == Reason::WrongHost, "{error}");
    }
    let port = authority.serve(false);
    is(&why(&format!("https://127.0.0.1:{port}/"), ""), ErrorKind::TlsFailed, Reason::UnknownIssuer);
}

#[test]
fn the_client_certificate_is_named_where_it_is_the_cause() {
    let authority = Authority::new();
    let port = authority.serve(true);
    let without = scan(&authority.client_of(port, "retries = 0")).unwrap_err();
    is(&without, ErrorKind::TlsFailed, Reason::ClientCertificateWanted);

    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, pem: String| std::fs::write(folder.path().join(name), pem).unwrap();
    let (certificate, key) = Authority::named("another authority").sign("unit.example.invalid");
    write("ca.pem", authority.pem.clone());
    write("unit.pem", certificate.pem());
    write("unit.key", key.serialize_pem());
    let http = "ca_file = \"ca.pem\"\nclient_cert_file = \"unit.pem\"\nclient_key_file = \"unit.key\"\nretries = 0";
    let client = Client::new(config(&format!("https://127.0.0.1:{port}/"), http, folder.path())).unwrap();
    is(&scan(&client).unwrap_err(), ErrorKind::TlsFailed, Reason::ClientCertificateRefused);
}

#[test]
fn what_the_other_side_speaks_is_said() {
    let spoken: [(&'static [u8], Reason); 6] = [
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", Reason::NotTls),
        (b"SSH-2.0-invented\r\n", Reason::NotTls),
        // Alerts: protocol_version, handshake_failure, unrecognized_name; and one in a record of TLCP.
        (&[21, 3, 1, 0, 2, 2, 70], Reason::ProtocolTooOld),
        (&[21, 3, 3, 0, 2, 2, 40], Reason::NoCommonCipher),
        (&[21, 3, 3, 0, 2, 2, 112], Reason::PeerAlert),
        (&[21, 1, 1, 0, 2, 2, 70], Reason::GmOnly),
    ];
    for (bytes, reason) in spoken {
        let port = server(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
            silent(stream);
        });
        let error = why(&format!("https://127.0.0.1:{port}/"), "retries = 0");
        is(&error, ErrorKind::TlsFailed, reason);
        assert_eq!(error.message().contains("(112)"), reason == Reason::PeerAlert, "{error}");
    }
}
