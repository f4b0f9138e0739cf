//! Many verifications with a bounded number of workers: results in order, one failed row never stops the rest.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::interfaces::id::{IdRequest, IdResult};
use crate::interfaces::scan::{ScanRequest, ScanResult};
use crate::verdict::Verdict;
use crate::wire::deadline::Cancel;

/// One row: a question of interface 3 or 4.
#[derive(Debug, Clone)]
pub enum Check {
    /// Interface 3.
    Scan(ScanRequest),
    /// Interface 4.
    Id(IdRequest),
}

/// The answer to a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Checked {
    /// Of interface 3.
    Scan(ScanResult),
    /// Of interface 4.
    Id(IdResult),
}

impl Checked {
    /// What to do at the gate.
    pub fn verdict(&self) -> Verdict {
        match self {
            Checked::Scan(result) => result.verdict(),
            Checked::Id(result) => result.verdict(),
        }
    }
}

/// How far a batch has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Rows answered, failed ones included.
    pub done: u64,
    /// Rows that were green.
    pub green: u64,
    /// Rows whose call failed.
    pub failed: u64,
}

/// How to run a batch.
#[derive(Default)]
pub struct BatchOptions {
    /// Calls at once; 0 means as many as `http.max_connections`.
    pub workers: usize,
    /// Called after each row, on the thread that reads the results.
    pub on_progress: Option<Box<dyn FnMut(Progress) + Send>>,
    /// Ends the batch: running and remaining rows fail with `closed`.
    pub cancel: Option<Cancel>,
}

/// Results still to come, in the order of the rows. Rows are taken from the source only as there is room for them, so
/// memory stays constant however many there are. Dropping it cancels what is running.
pub struct Batch<I> {
    rows: I,
    jobs: Option<Sender<(u64, Check)>>,
    results: Receiver<(u64, Result<Checked>)>,
    early: BTreeMap<u64, Result<Checked>>,
    room: u64,
    given: u64,
    taken: u64,
    progress: Progress,
    on_progress: Option<Box<dyn FnMut(Progress) + Send>>,
    cancel: Cancel,
    workers: Vec<JoinHandle<()>>,
}

impl Client {
    /// Verifies one row.
    ///
    /// # Errors
    /// As [`Client::verify_scan`] and [`Client::verify_id`].
    pub fn verify(&self, check: &Check) -> Result<Checked> {
        match check {
            Check::Scan(request) => self.verify_scan(request).map(Checked::Scan),
            Check::Id(request) => self.verify_id(request).map(Checked::Id),
        }
    }

    /// Verifies many rows at once; each has its own deadline.
    pub fn verify_many<I: Iterator<Item = Check>>(
        &self,
        rows: impl IntoIterator<IntoIter = I>,
        options: BatchOptions,
    ) -> Batch<I> {
        let workers = if options.workers == 0 { self.config().http.max_connections } else { options.workers };
        let cancel = options.cancel.unwrap_or_default();
        let client = self.with_cancel(cancel.clone());
        let (jobs, queue) = channel();
        let (answers, results) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let spawn = |_| {
            let (client, queue, answers) = (client.clone(), Arc::clone(&queue), answers.clone());
            std::thread::spawn(move || work(&client, &queue, &answers))
        };
        Batch {
            rows: rows.into_iter(),
            jobs: Some(jobs),
            results,
            early: BTreeMap::new(),
            room: 2 * workers as u64,
            given: 0,
            taken: 0,
            progress: Progress::default(),
            on_progress: options.on_progress,
            cancel,
            workers: (0..workers).map(spawn).collect(),
        }
    }
}

fn work(client: &Client, queue: &Mutex<Receiver<(u64, Check)>>, answers: &Sender<(u64, Result<Checked>)>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((row, check)) = job else { return };
        // A row whose worker panicked is a failed row, not a batch that waits for ever.
        let result = catch_unwind(AssertUnwindSafe(|| client.verify(&check)));
        let result = result.unwrap_or_else(|_| Err(ErrorKind::Internal.into()));
        if answers.send((row, result)).is_err() {
            return;
        }
    }
}

impl<I: Iterator<Item = Check>> Batch<I> {
    /// Hands out rows while there is room.
    fn fill(&mut self) {
        while let Some(jobs) = &self.jobs {
            if self.given - self.taken >= self.room {
                return;
            }
            let Some(row) = self.rows.next() else {
                self.jobs = None;
                return;
            };
            jobs.send((self.given, row)).expect("workers live as long as the queue");
            self.given += 1;
        }
    }

    /// Waits for the next row in order.
    fn await_next(&mut self) -> Result<Checked> {
        loop {
            if let Some(result) = self.early.remove(&self.taken) {
                return result;
            }
            match self.results.recv() {
                Ok((row, result)) => self.early.insert(row, result),
                Err(_) => return Err(ErrorKind::Closed.into()),
            };
        }
    }
}

impl<I: Iterator<Item = Check>> Iterator for Batch<I> {
    type Item = Result<Checked>;

    fn next(&mut self) -> Option<Result<Checked>> {
        self.fill();
        if self.taken == self.given {
            return None;
        }
        let result = self.await_next();
        self.taken += 1;
        self.progress.done += 1;
        match &result {
            Ok(checked) if checked.verdict().is_green() => self.progress.green += 1,
            Ok(_) => {}
            Err(_) => self.progress.failed += 1,
        }
        if let Some(tell) = &mut self.on_progress {
            tell(self.progress);
        }
        Some(result)
    }
}

impl<I> Drop for Batch<I> {
    fn drop(&mut self) {
        if self.taken < self.given {
            self.cancel.cancel();
        }
        self.jobs = None;
        for worker in self.workers.drain(..) {
            worker.join().expect("workers catch their panics");
        }
    }
}
