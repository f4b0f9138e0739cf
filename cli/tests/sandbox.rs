//! `skm sandbox`: its first line, the configuration it writes, what it refuses.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Child;

use serde_json::Value;

/// A running `skm sandbox`, ended with the test.
struct Running {
    child: Child,
    ready: Value,
}

impl Running {
    fn start(folder: &Path, arguments: &[&str]) -> Running {
        let mut command = common::command(folder);
        let mut child = command.args(["sandbox", "--listen", "127.0.0.1:0"]).args(arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        Running { child, ready }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn people(base: &str) -> Vec<Value> {
    let body = common::get(&format!("{base}/_sandbox/people")).unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str::<Value>(&body).unwrap()["people"].as_array().unwrap().clone()
}

#[test]
fn the_first_line_says_where_and_the_file_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &["--write-config", "skm.toml"]);
    let base = running.ready["ready"].as_str().unwrap();
    assert!(base.starts_with("http://127.0.0.1:"));
    assert_eq!(running.ready["config"], "skm.toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("skm.toml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let config = skm::Config::load(folder.path().join("skm.toml")).unwrap();
    assert_eq!(config.urls().len(), 4);
    let person = &people(base)[2];
    let qr = person["qr_text"].as_str().unwrap();
    let run = common::run_in(folder.path(), &["scan", "--qr", qr, "--consent", "n"], b"");
    assert_eq!(run.code, 11, "{}", run.all());
    assert_eq!(common::run_in(folder.path(), &["doctor"], b"").code, 0);
}

#[test]
fn an_old_configuration_is_replaced_and_becomes_private() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("skm.toml");
    std::fs::write(&file, format!("{}\nold", skm_sandbox::CONFIG_MARK)).unwrap();
    let running = Running::start(folder.path(), &["--write-config", "skm.toml", "--seed", "7"]);
    assert!(std::fs::read_to_string(&file).unwrap().contains(running.ready["ready"].as_str().unwrap()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn faults_clock_people_and_spelling_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let more =
        "[[person]]\nname = \"王甲\"\nnumber = \"990000190001010016\"\nmobile = \"17700000001\"\nlevel = \"red\"\n";
    std::fs::write(folder.path().join("more.toml"), more).unwrap();
    let arguments = [
        "--write-config",
        "skm.toml",
        "--people",
        "more.toml",
        "--fault",
        "verify_scan:html:times=1",
        "--clock",
        "-7200",
        "--set",
        "level_form=digit",
        "--seed",
        "3",
        "--qr-life",
        "5",
    ];
    let running = Running::start(folder.path(), &arguments);
    let base = running.ready["ready"].as_str().unwrap();
    let run = |arguments: &[&str]| common::run_in(folder.path(), arguments, b"").code;
    assert_eq!(run(&["id", "--number", "990000190001010016", "--name", "王甲", "--consent", "n"]), 11);
    let all = people(base);
    let qr = all[0]["qr_text"].as_str().unwrap();
    assert_eq!(run(&["scan", "--qr", qr, "--consent", "n"]), 5, "the fault");
    assert_eq!(run(&["scan", "--qr", qr, "--consent", "n"]), 0, "only once");
    let (name, number) = (all[0]["name"].as_str().unwrap(), all[0]["number"].as_str().unwrap());
    assert_eq!(run(&["token", "--name", name, "--number", number, "--mobile", "17700000001", "--consent", "n"]), 4);
}

#[test]
fn what_it_refuses_it_explains() {
    let bench = common::Bench::new();
    let taken = bench.sandbox.addr().to_string();
    bench.write("people.toml", "[[person]]\nname = \"x\"\n");
    for (arguments, words) in [
        (&["--listen", "0.0.0.0:0"][..], "--allow-remote"),
        (&["--listen", &taken], "use port 0"),
        (&["--listen", "127.0.0.1:0", "--people", "people.toml"], "people.toml, line 1"),
        (&["--listen", "127.0.0.1:0", "--set", "level_form=roman"], "--set"),
        (&["--listen", "127.0.0.1:0", "--fault", "verify_scan:earthquake"], "--fault"),
        (&["--listen", "127.0.0.1:0", "--clock", "noon"], "--clock"),
        (&["--listen", "nowhere"], "--listen"),
    ] {
        let run = bench.run(&[&["sandbox"], arguments].concat());
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.all());
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

/// A configuration of one's own, with what a unit was given, is worth more than a sandbox's.
#[test]
fn what_no_sandbox_wrote_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("skm.toml");
    let marked_later = format!("# mine\n{}\n", skm_sandbox::CONFIG_MARK);
    let ask = ["sandbox", "--listen", "127.0.0.1:0", "--write-config", "skm.toml"];
    for precious in ["[user_token]\nappword = \"given\"\n", "", "x", &marked_later] {
        std::fs::write(&file, precious).unwrap();
        let run = common::run_in(folder.path(), &ask, b"");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{precious:?}");
        assert!(run.stderr.contains("--force") && run.stderr.contains("不是本命令所写"), "{}", run.stderr);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), precious);
    }
    let running = Running::start(folder.path(), &["--write-config", "skm.toml", "--force"]);
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains(running.ready["ready"].as_str().unwrap()));
    drop(running);
    drop(Running::start(folder.path(), &["--write-config", "skm.toml"]));
    assert_eq!(common::run_in(folder.path(), &["sandbox", "--force"], b"").code, 2, "--force of what?");
}

#[cfg(unix)]
#[test]
fn no_link_is_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("skm.toml"));
    std::os::unix::fs::symlink(&target, &link).unwrap();
    for arguments in [
        &["sandbox", "--listen", "127.0.0.1:0", "--write-config", "skm.toml"][..],
        &["sandbox", "--listen", "127.0.0.1:0", "--write-config", "skm.toml", "--force"],
        &["config", "init"],
        &["config", "init", "--force"],
    ] {
        let run = common::run_in(folder.path(), arguments, b"");
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.all());
        assert!(link.is_symlink() && !target.exists(), "{arguments:?}");
    }
}

#[test]
fn lenient_takes_what_strict_explains() {
    let folder = tempfile::tempdir().unwrap();
    for (more, code) in [(&[][..], "203"), (&["--lenient"], "201")] {
        let running = Running::start(folder.path(), more);
        let url = format!("{}/jsjis/gateway/interface.do", running.ready["ready"].as_str().unwrap());
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        // In another order than the table's; nobody's appmark.
        let pairs = [("params", "{}"), ("servicename", "s"), ("sign", "s"), ("time", "t"), ("appmark", "a")];
        let body = agent.post(&url).send_form(pairs).unwrap().body_mut().read_to_string().unwrap();
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(answer["retcode"], code, "{answer}");
    }
}

#[test]
fn a_name_of_a_container_network_may_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path(), &["--host", "skm.test"]);
    let url = format!("{}/_sandbox/health", running.ready["ready"].as_str().unwrap());
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build().into();
    let status = |host: &str| agent.get(&url).header("host", host).call().unwrap().status().as_u16();
    assert_eq!((status("skm.test"), status("evil.example")), (200, 403));
}
