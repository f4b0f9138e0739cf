//! The JSON contract (section 13 of the specification) against the sandbox: what is asked, what is answered, what is
//! refused.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/platform.rs"]
#[allow(dead_code, reason = "requests are made as JSON here")]
mod platform;

use platform::{client, person, start};
use serde_json::{Value, json};
use skm::{Client, Interface};
use skm_sandbox::{Level, Sandbox};

fn ask(client: &Client, request: &Value) -> Value {
    serde_json::from_slice(&skm::json::call(client, request.to_string().as_bytes())).unwrap()
}

fn consent() -> Value {
    json!({"kind": "explicit", "notice": "A-12", "given_at": "2026-11-28T09:00:00+08:00"})
}

fn about(sandbox: &Sandbox, level: Level) -> Value {
    let someone = person(sandbox, level);
    json!({"call": "verify_id", "number": someone.number, "name": someone.name, "consent": consent()})
}

fn with(mut request: Value, member: &str, value: Value) -> Value {
    request[member] = value;
    request
}

#[test]
fn all_four_calls_and_every_level() {
    let sandbox = start();
    let client = client(&sandbox, "");
    for (level, verdict) in
        [(Level::Green, "green"), (Level::Yellow, "yellow"), (Level::Red, "red"), (Level::Unknown, "unverified")]
    {
        let someone = person(&sandbox, level);
        let qr_text = sandbox.fresh_qr(&someone.number).unwrap();
        let scan = json!({"call": "verify_scan", "qr_text": qr_text, "consent": consent(), "deadline_ms": 4000});
        for request in [about(&sandbox, level), scan] {
            let answer = ask(&client, &request);
            assert_eq!(answer["ok"], true, "{answer}");
            assert_eq!(answer["green"], verdict == "green");
            assert_eq!(answer["verdict"], verdict);
            assert!(answer["level"].is_string() && answer["attempts"] == 1 && answer["elapsed_ms"].is_u64());
            assert!(answer["extra"].is_object() && answer.get("error").is_none());
        }
        let answer = ask(&client, &about(&sandbox, level));
        assert_eq!((&answer["number"], &answer["name"]), (&json!(someone.number), &json!(someone.name)));
        assert!(answer.as_object().unwrap().contains_key("travel"), "missing values are null: {answer}");
    }
    let someone = person(&sandbox, Level::Green);
    let issued = ask(
        &client,
        &json!({"call": "issue_user_token", "name": someone.name, "number": someone.number, "mobile": someone.mobile,
            "papers_type": 1, "lift_15": false, "consent": consent()}),
    );
    assert_eq!(issued["ok"], true, "{issued}");
    assert!(issued.get("green").is_none(), "a token is no verdict");
    let page = json!({"call": "display_url", "token": issued["token"], "uuid": issued["uuid"]});
    let url = ask(&client, &page)["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&sandbox.base_url()) && url.contains("token="));
}

#[test]
fn what_cannot_be_asked_is_named_and_never_green() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let good = || about(&sandbox, Level::Green);
    for (request, name, field) in [
        (json!({}), "input_invalid", json!("call")),
        (with(good(), "call", json!("verify")), "input_invalid", json!("call")),
        (with(good(), "call", json!(4)), "input_invalid", json!("call")),
        (with(good(), "number", json!(12.5)), "input_invalid", json!("number")),
        (with(good(), "number", Value::Null), "input_invalid", json!("number")),
        (with(good(), "name", json!("")), "input_invalid", json!("name")),
        (with(good(), "lift_15", json!("yes")), "input_invalid", json!("lift_15")),
        (with(good(), "deadline_ms", json!(0)), "input_invalid", json!("deadline")),
        (with(good(), "deadline_ms", json!("soon")), "input_invalid", json!("deadline")),
        (with(good(), "v", json!(2)), "input_invalid", json!("v")),
        (with(good(), "consent", Value::Null), "consent_missing", Value::Null),
        (with(good(), "consent", json!({"kind": "explicit"})), "consent_missing", Value::Null),
        (with(good(), "consent", json!({"kind": "assumed", "notice": "A"})), "input_invalid", json!("consent")),
        (with(good(), "consent", json!({"notice": "A", "given_at": "today"})), "input_invalid", json!("consent")),
        (with(good(), "consent", json!({"notice": "A", "by": "me"})), "input_invalid", json!("consent")),
        (with(good(), "userid", json!("1")), "input_invalid", json!("userid")),
        (with(good(), "show_platform_text", json!(1)), "input_invalid", json!("show_platform_text")),
    ] {
        let answer = ask(&client, &request);
        assert_eq!(answer["ok"], false, "{request}");
        assert_eq!((&answer["green"], &answer["verdict"]), (&json!(false), &json!("unverified")));
        assert_eq!(
            (&answer["error"]["name"], &answer["error"]["field"]),
            (&json!(name), &field),
            "{request}: {answer}"
        );
    }
    for text in ["", "[]", "{", "null", "{\"call\":\"verify_id\",\"call\":\"verify_id\"}", "\u{feff}"] {
        let answer: Value = serde_json::from_slice(&skm::json::call(&client, text.as_bytes())).unwrap();
        assert_eq!((&answer["ok"], &answer["green"]), (&json!(false), &json!(false)), "{text:?}");
        assert_eq!(answer["error"]["name"], "input_invalid");
    }
    assert!(sandbox.journal().is_empty(), "nothing of this was sent");
}

#[test]
fn the_interface_may_come_from_elsewhere_but_not_be_contradicted() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let mut request = about(&sandbox, Level::Green);
    let by = |interface, request: &Value| -> Value {
        let answer = skm::json::call_interface(&client, interface, request.to_string().as_bytes());
        serde_json::from_slice(&answer).unwrap()
    };
    assert_eq!(by(Interface::Id, &request)["green"], true);
    assert_eq!(by(Interface::Scan, &request)["error"]["field"], "call");
    request.as_object_mut().unwrap().remove("call");
    assert_eq!(by(Interface::Id, &request)["green"], true);
}

#[test]
fn a_refusal_says_who_must_act_and_keeps_the_platforms_text_back() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let nobody = json!({"call": "verify_id", "number": "320000198506304142", "name": "查无此人", "consent": consent()});
    let answer = ask(&client, &nobody);
    let error = &answer["error"];
    assert_eq!((&error["name"], &error["owner"]), (&json!("person_not_found"), &json!("person")));
    assert_eq!((&error["number"], &error["platform_code"]), (&json!(514), &json!("404")));
    assert!(error.get("platform_text").is_none());
    let shown = ask(&client, &with(nobody, "show_platform_text", json!(true)));
    assert!(shown["error"]["platform_text"].is_string(), "{shown}");
}
