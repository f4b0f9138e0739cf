//! The invented unit, person and code that every client asks about, and the answers they get.

use std::path::Path;
use std::time::{Duration, SystemTime};

use skm::interfaces::{id, scan};
use skm::platform::{IdAnswer, IdKeys};
use skm::{Config, Consent, IdRequest, ScanRequest};

/// Path of interface 3.
pub const SCAN_PATH: &str = "/jkm/scanJsJkm";
/// Path of interface 4.
pub const ID_PATH: &str = "/skm_public/member/get";
/// How long the slow platform takes for each answer.
pub const SLOW: Duration = Duration::from_millis(50);
/// Whom interface 4 is asked about.
pub const NUMBER: &str = "320000198506304142";
/// That person's name.
pub const NAME: &str = "测试";
/// The scanned code.
pub const QR_TEXT: &str = "https://skm.example.invalid/jkm/2/index.html?qrCode=V5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa320000&b=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%2B%3D%3D#/result";

/// The configuration of the invented unit at this base URL.
pub fn config_text(base: &str, ca_file: Option<&str>, connections: usize) -> String {
    let ca = ca_file.map(|file| format!("ca_file = '{file}'\n")).unwrap_or_default();
    format!(
        r#"[scan]
url = "{base}{SCAN_PATH}"
source = "wuxi"
token = "{token}"
position = "江苏省,无锡市,梁溪区,示范路1号"
verifier_dept = "示范医院"
verifier_name = "示范"
verifier_phone = "13800001234"

[id]
url = "{base}{ID_PATH}"
account = "skm_auth_demo"
auth_key = "MDEyMzQ1Njc4OWFiY2RlZg=="
body_key = "ZmVkY2JhOTg3NjU0MzIxMA=="
organize_location = "示范医院"
apply_type = "人行闸机通道"

[http]
max_connections = {connections}
deadline_ms = 30000
connect_timeout_ms = 30000
{ca}"#,
        token = "0123456789abcdef".repeat(4),
    )
}

/// The question of interface 3.
pub fn scan_request() -> ScanRequest {
    ScanRequest::new(QR_TEXT, consent())
}

/// The question of interface 4.
pub fn id_request() -> IdRequest {
    IdRequest::new(NUMBER, NAME, consent())
}

fn consent() -> Consent {
    Consent::explicit("notice A-12")
}

/// What one interface must be sent, and what is then answered.
pub struct Exchange {
    /// The path of the request.
    pub path: &'static str,
    /// The body, byte for byte: a client that sends another one is refused, so all clients do the same work.
    pub body: Vec<u8>,
    /// The `auth` header of interface 4.
    pub auth: Option<String>,
    /// The body of the answer.
    pub answer: String,
}

/// The exchanges of interfaces 3 and 4.
///
/// # Errors
/// None that the fixed data can meet; the core's otherwise.
pub fn exchanges() -> skm::Result<[Exchange; 2]> {
    let config = Config::parse(&config_text("http://127.0.0.1:1", None, 1), Path::new(""))?;
    let dialect = &config.dialect;
    let scan = scan::encode(&scan_request(), config.scan()?, dialect)?;
    let id = id::encode(&id_request(), config.id()?, dialect, SystemTime::now())?;
    let answer = IdAnswer::new(NUMBER, NAME, "green").with(Some("当日未核验"), Some(""));
    let sealed = IdKeys::of_unit(config.id()?, &dialect.id).seal_answer(&answer);
    Ok([
        Exchange { path: SCAN_PATH, body: scan.body.to_vec(), auth: None, answer: SCAN_ANSWER.to_owned() },
        Exchange {
            path: ID_PATH,
            body: id.outgoing.body.to_vec(),
            auth: id.outgoing.header.map(|(_, value)| value.as_str().to_owned()),
            answer: format!(r#"{{"code":200,"message":"success","data":"{sealed}"}}"#),
        },
    ])
}

const SCAN_ANSWER: &str = r#"{"resMessage":"OK","resCode":0,"res":{"name":"测*","idcardNo":"3200**********4142","level":"green","phone":"138****1234","tip":"绿色:勤洗手、常通风、戴口罩、保持社交距离"}}"#;
