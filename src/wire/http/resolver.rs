//! Name resolution: off the calling thread, inside the deadline, and remembered for a while.
//!
//! `getaddrinfo` cannot be interrupted. It runs in a thread of its own, one per host at a time however many calls
//! wait for it, and a call stops waiting when its deadline passes. Nor does a call wait at all while the last answer is
//! usable: ureq resolves even for a connection it has, and a name server that is down must not shut a working gate.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::{Error, Timeout};

use super::call::{self, SLICE};
use super::socket;

/// After this an answer is asked for anew, beside the calls: a moved host is found by the second call from then on.
const FRESH: Duration = Duration::from_secs(60);
/// How long an answer is used while no newer one is there.
const USABLE: Duration = Duration::from_secs(3600);
/// How long a lookup that failed is not repeated while the last answer is usable: not a thread for each call.
const PAUSE: Duration = Duration::from_secs(5);
/// A lookup that has taken this long may never end: another one is started beside it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Lookups of one host at a time: each of them is a thread.
const MAX_LOOKUPS: u32 = 4;
/// Addresses tried of one host: as many as ureq has room for.
const MAX_ADDRESSES: usize = 16;

type Lookup = dyn Fn(&str, u16) -> std::io::Result<Vec<SocketAddr>> + Send + Sync;
/// Cheap to copy: the authority shares its text with the URL.
type Key = (Authority, u16);

/// What is known of one host.
#[derive(Default)]
struct Entry {
    answer: Option<(Box<ResolvedSocketAddrs>, Instant)>,
    /// How many lookups have not ended.
    running: u32,
    /// The number of the newest.
    newest: u64,
    /// When that one began, unless it has ended.
    since: Option<Instant>,
    /// When it ended without an address, and the system's error number if not even a socket could be opened.
    failed: Option<(Instant, Option<i32>)>,
}

/// The system gives this process no thread to look a name up in.
#[derive(Debug)]
pub(super) struct NoThread;

impl fmt::Display for NoThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no thread")
    }
}

impl std::error::Error for NoThread {}

impl Entry {
    fn younger_than(&self, age: Duration) -> Option<&ResolvedSocketAddrs> {
        self.answer.as_ref().filter(|(_, when)| when.elapsed() < age).map(|(addresses, _)| &**addresses)
    }

    /// Whether a lookup runs that may still end, or no more of them are allowed.
    fn is_asking(&self, patience: Duration) -> bool {
        self.running >= MAX_LOOKUPS || self.since.is_some_and(|since| since.elapsed() < patience)
    }

    fn begun(&mut self) {
        self.running += 1;
        self.newest += 1;
        self.since = Some(Instant::now());
    }

    /// An older lookup that found nothing says nothing about the newest.
    fn ended(&mut self, number: u64, found: Result<ResolvedSocketAddrs, Option<i32>>) {
        let now = Instant::now();
        let is_newest = number == self.newest;
        self.running -= 1;
        self.since = self.since.filter(|_| !is_newest);
        match found {
            Ok(addresses) => (self.answer, self.failed) = (Some((Box::new(addresses), now)), None),
            Err(number) if is_newest => self.failed = Some((now, number)),
            Err(_) => {}
        }
    }
}

struct Shared {
    entries: Mutex<HashMap<Key, Entry>>,
    changed: Condvar,
    lookup: Box<Lookup>,
    fresh: Duration,
    usable: Duration,
    patience: Duration,
}

pub(super) struct CachedResolver(Arc<Shared>);

