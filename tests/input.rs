//! What people, card readers and gateways really give: names, numbers, clocks, consent and answers that are nearly right.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "shared with suites that make the other calls")]
#[path = "support/platform.rs"]
mod platform;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use platform::{client, consent, id_request, person, start, token_request};
use serde_json::{Value, json};
use skm::clock::{Clock, SystemClock};
use skm::dialect::Dialect;
use skm::interfaces::{id, scan, user_token};
use skm::person::Sex;
use skm::platform::IdKeys;
use skm::wire::Answer;
use skm::{Client, Config, Consent, Error, ErrorKind, IdRequest, ScanRequest, UserTokenRequest, Verdict};
use skm_sandbox::{Level, Sandbox};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";
const NUMBER: &str = "320000198506304142";

fn config(more: &str) -> Config {
    let source = format!(
        "{more}\n[user_token]\nurl = \"https://g.example.invalid/\"\nappmark = \"demo\"\nappword = \"word\"\n\
         [scan]\nurl = \"https://s.example.invalid/\"\nsource = \"wuxi\"\ntoken = \"t\"\nposition = \"p\"\n\
         verifier_dept = \"d\"\nverifier_name = \"n\"\nverifier_phone = \"13800001234\"\n\
         [id]\nurl = \"https://i.example.invalid/\"\naccount = \"a\"\nauth_key = \"{KEY}\"\nbody_key = \"{KEY}\"\n"
    );
    Config::parse(&source, Path::new("")).unwrap()
}

fn sent(config: &Config, request: &IdRequest) -> Result<(String, String), Error> {
    let unit = config.id().unwrap();
    let asked = id::encode(request, unit, &config.dialect, SystemTime::now())?;
    let body = IdKeys::of_unit(unit, &config.dialect.id).open_body(&asked.outgoing.body).unwrap();
    assert_eq!(body.number, asked.number, "the answer is compared with what was sent");
    Ok((body.number.expose().to_owned(), body.name.expose().to_owned()))
}

#[test]
fn every_member_is_sent_without_what_card_readers_and_files_pad_it_with() {
    let config = config("");
    for (before, after) in [("", " "), ("\u{3000}", "\0\0\0"), ("\u{feff}", "\r\n"), ("\t\u{200b}", "\u{a0}\u{2060}")] {
        let pad = |text: &str| format!("{before}{text}{after}");
        let mut request = IdRequest::new(pad(NUMBER), pad("诸葛 亮"), consent());
        assert_eq!(sent(&config, &request).unwrap(), (NUMBER.to_owned(), "诸葛 亮".to_owned()));
        request.papers_type = pad("2").into();
        request.number = pad("E12345678").into();
        assert_eq!(sent(&config, &request).unwrap().0, "E12345678");

        let mut request = UserTokenRequest::new(pad("张三丰"), pad("320000850630414"), pad("13800001234"), consent());
        request.lift_15 = true;
        request.papers_type = pad("1").into();
        request.sex = Some(Sex::from_code(&pad("1")).unwrap());
        request.birth_date = Some(pad("1985-06-30").into());
        request.address = Some(pad("示范路 1 号").into());
        let unit = config.user_token().unwrap();
        let outgoing = user_token::encode(&request, unit, &config.dialect, SystemTime::now()).unwrap();
        let form = form_urlencoded::parse(&outgoing.body).into_owned().collect::<Vec<_>>();
        let params = &form.iter().find(|(name, _)| name == "params").unwrap().1;
        assert_eq!(
            serde_json::from_str::<Value>(params).unwrap(),
            json!({"name": "张三丰", "paperstype": "1", "papersnumber": NUMBER, "mobile": "13800001234", "sex": "1",
                   "birthdate": "1985-06-30", "address": "示范路 1 号"})
        );

        let text = "https://skm.example.invalid/i.html?qrCode=V50#/result";
        let mut request = ScanRequest::new(pad(text), consent());
        request.position = Some(pad("江苏省,无锡市,梁溪区,示范路1号"));
        request.verifier_name = Some(pad("阿卜杜拉•买买提").into());
        let outgoing = scan::encode(&request, config.scan().unwrap(), &config.dialect).unwrap();
        let form: Vec<_> = form_urlencoded::parse(&outgoing.body).into_owned().collect();
        let value = |wanted: &str| form.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
        assert_eq!((value("url").as_str(), value("position").as_str()), (text, "江苏省,无锡市,梁溪区,示范路1号"));
        assert_eq!(value("verifierName"), "阿卜杜拉·买买提");
    }
    for control in ["\u{2}", "\u{3}", "\u{1f}", "\u{7f}", "\u{9f}"] {
        let request = IdRequest::new(format!("{control}{NUMBER}{control}"), "李四", consent());
        assert_eq!(sent(&config, &request).unwrap().0, NUMBER, "{control:?} is stripped around a number");
    }
}

