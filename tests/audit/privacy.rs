//! What stands in the log of a person, and what does not; pseudonyms; erasing.

use std::collections::BTreeSet;
use std::path::Path;

use skm::audit::{AuditKey, AuditLog, Entry, FindingKind as Kind, Step, Subject};
use skm::config::Pseudonym;
use skm::person::CertificateNumber;
use skm::{Consent, Dialect, ErrorKind, IdRequest, Interface};
use skm_sandbox::Level;

use super::platform::{client, id_request, person, scan_request, start, token_request};
use super::{Bench, DAY, NUMBER, record, told};

const OTHER: &str = "110101199003072310";

fn entries(log: &AuditLog) -> Vec<Entry> {
    let entry = |step| match step {
        Step::Entry(entry) => entry,
        Step::Finding(finding) => panic!("{finding}"),
    };
    log.walk(None).unwrap().map(|step| entry(step.unwrap())).collect()
}

fn subjects(log: &AuditLog) -> Vec<String> {
    entries(log).iter().map(|entry| entry.members()["subject"].as_str().unwrap_or("none").to_owned()).collect()
}

fn all_bytes(folder: &Path) -> Vec<u8> {
    folder.read_dir().unwrap().flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_record_says_what_was_done_and_not_to_whom() {
    let sandbox = start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let client = client(&sandbox, &format!("retries = 0\n[audit]\nfile = \"{}\"\n", file.display()));
    let someone = person(&sandbox, Level::Green);
    let user = client.issue_user_token(&token_request(&someone)).unwrap();
    let mut scan = scan_request(&sandbox, &someone);
    scan.verifier_name = Some("慕容核验员".into());
    scan.verifier_phone = Some("13912345678".into());
    client.verify_scan(&scan).unwrap();
    client.verify_id(&id_request(&someone)).unwrap();
    client.verify_id(&IdRequest::new("320000198506304140", "独孤求败", Consent::authorised("notice B-7"))).unwrap_err();

    let log = AuditLog::open(client.config().audit().unwrap()).unwrap();
    let records: Vec<_> = entries(&log).iter().map(Entry::members).collect();
    let column = |name: &str| records.iter().map(|record| record[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("interface"), ["issue_user_token", "verify_scan", "verify_id", "verify_id"]);
    assert_eq!(column("outcome"), ["issued", "green", "green", "input_invalid"]);
    assert_eq!(column("consent"), ["explicit", "explicit", "explicit", "authorised"]);
    assert_eq!(records[3]["error"], ErrorKind::InputInvalid.number());
    assert_eq!(records[1]["verifier"], "慕****");
    assert_eq!(records[1]["unit"], client.config().scan().unwrap().source.as_str());
    assert_eq!((&records[2]["attempts"], &records[3]["attempts"]), (&1.into(), &0.into()));
    // The same person by number in interfaces 1 and 4; another word by code.
    assert_eq!(records[0]["subject"], records[2]["subject"]);
    assert_ne!(records[0]["subject"], records[1]["subject"]);

    let bytes = all_bytes(folder.path());
    let config = sandbox.config_toml();
    let quoted = config.lines().filter_map(|line| {
        let secret = ["appword", "token ", "account", "auth_key", "body_key"].iter().any(|key| line.starts_with(key));
        line.split('"').nth(1).filter(|_| secret)
    });
    let code = scan.qr_text.expose();
    let code = code.split("qrCode=").nth(1).unwrap().split('&').next().unwrap();
    let mut canaries: Vec<&str> = quoted.collect();
    assert_eq!(canaries.len(), 5, "{config}");
    canaries.extend([&*someone.name, &*someone.number, &*someone.mobile, code, user.token.expose()]);
    canaries.extend(["慕容", "13912345678", "独孤", "320000198506304140", scan.qr_text.expose()]);
    for canary in canaries {
        assert!(!holds(&bytes, canary), "{canary}");
    }
}

#[test]
fn an_unreachable_platform_is_recorded_with_what_the_venue_decided() {
    let bench = Bench::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let key = "AAECAwQFBgcICQoLDA0ODw==";
    let source = format!(
        "[id]\nurl = \"http://{free}/\"\naccount = \"a-1\"\nauth_key = \"{key}\"\nbody_key = \"{key}\"\n\
         [http]\nretries = 0\n[gate]\nwhen_unreachable = \"call_person\"\n[audit]\nfile = \"{}\"\nkey = \"{}\"\n",
        bench.file().display(),
        "5a".repeat(32)
    );
    let client = skm::Client::new(skm::Config::parse(&source, Path::new("")).unwrap()).unwrap();
    let request = IdRequest::new("320000198506304142", "张三", Consent::explicit("notice A-12"));
    let error = client.verify_id(&request).unwrap_err();
    assert_eq!((error.kind(), error.interface()), (ErrorKind::ConnectFailed, Some(Interface::Id)));
    let record = entries(&bench.log())[0].members();
    assert_eq!(record["outcome"], "connect_failed");
    assert_eq!(record["when_unreachable"], "call_person");
}

#[test]
fn one_person_one_pseudonym_under_one_key() {
    let bench = Bench::new();
    let client = bench.client();
    // Four spellings of two people, and the 15 digits the first had before 1999.
    for number in ["32000019850630414x", "32000019850630414X", " 32000019850630414X", OTHER, "320000850630414"] {
        record(&client, number);
    }
    let found = subjects(&bench.log());
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0], found[2]);
    assert_ne!(found[0], found[3]);
    assert_ne!(found[0], found[4]);
    assert!(found.iter().all(|subject| subject.starts_with("sha256:") && subject.len() == 7 + 64));
    let lifted = Subject::certificate(&CertificateNumber::from("320000850630414"));
    assert_eq!(lifted, Subject::certificate(&CertificateNumber::from("320000198506304142")));

    let mut another = Bench::new();
    another.settings.key = AuditKey::parse(&"a5".repeat(32));
    record(&another.client(), OTHER);
    assert_ne!(subjects(&another.log())[0], found[3]);
}

