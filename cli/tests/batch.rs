//! `skm batch`: columns, encodings, resuming, interruption.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::Bench;
use serde_json::Value;
use skm_sandbox::{Fault, Interface, Kind, Level};

const ARGUMENTS: [&str; 7] = ["batch", "--input", "in.csv", "--output", "out.csv", "--consent", "notice"];

/// One row for each of these levels, interface 4.
fn input(bench: &Bench, levels: &[Level]) -> String {
    let rows = levels.iter().map(|level| bench.person(*level)).map(|it| format!("{},{}\n", it.number, it.name));
    std::iter::once("number,name\n".to_owned()).chain(rows).collect()
}

fn output(bench: &Bench) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(bench.path("out.csv")).unwrap();
    assert_eq!(
        reader.headers().unwrap(),
        ["row", "check", "subject", "verdict", "level", "error", "platform_code"].as_slice()
    );
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn calls(bench: &Bench) -> usize {
    bench.sandbox.journal().len()
}

#[test]
fn every_row_gets_its_line() {
    let bench = Bench::new();
    bench.write("in.csv", input(&bench, &[Level::Green, Level::Yellow, Level::Red]));
    let (code, summary) = bench.json(&ARGUMENTS);
    assert_eq!(code, 0, "{summary}");
    for (member, count) in
        [("rows", 3), ("asked", 3), ("resumed", 0), ("green", 1), ("yellow", 1), ("red", 1), ("failed", 0)]
    {
        assert_eq!(summary[member], count, "{member}");
    }
    let lines = output(&bench);
    assert_eq!(lines.iter().map(|line| line[3].as_str()).collect::<Vec<_>>(), ["green", "yellow", "red"]);
    let text = std::fs::read_to_string(bench.path("out.csv")).unwrap();
    for level in [Level::Green, Level::Yellow, Level::Red] {
        let person = bench.person(level);
        assert!(!text.contains(&person.name) && !text.contains(&person.number), "masked: {text}");
    }
}

#[test]
fn rows_of_both_interfaces_and_failed_rows() {
    let bench = Bench::new();
    let green = bench.person(Level::Green);
    let text = format!(
        "姓名,备注,证件号码,二维码\n{},x,{},\n,y,,{}\n无名氏,,990000190001010016,\n坏,,320000198506304143,\n",
        green.name,
        green.number,
        bench.qr(Level::Red)
    );
    bench.write("in.csv", text);
    let (code, summary) = bench.json(&ARGUMENTS);
    assert_eq!((code, &summary["failed"], &summary["unverified"]), (12, &Value::from(2), &Value::from(2)));
    let lines = output(&bench);
    assert_eq!(lines[1][2], "qr");
    assert_eq!(lines[1][3], "red");
    assert_eq!(lines[2][3..], ["unverified", "", "person_not_found", "404"]);
    assert_eq!(lines[3][3..], ["unverified", "", "input_invalid", ""]);
}

