//! What the process around us decides, and must not: another TLS provider, the environment of a set-uid program, a
//! logger that wants everything.

use skm::{ErrorKind, Reason};

use super::proxy::with_environment;
use super::tls::Authority;
use super::{client, scan, server};

#[test]
fn another_tls_provider_of_the_process_is_left_alone() {
    with_environment("surroundings::child_has_another_tls_provider", &[]);
}

#[test]
#[ignore = "run by another_tls_provider_of_the_process_is_left_alone, for the whole process"]
fn child_has_another_tls_provider() {
    let nothing = rustls::crypto::CryptoProvider {
        cipher_suites: Vec::new(),
        kx_groups: Vec::new(),
        ..rustls::crypto::ring::default_provider()
    };
    nothing.install_default().unwrap();
    let authority = Authority::new();
    assert!(scan(&authority.client_of(authority.serve(false), "")).unwrap());
}

/// Runs a copy of this test program as nobody, with the rights of its owner or without.
#[cfg(target_os = "linux")]
fn as_nobody(program: &std::path::Path, mode: u32, test: &str, variables: &[(&str, &str)]) -> String {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65_534;
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(mode)).unwrap();
    let mut command = std::process::Command::new(program);
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
    command.envs(variables.iter().copied()).env_remove("RUST_BACKTRACE").current_dir("/").uid(NOBODY).gid(NOBODY);
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[cfg(target_os = "linux")]
#[test]
fn the_environment_decides_nothing_in_a_set_uid_program() {
    use std::os::unix::fs::PermissionsExt;

    if !rustix::process::geteuid().is_root() {
        eprintln!("left out: a set-uid program can only be made by root");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("gate");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let authority = Authority::new();
    let port = authority.serve(false).to_string();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &authority.pem).unwrap();
    let variables = [
        ("SSL_CERT_FILE", ca.to_str().unwrap()),
        ("SSL_CERT_DIR", folder.path().to_str().unwrap()),
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
        ("PORT_OF_THIS_TEST", &port),
    ];
    let ran = |mode| as_nobody(&program, mode, "surroundings::child_says_what_its_environment_decides", &variables);
    let ordinary = ran(0o755);
    assert!(ordinary.contains("roots: trusted") && ordinary.contains("proxy: taken"), "{ordinary}");
    let set_uid = ran(0o4755);
    if set_uid.contains("uid: the caller's") {
        eprintln!("left out: this system gives set-uid programs no rights here");
        return;
    }
    assert!(set_uid.contains("roots: refused") && set_uid.contains("proxy: refused"), "{set_uid}");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by the_environment_decides_nothing_in_a_set_uid_program as such a program"]
fn child_says_what_its_environment_decides() {
    use rustix::process::{geteuid, getuid};

    let port = std::env::var("PORT_OF_THIS_TEST").unwrap();
    println!("uid: {}", if geteuid() == getuid() { "the caller's" } else { "the owner's" });
    let call = || scan(&skm::Client::new(super::config(&format!("https://127.0.0.1:{port}/"), "", "".as_ref()))?);
    match call() {
        Ok(green) => println!("roots: {}", if green { "trusted" } else { "not green" }),
        // Either the system has other roots, or none.
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::TlsFailed, "{error}");
            assert!(error.reason().is_none_or(|reason| reason == Reason::UnknownIssuer), "{error}");
            println!("roots: refused");
        }
    }
    let proxied = skm::Client::new(super::config("https://skm.example.invalid/", "proxy = \"env\"", "".as_ref()));
    match proxied {
        Ok(_) => println!("proxy: taken"),
        Err(error) => println!("proxy: {}", if error.kind() == ErrorKind::ConfigInvalid { "refused" } else { "?" }),
    }
}

/// Keeps what the program and its libraries log.
struct Everything {
    lines: std::sync::Mutex<Vec<String>>,
    without_ureq: std::sync::atomic::AtomicBool,
}

static EVERYTHING: Everything =
    Everything { lines: std::sync::Mutex::new(Vec::new()), without_ureq: std::sync::atomic::AtomicBool::new(false) };

impl log::Log for Everything {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        !(self.without_ureq.load(std::sync::atomic::Ordering::Relaxed) && metadata.target().starts_with("ureq"))
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.lines.lock().unwrap().push(format!("{} {}", record.target(), record.args()));
        }
    }

    fn flush(&self) {}
}

#[test]
fn no_request_reaches_a_logger_that_takes_everything() {
    with_environment("surroundings::child_logs_everything", &[]);
}

/// With the feature `quiet-http` and without it.
#[test]
#[ignore = "run by no_request_reaches_a_logger_that_takes_everything, for the whole process"]
fn child_logs_everything() {
    log::set_logger(&EVERYTHING).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let port = server(|mut stream| {
        while super::read_request(&mut stream).is_some() {
            super::answer(&mut stream, r#"{"resMessage":"OK","resCode":0,"res":{"level":"green","name":"示范"}}"#);
        }
    });
    let client = client(&format!("http://127.0.0.1:{port}/a-secret-path"), "");
    if log::STATIC_MAX_LEVEL == log::LevelFilter::Trace {
        let error = scan(&client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid, "{error}");
        EVERYTHING.without_ureq.store(true, std::sync::atomic::Ordering::Relaxed);
    }
    assert!(scan(&client).unwrap());
    let lines = EVERYTHING.lines.lock().unwrap().join("\n");
    assert!(lines.contains("verify_scan green"), "the logger was on:\n{lines}");
    // The last three: hex of these texts, as ureq would print it.
    for secret in ["unit-token", "示范", "13800001234", "qrCode", "aaaaaaaa", "a-secret-path", "6161 6161", "e7a4 ba"]
    {
        assert!(!lines.contains(secret), "{secret} in:\n{lines}");
    }
}
