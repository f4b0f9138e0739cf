//! Exit codes of every group, the one JSON object of every failure, and what must never be printed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Bench, NOBODY};
use serde_json::Value;
use skm_sandbox::{ClockSetting, Fault, Interface, Kind, Level, Options};

fn id(bench: &Bench) -> (i32, Value) {
    let green = bench.person(Level::Green);
    bench.json(&["id", "--number", &green.number, "--name", &green.name, "--consent", "n"])
}

fn expect((code, answer): (i32, Value), exit: i32, name: &str) {
    assert_eq!((code, answer["error"]["name"].as_str().unwrap()), (exit, name), "{answer}");
    assert_eq!(answer["ok"], false);
}

#[test]
fn usage_is_2() {
    let bench = Bench::new();
    for arguments in [
        &["scan", "--consent", "n"][..],
        &["scan", "--qr", "x"],
        &["id", "--number", "1", "--name", "n", "--consent", "n", "--unknown"],
        &["nothing"],
        &["scan", "--qr", "x", "--consent", "n", "--consent-kind", "none"],
        &["scan", "--qr", "x", "--consent", "n", "--deadline", "0"],
        &["config"],
        &[],
    ] {
        expect(bench.json(arguments), 2, "input_invalid");
        let run = bench.run(arguments);
        assert_eq!(run.code, 2);
        assert_eq!(run.stdout, "");
        assert!(run.stderr.contains("help"), "{}", run.stderr);
    }
    assert_eq!(bench.run(&["--help"]).code, 0);
    assert_eq!(bench.run(&["token", "--help"]).code, 0);
    assert_eq!(
        bench.run(&["--help", "--json"]).stdout,
        bench.run(&["--help"]).stdout,
        "help is a text, also with --json"
    );
    assert_eq!(bench.run(&["--version"]).stdout.trim_end(), concat!("skm ", env!("CARGO_PKG_VERSION")));
}

/// `skm scan $ARGS && open_gate`: nothing was verified.
#[test]
fn a_command_that_judges_never_answers_help_with_0() {
    let bench = Bench::new();
    let qr = bench.qr(Level::Green);
    for line in [
        &["scan", "--help"][..],
        &["scan", "-h"],
        &["scan", "--qr", &qr, "--consent", "n", "-h"],
        &["help", "scan"],
        &["--help", "scan"],
        &["-h", "id", "--number", "1"],
        &["--version", "scan"],
        &["scan", "--version"],
        &["id", "-V"],
        &["--json", "help", "id"],
        &["batch", "--help"],
        &["audit", "verify", "--help"],
        &["help", "audit", "verify"],
        &["doctor", "--help"],
        &["config", "check", "--help"],
    ] {
        let run = bench.run(line);
        assert_eq!(run.code, 2, "{line:?}: {}", run.all());
    }
    let help = bench.run(&["scan", "--help"]);
    assert!(help.stdout.contains("--qr") && help.stderr.is_empty());
    assert_eq!(bench.run(&["scan", "--qr", &qr, "--consent", "n"]).code, 0, "the same code, asked about");
}

#[test]
fn a_key_is_never_an_argument() {
    let bench = Bench::new();
    for option in ["--appword", "--auth-key", "--body-key", "--account", "--unit-token"] {
        for command in ["token", "scan", "id", "doctor", "batch"] {
            let run = bench.run(&[command, option, "x"]);
            assert_eq!(run.code, 2);
            assert!(run.stderr.contains(option), "{}", run.stderr);
        }
    }
}

#[test]
fn configuration_is_3() {
    let bench = Bench::new();
    bench.change("source =", "sauce = \"x\"\nsource =");
    let (code, answer) = id(&bench);
    assert!(answer["error"]["message"].as_str().unwrap().contains("sauce"));
    expect((code, answer), 3, "config_invalid");

    let body_key = bench.value("id.body_key");
    bench.change(&body_key, "dG9vIHNob3J0");
    expect(id(&bench), 3, "key_invalid");

    bench.write("skm.toml", "");
    expect(id(&bench), 3, "config_missing");

    bench.change("dialect = \"db32t3761-46-2021\"", "dialect = \"nowhere.toml\"");
    expect(id(&bench), 3, "dialect_invalid");
    expect(
        bench.json(&["id", "--config", "none.toml", "--number", "1", "--name", "n", "--consent", "n"]),
        3,
        "config_invalid",
    );
}