#[test]
fn what_is_inside_is_refused_and_named() {
    let config = config("");
    let field = |request: &IdRequest| {
        let error = sent(&config, request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InputInvalid);
        error.field().unwrap().to_owned()
    };
    for inside in [" ", "\u{3000}", "\u{200b}", "\0", "\t"] {
        assert_eq!(
            field(&IdRequest::new(NUMBER.replacen("1985", &format!("1985{inside}"), 1), "李四", consent())),
            "number"
        );
    }
    assert_eq!(field(&IdRequest::new(NUMBER, "李\u{0}四", consent())), "name");
    assert_eq!(field(&IdRequest::new(NUMBER, "\u{3000}\u{200b}\0", consent())), "name");
    assert_eq!(field(&IdRequest::new("\u{3000}", "李四", consent())), "number");
    let error = sent(&config, &IdRequest::new(NUMBER, "王\u{e863}", consent())).unwrap_err();
    assert_eq!(error.field(), Some("name"));
    assert!(error.message().contains("character 2") && !error.message().contains('王'), "{error}");
    let mut request = ScanRequest::new("https://a.example.invalid/?qrCode=V50#/result", consent());
    request.verifier_name = Some("王\u{f0001}".into());
    let error = scan::encode(&request, config.scan().unwrap(), &config.dialect).err().unwrap();
    assert_eq!(error.field(), Some("verifier_name"));
}

#[test]
fn a_dialect_may_send_the_dot_of_a_name_as_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("city.toml");
    let source = Dialect::built_in_source();
    let dotted = |rule: &str| {
        let source = source.replacen("name_dot = \"U+00B7\"", rule, 1);
        std::fs::write(&file, source).unwrap();
        let config = config(&format!("dialect = {file:?}"));
        sent(&config, &IdRequest::new(NUMBER, " 阿卜杜拉•买买提 ", consent())).unwrap().1
    };
    assert_eq!(dotted("name_dot = \"as given\""), "阿卜杜拉•买买提");
    assert_eq!(dotted(""), "阿卜杜拉·买买提");
    let error = Dialect::parse("city.toml", &source.replacen("\"U+00B7\"", "\"dot\"", 1)).unwrap_err();
    assert!(error.message().contains("name_dot must be one of U+00B7, as given"), "{error}");
}

#[test]
fn a_padded_person_is_found_and_erased_like_any_other() {
    let sandbox = start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let client = client(&sandbox, &format!("[audit]\nfile = {file:?}"));
    let green = person(&sandbox, Level::Green);
    client.verify_id(&id_request(&green)).unwrap();
    let padded =
        IdRequest::new(format!("\u{2}{}\u{3}\r\n", green.number), format!("{}\u{3000}\0", green.name), consent());
    assert!(client.verify_id(&padded).unwrap().is_green());
    let lines = std::fs::read_to_string(&file).unwrap();
    let subject = |line: &str| line.split("\"subject\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let subjects: Vec<String> = lines.lines().map(subject).collect();
    assert_eq!((subjects.len(), &subjects[0]), (2, &subjects[1]));
}

/// The machine's clock, standing somewhere else.
#[derive(Debug)]
struct Machine(SystemTime);

impl Clock for Machine {
    fn now(&self) -> SystemTime {
        self.0
    }

    fn earliest(&self) -> SystemTime {
        SystemClock.earliest()
    }
}

fn client_at(sandbox: &Sandbox, now: SystemTime) -> Client {
    let config = Config::parse(&sandbox.config_toml(), Path::new("")).unwrap();
    Client::with_clock(config, Arc::new(Machine(now))).unwrap()
}

#[test]
fn a_clock_that_cannot_be_right_is_said_before_anything_is_sent() {
    let sandbox = start();
    let green = person(&sandbox, Level::Green);
    let dated = consent().given_at(SystemClock.earliest());
    for now in [
        SystemTime::UNIX_EPOCH - Duration::from_secs(86_400),
        SystemTime::UNIX_EPOCH,
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_609_473_600),
    ] {
        let client = client_at(&sandbox, now);
        let mut passport = IdRequest::new("E12345678", "样例", consent());
        passport.papers_type = "2".into();
        let scanned = |consent| ScanRequest::new(sandbox.fresh_qr(&green.number).unwrap(), consent);
        let id_error = client.verify_id(&id_request(&green)).unwrap_err();
        let dated_error = client.verify_scan(&scanned(dated.clone())).unwrap_err();
        for error in [client.issue_user_token(&token_request(&green)).unwrap_err(), id_error, dated_error] {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::ClockSkew, 0), "{error}");
            assert!(error.message().contains("set this machine's clock"), "{error}");
        }
        assert!(sandbox.journal().is_empty());
        // Where nothing is judged by the time, a gate without a battery works.
        assert!(client.verify_scan(&scanned(consent())).unwrap().is_green());
        assert_eq!(client.verify_id(&passport).unwrap_err().kind(), ErrorKind::PersonNotFound);
        sandbox.reset();
    }
    assert!(client_at(&sandbox, SystemTime::now()).verify_id(&id_request(&green)).unwrap().is_green());
}

