//! A gate must not open for the person before: scans that were cut, glued together, framed or retyped, against a sandbox
//! that takes exactly the texts that it issued, and against a platform that finds everybody green.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "shared with suites that make the other calls")]
#[path = "support/platform.rs"]
mod platform;

use std::io::{Read, Write};
use std::net::TcpListener;

use platform::{client, consent, person, start};
use skm::dialect::Dialect;
use skm::interfaces::qr::QrText;
use skm::{Client, Config, Error, ErrorKind, ScanRequest};
use skm_sandbox::{Level, Sandbox};

struct Codes {
    green: String,
    red: String,
}

fn codes(sandbox: &Sandbox) -> Codes {
    let fresh = |level| sandbox.fresh_qr(&person(sandbox, level).number).unwrap();
    Codes { green: fresh(Level::Green), red: fresh(Level::Red) }
}

fn scan(client: &Client, text: &str) -> Result<skm::ScanResult, Error> {
    client.verify_scan(&ScanRequest::new(text, consent()))
}

/// What makes two texts one: nothing, and what scanners and keyboards put between two reads.
const GLUE: [&str; 11] = ["", ",", ";", "\r", "\n", "\t", " ", "\u{1d}", "\u{feff}", "]Q1", "\\000026"];

#[test]
fn no_text_with_parts_of_two_codes_gives_a_verdict() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let Codes { green, red } = codes(&sandbox);
    let mut asked = 0;
    let mut refused = |text: String| {
        if text == green || text == red {
            return;
        }
        asked += 1;
        let found = scan(&client, &text);
        assert!(found.is_err(), "{:?} for {text}", found.map(|result| result.verdict()));
    };
    for (first, second) in [(&green, &red), (&red, &green), (&green, &green)] {
        for at in 0..=first.len() {
            // A read that was cut before the next began, and one that the next one's rest follows.
            refused(format!("{}{second}", &first[..at]));
            refused(format!("{first}{}", &second[at.min(second.len())..]));
            refused(format!("{}{}", &first[..at], &second[at.min(second.len())..]));
            refused(format!("{second}{}", &first[..at]));
        }
        for glue in GLUE {
            refused(format!("{first}{glue}{second}"));
        }
        for (from, to) in (0..first.len()).zip((0..second.len()).rev()).step_by(3) {
            refused(format!("{}{}", &first[..from], &second[to..]));
        }
    }
    assert!(asked > 500, "only {asked} texts were tried");
    assert_eq!(scan(&client, &green).unwrap().verdict(), skm::Verdict::Green);
    assert_eq!(scan(&client, &red).unwrap().verdict(), skm::Verdict::Red);
}

/// A platform that finds everybody green, whatever is asked.
fn all_green() -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut read = [0; 8192];
                let _ = stream.read(&mut read);
                let body = r#"{"resMessage":"OK","resCode":0,"res":{"level":"green"}}"#;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            });
        }
    });
    let keys = [
        ("scan.url", url.as_str()),
        ("scan.source", "wuxi"),
        ("scan.token", "t"),
        ("scan.position", "p"),
        ("scan.verifier_dept", "d"),
        ("scan.verifier_name", "n"),
        ("scan.verifier_phone", "13800001234"),
    ];
    let config = keys.iter().fold(Config::builder(), |builder, (key, value)| builder.set(key, *value));
    Client::new(config.build().unwrap()).unwrap()
}

#[test]
fn two_identities_in_one_text_are_never_sent() {
    let (sandbox, client) = (start(), all_green());
    let Codes { green, red } = codes(&sandbox);
    assert!(scan(&client, &green).unwrap().is_green(), "the platform of this test finds everybody green");
    let is_refused = |text: &str| {
        let error = scan(&client, text).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InputInvalid | ErrorKind::QrIncomplete | ErrorKind::QrNotSkm),
            "{error}"
        );
        assert_eq!(error.attempts(), 0, "{error}");
    };
    let (key, hash) = (red.find("qrCode=").unwrap(), red.find('#').unwrap());
    for glue in GLUE {
        // The whole code of the person before, and of the next one everything that still shows something.
        for at in 0..hash {
            is_refused(&format!("{green}{glue}{}", &red[at..]));
        }
        // The identity of the one before, cut anywhere behind it, and the whole code of the next.
        for at in key..green.len() {
            is_refused(&format!("{}{glue}{red}", &green[..at]));
        }
    }
    for tail in ["/result", "result", "#/result", "#", "/#/result", "&b=AAAA#/result", "&b=AAAA"] {
        is_refused(&format!("{green}{tail}"));
    }
    for again in [green.replace("://", "%3A%2F%2F"), green.to_uppercase(), green.to_lowercase(), encoded(&green)] {
        is_refused(&format!("{green}{again}"));
        is_refused(&format!("{again}{green}"));
        is_refused(&format!("{}{green}", encoded(&again)));
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn framing_at_both_ends_is_stripped_and_nothing_else_is() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let Codes { green, .. } = codes(&sandbox);
    let blanks = [
        "",
        " ",
        "\u{3000}",
        "\u{a0}",
        "\u{2028}",
        "\u{200b}\u{200d}",
        "\u{2060}",
        "\u{feff}",
        "\0",
        "\u{2}",
        "\u{85}",
    ];
    let ends = [
        "",
        "\r",
        "\n",
        "\r\n",
        "\t",
        "\u{3}",
        "\u{3}\r\n",
        "\0\0",
        "\u{9f}",
        "\u{1d}\u{1e}\u{4}",
        "\u{200c} \u{3000}",
    ];
    for before in blanks {
        for after in ends {
            for front in ["", "]Q0", "]Q1", "]Q3\\000026", "\\000003"] {
                let text = format!("{before}{front}{green}{after}");
                assert_eq!(client.check_qr(&text).unwrap().expose(), green, "{text:?}");
            }
        }
    }
    assert!(scan(&client, &format!("\u{2}]Q1{green}\u{3}\r\n")).unwrap().is_green());
    for front in ["]Q", "]Qx", "]C1", "]Q1]Q1", "\\00002", "\\000026\\000026", "\\000026]Q1", "Q1", "]q1", "x"] {
        assert!(scan(&client, &format!("{front}{green}")).is_err(), "{front}");
    }
    for at in 1..green.len() {
        for inside in ["\u{200b}", " ", "\0", "\u{ff1a}"] {
            let text = format!("{}{inside}{}", &green[..at], &green[at..]);
            assert_eq!(scan(&client, &text).unwrap_err().kind(), ErrorKind::InputInvalid, "{text:?}");
        }
    }
}