#[test]
fn a_text_given_as_a_path_is_not_repeated() {
    let bench = Bench::new();
    for text in ["[scan]\ntoken = \"x/topsecret\"", "scan.token=x/topsecret", "scan = { token = \"x/topsecret\" }"] {
        for command in [
            &["scan", "--qr", "x", "--consent", "n"][..],
            &["doctor"],
            &["audit", "verify"],
            &["batch", "--input", text, "--output", text],
        ] {
            let arguments = [command, &["--config", text]].concat();
            for run in [bench.run(&arguments), bench.run(&[&arguments[..], &["--json"]].concat())] {
                assert_ne!(run.code, 0);
                assert!(!run.all().contains("topsecret"), "{}", run.all());
            }
        }
    }
}

#[test]
fn a_failure_says_one_thing_to_the_desk_and_another_to_the_operator() {
    let bench = Bench::new();
    let base = bench.sandbox.base_url();
    bench.write("skm.toml", bench.sandbox.config_toml().replace(&base, NOBODY));
    let (_, answer) = id(&bench);
    let error = &answer["error"];
    assert_eq!((&answer["green"], &error["owner"]), (&Value::from(false), &Value::from("network")));
    assert!(error["message"].as_str().unwrap().starts_with("verify_id: "));
    assert!(!error["message_zh"].as_str().unwrap().contains(|c: char| c.is_ascii_alphanumeric()), "{error}");
    for member in ["reason", "field", "http_status", "platform_code", "when_unreachable"] {
        assert!(error.get(member).is_some(), "{member} in {error}");
    }
    let green = bench.person(Level::Green);
    let shown = bench.run(&["id", "--number", &green.number, "--name", &green.name, "--consent", "n"]);
    assert!(shown.stderr.contains("错误:verify_id: "), "{}", shown.stderr);
}

#[test]
fn network_and_clock_are_4() {
    let bench = Bench::new();
    let base = bench.sandbox.base_url();
    bench.write("skm.toml", bench.sandbox.config_toml().replace(&base, NOBODY));
    let (code, answer) = id(&bench);
    assert_eq!(answer["error"]["retryable"], true);
    assert_eq!(answer["error"]["when_unreachable"], "stay_shut");
    expect((code, answer), 4, "connect_failed");
    let called = bench.sandbox.config_toml().replace(&base, NOBODY) + "\n[gate]\nwhen_unreachable = \"call_person\"\n";
    bench.write("skm.toml", called);
    let (code, answer) = id(&bench);
    assert_eq!((code, &answer["error"]["when_unreachable"]), (4, &Value::from("call_person")));

    bench.write("skm.toml", bench.sandbox.config_toml());
    bench.sandbox.add_fault(Fault::new(Interface::VerifyId, Kind::Status)).unwrap();
    expect(id(&bench), 4, "http_status");
    bench.sandbox.reset();
    bench.sandbox.add_fault(Fault::new(Interface::VerifyId, Kind::Stall)).unwrap();
    let green = bench.person(Level::Green);
    let ask = ["id", "--number", &green.number, "--name", &green.name, "--consent", "n", "--deadline", "200"];
    expect(bench.json(&ask), 4, "deadline_exceeded");

    let ahead = Bench::with(Options { clock: ClockSetting::Offset(7200), ..Options::on_free_port() });
    let green = ahead.person(Level::Green);
    let ask = ["token", "--name", &green.name, "--number", &green.number, "--mobile", &green.mobile, "--consent", "n"];
    expect(ahead.json(&ask), 4, "clock_skew");
}

#[test]
fn refusals_and_wrong_answers_are_5() {
    let bench = Bench::new();
    for (kind, name) in [
        (Kind::Html, "answer_malformed"),
        (Kind::WrongKey, "answer_unreadable"),
        (Kind::OtherPerson, "answer_malformed"),
    ] {
        bench.sandbox.reset();
        bench.sandbox.add_fault(Fault::new(Interface::VerifyId, kind)).unwrap();
        expect(id(&bench), 5, name);
    }
    bench.sandbox.reset();
    let nobody = ["id", "--number", "990000190001010016", "--name", "无名氏", "--consent", "n"];
    let (code, answer) = bench.json(&nobody);
    assert_eq!(answer["error"]["platform_code"], "404");
    assert!(answer["error"].get("platform_text").is_none(), "it may hold a name");
    expect((code, answer), 5, "person_not_found");
    bench.change(&bench.value("user_token.appword"), "another");
    let green = bench.person(Level::Green);
    let ask = ["token", "--name", &green.name, "--number", &green.number, "--mobile", &green.mobile, "--consent", "n"];
    expect(bench.json(&ask), 5, "refused");
    // The sandbox explains itself: its words reach the terminal of those who ask for them, and no JSON.
    let held_back = bench.run(&ask).stderr;
    assert!(held_back.contains("wrote a text of") && !held_back.contains("appword"), "{held_back}");
    let show = [&ask[..], &["--show"]].concat();
    assert!(bench.run(&show).stderr.contains("appword"));
    assert!(!bench.run(&[&show[..], &["--json"]].concat()).all().contains("appword"));
}

