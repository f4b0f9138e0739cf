//! What the evidence log costs: a call with and without it, records a second, and a check of many.
//!
//! `cargo bench --bench audit` prints the table of calls first: half of them and ninety-nine in a hundred take no longer
//! than so much, with and without a log, with and without `audit.sync`, from one thread and from 64. The platform is the
//! sandbox in the same process, over loopback. The folder is the system's temporary one, so the disk behind it counts.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use skm::audit::{AuditLog, Subject};
use skm::config::AuditSettings;
use skm::{Client, Config, Consent, IdRequest};
use skm_sandbox::{Options, Sandbox};

/// Records of the log that is checked.
const MANY: u64 = 10_000;
/// Invented, and wrong in its check character.
const NUMBER: &str = "320000198506304140";
/// How long each row of the table is measured.
const ROW: Duration = Duration::from_secs(3);
/// How often rows that are held against each other take turns, so that a busy moment meets all.
const ROUNDS: u32 = 3;

fn client(audit: Option<AuditSettings>) -> Client {
    let key = "MDEyMzQ1Njc4OWFiY2RlZg==";
    let source = format!(
        "[id]\nurl = \"http://127.0.0.1:9/\"\naccount = \"skm_auth_demo\"\nauth_key = \"{key}\"\nbody_key = \"{key}\"\n"
    );
    let mut config = Config::parse(&source, Path::new("")).unwrap();
    config.audit = audit;
    Client::new(config).unwrap()
}

/// Plain and synced, in a folder.
fn logs(folder: &Path) -> [(&'static str, Option<AuditSettings>); 3] {
    let plain = AuditSettings::new(folder.join("plain.jsonl"));
    let mut synced = AuditSettings::new(folder.join("synced.jsonl"));
    synced.sync = true;
    [("no log", None), ("log", Some(plain)), ("log, synced", Some(synced))]
}

/// How long each call took that so many threads made in `ROW`.
fn measure(threads: usize, call: impl Fn() + Sync) -> Vec<Duration> {
    let end = Instant::now() + ROW / ROUNDS;
    let one = || {
        let mut took = Vec::new();
        while Instant::now() < end {
            let begun = Instant::now();
            call();
            took.push(begun.elapsed());
        }
        took
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        all.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// The table of one kind of call, one client for each kind of log.
fn table(what: &str, clients: &[(&str, Client)], call: impl Fn(&Client) + Sync) {
    for threads in [1, 64] {
        let mut rows: Vec<Vec<Duration>> = clients.iter().map(|_| Vec::new()).collect();
        for _ in 0..ROUNDS {
            for (row, (_, client)) in rows.iter_mut().zip(clients) {
                row.extend(measure(threads, || call(client)));
            }
        }
        let mut without = 0.0;
        for (row, (name, client)) in rows.iter_mut().zip(clients) {
            row.sort_unstable();
            let at = |share: usize| row[row.len() * share / 100].as_secs_f64() * 1e6;
            let mean = row.iter().sum::<Duration>().as_secs_f64() * 1e6 / row.len() as f64;
            if *name == "no log" {
                without = mean;
            }
            let each = row.len() as f64 / ROW.as_secs_f64();
            let more = (mean / without - 1.0) * 100.0;
            println!(
                "{what}, {threads:2} threads, {name:11}: p50 {:8.0} us, p99 {:8.0} us, {each:8.0} a second, {more:+.1} %",
                at(50),
                at(99)
            );
            assert_eq!(client.audit_failures(), 0);
        }
    }
}

fn costs() {
    let folder = tempfile::tempdir().unwrap();
    let offline = IdRequest::new(NUMBER, "张三", Consent::explicit("notice A-12"));
    let clients = logs(folder.path()).map(|(name, audit)| (name, client(audit)));
    table("a call that ends before the network", &clients, |client| drop(client.verify_id(&offline).unwrap_err()));

    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(Options::on_free_port()).unwrap();
    let person = sandbox.people().into_iter().find(|person| person.papers_type == "1" && !person.update_required);
    let person = person.unwrap();
    let request = IdRequest::new(person.number.as_str(), person.name.as_str(), Consent::explicit("notice A-12"));
    let clients = logs(folder.path()).map(|(name, audit)| {
        let mut config = Config::parse(&sandbox.config_toml(), Path::new("")).unwrap();
        config.audit = audit;
        (name, Client::new(config).unwrap())
    });
    table("a call to the sandbox", &clients, |client| drop(client.verify_id(&request).unwrap()));
}

fn append(c: &mut Criterion) {
    let request = IdRequest::new(NUMBER, "张三", Consent::explicit("notice A-12"));
    let folder = tempfile::tempdir().unwrap();
    for (name, audit) in logs(folder.path()) {
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

fn main() {
    // `cargo test` only builds it, and a filter asks for something else.
    if std::env::args().any(|argument| argument == "--bench") {
        costs();
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
