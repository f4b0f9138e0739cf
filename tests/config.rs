//! Every refusal of a configuration or dialect: kind, file, line, key, remedy; and never a secret.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use skm::config::Config;
use skm::{Dialect, Error, ErrorKind};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";

fn refused(source: &str) -> Error {
    match Config::parse(source, Path::new("")) {
        Ok(_) => panic!("accepted:\n{source}"),
        Err(error) => error,
    }
}

/// The error's kind and its English detail, after the table's own text.
fn said(source: &str) -> (ErrorKind, String) {
    let error = refused(source);
    let message = error.message();
    let detail = message.strip_prefix(error.kind().text()).unwrap().trim_start_matches(": ").to_owned();
    assert!(!error.message_zh().is_empty());
    (error.kind(), detail)
}

fn scan(more: &str) -> String {
    format!("[scan]\nurl = \"https://scan.example.invalid/s\"\nsource = \"wuxi\"\ntoken = \"unit-token-1\"\n{more}")
}

#[test]
fn a_complete_file_is_accepted_and_shows_no_secret() {
    let source = format!(
        r#"
dialect = "db32t3761-46-2021"
[user_token]
url = "https://gateway.example.invalid/g"
appmark = "demoapp"
appword = "topsecret-appword"
[display]
url = "https://h5.example.invalid/jkmIndex.html#/top"
[scan]
url = "https://scan.example.invalid/s"
source = "wuxi"
token = "topsecret-token"
position = "江苏省,无锡市,梁溪区,示范路1号"
verifier_dept = "示范医院"
verifier_name = "张三丰"
verifier_phone = "13800001234"
[id]
url = "https://id.example.invalid/i"
account = "topsecret-account"
auth_key = "{KEY}"
body_key = "{KEY}"
organize_location = "示范医院"
[http]
deadline_ms = 3000
retries = 0
proxy = "http://user:topsecret@proxy.example.invalid:3128"
[audit]
file = "audit.jsonl"
"#
    );
    let config = Config::parse(&source, Path::new("/etc/skm")).unwrap();
    assert_eq!(config.audit().unwrap().file, Path::new("/etc/skm/audit.jsonl"));
    let shown = format!("{config:?}");
    for secret in ["topsecret", KEY, "张三丰", "13800001234"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn unknown_keys_and_sections() {
    let (kind, text) = said(&scan("tokn = \"x\"\n"));
    assert_eq!(kind, ErrorKind::ConfigInvalid);
    assert!(text.starts_with("skm.toml:5: scan.tokn is not a known key: known here are scan.url,"), "{text}");
    let (_, text) = said("[scann]\nurl = \"x\"\n");
    assert!(text.starts_with("skm.toml:2: scann.url is in no known section"), "{text}");
    let (_, text) = said("[scna]\n");
    assert!(
        text.starts_with("skm.toml:1: scna is in no known section: the sections are user_token, display, scan"),
        "{text}"
    );
    let (_, text) = said("[[scan]]\nurl = \"x\"\n");
    assert!(text.starts_with("skm.toml:1: scan must be a section: write [scan]"), "{text}");
    let (_, text) = said("[scan]\n");
    assert!(text.starts_with("skm.toml: scan.url is missing"), "{text}");
    let (_, text) = said(&format!("\"scan.url\" = \"https://other.example.invalid/\"\n{}", scan("")));
    assert!(text.starts_with("skm.toml:1: scan.url: a key in quotes must not hold a dot"), "{text}");
    let (_, text) = said(&scan("SecretAppword1234567890 = \"x\"\n"));
    assert!(text.contains("(this key) is not a known key") && !text.contains("SecretAppword"), "{text}");
    let (_, text) = said("top = 1\n");
    assert!(text.starts_with("skm.toml:1: top"), "{text}");
}

#[test]
fn wrong_types() {
    let (kind, text) = said("[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"wuxi\"\ntoken = 12345678\n");
    assert_eq!(kind, ErrorKind::ConfigInvalid);
    assert_eq!(text, "skm.toml:4: scan.token must be a string in quotes, not an integer");
    let (_, text) = said("[http]\ndeadline_ms = \"soon\"\n");
    assert_eq!(text, "skm.toml:2: http.deadline_ms must be a whole number, not a string");
    let (_, text) = said("[http]\nallow_http = 1\n");
    assert_eq!(text, "skm.toml:2: http.allow_http must be true or false, not an integer");
    let (_, text) = said("[http]\nretries = 99\n");
    assert_eq!(text, "skm.toml:2: http.retries must be from 0 to 10");
    let (_, text) = said("[http]\ndeadline_ms = 0\n");
    assert_eq!(text, "skm.toml:2: http.deadline_ms must be from 1 to 600000");
}

#[test]
fn two_forms_of_one_secret() {
    let (kind, text) = said(&scan("token_env = \"SKM_TOKEN\"\n"));
    assert_eq!(kind, ErrorKind::ConfigInvalid);
    assert_eq!(text, "skm.toml:4: scan.token is given twice: keep one of the plain, _file and _env forms");
}

#[test]
fn missing_values_and_secrets() {
    let (_, text) = said("[scan]\nurl = \"https://a.example.invalid/\"\ntoken = \"t\"\n");
    assert_eq!(text, "skm.toml: scan.source is missing: add it to this section");
    let (_, text) = said("[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"wuxi\"\n");
    assert_eq!(text, "skm.toml: scan.token is missing: give it, or its _file or _env form");
    let (_, text) =
        said("[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"wuxi\"\ntoken_env = \"SKM_NOT_SET_ANYWHERE\"\n");
    assert_eq!(text, "skm.toml:4: scan.token_env names an environment variable that is not set");
    let (_, text) =
        said("[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"wuxi\"\ntoken_file = \"no/such/file\"\n");
    assert_eq!(text, "skm.toml:4: scan.token_file names a file that cannot be read (no such file)");
    let (_, text) = said("[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"\"\ntoken = \"t\"\n");
    assert_eq!(text, "skm.toml:3: scan.source must be one line of text, not empty");
}

#[test]
fn bad_keys() {
    let id = |auth: &str| {
        format!(
            "[id]\nurl = \"https://id.example.invalid/\"\naccount = \"a\"\nauth_key = \"{auth}\"\nbody_key = \"{KEY}\"\n"
        )
    };
    for bad in ["not base64 at all", "c2hvcnQ=", "0123456789abcdef"] {
        let (kind, text) = said(&id(bad));
        assert_eq!(kind, ErrorKind::KeyInvalid);
        assert_eq!(text, "skm.toml:4: id.auth_key must be the Base64 of 16 bytes (24 characters)");
    }
    Config::parse(&id(KEY), Path::new("")).unwrap();
}

#[test]
fn bad_urls() {
    let with = |url: &str| format!("[scan]\nurl = \"{url}\"\nsource = \"wuxi\"\ntoken = \"t\"\n");
    let absolute = "skm.toml:2: scan.url must be an absolute URL such as https://host/path, without user, password, blank or fragment";
    for bad in [
        "/jkm/scanJsJkm",
        "host/path",
        "ftp://host/",
        "https://",
        "https://u:topsecret@host/",
        "https://h/#x",
        "",
        "https://h:99999/",
        "https://h:8O80/",
        "https://h:/",
        "https://h:0/",
    ] {
        let (kind, text) = said(&with(bad));
        assert_eq!((kind, text.as_str()), (ErrorKind::ConfigInvalid, absolute), "{bad}");
    }
    let (_, text) = said(&with("http://scan.example.invalid/"));
    assert_eq!(
        text,
        "skm.toml:2: scan.url is plain http to a host that is not this machine: use https, or set http.allow_http = true"
    );
    for good in
        ["http://127.0.0.1:8460/x", "http://localhost/x", "http://[::1]:1/x", "https://scan.example.invalid/?a=b"]
    {
        Config::parse(&with(good), Path::new("")).unwrap();
    }
    let allowed = format!("{}[http]\nallow_http = true\n", with("http://scan.example.invalid/"));
    Config::parse(&allowed, Path::new("")).unwrap();
}

#[test]
fn toml_mistakes_name_the_line_and_quote_nothing() {
    for source in [
        "[scan]\ntoken = topsecret\n",
        "[scan]\ntoken = \"topsecret\n",
        "[scan]\ntoken = \"a\"\ntoken = \"topsecret\"\n",
    ] {
        let (kind, text) = said(source);
        assert_eq!(kind, ErrorKind::ConfigInvalid);
        assert!(
            text.starts_with("skm.toml:2: TOML: the text is not TOML") || text.starts_with("skm.toml:3:"),
            "{text}"
        );
        assert!(!text.contains("topsecret"));
    }
}

#[test]
fn no_word_opens_a_gate_without_a_verdict() {
    for word in ["open", "green", "true", ""] {
        let (_, text) = said(&format!("[gate]\nwhen_unreachable = \"{word}\"\n"));
        assert!(text.starts_with("skm.toml:2: gate.when_unreachable must be stay_shut or call_person"), "{text}");
    }
}

#[test]
fn proxies_and_certificates() {
    let (_, text) = said("[http]\nproxy = \"proxy:topsecret\"\n");
    assert_eq!(text, "skm.toml:2: http.proxy must be http://host:port, with user:pass@ if needed, or env");
    let (_, text) = said("[http]\nca_file = \"no/such.pem\"\n");
    assert_eq!(text, "skm.toml:2: http.ca_file cannot be read (no such file)");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("not.pem"), "hello").unwrap();
    let error = Config::parse("[http]\nca_file = \"not.pem\"\n", folder.path()).unwrap_err();
    assert!(error.message().ends_with("skm.toml:2: http.ca_file names a file that is not a PEM file: one begins with -----BEGIN CERTIFICATE-----, or such a line"), "{error}");
    let pair = rcgen::generate_simple_self_signed(Vec::new()).unwrap();
    std::fs::write(folder.path().join("c.pem"), pair.cert.pem()).unwrap();
    let error = Config::parse("[http]\nclient_cert_file = \"c.pem\"\n", folder.path()).unwrap_err();
    assert!(error.message().contains("http.client_key_file go together"), "{error}");
}

#[test]
fn secrets_come_from_files_and_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "from-a-file\r\n").unwrap();
    let source = "[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"wuxi\"\ntoken_file = \"token\"\n";
    let config = Config::parse(source, folder.path()).unwrap();
    assert_eq!(config.scan().unwrap().token.expose(), "from-a-file");
    std::fs::write(folder.path().join("token"), "\u{feff}from-a-file\r\n").unwrap();
    let config = Config::parse(source, folder.path()).unwrap();
    assert_eq!(config.scan().unwrap().token.expose(), "from-a-file", "an editor's byte order mark");
}

