//! `skm demo`: what it prints in a pipe, its JSON, and the page it serves.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead, BufReader};

use serde_json::Value;

#[test]
fn in_a_pipe_it_is_plain_aligned_and_bilingual() {
    let folder = tempfile::tempdir().unwrap();
    let run = common::run_in(folder.path(), &["demo"], b"");
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(run.stderr, "");
    assert!(!run.stdout.contains('\u{1b}'), "no escape codes");
    for text in ["issue_user_token", "display_url", "verify_scan", "verify_id", "扫码核验", "GREEN 绿码", "11/11"]
    {
        assert!(run.stdout.contains(text), "{text}");
    }
    let frames = run.stdout.lines().filter(|line| line.trim_start().starts_with(['│', '├', '╭', '╰']));
    let widths: Vec<usize> = frames.map(unicode_width::UnicodeWidthStr::width).collect();
    assert!(widths.len() > 10 && widths.iter().all(|width| *width == 80), "{widths:?}");
    let widest = run.stdout.lines().map(unicode_width::UnicodeWidthStr::width).max().unwrap();
    assert!(widest <= 100, "{widest}");
}

#[test]
fn one_language_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let zh = common::run_in(folder.path(), &["demo", "--lang", "zh"], b"");
    assert!(zh.code == 0 && zh.stdout.contains("生成用户令牌") && !zh.stdout.contains("issue a user token"));
    let en = common::run_in(folder.path(), &["demo", "--lang", "en"], b"");
    assert!(en.code == 0 && en.stdout.contains("issue a user token") && !en.stdout.contains("生成用户令牌"));
}

#[test]
fn as_json_every_step_is_as_expected_and_nothing_else_is_green() {
    let folder = tempfile::tempdir().unwrap();
    let (code, demo) = common::run_in(folder.path(), &["demo", "--json"], b"").json();
    assert_eq!((code, &demo["ok"]), (0, &Value::from(true)));
    let steps = demo["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 16);
    assert!(steps.iter().all(|step| step["as_expected"] == true));
    let green: Vec<&str> =
        steps.iter().filter(|it| it["outcome"] == "green").map(|it| it["step"].as_str().unwrap()).collect();
    assert_eq!(green, ["page", "verify_scan", "verify_id"]);
}

#[test]
fn serve_stays_up_with_a_page_that_opens() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = common::command(folder.path()).args(["demo", "--serve", "--json"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = serde_json::from_str::<Value>(&line).unwrap()["url"].as_str().unwrap().to_owned();
    let status = common::get(&url).map(|answer| answer.status().as_u16());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(status.unwrap(), 200);
}

/// Nobody listens there: whatever is asked for through it fails.
#[test]
fn no_proxy_of_the_environment_stands_between_the_demo_and_its_own_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = common::command(folder.path());
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, common::NOBODY).env(name.to_uppercase(), common::NOBODY);
    }
    command.env_remove("no_proxy").env_remove("NO_PROXY");
    let (code, demo) = common::finish(command.args(["demo", "--json"]).spawn().unwrap()).json();
    assert_eq!((code, &demo["ok"]), (0, &Value::from(true)), "{demo:#}");
}
