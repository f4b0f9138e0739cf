//! Name resolution: off the calling thread, inside the deadline, and remembered for a while.
//!
//! `getaddrinfo` cannot be interrupted. It runs in a thread of its own, one per host at a time however many calls
//! wait for it, and a call stops waiting when its deadline passes.

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

/// How long an answer is believed: a moved host is found after this.
const MAX_AGE: Duration = Duration::from_secs(60);
/// Addresses tried of one host: as many as ureq has room for.
const MAX_ADDRESSES: usize = 16;

type Lookup = dyn Fn(&str, u16) -> std::io::Result<Vec<SocketAddr>> + Send + Sync;
/// Cheap to copy: the authority shares its text with the URL.
type Key = (Authority, u16);

enum Entry {
    Running,
    Known(Box<ResolvedSocketAddrs>, Instant),
    Failed,
}

struct Shared {
    entries: Mutex<HashMap<Key, Entry>>,
    changed: Condvar,
    lookup: Box<Lookup>,
}

pub(super) struct CachedResolver(Arc<Shared>);

impl CachedResolver {
    pub(super) fn new() -> CachedResolver {
        CachedResolver::with(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
    }

    fn with(lookup: impl Fn(&str, u16) -> std::io::Result<Vec<SocketAddr>> + Send + Sync + 'static) -> CachedResolver {
        CachedResolver(Arc::new(Shared {
            entries: Mutex::default(),
            changed: Condvar::new(),
            lookup: Box::new(lookup),
        }))
    }

    fn addresses(&self, key: &Key) -> Result<ResolvedSocketAddrs, Error> {
        let mut entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked = false;
        loop {
            match entries.get(key) {
                Some(Entry::Known(addresses, when)) if when.elapsed() < MAX_AGE => {
                    return Ok(ResolvedSocketAddrs::clone(addresses));
                }
                Some(Entry::Failed) if asked => return Err(Error::HostNotFound),
                Some(Entry::Running) => {}
                _ => {
                    // Noted only once the lookup runs: without it nobody would ever end the waiting.
                    self.start(key.clone())?;
                    entries.insert(key.clone(), Entry::Running);
                }
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

    fn start(&self, key: Key) -> Result<(), Error> {
        let shared = Arc::clone(&self.0);
        let mut known = self.empty();
        let work = move || {
            let found = (shared.lookup)(key.0.host(), key.1).unwrap_or_default();
            found.into_iter().take(MAX_ADDRESSES).for_each(|address| known.push(address));
            let entry = if known.is_empty() { Entry::Failed } else { Entry::Known(Box::new(known), Instant::now()) };
            shared.entries.lock().unwrap_or_else(PoisonError::into_inner).insert(key, entry);
            shared.changed.notify_all();
        };
        std::thread::Builder::new().name("skm-resolver".to_owned()).spawn(work)?;
        Ok(())
    }
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

    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::call::Call;
    use super::*;
    use crate::wire::deadline::{Cancel, Deadline};

    fn resolve(resolver: &CachedResolver) -> Result<ResolvedSocketAddrs, Error> {
        let uri = "https://platform.invalid/path".parse().unwrap();
        resolver.resolve(&uri, &ureq::config::Config::default(), NextTimeout::default())
    }

    #[test]
    fn a_name_that_never_resolves_ends_with_the_deadline() {
        let resolver = CachedResolver::with(|_, _| {
            loop {
                std::thread::park();
            }
        });
        let call = Call::new(Deadline::after(Duration::from_millis(120)), Cancel::new(), false);
        let _current = call.enter();
        let started = Instant::now();
        assert!(matches!(resolve(&resolver), Err(Error::Timeout(_))));
        let elapsed = started.elapsed();
        assert!(elapsed >= Duration::from_millis(120) && elapsed < Duration::from_millis(1000), "{elapsed:?}");
    }

    #[test]
    fn one_lookup_serves_many_calls() {
        static LOOKUPS: AtomicUsize = AtomicUsize::new(0);
        let resolver = CachedResolver::with(|_, port| {
            LOOKUPS.fetch_add(1, Ordering::Relaxed);
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
        });
        for _ in 0..10 {
            assert_eq!(resolve(&resolver).unwrap()[0].port(), 443);
        }
        assert_eq!(LOOKUPS.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_failed_lookup_is_asked_again_by_the_next_call() {
        static LOOKUPS: AtomicUsize = AtomicUsize::new(0);
        let resolver = CachedResolver::with(|_, port| match LOOKUPS.fetch_add(1, Ordering::Relaxed) {
            0 => Err(std::io::ErrorKind::NotFound.into()),
            _ => Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]),
        });
        assert!(matches!(resolve(&resolver), Err(Error::HostNotFound)));
        assert!(resolve(&resolver).is_ok());
    }
}
