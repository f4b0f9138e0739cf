//! `skm doctor`: every illness it should find, and the remedy it names.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use common::{Bench, NOBODY};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use skm::Dialect;
use skm_sandbox::{ClockSetting, Options};

/// With a call of interface 1: the sandbox's people are nobody's.
fn examine(bench: &Bench) -> (i32, Value) {
    bench.json(&["doctor", "--call"])
}

/// The findings of a check: their status.
fn found<'a>(report: &'a Value, check: &str) -> Vec<&'a str> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().filter(|it| it["check"] == check).map(|it| it["status"].as_str().unwrap()).collect()
}

/// The one finding that failed.
fn failed(report: &Value) -> &Value {
    let failed: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|it| it["status"] == "fail").collect();
    assert_eq!(failed.len(), 1, "{report:#}");
    failed[0]
}

#[test]
fn a_sound_configuration_has_nothing_to_repair() {
    let bench = Bench::new();
    let (code, report) = examine(&bench);
    assert_eq!((code, &report["ok"]), (0, &Value::from(true)), "{report:#}");
    for check in ["file", "interfaces", "permissions", "keys", "name", "tcp", "clock"] {
        assert_eq!(found(&report, check), ["ok"], "{check}");
    }
    assert_eq!(found(&report, "call"), ["ok", "ok", "ok"]);
    // The calls were refused as they should be: none of them made a profile or found a person.
    let codes: Vec<String> = bench.sandbox.journal().into_iter().map(|entry| entry.code).collect();
    assert!(!codes.iter().any(|code| code == "000000" || code == "0"), "{codes:?}");
    let run = bench.run(&["doctor", "--call"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("nothing to repair") && run.stdout.contains("无需修复"));
    assert!(!run.stdout.contains('\u{1b}'));
}

/// A platform makes a profile of a person it does not know.
#[test]
fn interface_1_is_called_on_demand_only() {
    let bench = Bench::new();
    for (arguments, calls) in [
        (&["doctor"][..], &["display", "verify_scan", "verify_id"][..]),
        (&["doctor", "--call"], &["display", "issue_user_token", "verify_scan", "verify_id"]),
        (&["doctor", "--offline"], &[]),
    ] {
        bench.sandbox.reset();
        let (code, report) = bench.json(arguments);
        assert_eq!(code, 0, "{report:#}");
        let called: Vec<&str> = bench.sandbox.journal().into_iter().map(|entry| entry.interface).collect();
        assert_eq!(called, calls, "{arguments:?}");
    }
    let (_, report) = bench.json(&["doctor"]);
    assert_eq!(found(&report, "call"), ["skip", "ok", "ok"]);
    let skipped = &report["findings"].as_array().unwrap().iter().find(|it| it["check"] == "call").unwrap();
    assert!(skipped["message"].as_str().unwrap().contains("--call"), "{skipped:#}");
    assert_eq!(bench.run(&["doctor", "--call", "--offline"]).code, 2);
}

/// A code that the unit's own edition takes for one, whatever that edition's codes look like.
#[test]
fn the_code_that_is_nobodys_fits_the_dialect() {
    let bench = Bench::new();
    let text = Dialect::built_in_source().replace("qrCode=", "healthCode=").replace("\"result\"", "\"done\"");
    bench.write("city.toml", text);
    bench.write("skm.toml", bench.sandbox.config_toml().replace("db32t3761-46-2021", "city.toml"));
    let (code, report) = bench.json(&["doctor"]);
    assert_eq!((code, found(&report, "call")), (0, vec!["skip", "ok", "ok"]), "{report:#}");
}

#[test]
fn a_verifier_that_each_call_brings_along_is_no_illness() {
    let bench = Bench::new();
    let text = bench.sandbox.config_toml();
    let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("verifier_")).collect();
    bench.write("skm.toml", without.join("\n"));
    let (code, report) = examine(&bench);
    assert_eq!((code, found(&report, "call")), (0, vec!["ok", "ok", "ok"]), "{report:#}");
}

