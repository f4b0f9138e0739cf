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
        ["row", "check", "subject", "verdict", "level", "error", "platform_code", "time"].as_slice()
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
    assert_eq!(lines[2][3..7], ["unverified", "", "person_not_found", "404"]);
    assert_eq!(lines[3][3..7], ["unverified", "", "input_invalid", ""]);
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
    let cut = &lines[3].as_bytes()[..36];
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
fn old_rows_are_asked_again_and_their_lines_replaced() {
    let bench = Bench::new();
    bench.write("in.csv", input(&bench, &[Level::Green, Level::Yellow, Level::Red]));
    bench.json(&ARGUMENTS);
    assert!(bench.run(&["batch", "--help"]).stdout.contains("[default: 1h]"));
    let first = output(&bench);
    for line in &first {
        let asked: jiff::Timestamp = line[7].parse().unwrap();
        assert!(line[7].ends_with("+08:00") && line[7].len() == 25, "{}", line[7]);
        assert!((0..60).contains(&jiff::Timestamp::now().duration_since(asked).as_secs()), "{}", line[7]);
    }
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let (code, summary) = bench.json(&ARGUMENTS);
    assert_eq!((code, &summary["resumed"], &summary["asked"], calls(&bench)), (0, &Value::from(3), &Value::from(0), 3));
    let (code, summary) = bench.json(&[&ARGUMENTS[..], &["--max-age", "1s"]].concat());
    assert_eq!((code, &summary["resumed"], &summary["asked"], calls(&bench)), (0, &Value::from(0), &Value::from(3), 6));
    let second = output(&bench);
    assert_eq!(second.len(), 3, "one line for each row");
    assert!(first.iter().zip(&second).all(|(old, new)| old[7] < new[7] && old[1] != new[1] && old[0] == new[0]));

    // Whoever reads the output by a link, or as a member of its group, goes on reading it.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let (out, real) = (bench.path("out.csv"), bench.path("real.csv"));
        std::fs::rename(&out, &real).unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &out).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(2100));
        assert_eq!(bench.json(&[&ARGUMENTS[..], &["--max-age", "1s"]].concat()).1["asked"], 3);
        assert!(out.is_symlink());
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(output(&bench).iter().zip(&second).all(|(new, old)| new[7] > old[7]));
    }

    for wrong in ["-1h", "soon", "1"] {
        assert_eq!(bench.json(&[&ARGUMENTS[..], &[&format!("--max-age={wrong}")]].concat()).0, 2, "{wrong}");
    }
}

#[test]
fn an_edited_line_is_refused() {
    let bench = Bench::new();
    bench.write("in.csv", input(&bench, &[Level::Red]));
    bench.json(&ARGUMENTS);
    let text = std::fs::read_to_string(bench.path("out.csv")).unwrap();
    // An older answer that is put back.
    let line = text.lines().nth(1).unwrap();
    bench.write("out.csv", format!("{text}{line}\n"));
    assert_eq!(bench.json(&ARGUMENTS).0, 6);

    let time = output(&bench)[0][7].clone();
    for (from, to) in [(time.as_str(), "2099-01-01T00:00:00+08:00"), (",red,red,", ",green,green,"), (",,", ",,0")] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text);
        bench.write("out.csv", &edited);
        let (code, answer) = bench.json(&ARGUMENTS);
        assert_eq!((code, calls(&bench)), (6, 1), "{edited}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("was edited"), "{answer}");
        assert_eq!(std::fs::read_to_string(bench.path("out.csv")).unwrap(), edited, "left alone");
    }
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

/// Two codes whose SHA-256 begin with the same sixteen bits, once thought enough to tell rows apart.
fn colliding_codes(bench: &Bench) -> (String, String) {
    use sha2::{Digest, Sha256};
    let mut seen = std::collections::HashMap::new();
    for _ in 0..5000 {
        let code = bench.qr(Level::Green);
        let digest = Sha256::new().chain_update(code.as_bytes()).chain_update([0]).finalize();
        if let Some(other) = seen.insert([digest[0], digest[1]], code.clone()) {
            return (other, code);
        }
    }
    panic!("a collision of sixteen bits among 5000")
}

