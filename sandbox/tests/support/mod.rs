//! A client that shares no code with the core: sockets, MD5 and AES used directly.
#![allow(dead_code, reason = "each suite uses a part")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use skm_sandbox::{Options, Sandbox};

/// The sandbox's time in these tests: 2021-01-01 12:00:00 in China.
pub const NOW: i64 = 1_609_473_600;
/// The same as the default dialect writes it.
pub const NOW_TEXT: &str = "20210101120000";

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The whole answer came and the connection is still open.
    Open,
    /// The server closed.
    Closed,
    /// The server reset.
    Reset,
    /// Nothing more came in time.
    TimeOut,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub raw: Vec<u8>,
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
    pub end: End,
    pub took: Duration,
}

impl Got {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.raw)))
    }

    pub fn content_length(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }
}

/// Table A.2 as compact JSON in the table's order.
pub fn params_text(params: &Value) -> String {
    const ROWS: [&str; 10] =
        ["name", "paperstype", "papersnumber", "mobile", "email", "phone", "sex", "birthdate", "address", "post"];
    in_order(params, &ROWS)
}

/// The same of table C.2.
pub fn id_text(body: &Value) -> String {
    in_order(body, &["userid", "name", "organizeLocation", "applyType"])
}

/// The members named first, then those that no table names.
pub fn in_order(object: &Value, rows: &[&str]) -> String {
    let object = object.as_object().unwrap();
    let named = rows.iter().filter_map(|row| object.get_key_value(*row));
    let others = object.iter().filter(|(key, _)| !rows.contains(&key.as_str()));
    let members: Vec<String> = named.chain(others).map(|(key, value)| format!("{}:{value}", json!(key))).collect();
    format!("{{{}}}", members.join(","))
}

/// A running sandbox with frozen time and what its client was given.
pub struct World {
    pub sandbox: Sandbox,
    pub config: toml::Table,
}

impl World {
    pub fn start() -> World {
        World::with(frozen())
    }

    pub fn with(options: Options) -> World {
        let sandbox = Sandbox::start(options).unwrap();
        let config = sandbox.config_toml().parse().unwrap();
        World { sandbox, config }
    }

    pub fn given(&self, section: &str, key: &str) -> &str {
        self.config[section][key].as_str().unwrap()
    }

    pub fn key(&self, name: &str) -> [u8; 16] {
        STANDARD.decode(self.given("id", name)).unwrap().try_into().unwrap()
    }

    pub fn get(&self, path: &str) -> Got {
        self.send("GET", path, &[], b"")
    }

    pub fn post(&self, path: &str, body: Value) -> Got {
        self.send("POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Got {
        exchange(self.sandbox.addr(), method, path, headers, body, Duration::from_secs(5))
    }

    pub fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Got {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.send(
            "POST",
            path,
            &[("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")],
            body.as_bytes(),
        )
    }

    // Interface 1.

    pub fn sign(&self, time: &str) -> String {
        md5_hex(
            format!("{}{}{time}", self.given("user_token", "appmark"), self.given("user_token", "appword")).as_bytes(),
        )
    }

    pub fn token_call(&self, time: &str, sign: &str, params: &str) -> Got {
        let appmark = self.given("user_token", "appmark");
        self.form(
            "/jsjis/gateway/interface.do",
            &[
                ("appmark", appmark),
                ("time", time),
                ("sign", sign),
                ("servicename", "generateUserToken"),
                ("params", params),
            ],
        )
    }

    pub fn issue(&self, params: Value) -> Got {
        self.token_call(NOW_TEXT, &self.sign(NOW_TEXT), &params_text(&params))
    }

    pub fn params(&self, index: usize) -> Value {
        let person = &self.sandbox.people()[index];
        json!({"name": person.name, "paperstype": person.papers_type, "papersnumber": person.number, "mobile": person.mobile})
    }

    // Interface 3.

    pub fn scan_pairs<'a>(&'a self, url: &'a str) -> Vec<(&'static str, &'a str)> {
        vec![
            ("url", url),
            ("source", self.given("scan", "source")),
            ("position", self.given("scan", "position")),
            ("verifierDept", self.given("scan", "verifier_dept")),
            ("verifierName", self.given("scan", "verifier_name")),
            ("verifierPhone", self.given("scan", "verifier_phone")),
            ("token", self.given("scan", "token")),
        ]
    }

    pub fn scan(&self, url: &str) -> Got {
        self.form("/jkm/scanJsJkm", &self.scan_pairs(url))
    }

    pub fn scan_with(&self, url: &str, name: &str, value: &str) -> Got {
        let mut pairs = self.scan_pairs(url);
        pairs.iter_mut().filter(|(key, _)| *key == name).for_each(|pair| pair.1 = value);
        self.form("/jkm/scanJsJkm", &pairs)
    }

