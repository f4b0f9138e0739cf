//! One deadline per call, and the means to end a call early.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::error::{Error, Result, safe};

/// What a duration beyond the clock's range becomes.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// When a call must have ended: name resolution, connecting, TLS, retries and the body are all inside it.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline this far from now.
    pub fn after(duration: Duration) -> Deadline {
        let now = Instant::now();
        Deadline(now.checked_add(duration).unwrap_or(now + FAR))
    }

    /// The time left; `None` when it has passed.
    pub fn remaining(&self) -> Option<Duration> {
        self.0.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
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

#[derive(Default)]
struct State {
    /// Set before `running` is looked through; read without the lock.
    cancelled: AtomicBool,
    running: Mutex<Vec<Weak<dyn Interrupt>>>,
}

/// Ends the calls it was given to, from another thread: the running ones wake up at once with `closed`, later ones
/// fail at once. Clones share their state.
#[derive(Clone, Default)]
pub struct Cancel(Arc<State>);

impl Cancel {
    /// A token that cancels nothing yet.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Cancels, once and for ever.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        let running = std::mem::take(&mut *self.0.running.lock().unwrap_or_else(PoisonError::into_inner));
        for call in running.iter().filter_map(Weak::upgrade) {
            call.interrupt();
        }
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Asks for `call` to be interrupted on cancellation; interrupts it at once if that has already happened.
    pub(crate) fn watch(&self, call: &Arc<impl Interrupt + 'static>) {
        {
            let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.retain(|known| known.strong_count() > 0);
            running.push(Arc::downgrade(call) as Weak<dyn Interrupt>);
        }
        if self.is_cancelled() {
            call.interrupt();
        }
    }
}

impl std::fmt::Debug for Cancel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cancel").field("cancelled", &self.is_cancelled()).finish()
    }
}
