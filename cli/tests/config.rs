//! `skm config`: the template, the questions, the check.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::Bench;
use serde_json::Value;

#[test]
fn init_writes_a_private_file_once() {
    let bench = Bench::new();
    let (code, written) = bench.json(&["config", "init", "new.toml"]);
    assert_eq!((code, &written["file"]), (0, &Value::from("new.toml")));
    let config = skm::Config::load(bench.path("new.toml")).unwrap();
    assert!(config.urls().is_empty(), "everything is commented out");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(bench.path("new.toml")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    bench.write("new.toml", "mine");
    let (code, answer) = bench.json(&["config", "init", "new.toml"]);
    assert_eq!(code, 2);
    assert!(answer["error"]["message"].as_str().unwrap().contains("--force"));
    assert_eq!(std::fs::read_to_string(bench.path("new.toml")).unwrap(), "mine");
    assert_eq!(bench.json(&["config", "init", "new.toml", "--force"]).0, 0);
    assert_eq!(bench.json(&["config", "init", "no/such/folder.toml"]).0, 3);
}

/// What a person of this unit would type, in the order of the questions.
fn answers(bench: &Bench) -> String {
    let keys = [
        "user_token.url",
        "user_token.appmark",
        "user_token.appword",
        "",
        "display.url",
        "scan.url",
        "scan.source",
        "scan.token",
        "scan.position",
        "scan.verifier_dept",
        "scan.verifier_name",
        "scan.verifier_phone",
        "id.url",
        "id.account",
        "id.auth_key",
        "id.body_key",
        "id.organize_location",
        "",
    ];
    keys.iter().map(|key| if key.is_empty() { "\n".to_owned() } else { format!("{}\n", bench.value(key)) }).collect()
}

#[test]
fn init_asks_and_what_it_writes_works() {
    let bench = Bench::new();
    let run = bench.run_with(&["config", "init", "asked.toml", "--ask"], answers(&bench));
    assert_eq!(run.code, 0, "{}", run.all());
    for key in ["user_token.appword", "scan.token", "id.auth_key", "id.body_key"] {
        assert!(!run.all().contains(&bench.value(key)), "{key} is not echoed");
    }
    assert_eq!(bench.run(&["doctor", "--config", "asked.toml"]).code, 0);

    let only_display = format!("\n{}\n\n\n", bench.value("display.url"));
    let run = bench.run_with(&["config", "init", "page.toml", "--ask"], only_display);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(skm::Config::load(bench.path("page.toml")).unwrap().urls().len(), 1);
}

#[test]
fn a_wrong_answer_is_told_and_nothing_is_written() {
    let bench = Bench::new();
    let wrong = answers(&bench).replace(&bench.value("id.body_key"), "c2hvcnQ=");
    let run = bench.run_with(&["config", "init", "asked.toml", "--ask"], wrong);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("body_key") && !run.stderr.contains("c2hvcnQ="), "{}", run.stderr);
    assert!(!bench.path("asked.toml").exists());
}

#[test]
fn check_says_what_is_configured_without_a_call() {
    let bench = Bench::new();
    let (code, checked) = bench.json(&["config", "check"]);
    assert_eq!((code, &checked["ok"]), (0, &Value::from(true)));
    let interfaces = checked["interfaces"].as_array().unwrap();
    assert!(interfaces.len() == 4 && interfaces.iter().all(|it| it["platform"] == bench.sandbox.base_url()));
    assert!(bench.sandbox.journal().is_empty());
    bench.change("[id]", "[identity]");
    let (code, answer) = bench.json(&["config", "check"]);
    assert_eq!(code, 3);
    assert!(answer["error"]["message"].as_str().unwrap().contains("skm.toml"), "{answer}");
}
