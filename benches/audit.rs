//! What the evidence log costs: one record appended, and a check of many.
//!
//! `cargo bench --bench audit`. An append is the difference of the first two lines: a call that ends before the network,
//! without and with a log. The folder is the system's temporary one, so the disk behind it counts.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use skm::audit::{AuditLog, Subject};
use skm::config::AuditSettings;
use skm::{Client, Config, Consent, IdRequest};

/// Records of the log that is checked.
const MANY: u64 = 10_000;
/// Invented, and wrong in its check character.
const NUMBER: &str = "320000198506304140";

fn client(audit: Option<AuditSettings>) -> Client {
    let key = "MDEyMzQ1Njc4OWFiY2RlZg==";
    let source = format!(
        "[id]\nurl = \"http://127.0.0.1:9/\"\naccount = \"skm_auth_demo\"\nauth_key = \"{key}\"\nbody_key = \"{key}\"\n"
    );
    let mut config = Config::parse(&source, Path::new("")).unwrap();
    config.audit = audit;
    Client::new(config).unwrap()
}

fn append(c: &mut Criterion) {
    let request = IdRequest::new(NUMBER, "张三", Consent::explicit("notice A-12"));
    let folder = tempfile::tempdir().unwrap();
    let plain = AuditSettings::new(folder.path().join("plain.jsonl"));
    let mut synced = AuditSettings::new(folder.path().join("synced.jsonl"));
    synced.sync = true;
    for (name, audit) in [("no log", None), ("append", Some(plain)), ("append, synced", Some(synced))] {
        let client = client(audit);
        c.bench_function(name, |b| b.iter(|| client.verify_id(black_box(&request)).unwrap_err()));
        assert_eq!(client.audit_failures(), 0);
    }
}

fn check(c: &mut Criterion) {
    let request = IdRequest::new(NUMBER, "张三", Consent::explicit("notice A-12"));
    let folder = tempfile::tempdir().unwrap();
    let settings = AuditSettings::new(folder.path().join("audit.jsonl"));
    let client = client(Some(settings.clone()));
    for _ in 0..MANY {
        client.verify_id(&request).unwrap_err();
    }
    let log = AuditLog::open(&settings).unwrap();
    let mut group = c.benchmark_group("check");
    group.throughput(Throughput::Elements(MANY)).sample_size(10);
    group.bench_function("verify", |b| b.iter(|| assert!(log.verify(None, 1).unwrap().is_sound())));
    let nobody = Subject::certificate(&"110101199003072310".into());
    let now = std::time::SystemTime::now();
    group.bench_function("erase, not found", |b| b.iter(|| log.erase(&nobody, now).unwrap()));
    group.finish();
}

criterion_group!(benches, append, check);
criterion_main!(benches);
