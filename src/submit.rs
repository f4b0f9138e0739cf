//! Calls that do not block the caller: run on the client's own threads, ended by their deadline even while they wait.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::wire::deadline::{Cancel, Deadline};

/// How long a thread without work stays.
const IDLE: Duration = Duration::from_secs(5);
/// How often waiting calls are looked through for passed deadlines and cancellation.
const TICK: Duration = Duration::from_millis(10);

/// One call that waits for a thread.
struct Waiting {
    client: Client,
    deadline: Deadline,
    run: Box<dyn FnOnce(Client) + Send>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    threads: usize,
    idle: usize,
    keeper: bool,
}

/// The threads of one client: none until something is submitted, at most as many as it has connections.
pub(crate) struct Threads {
    state: Mutex<State>,
    more: Condvar,
    most: usize,
}

impl Threads {
    pub(crate) fn new(most: usize) -> Arc<Threads> {
        Arc::new(Threads { state: Mutex::default(), more: Condvar::new(), most })
    }

    /// Takes in a call that will be run or refused in time; one for which no thread can be had is not taken.
    fn add(self: &Arc<Self>, waiting: Waiting) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.idle > state.waiting.len() {
            self.more.notify_one();
        } else if self.has_another_worker(&state) {
            state.threads += 1;
        } else if state.threads == 0 || !self.keeps_deadlines(&mut state) {
            return Err(no_thread());
        }
        state.waiting.push_back(waiting);
        Ok(())
    }

    fn has_another_worker(self: &Arc<Self>, state: &State) -> bool {
        let threads = Arc::clone(self);
        state.threads < self.most && spawn("skm-call", move || threads.work())
    }

    fn keeps_deadlines(self: &Arc<Self>, state: &mut State) -> bool {
        let threads = Arc::clone(self);
        state.keeper = state.keeper || spawn("skm-deadlines", move || threads.keep_deadlines());
        state.keeper
    }

    fn work(&self) {
        while let Some(waiting) = self.next() {
            // A callback that panics costs itself, not the thread.
            let _ = catch_unwind(AssertUnwindSafe(|| waiting.start()));
        }
    }

    fn next(&self) -> Option<Waiting> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(waiting) = state.waiting.pop_front() {
                return Some(waiting);
            }
            state.idle += 1;
            let (again, timeout) = self.more.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = again;
            state.idle -= 1;
            if timeout.timed_out() && state.waiting.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }

    /// Ends calls whose deadline passes, or that are cancelled, while they still wait. Ends itself when none waits.
    fn keep_deadlines(&self) {
        loop {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let (over, waiting) = std::mem::take(&mut state.waiting).into_iter().partition(Waiting::is_over);
            state.waiting = waiting;
            let none_left = state.waiting.is_empty();
            if none_left {
                state.keeper = false;
            }
            drop(state);
            let over: VecDeque<Waiting> = over;
            for waiting in over {
                // A callback that panics costs itself, not the other calls' deadlines.
                let _ = catch_unwind(AssertUnwindSafe(|| waiting.start()));
            }
            if none_left {
                return;
            }
            std::thread::sleep(TICK);
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> bool {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).is_ok()
}

impl Waiting {
    fn is_over(&self) -> bool {
        self.client.is_cancelled() || self.deadline.remaining().is_none()
    }

    /// Runs it with the time that is left. One that is over fails there before it reaches the network, and leaves its
    /// record like every call.
    fn start(self) {
        let left = self.deadline.remaining().unwrap_or_default();
        (self.run)(self.client.with_deadline(left));
    }
}

fn no_thread() -> Error {
    Error::new(ErrorKind::ConnectFailed).because(Reason::NoThreads)
}

impl Client {
    /// Runs `work`, such as `|client| client.verify_scan(&request)`, on a thread of this client and hands its result to
    /// `done` on such a thread, exactly once. The deadline counts from now, waiting for a thread included. The token
    /// returned ends this one call: `done` then gets `closed`.
    ///
    /// At most `http.max_connections` run at once. `work` is one call and nothing else, and `done` must be short and must
    /// not wait for another submitted call: a call that is over before a thread was free runs, and fails, on the one
    /// thread that looks after the deadlines of all that wait.
    ///
    /// # Errors
    /// `connect_failed` with the reason `no_threads` if the system gives no thread: neither `work` nor `done` is called then.
    pub fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Client) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<Cancel> {
        let cancel = Cancel::new();
        let run = move |client: Client| {
            let caught = catch_unwind(AssertUnwindSafe(|| work(&client)));
            done(caught.unwrap_or_else(|_| Err(ErrorKind::Internal.into())));
        };
        let deadline = Deadline::after(self.deadline());
        let client = self.with_cancel(cancel.clone());
        self.threads().add(Waiting { client, deadline, run: Box::new(run) })?;
        Ok(cancel)
    }
}
