//! `skm audit`: a log written by the command itself, checked, exported, erased.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::Bench;
use skm_sandbox::Level;

/// A folder whose log holds a scan, a number and a refused call.
fn bench() -> (Bench, String) {
    let bench = Bench::new();
    bench.write("skm.toml", format!("{}\n[audit]\nfile = \"audit.jsonl\"\n", bench.sandbox.config_toml()));
    let someone = bench.person(Level::Green);
    let scan = bench.run_with(&["scan", "--qr", "-", "--consent", "=notice A-12"], bench.qr(Level::Green));
    assert_eq!(scan.code, 0, "{}", scan.all());
    let lines = format!("{}\n{}\n", &*someone.number, &*someone.name);
    assert_eq!(bench.run_with(&["id", "--number", "-", "--name", "-", "--consent", "n-1"], &lines).code, 0);
    assert_eq!(bench.run(&["id", "--number", "1", "--name", "a", "--consent", "n-2"]).code, 6);
    (bench, someone.number.to_string())
}

#[test]
fn verify_says_sound_and_then_what_was_done() {
    let (bench, _) = bench();
    let (code, json) = bench.json(&["audit", "verify"]);
    assert_eq!((code, &json["ok"], &json["records"]), (0, &true.into(), &3.into()));
    let anchor = bench.run(&["audit", "head"]);
    assert_eq!(anchor.code, 0);
    assert!(anchor.stdout.starts_with("3:") && anchor.stdout.trim().len() == 66, "{}", anchor.stdout);
    assert_eq!(bench.run(&["audit", "verify", "--anchor", anchor.stdout.trim()]).code, 0);

    let log = std::fs::read_to_string(bench.path("audit.jsonl")).unwrap();
    std::fs::write(bench.path("audit.jsonl"), log.replace("\"outcome\":\"input_invalid\"", "\"outcome\":\"green\""))
        .unwrap();
    let (code, json) = bench.json(&["audit", "verify"]);
    assert_eq!((code, &json["error"]["name"]), (9, &"audit_failed".into()));
    let finding = &json["findings"][0];
    assert_eq!((&finding["kind"], &finding["line"], &finding["first"]), (&"edited".into(), &3.into(), &3.into()));
    let run = bench.run(&["audit", "verify"]);
    assert_eq!(run.code, 9);
    assert!(run.stdout.contains("audit.jsonl:3: record 3 was edited") && run.stdout.contains("第 3 条记录被篡改"));
    assert_eq!(bench.run(&["audit", "export"]).code, 9);
}

#[test]
fn a_log_that_cannot_be_read_is_not_one_that_was_tampered_with() {
    let (bench, _) = bench();
    std::fs::remove_file(bench.path("audit.jsonl")).unwrap();
    std::fs::create_dir(bench.path("audit.jsonl")).unwrap();
    for command in ["verify", "export"] {
        let output = if command == "export" { &["--output", "out.jsonl"][..] } else { &[] };
        let (code, json) = bench.json(&[&["audit", command], output].concat());
        let error = &json["error"];
        assert_eq!((code, &error["name"], &error["number"]), (7, &"audit_unreadable".into(), &601.into()), "{json}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("cannot be read") && message.contains("audit.jsonl"), "{message}");
        assert!(json.get("findings").is_none());
        assert_eq!(json["verdict"], "unverified");
    }
    // A head that cannot be read.
    std::fs::remove_file(bench.path("audit.jsonl.head")).unwrap();
    std::fs::create_dir(bench.path("audit.jsonl.head")).unwrap();
    assert_eq!(bench.json(&["audit", "head"]).0, 7);
}

#[test]
fn reading_says_up_to_which_record_and_makes_nothing() {
    let (bench, _) = bench();
    std::fs::remove_file(bench.path("audit.jsonl.lock")).unwrap();
    let (code, json) = bench.json(&["audit", "verify"]);
    assert_eq!((code, &json["records"], &json["through"]), (0, &3.into(), &3.into()));
    assert!(bench.run(&["audit", "verify"]).stdout.contains("up to record 3"));
    let (_, json) = bench.json(&["audit", "export", "--output", "out.jsonl"]);
    assert_eq!((&json["records"], &json["through"]), (&3.into(), &3.into()));
    assert!(bench.run(&["audit", "head"]).stdout.starts_with("3:"));
    assert!(!bench.path("audit.jsonl.lock").exists());
}

#[test]
fn export_in_both_formats() {
    let (bench, number) = bench();
    let lines = bench.run(&["audit", "export"]);
    assert_eq!((lines.code, lines.stdout.lines().count()), (0, 3));
    let first: serde_json::Value = serde_json::from_str(lines.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&first["n"], &first["outcome"]), (&1.into(), &"green".into()));

    let (code, json) = bench.json(&["audit", "export", "--format", "csv", "--output", "out.csv"]);
    assert_eq!((code, &json["records"]), (0, &3.into()));
    let mut sheet = csv::Reader::from_path(bench.path("out.csv")).unwrap();
    let head = sheet.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = sheet.records().map(Result::unwrap).collect();
    let at = |row: usize, name: &str| rows[row].get(head.iter().position(|column| column == name).unwrap()).unwrap();
    assert_eq!((at(0, "notice"), at(1, "interface"), at(2, "error")), ("'=notice A-12", "verify_id", "200"));
    assert!(at(1, "subject").starts_with("sha256:"));
    assert!(!std::fs::read_to_string(bench.path("out.csv")).unwrap().contains(&number));
    // Nothing is overwritten, and one object has one place.
    assert_eq!(bench.run(&["audit", "export", "--output", "out.csv"]).code, 6);
    assert_eq!(bench.json(&["audit", "export"]).0, 2);
}