#[test]
fn no_row_inherits_a_green_by_chance() {
    use sha2::{Digest, Sha256};
    let bench = Bench::new();
    let (ours, other) = colliding_codes(&bench);
    assert_ne!(ours, other);
    bench.write("in.csv", format!("qr\n{ours}\n"));
    assert_eq!(bench.json(&ARGUMENTS).0, 0);
    let green = std::fs::read_to_string(bench.path("out.csv")).unwrap();
    let check = output(&bench)[0][1].clone();
    assert_eq!(check.len(), 32, "128 bits");

    // The other code, under the line of the first, and under lines with digests that anybody can make.
    let plain = Sha256::new().chain_update(other.as_bytes()).chain_update([0]).finalize();
    let whole: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
    bench.write("in.csv", format!("qr\n{other}\n"));
    for forged in [&check, &check[..4], &whole[..4], &whole[..32], &whole, ""] {
        let sheet = green.replacen(&check, forged, 1);
        bench.write("out.csv", &sheet);
        bench.sandbox.reset();
        let (code, answer) = bench.json(&ARGUMENTS);
        assert_eq!((code, calls(&bench)), (6, 0), "{forged}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("row 1 differs"));
        assert_eq!(std::fs::read_to_string(bench.path("out.csv")).unwrap(), sheet, "left alone");
    }
}

#[test]
fn a_changed_name_or_number_is_noticed_behind_the_same_mask() {
    let bench = Bench::new();
    let person = bench.person(Level::Green);
    let row = |number: &str, name: &str| format!("number,name\n{number},{name}\n");
    bench.write("in.csv", row(&person.number, &person.name));
    assert_eq!(bench.json(&ARGUMENTS).0, 0);
    let text = std::fs::read_to_string(bench.path("out.csv")).unwrap();
    let check = output(&bench)[0][1].clone();

    let hidden = format!("{}0{}", &person.number[..6], &person.number[7..]);
    let hidden =
        if hidden == person.number { format!("{}5{}", &person.number[..6], &person.number[7..]) } else { hidden };
    let first = person.name.chars().next().unwrap();
    let renamed: String = std::iter::once(first).chain(person.name.chars().skip(1).map(|_| '某')).collect();
    for (number, name) in [(hidden.as_str(), person.name.as_str()), (&person.number, &renamed)] {
        assert_ne!((number, name), (person.number.as_str(), person.name.as_str()));
        bench.write("in.csv", row(number, name));
        assert_eq!(bench.json(&ARGUMENTS).0, 6);
    }

    // Rows do not change places, and other credentials do not know the row: nobody without them can try numbers.
    bench.write("in.csv", format!("{}{},{}\n", row(&person.number, &person.name), person.number, person.name));
    bench.write("out.csv", text.replacen("\n1,", "\n2,", 1));
    assert_eq!(bench.json(&ARGUMENTS).0, 6);
    bench.write("out.csv", &text);
    let (code, summary) = bench.json(&ARGUMENTS);
    assert_eq!((code, &summary["resumed"], &summary["asked"]), (0, &Value::from(1), &Value::from(1)));
    assert_ne!(output(&bench)[1][1], check, "the same person in another row");
    bench.change(&bench.value("id.body_key"), "MDEyMzQ1Njc4OWFiY2RlZg==");
    let (code, answer) = bench.json(&ARGUMENTS);
    assert_eq!(code, 6);
    assert!(answer["error"]["message"].as_str().unwrap().contains("other credentials"), "{answer}");
}

#[test]
fn an_interface_that_is_not_configured_is_named_before_any_call() {
    let bench = Bench::new();
    bench.write(
        "in.csv",
        format!(
            "{},\n,,{}\n",
            input(&bench, &[Level::Green]).trim_end().replacen("name", "name,qr", 1),
            bench.qr(Level::Green)
        ),
    );
    let text = bench.sandbox.config_toml();
    let (before, rest) = text.split_once("[scan]").unwrap();
    bench.write("skm.toml", format!("{before}{}", &rest[rest.find("[id]").unwrap()..]));
    let (code, answer) = bench.json(&ARGUMENTS);
    assert_eq!((code, &answer["error"]["name"], calls(&bench)), (3, &Value::from("config_missing"), 0));
    assert!(!bench.path("out.csv").exists(), "nothing is begun");
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

/// A row whose call is under way when Ctrl-C comes: whatever its error is, it is no line.
#[cfg(unix)]
#[test]
fn a_row_that_ctrl_c_ended_is_asked_again() {
    for kind in [Kind::Stall, Kind::Delay, Kind::Dribble] {
        let bench = Bench::new();
        bench.write("in.csv", input(&bench, &[Level::Green, Level::Yellow, Level::Red]));
        let fault = Fault { person: Some(bench.person(Level::Yellow).number), ..Fault::new(Interface::VerifyId, kind) };
        bench.sandbox.add_fault(fault).unwrap();
        // Under way for as long as the test needs.
        bench.change("deadline_ms = 5000", "deadline_ms = 60000");
        let mut command = common::command(bench.folder.path());
        let child = command.args(ARGUMENTS).args(["--workers", "1", "--json"]).spawn().unwrap();
        let started = std::time::Instant::now();
        while calls(&bench) < 2 {
            assert!(started.elapsed().as_secs() < 30, "the second row is asked");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupt.success());
        let (code, summary) = common::finish(child).json();
        assert_eq!((code, &summary["interrupted"]), (130, &Value::from(true)), "{kind:?}: {summary}");
        assert_eq!(output(&bench).iter().map(|line| &line[0]).collect::<Vec<_>>(), ["1"], "{kind:?}");

        bench.sandbox.reset();
        let (code, summary) = bench.json(&ARGUMENTS);
        assert_eq!((code, &summary["resumed"], &summary["failed"]), (0, &Value::from(1), &Value::from(0)));
    }
}