#[test]
fn a_missing_section_is_named_by_the_call_that_needs_it() {
    let client = skm::Client::new(Config::builder().build().unwrap()).unwrap();
    let request = skm::ScanRequest::new("x", skm::Consent::explicit("notice A-12"));
    let error = client.verify_scan(&request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigMissing);
    assert!(error.message().contains("[scan]"), "{error}");
}

#[test]
fn the_builder_meets_the_same_checks() {
    let error = Config::builder().set("http.dedline_ms", "topsecret").build().unwrap_err();
    assert!(
        error.message().contains("http.dedline_ms is not a known key") && !error.message().contains("topsecret"),
        "{error}"
    );
    let error = Config::builder().set("http.deadline_ms", "soon").build().unwrap_err();
    assert!(error.message().ends_with("http.deadline_ms must be a whole number, not a string"), "{error}");
    let config = Config::builder().set("http.deadline_ms", "1500").set("http.retries", 0_i64).build().unwrap();
    assert_eq!(config.http.deadline.as_millis(), 1500);
}

#[test]
fn files_that_cannot_be_read() {
    let error = Config::load("no/such/skm.toml").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.message().ends_with("skm.toml: cannot be read (no such file)"), "{error}");
    let error = Config::parse("dialect = \"no/such.toml\"\n", Path::new("")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DialectInvalid);
}

