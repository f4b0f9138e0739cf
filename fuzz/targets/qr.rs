//! A scanned text: whatever a scanner delivers is a code or a refusal, and what is accepted is accepted again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skm::dialect::Dialect;
use skm::interfaces::qr::QrText;

fuzz_target!(|text: &str| {
    let dialect = Dialect::built_in();
    if let Ok(qr) = QrText::parse(text, &dialect.qr) {
        assert!(!qr.code().is_empty() && qr.expose().is_ascii());
        let again = QrText::parse(qr.expose(), &dialect.qr).expect("what was accepted");
        assert_eq!((again.code(), again.division()), (qr.code(), qr.division()));
    }
});