#[test]
fn offline_makes_no_call() {
    let bench = Bench::new();
    let (code, report) = bench.json(&["doctor", "--offline"]);
    assert_eq!((code, found(&report, "tcp").len(), found(&report, "call").len()), (0, 0, 0));
    assert!(bench.sandbox.journal().is_empty());
}

/// Files beside the configuration, with what they hold.
fn files(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<String> = bench.folder.path().read_dir().unwrap().map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), std::fs::read(bench.path(&name)).unwrap())).collect()
}

/// Made by root, the log would be closed to the service.
#[test]
fn no_audit_log_is_made_and_offline_none_is_touched() {
    let bench = Bench::new();
    bench.write("skm.toml", format!("{}\n[audit]\nfile = \"audit.jsonl\"\n", bench.sandbox.config_toml()));
    let before = files(&bench);
    for arguments in [&["doctor", "--call"][..], &["doctor", "--offline"]] {
        let (code, report) = bench.json(arguments);
        assert_eq!((code, found(&report, "audit")), (0, vec!["ok", "skip"]), "{report:#}");
        assert_eq!(files(&bench), before, "{arguments:?}");
    }

    // One that is there is only looked at, and gets the records of the doctor's calls.
    assert_eq!(bench.run(&["id", "--number", "1", "--name", "a", "--consent", "n-2"]).code, 6);
    std::fs::remove_file(bench.path("audit.jsonl.lock")).unwrap();
    let before = files(&bench);
    let (code, report) = bench.json(&["doctor", "--offline"]);
    assert_eq!((code, found(&report, "audit")), (0, vec!["ok", "ok"]), "{report:#}");
    assert_eq!(files(&bench), before);
    assert_eq!(examine(&bench).0, 0);
    assert_eq!(std::fs::read_to_string(bench.path("audit.jsonl")).unwrap().lines().count(), 4);

    std::fs::remove_file(bench.path("audit.jsonl.key")).unwrap();
    let (code, report) = bench.json(&["doctor", "--offline"]);
    assert_eq!((code, &report["error"]["name"]), (3, &Value::from("key_invalid")));
    bench.change("[http]", "[audit]\nfile = \"nowhere/audit.jsonl\"\n[http]");
    let (code, report) = bench.json(&["doctor", "--offline"]);
    assert_eq!((code, failed(&report)["check"].as_str()), (9, Some("audit")), "{report:#}");
}

