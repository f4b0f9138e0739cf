//! One deadline per call, and the means to end a call early.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use skm_fork::Process;

use crate::error::{Error, Result, safe};

/// What a duration beyond the clock's range becomes.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// When a call must have ended: name resolution, connecting, TLS, retries and the body are all inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline this far from now.
    pub fn after(duration: Duration) -> Deadline {
        let now = Instant::now();
        Deadline(now.checked_add(duration).unwrap_or(now + FAR))
    }

    /// The time left; `None` when it has passed.
    pub fn remaining(&self) -> Option<Duration> {
        self.remaining_at(Instant::now())
    }

    pub(crate) fn remaining_at(&self, now: Instant) -> Option<Duration> {
        self.0.checked_duration_since(now).filter(|left| !left.is_zero())
    }
}

/// The deadline of one call, in the range of `http.deadline_ms`.
///
/// # Errors
/// `input_invalid`, naming `deadline`.
pub fn in_range(deadline: Duration) -> Result<Duration> {
    if (Duration::from_millis(1)..=Duration::from_secs(600)).contains(&deadline) {
        return Ok(deadline);
    }
    let detail = safe!("the deadline must be 1 ms to 600 s", "时限须为 1 毫秒至 600 秒");
    Err(Error::input("deadline", detail))
}

/// Something a cancelled call must be woken from, such as a socket to shut down.
pub(crate) trait Interrupt: Send + Sync {
    fn interrupt(&self);
}

struct State {
    process: Process,
    /// Set before `running` is looked through; read without the lock.
    cancelled: AtomicBool,
    running: Mutex<Vec<Weak<dyn Interrupt>>>,
}

/// Ends the calls it was given to, from another thread: the running ones wake up at once with `closed`, later ones
/// fail at once. Clones share their state.
///
/// A token belongs to the process that made it. In a child of `fork()` the running calls are the parent's: there it
/// cancels nothing, and a client that is given it refuses every call with `closed`.
#[derive(Clone)]
pub struct Cancel(Arc<State>);

impl Cancel {
    /// A token that cancels nothing yet.
    pub fn new() -> Cancel {
        let state = State { process: Process::this(), cancelled: AtomicBool::new(false), running: Mutex::default() };
        Cancel(Arc::new(state))
    }

    /// Whether it was made before `fork()`, and this process is the child.
    pub fn is_inherited(&self) -> bool {
        self.0.process.is_another()
    }

    /// Cancels, once and for ever.
    pub fn cancel(&self) {
        if self.is_inherited() {
            return;
        }
        self.0.cancelled.store(true, Ordering::SeqCst);
        let running = std::mem::take(&mut *self.0.running.lock().unwrap_or_else(PoisonError::into_inner));
        for call in running.iter().filter_map(Weak::upgrade) {
            call.interrupt();
        }
    }

    /// Whether [`Cancel::cancel`] was called, or the token was made before `fork()`.
    pub fn is_cancelled(&self) -> bool {
        self.is_inherited() || self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Asks for `call` to be interrupted on cancellation; interrupts it at once if that has already happened.
    pub(crate) fn watch(&self, call: &Arc<impl Interrupt + 'static>) {
        if !self.is_inherited() {
            let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.retain(|known| known.strong_count() > 0);
            running.push(Arc::downgrade(call) as Weak<dyn Interrupt>);
        }
        if self.is_cancelled() {
            call.interrupt();
        }
    }
}

impl Default for Cancel {
    fn default() -> Cancel {
        Cancel::new()
    }
}

impl Drop for Cancel {
    /// In a child the list of running calls is left alone: another thread of the parent may have been changing it.
    fn drop(&mut self) {
        if self.is_inherited() {
            std::mem::forget(Arc::clone(&self.0));
        }
    }
}

impl std::fmt::Debug for Cancel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cancel").field("cancelled", &self.is_cancelled()).finish()
    }
}
