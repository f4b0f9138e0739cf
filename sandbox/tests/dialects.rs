//! A platform edition with other choices: what the dialect says is what the sandbox takes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use aes::cipher::KeyInit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use skm::ErrorKind;
use skm::dialect::{CodeTable, Dialect};
use skm::interfaces::qr::QrText;
use skm_sandbox::{Options, Sandbox, StartError};
use support::{NOW, World, encrypt_with, frozen, md5_hex, pkcs7};

/// The built-in dialect with some lines replaced.
fn variant(changes: &[(&str, &str)]) -> Options {
    let mut source = Dialect::built_in_source().to_owned();
    for (from, to) in changes {
        assert!(source.contains(from), "{from}");
        source = source.replacen(from, to, 1);
    }
    let dialect = Dialect::parse("variant", &source).map_err(|error| error.to_string()).unwrap();
    Options { dialect: Arc::new(dialect), dialect_name: "variant.toml".to_owned(), ..frozen() }
}

fn five(world: &World, time: &str) -> [(&'static str, String); 5] {
    let (appmark, appword) = (world.given("user_token", "appmark"), world.given("user_token", "appword"));
    [
        ("appmark", appmark.to_owned()),
        ("time", time.to_owned()),
        ("sign", md5_hex(format!("{appmark}{appword}{time}").as_bytes())),
        ("servicename", "otherService".to_owned()),
        ("params", support::params_text(&world.params(0))),
    ]
}

#[test]
fn interface_1_by_query_and_by_json() {
    let common = [
        ("servicename = \"generateUserToken\"", "servicename = \"otherService\""),
        ("time_format = \"%Y%m%d%H%M%S\"", "time_format = \"epoch-ms\""),
        ("path = \"/jsjis/gateway/interface.do\"", "path = \"/gateway\""),
    ];
    let time = format!("{NOW}000");

    let query = World::with(variant(&[&common[..], &[("method = \"form\"", "method = \"query\"")]].concat()));
    let pairs = form_urlencoded::Serializer::new(String::new()).extend_pairs(five(&query, &time)).finish();
    assert_eq!(query.get(&format!("/gateway?{pairs}")).json()["retcode"], "000000");
    assert_eq!(query.send("POST", "/gateway", &[], pairs.as_bytes()).header("allow"), Some("GET"));
    assert_eq!(query.get("/jsjis/gateway/interface.do").status, 404);
    let seconds = form_urlencoded::Serializer::new(String::new()).extend_pairs(five(&query, &NOW.to_string())).finish();
    assert_ne!(query.get(&format!("/gateway?{seconds}")).json()["retcode"], "000000");

    let by_json = World::with(variant(&[&common[..], &[("method = \"form\"", "method = \"json\"")]].concat()));
    let mut object: serde_json::Map<String, Value> =
        five(&by_json, &time).into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
    let rows = five(&by_json, &time).map(|(key, _)| key);
    let text = support::in_order(&Value::Object(object.clone()), &rows);
    let sent = by_json.send("POST", "/gateway", &[("Content-Type", "application/json")], text.as_bytes());
    assert_eq!(sent.json()["retcode"], "000000");
    let by_name = by_json.post("/gateway", Value::Object(object.clone())).json();
    assert!(by_name["msg"].as_str().unwrap().contains("servicename stands in the wrong place"), "{by_name}");
    object["params"] = by_json.params(0);
    assert_eq!(by_json.post("/gateway", Value::Object(object)).json()["retcode"], "203");
}

#[test]
fn interface_4_with_sm4_json_auth_and_hex_keys() {
    let world = World::with(variant(&[
        ("cipher = \"aes-128-ecb\"", "cipher = \"sm4-ecb\""),
        ("auth_form = \"bare\"", "auth_form = \"json\""),
        ("key_encoding = \"base64\"", "key_encoding = \"hex\""),
        ("auth_header = \"auth\"", "auth_header = \"x-unit\""),
    ]));
    assert_eq!(world.config["dialect"].as_str(), Some("variant.toml"));
    let key = |name: &str| u128::from_str_radix(world.given("id", name), 16).unwrap().to_be_bytes();
    let seal = |key: [u8; 16], text: String| {
        STANDARD.encode(encrypt_with(&sm4::Sm4::new(&key.into()), &pkcs7(text.as_bytes())))
    };
    let person = &world.sandbox.people()[0];
    let account = world.given("id", "account");
    let body = seal(key("body_key"), support::id_text(&json!({"userid": person.number, "name": person.name})));
    let call = |auth: &str| {
        let headers = [("Content-Type", "text/plain"), ("x-unit", auth)];
        world.send("POST", "/skm_public/member/get", &headers, body.as_bytes()).json()
    };
    assert_eq!(call(&seal(key("auth_key"), json!({"userid": account}).to_string()))["code"], 200);
    let bare = call(&seal(key("auth_key"), account.to_owned()));
    assert_eq!(bare["code"], 401);
    assert!(bare["message"].as_str().unwrap().contains("wrong form"));
    let aes = call(&support::seal(&key("auth_key"), json!({"userid": account}).to_string().as_bytes()));
    assert!(aes["message"].as_str().unwrap().contains("aes-128-ecb was used, sm4-ecb is needed"), "{aes}");
}

/// What the client of an edition reads: the code of an answer becomes this error.
fn meaning(codes: &CodeTable, code: &Value) -> ErrorKind {
    codes.refusal(code.as_str().unwrap_or(&code.to_string()), None).kind()
}

#[test]
fn qr_rules_codes_and_level_words_are_the_dialects() {
    let options = variant(&[
        ("green = [\"green\", \"1\"]", "green = [\"绿\", \"A\"]"),
        ("success = \"0\"", "success = \"0000\""),
        ("success = \"200\"", "success = \"OK\""),
        ("code_key = \"qrCode=\"", "code_key = \"healthCode=\""),
        ("ending = \"result\"", "ending = \"done\""),
        ("111 = {", "E11 = {"),
        ("404 = {", "\"10\" = {"),
        ("401 = { error = \"no_access\"", "401 = { error = \"busy\""),
        ("skew_codes = [\"202\", \"203\"]", "skew_codes = [\"S9\"]"),
    ]);
    let dialect = Arc::clone(&options.dialect);
    let world = World::with(options);
    let person = world.sandbox.people()[0].clone();

    let text = world.qr(0);
    assert!(text.contains("?healthCode=V5") && text.ends_with("#/done"), "{text}");
    assert!(QrText::parse(&text, &dialect.qr).is_ok());
    let answer = world.scan(&text).json();
    assert_eq!((&answer["resCode"], &answer["res"]["level"]), (&json!("0000"), &json!("绿")), "{answer}");
    let echo = world.post("/_sandbox/echo/scan", json!({})).json();
    assert_eq!((&echo["resCode"], &echo["res"]["level"]), (&json!("0000"), &json!("绿")), "{echo}");

    let answer = world.id_of(0).json();
    assert_eq!(answer["code"], "OK");
    let echo = world.post("/_sandbox/echo/id", json!({})).json();
    assert_eq!(echo["code"], "OK");
    for answer in [&answer, &echo] {
        let inner = world.open(answer["data"].as_str().unwrap());
        assert_eq!((&inner["levelData"], &inner["userid"]), (&json!("绿"), &json!(person.number)));
    }

    // A refusal is said with a code that means the same here.
    let replaced = text.replace("healthCode=V5", "healthCode=V2");
    assert_eq!(world.scan(&replaced).json()["resCode"], "E11");
    let foreign = world.scan(&text.replace("#/done", "#/result")).json();
    assert_eq!(foreign["resCode"], 112);
    assert!(foreign["resMessage"].as_str().unwrap().contains("does not end with done"));
    assert_eq!(world.id(json!({"userid": "990000190001010016", "name": "无名氏"})).json()["code"], 10);
    let refused = world.id_raw("bm9ib2R5", "").json();
    assert_eq!(meaning(&dialect.id.codes, &refused["code"]), ErrorKind::NoAccess, "{refused}");
    let late = world
        .token_call("20200101000000", &world.sign("20200101000000"), &support::params_text(&world.params(0)))
        .json();
    assert_eq!(late["retcode"], "S9", "{late}");

    let magic = world.get("/_sandbox/magic").json();
    let by_magic = &magic["verify_scan"]["qr_text"];
    assert!(by_magic.get("111").is_none() && by_magic["112"].as_str().unwrap().contains("healthCode="), "{magic}");
    assert_eq!(world.scan(by_magic["112"].as_str().unwrap()).json()["resCode"], 112);
}

#[test]
fn a_refusal_never_has_the_code_of_a_success() {
    let world = World::with(variant(&[("success = \"0\"", "success = \"1\""), ("\n1 = {", "\n2 = {")]));
    assert_eq!(world.scan(&world.qr(0)).json()["resCode"], 1);
    let wrong = world.scan_with(&world.qr(0), "position", "here").json();
    assert_eq!((&wrong["resCode"], wrong.get("res")), (&json!(2), None), "{wrong}");

    let nothing_listed = World::with(variant(&[
        ("success = \"0\"", "success = \"1\""),
        ("\n1 = {", "\n5 = {"),
        ("error = \"refused\", en = \"request failed\"", "error = \"busy\", en = \"request failed\""),
    ]));
    let wrong = nothing_listed.scan_with(&nothing_listed.qr(0), "position", "here").json();
    assert_eq!(wrong["resCode"], 2, "{wrong}");
}

#[test]
fn the_built_in_edition_keeps_its_numbers() {
    let world = World::start();
    for (interface, name, codes) in [
        ("issue_user_token", "mobile", &["201", "202", "203", "204", "207", "209", "299"][..]),
        ("verify_scan", "qr_text", &["1", "111", "112", "116", "118", "119"]),
        ("verify_id", "userid", &["400", "401", "403", "404", "429", "500"]),
    ] {
        let magic = world.get("/_sandbox/magic").json();
        assert_eq!(magic[interface][name].as_object().unwrap().keys().collect::<Vec<_>>(), codes);
    }
    assert_eq!(world.id_raw("bm9ib2R5", "").json()["code"], 401);
}

#[test]
fn paths_that_cannot_be_told_apart_are_refused() {
    for path in ["/jkm/scanJsJkm", "/_sandbox/reset", "/h5/page.js", "/a/{b}"] {
        let options = variant(&[("path = \"/jkmIndex.html\"", &format!("path = \"{path}\""))]);
        assert!(
            matches!(Sandbox::start(options), Err(StartError::Path(named)) if named == path || path == "/jkm/scanJsJkm")
        );
    }
}
