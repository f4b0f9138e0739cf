//! What the network can do to a call: silence at every stage, untrusted certificates, proxies, cancellation.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use skm::{Cancel, Client, Config, Consent, Error, ErrorKind, ScanRequest};

const GRACE: Duration = Duration::from_millis(100);
const GREEN: &str = r#"{"resMessage":"OK","resCode":0,"res":{"level":"green"}}"#;

/// A server that gives each connection to `serve`, on a thread of its own; gone when the test is.
fn server(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

fn client(url: &str, http: &str) -> Client {
    let folder = Path::new("");
    Client::new(config(url, http, folder)).unwrap()
}

fn config(url: &str, http: &str, folder: &Path) -> Config {
    let source = format!(
        "[scan]\nurl = \"{url}\"\nsource = \"wuxi\"\ntoken = \"unit-token\"\nposition = \"江苏省,无锡市,梁溪区,示范路1号\"\n\
         verifier_dept = \"示范医院\"\nverifier_name = \"示范\"\nverifier_phone = \"13800001234\"\n[http]\n{http}\n"
    );
    Config::parse(&source, folder).unwrap()
}

fn scan(client: &Client) -> Result<bool, Error> {
    let text = format!("https://skm.example.invalid/index.html?qrCode=V5{}320000&b=x#/result", "a".repeat(32));
    client.verify_scan(&ScanRequest::new(text, Consent::explicit("notice A-12"))).map(|result| result.is_green())
}

/// Reads one request, head and body, however it is cut.
fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        text.extend_from_slice(&chunk[..count]);
        let so_far = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(so_far);
        }
    }
}

fn answer(stream: &mut impl Write, body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    // The client may have gone: that is what some tests are about.
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).and_then(|()| stream.flush());
}

fn answer_all(mut stream: impl Read + Write) {
    while read_request(&mut stream).is_some() {
        answer(&mut stream, GREEN);
    }
}

fn late(url: &str, http: &str) {
    let client = client(url, &format!("deadline_ms = 300\n{http}"));
    let started = Instant::now();
    let error = scan(&client).unwrap_err();
    let took = started.elapsed();
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded, "{error}");
    assert!(took < Duration::from_millis(300) + GRACE, "{took:?}");
}

fn silent(stream: TcpStream) {
    std::thread::sleep(Duration::from_secs(30));
    drop(stream);
}

#[test]
fn silence_after_the_connection() {
    let port = server(silent);
    late(&format!("http://127.0.0.1:{port}/"), "");
}

#[test]
fn silence_in_the_tls_handshake() {
    let port = server(silent);
    late(&format!("https://127.0.0.1:{port}/"), "");
}

#[test]
fn silence_of_the_proxy() {
    let port = server(silent);
    late("https://skm.example.invalid/", &format!("proxy = \"http://127.0.0.1:{port}\""));
}

#[test]
fn one_byte_at_a_time() {
    let port = server(|mut stream| {
        read_request(&mut stream);
        for byte in "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".bytes().chain(std::iter::repeat(b' ')) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    late(&format!("http://127.0.0.1:{port}/"), "");
}

#[test]
fn an_error_page_is_judged_by_its_status_not_its_length() {
    for (status, kind) in [("502 Bad Gateway", ErrorKind::HttpStatus), ("302 Found", ErrorKind::RedirectRefused)] {
        let port = server(move |mut stream| {
            read_request(&mut stream);
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: 99999999\r\n\r\n<html>");
            let _ = stream.write_all(head.as_bytes());
            silent(stream);
        });
        let started = Instant::now();
        assert_eq!(scan(&client(&format!("http://127.0.0.1:{port}/"), "")).unwrap_err().kind(), kind);
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }
}

#[test]
fn waiting_for_a_free_connection_counts() {
    let port = server(silent);
    let client = client(&format!("http://127.0.0.1:{port}/"), "deadline_ms = 300\nmax_connections = 1");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let started = Instant::now();
                assert_eq!(scan(&client).unwrap_err().kind(), ErrorKind::DeadlineExceeded);
                assert!(started.elapsed() < Duration::from_millis(300) + GRACE, "{:?}", started.elapsed());
            });
        }
    });
}

#[test]
fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = scan(&client(&format!("http://127.0.0.1:{port}/secret-path?a=b"), "retries = 2")).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ConnectFailed, 3));
    assert!(error.message().contains(&format!("http://127.0.0.1:{port}")) && !error.message().contains("secret-path"));
}

