//! The conformance vectors, made by another implementation, through the Rust API.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::{Duration, SystemTime};

use jiff::civil::date;
use serde_json::Value;
use skm::config::Config;
use skm::dialect::{Dialect, GatewayMethod};
use skm::interfaces::{display, id, qr, scan, user_token};
use skm::person::{
    CertificateFault, CertificateNumber, PersonName, PersonalText, Phone, ResidentId, Secret, Sex, mask,
};
use skm::wire::cipher::{Algorithm, Cipher};
use skm::wire::{Answer, Method, sign};
use skm::{Consent, Error, IdRequest, Level, ScanRequest, UserToken, UserTokenRequest, Verdict};
use support::{list, text, vectors};

fn consent() -> Consent {
    Consent::explicit("notice A-12")
}

fn key(case: &Value, name: &str) -> [u8; 16] {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text(case, name)).unwrap();
    bytes.try_into().unwrap()
}

#[test]
fn sign() {
    let file = vectors("sign.json");
    for case in list(&file, "cases") {
        let appword = Secret::from(text(case, "appword"));
        let (appmark, time, expected) = (text(case, "appmark"), text(case, "time"), text(case, "sign"));
        assert_eq!(sign::sign(appmark, &appword, time), expected, "{case}");
        assert!(sign::matches(appmark, &appword, time, &expected.to_uppercase()));
        assert!(!sign::matches(appmark, &appword, &format!("{time}0"), expected));
    }
}

fn cipher_of(case: &Value) -> Cipher {
    let algorithm = Algorithm::from_name(text(case, "cipher")).unwrap();
    let iv = case["iv_hex"].as_str().map_or(0, |hex| u128::from_str_radix(hex, 16).unwrap());
    Cipher::new(algorithm, &key(case, "key_base64"), &iv.to_be_bytes())
}

#[test]
fn cipher() {
    let file = vectors("cipher.json");
    for case in list(&file, "cases") {
        let (plain, sealed) = (text(case, "plaintext"), text(case, "ciphertext_base64"));
        assert_eq!(cipher_of(case).seal(plain.as_bytes()), sealed, "{case}");
        assert_eq!(cipher_of(case).open(sealed).unwrap().as_str(), plain, "{case}");
    }
    for case in list(&file, "tolerated") {
        assert_eq!(cipher_of(case).open(text(case, "ciphertext_base64")).unwrap().as_str(), text(case, "plaintext"));
    }
    for case in list(&file, "rejected") {
        assert!(cipher_of(case).open(text(case, "ciphertext_base64")).is_err(), "{case}");
        assert_eq!(text(case, "error"), "answer_unreadable");
    }
}

#[test]
fn masking() {
    let file = vectors("mask.json");
    for case in list(&file, "cases") {
        let masked = match text(case, "kind") {
            "name" => mask::name(text(case, "input")),
            "certificate" => mask::certificate(text(case, "input")),
            "phone" => mask::phone(text(case, "input")),
            other => panic!("unknown kind {other}"),
        };
        assert_eq!(masked, text(case, "masked"), "{case}");
    }
}

#[test]
fn certificate_numbers() {
    let file = vectors("id_number.json");
    let today = date(2026, 11, 24);
    for case in list(&file, "cases") {
        let number = text(case, "number");
        let parsed = ResidentId::parse(number, today);
        assert_eq!(parsed.is_ok(), case["valid"].as_bool().unwrap(), "{case}");
        match parsed {
            Ok(id) => {
                assert_eq!(id.birth_date().to_string(), text(case, "birth_date"));
                assert_eq!(id.sex().as_str(), text(case, "sex"));
                assert_eq!(id.number().expose(), text(case, "normalised"));
            }
            Err(fault) => assert_eq!(fault.as_str(), text(case, "reason"), "{case}"),
        }
        if let Some(lifted) = case["lifted"].as_str() {
            assert_eq!(ResidentId::parse_15(number, today).unwrap().number().expose(), lifted);
        } else if number.trim().len() != 15 {
            assert_eq!(ResidentId::parse_15(number, today), Err(CertificateFault::Length));
        }
    }
}

#[test]
fn qr_texts() {
    let file = vectors("qr.json");
    let rules = &Dialect::built_in().qr;
    for case in list(&file, "cases") {
        let scanned = text(case, "text");
        match (qr::QrText::parse(scanned, rules), case["error"].as_str()) {
            (Ok(qr), None) => {
                assert_eq!(qr.code(), text(case, "qr_code"), "{case}");
                assert_eq!(qr.division(), case["division"].as_str(), "{case}");
                assert_eq!(qr.expose(), case["sent"].as_str().unwrap_or(scanned));
            }
            (Err(error), Some(kind)) => assert_eq!(error.kind().name(), kind, "{case}"),
            (outcome, expected) => panic!("{outcome:?} where {expected:?} was due: {case}"),
        }
    }
}

