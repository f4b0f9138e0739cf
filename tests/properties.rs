//! Properties that hold for every input: round trips, masks that hide, and no green that the platform did not say.

use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::{Value, json};
use skm::config::Config;
use skm::dialect::Dialect;
use skm::interfaces::{display, id, qr, scan, user_token};
use skm::person::{PersonalText, ResidentId, Secret, mask};
use skm::platform::{IdAnswer, IdKeys, check_sign, read_scan, read_user_token};
use skm::wire::cipher::{Algorithm, Cipher};
use skm::wire::{Answer, json as strict};
use skm::{Consent, IdRequest, ScanRequest, UserToken, UserTokenRequest};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";
const NUMBER: &str = "320000198506304142";

fn config() -> Config {
    let source = format!(
        "[user_token]\nurl = \"https://g.example.invalid/\"\nappmark = \"demo\"\nappword = \"word\"\n\
         [display]\nurl = \"https://h5.example.invalid/jkmIndex.html\"\n\
         [scan]\nurl = \"https://s.example.invalid/\"\nsource = \"wuxi\"\ntoken = \"t\"\nposition = \"p\"\n\
         verifier_dept = \"d\"\nverifier_name = \"n\"\nverifier_phone = \"13800001234\"\n\
         [id]\nurl = \"https://i.example.invalid/\"\naccount = \"a\"\nauth_key = \"{KEY}\"\nbody_key = \"{KEY}\"\n"
    );
    Config::parse(&source, Path::new("")).expect("a fixed configuration")
}

fn consent() -> Consent {
    Consent::explicit("notice A-12")
}

fn answer(body: Vec<u8>) -> Answer {
    Answer::new(200, body)
}

/// A name that passes the checks: anything visible, however rare.
fn name() -> impl Strategy<Value = String> {
    "[\\PC&&[^\\s]]{1,40}"
}

/// JSON that looks like an answer often enough to come far.
fn answer_like() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just(json!("green")),
        Just(json!("GREEN")),
        Just(json!("green ")),
        Just(json!(1)),
        Just(json!("1")),
        Just(json!(1.0)),
        Just(json!(true)),
        Just(Value::Null),
        any::<i64>().prop_map(|number| json!(number)),
        ".{0,8}".prop_map(Value::String),
    ];
    let code = prop_oneof![
        Just(json!(0)),
        Just(json!("0")),
        Just(json!(200)),
        Just(json!(0.0)),
        Just(json!(false)),
        any::<i32>().prop_map(|number| json!(number)),
        "[0-9]{0,3}".prop_map(Value::String),
    ];
    let message = prop_oneof![Just(json!("OK")), Just(Value::Null), Just(json!(1))];
    (code, message, word, any::<bool>(), any::<bool>()).prop_map(|(code, message, level, wrapped, with_res)| {
        let res = json!({ "level": level, "name": "李四", "userid": NUMBER, "levelData": level });
        let res = if wrapped { Value::String(res.to_string()) } else { res };
        let mut whole = json!({ "resCode": code, "code": code, "resMessage": message });
        if with_res {
            whole["res"] = res.clone();
            whole["data"] = res;
        }
        whole
    })
}