/// `make test` ends with what stands in the file of `SKM_LEFT_OUT`.
#[cfg(unix)]
fn leave_out(what: &str) {
    let line = format!("LEFT OUT: Rust: {what}\n");
    print!("{line}");
    if let Some(file) = std::env::var_os("SKM_LEFT_OUT") {
        let mut file = std::fs::File::options().create(true).append(true).open(file).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_file_of_the_log_that_shuts_out_its_owner_is_a_warning() {
    let bench = Bench::new();
    bench.write("skm.toml", format!("{}\n[audit]\nfile = \"audit.jsonl\"\n", bench.sandbox.config_toml()));
    assert_eq!(bench.run(&["id", "--number", "1", "--name", "a", "--consent", "n-2"]).code, 6);
    if std::os::unix::fs::chown(bench.path("audit.jsonl"), Some(54_321), Some(54_322)).is_err() {
        return leave_out("skm doctor of a log that shuts out its owner: only root can give a file to another user");
    }
    let (code, report) = bench.json(&["doctor", "--offline"]);
    assert_eq!((code, found(&report, "audit")), (0, vec!["ok", "warn"]), "{report:#}");
    let told = report["findings"].as_array().unwrap().iter().find(|it| it["status"] == "warn").unwrap();
    assert!(told["fix"].as_str().unwrap().starts_with("chown 54321:54322 "), "{told:#}");
}

#[test]
fn wrong_credentials_are_told_apart() {
    let bench = Bench::new();
    for (key, other, exit, name, remedy) in [
        ("user_token.appword", "another", 5, "refused", "appword"),
        ("user_token.appmark", "another", 5, "refused", "appmark"),
        ("scan.token", "another", 5, "no_access", "token"),
        ("id.account", "another", 5, "no_access", "account"),
        ("id.auth_key", "MDEyMzQ1Njc4OWFiY2RlZg==", 5, "no_access", "auth_key"),
        ("id.body_key", "MDEyMzQ1Njc4OWFiY2RlZg==", 5, "refused", "body_key"),
    ] {
        bench.change(&bench.value(key), other);
        let (code, report) = examine(&bench);
        assert_eq!((code, &report["error"]["name"]), (exit, &Value::from(name)), "{key}: {report:#}");
        let finding = failed(&report);
        assert_eq!(finding["check"], "call");
        assert!(finding["fix"].as_str().unwrap().contains(remedy), "{key}: {finding:#}");
        assert!(finding["fix_zh"].as_str().unwrap().contains(remedy));
        assert!(!report.to_string().contains("platform_text"), "the platform's words are in no JSON");
    }
    let (hint, shown) = (bench.run(&["doctor"]).stdout, bench.run(&["doctor", "--show"]).stdout);
    assert!(hint.contains("--show prints it") && !hint.contains("no usual mistake fits"), "{hint}");
    assert!(!shown.contains("--show prints it") && shown.contains("no usual mistake fits"), "{shown}");
}

/// What a refusal is about is the dialect's to say, not a number's.
#[test]
fn refusals_are_read_by_the_dialect() {
    let bench = Bench::new();
    let edition = |changes: &[(&str, &str)]| {
        let mut text = Dialect::built_in_source().to_owned();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        bench.write("city.toml", text);
        let config = bench.sandbox.config_toml().replace("db32t3761-46-2021", "city.toml");
        bench.write("skm.toml", config);
        examine(&bench)
    };
    let call = |report: &Value, interface: &str| -> Value {
        let findings = report["findings"].as_array().unwrap();
        let of = |it: &&Value| it["check"] == "call" && it["message"].as_str().unwrap().starts_with(interface);
        findings.iter().find(of).unwrap().clone()
    };

    // The sandbox refuses an impossible person with 209 and 404, whatever the client's edition says of them.
    let (code, report) = edition(&[("209 = { error = \"refused\"", "209 = { error = \"no_access\"")]);
    assert_eq!((code, &call(&report, "issue_user_token")["status"]), (5, &Value::from("fail")), "{report:#}");
    let owner = "209 = { error = \"refused\", owner = \"person\"";
    let (code, report) = edition(&[(owner, "209 = { error = \"refused\", owner = \"credentials\"")]);
    assert_eq!((code, &call(&report, "issue_user_token")["status"]), (5, &Value::from("fail")), "{report:#}");
    // Whatever words the dialect has for it.
    let (code, report) = edition(&[("mobile number malformed", "sign and appword wrong")]);
    assert_eq!((code, &call(&report, "issue_user_token")["status"]), (0, &Value::from("ok")), "{report:#}");
    let (code, report) = edition(&[(owner, "209 = { error = \"refused\"")]);
    let finding = call(&report, "issue_user_token");
    assert_eq!((code, &finding["status"]), (0, &Value::from("warn")), "{report:#}");
    assert!(finding["message"].as_str().unwrap().contains("[209]: whether the credentials"), "{finding:#}");
    let (code, report) = edition(&[("\n404 = {", "\n444 = {")]);
    let finding = call(&report, "verify_id");
    assert_eq!((code, &finding["status"]), (0, &Value::from("warn")), "{report:#}");
    assert!(finding["message"].as_str().unwrap().contains("does not list this code"), "{finding:#}");
}

#[test]
fn plain_http_to_this_machine_is_fine() {
    let bench = Bench::new();
    for (base, warnings) in
        [("http://[::1]", 0), ("http://[::1]:8460", 0), ("http://localhost", 0), ("http://h.invalid", 1)]
    {
        let text = bench.sandbox.config_toml().replace(&bench.sandbox.base_url(), base);
        bench.write("skm.toml", text.replace("allow_http = false", "allow_http = true"));
        let (code, report) = bench.json(&["doctor", "--offline"]);
        assert_eq!((code, found(&report, "http").len()), (0, warnings), "{base}: {report:#}");
    }
}

#[test]
fn the_same_key_twice_is_noticed() {
    let bench = Bench::new();
    bench.change(&bench.value("id.auth_key"), &bench.value("id.body_key"));
    let (_, report) = bench.json(&["doctor", "--offline"]);
    assert_eq!(found(&report, "keys"), ["warn"]);
}

#[test]
fn a_missing_or_broken_file() {
    let bench = Bench::new();
    let (code, report) = bench.json(&["doctor", "--config", "none.toml"]);
    assert_eq!(code, 3);
    assert!(failed(&report)["fix"].as_str().unwrap().contains("skm config init"));

    bench.change("[scan]", "[scan");
    assert_eq!(examine(&bench).0, 3);
    bench.change(&bench.value("id.body_key"), "c2hvcnQ=");
    let (code, report) = examine(&bench);
    assert_eq!(
        (code, &report["error"]["name"], found(&report, "keys")),
        (3, &Value::from("key_invalid"), vec!["fail"])
    );
    bench.write("skm.toml", "");
    let (code, report) = examine(&bench);
    assert_eq!((code, &report["error"]["name"]), (3, &Value::from("config_missing")));
}

#[cfg(unix)]
#[test]
fn secrets_that_others_can_read_are_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let open = std::fs::Permissions::from_mode(0o644);
    let bench = Bench::new();
    std::fs::set_permissions(bench.path("skm.toml"), open.clone()).unwrap();
    let (code, report) = bench.json(&["doctor", "--offline"]);
    assert_eq!((code, found(&report, "permissions")), (0, vec!["warn"]));

    let token = bench.value("scan.token");
    bench.change(&format!("token = \"{token}\""), "token_file = \"scan.token\"");
    bench.write("scan.token", &token);
    let (_, report) = bench.json(&["doctor", "--offline"]);
    assert_eq!(found(&report, "permissions"), ["ok", "ok"]);
    std::fs::set_permissions(bench.path("scan.token"), open).unwrap();
    let (_, report) = bench.json(&["doctor", "--offline"]);
    assert_eq!(found(&report, "permissions"), ["warn", "ok"]);
}

#[cfg(unix)]
#[test]
fn passwords_of_proxies_and_keys_of_audit_logs_are_secrets_too() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    for (text, findings) in [
        ("[http]\nproxy = \"http://user:pass@127.0.0.1:3128\"\n", 1),
        ("[http]\nproxy = \"http://127.0.0.1:3128\"\n", 0),
        (
            "[audit]\nfile = \"a.jsonl\"\nkey = \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"\n",
            1,
        ),
    ] {
        bench.write("skm.toml", format!("[display]\nurl = \"https://skm.invalid/page.html\"\n\n{text}"));
        std::fs::set_permissions(bench.path("skm.toml"), std::fs::Permissions::from_mode(0o644)).unwrap();
        let (code, report) = bench.json(&["doctor", "--offline"]);
        assert_eq!((code, found(&report, "permissions")), (0, vec!["warn"; findings]), "{text}: {report:#}");
    }
}

