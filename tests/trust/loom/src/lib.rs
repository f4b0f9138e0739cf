//! Models of what threads share, tried in every interleaving of up to three forced switches. The quota and the turns are the very text of the core
//! (see build.rs); the handle counter is `Handle.java`, said in Rust.
#![cfg(test)]

/// Every interleaving with at most this many forced switches: with three threads all of them would take for ever.
const SWITCHES: usize = 3;

fn every_way(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(SWITCHES);
    builder.check(model);
}

/// What the turns ask of a call: with time left, so that only being woken ends a wait. loom's waits have no time-out: a
/// wake-up that is lost is a deadlock, which loom reports.
mod call {
    use std::sync::Weak;
    use std::time::Duration;

    use loom::sync::Mutex;
    use loom::sync::atomic::{AtomicBool, Ordering};

    pub trait ShutdownHandle: Send + Sync {
        fn shutdown(&self);
    }

    /// As in the core: what is held is woken by cancellation, before it comes or after it.
    pub struct Call {
        cancelled: AtomicBool,
        held: Mutex<Option<Weak<dyn ShutdownHandle>>>,
    }

    impl Call {
        pub fn new() -> Call {
            Call { cancelled: AtomicBool::new(false), held: Mutex::new(None) }
        }

        pub fn is_cancelled(&self) -> bool {
            self.cancelled.load(Ordering::Acquire)
        }

        pub fn remaining(&self) -> Option<Duration> {
            Some(Duration::from_secs(1))
        }

        pub fn hold(&self, held: &Weak<dyn ShutdownHandle>) {
            *self.held.lock().expect("not poisoned") = Some(Weak::clone(held));
            if self.is_cancelled() {
                self.interrupt();
            }
        }

        pub fn release(&self) {
            *self.held.lock().expect("not poisoned") = None;
        }

        /// As a client that is closed, which wakes no single call.
        pub fn close(&self) {
            self.cancelled.store(true, Ordering::SeqCst);
        }

        pub fn interrupt(&self) {
            self.cancelled.store(true, Ordering::Release);
            let held = self.held.lock().expect("not poisoned");
            if let Some(held) = held.as_ref().and_then(Weak::upgrade) {
                held.shutdown();
            }
        }
    }
}

mod failure {
    use crate::error::Error;

    pub enum Reach {
        NotSent,
    }

    #[derive(Debug)]
    pub struct Failure;

    impl Failure {
        pub fn new(_: Error, _: Reach) -> Failure {
            Failure
        }
    }
}

mod error {
    pub enum ErrorKind {
        Closed,
        DeadlineExceeded,
    }

    pub enum Reason {
        NoFreeConnection,
    }

    pub struct Error;

    impl Error {
        pub fn new(_: ErrorKind) -> Error {
            Error
        }

        pub fn because(self, _: Reason) -> Error {
            self
        }
    }

    impl From<ErrorKind> for Error {
        fn from(_: ErrorKind) -> Error {
            Error
        }
    }
}

mod turns {
    include!(concat!(env!("OUT_DIR"), "/turns.rs"));

    mod tests {
        use super::*;
        use loom::sync::Arc;
        use loom::sync::atomic::{AtomicUsize, Ordering};

        /// A few turns, several takers: never two at once, and nobody is forgotten.
        fn bounded(takers: usize, count: usize) {
            crate::every_way(move || {
                let shared = Arc::new((Turns::new(count), AtomicUsize::new(0)));
                let take = move |shared: Arc<(Turns, AtomicUsize)>| {
                    let _turn = shared.0.acquire(&Call::new()).expect("time is left");
                    let inside = shared.1.fetch_add(1, Ordering::SeqCst) + 1;
                    assert!(inside <= count, "{inside} calls at once");
                    shared.1.fetch_sub(1, Ordering::SeqCst);
                };
                let others: Vec<_> = (1..takers)
                    .map(|_| {
                        let shared = Arc::clone(&shared);
                        loom::thread::spawn(move || take(shared))
                    })
                    .collect();
                take(Arc::clone(&shared));
                others.into_iter().for_each(|other| other.join().expect("no taker panics"));
                assert_eq!(shared.0.lock().free, count);
            });
        }

        #[test]
        fn two_take_one_turn() {
            bounded(2, 1);
        }

        #[test]
        fn three_take_one_turn() {
            bounded(3, 1);
        }

        #[test]
        fn three_take_two_turns() {
            bounded(3, 2);
        }

        /// One that is cancelled while it waits, or while a turn is on its way to it: its wait ends, and the turn goes on.
        #[test]
        fn a_turn_is_not_lost_with_a_call_that_gives_up() {
            crate::every_way(|| {
                let turns = Arc::new(Turns::new(1));
                let call = std::sync::Arc::new(Call::new());
                let held = turns.acquire(&Call::new()).expect("time is left");
                let waiting = {
                    let (turns, call) = (Arc::clone(&turns), std::sync::Arc::clone(&call));
                    loom::thread::spawn(move || drop(turns.acquire(&call)))
                };
                let cancelling = loom::thread::spawn(move || call.interrupt());
                drop(held);
                waiting.join().expect("no taker panics");
                cancelling.join().expect("cancelling does not panic");
                let state = turns.lock();
                assert_eq!((state.free, state.waiting.len()), (1, 0));
            });
        }

