//! At most so many calls at once: connections stay bounded, and waiting for a turn counts against the deadline.
//!
//! First come, first served: a turn that is given back goes to the call that has waited longest, never to one that comes
//! by at that moment. A free turn costs no system call.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use ureq::unversioned::transport::ShutdownHandle;

use super::call::Call;
use super::failure::{Failure, Reach};
use crate::error::{Error, ErrorKind, Reason};

pub(super) struct Turns {
    state: Mutex<State>,
}

struct State {
    /// More than none only while nobody waits.
    free: usize,
    /// In the order of their coming.
    waiting: VecDeque<Arc<Waiter>>,
}

/// One call that waits.
#[derive(Default)]
struct Waiter {
    given: Mutex<bool>,
    changed: Condvar,
}

impl Turns {
    pub(super) fn new(count: usize) -> Turns {
        Turns { state: Mutex::new(State { free: count, waiting: VecDeque::new() }) }
    }

    /// Waits for a turn.
    pub(super) fn acquire(&self, call: &Call) -> Result<Turn<'_>, Failure> {
        check_in_time(call)?;
        let Some(waiter) = self.take_or_queue() else { return Ok(Turn(self)) };
        // Cancellation ends what the call holds: a socket later, its wait now.
        call.hold(&(Arc::downgrade(&waiter) as Weak<dyn ShutdownHandle>));
        waiter.wait(call);
        call.release();
        let turn = self.leave(&waiter).then(|| Turn(self));
        // A turn that came too late goes on to the next.
        check_in_time(call)?;
        turn.ok_or_else(too_many)
    }

    /// Wakes all that wait, to see that their client was closed.
    pub(super) fn wake_all(&self) {
        for waiter in &self.lock().waiting {
            waiter.shutdown();
        }
    }

    /// Takes a free turn, or a place at the end of the queue.
    fn take_or_queue(&self) -> Option<Arc<Waiter>> {
        let mut state = self.lock();
        if state.free > 0 {
            state.free -= 1;
            return None;
        }
        let waiter = Arc::new(Waiter::default());
        state.waiting.push_back(Arc::clone(&waiter));
        Some(waiter)
    }

    /// Ends a wait; whether it ended with a turn. Who is no longer in the queue was given one, however the wait ended.
    fn leave(&self, waiter: &Arc<Waiter>) -> bool {
        let mut state = self.lock();
        match state.waiting.iter().position(|other| Arc::ptr_eq(other, waiter)) {
            Some(place) => {
                state.waiting.remove(place);
                false
            }
            None => true,
        }
    }

    fn give_back(&self) {
        let mut state = self.lock();
        match state.waiting.pop_front() {
            Some(next) => next.give(),
            None => state.free += 1,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter {
    /// Until there is a turn, or no need of one any more.
    fn wait(&self, call: &Call) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        while !*given && !call.is_cancelled() {
            let Some(left) = call.remaining() else { return };
            given = self.changed.wait_timeout(given, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn give(&self) {
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}

impl ShutdownHandle for Waiter {
    /// Its call was cancelled.
    fn shutdown(&self) {
        // Under the lock: not between the look at the cancellation and the wait.
        let _given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        self.changed.notify_one();
    }
}

fn check_in_time(call: &Call) -> Result<(), Failure> {
    if call.is_cancelled() {
        return Err(Failure::new(ErrorKind::Closed.into(), Reach::NotSent));
    }
    if call.remaining().is_none() { Err(too_many()) } else { Ok(()) }
}

fn too_many() -> Failure {
    let error = Error::new(ErrorKind::DeadlineExceeded).because(Reason::NoFreeConnection);
    Failure::new(error, Reach::NotSent)
}

/// A turn, given back when dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::mpsc::{Sender, channel};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::wire::deadline::{Cancel, Deadline, Interrupt};

    const FAR: Duration = Duration::from_secs(600);

    fn call(left: Duration) -> Arc<Call> {
        Call::new(Deadline::after(left), Cancel::new(), false)
    }

    fn until(what: impl Fn() -> bool) {
        let begun = Instant::now();
        while !what() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for a turn on a thread of its own; tells its name and what became of it.
    fn come<'a>(
        scope: &'a std::thread::Scope<'a, '_>,
        turns: &'a Turns,
        call: &Arc<Call>,
        name: usize,
        tell: &Sender<(usize, Option<ErrorKind>)>,
    ) {
        let before = turns.lock().waiting.len();
        let (call, tell) = (Arc::clone(call), tell.clone());
        scope.spawn(move || {
            let turn = turns.acquire(&call);
            // Told while the turn is held: the next one comes after.
            tell.send((name, turn.as_ref().err().map(|failure| failure.error.kind()))).unwrap();
        });
        until(|| turns.lock().waiting.len() == before + 1);
    }

    #[test]
    fn first_come_first_served() {
        const MANY: usize = 50;
        let turns = Turns::new(1);
        let (tell, told) = channel();
        let held = turns.acquire(&call(FAR)).ok().unwrap();
        std::thread::scope(|scope| {
            (0..MANY).for_each(|name| come(scope, &turns, &call(FAR), name, &tell));
            drop(held);
            for name in 0..MANY {
                assert_eq!(told.recv_timeout(Duration::from_secs(20)).unwrap(), (name, None));
            }
        });
        assert_eq!(turns.lock().free, 1);
    }

    #[test]
    fn who_gives_up_leaves_no_gap_and_takes_no_turn_along() {
        let turns = Turns::new(1);
        let (tell, told) = channel();
        let held = turns.acquire(&call(FAR)).ok().unwrap();
        let calls: Vec<_> = [FAR, Duration::from_millis(50), FAR, FAR].into_iter().map(call).collect();
        std::thread::scope(|scope| {
            calls.iter().enumerate().for_each(|(name, call)| come(scope, &turns, call, name, &tell));
            let late = told.recv_timeout(Duration::from_secs(20)).unwrap();
            assert_eq!(late, (1, Some(ErrorKind::DeadlineExceeded)));
            calls[0].interrupt();
            assert_eq!(told.recv_timeout(Duration::from_secs(20)).unwrap(), (0, Some(ErrorKind::Closed)));
            drop(held);
            for name in [2, 3] {
                assert_eq!(told.recv_timeout(Duration::from_secs(20)).unwrap(), (name, None));
            }
        });
        assert_eq!(turns.lock().free, 1);
        // One that is over takes none even where it is free.
        assert!(turns.acquire(&calls[0]).is_err());
        assert_eq!(turns.lock().free, 1);
    }

    #[test]
    fn those_who_wait_hear_that_the_client_was_closed() {
        let turns = Turns::new(1);
        let (tell, told) = channel();
        let closing = Cancel::new();
        let held = turns.acquire(&call(FAR)).ok().unwrap();
        std::thread::scope(|scope| {
            for name in 0..8 {
                let call = Call::new(Deadline::after(FAR), closing.clone(), false);
                come(scope, &turns, &call, name, &tell);
            }
            closing.cancel();
            turns.wake_all();
            for _ in 0..8 {
                assert_eq!(told.recv_timeout(Duration::from_secs(20)).unwrap().1, Some(ErrorKind::Closed));
            }
        });
        drop(held);
        assert_eq!(turns.lock().free, 1);
    }

    #[test]
    fn turns_are_neither_lost_nor_made_when_many_give_up() {
        let turns = Turns::new(3);
        std::thread::scope(|scope| {
            for number in 0..32_u64 {
                let turns = &turns;
                scope.spawn(move || {
                    for round in 0..50 {
                        let call = call(Duration::from_micros(50 + (number * 37 + round * 91) % 2000));
                        if let Ok(_turn) = turns.acquire(&call) {
                            std::thread::sleep(Duration::from_micros(100));
                        }
                    }
                });
            }
        });
        let state = turns.lock();
        assert_eq!((state.free, state.waiting.len()), (3, 0));
    }
}