#[test]
fn a_consent_in_the_future_and_a_type_that_is_none_are_refused() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let green = person(&sandbox, Level::Green);
    let ahead = |seconds| consent().given_at(SystemTime::now() + Duration::from_secs(seconds));
    for (kind, given) in
        [(ErrorKind::InputInvalid, ahead(3600)), (ErrorKind::ConsentMissing, Consent::explicit("\u{3000}"))]
    {
        assert_eq!(given.check(SystemTime::now()).unwrap_err().kind(), kind);
        let mut request = token_request(&green);
        request.consent = given.clone();
        let qr = ScanRequest::new(sandbox.fresh_qr(&green.number).unwrap(), given.clone());
        let mut id = id_request(&green);
        id.consent = given;
        for error in [
            client.issue_user_token(&request).unwrap_err(),
            client.verify_scan(&qr).unwrap_err(),
            client.verify_id(&id).unwrap_err(),
        ] {
            assert_eq!(error.kind(), kind, "{error}");
        }
    }
    let mut id = id_request(&green);
    id.consent = ahead(60);
    assert!(client.verify_id(&id).is_ok(), "clocks differ a little");

    for none in ["9x", "", "x", "１", "1.0", "-1", "123456789"] {
        let mut id = id_request(&green);
        id.papers_type = none.into();
        let mut token = token_request(&green);
        token.papers_type = none.into();
        assert!(id.papers_type.check().is_err());
        for error in [client.verify_id(&id).unwrap_err(), client.issue_user_token(&token).unwrap_err()] {
            assert_eq!((error.kind(), error.field()), (ErrorKind::InputInvalid, Some("papers_type")), "{none}");
        }
    }
    for unknown in ["0", "8", "99", "414"] {
        skm::person::PapersType::from(unknown).check().unwrap();
    }
}

#[test]
fn a_success_that_is_a_refusals_code_is_refused_at_load() {
    let source = Dialect::built_in_source();
    let with = |from: &str, to: &str| {
        assert!(source.contains(from), "{from}");
        Dialect::parse("city.toml", &source.replacen(from, to, 1))
    };
    let refused = ["111", "0111", "111.0", "1", "01", "112", "116", "118", "119", "400", "599", "201", "299", "+401"];
    for section in ["user_token", "scan", "id"] {
        let success = match section {
            "user_token" => "success = \"000000\"",
            "scan" => "success = \"0\"",
            _ => "success = \"200\"",
        };
        for code in refused {
            if section != "scan" && ["1", "01"].contains(&code) {
                continue;
            }
            let error = with(success, &format!("success = {code:?}")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::DialectInvalid);
            let line = source[..source.find(success).unwrap()].lines().count() + 1;
            assert!(
                error.message().contains(&format!("city.toml:{line}: {section}.success is a refusal's code")),
                "{error}"
            );
        }
        for code in ["200", "0", "000000", "00", "600", "S0000"] {
            with(success, &format!("success = {code:?}")).unwrap();
        }
    }
    with("\n1 = {", "\nS0000 = {").unwrap();
    let both = source.replacen("success = \"0\"", "success = \"S1\"", 1).replacen("\n1 = {", "\nS1 = {", 1);
    assert!(Dialect::parse("city.toml", &both).is_err());
}

