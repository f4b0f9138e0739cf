//! Calls that do not block the caller: run on the client's own threads, ended by their deadline even while they wait.
//!
//! The queue is bounded. Calls that end in it are told first, all of them; their records follow, on a thread of their own,
//! so that no caller waits for another one's evidence.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use skm_fork::Process;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Reason, Result, safe};
use crate::wire::deadline::{Cancel, Deadline};

/// Submitted calls of one client that may wait at once, those included that have ended without their record having been
/// written yet.
const MOST_WAITING: usize = 16_384;
/// How long a thread without work stays.
const IDLE: Duration = Duration::from_secs(5);
/// How often waiting calls are looked through for cancellation, and for deadlines sooner than those known before.
const TICK: Duration = Duration::from_millis(10);

/// What is left to do once a call was told that it has ended: its record.
type Record = Box<dyn FnOnce(&Client) + Send>;

/// Makes a call and tells what it came to; given an error, tells that and makes no call.
type Run = Box<dyn FnOnce(&Client, Option<Error>) -> Option<Record> + Send>;

/// One call that waits for a thread.
struct Waiting {
    client: Client,
    deadline: Deadline,
    run: Run,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Calls that were told, by clients that only leave a record.
    unrecorded: VecDeque<(Client, Record)>,
    threads: usize,
    idle: usize,
    keeper: bool,
    recorder: bool,
}

/// The threads of one client: none until something is submitted, at most as many as it has connections, and one each for
/// deadlines and records.
pub(crate) struct Threads {
    process: Process,
    state: Mutex<State>,
    more: Condvar,
    most: usize,
}

impl Threads {
    pub(crate) fn new(most: usize) -> Arc<Threads> {
        Arc::new(Threads { process: Process::this(), state: Mutex::default(), more: Condvar::new(), most })
    }

    /// Takes in a call that will be run or ended in time. One for which no thread can be had, or that finds `most` before
    /// it, is not taken.
    fn add(self: &Arc<Self>, waiting: Waiting, most: usize) -> Result<()> {
        let mut state = self.lock();
        if state.waiting.len() + state.unrecorded.len() >= most {
            return Err(busy());
        }
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
            match waiting.end(Instant::now()) {
                Some(error) => {
                    if let Some((client, record)) = waiting.tell(error) {
                        leave(&client, record);
                    }
                }
                None => waiting.start(),
            }
        }
    }

    /// The call that has waited longest; `None` for a thread that is no longer needed, or finds itself in a forked child
    /// after a callback: the calls are the parent's.
    fn next(&self) -> Option<Waiting> {
        if self.process.is_another() {
            return None;
        }
        let mut state = self.lock();
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
    fn keep_deadlines(self: &Arc<Self>) {
        while !self.process.is_another() {
            let mut state = self.lock();
            let (over, first) = take_over(&mut state.waiting);
            state.keeper = first.is_some();
            drop(state);
            let told = over.into_iter().filter_map(|(waiting, error)| waiting.tell(error)).collect();
            self.record_later(told);
            let Some(first) = first else { return };
            std::thread::sleep(first.remaining().unwrap_or_default().min(TICK));
        }
    }

    /// Hands records to the thread that leaves them; leaves them here if there can be none.
    fn record_later(self: &Arc<Self>, told: Vec<(Client, Record)>) {
        if told.is_empty() {
            return;
        }
        let mut state = self.lock();
        state.unrecorded.extend(told);
        if state.recorder {
            return;
        }
        state.recorder = true;
        let threads = Arc::clone(self);
        if !spawn("skm-records", move || threads.record()) {
            drop(state);
            self.record();
        }
    }

    /// Leaves the records of calls that were told; ends when there are none.
    fn record(&self) {
        while !self.process.is_another() {
            let mut state = self.lock();
            let Some((client, record)) = state.unrecorded.pop_front() else {
                state.recorder = false;
                return;
            };
            drop(state);
            leave(&client, record);
        }
    }
}