#[test]
fn display_urls() {
    let file = vectors("display.json");
    for case in list(&file, "cases") {
        let config = Config::builder().set("display.url", text(case, "page")).build().unwrap();
        let uuid = case["uuid"].as_str().map(Into::into);
        let user = UserToken::new(text(case, "token"), uuid);
        assert_eq!(display::url(config.display().unwrap(), &user).unwrap().expose(), text(case, "url"), "{case}");
    }
}

fn optional(case: &Value, key: &str) -> Option<String> {
    case[key].as_str().map(str::to_owned)
}

fn dialect_with(edit: impl FnOnce(&mut Dialect)) -> Dialect {
    let mut dialect = (*Dialect::built_in()).clone();
    edit(&mut dialect);
    dialect
}

fn encode_user_token(case: &Value) -> skm::wire::Outgoing {
    let (config, asked) = (&case["config"], &case["request"]);
    let unit = Config::builder()
        .set("user_token.url", "https://gateway.example.invalid/")
        .set("user_token.appmark", text(config, "appmark"))
        .set("user_token.appword", text(config, "appword"))
        .set("user_token.servicename", text(config, "servicename"))
        .build()
        .unwrap();
    let dialect = dialect_with(|dialect| {
        dialect.user_token.method = match text(config, "method") {
            "form" => GatewayMethod::Form,
            "query" => GatewayMethod::Query,
            "json" => GatewayMethod::Json,
            other => panic!("unknown method {other}"),
        };
    });
    let mut request =
        UserTokenRequest::new(text(asked, "name"), text(asked, "papersnumber"), text(asked, "mobile"), consent());
    request.papers_type = text(asked, "paperstype").into();
    request.email = optional(asked, "email").map(Into::into);
    request.phone = optional(asked, "phone").map(Into::into);
    request.sex = optional(asked, "sex").map(|code| Sex::from_code(&code).unwrap());
    request.birth_date = optional(asked, "birthdate").map(Into::into);
    request.address = optional(asked, "address").map(Into::into);
    request.post = optional(asked, "post");
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(case["clock_unix"].as_u64().unwrap());
    user_token::encode(&request, unit.user_token().unwrap(), &dialect, now).unwrap()
}

fn encode_scan(case: &Value) -> skm::wire::Outgoing {
    let (config, asked) = (&case["config"], &case["request"]);
    let unit = Config::builder()
        .set("scan.url", "https://scan.example.invalid/")
        .set("scan.source", text(config, "source"))
        .set("scan.token", text(config, "token"))
        .build()
        .unwrap();
    let mut request = ScanRequest::new(text(asked, "qr_text"), consent());
    request.position = optional(asked, "position");
    request.verifier_dept = optional(asked, "verifier_dept");
    request.verifier_name = optional(asked, "verifier_name").map(Into::into);
    request.verifier_phone = optional(asked, "verifier_phone").map(Into::into);
    scan::encode(&request, unit.scan().unwrap(), &Dialect::built_in()).unwrap()
}