    pub fn qr(&self, index: usize) -> String {
        let number = self.sandbox.people()[index].number.clone();
        self.sandbox.fresh_qr(&number).unwrap()
    }

    // Interface 4.

    pub fn auth(&self) -> String {
        seal(&self.key("auth_key"), self.given("id", "account").as_bytes())
    }

    pub fn id_raw(&self, auth: &str, body: &str) -> Got {
        self.send("POST", "/skm_public/member/get", &[("Content-Type", "text/plain"), ("auth", auth)], body.as_bytes())
    }

    pub fn id(&self, body: Value) -> Got {
        self.id_text(&id_text(&body))
    }

    /// Seals this very text.
    pub fn id_text(&self, body: &str) -> Got {
        self.id_raw(&self.auth(), &seal(&self.key("body_key"), body.as_bytes()))
    }

    pub fn id_of(&self, index: usize) -> Got {
        let person = &self.sandbox.people()[index];
        self.id(json!({"userid": person.number, "name": person.name}))
    }

    pub fn open(&self, sealed: &str) -> Value {
        self.try_open(sealed).unwrap()
    }

    /// `None` if another key was used.
    pub fn try_open(&self, sealed: &str) -> Option<Value> {
        let plain = decrypt(&self.key("body_key"), &STANDARD.decode(sealed).unwrap());
        let end = plain.len().checked_sub(usize::from(*plain.last()?))?;
        serde_json::from_slice(&plain[..end]).ok()
    }
}

/// Options with the time frozen at [`NOW`], on a free port.
pub fn frozen() -> Options {
    Options { clock: skm_sandbox::ClockSetting::Frozen(NOW), ..Options::on_free_port() }
}

pub fn md5_hex(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn pkcs7(plain: &[u8]) -> Vec<u8> {
    let count = 16 - plain.len() % 16;
    [plain, &vec![count as u8; count]].concat()
}

pub fn encrypt(key: &[u8; 16], padded: &[u8]) -> Vec<u8> {
    encrypt_with(&Aes128::new(key.into()), padded)
}

pub fn encrypt_with<C>(cipher: &C, padded: &[u8]) -> Vec<u8>
where
    C: BlockCipherEncrypt + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::typenum::U16>,
{
    let block = |chunk: &[u8]| {
        let mut block = Array::try_from(chunk).unwrap();
        cipher.encrypt_block(&mut block);
        <[u8; 16]>::from(block)
    };
    padded.chunks(16).flat_map(block).collect()
}

pub fn decrypt(key: &[u8; 16], bytes: &[u8]) -> Vec<u8> {
    use aes::cipher::BlockCipherDecrypt;
    let cipher = Aes128::new(key.into());
    let block = |chunk: &[u8]| {
        let mut block = Array::try_from(chunk).unwrap();
        cipher.decrypt_block(&mut block);
        <[u8; 16]>::from(block)
    };
    bytes.chunks(16).flat_map(block).collect()
}

pub fn seal(key: &[u8; 16], plain: &[u8]) -> String {
    STANDARD.encode(encrypt(key, &pkcs7(plain)))
}

/// One request on a fresh connection; reads until the answer is whole, the connection ends or `patience` is over.
pub fn exchange(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    patience: Duration,
) -> Got {
    exchange_on(&mut TcpStream::connect(addr).unwrap(), method, path, headers, body, patience)
}

pub fn exchange_on(
    stream: &mut TcpStream,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    patience: Duration,
) -> Got {
    let mut head = format!("{method} {path} HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {}\r\n", stream.peer_addr().unwrap()));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let started = Instant::now();
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut raw = Vec::new();
    let end = loop {
        if is_whole(&raw) {
            break End::Open;
        }
        let left = patience.saturating_sub(started.elapsed()).max(Duration::from_millis(1));
        stream.set_read_timeout(Some(left)).unwrap();
        let mut chunk = [0; 65_536];
        match stream.read(&mut chunk) {
            Ok(0) => break End::Closed,
            Ok(count) => raw.extend_from_slice(&chunk[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break End::TimeOut,
            Err(_) => break End::Reset,
        }
    };
    let split = raw.windows(4).position(|four| four == b"\r\n\r\n");
    let head = String::from_utf8_lossy(&raw[..split.unwrap_or(raw.len())]).into_owned();
    let body = split.map_or(Vec::new(), |at| raw[at + 4..].to_vec());
    let status = head.get(9..12).and_then(|text| text.parse().ok()).unwrap_or(0);
    Got { raw, status, head, body, end, took: started.elapsed() }
}

fn is_whole(raw: &[u8]) -> bool {
    let Some(at) = raw.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&raw[..at]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    length.is_some_and(|length| raw.len() >= at + 4 + length)
}