#[test]
fn what_the_venue_decided_comes_with_the_failure() {
    use skm::WhenUnreachable;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    let decided = |gate: &str| scan(&client(&url, &format!("retries = 0\n{gate}"))).unwrap_err().when_unreachable();
    assert_eq!(decided(""), Some(WhenUnreachable::StayShut));
    assert_eq!(decided("[gate]\nwhen_unreachable = \"call_person\""), Some(WhenUnreachable::CallPerson));
    let answers = server(|mut stream| {
        while read_request(&mut stream).is_some() {
            answer(&mut stream, r#"{"resMessage":"失败","resCode":111}"#);
        }
    });
    let refused = scan(&client(&format!("http://127.0.0.1:{answers}/"), "")).unwrap_err();
    assert_eq!((refused.kind(), refused.when_unreachable()), (ErrorKind::QrExpired, None));
}

/// A certificate authority of one test, and what it signs.
struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Authority {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: rcgen::Issuer::new(params, key), pem }
    }

    fn sign(&self, name: &str) -> (rcgen::Certificate, rcgen::KeyPair) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// A TLS server on loopback; asks for a client certificate of this authority if `mutual`.
    fn serve(&self, mutual: bool) -> u16 {
        self.serve_as("127.0.0.1", mutual)
    }

    fn serve_as(&self, name: &str, mutual: bool) -> u16 {
        let (certificate, key) = self.sign(name);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = if mutual {
            let mut roots = rustls::RootCertStore::empty();
            roots.add_parsable_certificates([
                rustls::pki_types::pem::PemObject::from_pem_slice(self.pem.as_bytes()).unwrap()
            ]);
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap());
        server(move |stream| answer_all(StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream)))
    }
}

#[test]
fn tls_trusts_the_systems_roots_and_ca_file_and_nothing_else() {
    let authority = Authority::new();
    let port = authority.serve(false);
    let url = format!("https://127.0.0.1:{port}/");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
    std::fs::write(folder.path().join("other.pem"), Authority::new().pem).unwrap();

    let error = scan(&client(&url, "")).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::TlsFailed, 1), "{error}");
    let other = Client::new(config(&url, "ca_file = \"other.pem\"", folder.path())).unwrap();
    assert_eq!(scan(&other).unwrap_err().kind(), ErrorKind::TlsFailed);
    let trusted = Client::new(config(&url, "ca_file = \"ca.pem\"", folder.path())).unwrap();
    assert!(scan(&trusted).unwrap());
    let named =
        Client::new(config(&url.replace("127.0.0.1", "localhost"), "ca_file = \"ca.pem\"", folder.path())).unwrap();
    assert_eq!(scan(&named).unwrap_err().kind(), ErrorKind::TlsFailed, "the certificate is for another name");
}

#[test]
fn mutual_tls() {
    let authority = Authority::new();
    let port = authority.serve(true);
    let url = format!("https://127.0.0.1:{port}/");
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, pem: String| std::fs::write(folder.path().join(name), pem).unwrap();
    let (certificate, key) = authority.sign("unit.example.invalid");
    write("ca.pem", authority.pem.clone());
    write("unit.pem", certificate.pem());
    write("unit.key", key.serialize_pem());
    write("other.key", authority.sign("other.example.invalid").1.serialize_pem());

    let without = Client::new(config(&url, "ca_file = \"ca.pem\"", folder.path())).unwrap();
    assert_eq!(scan(&without).unwrap_err().kind(), ErrorKind::TlsFailed);
    let pair = "ca_file = \"ca.pem\"\nclient_cert_file = \"unit.pem\"\nclient_key_file = \"unit.key\"";
    assert!(scan(&Client::new(config(&url, pair, folder.path())).unwrap()).unwrap());
    let mismatch = pair.replace("unit.key", "other.key");
    let error = Client::new(config(&url, &mismatch, folder.path())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.message().contains("http.client_key_file does not belong to http.client_cert_file"), "{error}");
}

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
    assert!(scan(&with("user:ge%2Fheim@")).unwrap());
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
fn with_environment(test: &str, variables: &[(&str, &str)]) {
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--quiet"])
        .env_remove("HTTPS_PROXY")
        .env_remove("https_proxy")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(status.status.success(), "{variables:?}: {}", String::from_utf8_lossy(&status.stdout));
}