        /// Whoever looks whether the client was closed before it waits is woken when it was closed after that.
        #[test]
        fn who_waits_hears_of_the_end() {
            crate::every_way(|| {
                let turns = Arc::new(Turns::new(1));
                let call = std::sync::Arc::new(Call::new());
                let _held = turns.acquire(&Call::new()).expect("time is left");
                let waiting = {
                    let (turns, call) = (Arc::clone(&turns), std::sync::Arc::clone(&call));
                    loom::thread::spawn(move || assert!(turns.acquire(&call).is_err()))
                };
                call.close();
                turns.wake_all();
                waiting.join().expect("no taker panics");
            });
        }
    }
}

mod quota {
    use loom::sync::atomic::{AtomicU32, Ordering};

    include!(concat!(env!("OUT_DIR"), "/quota.rs"));

    mod tests {
        use super::*;
        use loom::sync::Arc;

        /// A quota that pays for `paid` more repetitions.
        fn quota_for(paid: u32) -> Quota {
            let quota = Quota::new();
            (0..Quota::FULL / Quota::COST - paid).for_each(|_| assert!(quota.spend()));
            quota
        }

        #[test]
        fn no_more_is_spent_than_there_is() {
            crate::every_way(|| {
                let quota = Arc::new(quota_for(1));
                let others: Vec<_> = (0..2)
                    .map(|_| {
                        let quota = Arc::clone(&quota);
                        loom::thread::spawn(move || u32::from(quota.spend()))
                    })
                    .collect();
                let spent = u32::from(quota.spend());
                let spent = others.into_iter().fold(spent, |sum, other| sum + other.join().expect("no thread panics"));
                assert_eq!(spent, 1);
                assert_eq!(quota.0.load(Ordering::Relaxed), 0);
            });
        }

        #[test]
        fn a_refund_beside_a_repetition_loses_neither() {
            crate::every_way(|| {
                let quota = Arc::new(quota_for(1));
                let refunding = {
                    let quota = Arc::clone(&quota);
                    loom::thread::spawn(move || quota.refund())
                };
                assert!(quota.spend());
                refunding.join().expect("no thread panics");
                assert_eq!(quota.0.load(Ordering::Relaxed), 1);
            });
        }

        #[test]
        fn never_more_than_full() {
            crate::every_way(|| {
                let quota = Arc::new(Quota::new());
                let other = Arc::clone(&quota);
                let refunding = loom::thread::spawn(move || other.refund());
                quota.refund();
                refunding.join().expect("no thread panics");
                assert_eq!(quota.0.load(Ordering::Relaxed), Quota::FULL);
            });
        }
    }
}

mod handle {
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

    /// `Handle.State` of Java. Java's atomics are sequentially consistent.
    struct Handle {
        closed: AtomicBool,
        users: AtomicUsize,
        freed: AtomicUsize,
    }

    impl Handle {
        fn new() -> Arc<Handle> {
            Arc::new(Handle { closed: AtomicBool::new(false), users: AtomicUsize::new(1), freed: AtomicUsize::new(0) })
        }

        fn enter(&self) -> bool {
            while !self.closed.load(SeqCst) {
                let now = self.users.load(SeqCst);
                if now == 0 {
                    return false;
                }
                if self.users.compare_exchange(now, now + 1, SeqCst, SeqCst).is_ok() {
                    return true;
                }
                loom::thread::yield_now();
            }
            false
        }

        fn leave(&self) {
            if self.users.fetch_sub(1, SeqCst) == 1 {
                self.freed.fetch_add(1, SeqCst);
            }
        }

        fn close(&self) {
            if self.closed.compare_exchange(false, true, SeqCst, SeqCst).is_ok() {
                self.leave();
            }
        }

        /// A call: whatever happens beside it, what it uses is there until it leaves.
        fn call(&self) {
            if self.enter() {
                assert_eq!(self.freed.load(SeqCst), 0, "used after it was freed");
                self.leave();
            }
        }
    }

    fn beside(others: &'static [fn(&Handle)]) {
        crate::every_way(move || {
            let handle = Handle::new();
            let running: Vec<_> = others
                .iter()
                .map(|other| {
                    let handle = Arc::clone(&handle);
                    loom::thread::spawn(move || other(&handle))
                })
                .collect();
            handle.call();
            running.into_iter().for_each(|thread| thread.join().expect("no thread panics"));
            handle.close();
            assert_eq!(handle.freed.load(SeqCst), 1, "freed exactly once");
            assert!(!handle.enter());
        });
    }

    #[test]
    fn a_call_beside_a_close() {
        beside(&[Handle::close]);
    }

    #[test]
    fn a_call_beside_two_closes() {
        beside(&[Handle::close, Handle::close]);
    }

    #[test]
    fn two_calls_beside_a_close() {
        beside(&[Handle::call, Handle::close]);
    }
}
