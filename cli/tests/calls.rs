//! The four calls: the JSON contract, exit codes of verdicts, values from standard input.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::Bench;
use serde_json::Value;
use skm_sandbox::{Fault, Interface, Kind, Level, Options};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn token_and_display_hand_over_to_each_other() {
    let bench = Bench::new();
    let green = bench.person(Level::Green);
    let ask = ["token", "--name", &green.name, "--number", &green.number, "--mobile", &green.mobile, "--consent", "n"];
    let (code, token) = bench.json(&ask);
    assert_eq!(code, 0);
    assert_eq!(keys(&token), ["attempts", "elapsed_ms", "ok", "token", "uuid", "v"]);
    assert_eq!(token["ok"], true);
    let (secret, uuid) = (token["token"].as_str().unwrap(), token["uuid"].as_str().unwrap());

    let (code, page) = bench.json(&["display", "--token", secret, "--uuid", uuid]);
    assert_eq!(code, 0);
    assert_eq!(keys(&page), ["ok", "url"]);
    let expected = format!("{}/jkmIndex.html?token={secret}&uuid={uuid}", bench.sandbox.base_url());
    assert_eq!(page["url"], expected);

    let (_, page) = bench.json(&["display", "--token", secret]);
    assert!(!page["url"].as_str().unwrap().contains("uuid"));
    let shown = bench.run(&["display", "--token", secret, "--uuid", uuid, "--show"]);
    assert_eq!(shown.stdout.trim_end(), expected);
}

#[test]
fn scan_gives_every_level_its_exit_code() {
    let bench = Bench::new();
    for (level, exit, verdict) in [
        (Level::Green, 0, "green"),
        (Level::Yellow, 10, "yellow"),
        (Level::Red, 11, "red"),
        (Level::Unknown, 12, "unverified"),
    ] {
        let (code, answer) = bench.json(&["scan", "--qr", &bench.qr(level), "--consent", "n"]);
        assert_eq!((code, &answer["verdict"]), (exit, &Value::from(verdict)));
        assert_eq!(answer["ok"], true);
        assert_eq!(answer["level"], level.word());
        assert_eq!(
            keys(&answer),
            [
                "attempts",
                "elapsed_ms",
                "extra",
                "green",
                "id_number_masked",
                "level",
                "name",
                "ok",
                "phone",
                "qr_code",
                "tip",
                "v",
                "verdict"
            ]
        );
        assert!(answer["extra"].is_object());
        assert!(answer["id_number_masked"].as_str().unwrap().contains('*'));
        assert_eq!(answer["green"], verdict == "green");
        assert_eq!(bench.run(&["scan", "--qr", &bench.qr(level), "--consent", "n"]).code, exit);
    }
}

#[test]
fn id_gives_every_level_its_exit_code() {
    let bench = Bench::new();
    for (level, exit, verdict) in [
        (Level::Green, 0, "green"),
        (Level::Yellow, 10, "yellow"),
        (Level::Red, 11, "red"),
        (Level::Unknown, 12, "unverified"),
    ] {
        let person = bench.person(level);
        let ask = ["id", "--number", &person.number, "--name", &person.name, "--consent", "n"];
        let (code, answer) = bench.json(&ask);
        assert_eq!((code, &answer["verdict"]), (exit, &Value::from(verdict)));
        assert_eq!((&answer["number"], &answer["name"]), (&Value::from(person.number), &Value::from(person.name)));
        assert_eq!(
            keys(&answer),
            [
                "attempts",
                "elapsed_ms",
                "extra",
                "green",
                "level",
                "name",
                "number",
                "ok",
                "reason",
                "travel",
                "v",
                "verdict"
            ]
        );
        assert_eq!(answer["green"], verdict == "green");
    }
}

/// A tip, a travel record or a reason may name somebody: no rule can tell.
#[test]
fn the_platforms_words_reach_the_terminal_only_when_asked_for() {
    let bench = Bench::new();
    bench.write(
        "people.toml",
        "[[person]]\nname = \"加一人\"\nnumber = \"320000198506304142\"\nmobile = \"17700000001\"\n\
        level = \"red\"\ntravel = \"与王小明同行,电话138,0000,1234\"\nreason = \"王小明的密接\"\n",
    );
    let options = Options { people: vec![bench.path("people.toml")], ..Options::on_free_port() };
    let bench = Bench::with(options);
    let ask = ["id", "--number", "320000198506304142", "--name", "加一人", "--consent", "n"];
    let told = bench.run(&ask);
    assert_eq!(told.code, 11);
    assert!(
        !told.all().contains("王小明") && told.stdout.contains("a text of 22 characters; --show"),
        "{}",
        told.stdout
    );
    assert!(told.stdout.contains("a text of 6 characters"), "{}", told.stdout);
    let shown = bench.run(&[&ask[..], &["--show"]].concat()).stdout;
    assert!(shown.contains("与王小明同行,电话***") && shown.contains("王小明的密接"), "{shown}");

    let scan = |more: &[&str]| bench.run(&[&["scan", "--qr", &bench.qr(Level::Red), "--consent", "n"], more].concat());
    let told = scan(&[]);
    assert!(!told.all().contains("红色:") && told.stdout.contains("tip 提示"), "{}", told.stdout);
    assert!(scan(&["--show"]).stdout.contains("红色:"));
}

