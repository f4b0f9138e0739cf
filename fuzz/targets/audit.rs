//! Lines of the evidence log: whatever is done to them, no check panics, and none calls a changed log sound.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use skm::audit::{AuditKey, AuditLog};
use skm::clock::FrozenClock;
use skm::config::{AuditSettings, Config};
use skm::{Client, Consent, IdRequest};
use tempfile::TempDir;

/// Invented, and wrong in its check character: such calls end before the network, with a record.
const NUMBER: &str = "320000198506304140";
const RECORDS: u64 = 4;
const UNIT: &str = r#"
[id]
url = "https://unit.example/id"
account = "fuzz"
auth_key = "MDEyMzQ1Njc4OWFiY2RlZg=="
body_key = "MDEyMzQ1Njc4OWFiY2RlZg=="
organize_location = "nowhere"
apply_type = "fuzz"
"#;

struct Bench {
    log: AuditLog,
    file: PathBuf,
    head: PathBuf,
    genuine: Vec<u8>,
    genuine_head: Vec<u8>,
    _folder: TempDir,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    // In memory where there is such a place: a folder on a disk is several times slower.
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a folder");
    let file = folder.path().join("audit.jsonl");
    let mut settings = AuditSettings::new(&file);
    settings.key = AuditKey::parse(&"5a".repeat(32));
    let mut config = Config::parse(UNIT, folder.path()).expect("a configuration");
    config.audit = Some(settings.clone());
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_492_800);
    let client = Client::with_clock(config, Arc::new(FrozenClock(noon))).expect("a client");
    for _ in 0..RECORDS {
        let request = IdRequest::new(NUMBER, "测试人", Consent::explicit("notice A-12"));
        client.verify_id(&request).expect_err("a wrong check character");
    }
    drop(client);
    // Where there is none, nobody can be writing, and the check waits for nobody.
    fs::remove_file(folder.path().join("audit.jsonl.lock")).expect("a lock");
    let head = folder.path().join("audit.jsonl.head");
    Bench {
        log: AuditLog::open(&settings).expect("a log"),
        genuine: fs::read(&file).expect("records"),
        genuine_head: fs::read(&head).expect("a head"),
        file,
        head,
        _folder: folder,
    }
});

/// The genuine bytes after the edits of a script: put, insert, delete, move.
fn edited(genuine: &[u8], script: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut bytes = genuine.to_vec();
    while !script.is_empty() {
        let at = script.int_in_range(0..=bytes.len())?;
        let end = script.int_in_range(at..=bytes.len())?;
        match script.int_in_range(0..=3)? {
            0 => drop(bytes.splice(at..(at + 1).min(bytes.len()), [script.arbitrary()?])),
            1 => drop(bytes.splice(at..at, script.arbitrary::<&[u8]>()?.iter().copied())),
            2 => drop(bytes.drain(at..end)),
            _ => {
                let piece: Vec<u8> = bytes[at..end].to_vec();
                let to = script.int_in_range(0..=bytes.len())?;
                bytes.splice(to..to, piece);
            }
        }
        bytes.truncate(1 << 16);
    }
    Ok(bytes)
}

fn check(bench: &Bench) -> bool {
    let report = bench.log.verify(None, 100).expect("files that can be read");
    assert!(report.records <= RECORDS + report.findings.len() as u64);
    for finding in &report.findings {
        assert!(!finding.message().contains('\n') && !finding.message_zh().contains('\n'));
    }
    report.is_sound()
}

fuzz_target!(|data: &[u8]| {
    let bench = &*BENCH;
    let [mode, rest @ ..] = data else { return };
    let mut script = Unstructured::new(rest);
    let log = match mode % 3 {
        0 => rest.to_vec(),
        1 => edited(&bench.genuine, &mut script).unwrap_or_default(),
        _ => bench.genuine.clone(),
    };
    let head = match mode % 3 {
        2 => edited(&bench.genuine_head, &mut script).unwrap_or_default(),
        _ => bench.genuine_head.clone(),
    };
    fs::write(&bench.file, &log).expect("a log to check");
    fs::write(&bench.head, &head).expect("a head to check");
    if check(bench) {
        // A torn tail is no tampering; everything before it is as it was.
        assert!(log.starts_with(&bench.genuine), "a changed log is called sound");
        assert!(!log[bench.genuine.len()..].contains(&b'\n'), "a line was added unseen");
        assert_eq!(head, bench.genuine_head, "a changed head is believed");
    }
});
