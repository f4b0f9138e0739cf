//! The call that runs on the current thread. ureq calls our connector, transports and resolver on that same thread but
//! hands them nothing of ours, so the call's deadline, cancellation and progress travel beside it.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use ureq::Timeout;
use ureq::unversioned::transport::time::Duration as UreqDuration;
use ureq::unversioned::transport::{NextTimeout, ShutdownHandle};

use super::super::deadline::{Cancel, Deadline, Interrupt};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Call>>> = const { RefCell::new(None) };
}

/// How long a wait that nothing can wake lasts before cancellation is looked at again.
pub(super) const SLICE: Duration = Duration::from_millis(20);

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Stage {
    /// No address yet.
    Resolving,
    /// No connection yet.
    Connecting,
    /// A proxy is being asked for a tunnel.
    Tunnelling,
    /// The socket is open, TLS is not.
    Securing,
    /// The connection is ready; nothing was sent.
    Ready,
    /// Something was sent.
    Sent,
    /// The first byte of the answer is here.
    Answering,
}

const STAGES: [Stage; 7] = [
    Stage::Resolving,
    Stage::Connecting,
    Stage::Tunnelling,
    Stage::Securing,
    Stage::Ready,
    Stage::Sent,
    Stage::Answering,
];

/// What the other side said while TLS was being set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Heard {
    /// Its first three bytes, as far as they came together: type and version of a TLS record.
    pub(super) first: [u8; 3],
    /// How many bytes.
    pub(super) bytes: usize,
}

/// One attempt of one call.
pub(super) struct Call {
    deadline: Deadline,
    /// Set once the outcome is known: reading on is worth no more time than this.
    spare: OnceLock<Deadline>,
    heard: Mutex<Heard>,
    /// Cancelled when the client is closed, which also shuts all its sockets down: so no call needs to be woken by it.
    closing: Cancel,
    fresh: bool,
    stage: AtomicU8,
    connected_now: AtomicBool,
    cancelled: AtomicBool,
    socket: Mutex<Option<Weak<dyn ShutdownHandle>>>,
}

impl Call {
    pub(super) fn new(deadline: Deadline, closing: Cancel, fresh: bool) -> Arc<Call> {
        Arc::new(Call {
            deadline,
            spare: OnceLock::new(),
            heard: Mutex::default(),
            closing,
            fresh,
            stage: AtomicU8::new(Stage::Resolving as u8),
            connected_now: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            socket: Mutex::new(None),
        })
    }

    /// Makes this the current call until the guard is dropped.
    pub(super) fn enter(self: &Arc<Call>) -> Entered {
        CURRENT.set(Some(Arc::clone(self)));
        Entered
    }

    pub(super) fn remaining(&self) -> Option<Duration> {
        let left = self.deadline.remaining()?;
        self.spare.get().map_or(Some(left), |spare| Some(spare.remaining()?.min(left)))
    }

    /// The outcome is known: what is still read may take so much longer and no more.
    pub(super) fn spare(&self, duration: Duration) {
        // Set once: the first limit is the nearer one.
        let _ = self.spare.set(Deadline::after(duration));
    }

    pub(super) fn heard(&self) -> Heard {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what arrives while TLS is being set up, as far as it tells what the other side speaks.
    pub(super) fn note_heard(&self, bytes: &[u8]) {
        if self.stage() != Stage::Securing {
            return;
        }
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if let ([first, second, third, ..], 0) = (bytes, heard.bytes) {
            heard.first = [*first, *second, *third];
        }
        heard.bytes += bytes.len();
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire) || self.closing.is_cancelled()
    }

    pub(super) fn stage(&self) -> Stage {
        STAGES[usize::from(self.stage.load(Ordering::Relaxed))]
    }

    /// Stages only move forward, except that the end of a tunnel's handshake starts the count anew.
    pub(super) fn set_stage(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    pub(super) fn reach_stage(&self, stage: Stage) {
        self.stage.fetch_max(stage as u8, Ordering::Relaxed);
    }

    /// Whether the connection was made for this call, not taken from the pool.
    pub(super) fn connected_now(&self) -> bool {
        self.connected_now.load(Ordering::Relaxed)
    }

    pub(super) fn note_connected(&self) {
        self.connected_now.store(true, Ordering::Relaxed);
    }

    /// Whether a pooled connection must be left alone.
    pub(super) fn refuses_pooled(&self) -> bool {
        self.fresh && !self.connected_now()
    }

    /// The socket to shut down on cancellation.
    pub(super) fn hold(&self, socket: &Weak<dyn ShutdownHandle>) {
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = Some(Weak::clone(socket));
        if self.is_cancelled() {
            self.interrupt();
        }
    }

    /// Its answer is complete: the socket is free for another call, which a late cancellation must leave alone.
    pub(super) fn release(&self) {
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn clamp(&self, timeout: NextTimeout) -> Result<NextTimeout, ureq::Error> {
        if self.is_cancelled() {
            return Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted).into());
        }
        let left = UreqDuration::Exact(self.remaining().ok_or(ureq::Error::Timeout(Timeout::Global))?);
        if timeout.after > left {
            Ok(NextTimeout { after: left, reason: Timeout::Global, ..timeout })
        } else {
            Ok(timeout)
        }
    }
}

impl Interrupt for Call {
    fn interrupt(&self) {
        self.cancelled.store(true, Ordering::Release);
        // Under the lock, so that after `release` the socket is left alone.
        let socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(socket) = socket.as_ref().and_then(Weak::upgrade) {
            socket.shutdown();
        }
    }
}

/// Ends the current call of this thread when dropped.
pub(super) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

/// Asks the call that runs on this thread; `None` when ureq tidies up between calls.
pub(super) fn with_current<T>(ask: impl FnOnce(&Call) -> T) -> Option<T> {
    CURRENT.with_borrow(|call| call.as_deref().map(ask))
}

/// Shortens a time-out to what the current call has left.
pub(super) fn clamp(timeout: NextTimeout) -> Result<NextTimeout, ureq::Error> {
    with_current(|call| call.clamp(timeout)).unwrap_or(Ok(timeout))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::mpsc;

    use super::*;

    /// A socket that takes its time to be shut down.
    struct Slow {
        begun: Mutex<mpsc::Sender<()>>,
        done: AtomicBool,
    }

    impl ShutdownHandle for Slow {
        fn shutdown(&self) {
            self.begun.lock().unwrap().send(()).unwrap();
            std::thread::sleep(Duration::from_millis(50));
            self.done.store(true, Ordering::Release);
        }
    }

    #[test]
    fn a_socket_is_given_back_before_its_shutdown_or_after_it() {
        let (begun, beginning) = mpsc::channel();
        let socket = Arc::new(Slow { begun: Mutex::new(begun), done: AtomicBool::new(false) });
        let call = Call::new(Deadline::after(Duration::from_secs(5)), Cancel::new(), false);
        call.hold(&(Arc::downgrade(&socket) as Weak<dyn ShutdownHandle>));
        std::thread::scope(|scope| {
            scope.spawn(|| call.interrupt());
            beginning.recv_timeout(Duration::from_secs(5)).unwrap();
            call.release();
            assert!(socket.done.load(Ordering::Acquire));
        });
    }
}
