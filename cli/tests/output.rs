//! Standard output that takes nothing: a full disk, a reader that has gone. What was printed is lost, and never as 0.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs::OpenOptions;
use std::process::Stdio;

use common::{Bench, Run};
use skm_sandbox::Level;

/// Takes no byte: "no space left on device".
fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// A pipe that nobody reads.
fn broken() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn is_told(run: &Run, exit: i32, line: &[&str]) {
    assert_eq!(run.code, exit, "{line:?}: {}", run.stderr);
    assert!(run.stderr.contains("standard output could not be written"), "{line:?}: {}", run.stderr);
    assert!(run.stderr.contains("无法写入标准输出"), "{line:?}: {}", run.stderr);
    assert!(!run.stderr.contains("internal error at"), "{line:?} panicked: {}", run.stderr);
}

#[test]
fn nothing_that_is_lost_ends_as_done() {
    let bench = Bench::new();
    let green = bench.person(Level::Green);
    let (number, name, mobile) = (green.number.as_str(), green.name.as_str(), green.mobile.as_str());
    let token = ["token", "--name", name, "--papersnumber", number, "--mobile", mobile, "--consent", "n"];
    let id = ["id", "--number", number, "--name", name, "--consent", "n"];
    let qr = bench.qr(Level::Green);
    bench.write("in.csv", format!("number,name\n{number},{name}\n"));
    let lines: Vec<Vec<&str>> = vec![
        [&token[..], &["--json"]].concat(),
        token.to_vec(),
        [&token[..], &["--show"]].concat(),
        vec!["display", "--token", "t", "--show"],
        vec!["display", "--token", "t", "--json"],
        vec!["scan", "--qr", &qr, "--consent", "n"],
        [&id[..], &["--json"]].concat(),
        vec!["batch", "--input", "in.csv", "--consent", "n"],
        vec!["batch", "--input", "in.csv", "--output", "out.csv", "--consent", "n", "--json"],
        vec!["doctor"],
        vec!["config", "check"],
        vec!["errors", "--json"],
        vec!["completions", "bash"],
        vec!["--help"],
        vec!["--version"],
        vec!["token", "--help"],
        vec!["demo"],
        vec!["demo", "--json"],
        // It must not go on serving where nobody can learn.
        vec!["sandbox", "--listen", "127.0.0.1:0"],
        vec!["demo", "--serve"],
    ];
    for line in lines {
        is_told(&common::run_into(bench.folder.path(), &line, full()), 9, &line);
        is_told(&common::run_into(bench.folder.path(), &line, broken()), 9, &line);
    }
}

/// What already says "not green" goes on saying it.
#[test]
fn a_verdict_and_a_failure_keep_their_code() {
    let bench = Bench::new();
    let red = bench.qr(Level::Red);
    let line = ["scan", "--qr", &red, "--consent", "n"];
    is_told(&common::run_into(bench.folder.path(), &line, full()), 11, &line);
    let line = ["scan", "--qr", "nothing", "--consent", "n", "--json"];
    is_told(&common::run_into(bench.folder.path(), &line, full()), 6, &line);
    let line = ["scan", "--help"];
    is_told(&common::run_into(bench.folder.path(), &line, full()), 2, &line);
}