#[test]
fn a_host_that_is_not_there() {
    let bench = Bench::new();
    bench.write("skm.toml", bench.sandbox.config_toml().replace(&bench.sandbox.base_url(), NOBODY));
    let (code, report) = examine(&bench);
    assert_eq!((code, failed(&report)["check"].as_str()), (4, Some("tcp")));
    assert_eq!(found(&report, "call"), ["skip", "skip", "skip"]);

    // Longer than a label of a name may be: it is refused on this machine, no name server is asked.
    let nowhere = format!("https://{}.invalid", "a".repeat(64));
    bench.write("skm.toml", bench.sandbox.config_toml().replace(&bench.sandbox.base_url(), &nowhere));
    let (code, report) = examine(&bench);
    assert_eq!((code, failed(&report)["check"].as_str()), (4, Some("name")));
}

#[test]
fn a_host_that_does_not_speak_tls() {
    let bench = Bench::new();
    bench.write("skm.toml", bench.sandbox.config_toml().replace("http://", "https://"));
    let (code, report) = examine(&bench);
    assert_eq!(code, 4);
    assert!(["tls", "answer"].contains(&failed(&report)["check"].as_str().unwrap()), "{report:#}");
}

#[test]
fn clocks_that_differ() {
    let slightly = Bench::with(Options { clock: ClockSetting::Offset(-90), ..Options::on_free_port() });
    let (code, report) = examine(&slightly);
    assert_eq!((code, found(&report, "clock")), (0, vec!["warn"]));

    let far = Bench::with(Options { clock: ClockSetting::Offset(-7200), ..Options::on_free_port() });
    let (code, report) = examine(&far);
    assert_eq!(
        (code, found(&report, "clock"), &report["error"]["name"]),
        (4, vec!["fail"], &Value::from("clock_skew"))
    );
    assert!(
        report["error"]["message"].as_str().unwrap().contains("7200")
            || report["error"]["message"].as_str().unwrap().contains("7199")
    );
}

