//! At most so many calls at once: connections stay bounded, and waiting for a turn counts against the deadline.

use std::sync::{Condvar, Mutex, PoisonError};

use super::call::{Call, SLICE};
use super::failure::{Failure, Reach};
use crate::error::{Error, ErrorKind, Reason};

pub(super) struct Permits {
    turns: Mutex<Turns>,
    returned: Condvar,
}

struct Turns {
    free: usize,
    /// Nobody waits: then nobody is woken, which would be a system call for each call.
    waiting: usize,
}

impl Permits {
    pub(super) fn new(count: usize) -> Permits {
        Permits { turns: Mutex::new(Turns { free: count, waiting: 0 }), returned: Condvar::new() }
    }

    /// Waits for a turn.
    pub(super) fn acquire(&self, call: &Call) -> Result<Permit<'_>, Failure> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if call.is_cancelled() {
                return Err(Failure::new(ErrorKind::Closed.into(), Reach::NotSent));
            }
            let Some(left) = call.remaining() else { return Err(too_many()) };
            if turns.free > 0 {
                turns.free -= 1;
                return Ok(Permit(self));
            }
            turns.waiting += 1;
            turns = self.returned.wait_timeout(turns, left.min(SLICE)).unwrap_or_else(PoisonError::into_inner).0;
            turns.waiting -= 1;
        }
    }
}

fn too_many() -> Failure {
    let error = Error::new(ErrorKind::DeadlineExceeded).because(Reason::NoFreeConnection);
    Failure::new(error, Reach::NotSent)
}

/// A turn, given back when dropped.
pub(super) struct Permit<'a>(&'a Permits);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.free += 1;
        if turns.waiting > 0 {
            self.0.returned.notify_one();
        }
    }
}