#[test]
fn the_environments_proxy() {
    with_environment("child_is_refused", &[("HTTPS_PROXY", "http://[bad")]);
    with_environment("child_is_refused", &[("HTTPS_PROXY", "htp://127.0.0.1:1")]);
    with_environment("child_is_refused", &[("https_proxy", "socks5://127.0.0.1:1")]);
    with_environment(
        "child_asks_the_proxy",
        &[("HTTPS_PROXY", "http://127.0.0.1:1"), ("ALL_PROXY", "socks5://127.0.0.1:2")],
    );
    with_environment("child_has_no_proxy", &[("HTTPS_PROXY", "")]);
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
fn child_has_no_proxy() {
    Client::new(config("https://platform.example.invalid/", "proxy = \"env\"", Path::new(""))).unwrap();
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

#[test]
fn a_head_without_end_is_too_large() {
    let port = server(|mut stream| {
        read_request(&mut stream);
        let line = format!("X-Invented: {}\r\n", "a".repeat(1000));
        let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{}\r\n", line.repeat(20)).as_bytes());
        silent(stream);
    });
    let error = scan(&client(&format!("http://127.0.0.1:{port}/"), "")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AnswerTooLarge);
}

#[cfg(target_os = "linux")]
#[test]
fn a_call_that_is_connecting_can_be_cancelled() {
    // A listener whose queue is full answers no further connection.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = (0..9).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(100)));
    let _queued: Vec<_> = queued.by_ref().take_while(Result::is_ok).collect();
    assert!(queued.next().is_some_and(|next| next.is_err()), "the queue is full");
    let http = "deadline_ms = 60000\nconnect_timeout_ms = 30000";
    let client = client(&format!("http://{address}/"), http);
    let started = Instant::now();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| scan(&client));
        std::thread::sleep(Duration::from_millis(150));
        client.close();
        assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
    });
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn cancel_and_close_wake_running_calls() {
    let port = server(silent);
    let url = format!("http://127.0.0.1:{port}/");
    let wake = |end: fn(&Client, &Cancel)| {
        let client = client(&url, "deadline_ms = 60000");
        let cancel = Cancel::new();
        let started = Instant::now();
        std::thread::scope(|scope| {
            let cancellable = client.with_cancel(cancel.clone());
            let call = scope.spawn(move || scan(&cancellable));
            std::thread::sleep(Duration::from_millis(150));
            end(&client, &cancel);
            assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
        });
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        client
    };
    wake(|_, cancel| cancel.cancel());
    let closed = wake(|client, _| client.close());
    assert_eq!(scan(&closed).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn a_cancelled_call_is_closed_wherever_it_was() {
    // Resting before a retry; and inside a body that ends with the connection.
    let resting = server(|mut stream| {
        while read_request(&mut stream).is_some() {
            let _ = stream.write_all(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let half = server(|mut stream| {
        read_request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"resMessage\":");
        silent(stream);
    });
    for port in [resting, half] {
        let client = client(&format!("http://127.0.0.1:{port}/"), "deadline_ms = 60000");
        let started = Instant::now();
        std::thread::scope(|scope| {
            let call = scope.spawn(|| scan(&client));
            std::thread::sleep(Duration::from_millis(150));
            client.close();
            assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
        });
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }
}

#[test]
fn connections_are_reused_and_bounded() {
    let opened = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&opened);
    let port = server(move |stream| {
        counted.fetch_add(1, Ordering::Relaxed);
        answer_all(stream);
    });
    let client = client(&format!("http://127.0.0.1:{port}/"), "max_connections = 3");
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..20).for_each(|_| assert!(scan(&client).unwrap())));
        }
    });
    assert!(opened.load(Ordering::Relaxed) <= 3, "{} connections for 320 calls", opened.load(Ordering::Relaxed));
}

#[test]
fn the_platforms_own_pause_wins() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let port = server(move |mut stream| {
        while read_request(&mut stream).is_some() {
            if counted.fetch_add(1, Ordering::Relaxed) > 0 {
                answer(&mut stream, GREEN);
                continue;
            }
            let busy = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(busy).unwrap();
        }
    });
    let url = format!("http://127.0.0.1:{port}/");
    let started = Instant::now();
    assert!(scan(&client(&url, "")).unwrap());
    assert!(started.elapsed() >= Duration::from_secs(1));
    calls.store(0, Ordering::Relaxed);
    let started = Instant::now();
    let error = scan(&client(&url, "deadline_ms = 500")).unwrap_err();
    assert_eq!(error.http_status(), Some(429));
    assert!(started.elapsed() < Duration::from_millis(400), "a pause beyond the deadline is not begun");
}

#[test]
fn nothing_personal_is_logged_at_any_level() {
    use std::sync::Mutex;
    static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    struct Keep;
    impl log::Log for Keep {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }
        fn log(&self, record: &log::Record<'_>) {
            LINES.lock().unwrap().push(format!("{} {}", record.target(), record.args()));
        }
        fn flush(&self) {}
    }
    log::set_logger(&Keep).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let port = server(answer_all);
    scan(&client(&format!("http://127.0.0.1:{port}/a-secret-path"), "")).unwrap();
    let lines = LINES.lock().unwrap().join("\n");
    assert!(lines.contains("verify_scan green"), "the logger was on:\n{lines}");
    for secret in ["unit-token", "示范", "13800001234", "qrCode", "aaaaaaaa", "a-secret-path", "6161 6161"] {
        assert!(!lines.contains(secret), "{secret} in:\n{lines}");
    }
}
