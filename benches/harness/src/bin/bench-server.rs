//! The platform of the benchmark: keep-alive, http and https (TLS 1.3), fixed answers, a thread for each connection; a
//! slow one beside it, over http.
//!
//! `bench-server CA_FILE` writes its certificate authority there, prints one JSON line with its URLs, and ends when its
//! input is closed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use skm_bench::fail;
use skm_bench::fixed::{Exchange, SLOW, exchanges};

fn main() {
    let ca_file = std::env::args().nth(1).unwrap_or_else(|| fail("usage: bench-server CA_FILE"));
    let exchanges: &'static [Exchange] = Box::leak(Box::new(exchanges().unwrap_or_else(|error| fail(error))));
    let (tls, authority) = certificates().unwrap_or_else(|error| fail(error));
    std::fs::write(&ca_file, authority).unwrap_or_else(|error| fail(format!("{ca_file}: {error}")));

    let plain = listen(move |socket| serve(socket, exchanges, Duration::ZERO));
    let slow = listen(move |socket| serve(socket, exchanges, SLOW));
    let secure = listen(move |socket| {
        let Ok(connection) = ServerConnection::new(Arc::clone(&tls)) else { return };
        serve(StreamOwned::new(connection, socket), exchanges, Duration::ZERO);
    });
    let [plain, slow] = [plain, slow].map(|port| format!("http://localhost:{port}"));
    println!(r#"{{"http":"{plain}","https":"https://localhost:{secure}","slow":"{slow}"}}"#);
    // Whoever started the server holds the other end; when that is gone, so is the server.
    std::io::stdin().read_to_end(&mut Vec::new()).ok();
}

fn listen(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| fail(format!("127.0.0.1: {error}")));
    let port = listener.local_addr().map(|address| address.port()).unwrap_or_else(|error| fail(error));
    let handle = Arc::new(handle);
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let handle = Arc::clone(&handle);
            socket.set_nodelay(true).ok();
            std::thread::spawn(move || handle(socket));
        }
    });
    port
}

fn certificates() -> Result<(Arc<ServerConfig>, String), Box<dyn std::error::Error>> {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "SKM benchmark authority");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names)?.signed_by(&key, &authority)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der())?)?;
    Ok((Arc::new(config), authority.pem()))
}

/// Answers requests, each after a while, until the connection ends or one cannot be read.
fn serve(mut stream: impl Read + Write, exchanges: &[Exchange], after: Duration) {
    let mut buffer = Vec::with_capacity(8192);
    let mut answer = Vec::with_capacity(2048);
    loop {
        let used = loop {
            match answer_one(&buffer, exchanges, &mut answer) {
                Ok(Some(used)) => break used,
                Ok(None) => {}
                Err(()) => return,
            }
            let before = buffer.len();
            buffer.resize(before + 8192, 0);
            match stream.read(&mut buffer[before..]) {
                Ok(0) | Err(_) => return,
                Ok(read) => buffer.truncate(before + read),
            }
        };
        buffer.drain(..used);
        if !after.is_zero() {
            std::thread::sleep(after);
        }
        if stream.write_all(&answer).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

/// Makes the answer to the request at the front of the buffer and says how long that is; `None` if it is not whole yet.
fn answer_one(buffer: &[u8], exchanges: &[Exchange], answer: &mut Vec<u8>) -> Result<Option<usize>, ()> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(buffer).map_err(drop)? else { return Ok(None) };
    let header = |name: &str| {
        request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    };
    let length = header("content-length").and_then(|value| std::str::from_utf8(value).ok()?.parse().ok()).unwrap_or(0);
    let used = head + length;
    let Some(body) = buffer.get(head..used) else { return Ok(None) };
    let exchange = exchanges.iter().find(|exchange| Some(exchange.path) == request.path);
    answer.clear();
    let (status, text) = match exchange {
        None => ("404 Not Found", r#"{"code":404,"message":"no such path"}"#),
        Some(exchange) if body != exchange.body => ("400 Bad Request", r#"{"code":400,"message":"another body"}"#),
        Some(exchange) if header("auth") != exchange.auth.as_deref().map(str::as_bytes) => {
            ("401 Unauthorized", r#"{"code":401,"message":"another auth"}"#)
        }
        Some(exchange) => ("200 OK", exchange.answer.as_str()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nServer: skm-bench\r\nDate: Fri, 01 Jan 2027 00:00:00 GMT\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: keep-alive\r\n\r\n",
        text.len()
    );
    answer.extend_from_slice(head.as_bytes());
    answer.extend_from_slice(text.as_bytes());
    Ok(Some(used))
}