fn answer(body: &str) -> Answer {
    Answer::new(200, body)
}

#[test]
fn an_optional_member_of_another_type_never_costs_the_verdict() {
    let dialect = Dialect::built_in();
    let values = ["13800001234", "-1", "0", "1.5", "true", "false", "null", "[]", "[1]", "{}", r#"{"a":{"b":[null]}}"#];
    for key in ["name", "idcardNo", "phone", "tip", "qrCode"] {
        for value in values {
            let body =
                format!(r#"{{"resMessage":{value},"resCode":0,"res":{{"level":"red","{key}":{value},"more":1}}}}"#);
            let result = scan::decode(&answer(&body), &dialect);
            if value == "null" {
                assert_eq!(result.unwrap_err().kind(), ErrorKind::AnswerMalformed, "resMessage is required");
                continue;
            }
            let result = result.unwrap();
            assert_eq!(result.verdict(), Verdict::Red, "{body}");
            let texts = [
                result.name.as_ref().map(|text| text.expose()),
                result.id_number_masked.as_ref().map(|text| text.expose()),
                result.phone.as_ref().map(|text| text.expose()),
                result.tip.as_ref().map(|text| text.expose()),
                result.qr_code.as_ref().map(|text| text.expose()),
            ];
            let read: Vec<&str> = texts.into_iter().flatten().collect();
            let as_sent: Value = serde_json::from_str(value).unwrap();
            assert_eq!(result.extra.get("more"), Some(&json!(1)));
            if as_sent.is_number() {
                assert_eq!((read.as_slice(), result.extra.get(key)), ([value].as_slice(), None), "{body}");
            } else {
                assert_eq!((read.len(), result.extra.get(key)), (0, Some(&as_sent)), "{body}");
            }
        }
    }
    // More digits than a number is read with: no other text than the one that was sent.
    let body = r#"{"resMessage":"OK","resCode":0,"res":{"level":"green","phone":202101011200001236210783}}"#;
    let result = scan::decode(&answer(body), &dialect).unwrap();
    assert!(result.is_green() && result.phone.is_none() && result.extra.contains_key("phone"));
}

#[test]
fn what_a_verdict_hangs_on_stays_strict() {
    let dialect = Dialect::built_in();
    let scanned = |code: &str, res: &str| {
        scan::decode(&answer(&format!(r#"{{"resMessage":"OK","resCode":{code},"res":{res}}}"#)), &dialect)
    };
    for level in ["true", "[\"green\"]", "{}", "1.0", "1e0"] {
        let error = scanned("0", &format!(r#"{{"level":{level}}}"#)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AnswerMalformed, "{level}");
    }
    for code in ["0.0", "false", "null", "[0]", "\"\"", "-0"] {
        assert_eq!(scanned(code, r#"{"level":"green"}"#).unwrap_err().kind(), ErrorKind::AnswerMalformed, "{code}");
    }
    for code in ["\" 0\"", "\"00\"", "\"０\""] {
        assert_eq!(scanned(code, r#"{"level":"green"}"#).unwrap_err().kind(), ErrorKind::Refused, "{code}");
    }
    for message in ["1", "[]", "{}", "true"] {
        let body = format!(r#"{{"resMessage":{message},"resCode":111}}"#);
        assert_eq!(scan::decode(&answer(&body), &dialect).unwrap_err().kind(), ErrorKind::QrExpired, "{message}");
    }
    let config = config("");
    let unit = config.id().unwrap();
    let asked = NUMBER.into();
    for inner in [
        json!({"userid": 1, "name": "李四", "levelData": "green"}),
        json!({"userid": NUMBER, "name": 1, "levelData": "green"}),
        json!({"userid": NUMBER, "name": "李四", "levelData": [1]}),
        json!({"userid": NUMBER, "name": "李四"}),
    ] {
        let error =
            id::decode(&answer(&json!({"code": 200, "data": inner}).to_string()), &asked, &unit.body_cipher, &dialect);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::AnswerMalformed, "{inner}");
    }
}

#[test]
fn one_byte_order_mark_is_ignored_outside_and_inside() {
    let config = config("");
    let (unit, dialect) = (config.id().unwrap(), &config.dialect);
    let inner = json!({"userid": NUMBER, "name": "李四", "levelData": "green"}).to_string();
    let asked = NUMBER.into();
    for (outside, inside, is_read) in
        [("\u{feff}", "\u{feff}", true), ("\u{feff}\u{feff}", "", false), ("", "\u{feff}\u{feff}", false)]
    {
        let sealed = unit.body_cipher.seal(format!("{inside}{inner}").as_bytes());
        let body = format!("{outside}{}", json!({"code": 200, "data": sealed}));
        let result = id::decode(&answer(&body), &asked, &unit.body_cipher, dialect);
        assert_eq!(result.is_ok_and(|result| result.is_green()), is_read, "{outside:?} {inside:?}");

        let res = format!("{inside}{}", json!({"level": "green"}));
        let body = format!("{outside}{}", json!({"resMessage": "OK", "resCode": 0, "res": res}));
        let result = scan::decode(&answer(&body), dialect);
        assert_eq!(result.is_ok_and(|result| result.is_green()), is_read, "{outside:?} {inside:?}");
    }
}

#[test]
fn plain_data_is_taken_only_where_the_dialect_says_so() {
    let config = config("");
    let unit = config.id().unwrap();
    let body = json!({"code": 200, "data": {"userid": NUMBER, "name": "李四", "levelData": "green"}}).to_string();
    let green = |dialect: &Dialect| id::decode(&answer(&body), &NUMBER.into(), &unit.body_cipher, dialect);
    assert!(green(&config.dialect).unwrap().is_green());
    let source = Dialect::built_in_source().replacen("plain_data = true", "plain_data = false", 1);
    let error = green(&Dialect::parse("city.toml", &source).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AnswerMalformed);
    let older = Dialect::built_in_source()
        .lines()
        .filter(|line| !line.starts_with("plain_data"))
        .collect::<Vec<_>>()
        .join("\n");
    assert!(green(&Dialect::parse("city.toml", &older).unwrap()).unwrap().is_green());
}

#[test]
fn certificates_behind_a_byte_order_mark_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["a.example.invalid".to_owned()]).unwrap().self_signed(&key).unwrap();
    for (name, pem) in
        [("ca.pem", certificate.pem()), ("unit.pem", certificate.pem()), ("unit.key", key.serialize_pem())]
    {
        std::fs::write(folder.path().join(name), format!("\u{feff}{pem}")).unwrap();
    }
    let source = "[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"wuxi\"\ntoken = \"t\"\n[http]\n\
                  ca_file = \"ca.pem\"\nclient_cert_file = \"unit.pem\"\nclient_key_file = \"unit.key\"\n";
    Client::new(Config::parse(source, folder.path()).unwrap()).unwrap();
}

/// Our own names (section 11), and those of the wire that only the platform side meets, which have no other.
const NAMES: &[&str] = &[
    "number",
    "name",
    "papers_type",
    "mobile",
    "email",
    "phone",
    "sex",
    "address",
    "post",
    "birth_date",
    "token",
    "uuid",
    "qr_text",
    "position",
    "verifier_dept",
    "verifier_name",
    "verifier_phone",
    "organize_location",
    "apply_type",
    "consent",
    "deadline",
    "level",
    "travel",
    "reason",
    // The platform side, and the evidence log.
    "body",
    "content_type",
    "source",
    "appmark",
    "time",
    "sign",
    "anchor",
    "code",
    // What the JSON contract asks beside the members.
    "call",
    "request",
    "v",
    "show_platform_text",
];

#[test]
fn a_field_is_called_by_our_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = Vec::new();
    for file in files(&root.join("src")) {
        let source = std::fs::read_to_string(&file).unwrap().replace(['\n', ' '], "");
        for call in
            ["Error::input(\"", "check_text(\"", "check_optional(\"", "check_name(\"", "check_mobile(\"", "missing(\""]
        {
            names.extend(source.split(call).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
    }
    assert!(names.len() > 15, "{names:?}");
    names.retain(|name| !NAMES.contains(&name.as_str()));
    assert_eq!(names, [] as [String; 0]);
    // In the bindings none of the wire's names is a field.
    for folder in ["bindings/c/src", "bindings/jni/src", "bindings/python/src"] {
        for file in files(&root.join(folder)) {
            let source = std::fs::read_to_string(&file).unwrap();
            for wire in ["papersnumber", "paperstype", "userid", "birthdate", "verifierName", "applyType", "levelData"]
            {
                assert!(!source.contains(&format!("\"{wire}\"")), "{wire} in {}", file.display());
            }
        }
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