#[test]
fn dialects() {
    let wrong = |from: &str, to: &str| {
        let source = Dialect::built_in_source();
        assert!(source.contains(from), "{from}");
        let error = Dialect::parse("city.toml", &source.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DialectInvalid);
        error.message().strip_prefix("the dialect file is not valid: ").unwrap().to_owned()
    };
    let text = wrong("cipher = \"aes-128-ecb\"", "cipher = \"rot13\"");
    assert!(text.contains("id.cipher must be one of aes-128-ecb, aes-128-cbc, sm4-ecb, sm4-cbc"), "{text}");
    assert!(text.starts_with("city.toml:"), "{text}");
    let text = wrong("\"%Y%m%d%H%M%S\"", "\"%Y%m%d\"");
    assert!(text.contains("user_token.time_format"), "{text}");
    let text = wrong("\"+08:00\"", "\"Asia/Shanghai\"");
    assert!(text.contains("user_token.time_zone") && text.contains("+08:00"), "{text}");
    let text = wrong("\"qr_expired\"", "\"expired\"");
    assert!(
        text.contains("scan.codes.111.error is not what a platform can refuse with: write one of refused,"),
        "{text}"
    );
    let text = wrong("[\"red\", \"3\"]", "[\"red\", \"GREEN\"]");
    assert!(text.contains("level.green holds a word that stands for another level"), "{text}");
    for word in ["red", "4", "unknown", "红码"] {
        let text = wrong("[\"green\", \"1\"]", &format!("[\"green\", \"{word}\"]"));
        assert!(text.contains("level.green holds a word that stands for another level"), "{text}");
    }
    for pattern in ["%Y%m%d%I%M%S", "%Y%m%d%H%M", "%Y%m%d%H"] {
        assert!(
            wrong("\"%Y%m%d%H%M%S\"", &format!("\"{pattern}\"")).contains("gives the time to the second"),
            "{pattern}"
        );
    }
    for zone in ["++8:00", "+08:99", "+25:00", "08:00"] {
        assert!(wrong("\"+08:00\"", &format!("\"{zone}\"")).contains("an offset such as +08:00"), "{zone}");
    }
    assert!(wrong("\"qr_expired\"", "\"closed\"").contains("is not what a platform can refuse with"));
    assert!(wrong("auth_header = \"auth\"", "auth_header = \"content-length\"").contains("id.auth_header"));
    assert!(wrong(", zh = \"二维码已过期\"", "").contains("en and zh go together"));
    let text = wrong("green = [\"green\", \"1\"]\n", "");
    assert!(text.contains("level.green needs at least one word"), "{text}");
    let text = wrong("ending = \"result\"", "ending = \"result\"\nendings = \"x\"");
    assert!(text.contains("qr.endings is not a known key"), "{text}");
    let text = wrong("iv = \"0000", "iv = \"zz00");
    assert!(text.contains("id.iv must be 32 hex digits"), "{text}");
    let text = wrong("max_skew_s = 300", "max_skew_s = \"300\"");
    assert!(text.contains("user_token.max_skew_s must be a whole number"), "{text}");
    let text = wrong("path = \"/jkm/scanJsJkm\"", "path = \"jkm\"");
    assert!(text.contains("scan.path must be a path that starts with /"), "{text}");
}
