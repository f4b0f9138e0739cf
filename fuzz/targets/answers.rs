//! The three answers, interface 4's also sealed: no panic; a result is green exactly if a second reading of the same
//! bytes finds a success with a green level in it, and about the person who was asked for.
#![no_main]

use std::time::SystemTime;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use skm::dialect::Dialect;
use skm::interfaces::{id, scan, user_token};
use skm::wire::Answer;
use skm::wire::cipher::{Algorithm, Cipher};

const NUMBER: &str = "320000198506304142";

fn answer(body: &[u8]) -> Answer {
    Answer::new(200, body)
}

/// By the words of the built-in dialect.
fn is_green(object: &Map<String, Value>, key: &str) -> bool {
    match object.get(key) {
        Some(Value::String(word)) => word.eq_ignore_ascii_case("green") || word == "1",
        Some(level) => level.as_u64() == Some(1),
        None => false,
    }
}

fn is_code(object: &Map<String, Value>, key: &str, success: &str) -> bool {
    object.get(key).is_some_and(|code| match code {
        Value::String(text) => text == success,
        other => other.to_string() == success,
    })
}

/// An object, or one in a string, escaped as often as it likes.
fn object(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map.clone()),
        Value::String(text) => {
            [text.clone(), format!("\"{text}\"")].iter().find_map(|text| object(&serde_json::from_str(text).ok()?))
        }
        _ => None,
    }
}

fn scan_is_green(body: &Map<String, Value>) -> bool {
    is_code(body, "resCode", "0")
        && body.get("resMessage").is_some_and(Value::is_string)
        && body.get("res").and_then(object).is_some_and(|res| is_green(&res, "level"))
}

fn id_is_green(data: &Map<String, Value>) -> bool {
    let about = data.get("userid").and_then(Value::as_str).is_some_and(|userid| userid.eq_ignore_ascii_case(NUMBER));
    let named = data.get("name").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
    about && named && is_green(data, "levelData")
}

fuzz_target!(|body: &[u8]| {
    let dialect = Dialect::built_in();
    let cipher = Cipher::new(Algorithm::Aes128Ecb, &[7; 16], &[0; 16]);
    let read = serde_json::from_slice::<Value>(body).ok().and_then(|value| value.as_object().cloned());

    if let Ok(result) = scan::decode(&answer(body), &dialect) {
        assert_eq!(result.is_green(), scan_is_green(read.as_ref().expect("an object")));
    }
    if let Ok(result) = id::decode(&answer(body), &NUMBER.into(), &cipher, &dialect) {
        let read = read.as_ref().expect("an object");
        // Nobody can seal by chance: what is a result here came in the open.
        let data = read.get("data").and_then(Value::as_object).expect("an object");
        assert_eq!(result.is_green(), is_code(read, "code", "200") && id_is_green(data));
    }
    let sealed = json!({"code": 200, "message": "success", "data": cipher.seal(body)}).to_string();
    if let Ok(result) = id::decode(&answer(sealed.as_bytes()), &NUMBER.into(), &cipher, &dialect) {
        assert_eq!(result.is_green(), id_is_green(read.as_ref().expect("an object")));
    }
    if let Ok(user) = user_token::decode(&answer(body), &dialect.user_token, SystemTime::now()) {
        let read = read.as_ref().expect("an object");
        assert!(is_code(read, "retcode", "000000") && !user.token.expose().is_empty());
    }
});
