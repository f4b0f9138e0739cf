//! The core without the C interface: the same three things as `benches/c/crossing.c`, which `make bench-c` sets beside.
//! usage: `crossing <url of a platform that answers green>`

use std::hint::black_box;
use std::time::Instant;

use skm::person::Secret;
use skm::wire::cipher::{Algorithm, Cipher};
use skm::wire::sign;
use skm::{Client, Config, Consent, ScanRequest};

const ROUNDS: usize = 7;
const QR: &str = "https://skm.example.invalid/index.html?qrCode=V596bc9213d08df46ed307f633dcf17432320000#/result";

/// The median of the rounds, in nanoseconds for each call.
fn measure(name: &str, times: u32, mut call: impl FnMut()) {
    let mut rounds = [0.0; ROUNDS];
    for round in &mut rounds {
        let began = Instant::now();
        (0..times).for_each(|_| call());
        *round = began.elapsed().as_nanos() as f64 / f64::from(times);
    }
    rounds.sort_by(f64::total_cmp);
    println!("{name} {:.0}", rounds[ROUNDS / 2]);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: crossing <url>")?;
    let config = Config::builder()
        .set("scan.url", url)
        .set("scan.source", "wuxi")
        .set("scan.token", "t")
        .set("scan.position", "a,b,c,d")
        .set("scan.verifier_dept", "d")
        .set("scan.verifier_name", "n")
        .set("scan.verifier_phone", "1")
        .build()?;
    let client = Client::new(config)?;
    let cipher = Cipher::new(Algorithm::Aes128Ecb, b"0123456789abcde\0", &[0; 16]);
    let plain = [b'x'; 300];
    measure("sign", 200_000, || {
        // As the C caller does: the secret comes anew with each call.
        let appword = Secret::from(black_box("4gt4psh5fhbzppqrhc5fhes7syce6k9u"));
        black_box(sign::sign("c4scyk9ssq", &appword, black_box("20210923095348")));
    });
    measure("seal_300_bytes", 200_000, || {
        black_box(cipher.seal(black_box(&plain)));
    });
    measure("round_trip_verify_scan", 3000, || {
        let request = ScanRequest::new(QR, Consent::explicit("notice A-12"));
        let green = client.verify_scan(&request).is_ok_and(|result| result.is_green());
        assert!(green, "the platform must answer green");
    });
    Ok(())
}