#[test]
fn an_unknown_level_word_is_unverified_and_not_an_error() {
    let bench = Bench::new();
    bench.sandbox.add_fault(Fault::new(Interface::VerifyScan, Kind::StrangeLevel)).unwrap();
    let (code, answer) = bench.json(&["scan", "--qr", &bench.qr(Level::Green), "--consent", "n"]);
    assert_eq!((code, &answer["verdict"], &answer["level"]), (12, &Value::from("unverified"), &Value::from("unknown")));
}

#[test]
fn a_failed_scan_has_the_error_of_the_contract() {
    let bench = Bench::new();
    let expired = "https://x.invalid/index.html?qrCode=V500000000000000000000000000000111320000&b=AA#/result";
    let (code, answer) = bench.json(&["scan", "--qr", expired, "--consent", "n"]);
    assert_eq!(code, 5);
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["verdict"], "unverified");
    let error = &answer["error"];
    assert_eq!((&error["number"], &error["name"]), (&Value::from(510), &Value::from("qr_expired")));
    assert_eq!((&error["platform_code"], &error["retryable"]), (&Value::from("111"), &Value::from(false)));
}

#[test]
fn each_dash_reads_the_next_line_in_the_order_of_the_options() {
    let bench = Bench::new();
    let green = bench.person(Level::Green);
    let lines = format!("\u{feff}{}\r\n{}\r\n{}\nnotice 7", green.name, green.number, green.mobile);
    // Given in another order than the help's: the help's order counts.
    let ask = ["token", "--consent", "-", "--mobile", "-", "--number", "-", "--name", "-"];
    let (code, token) = bench.json_with(&ask, &lines);
    assert_eq!(code, 0, "{token}");

    let lines = format!("skm.toml\n{}\n{}\n", token["token"].as_str().unwrap(), token["uuid"].as_str().unwrap());
    let (code, page) = bench.json_with(&["display", "--config", "-", "--token", "-", "--uuid", "-"], lines);
    assert_eq!(code, 0, "{page}");

    let (code, _) = bench.json_with(&["scan", "--qr", "-", "--consent", "n"], format!("{}\r\n", bench.qr(Level::Red)));
    assert_eq!(code, 11);
    let scan = format!("{}\nnotice\n江苏省,南京市,玄武区,示范路2号\n", bench.qr(Level::Green));
    let (code, _) = bench.json_with(&["scan", "--position", "-", "--qr", "-", "--consent", "-"], scan);
    assert_eq!(code, 0);

    let lines = format!("{}\n{}\n", green.number, green.name);
    let (code, answer) = bench.json_with(&["id", "--name", "-", "--number", "-", "--consent", "n"], lines);
    assert_eq!(code, 0, "{answer}");
}

#[test]
fn standard_input_that_ends_early_or_is_gbk_is_told() {
    let bench = Bench::new();
    let ask = ["id", "--number", "-", "--name", "-", "--consent", "n"];
    let (code, answer) = bench.json_with(&ask, "990000190001010016\n");
    assert_eq!((code, &answer["error"]["name"]), (6, &Value::from("input_invalid")));
    assert!(answer["error"]["message"].as_str().unwrap().starts_with("--name is -"));
    let (code, answer) = bench.json_with(&ask, b"990000190001010016\n\xd5\xc5\xc8\xfd\n");
    assert_eq!((code, &answer["error"]["name"]), (6, &Value::from("input_encoding")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("GBK"));
}

#[test]
fn the_configuration_may_come_from_the_environment() {
    let bench = Bench::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = common::command(elsewhere.path());
    command.env("SKM_CONFIG", bench.path("skm.toml")).args(["scan", "--qr", &bench.qr(Level::Green), "--consent", "n"]);
    assert_eq!(common::finish(command.spawn().unwrap()).code, 0);
}
