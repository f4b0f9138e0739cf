//! What a call costs in this process: sign, seal, open, parse, and a round trip to the sandbox's echo path.
//!
//! `cargo bench --bench core`; shared machines are noisy, so compare runs made side by side.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;
use std::path::Path;
use std::time::SystemTime;

use criterion::{Criterion, criterion_group, criterion_main};
use skm::interfaces::{id, scan};
use skm::person::Secret;
use skm::wire::cipher::{Algorithm, Cipher};
use skm::wire::{Answer, sign};
use skm::{Client, Config, Consent, Dialect, IdRequest, ScanRequest};
use skm_sandbox::{Options, Sandbox};

const KEY: [u8; 16] = *b"0123456789abcdef";
const NUMBER: &str = "320000198506304142";

fn consent() -> Consent {
    Consent::explicit("notice A-12")
}

fn config(base: &str) -> Config {
    let key = "MDEyMzQ1Njc4OWFiY2RlZg==";
    let source = format!(
        "[scan]\nurl = \"{base}/_sandbox/echo/scan\"\nsource = \"wuxi\"\ntoken = \"unit-token\"\n\
         position = \"江苏省,无锡市,梁溪区,示范路1号\"\nverifier_dept = \"示范医院\"\nverifier_name = \"示范\"\n\
         verifier_phone = \"13800001234\"\n\
         [id]\nurl = \"{base}/_sandbox/echo/id\"\naccount = \"skm_auth_demo\"\nauth_key = \"{key}\"\nbody_key = \"{key}\"\n"
    );
    Config::parse(&source, Path::new("")).unwrap()
}

fn scan_request() -> ScanRequest {
    let (code, part) = ("a".repeat(32), "A".repeat(64));
    ScanRequest::new(
        format!("https://skm.example.invalid/index.html?qrCode=V5{code}320000&b={part}#/result"),
        consent(),
    )
}

fn crypto(c: &mut Criterion) {
    let appword = Secret::from("4gt4psh5fhbzppqrhc5fhes7syce6k9u");
    c.bench_function("sign", |b| b.iter(|| sign::sign("c4scyk9ssq", &appword, black_box("20210923095348"))));
    let plain = [b'x'; 300];
    for algorithm in Algorithm::ALL {
        let cipher = Cipher::new(*algorithm, &KEY, &[0; 16]);
        let sealed = cipher.seal(&plain);
        let name = algorithm.name();
        c.bench_function(&format!("seal 300 bytes {name}"), |b| b.iter(|| cipher.seal(black_box(&plain))));
        c.bench_function(&format!("open 300 bytes {name}"), |b| b.iter(|| cipher.open(black_box(&sealed)).unwrap()));
    }
}

fn interfaces(c: &mut Criterion) {
    let config = config("http://127.0.0.1:1");
    let dialect = Dialect::built_in();
    let (unit, request) = (config.scan().unwrap(), scan_request());
    c.bench_function("encode verify_scan", |b| b.iter(|| scan::encode(black_box(&request), unit, &dialect).unwrap()));
    let answer = |body: String| Answer::new(200, body);
    let scanned = answer(
        r#"{"resMessage":"OK","resCode":0,"res":{"name":"李四","idcardNo":"3200**********7236","level":"green","phone":"138****9994","tip":"绿色:勤洗手、常通风、戴口罩"}}"#.to_owned(),
    );
    c.bench_function("parse verify_scan", |b| b.iter(|| scan::decode(black_box(&scanned), &dialect).unwrap()));

    let unit = config.id().unwrap();
    let request = IdRequest::new(NUMBER, "测试", consent());
    let now = SystemTime::now();
    c.bench_function("encode verify_id", |b| b.iter(|| id::encode(black_box(&request), unit, &dialect, now).unwrap()));
    let cipher = Cipher::new(Algorithm::Aes128Ecb, &KEY, &[0; 16]);
    let inner = format!(
        r#"{{"userid":"{NUMBER}","name":"测试","levelData":"green","xcValue":"当日未核验","exceptionCodeReason":""}}"#
    );
    let verified = answer(format!(r#"{{"code":200,"message":"success","data":"{}"}}"#, cipher.seal(inner.as_bytes())));
    let asked = NUMBER.into();
    c.bench_function("parse verify_id", |b| {
        b.iter(|| id::decode(black_box(&verified), &asked, &cipher, &dialect).unwrap())
    });
}

fn round_trip(c: &mut Criterion) {
    let sandbox = Sandbox::start(Options::on_free_port()).unwrap();
    let client = Client::new(config(&sandbox.base_url())).unwrap();
    let request = scan_request();
    c.bench_function("round trip verify_scan", |b| b.iter(|| client.verify_scan(black_box(&request)).unwrap()));
}

criterion_group!(benches, crypto, interfaces, round_trip);
criterion_main!(benches);