#[cfg(feature = "gm")]
#[test]
fn sm3_is_a_setting_and_erasing_knows_both() {
    let mut bench = Bench::with(1);
    bench.settings.pseudonym = Pseudonym::HmacSm3;
    bench.records(2);
    let found = subjects(&bench.log());
    assert!(found[0].starts_with("sha256:") && found[1].starts_with("sm3:"));
    assert_eq!(found[1], found[2]);
    let subject = Subject::certificate(&CertificateNumber::from(NUMBER));
    assert_eq!(bench.log().erase(&subject, std::time::SystemTime::now()).unwrap().records, 3);
    assert!(bench.verify().is_sound());
}

#[test]
fn erasing_takes_one_person_out_of_every_file_and_keeps_the_chain() {
    let mut bench = Bench::new();
    bench.settings.rotate_daily = true;
    let client = bench.client();
    for _ in 0..3 {
        for number in [NUMBER, OTHER, NUMBER] {
            record(&client, number);
        }
        bench.clock.move_on(DAY);
    }
    std::fs::write(bench.beside("torn-99"), "a piece").unwrap();
    let (gone, stays) = (subjects(&bench.log())[0].clone(), subjects(&bench.log())[1].clone());
    let anchor = bench.log().anchor().unwrap();
    let subject = Subject::certificate(&CertificateNumber::from(NUMBER));
    let erased = bench.log().erase(&subject, skm::clock::Clock::now(&bench.clock)).unwrap();
    assert_eq!((erased.records, erased.files), (6, 3));

    let bytes = all_bytes(bench.folder.path());
    assert!(!holds(&bytes, &gone) && holds(&bytes, &stays));
    assert!(!bench.beside("torn-99").exists() && !bench.beside("draft").exists());
    let report = bench.log().verify(Some(anchor), 10).unwrap();
    assert_eq!((report.records, report.findings), (9, Vec::new()));
    let stone = entries(&bench.log())[0].members();
    assert_eq!(
        stone.keys().collect::<BTreeSet<_>>(),
        BTreeSet::from([&"erased".into(), &"day".into(), &"proof".into()])
    );
    assert_eq!((&stone["day"], &stone["erased"]), (&"2026-11-24".into(), &"2026-11-27T12:00:00+08:00".into()));

    // Again finds nobody; the chain goes on; retention still knows the days.
    assert_eq!(bench.log().erase(&subject, skm::clock::Clock::now(&bench.clock)).unwrap().records, 0);
    bench.records(1);
    assert!(bench.verify().is_sound());
    bench.settings.keep_days = Some(1);
    bench.clock.move_on(DAY * 2);
    bench.records(1);
    assert!(!bench.beside("000000000003").exists());
    assert!(bench.verify().findings.is_empty(), "{:?}", bench.verify());
}

#[test]
fn erasing_heals_nothing() {
    let bench = Bench::with(5);
    let mut lines = bench.lines();
    lines[2] = lines[2].replace("input_invalid", "green");
    bench.put(&lines);
    let subject = Subject::certificate(&CertificateNumber::from(NUMBER));
    assert_eq!(bench.log().erase(&subject, std::time::SystemTime::now()).unwrap().records, 5);
    assert!(!holds(&all_bytes(bench.folder.path()), "sha256:"));
    assert_eq!(told(&bench.verify()), [(Kind::Edited, 3, 3, 3)]);
}

#[test]
fn erasing_does_not_make_a_lost_head_unseen() {
    let bench = Bench::with(5);
    let lines = bench.lines();
    bench.put(&lines[..3]);
    std::fs::remove_file(bench.beside("head")).unwrap();
    assert_eq!(told(&bench.verify()), [(Kind::HeadLost, 0, 3, 3)]);
    let subject = Subject::certificate(&CertificateNumber::from(NUMBER));
    assert_eq!(bench.log().erase(&subject, std::time::SystemTime::now()).unwrap().records, 3);
    assert_eq!(told(&bench.verify()), [(Kind::HeadLost, 4, 3, 3)]);
}

#[test]
fn a_code_is_known_by_its_identity_not_by_the_part_that_changes() {
    let rules = &Dialect::built_in().qr;
    let text = |b: &str| format!("https://h5.example.invalid/i.html?qrCode=V5{}320000&b={b}#/result", "a".repeat(32));
    let subject = |text: &str| Subject::scanned(&text.into(), rules);
    assert!(subject(&text("x")).is_some());
    assert_eq!(subject(&text("x")), subject(&format!("\u{feff}{}\r\n", text("y"))));
    assert_eq!(subject("https://example.invalid/"), None);
    assert_eq!(format!("{:?}", subject(&text("x")).unwrap()), "Code(PersonalText(***))");
}

#[test]
fn texts_of_a_caller_do_not_grow_the_line() {
    let bench = Bench::new();
    let client = bench.client();
    let request = IdRequest::new("9".repeat(100_000), "张三", Consent::explicit("\u{1}".repeat(100_000)));
    client.verify_id(&request).unwrap_err();
    assert!(bench.lines()[0].len() < 8000, "{}", bench.lines()[0].len());
    assert!(bench.verify().is_sound());
}