#[test]
fn a_code_that_was_cut_is_never_sent_and_a_long_one_is_one() {
    let (sandbox, client) = (start(), all_green());
    let Codes { green, .. } = codes(&sandbox);
    for at in 0..green.len() {
        let error = scan(&client, &green[..at]).unwrap_err();
        assert_eq!(error.attempts(), 0, "{error}");
    }
    let key = green.find("qrCode=").unwrap() + "qrCode=".len();
    for at in key + 1..green.len() {
        assert_eq!(scan(&client, &green[..at]).unwrap_err().kind(), ErrorKind::QrIncomplete);
    }
    for (cut, kind) in
        [("ttps://", ErrorKind::QrIncomplete), ("://", ErrorKind::QrIncomplete), ("//", ErrorKind::InputInvalid)]
    {
        let text = green.replacen("https://", cut, 1);
        assert_eq!(scan(&client, &text).unwrap_err().kind(), kind, "{cut}");
    }
    let limit = Dialect::built_in().qr.max_chars;
    let long = |length: usize| green.replacen("&b=", &format!("{}&b=", "0".repeat(length - green.len())), 1);
    QrText::parse(&format!(" {} ", long(limit)), &Dialect::built_in().qr).unwrap();
    assert_eq!(client.check_qr(&long(limit + 1)).unwrap_err().kind(), ErrorKind::InputInvalid);
}

#[test]
fn what_a_keyboard_setting_changed_is_said_to_be_the_scanners() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let Codes { green, .. } = codes(&sandbox);
    let swapped: String = green
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    for typed in [
        green.to_uppercase(),
        swapped,
        green.replace('/', "-"),
        green.replace(':', ";"),
        green.replace("://", "").to_lowercase(),
        green.replace("://", "：//"),
        encoded(&green),
        encoded(&green).to_lowercase(),
    ] {
        let error = scan(&client, &typed).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InputInvalid, Some("qr_text")), "{typed}");
        for (message, scanner) in [(error.message(), "scanner"), (error.message_zh(), "扫码枪")] {
            assert!(message.contains(scanner), "{message}");
        }
    }
    for other in
        ["https://example.invalid/?qrcode=1#/result", "https://u.invalid/?to=https%3A%2F%2Fpay.invalid", "wxp://f2f0"]
    {
        assert_eq!(scan(&client, other).unwrap_err().kind(), ErrorKind::QrNotSkm, "{other}");
    }
}

#[test]
fn the_dialects_own_key_and_ending_are_what_counts() {
    let source = Dialect::built_in_source()
        .replace("code_key = \"qrCode=\"", "code_key = \"healthCode=\"")
        .replace("ending = \"result\"", "ending = \"done\"");
    let rules = Dialect::parse("city.toml", &source).unwrap().qr;
    let code = |code| QrText::build("https://a.example.invalid/i.html", code, Some("x+/="), &rules);
    let (one, other) = (code("V50"), code("V51"));
    assert_eq!(QrText::parse(&one, &rules).unwrap().code(), "V50");
    for text in [
        format!("{one}{other}"),
        format!("{one}done"),
        format!("{one}{}", other.replace("://", "")),
        one.to_uppercase(),
        one.replace('/', "-"),
        encoded(&one),
    ] {
        assert_eq!(QrText::parse(&text, &rules).unwrap_err().kind(), ErrorKind::InputInvalid, "{text}");
    }
    let standard = "https://a.example.invalid/i.html?qrCode=V50#/result";
    assert_eq!(QrText::parse(standard, &rules).unwrap_err().kind(), ErrorKind::QrNotSkm);
}
