//! The gate as it is started: it opens for green and for nothing else, and one bad code does not end it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use skm_sandbox::{Options, Sandbox};

type Checked = Result<(), Box<dyn std::error::Error>>;

/// Runs the program on these codes; it ends with its input.
fn gate(config: &str, codes: &[&[u8]]) -> std::io::Result<Output> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("skm.toml");
    std::fs::write(&path, config)?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_gate"))
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // A gate that has ended already does not read; its output says why.
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(&codes.join(&b'\n'));
    }
    child.wait_with_output()
}

#[test]
fn only_green_opens() -> Checked {
    let sandbox = Sandbox::start(Options::on_free_port())?;
    // People 0 to 3 are green, yellow, red and unknown.
    let codes: Option<Vec<String>> =
        sandbox.people()[..4].iter().map(|person| sandbox.fresh_qr(&person.number)).collect();
    let codes = codes.ok_or("everybody has a code")?;
    let mut given: Vec<&[u8]> = vec![b"", b"\xc9\xa8", b"no code"];
    given.extend(codes.iter().rev().map(String::as_bytes));
    let done = gate(&sandbox.config_toml(), &given)?;
    let said = String::from_utf8(done.stdout)?;
    let lines: Vec<&str> = said.lines().collect();
    let (green, others) = lines.split_last().ok_or("the gate says something")?;
    assert_eq!(*green, "开 open", "{said}");
    assert_eq!(others.len(), given.len() - 1, "{said}");
    assert!(others.iter().all(|line| line.starts_with("关 closed: ")), "{said}");
    Ok(())
}

#[test]
fn a_gate_without_a_platform_does_not_open() -> Checked {
    let sandbox = Sandbox::start(Options::on_free_port())?;
    let config = sandbox.config_toml();
    let code = sandbox.fresh_qr(&sandbox.people()[0].number).ok_or("the green person has a code")?;
    sandbox.stop();
    let done = gate(&config, &[code.as_bytes()])?;
    assert!(String::from_utf8(done.stdout)?.starts_with("关 closed: "));
    Ok(())
}

#[test]
fn a_configuration_that_is_wrong_is_said_and_ends_with_3() -> Checked {
    let done = gate("[scan]\nurl = 1\n", &[])?;
    assert_eq!(done.status.code(), Some(3));
    assert!(String::from_utf8(done.stderr)?.contains("scan.url"));
    assert!(done.stdout.is_empty());
    Ok(())
}