#[test]
fn a_url_that_leads_elsewhere() {
    let bench = Bench::new();
    bench.change("/jkm/scanJsJkm", "/elsewhere");
    let (code, report) = examine(&bench);
    assert_eq!(code, 4);
    assert!(failed(&report)["fix"].as_str().unwrap().contains("not this path"));
}

/// A TLS server with a certificate that no authority signed; the PEM of it, and the port. Its thread ends with the test.
fn own_certificate() -> (String, u16) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream.unwrap());
            // A client that does not trust the certificate ends the handshake.
            if tls.read(&mut [0; 4096]).is_ok() {
                let _ = tls.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
        }
    });
    (certificate.pem(), port)
}

#[test]
fn a_certificate_of_the_platforms_own() {
    let bench = Bench::new();
    let (pem, port) = own_certificate();
    let text = bench.sandbox.config_toml().replace(&bench.sandbox.base_url(), &format!("https://127.0.0.1:{port}"));
    bench.write("skm.toml", &text);
    let (code, report) = examine(&bench);
    assert_eq!((code, &report["error"]["name"], found(&report, "tls")), (4, &Value::from("tls_failed"), vec!["fail"]));
    let fix = failed(&report)["fix"].as_str().unwrap();
    assert!(fix.contains("http.ca_file") && fix.contains("never turn the check off"));

    bench.write("ca.pem", pem);
    bench.write("skm.toml", text.replace("[http]", "[http]\nca_file = \"ca.pem\""));
    let (_, report) = examine(&bench);
    assert_eq!((found(&report, "tls"), found(&report, "clock")), (vec!["ok"], vec!["skip"]), "{report:#}");
}

#[test]
fn a_proxy_that_is_not_there() {
    let bench = Bench::new();
    // This machine is never asked for through a proxy: another host has to be named.
    let base = bench.sandbox.base_url();
    let through = bench.sandbox.config_toml().replace(&base, "https://platform.example.invalid");
    bench.write("skm.toml", through.replace("[http]", &format!("[http]\nproxy = \"{NOBODY}\"")));
    let (code, report) = examine(&bench);
    assert_eq!((code, &report["error"]["name"]), (4, &Value::from("proxy_failed")), "{report:#}");
    assert!(failed(&report)["fix"].as_str().unwrap().contains("http.proxy"));
}