#[test]
fn erase_by_number_and_by_code() {
    let (bench, number) = bench();
    let (code, json) = bench.json_with(&["audit", "erase", "--subject", "-"], &number);
    assert_eq!((code, &json["records"], &json["files"]), (0, &1.into(), &1.into()));
    // Another moment's text of the same code.
    let code_text = bench.qr(Level::Green);
    assert_eq!(bench.json_with(&["audit", "erase", "--subject", "-"], code_text).1["records"], 1);
    assert_eq!(bench.json_with(&["audit", "erase", "--subject", "-"], "张三").0, 6);
    let (code, json) = bench.json(&["audit", "verify"]);
    assert_eq!((code, &json["records"]), (0, &3.into()));
    assert!(bench.run(&["audit", "export"]).stdout.contains("\"erased\":"));
}

#[test]
fn without_a_log_the_command_says_what_to_do() {
    let bench = Bench::new();
    let (code, json) = bench.json(&["audit", "verify"]);
    assert_eq!((code, &json["error"]["name"]), (3, &"config_missing".into()));
    bench.write("skm.toml", format!("{}\n[audit]\nfile = \"audit.jsonl\"\n", bench.sandbox.config_toml()));
    let (code, json) = bench.json(&["audit", "verify"]);
    assert_eq!((code, &json["error"]["name"]), (3, &"key_invalid".into()));
    assert!(!bench.path("audit.jsonl.key").exists(), "checking makes no key");
}

#[test]
fn a_log_that_was_wholly_deleted_is_told_by_an_anchor() {
    let bench = Bench::new();
    let audit = format!("[audit]\nfile = \"audit.jsonl\"\nkey = \"{}\"\n", "5a".repeat(32));
    bench.write("skm.toml", format!("{}\n{audit}", bench.sandbox.config_toml()));
    assert_eq!(bench.run(&["id", "--number", "1", "--name", "a", "--consent", "n-2"]).code, 6);
    let anchor = bench.run(&["audit", "head"]).stdout;
    for ending in ["", ".head", ".lock"] {
        std::fs::remove_file(bench.path(&format!("audit.jsonl{ending}"))).unwrap();
    }
    assert_eq!(bench.json(&["audit", "verify"]).0, 3);
    let (code, json) = bench.json(&["audit", "verify", "--anchor", anchor.trim()]);
    assert_eq!((code, &json["error"]["name"]), (9, &"audit_failed".into()));
    let finding = &json["findings"][0];
    assert_eq!((&finding["kind"], &finding["first"], &finding["last"]), (&"truncated".into(), &1.into(), &1.into()));
}
