//! The platform side as an operator uses it: what it answers, our own client reads; and nothing green by accident.

use std::path::Path;

use serde_json::{Value, json};
use skm::config::Config;
use skm::interfaces::{id, scan};
use skm::platform::{IdAnswer, IdKeys, ScanAnswer, id_answer, id_refusal, scan_answer, scan_refusal};
use skm::wire::Answer;
use skm::{Dialect, ErrorKind, Level};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";
const NUMBER: &str = "320000198506304142";

fn answer(body: &[u8]) -> Answer {
    Answer::new(200, body)
}

fn keys(dialect: &Dialect) -> IdKeys {
    IdKeys::from_text(KEY, KEY, &dialect.id).expect("two keys")
}

fn variant(changes: &[(&str, &str)]) -> Dialect {
    let mut source = Dialect::built_in_source().to_owned();
    for (from, to) in changes {
        assert!(source.contains(from), "{from}");
        source = source.replacen(from, to, 1);
    }
    Dialect::parse("variant", &source).expect("a variant")
}

fn value(body: &[u8]) -> Value {
    serde_json::from_slice(body).expect("JSON")
}

#[test]
fn a_result_of_interface_3_is_passed_on_whole() {
    let ours = Dialect::built_in();
    let received = json!({"resCode": 0, "resMessage": "OK", "res": {
        "name": "张*", "idcardNo": "3200**********4142", "level": "red", "phone": "138****0000", "tip": "红色", "qrCode": "V5",
        "new": [1, {"a": null}],
    }});
    let result = scan::decode(&answer(received.to_string().as_bytes()), &ours).expect("a result");
    let passed_on = scan_answer(&ScanAnswer::of(&result, &ours), &ours);
    assert_eq!(value(&passed_on), received);
    let text = String::from_utf8(passed_on.to_vec()).expect("UTF-8");
    let places = ["resCode", "resMessage", "name", "idcardNo", "level", "phone", "tip", "qrCode", "new"];
    let places: Vec<_> = places.iter().map(|name| text.find(&format!("\"{name}\"")).expect(name)).collect();
    assert!(places.is_sorted(), "the table's order: {text}");
    assert_eq!(scan::decode(&answer(&passed_on), &ours).expect("read again"), result);
}

/// What was not understood must not come back as a level by another member of the same name.
#[test]
fn no_level_is_smuggled_through() {
    let ours = Dialect::built_in();
    for (level, member) in [("blue", "LEVEL"), ("blue", "Level"), ("GREEN ", "level_")] {
        let mut received = json!({"resCode": 0, "resMessage": "OK", "res": {"level": level}});
        received["res"][member] = json!("green");
        let result = scan::decode(&answer(received.to_string().as_bytes()), &ours).expect("a result");
        assert_eq!(result.level(), Level::Unknown);
        let passed_on = value(&scan_answer(&ScanAnswer::of(&result, &ours), &ours));
        let res = passed_on["res"].as_object().expect("res");
        assert!(!res.keys().any(|name| name.eq_ignore_ascii_case("level")), "{passed_on}");
    }
}

