//! Calls that do not block the caller: run on the client's own threads, ended by their deadline even while they wait.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result, safe};
use crate::wire::deadline::{Cancel, Deadline};

/// How long a thread without work stays.
const IDLE: Duration = Duration::from_secs(5);
/// How often waiting calls are looked through for passed deadlines and cancellation.
const TICK: Duration = Duration::from_millis(10);

/// One call that waits for a thread. `run` is given either the client to call with or the reason why it never ran.
struct Waiting {
    client: Client,
    deadline: Deadline,
    run: Box<dyn FnOnce(Result<Client>) + Send>,
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

    fn add(self: &Arc<Self>, waiting: Waiting) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.push_back(waiting);
        if state.idle >= state.waiting.len() {
            self.more.notify_one();
            return;
        }
        if state.threads < self.most {
            let threads = Arc::clone(self);
            if spawn("skm-call", move || threads.work()) {
                state.threads += 1;
                return;
            }
        }
        if state.threads == 0 {
            // Not one thread can be had: say so now rather than never.
            let refused = std::mem::take(&mut state.waiting);
            drop(state);
            refused.into_iter().for_each(|waiting| waiting.refuse(no_thread()));
        } else if !state.keeper {
            let threads = Arc::clone(self);
            state.keeper = spawn("skm-deadlines", move || threads.keep_deadlines());
        }
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

    /// Fails calls whose deadline passes, or that are cancelled, while they still wait. Ends when none waits.
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
                let _ = catch_unwind(AssertUnwindSafe(|| waiting.refuse_over()));
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

    fn refuse_over(self) {
        let error = if self.client.is_cancelled() { ErrorKind::Closed.into() } else { too_late() };
        self.refuse(error);
    }

    fn start(self) {
        match self.deadline.remaining() {
            Some(left) if !self.is_over() => (self.run)(Ok(self.client.with_deadline(left))),
            _ => self.refuse_over(),
        }
    }

    fn refuse(self, error: Error) {
        (self.run)(Err(error));
    }
}

fn too_late() -> Error {
    let detail = safe!(
        "all threads were busy: raise http.max_connections or submit less at once",
        "所有线程均忙:请调大 http.max_connections 或减少并发"
    );
    Error::with(ErrorKind::DeadlineExceeded, detail)
}

fn no_thread() -> Error {
    Error::with(ErrorKind::Internal, safe!("the system gives no more threads", "系统无法再创建线程"))
}

impl Client {
    /// Runs `work`, such as `|client| client.verify_scan(&request)`, on a thread of this client and hands its result to
    /// `done` on that thread, exactly once. The deadline counts from now, waiting for a thread included. The token
    /// returned ends this one call: `done` then gets `closed`.
    ///
    /// At most `http.max_connections` run at once. `done` must be short, and must not wait for another submitted call:
    /// while it runs, calls that wait for a thread do not notice that their deadline passes.
    pub fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Client) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Cancel {
        let cancel = Cancel::new();
        let run = move |client: Result<Client>| {
            let result = client.and_then(|client| {
                let caught = catch_unwind(AssertUnwindSafe(|| work(&client)));
                caught.unwrap_or_else(|_| Err(ErrorKind::Internal.into()))
            });
            done(result);
        };
        let deadline = Deadline::after(self.deadline());
        let client = self.with_cancel(cancel.clone());
        self.threads().add(Waiting { client, deadline, run: Box::new(run) });
        cancel
    }
}
