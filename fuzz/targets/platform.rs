//! The platform side: form, query, JSON, auth and body of whoever calls.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skm::dialect::Dialect;
use skm::person::Secret;
use skm::platform::{IdKeys, check_sign, read_scan, read_user_token};
use skm::wire::Method;

fuzz_target!(|body: &[u8]| {
    let dialect = Dialect::built_in();
    for content_type in ["application/x-www-form-urlencoded", "application/json; charset=UTF-8", "text/plain"] {
        if let Ok(call) = read_user_token(Method::Post, Some(content_type), None, body) {
            assert!(!check_sign(&call, &Secret::from("a word that no input knows")));
        }
    }
    if let Ok(query) = std::str::from_utf8(body) {
        let _ = read_user_token(Method::Get, None, Some(query), &[]);
        let keys = IdKeys::new(&[7; 16], &[9; 16], &dialect.id);
        let _ = keys.open_auth(query);
    }
    let _ = read_scan(body);
    let _ = IdKeys::new(&[7; 16], &[9; 16], &dialect.id).open_body(body);
});
