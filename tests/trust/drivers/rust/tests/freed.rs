//! What memory still holds when it is freed: nothing personal and no secret. An allocator looks into every block that
//! this thread gives back, and at every block that a growing buffer leaves behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use skm::dialect::Dialect;
use skm::interfaces::scan;
use skm::person::{CertificateNumber, PersonName, PersonalText, Phone, Secret};
use skm::wire::Answer;
use skm::{Client, Config, Consent, DisplayUrl, IdRequest, ScanRequest, UserTokenRequest};
use skm_sandbox::{Options, Person, Sandbox};

const MOST: usize = 24;
static NEEDLES: [(AtomicUsize, AtomicUsize); MOST] = [const { (AtomicUsize::new(0), AtomicUsize::new(0)) }; MOST];
static HITS: [AtomicUsize; MOST] = [const { AtomicUsize::new(0) }; MOST];
static FREED: AtomicUsize = AtomicUsize::new(0);
static TURN: Mutex<()> = Mutex::new(());

thread_local! {
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

struct Peeking;

// SAFETY: every request goes to the system's allocator unchanged; what is added only reads.
unsafe impl GlobalAlloc for Peeking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the system allocator's condition. Zeroed, so that no block holds what an
        // earlier owner left in it.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if LOOKING.try_with(Cell::get).unwrap_or(false) {
            // SAFETY: the block is allocated until the next line, `layout` is its size, and alloc wrote all of it.
            look(unsafe { std::slice::from_raw_parts(block, layout.size()) });
        }
        // SAFETY: the caller's promise is the system allocator's condition.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Peeking = Peeking;

fn look(block: &[u8]) {
    FREED.fetch_add(1, Ordering::Relaxed);
    for (needle, hits) in NEEDLES.iter().zip(&HITS) {
        let (at, length) = (needle.0.load(Ordering::Relaxed), needle.1.load(Ordering::Relaxed));
        if length == 0 || block.len() < length {
            continue;
        }
        // SAFETY: `watch` stored the address and length of a leaked text.
        let needle = unsafe { std::slice::from_raw_parts(at as *const u8, length) };
        if block.windows(length).any(|window| window == needle) {
            hits.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Runs `work` while every block that this thread frees is searched for `texts`; gives hits per text and blocks seen.
fn watch<T>(texts: &[&[u8]], work: impl FnOnce() -> T) -> (Vec<usize>, usize) {
    assert!(texts.len() <= MOST);
    // One search at a time: what is looked for is one list.
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    for (slot, hits) in NEEDLES.iter().zip(&HITS) {
        slot.1.store(0, Ordering::Relaxed);
        hits.store(0, Ordering::Relaxed);
    }
    for (text, slot) in texts.iter().zip(&NEEDLES) {
        let leaked: &'static [u8] = Box::leak(text.to_vec().into_boxed_slice());
        slot.0.store(leaked.as_ptr() as usize, Ordering::Relaxed);
        slot.1.store(leaked.len(), Ordering::Relaxed);
    }
    FREED.store(0, Ordering::Relaxed);
    LOOKING.set(true);
    drop(work());
    LOOKING.set(false);
    let hits = HITS.iter().take(texts.len()).map(|hits| hits.load(Ordering::Relaxed)).collect();
    (hits, FREED.load(Ordering::Relaxed))
}

/// Each text as it is, and percent-encoded where that is something else.
fn spelled(texts: &[&str]) -> Vec<Vec<u8>> {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| if byte.is_ascii_alphanumeric() { (byte as char).into() } else { format!("%{byte:02X}") })
            .collect()
    };
    let mut all: Vec<Vec<u8>> =
        texts.iter().flat_map(|text| [text.as_bytes().to_vec(), encoded(text).into_bytes()]).collect();
    all.dedup();
    all
}

fn clean<T>(what: &str, texts: &[&str], work: impl FnOnce() -> T) {
    clean_bytes(what, &spelled(texts), work);
}

fn clean_bytes<T>(what: &str, texts: &[Vec<u8>], work: impl FnOnce() -> T) {
    let slices: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    let (hits, freed) = watch(&slices, work);
    println!(
        "freed memory: {what}: {freed} blocks searched for {} texts, {} hits",
        texts.len(),
        hits.iter().sum::<usize>()
    );
    assert!(freed > 0, "{what}: nothing was freed");
    let left: Vec<usize> = hits.iter().enumerate().filter(|(_, hits)| **hits > 0).map(|(index, _)| index).collect();
    assert!(left.is_empty(), "{what}: texts {left:?} of the list are left in freed memory: {hits:?}");
}

const NAME: &str = "欧阳槑龘靐";
const NUMBER: &str = "320000198704236179";
const MOBILE: &str = "17736925814";

fn consent() -> Consent {
    Consent::explicit("notice A-12")
}

#[test]
fn the_search_finds_what_is_left() {
    let (hits, freed) = watch(&[NAME.as_bytes(), NUMBER.as_bytes()], || NAME.to_owned());
    assert_eq!((hits, freed), (vec![1, 0], 1));
    let (hits, _) = watch(&[NAME.as_bytes()], || {
        let mut text = String::from(NAME);
        text.reserve(10_000);
        // Wiped, but the block it grew out of was not.
        zeroize(&mut text);
    });
    assert_eq!(hits, [1]);
}

fn zeroize(text: &mut String) {
    let wiped = "\0".repeat(text.len());
    text.clear();
    text.push_str(&wiped);
}

#[test]
fn types_wipe_themselves() {
    let all = |text: &str| {
        let secret = Secret::from(text.to_owned());
        let (name, number) = (PersonName::from(text.to_owned()), CertificateNumber::from(text.to_owned()));
        let (phone, other) = (Phone::from(text.to_owned()), PersonalText::from(text.to_owned()));
        let copies = (secret.clone(), name.clone(), number.clone(), phone.clone(), other.clone());
        let shown = format!("{secret:?}{name:?}{number:?}{phone:?}{other:?}{secret}{name}{number}{phone}{other}");
        (secret, name, number, phone, other, copies, shown)
    };
    clean("Secret, PersonName, CertificateNumber, Phone, PersonalText", &[NAME], || all(NAME));
    clean("the same with a number", &[NUMBER], || all(NUMBER));
}

#[test]
fn requests_wipe_themselves() {
    let code = format!("https://skm.example.invalid/index.html?qrCode=V5{}320000&b=x#/result", "c4".repeat(16));
    clean("requests of interfaces 1, 3 and 4", &[NAME, NUMBER, MOBILE, &code], || {
        let token = UserTokenRequest::new(NAME, NUMBER, MOBILE, consent());
        let id = IdRequest::new(NUMBER, NAME, consent());
        let scan = ScanRequest::new(code.as_str(), consent());
        let shown = format!("{token:?}{id:?}{scan:?}");
        (token.clone(), id.clone(), scan.clone(), token, id, scan, shown)
    });
}

struct Bench {
    sandbox: Sandbox,
    person: Person,
}

const TRAVEL: &str = "十四天内到过示范市示范区";
const REASON: &str = "示范:曾与示范患者同乘";

static PEOPLE: LazyLock<PathBuf> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("freed-{}.toml", std::process::id()));
    let who = format!("name = \"{NAME}\"\nnumber = \"{NUMBER}\"\nmobile = \"{MOBILE}\"\nlevel = \"green\"\n");
    let texts = format!("travel = \"{TRAVEL}\"\nreason = \"{REASON}\"\n");
    std::fs::write(&file, format!("[[person]]\n{who}{texts}")).unwrap();
    file
});

