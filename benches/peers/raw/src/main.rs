//! The lower bound: a blocking socket, httparse, rustls, and nothing that a library needs (deadlines, retries, pools,
//! cancellation, strict reading). Its connection is made once for each thread.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use aes::Aes128;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecb::cipher::block_padding::Pkcs7;
use ecb::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde::{Deserialize, Serialize};
use skm_bench::driver::{Args, Question, run};
use skm_bench::{fail, fixed};

const AUTH_KEY: [u8; 16] = *b"0123456789abcdef";
const BODY_KEY: [u8; 16] = *b"fedcba9876543210";

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn main() {
    let args = Args::read();
    let tls = args.ca.as_deref().map(tls_config);
    run(&args, || {
        let mut connection = Connection::open(&args.url, tls.clone());
        let question = args.question;
        move || match question {
            Question::Scan => connection.verify_scan(),
            Question::Id => connection.verify_id(),
        }
    });
}

fn tls_config(ca_file: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(ca_file).unwrap_or_else(|error| fail(error));
    roots.add(authority).unwrap_or_else(|error| fail(error));
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap_or_else(|error| fail(error));
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

struct Connection {
    stream: Box<dyn Stream>,
    host: String,
    id_headers: String,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    fn open(url: &str, tls: Option<Arc<ClientConfig>>) -> Connection {
        let host = url.split_once("://").map_or(url, |(_, host)| host).to_owned();
        let socket = TcpStream::connect(&host).unwrap_or_else(|error| fail(error));
        socket.set_nodelay(true).unwrap_or_else(|error| fail(error));
        let stream: Box<dyn Stream> = match tls.filter(|_| url.starts_with("https:")) {
            None => Box::new(socket),
            Some(config) => {
                let name = ServerName::try_from("localhost").unwrap_or_else(|error| fail(error));
                let session = ClientConnection::new(config, name).unwrap_or_else(|error| fail(error));
                Box::new(StreamOwned::new(session, socket))
            }
        };
        let auth = STANDARD.encode(seal(&AUTH_KEY, b"skm_auth_demo"));
        let id_headers = format!("Content-Type: text/plain\r\nauth: {auth}\r\n");
        Connection { stream, host, id_headers, request: Vec::with_capacity(2048), answer: Vec::with_capacity(8192) }
    }

    fn verify_scan(&mut self) {
        let token = "0123456789abcdef".repeat(4);
        let body = form_urlencoded::Serializer::new(String::with_capacity(1024))
            .append_pair("url", fixed::QR_TEXT)
            .append_pair("source", "wuxi")
            .append_pair("position", "江苏省,无锡市,梁溪区,示范路1号")
            .append_pair("verifierDept", "示范医院")
            .append_pair("verifierName", "示范")
            .append_pair("verifierPhone", "13800001234")
            .append_pair("token", &token)
            .finish();
        let headers = "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n";
        let answer: ScanAnswer<'_> = json(self.post(fixed::SCAN_PATH, headers, &body));
        let person = answer.res.filter(|_| answer.code == 0).unwrap_or_else(|| fail(answer.message));
        if person.level != "green" || person.name.is_empty() {
            fail("not green");
        }
    }

    fn verify_id(&mut self) {
        let question =
            IdBody {
                userid: fixed::NUMBER, name: fixed::NAME, location: "示范医院", apply_type: "人行闸机通道"
            };
        let plain = serde_json::to_vec(&question).unwrap_or_else(|error| fail(error));
        let body = STANDARD.encode(seal(&BODY_KEY, &plain));
        let headers = std::mem::take(&mut self.id_headers);
        let answer: IdAnswer<'_> = json(self.post(fixed::ID_PATH, &headers, &body));
        let sealed = answer.data.filter(|_| answer.code == 200).unwrap_or_else(|| fail(answer.message));
        let mut plain = STANDARD.decode(sealed).unwrap_or_else(|error| fail(error));
        let key = ecb::Decryptor::<Aes128>::new(&BODY_KEY.into());
        let plain = key.decrypt_padded::<Pkcs7>(&mut plain).unwrap_or_else(|_| fail("cannot be opened"));
        let person: Person<'_> = json(plain);
        self.id_headers = headers;
        if person.level != "green" || person.userid != fixed::NUMBER || person.name.is_empty() {
            fail("not green");
        }
    }

    /// One write, as few reads as it takes; the body of the answer.
    fn post(&mut self, path: &str, headers: &str, body: &str) -> &[u8] {
        self.request.clear();
        write!(
            self.request,
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        )
        .unwrap_or_else(|error| fail(error));
        self.stream.write_all(&self.request).and_then(|()| self.stream.flush()).unwrap_or_else(|error| fail(error));
        self.answer.clear();
        loop {
            if let Some(body) = whole_body(&self.answer) {
                return &self.answer[body..];
            }
            let before = self.answer.len();
            self.answer.resize(before + 4096, 0);
            let read = self.stream.read(&mut self.answer[before..]).unwrap_or_else(|error| fail(error));
            if read == 0 {
                fail("the connection was closed");
            }
            self.answer.truncate(before + read);
        }
    }
}

/// Where the body starts, once it is whole.
fn whole_body(answer: &[u8]) -> Option<usize> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(answer).unwrap_or_else(|error| fail(error)) else {
        return None;
    };
    if response.code != Some(200) {
        fail(format!("status {:?}", response.code));
    }
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok());
    (answer.len() - head >= length.unwrap_or_else(|| fail("no Content-Length"))).then_some(head)
}

fn seal(key: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    ecb::Encryptor::<Aes128>::new(key.into()).encrypt_padded_vec::<Pkcs7>(plain)
}

fn json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> T {
    serde_json::from_slice(bytes).unwrap_or_else(|error| fail(error))
}

#[derive(Serialize)]
struct IdBody<'a> {
    userid: &'a str,
    name: &'a str,
    #[serde(rename = "organizeLocation")]
    location: &'a str,
    #[serde(rename = "applyType")]
    apply_type: &'a str,
}

#[derive(Deserialize)]
struct ScanAnswer<'a> {
    #[serde(rename = "resCode")]
    code: u32,
    #[serde(rename = "resMessage")]
    message: &'a str,
    res: Option<Scanned<'a>>,
}

#[derive(Deserialize)]
struct Scanned<'a> {
    name: &'a str,
    level: &'a str,
}

#[derive(Deserialize)]
struct IdAnswer<'a> {
    code: u32,
    message: &'a str,
    data: Option<&'a str>,
}

#[derive(Deserialize)]
struct Person<'a> {
    userid: &'a str,
    name: &'a str,
    #[serde(rename = "levelData")]
    level: &'a str,
}
