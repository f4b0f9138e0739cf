//! The public doors: what a caller builds, and what only the core can.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use skm::config::{Config, Value};
use skm::error::{CodePlace, IoReason, KeyName, SafeText, ShownPath};
use skm::person::Sex;
use skm::{BatchOptions, Client, Consent, Error, ErrorKind, IdRequest, ScanRequest, UserToken, UserTokenRequest};

fn consent() -> Consent {
    Consent::explicit("notice A-12")
}

#[test]
fn requests_are_built_in_one_expression() {
    let scan = ScanRequest::new("https://h.example.invalid/?qrCode=x#/result", consent())
        .with_position("江苏省,无锡市,梁溪区,示范路1号")
        .with_verifier_dept("示范医院")
        .with_verifier_name("张三丰")
        .with_verifier_phone("13800001234");
    assert_eq!(scan.verifier_dept.as_deref(), Some("示范医院"));
    assert!(!format!("{scan:?}").contains("张三丰"));
    let id = IdRequest::new("32000019850630414X", "张三丰", consent())
        .with_papers_type("1")
        .with_organize_location("示范医院")
        .with_apply_type("人行闸机通道")
        .with_lift_15(true);
    assert!(id.lift_15 && id.apply_type.as_deref() == Some("人行闸机通道"));
    let token = UserTokenRequest::new("张三丰", "32000019850630414X", "13800001234", consent())
        .with_sex(Sex::Male)
        .with_email("a@b.example.invalid")
        .with_phone("025-83660000")
        .with_address("示范路1号")
        .with_post("210000")
        .with_any_mobile(true);
    assert_eq!(token.sex, Some(Sex::Male));
    assert_eq!(BatchOptions::new().with_workers(3).workers, 3);
    assert_eq!(UserToken::new("t", None).uuid, None);
}

#[test]
fn a_sex_is_one_of_the_two_codes_of_table_a_2() {
    for sex in [Sex::Male, Sex::Female] {
        assert_eq!(Sex::from_code(sex.code()).unwrap(), sex);
    }
    for wrong in ["", "2", "男", "male", "0 1"] {
        let error = Sex::from_code(wrong).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InputInvalid, Some("sex")));
    }
}

#[test]
fn values_of_a_builder_have_a_type_that_callers_can_name() {
    let pairs: [(&str, Value); 3] =
        [("http.retries", 0_i64.into()), ("http.allow_http", true.into()), ("http.idle_ms", "100".into())];
    let builder = pairs.into_iter().fold(Config::builder(), |builder, (key, value)| builder.set(key, value));
    assert_eq!(builder.build().unwrap().http.retries, 0);
}

#[test]
fn a_text_of_an_error_is_made_of_parts_that_are_proven_safe() {
    let reason = IoReason::of(&std::io::ErrorKind::StorageFull.into());
    let (path, key) = (ShownPath::of("a/b.toml".as_ref()), KeyName::of("scan.token"));
    let text = SafeText::new("{}: {} ({}), {} of {}", "{}:{}({}),{}/{}", &[&path, &key, &reason, &1, &2_u32]);
    let error = Error::with(ErrorKind::ConfigInvalid, text);
    assert!(error.message().ends_with("a/b.toml: scan.token (the disk is full), 1 of 2"), "{error}");
    assert!(error.technical_zh().ends_with("a/b.toml:scan.token(磁盘已满),1/2"), "{}", error.technical_zh());
    assert_eq!(KeyName::of("the secret 320000198506304142").to_string(), "(this key)");
    assert!(CodePlace::of(std::panic::Location::caller()).to_string().contains("api.rs:"));
}

#[test]
fn the_sentence_for_the_desk_stands_beside_the_technical_line() {
    let client = Client::new(Config::builder().build().unwrap()).unwrap();
    let error = client.verify_scan(&ScanRequest::new("x", consent())).unwrap_err();
    assert!(error.message().starts_with("verify_scan: ") && error.technical_zh().contains("[scan]"), "{error}");
    assert_eq!(error.message_zh(), "本机尚未配置此功能,请联系管理员");
    let error = client.display_url(&UserToken::new("", None)).unwrap_err();
    assert!(!error.message_zh().contains(|c: char| c.is_ascii_alphabetic()), "{}", error.message_zh());
}