/// A sandbox that knows a green person about whom there is something to tell in every member of an answer.
fn bench() -> Bench {
    let sandbox = Sandbox::start(Options { people: vec![PEOPLE.clone()], ..Options::on_free_port() }).unwrap();
    let person = sandbox.people().into_iter().find(|person| person.number == NUMBER).unwrap();
    Bench { sandbox, person }
}

fn secrets(config: &str) -> Vec<String> {
    let value = |key: &str| {
        let line = config.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap();
        line.split('"').nth(1).unwrap().to_owned()
    };
    ["appword", "token", "account", "auth_key", "body_key"].map(value).to_vec()
}

/// The keys' own bytes, beside their Base64.
fn raw_keys(secrets: &[String]) -> Vec<Vec<u8>> {
    use base64::Engine;
    secrets[3..].iter().map(|key| base64::engine::general_purpose::STANDARD.decode(key).unwrap()).collect()
}

#[test]
fn configurations_wipe_themselves() {
    let config = bench().sandbox.config_toml();
    let secrets = secrets(&config);
    let mut texts: Vec<Vec<u8>> = secrets.iter().map(|text| text.as_bytes().to_vec()).collect();
    texts.extend(raw_keys(&secrets));
    clean_bytes("a configuration, read and dropped", &texts, || Config::parse(&config, Path::new("")).unwrap());
    clean_bytes("a client, opened and closed", &texts, || {
        Client::new(Config::parse(&config, Path::new("")).unwrap()).unwrap().close();
    });
}

/// The client is opened, used and dropped while its memory is watched: connections and their buffers go too.
fn leaves_nothing(what: &str, bench: &Bench, texts: &[&str], work: impl FnOnce(&Client)) {
    leaves_nothing_of(what, bench, &spelled(texts), work);
}

fn leaves_nothing_of(what: &str, bench: &Bench, texts: &[Vec<u8>], work: impl FnOnce(&Client)) {
    let config = bench.sandbox.config_toml();
    clean_bytes(what, texts, || {
        let client = Client::new(Config::parse(&config, Path::new("")).unwrap()).unwrap();
        work(&client);
        client.close();
    });
}