#[test]
fn rows_in_the_output_are_not_asked_again() {
    let bench = Bench::new();
    bench.write("in.csv", input(&bench, &[Level::Green, Level::Yellow, Level::Red]));
    bench.json(&ARGUMENTS);
    let asked = calls(&bench);
    assert_eq!(asked, 3);
    let (code, summary) = bench.json(&ARGUMENTS);
    assert_eq!((code, &summary["resumed"], &summary["asked"]), (0, &Value::from(3), &Value::from(0)));
    assert_eq!(calls(&bench), asked, "no further call");

    // A line is deleted and the last one was cut by a crash: both rows are asked again, the others are not.
    let text = std::fs::read_to_string(bench.path("out.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let cut = &lines[3].as_bytes()[..9];
    assert!(std::str::from_utf8(cut).is_err(), "inside a character");
    bench.write("out.csv", [format!("{}\n{}\n", lines[0], lines[2]).as_bytes(), cut].concat());
    let (code, summary) = bench.json(&ARGUMENTS);
    assert_eq!((code, &summary["resumed"], &summary["asked"]), (0, &Value::from(1), &Value::from(2)));
    assert_eq!(calls(&bench), asked + 2);
    let mut rows: Vec<String> = output(&bench).into_iter().map(|line| line[0].clone()).collect();
    rows.sort_unstable();
    assert_eq!(rows, ["1", "2", "3"]);
}

#[test]
fn failed_rows_are_asked_again_on_demand() {
    let bench = Bench::new();
    bench.write("in.csv", input(&bench, &[Level::Green, Level::Yellow, Level::Red]));
    let fault =
        Fault { person: Some(bench.person(Level::Yellow).number), ..Fault::new(Interface::VerifyId, Kind::Html) };
    bench.sandbox.add_fault(fault).unwrap();
    let (code, summary) = bench.json(&ARGUMENTS);
    assert_eq!((code, &summary["failed"]), (12, &Value::from(1)));
    bench.sandbox.reset();
    let (code, summary) = bench.json(&ARGUMENTS);
    assert_eq!((code, &summary["failed"], calls(&bench)), (12, &Value::from(1), 0));

    let mut again = ARGUMENTS.to_vec();
    again.push("--again");
    let (code, summary) = bench.json(&again);
    assert_eq!((code, &summary["failed"], &summary["asked"]), (0, &Value::from(0), &Value::from(1)));
    assert_eq!(calls(&bench), 1);
    let lines = output(&bench);
    assert_eq!(lines.iter().map(|line| line[0].as_str()).collect::<Vec<_>>(), ["1", "3", "2"]);
    assert_eq!(lines[2][3], "yellow");
    assert_eq!(bench.json(&again).1["resumed"], 3);
}

#[test]
fn an_output_of_another_input_or_another_program_is_left_alone() {
    let bench = Bench::new();
    bench.write("in.csv", input(&bench, &[Level::Green, Level::Yellow]));
    bench.json(&ARGUMENTS);
    bench.write("in.csv", input(&bench, &[Level::Yellow, Level::Green]));
    let before = std::fs::read(bench.path("out.csv")).unwrap();
    let (code, answer) = bench.json(&ARGUMENTS);
    assert_eq!(code, 6);
    assert!(answer["error"]["message"].as_str().unwrap().contains("another input (row 1 differs)"));
    assert_eq!(std::fs::read(bench.path("out.csv")).unwrap(), before);

    for foreign in ["my diary, without a line end", "a,b\n1,2\n3", "row,check\n1"] {
        bench.write("out.csv", foreign);
        assert_eq!(bench.json(&ARGUMENTS).0, 6);
        assert_eq!(std::fs::read_to_string(bench.path("out.csv")).unwrap(), foreign);
    }
}

#[test]
fn byte_order_mark_and_gbk() {
    let bench = Bench::new();
    let text = input(&bench, &[Level::Green]).replace("number,name", "证件号码,姓名");
    bench.write("in.csv", format!("\u{feff}{}", text.replace('\n', "\r\n")));
    assert_eq!(bench.json(&ARGUMENTS).0, 0);

    std::fs::remove_file(bench.path("out.csv")).unwrap();
    bench.write("in.csv", encoding_rs::GBK.encode(&text).0);
    let (code, answer) = bench.json(&ARGUMENTS);
    assert_eq!((code, &answer["error"]["name"]), (6, &Value::from("input_encoding")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("--encoding gbk"));
    assert!(!bench.path("out.csv").exists(), "nothing is begun");
    let mut gbk = ARGUMENTS.to_vec();
    gbk.extend(["--encoding", "gbk"]);
    assert_eq!(bench.json(&gbk).0, 0);
    assert_eq!(output(&bench)[0][3], "green");
}

#[test]
fn without_an_output_lines_go_to_standard_output() {
    let bench = Bench::new();
    let run = bench
        .run_with(&["batch", "--input", "-", "--consent", "-"], format!("notice\n{}", input(&bench, &[Level::Red])));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 2);
    assert!(run.stdout.contains(",red,red,,"));
    assert!(!run.all().contains('\u{1b}'), "no progress bar and no colour in a pipe");
    let (code, _) = bench.json(&["batch", "--input", "in.csv", "--consent", "n"]);
    assert_eq!(code, 2, "--json needs --output");
}

#[test]
fn an_input_that_cannot_be_a_batch_is_refused_before_any_call() {
    let bench = Bench::new();
    for (text, words) in
        [("", "name the columns"), ("name\n张三\n", "name the columns"), ("number,name\n,张三\n", "row 1")]
    {
        bench.write("in.csv", text);
        let (code, answer) = bench.json(&ARGUMENTS);
        assert_eq!(code, 6);
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(calls(&bench), 0);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_file_that_can_be_resumed() {
    let bench = Bench::new();
    let levels = [Level::Green, Level::Yellow, Level::Red].repeat(20);
    bench.write("in.csv", input(&bench, &levels));
    let slow = Fault { ms: Some(100), ..Fault::new(Interface::VerifyId, Kind::Delay) };
    bench.sandbox.add_fault(slow).unwrap();
    let mut command = common::command(bench.folder.path());
    let child = command.args(ARGUMENTS).args(["--workers", "2", "--json"]).spawn().unwrap();
    let started = std::time::Instant::now();
    while std::fs::read_to_string(bench.path("out.csv")).unwrap_or_default().lines().count() < 4 {
        assert!(started.elapsed().as_secs() < 30, "the first lines are written");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let (code, summary) = common::finish(child).json();
    assert_eq!((code, &summary["interrupted"], &summary["ok"]), (130, &Value::from(true), &Value::from(false)));
    let written = output(&bench).len();
    assert!((3..60).contains(&written), "{written}");
    assert!(output(&bench).iter().all(|line| line[5].is_empty()), "an interrupted row is not a failed row");

    bench.sandbox.reset();
    let (code, summary) = bench.json(&ARGUMENTS);
    assert_eq!((code, summary["resumed"].as_u64().unwrap()), (0, written as u64));
    assert_eq!(output(&bench).len(), 60);
}
