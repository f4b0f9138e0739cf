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
    /// Nothing, if the keeper has taken it.
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::mpsc;

    use ureq::Error;
    use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[derive(Debug)]
    struct Told(LazyBuffers, mpsc::Sender<Instant>);

    impl Transport for Told {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.0
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
            Ok(())
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
            Ok(false)
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.1.send(Instant::now());
        }
    }

    fn connection() -> (Connection, mpsc::Receiver<Instant>) {
        let (sender, closed) = mpsc::channel();
        (Box::new(Told(LazyBuffers::new(1, 1), sender)), closed)
    }

    #[test]
    fn what_nobody_takes_is_closed_and_the_thread_ends() {
        let keeper = Keeper::new(Duration::from_millis(200));
        let shelf = keeper.shelf();
        for _ in 0..2 {
            let (one, closed) = connection();
            let started = Instant::now();
            assert!(keeper.keep(&shelf, one).is_ok());
            // Taken and given back: it is due later than before.
            std::thread::sleep(Duration::from_millis(100));
            assert!(keeper.keep(&shelf, shelf.take().unwrap()).is_ok());
            let waited = closed.recv_timeout(PATIENCE).unwrap() - started;
            assert!(waited >= Duration::from_millis(300), "{waited:?}");
            assert!(shelf.take().is_none());
            while keeper.0.shelves.lock().unwrap().is_kept {
                assert!(started.elapsed() < PATIENCE);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn what_is_taken_stays_open_and_nothing_is_kept_after_the_end() {
        let keeper = Keeper::new(Duration::from_millis(50));
        let shelf = keeper.shelf();
        let (one, closed) = connection();
        assert!(keeper.keep(&shelf, one).is_ok());
        let taken = shelf.take().unwrap();
        assert!(closed.recv_timeout(Duration::from_millis(200)).is_err());
        keeper.close();
        assert!(keeper.keep(&shelf, taken).is_err());
        closed.recv_timeout(PATIENCE).unwrap();
        let (never, _closed) = connection();
        assert!(Keeper::new(Duration::ZERO).keep(&shelf, never).is_err());
    }
}
