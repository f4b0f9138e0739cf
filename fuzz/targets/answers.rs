//! The three answers: no panic, and green only with an exactly green level in a success.
#![no_main]

use std::time::SystemTime;

use libfuzzer_sys::fuzz_target;
use skm::dialect::Dialect;
use skm::interfaces::{id, scan, user_token};
use skm::wire::Answer;
use skm::wire::cipher::{Algorithm, Cipher};

const NUMBER: &str = "320000198506304142";

fuzz_target!(|body: &[u8]| {
    let dialect = Dialect::built_in();
    let answer = Answer { status: 200, date: None, retry_after: None, body: body.to_vec().into() };
    let text = String::from_utf8_lossy(body);
    // A level may be written with escapes; then the plain word need not occur.
    let may_be_green = text.to_ascii_lowercase().contains("green") || text.contains('1') || text.contains("\\u");
    if let Ok(result) = scan::decode(&answer, &dialect) {
        assert!(!result.is_green() || may_be_green);
    }
    let cipher = Cipher::new(Algorithm::Aes128Ecb, &[7; 16], &[0; 16]);
    if let Ok(result) = id::decode(&answer, &NUMBER.into(), &cipher, &dialect) {
        assert!(!result.is_green() || may_be_green);
        assert!(result.userid.expose().eq_ignore_ascii_case(NUMBER));
    }
    if let Ok(user) = user_token::decode(&answer, &dialect.user_token, SystemTime::now()) {
        assert!(!user.token.expose().is_empty());
    }
});