fn encode_id(case: &Value) -> skm::wire::Outgoing {
    let (config, asked) = (&case["config"], &case["request"]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let iv = config["iv_hex"].as_str().unwrap_or("00000000000000000000000000000000");
    let source = Dialect::built_in_source()
        .replace("cipher = \"aes-128-ecb\"", &format!("cipher = \"{}\"", text(config, "cipher")))
        .replace("iv = \"00000000000000000000000000000000\"", &format!("iv = \"{iv}\""));
    std::fs::write(file.path(), source).unwrap();
    let unit = Config::builder()
        .set("dialect", file.path().to_str().unwrap())
        .set("id.url", "https://id.example.invalid/")
        .set("id.account", text(config, "account"))
        .set("id.auth_key", text(config, "auth_key"))
        .set("id.body_key", text(config, "body_key"))
        .build()
        .unwrap();
    let mut request = IdRequest::new(text(asked, "userid"), text(asked, "name"), consent());
    request.organize_location = optional(asked, "organizeLocation").or_else(|| optional(asked, "organize_location"));
    request.apply_type = optional(asked, "applyType").or_else(|| optional(asked, "apply_type"));
    id::encode(&request, unit.id().unwrap(), &unit.dialect, SystemTime::now()).unwrap().outgoing
}

#[test]
fn wire() {
    let file = vectors("wire.json");
    for case in list(&file, "cases") {
        let outgoing = match text(case, "interface") {
            "issue_user_token" => encode_user_token(case),
            "verify_scan" => encode_scan(case),
            "verify_id" => encode_id(case),
            other => panic!("unknown interface {other}"),
        };
        let wire = &case["wire"];
        assert_eq!(outgoing.method.as_str(), text(wire, "method"));
        if outgoing.method == Method::Get {
            assert_eq!(outgoing.query.as_ref().unwrap().as_str(), text(wire, "query"), "{case}");
            continue;
        }
        assert_eq!(std::str::from_utf8(&outgoing.body).unwrap(), text(wire, "body"), "{case}");
        let content_type = outgoing.content_type.unwrap();
        assert_eq!(content_type.split(';').next().unwrap(), text(wire, "content_type"));
        if let Some(headers) = wire["headers"].as_object() {
            let (name, value) = outgoing.header.unwrap();
            assert_eq!(headers.len(), 1);
            assert_eq!(headers[&name].as_str().unwrap(), value.as_str(), "{case}");
        }
    }
}

/// What an answer became, in the words of the vectors.
enum Outcome {
    Token(UserToken),
    Verified { level: Level, verdict: Verdict, members: Value },
    Failed(Error),
}

fn decode(case: &Value) -> Outcome {
    let dialect = Dialect::built_in();
    let status = u16::try_from(case["http_status"].as_u64().unwrap()).unwrap();
    let answer = Answer::new(status, text(case, "body"));
    match text(case, "interface") {
        "issue_user_token" => match user_token::decode(&answer, &dialect.user_token, SystemTime::now()) {
            Ok(token) => Outcome::Token(token),
            Err(error) => Outcome::Failed(error),
        },
        "verify_scan" => match scan::decode(&answer, &dialect) {
            Ok(result) => Outcome::Verified {
                level: result.level(),
                verdict: result.verdict(),
                members: serde_json::json!({
                    "name": result.name.as_ref().map(PersonName::expose),
                    "id_number_masked": result.id_number_masked.as_ref().map(CertificateNumber::expose),
                    "phone": result.phone.as_ref().map(Phone::expose),
                    "tip": result.tip.as_ref().map(PersonalText::expose), "extra": result.extra,
                }),
            },
            Err(error) => Outcome::Failed(error),
        },
        "verify_id" => {
            let asked = text(&case["asked"], "userid").into();
            let cipher = Cipher::new(Algorithm::Aes128Ecb, &key(case, "body_key"), &[0; 16]);
            match id::decode(&answer, &asked, &cipher, &dialect) {
                Ok(result) => Outcome::Verified {
                    level: result.level(),
                    verdict: result.verdict(),
                    members: serde_json::json!({
                        "userid": result.number.expose(), "name": result.name.expose(),
                        "travel": result.travel.as_ref().map(PersonalText::expose),
                        "reason": result.reason.as_ref().map(PersonalText::expose), "extra": result.extra,
                    }),
                },
                Err(error) => Outcome::Failed(error),
            }
        }
        other => panic!("unknown interface {other}"),
    }
}

#[test]
fn answers() {
    let file = vectors("answer.json");
    for case in list(&file, "cases") {
        let expect = case["expect"].as_object();
        match (decode(case), case["error"].as_str()) {
            (Outcome::Failed(error), Some(kind)) => {
                assert_eq!(error.kind().name(), kind, "{case}");
                assert_eq!(error.platform_code(), case["platform_code"].as_str(), "{case}");
                assert!(!Verdict::of_error(&error).is_green());
            }
            (Outcome::Token(user), None) => {
                assert_eq!(user.token.expose(), text(&case["expect"], "token"));
                assert_eq!(user.uuid.as_ref().map(|uuid| uuid.expose()), case["expect"]["uuid"].as_str());
            }
            (Outcome::Verified { level, verdict, members }, None) => {
                for (name, value) in expect.unwrap() {
                    match name.as_str() {
                        "level" => assert_eq!(level.as_str(), value.as_str().unwrap(), "{case}"),
                        "green" => assert_eq!(verdict.is_green(), value.as_bool().unwrap(), "{case}"),
                        other => assert_eq!(&members[other], value, "{other} of {case}"),
                    }
                }
            }
            (Outcome::Failed(error), None) => panic!("{error:?}: {case}"),
            (_, Some(kind)) => panic!("no error where {kind} was due: {case}"),
        }
    }
}