fn says_green(level: &Value) -> bool {
    match level {
        Value::String(word) => word.eq_ignore_ascii_case("green") || word == "1",
        other => *other == json!(1),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sealed_opens(text in ".{0,400}", key in any::<[u8; 16]>(), iv in any::<[u8; 16]>()) {
        for algorithm in Algorithm::ALL {
            let cipher = Cipher::new(*algorithm, &key, &iv);
            let opened = cipher.open(&cipher.seal(text.as_bytes()));
            prop_assert_eq!(opened.map(|plain| plain.to_string()), Ok(text.clone()));
        }
    }

    #[test]
    fn opening_anything_never_panics(text in ".{0,200}", key in any::<[u8; 16]>()) {
        for algorithm in Algorithm::ALL {
            let _ = Cipher::new(*algorithm, &key, &[0; 16]).open(&text);
        }
    }

    #[test]
    fn the_platform_reads_what_interface_1_sends(name in name(), address in name(), clock in 0_u64..4_000_000_000) {
        let config = config();
        let dialect = &config.dialect.user_token;
        let unit = config.user_token().expect("in the configuration");
        let mut request = UserTokenRequest::new(name.as_str(), NUMBER, "13800001234", consent());
        request.address = Some(address.as_str().into());
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(clock);
        // Before the person was born the number is refused, as it should be.
        let Ok(sent) = user_token::encode(&request, unit, &config.dialect, now) else {
            prop_assert!(clock < 488_908_800);
            return Ok(());
        };
        let call = read_user_token(sent.method, sent.content_type.as_deref(), None, &sent.body).expect("what was sent");
        prop_assert!(check_sign(&call, &unit.appword));
        prop_assert!(!check_sign(&call, &Secret::from("other")));
        prop_assert_eq!(dialect.time_format.parse(&call.time).map(|time| time.as_second()), Some(clock as i64));
        let params: Value = serde_json::from_str(call.params.expose()).expect("JSON");
        prop_assert_eq!(&params["name"], &json!(name));
        prop_assert_eq!(&params["address"], &json!(address));
    }

    #[test]
    fn the_platform_reads_what_interface_3_sends(dept in name(), code in "V5[0-9a-f]{32}320000", part in "[A-Za-z0-9+/]{64}") {
        let config = config();
        let rules = &config.dialect.qr;
        let text = qr::QrText::build("https://skm.example.invalid/index.html", &code, Some(&part), rules);
        let parsed = qr::QrText::parse(&format!("\u{feff}{text}\r\n"), rules).expect("what was built");
        prop_assert_eq!(parsed.code(), code.as_str());
        prop_assert_eq!(parsed.division(), Some("320000"));
        let mut request = ScanRequest::new(text.as_str(), consent());
        request.verifier_dept = Some(dept.clone());
        let sent = scan::encode(&request, config.scan().expect("in the configuration"), &config.dialect).expect("valid");
        let call = read_scan(&sent.body).expect("what was sent");
        prop_assert_eq!(call.qr_text.expose(), text.as_str());
        prop_assert_eq!(call.verifier_dept, dept);
    }

    #[test]
    fn the_platform_reads_what_interface_4_sends_and_is_understood(name in name(), level in "[a-z1-4]{1,6}") {
        let config = config();
        let unit = config.id().expect("in the configuration");
        let keys = IdKeys::of_unit(unit, &config.dialect.id);
        let request = IdRequest::new(NUMBER, name.as_str(), consent());
        let asked = id::encode(&request, unit, &config.dialect, SystemTime::now()).expect("valid");
        let body = keys.open_body(&asked.outgoing.body).expect("what was sent");
        prop_assert_eq!(body.name.expose(), name.as_str());
        let inner = IdAnswer::new(NUMBER, &name, &level);
        let sealed = answer(json!({ "code": 200, "data": keys.seal_answer(&inner) }).to_string().into_bytes());
        let result = id::decode(&sealed, &asked.number, &unit.body_cipher, &config.dialect).expect("what was sealed");
        prop_assert_eq!(result.is_green(), level == "green" || level == "1");
    }

    #[test]
    fn no_answer_is_green_unless_it_says_so(body in answer_like()) {
        let config = config();
        let level_of = |wrapped: &Value| match wrapped {
            Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        let bytes = body.to_string().into_bytes();
        if let Ok(result) = scan::decode(&answer(bytes.clone()), &config.dialect) {
            prop_assert!(body["resCode"] == json!(0) || body["resCode"] == json!("0"));
            prop_assert_eq!(result.is_green(), says_green(&level_of(&body["res"])["level"]));
        }
        let unit = config.id().expect("in the configuration");
        if let Ok(result) = id::decode(&answer(bytes), &NUMBER.into(), &unit.body_cipher, &config.dialect) {
            prop_assert!(body["code"] == json!(200) || body["code"] == json!("200"));
            prop_assert_eq!(result.is_green(), says_green(&body["data"]["levelData"]));
        }
    }

    #[test]
    fn no_bytes_are_green_or_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let config = config();
        let unit = config.id().expect("in the configuration");
        prop_assert!(!scan::decode(&answer(body.clone()), &config.dialect).is_ok_and(|result| result.is_green()));
        let id = id::decode(&answer(body.clone()), &NUMBER.into(), &unit.body_cipher, &config.dialect);
        prop_assert!(!id.is_ok_and(|result| result.is_green()));
        let _ = user_token::decode(&answer(body), &config.dialect.user_token, SystemTime::now());
    }

    #[test]
    fn a_status_other_than_200_is_never_a_result(status in (100_u16..600).prop_filter("not 200", |status| *status != 200)) {
        let green = Answer::new(status, br#"{"resMessage":"OK","resCode":0,"res":{"level":"green"}}"#.to_vec());
        prop_assert!(scan::decode(&green, &Dialect::built_in()).is_err());
    }

    #[test]
    fn strict_json_reads_what_is_written(text in ".{0,40}", number in any::<i64>()) {
        let value = json!({ "a": [text, number, null, true], "b": { "c": {} } });
        prop_assert_eq!(strict::parse(value.to_string().as_bytes()), Ok(value));
    }

    #[test]
    fn masks_hide_what_they_must(text in "\\PC{0,40}") {
        let length = text.chars().count();
        let shown = |masked: &str| masked.chars().zip(text.chars()).filter(|(m, c)| m == c && *c != '*').count();
        let name = mask::name(&text);
        prop_assert_eq!(name.chars().count(), length);
        prop_assert!(shown(&name) <= 1);
        let certificate = mask::certificate(&text);
        prop_assert_eq!(certificate.chars().count(), length);
        let most = if length > 5 { 5 } else { 0 };
        prop_assert!(shown(&certificate) <= most);
        prop_assert!(shown(&mask::phone(&text)) <= 7);
    }

    #[test]
    fn scrubbed_text_holds_no_number(before in "[\\PC&&[^0-9A-Za-z]]{0,20}", digits in "[0-9]{7,18}", after in "[\\PC&&[^0-9A-Za-z]]{0,20}") {
        let text = format!("{before}{digits}{after}");
        prop_assert!(!mask::scrub(&text).contains(&digits));
    }

    #[test]
    fn any_text_is_a_configuration_or_a_clear_refusal(text in "\\PC{0,200}") {
        if let Err(error) = Config::parse(&text, Path::new("")) {
            prop_assert!(error.message().contains("skm.toml") || error.kind() == skm::ErrorKind::DialectInvalid);
        }
        let _ = Dialect::parse("x.toml", &text);
    }

    #[test]
    fn display_urls_carry_the_token_whole(token in "\\PC{1,80}", uuid in proptest::option::of("\\PC{1,40}")) {
        let config = config();
        let user = UserToken::new(token.as_str(), uuid.clone().map(PersonalText::from));
        let url = display::url(config.display().expect("in the configuration"), &user).expect("a token");
        let query = url.expose().split_once('?').expect("a query").1;
        prop_assert!(query.is_ascii());
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let mut parts = query.split('&').filter_map(|pair| pair.split_once('='));
        prop_assert_eq!(parts.next().map(|(name, value)| (name, decode(value))), Some(("token", token)));
        prop_assert_eq!(parts.next().map(|(_, value)| decode(value)), uuid);
    }

    #[test]
    fn one_wrong_digit_is_always_found(at in 0_usize..17, digit in 0_u8..10) {
        let mut number = NUMBER.as_bytes().to_vec();
        prop_assume!(number[at] != b'0' + digit);
        number[at] = b'0' + digit;
        let number = String::from_utf8(number).expect("digits");
        prop_assert!(ResidentId::parse(&number, jiff::civil::date(2026, 1, 1)).is_err());
    }
}
