//! A platform edition with other choices: what the dialect says is what the sandbox takes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::sync::Arc;

use aes::cipher::KeyInit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use skm::dialect::Dialect;
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
        ("params", world.params(0).to_string()),
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
    let object: serde_json::Map<String, Value> =
        five(&by_json, &time).into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
    assert_eq!(by_json.post("/gateway", Value::Object(object.clone())).json()["retcode"], "000000");
    let mut object = object;
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
    let body = seal(key("body_key"), json!({"userid": person.number, "name": person.name}).to_string());
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

#[test]
fn paths_that_cannot_be_told_apart_are_refused() {
    for path in ["/jkm/scanJsJkm", "/_sandbox/reset", "/h5/page.js", "/a/{b}"] {
        let options = variant(&[("path = \"/jkmIndex.html\"", &format!("path = \"{path}\""))]);
        assert!(
            matches!(Sandbox::start(options), Err(StartError::Path(named)) if named == path || path == "/jkm/scanJsJkm")
        );
    }
}