/// Takes the calls out that have ended in the queue, in their order, and says how; beside them the first deadline of
/// those that are left.
fn take_over(waiting: &mut VecDeque<Waiting>) -> (Vec<(Waiting, Error)>, Option<Deadline>) {
    let (now, mut over, mut first) = (Instant::now(), Vec::new(), None);
    for _ in 0..waiting.len() {
        let Some(one) = waiting.pop_front() else { break };
        match one.end(now) {
            Some(error) => over.push((one, error)),
            None => {
                first = Some(first.map_or(one.deadline, |known: Deadline| known.min(one.deadline)));
                waiting.push_back(one);
            }
        }
    }
    (over, first)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> bool {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).is_ok()
}

fn leave(client: &Client, record: Record) {
    // What panics there costs its own record, not the others.
    let _ = catch_unwind(AssertUnwindSafe(|| record(client)));
}

impl Waiting {
    /// What it has come to without having begun.
    fn end(&self, now: Instant) -> Option<Error> {
        let error = if self.client.is_cancelled() {
            ErrorKind::Closed.into()
        } else if self.deadline.remaining_at(now).is_none() {
            Error::new(ErrorKind::DeadlineExceeded).because(Reason::NoFreeConnection)
        } else {
            return None;
        };
        Some(error.at_gate(self.client.config().when_unreachable))
    }

    /// Makes it, with the time that is left.
    fn start(self) {
        let client = self.client.with_deadline(self.deadline.remaining().unwrap_or_default());
        // A callback that panics costs itself, not the thread.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.run)(&client, None)));
    }

    /// Tells that it has ended, and gives what leaves its record, with the same outcome.
    fn tell(self, error: Error) -> Option<(Client, Record)> {
        let client = self.client.with_end(error.clone());
        let record = (self.run)(&client, Some(error))?;
        Some((client, record))
    }
}

fn no_thread() -> Error {
    Error::new(ErrorKind::ConnectFailed).because(Reason::NoThreads)
}

fn busy() -> Error {
    let detail = safe!(
        "{} submitted calls of this client already wait: submit fewer at once",
        "本客户端已有 {} 个提交的调用在等待:请减少同时提交的数量",
        MOST_WAITING
    );
    Error::with(ErrorKind::Busy, detail)
}

impl Client {
    /// Runs `work`, such as `|client| client.verify_scan(&request)`, on a thread of this client and hands its result to
    /// `done` on such a thread, exactly once. The deadline counts from now, waiting for a thread included. The token
    /// returned ends this one call: `done` then gets `closed`.
    ///
    /// At most `http.max_connections` run at once, and at most 16 384 wait. `work` is one call and nothing else, and
    /// `done` must be short and must not wait for another submitted call: all calls that are over before a thread was free
    /// are told so by one thread. Their records follow: `work` then runs once more, on another thread, to say for what
    /// call, and gets no further.
    ///
    /// # Errors
    /// `busy` if as many calls as may wait do so already; `connect_failed` with the reason `no_threads` if the system gives no thread; `closed` in a child of
    /// `fork()`, for a client or a token of the parent. Neither `work` nor `done` is called then.
    pub fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Client) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<Cancel> {
        self.submit_within(MOST_WAITING, work, done)
    }

    /// Submits one row of a batch, which bounds the number of its rows itself: what others have submitted does not make
    /// it fail.
    pub(crate) fn submit_row<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Client) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<Cancel> {
        self.submit_within(usize::MAX, work, done)
    }

    fn submit_within<T: Send + 'static>(
        &self,
        most: usize,
        work: impl FnOnce(&Client) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<Cancel> {
        self.check_process()?;
        let cancel = Cancel::new();
        let run = move |client: &Client, ended: Option<Error>| -> Option<Record> {
            let Some(error) = ended else {
                let caught = catch_unwind(AssertUnwindSafe(|| work(client)));
                done(caught.unwrap_or_else(|_| Err(ErrorKind::Internal.into())));
                return None;
            };
            // A callback that panics costs itself, not the other calls' deadlines nor its own record.
            let _ = catch_unwind(AssertUnwindSafe(|| done(Err(error))));
            Some(Box::new(move |client| drop(work(client))))
        };
        let deadline = Deadline::after(self.deadline());
        let client = self.with_cancel(cancel.clone());
        let added = self.threads().add(Waiting { client, deadline, run: Box::new(run) }, most);
        added.map(|()| cancel).map_err(|error| error.at_gate(self.config().when_unreachable))
    }
}
