//! What the network can do to a call: silence at every stage, untrusted certificates, proxies, cancellation.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "network/pool.rs"]
mod pool;
#[path = "network/proxy.rs"]
mod proxy;
#[path = "network/reasons.rs"]
mod reasons;
#[path = "network/surroundings.rs"]
mod surroundings;
#[path = "network/tls.rs"]
mod tls;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

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

/// The server's side of TLS.
fn accept(config: &Arc<ServerConfig>, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
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

/// A call that has begun is closed as soon as `end` says so.
fn ends_at_once(client: &Client, end: impl FnOnce(&Client)) {
    let started = Instant::now();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| scan(client));
        std::thread::sleep(Duration::from_millis(150));
        end(client);
        assert_eq!(call.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
    });
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
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
    let client = client(&format!("http://{address}/"), "deadline_ms = 60000\nconnect_timeout_ms = 30000");
    ends_at_once(&client, Client::close);
}

#[test]
fn cancel_and_close_wake_running_calls() {
    let port = server(silent);
    let url = format!("http://127.0.0.1:{port}/");
    let client = client(&url, "deadline_ms = 60000");
    let cancel = Cancel::new();
    ends_at_once(&client.with_cancel(cancel.clone()), |_| cancel.cancel());
    ends_at_once(&client, Client::close);
    assert_eq!(scan(&client).unwrap_err().kind(), ErrorKind::Closed);
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
        ends_at_once(&client, Client::close);
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