#[test]
fn input_is_6() {
    let bench = Bench::new();
    let (code, answer) = bench.json(&["id", "--number", "320000198506304143", "--name", "张三", "--consent", "n"]);
    assert!(answer["error"]["message"].as_str().unwrap().contains("number"));
    expect((code, answer), 6, "input_invalid");
    expect(
        bench.json(&["id", "--number", "320000198506304142", "--name", "张三", "--consent", " "]),
        6,
        "consent_missing",
    );
    expect(bench.json(&["scan", "--qr", "https://example.invalid/", "--consent", "n"]), 6, "qr_not_skm");
    expect(bench.json(&["scan", "--qr", "https://x.invalid/?qrCode=V5&b=", "--consent", "n"]), 6, "qr_incomplete");
    expect(bench.json(&["display", "--token", ""]), 6, "input_invalid");
}

#[test]
fn an_audit_log_that_cannot_be_written_is_9() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("audit")).unwrap();
    bench.write("skm.toml", format!("{}\n[audit]\nfile = \"audit\"\n", bench.sandbox.config_toml()));
    expect(id(&bench), 9, "audit_failed");
}

#[test]
fn every_row_of_the_error_table_is_printed() {
    let bench = Bench::new();
    let (code, table) = bench.json(&["errors"]);
    assert_eq!((code, table["errors"].as_array().unwrap().len()), (0, skm::ErrorKind::ALL.len()));
    assert!(table["errors"].as_array().unwrap().iter().all(|row| row["exit"] != 0));
    assert!(bench.run(&["errors"]).stdout.contains("qr_expired"));
}

#[test]
fn completions_name_every_command() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        let run = bench.run(&["completions", shell]);
        assert_eq!(run.code, 0);
        assert!(["demo", "sandbox", "token", "doctor"].iter().all(|command| run.stdout.contains(command)));
    }
}

/// Whole names, numbers, phones, tokens, codes and keys stay out of what a person's terminal shows.
#[test]
fn nothing_personal_and_no_secret_is_shown_unmasked() {
    let bench = Bench::new();
    let green = bench.person(Level::Green);
    let qr = bench.qr(Level::Green);
    let (_, issued) = bench.json(&[
        "token",
        "--name",
        &green.name,
        "--number",
        &green.number,
        "--mobile",
        &green.mobile,
        "--consent",
        "n",
    ]);
    let token = issued["token"].as_str().unwrap().to_owned();
    let uuid = issued["uuid"].as_str().unwrap().to_owned();
    let mut secrets = vec![
        green.name.clone(),
        green.number.clone(),
        green.mobile.clone(),
        green.identity.clone(),
        token.clone(),
        uuid.clone(),
        qr.clone(),
    ];
    for key in ["user_token.appword", "scan.token", "id.account", "id.auth_key", "id.body_key"] {
        secrets.push(bench.value(key));
    }
    let wrong = "990000190001010016";
    let shown: Vec<String> = [
        &["token", "--name", &green.name, "--number", &green.number, "--mobile", &green.mobile, "--consent", "n"][..],
        &["token", "--name", &green.name, "--number", wrong, "--mobile", &green.number, "--consent", "n"],
        &["display", "--token", &token, "--uuid", &uuid],
        &["scan", "--qr", &qr, "--consent", "n"],
        &["scan", "--qr", &qr[..80], "--consent", "n"],
        &["id", "--number", &green.number, "--name", &green.name, "--consent", "n"],
        &["id", "--number", &green.number, "--name", &green.mobile, "--consent", "n"],
        &["id", &green.name, &green.number],
        &[&green.name],
        &["id", &format!("--number={}", green.number), &format!("--nam={}", green.name)],
        &["scan", "--qr", &qr, "--consent", "n", "--consent-kind", &green.name],
        &["doctor"],
        &["config", "check"],
        &["demo"],
    ]
    .iter()
    .map(|arguments| bench.run(arguments).all())
    .collect();
    for (text, secret) in shown.iter().flat_map(|text| secrets.iter().map(move |secret| (text, secret))) {
        assert!(!text.contains(secret.as_str()), "{secret} in:\n{text}");
    }
}
