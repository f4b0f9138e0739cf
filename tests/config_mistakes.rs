//! Mistakes that people make with the files of a configuration: saved in another encoding, given where something else is
//! due, holding something else. Each is named with its place and remedy, and nothing of a secret is repeated.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair};
use skm::config::{Config, Value};
use skm::{Client, Dialect, Error, ErrorKind};
use tempfile::TempDir;

const SECRET: &str = "topsecret";

/// A folder with one file in it.
fn folder_with(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    (folder, file)
}

/// Both technical lines, in which nothing secret may be.
fn lines(error: &Error) -> (String, String) {
    let both = (error.message(), error.technical_zh());
    for shown in [&both.0, &both.1, &error.message_zh(), &format!("{error:?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    both
}

#[test]
fn a_file_in_another_encoding_is_told_with_encoding_line_and_remedy() {
    let text = format!("[scan]\ntoken = \"{SECRET}\"\nverifier_dept = \"示范医院\"\n");
    let utf_16 = |mark: &str| format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let gbk = [text.split_once("示").unwrap().0.as_bytes(), b"\xca\xbe\xb7\xb6\xd2\xbd\xd4\xba\"\n"].concat();
    for (bytes, encoding, line) in [(gbk, "GBK", ":3"), (utf_16("\u{feff}"), "UTF-16", ""), (utf_16(""), "UTF-16", "")]
    {
        let (_folder, file) = folder_with("skm.toml", &bytes);
        let (en, zh) = lines(&Config::load(&file).unwrap_err());
        let place = format!("{}{line}:", file.display());
        assert!(en.contains(&place) && en.contains(encoding) && en.ends_with("save it as UTF-8"), "{en}");
        assert!(zh.contains(&place) && zh.contains(encoding) && zh.ends_with("请另存为 UTF-8"), "{zh}");
        let error = Dialect::load(&file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DialectInvalid);
        assert!(lines(&error).0.contains(encoding));
        let named = "[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"wuxi\"\ntoken_file = \"skm.toml\"\n";
        let (en, _) = lines(&Config::parse(named, file.parent().unwrap()).unwrap_err());
        assert!(
            en.contains("skm.toml:4: scan.token_file names a file: this looks like") && en.contains(encoding),
            "{en}"
        );
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_file() {
    let (_folder, file) = folder_with("skm.toml", "\u{feff}[http]\nretries = 0\n".as_bytes());
    assert_eq!(Config::load(&file).unwrap().http.retries, 0);
    assert_eq!(Config::parse("\u{feff}[http]\nretries = 0\n", Path::new("")).unwrap().http.retries, 0);
    let (_folder, file) = folder_with("city.toml", format!("\u{feff}{}", Dialect::built_in_source()).as_bytes());
    Dialect::load(&file).unwrap();
}

fn with_token(value: impl Into<Value>, key: &str) -> Result<Config, Error> {
    let builder = Config::builder().set("scan.url", "https://a.example.invalid/").set("scan.source", "wuxi");
    builder.set(key, value).build()
}

#[test]
fn secrets_lose_line_breaks_and_refuse_blanks_in_every_form_alike() {
    let given_as_file = |secret: &str| {
        let (_folder, file) = folder_with("token", secret.as_bytes());
        with_token(file.to_str().unwrap(), "scan.token_file")
    };
    // The environment of a test belongs to all of them: what is needed is set for a child (below).
    let inline = |secret: &str| {
        let quoted = secret.replace('\r', "\\r").replace('\n', "\\n").replace('\t', "\\t");
        let source = format!("[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"wuxi\"\ntoken = \"{quoted}\"\n");
        Config::parse(&source, Path::new(""))
    };
    let built = |secret: &str| with_token(secret, "scan.token");
    let forms: [&dyn Fn(&str) -> Result<Config, Error>; 3] = [&given_as_file, &inline, &built];
    for form in forms {
        for good in
            [SECRET.to_owned(), format!("{SECRET}\n"), format!("{SECRET}\r\n\r\n"), format!("\u{feff}{SECRET}\n")]
        {
            assert_eq!(form(&good).unwrap().scan().unwrap().token.expose(), SECRET, "{good:?}");
        }
        for blank in [" ", "\t", "\u{3000}", "\u{a0}", "\u{200b}"] {
            for bad in [format!("{blank}{SECRET}"), format!("{SECRET}{blank}"), format!("{SECRET}{blank}\n")] {
                let (en, zh) = lines(&form(&bad).unwrap_err());
                assert!(en.contains("scan.token") && en.ends_with("before or behind the secret: remove it"), "{en}");
                assert!(zh.contains("scan.token") && zh.ends_with("请删除"), "{zh}");
            }
        }
        for bad in ["", "\n", " ", "top\nsecret"] {
            assert!(form(bad).unwrap_err().message().ends_with("must be one line of text, not empty"), "{bad:?}");
        }
    }
}

#[test]
fn a_secret_of_the_environment_is_read_like_one_of_a_file() {
    const CHILD: &str = "SKM_TEST_TOKEN";
    if std::env::var_os(CHILD).is_some() {
        match with_token(CHILD, "scan.token_env") {
            Ok(config) => println!("read <{}>", config.scan().unwrap().token.expose()),
            Err(error) => println!("refused <{}>", lines(&error).0),
        }
        return;
    }
    let seen = |secret: &str| {
        let name = "a_secret_of_the_environment_is_read_like_one_of_a_file";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        let output = child.args(["--exact", name, "--nocapture"]).env(CHILD, secret).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for good in [SECRET.to_owned(), format!("{SECRET}\n"), format!("{SECRET}\r\n")] {
        assert!(seen(&good).contains(&format!("read <{SECRET}>")));
    }
    for bad in [format!(" {SECRET}"), format!("{SECRET}\t\n")] {
        let said = seen(&bad);
        assert!(said.contains("refused <") && said.contains("scan.token_env has a blank"), "{said}");
    }
}

#[test]
fn a_text_given_as_a_path_is_never_repeated() {
    let long = format!("/{}/{SECRET}", "a/".repeat(4096));
    for text in [
        &format!("[scan]\nurl = \"https://a.example.invalid/\"\ntoken = \"x/{SECRET}\""),
        &format!("[scan]\r\ntoken = 'x/{SECRET}'"),
        &format!("scan = {{ token = \"x/{SECRET}\" }}"),
        &format!("{{\"scan.token\": \"x/{SECRET}\"}}"),
        &format!("scan.token=x/{SECRET}"),
        &long,
    ] {
        for error in [
            Client::open(text).unwrap_err(),
            Config::load(text).unwrap_err(),
            Dialect::load(Path::new(text)).unwrap_err(),
        ] {
            let (en, zh) = lines(&error);
            assert!(en.contains("this is a text, not the path of a file"), "{en}");
            assert!(zh.contains("这是一段文本,不是文件路径"), "{zh}");
        }
        let (en, _) = lines(&Dialect::parse(text, "x").unwrap_err());
        assert!(en.contains("(this is no path):1: "), "{en}");
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\r', "\\r").replace('\n', "\\n");
        lines(&Config::parse(&format!("dialect = \"{quoted}\"\n"), Path::new("")).unwrap_err());
        lines(&Config::parse(&format!("[http]\nca_file = \"{quoted}\"\n"), Path::new("")).unwrap_err());
        let audit = format!("[audit]\nfile = \"{quoted}\"\n");
        let opened = Config::parse(&audit, Path::new("/nowhere")).and_then(Client::new);
        lines(&opened.err().unwrap());
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named_as_given_with_the_reason() {
    let error = Config::load("no/such/skm.toml").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.message().ends_with("no/such/skm.toml: cannot be read (no such file)"), "{error}");
    assert!(error.technical_zh().ends_with("no/such/skm.toml:无法读取(文件不存在)"), "{}", error.technical_zh());
    let folder = tempfile::tempdir().unwrap();
    let (en, zh) = lines(&Config::load(folder.path()).unwrap_err());
    assert!(en.ends_with(&format!("{}: cannot be read (it is a directory)", folder.path().display())), "{en}");
    assert!(zh.ends_with("(这是一个目录)"), "{zh}");
    let (_folder, file) = folder_with("skm.toml", b"[scan]\n");
    let (en, zh) = lines(&Config::load(&file).unwrap_err());
    assert!(en.contains(&format!("{}: scan.url is missing", file.display())), "{en}");
    assert!(zh.contains(&format!("{}: 缺少 scan.url", file.display())), "the file itself is not missing: {zh}");
}

#[test]
fn a_missing_key_does_not_hide_the_misspelt_one() {
    let said = |source: &str| lines(&Config::parse(source, Path::new("")).unwrap_err()).0;
    let text = said("[scan]\nurll = \"https://a.example.invalid/\"\nsource = \"wuxi\"\ntoken = \"t\"\n");
    assert!(text.contains("skm.toml: scan.url is missing: add it to this section; "), "{text}");
    assert!(text.contains("; skm.toml:2: scan.urll is not a known key: known here are scan.url, "), "{text}");
    let text = said("[scan]\nadress = \"x\"\nsrc = \"wuxi\"\ntokenn = \"topsecret\"\n");
    for named in [
        "scan.url is missing",
        "scan.source is missing",
        "scan.token is missing",
        "3: scan.src is",
        "4: scan.tokenn is",
    ] {
        assert!(text.contains(named), "{named} in {text}");
    }
    for (section, given, missing, misspelt) in [
        (
            "user_token",
            "url = \"https://a.example.invalid/\"\nappmark = \"a\"\nappwrd = \"topsecret\"",
            "appword",
            "appwrd",
        ),
        ("display", "uri = \"https://a.example.invalid/\"", "url", "uri"),
        ("id", "url = \"https://a.example.invalid/\"\naccont = \"a\"", "account", "accont"),
        ("audit", "path = \"a.jsonl\"", "file", "path"),
    ] {
        let text = said(&format!("[{section}]\n{given}\n"));
        assert!(text.contains(&format!("{section}.{missing} is missing")), "{text}");
        assert!(text.contains(&format!("{section}.{misspelt} is not a known key")), "{text}");
    }
    let error = Config::builder().set("scan.urll", "x").set("scan.source", "wuxi").set("scan.token", "t").build();
    let (en, zh) = lines(&error.unwrap_err());
    assert!(en.contains("scan.url is missing") && en.contains("scan.urll is not a known key"), "{en}");
    assert!(zh.contains("缺少 scan.url") && zh.contains("scan.urll 不是已知的键"), "{zh}");
    let source = Dialect::built_in_source().replace("code_key =", "code_kye =");
    let (en, _) = lines(&Dialect::parse("city.toml", &source).unwrap_err());
    assert!(en.contains("qr.code_key is missing") && en.contains("qr.code_kye is not a known key"), "{en}");
    assert!(!en.contains("qr.ending is not"), "{en}");
}

#[test]
fn certificate_files_that_cannot_be_used_are_refused_at_load() {
    let pair = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["h.example.invalid".to_owned()]).unwrap();
    // Expired: the platform's problem, not the file's.
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    let certificate = params.self_signed(&pair).unwrap();
    let (pem, key) = (certificate.pem(), pair.serialize_pem());
    let load = |section: &str, content: &[u8]| {
        let (folder, _) = folder_with("file.pem", content);
        fs::write(folder.path().join("c.pem"), &pem).unwrap();
        Config::parse(section, folder.path())
    };
    let ca = "[http]\nca_file = \"file.pem\"\n";
    for good in [pem.clone(), format!("\u{feff}{pem}"), format!("# 说明\n{pem}{pem}"), pem.replace('\n', "\r\n")] {
        load(ca, good.as_bytes()).unwrap();
    }
    let wide: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let request = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
    for (content, said) in [
        (key.as_bytes(), "holds a private key, but no certificate"),
        (certificate.der().as_ref(), "openssl x509 -inform der"),
        (b"hello", "is not a PEM file"),
        (b"", "is empty"),
        (b"\r\n \n", "is empty"),
        (garbage.as_bytes(), "no usable certificate"),
        (request.as_bytes(), "certificate request"),
        (pem.replacen("MI", "M*", 1).as_bytes(), "cut off or damaged"),
        (&pem.as_bytes()[..pem.len() - 30], "cut off or damaged"),
        (format!("{pem}{}", &pem[..80]).as_bytes(), "cut off or damaged"),
        (&wide, "UTF-16"),
        (&[0x30, 0x82, 5, 0, 2, 1, 3, 0x30], "openssl pkcs12"),
    ] {
        let (en, zh) = lines(&load(ca, content).unwrap_err());
        assert!(en.contains("skm.toml:2: http.ca_file names a file that") && en.contains(said), "{said}: {en}");
        assert!(zh.contains("http.ca_file 所指文件"), "{zh}");
    }
    let client = "[http]\nclient_cert_file = \"c.pem\"\nclient_key_file = \"file.pem\"\n";
    load(client, key.as_bytes()).unwrap();
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    for (content, said) in [
        (encrypted, "encrypted"),
        (legacy, "encrypted"),
        (&pem, "no private key"),
        ("", "is empty"),
        (&key[..60], "cut off or damaged"),
    ] {
        let (en, zh) = lines(&load(client, content.as_bytes()).unwrap_err());
        assert!(en.contains("http.client_key_file names a file that") && en.contains(said), "{said}: {en}");
        assert!(said != "encrypted" || (en.contains("openssl pkey") && zh.contains("已加密")), "{en} {zh}");
    }
    let (en, _) = lines(&load(client, pair.serialize_der().as_slice()).unwrap_err());
    assert!(en.contains("openssl pkey -inform der"), "{en}");
}