/// The answer's `data` comes as an object here. Where it comes as an escaped string, what the JSON reader of serde_json
/// unescapes passes through a scratch buffer of its own, which nobody can wipe.
#[test]
fn interface_1_leaves_nothing() {
    // The twin of this sandbox issues the same first token: so it is known before it is received.
    let (bench, twin) = (bench(), bench());
    let person = &bench.person;
    let request = UserTokenRequest::new(&*person.name, &*person.number, &*person.mobile, consent());
    let known = Client::new(Config::parse(&twin.sandbox.config_toml(), Path::new("")).unwrap()).unwrap();
    let token = known.issue_user_token(&request).unwrap().token;
    let appword = &secrets(&bench.sandbox.config_toml())[0];
    let texts = [person.name.as_str(), &person.number, &person.mobile, appword, token.expose()];
    leaves_nothing("issue_user_token and display_url", &bench, &texts, |client| {
        let user = client.issue_user_token(&request).unwrap();
        assert_eq!(user.token, token, "the twins differ");
        let page: DisplayUrl = client.display_url(&user).unwrap();
        drop(page);
    });
}

#[test]
fn interface_3_leaves_nothing() {
    let bench = bench();
    let code = bench.sandbox.fresh_qr(NUMBER).unwrap();
    let token = secrets(&bench.sandbox.config_toml()).swap_remove(1);
    let request = ScanRequest::new(code.as_str(), consent());
    // Number and phone come masked.
    let texts = [code.as_str(), &token, NAME, &bench.person.identity, "3200**********6179", "177****5814"];
    leaves_nothing("verify_scan", &bench, &texts, |client| {
        let result = client.verify_scan(&request).unwrap();
        assert!(result.is_green() && result.name.clone().unwrap().expose() == NAME);
        assert_eq!(result.phone.as_ref().unwrap().expose(), "177****5814");
        drop(format!("{result:?}"));
    });
}

#[test]
fn interface_4_leaves_nothing() {
    let bench = bench();
    let mut secrets = secrets(&bench.sandbox.config_toml());
    let (account, keys) = (secrets.swap_remove(2), raw_keys(&secrets));
    let mut request = IdRequest::new(NUMBER, NAME, consent());
    // Longer than the first buffer that the request is written into.
    request.organize_location = Some("示范医院".repeat(60));
    let mut texts = spelled(&[NAME, NUMBER, TRAVEL, REASON, &account]);
    texts.extend(keys);
    leaves_nothing_of("verify_id", &bench, &texts, |client| {
        let result = client.verify_id(&request).unwrap();
        assert!(result.is_green() && result.travel.clone().unwrap().expose() == TRAVEL);
        assert_eq!(result.reason.as_ref().unwrap().expose(), REASON);
        drop(format!("{result:?}"));
    });
}

#[test]
fn the_evidence_log_leaves_nothing() {
    let bench = bench();
    let code = bench.sandbox.fresh_qr(NUMBER).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("freed-log-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let config = bench.sandbox.config_toml() + "\n[audit]\nfile = \"evidence.jsonl\"\n";
    let (id, scan) = (IdRequest::new(NUMBER, NAME, consent()), ScanRequest::new(code.as_str(), consent()));
    clean("calls that are recorded", &[NAME, NUMBER, &code, &bench.person.identity], || {
        let client = Client::new(Config::parse(&config, &folder).unwrap()).unwrap();
        assert!(client.verify_id(&id).unwrap().is_green() && client.verify_scan(&scan).unwrap().is_green());
        client.close();
    });
    let records = std::fs::read_to_string(folder.join("evidence.jsonl")).unwrap();
    assert_eq!(records.lines().count(), 2);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Members that the standard does not name, lists and objects in them, what is cut off, doubled or of another type, and
/// the platform's own words: an answer leaves nothing, whatever becomes of it.
#[test]
fn answers_leave_nothing() {
    let dialect = Dialect::built_in();
    let person = format!(r#""name":"{NAME}","more":{{"about":["{NUMBER}",{{"phone":"{MOBILE}"}}]}}"#);
    let answers = [
        format!(r#"{{"resCode":0,"resMessage":"OK","res":{{"level":"green",{person}}}}}"#),
        format!(r#"{{"resCode":0,"resMessage":"OK","res":{{"level":"green",{person},"name":"{NAME}"}}}}"#),
        format!(r#"{{"resCode":0,"resMessage":"OK","res":{{"level":["{NAME}"],{person}}}}}"#),
        format!(r#"{{"resCode":0,"resMessage":"OK","res":[{{{person}}}]}}"#),
        format!(r#"{{"resCode":0,"resMessage":"OK","res":{{{person}}}"#),
        format!(r#"{{"resCode":0,"resMessage":"OK","res":{{{person}}}}} {{"#),
        format!(r#"{{"resCode":"{NUMBER}","resMessage":"{NAME} {MOBILE}"}}"#),
        format!(r#"{{"resCode":111,"resMessage":"{NAME} {MOBILE}","res":{{{person}}}}}"#),
    ];
    let bodies: Vec<Answer> = answers.iter().map(|body| answer(body)).collect();
    clean("answers of interface 3, read and dropped", &[NAME, NUMBER, MOBILE], || {
        let read: Vec<_> = bodies.iter().map(|body| scan::decode(body, &dialect)).collect();
        assert_eq!(read.iter().filter(|result| result.is_ok()).count(), 1);
        let shown = format!("{read:?}");
        let extra = read[0].as_ref().unwrap().extra.clone();
        (read, shown, extra)
    });
}

fn answer(body: &str) -> Answer {
    Answer::new(200, body)
}
