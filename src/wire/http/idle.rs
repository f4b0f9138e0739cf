//! Connections that wait for the next call. ureq's pool looks at their age only when it is used, so a gate that nobody
//! passes would keep them for ever; here they are closed when they have waited for `http.idle_ms`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::Transport;

type Connection = Box<dyn Transport>;

/// Where the connection of one pooled transport waits. It is taken by the next call or by the keeper, by one of them.
#[derive(Default)]
pub(super) struct Shelf(Mutex<Option<(Instant, Connection)>>);

impl Shelf {
    /// Nothing, if it has waited too long.
    pub(super) fn take(&self) -> Option<Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map(|(_, connection)| connection)
    }

    fn put(&self, due: Instant, connection: Connection) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((due, connection));
    }

    fn due(&self) -> Option<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(due, _)| *due)
    }

    fn take_due(&self, now: Instant) -> Option<Connection> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.take_if(|(due, _)| *due <= now).map(|(_, connection)| connection)
    }
}

#[derive(Default)]
struct Shelves {
    known: Vec<Weak<Shelf>>,
    is_kept: bool,
}

struct Shared {
    idle: Duration,
    shelves: Mutex<Shelves>,
    changed: Condvar,
    closed: AtomicBool,
}

/// Closes connections on time. Its thread exists only while some wait.
#[derive(Clone)]
pub(super) struct Keeper(Arc<Shared>);

impl Keeper {
    pub(super) fn new(idle: Duration) -> Keeper {
        let (shelves, changed) = (Mutex::default(), Condvar::new());
        Keeper(Arc::new(Shared { idle, shelves, changed, closed: AtomicBool::new(false) }))
    }

    /// A place for a new connection.
    pub(super) fn shelf(&self) -> Arc<Shelf> {
        let shelf = Arc::new(Shelf::default());
        let mut shelves = self.0.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.known.retain(|known| known.strong_count() > 0);
        shelves.known.push(Arc::downgrade(&shelf));
        shelf
    }

    /// Lets a connection wait; gives it back if none is to be kept.
    pub(super) fn keep(&self, shelf: &Shelf, connection: Connection) -> Result<(), Connection> {
        if self.0.idle.is_zero() || self.0.closed.load(Ordering::Acquire) {
            return Err(connection);
        }
        shelf.put(Instant::now() + self.0.idle, connection);
        let mut shelves = self.0.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if !shelves.is_kept {
            let shared = Arc::clone(&self.0);
            let thread = std::thread::Builder::new().name("skm-idle".to_owned());
            // Without a thread they are closed by the next call, as ureq's pool does it.
            shelves.is_kept = thread.spawn(move || shared.run()).is_ok();
        }
        Ok(())
    }

    /// Ends the thread. Takes no lock: in a forked child another thread may hold it for ever.
    pub(super) fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        self.0.changed.notify_all();
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keeper")
    }
}

impl Shared {
    fn run(&self) {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            let all: Vec<_> = shelves.known.iter().filter_map(Weak::upgrade).collect();
            let due: Vec<_> = all.iter().filter_map(|shelf| shelf.take_due(now)).collect();
            if !due.is_empty() {
                // Closing is a system call each: nobody waits for it.
                drop((shelves, all, due));
                shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            // All wait equally long: what comes later is due later.
            let next = all.iter().filter_map(|shelf| shelf.due()).min();
            drop(all);
            let Some(next) = next.filter(|_| !self.closed.load(Ordering::Acquire)) else {
                shelves.is_kept = false;
                return;
            };
            let pause = next.saturating_duration_since(now);
            shelves = self.changed.wait_timeout(shelves, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
