//! Many verifications with a bounded number of workers: results in order, one failed row never stops the rest.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::interfaces::id::{IdRequest, IdResult};
use crate::interfaces::scan::{ScanRequest, ScanResult};
use crate::verdict::Verdict;
use crate::wire::deadline::Cancel;

/// One row: a question of interface 3 or 4.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Check {
    /// Interface 3.
    Scan(ScanRequest),
    /// Interface 4.
    Id(IdRequest),
}

/// The answer to a row.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct BatchOptions {
    /// Calls at once, at most `http.max_connections`; 0 means that many.
    pub workers: usize,
    /// Called after each row, on the thread that reads the results.
    pub on_progress: Option<Box<dyn FnMut(Progress) + Send>>,
    /// Ends the batch: running and remaining rows fail with `closed`.
    pub cancel: Option<Cancel>,
}

impl BatchOptions {
    /// Everything as by default: as many calls at once as there are connections.
    pub fn new() -> BatchOptions {
        BatchOptions::default()
    }

    /// Calls at once, at most `http.max_connections`; 0 means that many.
    #[must_use]
    pub fn with_workers(self, workers: usize) -> BatchOptions {
        BatchOptions { workers, ..self }
    }

    /// Called after each row, on the thread that reads the results.
    #[must_use]
    pub fn with_progress(self, on_progress: impl FnMut(Progress) + Send + 'static) -> BatchOptions {
        BatchOptions { on_progress: Some(Box::new(on_progress)), ..self }
    }

    /// Ends the batch when it is cancelled: running and remaining rows fail with `closed`.
    #[must_use]
    pub fn with_cancel(self, cancel: Cancel) -> BatchOptions {
        BatchOptions { cancel: Some(cancel), ..self }
    }
}

/// Results still to come, in the order of the rows. Rows are taken from the source only as there is room for them, so
/// memory stays constant however many there are. Dropping it cancels what is running.
///
/// A batch belongs to the process that began it. In a child of `fork()` every row that is still to come is `closed`.
pub struct Batch<I> {
    client: Client,
    rows: Option<I>,
    answers: Sender<(u64, Result<Checked>)>,
    results: Receiver<(u64, Result<Checked>)>,
    early: BTreeMap<u64, Result<Checked>>,
    workers: u64,
    given: u64,
    received: u64,
    taken: u64,
    progress: Progress,
    on_progress: Option<Box<dyn FnMut(Progress) + Send>>,
    cancel: Cancel,
}

/// How many rows may be ahead of the one that is read, for each worker: a slow row does not stop the others at once.
const ROWS_AHEAD: u64 = 4;

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

    /// Verifies many rows at once; each has its own deadline. For rows that are there: while the source makes it wait for
    /// one, finished results wait too. A gate asks with [`Client::verify_scan`].
    pub fn verify_many<I: Iterator<Item = Check>>(
        &self,
        rows: impl IntoIterator<IntoIter = I>,
        options: BatchOptions,
    ) -> Batch<I> {
        let most = self.config().http.max_connections;
        let workers = if options.workers == 0 { most } else { options.workers.min(most) };
        let (answers, results) = channel();
        // A token of its own: dropping the batch must not cancel what else the caller's token stands for.
        let cancel = Cancel::new();
        let mut client = self.with_cancel(cancel.clone());
        if let Some(callers) = options.cancel {
            client = client.with_cancel(callers);
        }
        Batch {
            client,
            rows: Some(rows.into_iter()),
            answers,
            results,
            early: BTreeMap::new(),
            workers: workers as u64,
            given: 0,
            received: 0,
            taken: 0,
            progress: Progress::default(),
            on_progress: options.on_progress,
            cancel,
        }
    }
}

impl<I: Iterator<Item = Check>> Batch<I> {
    /// A row that the parent process has under way, or would have had.
    fn inherited(&mut self) -> Option<Result<Checked>> {
        if self.taken == self.given {
            self.rows.as_mut()?.next()?;
            self.given += 1;
        }
        Some(self.client.check_process().and(Err(ErrorKind::Closed.into())))
    }

    /// Hands out rows while there is room.
    fn fill(&mut self) {
        while self.given - self.received < self.workers && self.given - self.taken < ROWS_AHEAD * self.workers {
            let Some(row) = self.rows.as_mut().and_then(Iterator::next) else {
                self.rows = None;
                return;
            };
            let (number, answers) = (self.given, self.answers.clone());
            self.given += 1;
            // Nobody listens any more once the batch is dropped.
            let done = move |result| drop(answers.send((number, result)));
            if let Err(error) = self.client.submit_row(move |client| client.verify(&row), done) {
                drop(self.answers.send((number, Err(error))));
            }
        }
    }

    /// Waits for the next row in order.
    fn await_next(&mut self) -> Result<Checked> {
        loop {
            if let Some(result) = self.early.remove(&self.taken) {
                return result;
            }
            let (row, result) = self.results.recv().expect("the batch itself holds a sender");
            self.early.insert(row, result);
            self.received += 1;
            self.fill();
        }
    }
}

impl<I: Iterator<Item = Check>> Iterator for Batch<I> {
    type Item = Result<Checked>;

    fn next(&mut self) -> Option<Result<Checked>> {
        let result = if self.client.is_inherited() {
            self.inherited()?
        } else {
            self.fill();
            if self.taken == self.given {
                return None;
            }
            self.await_next()
        };
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
        self.cancel.cancel();
        if self.client.is_inherited() {
            // Dropped in a child of fork(), the parent's channel would wait for a result that one of its threads was just
            // handing over.
            let (answers, results) = channel();
            std::mem::forget(std::mem::replace(&mut self.answers, answers));
            std::mem::forget(std::mem::replace(&mut self.results, results));
        }
    }
}