#[test]
fn each_unit_is_answered_in_its_own_edition() {
    let ours = Dialect::built_in();
    let theirs = variant(&[
        ("green = [\"green\", \"1\"]", "green = [\"绿\"]"),
        ("yellow = [\"yellow\", \"2\"]", "yellow = [\"黄\", \"4\"]"),
        ("success = \"0\"", "success = \"0000\""),
        ("success = \"200\"", "success = \"OK\""),
        ("cipher = \"aes-128-ecb\"", "cipher = \"aes-128-cbc\""),
    ]);
    for (word, level) in
        [("green", Level::Green), ("yellow", Level::Yellow), ("red", Level::Red), ("?", Level::Unknown)]
    {
        let received = json!({"resCode": 0, "resMessage": "OK", "res": {"level": word}});
        let result = scan::decode(&answer(received.to_string().as_bytes()), &ours).expect("a result");
        let passed_on = scan_answer(&ScanAnswer::of(&result, &theirs), &theirs);
        assert_eq!(value(&passed_on)["resCode"], "0000");
        assert_eq!(scan::decode(&answer(&passed_on), &theirs).expect("a result").level(), level);

        let upstream = keys(&ours);
        let inner = IdAnswer::new(NUMBER, "张三", word).with(Some("无"), None);
        let asked = NUMBER.into();
        let (our_cipher, their_cipher) = (cipher(&ours), cipher(&theirs));
        let result =
            id::decode(&answer(&id_answer(&inner, &upstream, &ours)), &asked, &our_cipher, &ours).expect("a result");
        assert_eq!(result.level(), level);
        let passed_on = id_answer(&IdAnswer::of(&result, &theirs), &keys(&theirs), &theirs);
        assert_eq!(value(&passed_on)["code"], "OK");
        let read = id::decode(&answer(&passed_on), &asked, &their_cipher, &theirs).expect("a result");
        assert_eq!(read, result);
    }
    assert_eq!((IdAnswer::unknown(&ours.level), IdAnswer::unknown(&theirs.level)), ("4", "unknown"));
}

fn cipher(dialect: &Dialect) -> skm::wire::cipher::Cipher {
    let key: [u8; 16] = std::array::from_fn(|at| at as u8);
    skm::wire::cipher::Cipher::new(dialect.id.cipher, &key, &dialect.id.iv)
}

#[test]
fn refusals_are_read_as_what_they_are() {
    let ours = Dialect::built_in();
    let refused = scan_refusal("111", "已过期", &ours).expect("a refusal");
    assert_eq!(value(&refused), json!({"resCode": 111, "resMessage": "已过期"}));
    assert_eq!(scan::decode(&answer(&refused), &ours).expect_err("a refusal").kind(), ErrorKind::QrExpired);
    let refused = id_refusal("E04", "查无此人", &ours).expect("a refusal");
    assert_eq!(value(&refused), json!({"code": "E04", "message": "查无此人"}));
    let error = id::decode(&answer(&refused), &NUMBER.into(), &cipher(&ours), &ours).expect_err("a refusal");
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::Refused, Some("E04")));
    for code in ["0", ""] {
        assert_eq!(scan_refusal(code, "x", &ours).expect_err("no refusal").field(), Some("code"));
    }
    assert_eq!(id_refusal("200", "x", &ours).expect_err("no refusal").kind(), ErrorKind::InputInvalid);
}

/// As a configuration writes them: the same bytes, the same checks.
#[test]
fn keys_are_given_as_they_are_delivered() {
    let body = br#"{"userid":"1","name":"a"}"#;
    for (encoding, key) in [("base64", KEY), ("hex", "000102030405060708090a0b0c0d0e0f"), ("utf8", "0123456789abcdef")]
    {
        let dialect = variant(&[("key_encoding = \"base64\"", &format!("key_encoding = \"{encoding}\""))]);
        let keys = IdKeys::from_text(key, key, &dialect.id).expect("two keys");
        let source = format!(
            "[id]\nurl = \"https://i.example.invalid/\"\naccount = \"a\"\nauth_key = \"{key}\"\nbody_key = \"{key}\"\n"
        );
        if encoding == "base64" {
            let config = Config::parse(&source, Path::new("")).expect("a configuration");
            let unit = config.id().expect("a unit");
            assert!(keys.open_body(unit.body_cipher.seal(body).as_bytes()).is_ok());
            assert_eq!(keys.open_auth(&unit.auth_cipher.seal(b"a")).expect("an account").expose(), "a");
        }
        for (wrong, kind) in [("", ErrorKind::ConfigInvalid), ("geheim", ErrorKind::KeyInvalid)] {
            let error = IdKeys::from_text(key, wrong, &dialect.id).expect_err("no key");
            assert_eq!(error.kind(), kind, "{encoding}");
            assert!(error.message().contains("body_key") && !error.message().contains("geheim"), "{}", error.message());
        }
    }
}