impl CachedResolver {
    pub(super) fn new() -> CachedResolver {
        CachedResolver::with(FRESH, USABLE, |host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }

    fn with(
        fresh: Duration,
        usable: Duration,
        lookup: impl Fn(&str, u16) -> std::io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> CachedResolver {
        let (entries, changed) = (Mutex::default(), Condvar::new());
        let patience = PATIENCE;
        CachedResolver(Arc::new(Shared { entries, changed, lookup: Box::new(lookup), fresh, usable, patience }))
    }

    fn addresses(&self, key: &Key) -> Result<ResolvedSocketAddrs, Error> {
        let mut entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked = false;
        loop {
            if let Some(fresh) = entries.get(key).and_then(|entry| entry.younger_than(self.0.fresh)) {
                return Ok(fresh.clone());
            }
            let entry = entries.entry(key.clone()).or_default();
            let usable = entry.younger_than(self.0.usable).cloned();
            match entry.failed {
                _ if entry.is_asking(self.0.patience) => {}
                Some((when, _)) if usable.is_some() && when.elapsed() < PAUSE => {}
                Some((_, number)) if asked && entry.since.is_none() => return Err(not_found(number)),
                _ => match self.start(key.clone(), entry.newest + 1) {
                    // Noted only once the lookup runs: without it nobody would ever end the waiting.
                    Ok(()) => entry.begun(),
                    Err(_) if usable.is_some() => {}
                    Err(error) => return Err(error),
                },
            }
            if let Some(usable) = usable {
                return Ok(usable);
            }
            asked = true;
            let left = match call::with_current(|call| (call.is_cancelled(), call.remaining())) {
                Some((true, _)) => return Err(std::io::Error::from(std::io::ErrorKind::Interrupted).into()),
                Some((false, left)) => left.ok_or(Error::Timeout(Timeout::Resolve))?,
                None => SLICE,
            };
            entries = self.0.changed.wait_timeout(entries, left.min(SLICE)).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn start(&self, key: Key, number: u64) -> Result<(), Error> {
        let shared = Arc::clone(&self.0);
        let mut known = self.empty();
        let work = move || {
            let found = (shared.lookup)(key.0.host(), key.1).unwrap_or_default();
            found.into_iter().take(MAX_ADDRESSES).for_each(|address| known.push(address));
            let found = match known.is_empty() {
                true => Err(socket::exhaustion().and_then(|error| error.raw_os_error())),
                false => Ok(known),
            };
            let mut entries = shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
            entries.entry(key).or_default().ended(number, found);
            drop(entries);
            shared.changed.notify_all();
        };
        let thread = std::thread::Builder::new().name("skm-resolver".to_owned()).spawn(work);
        thread.map(drop).map_err(|_| Error::Other(Box::new(NoThread)))
    }
}

fn not_found(number: Option<i32>) -> Error {
    number.map_or(Error::HostNotFound, |number| std::io::Error::from_raw_os_error(number).into())
}

impl Resolver for CachedResolver {
    fn resolve(&self, uri: &Uri, _: &ureq::config::Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let authority = uri.authority().ok_or(Error::HostNotFound)?;
        let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(default);
        let bare = authority.host().trim_start_matches('[').trim_end_matches(']');
        if let Ok(literal) = bare.parse::<IpAddr>() {
            let mut resolved = self.empty();
            resolved.push(SocketAddr::new(literal, port));
            return Ok(resolved);
        }
        self.addresses(&(authority.clone(), port))
    }
}

impl fmt::Debug for CachedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CachedResolver")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::super::call::Call;
    use super::*;
    use crate::wire::deadline::{Cancel, Deadline};

    fn resolve(resolver: &CachedResolver) -> Result<ResolvedSocketAddrs, Error> {
        resolve_within(resolver, Duration::from_secs(5))
    }

    fn resolve_within(resolver: &CachedResolver, left: Duration) -> Result<ResolvedSocketAddrs, Error> {
        let call = Call::new(Deadline::after(left), Cancel::new(), false);
        let _current = call.enter();
        let uri = "https://platform.invalid/path".parse().unwrap();
        resolver.resolve(&uri, &ureq::config::Config::default(), NextTimeout::default())
    }

    #[test]
    fn a_name_that_never_resolves_ends_with_the_deadline() {
        let resolver = CachedResolver::with(FRESH, USABLE, |_, _| silence());
        let started = Instant::now();
        assert!(matches!(resolve_within(&resolver, Duration::from_millis(120)), Err(Error::Timeout(_))));
        let elapsed = started.elapsed();
        assert!(elapsed >= Duration::from_millis(120) && elapsed < Duration::from_millis(1000), "{elapsed:?}");
    }

    #[test]
    fn a_lookup_that_hangs_is_asked_again_and_not_without_end() {
        static LOOKUPS: AtomicU32 = AtomicU32::new(0);
        let hangs = |answering: u32| {
            LOOKUPS.store(0, Ordering::Relaxed);
            let lookup = move |_: &str, _| match LOOKUPS.fetch_add(1, Ordering::Relaxed) {
                earlier if earlier < answering => silence(),
                _ => found(1),
            };
            let mut resolver = CachedResolver::with(FRESH, USABLE, lookup);
            Arc::get_mut(&mut resolver.0).unwrap().patience = Duration::from_millis(50);
            resolver
        };
        assert_eq!(resolve(&hangs(2)).unwrap()[0].port(), 1);
        assert_eq!(LOOKUPS.load(Ordering::Relaxed), 3);
        let resolver = hangs(u32::MAX);
        for _ in 0..2 {
            assert!(matches!(resolve_within(&resolver, Duration::from_millis(600)), Err(Error::Timeout(_))));
        }
        assert_eq!(LOOKUPS.load(Ordering::Relaxed), MAX_LOOKUPS);
    }

    #[test]
    fn one_lookup_serves_many_calls() {
        static LOOKUPS: AtomicUsize = AtomicUsize::new(0);
        let resolver = CachedResolver::with(FRESH, USABLE, |_, port| {
            LOOKUPS.fetch_add(1, Ordering::Relaxed);
            found(port)
        });
        for _ in 0..10 {
            assert_eq!(resolve(&resolver).unwrap()[0].port(), 443);
        }
        assert_eq!(LOOKUPS.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_failed_lookup_is_asked_again_by_the_next_call() {
        static LOOKUPS: AtomicUsize = AtomicUsize::new(0);
        let resolver = CachedResolver::with(FRESH, USABLE, |_, _| match LOOKUPS.fetch_add(1, Ordering::Relaxed) {
            0 => Err(std::io::ErrorKind::NotFound.into()),
            _ => found(1),
        });
        assert!(matches!(resolve(&resolver), Err(Error::HostNotFound)));
        assert!(resolve(&resolver).is_ok());
    }

    /// Asked for anew by every call.
    const NEVER_FRESH: Duration = Duration::ZERO;

    #[test]
    fn a_silent_name_server_holds_up_nobody_who_has_an_answer() {
        static LOOKUPS: AtomicUsize = AtomicUsize::new(0);
        let resolver =
            CachedResolver::with(NEVER_FRESH, USABLE, |_, _| match LOOKUPS.fetch_add(1, Ordering::Relaxed) {
                0 => found(1),
                _ => silence(),
            });
        for _ in 0..10 {
            assert_eq!(resolve(&resolver).unwrap()[0].port(), 1);
        }
        assert!(LOOKUPS.load(Ordering::Relaxed) <= 2, "one lookup at a time");
    }

    #[test]
    fn a_name_server_that_fails_is_left_alone_for_a_while() {
        let (sender, lookups) = mpsc::channel();
        let resolver = CachedResolver::with(NEVER_FRESH, USABLE, move |_, _| {
            sender.send(()).unwrap();
            Err(std::io::ErrorKind::NotFound.into())
        });
        know(&resolver, 1);
        assert_eq!(resolve(&resolver).unwrap()[0].port(), 1);
        lookups.recv_timeout(Duration::from_secs(5)).unwrap();
        until(|| !is_asking(&resolver));
        for _ in 0..10 {
            assert_eq!(resolve(&resolver).unwrap()[0].port(), 1);
        }
        assert!(!is_asking(&resolver) && lookups.try_recv().is_err(), "one lookup for all of them");
    }

    #[test]
    fn an_answer_that_is_too_old_is_not_used() {
        let resolver =
            CachedResolver::with(NEVER_FRESH, Duration::ZERO, |_, _| Err(std::io::ErrorKind::NotFound.into()));
        know(&resolver, 1);
        assert!(matches!(resolve(&resolver), Err(Error::HostNotFound)));
    }

    #[test]
    fn a_moved_host_is_found() {
        let resolver = CachedResolver::with(NEVER_FRESH, USABLE, |_, _| found(2));
        know(&resolver, 1);
        assert_eq!(resolve(&resolver).unwrap()[0].port(), 1, "not waited for");
        until(|| resolve(&resolver).unwrap()[0].port() == 2);
    }

    /// An answer that is told from others by its port.
    fn found(port: u16) -> std::io::Result<Vec<SocketAddr>> {
        Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
    }

    fn silence() -> ! {
        loop {
            std::thread::park();
        }
    }

    /// As if a lookup had just found it.
    fn know(resolver: &CachedResolver, port: u16) {
        let mut addresses = resolver.empty();
        found(port).unwrap().into_iter().for_each(|address| addresses.push(address));
        let entry = Entry { answer: Some((Box::new(addresses), Instant::now())), ..Entry::default() };
        resolver.0.entries.lock().unwrap().insert((Authority::from_static("platform.invalid"), 443), entry);
    }

    fn is_asking(resolver: &CachedResolver) -> bool {
        resolver.0.entries.lock().unwrap().values().any(|entry| entry.running > 0)
    }

    fn until(done: impl Fn() -> bool) {
        let started = Instant::now();
        while !done() {
            assert!(started.elapsed() < Duration::from_secs(5));
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
