//! The queue of a client's records, and the one thread that writes them: many with one write, in order of arrival. A
//! call waits for its record within its deadline, never for the lock or the disk.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::AuditLog;
use super::fault::{full, held, late};
use super::record::{Record, Sealable};
use super::settings::AuditSettings;
use super::turn::{Notes, Wait};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::deadline::Deadline;

/// How long a call may wait for its record though its time is over: a call ends within its deadline and 50 ms.
const GRACE: Duration = Duration::from_millis(25);

/// How long the thread stays without work.
const IDLE: Duration = Duration::from_secs(5);

/// How long a client that is closed or dropped waits for its records to be written.
const CLOSING: Duration = Duration::from_secs(1);

/// How many bytes of records may wait: some 32 000 records, more than calls can be submitted at once.
const QUEUE: usize = 16 << 20;

/// How many bytes of records are written in one turn: other processes wait no longer.
const GROUP: usize = 256 << 10;

/// For the thread's own frames and those of the host's logger.
const STACK: usize = 512 << 10;

/// What became of a record while its call waited.
pub(crate) enum Written {
    /// It is in the log.
    Yes,
    /// It could not be written.
    No(Error),
    /// It is still to be written; the error says what a verdict fails with that must not be given without evidence.
    NotYet(Error),
}

/// A log that is written to.
pub(crate) struct Recorder(Arc<Inner>);

struct Inner {
    log: AuditLog,
    queue: Mutex<Queue>,
    /// There is something to write, or no more will come.
    work: Condvar,
    /// Everything is written.
    done: Condvar,
    /// Records that could not be written.
    failures: AtomicU64,
    /// Whether the thread waits for its turn, rather than for the disk.
    waits_for_turn: AtomicBool,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Handed>,
    bytes: usize,
    /// Since when the oldest record waits that is not written, whether here or in the writer's hands.
    oldest: Option<Instant>,
    /// Whether there is a writer.
    has_writer: bool,
    closing: bool,
    /// What nobody has said yet.
    notes: Notes,
}

/// A record on its way. One that is dropped without an outcome, by a panic, could not be written.
struct Handed {
    record: Sealable,
    since: Instant,
    slot: Arc<Slot>,
}

/// Where a call waits for its record.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    known: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    /// With what its call is to say.
    Known(Result<()>, Notes),
    /// Nobody waits any more.
    Left,
}

impl Recorder {
    /// Opens a log to write to, and makes what is missing.
    pub(crate) fn open(settings: &AuditSettings, deadline: Deadline) -> Result<Recorder> {
        Ok(Recorder(Arc::new(Inner {
            log: AuditLog::create(settings, deadline)?,
            queue: Mutex::default(),
            work: Condvar::new(),
            done: Condvar::new(),
            failures: AtomicU64::new(0),
            waits_for_turn: AtomicBool::new(false),
        })))
    }

    /// Hands over the record of a call, and waits for `left` until it is written; a moment longer if the log keeps up.
    pub(crate) fn record(&self, record: &Record<'_>, now: SystemTime, left: Duration) -> Written {
        let log = &self.0.log;
        let body = record.body(&log.keys, log.settings.pseudonym, now);
        let (slot, patience) = match self.0.hand_over(Sealable::new(&log.keys, body, now)) {
            Ok(handed) => handed,
            Err(error) => return Written::No(error),
        };
        slot.wait(Instant::now() + left.max(patience)).unwrap_or_else(|| Written::NotYet(self.0.not_yet()))
    }

    /// Hands over the record of a call that nobody waits for any more.
    pub(crate) fn hand_over(&self, record: &Record<'_>, now: SystemTime) {
        let log = &self.0.log;
        let body = record.body(&log.keys, log.settings.pseudonym, now);
        let written = match self.0.hand_over(Sealable::new(&log.keys, body, now)) {
            Ok((slot, _)) => slot.wait(Instant::now()),
            Err(error) => Some(Written::No(error)),
        };
        if let Some(Written::No(error)) = written {
            log::error!("{error}");
        }
    }

    /// How many records could not be written.
    pub(crate) fn failures(&self) -> u64 {
        self.0.failures.load(Ordering::Relaxed)
    }

    /// Waits until what was handed over is written, as long as a client may take that is closed.
    pub(crate) fn flush(&self) {
        let until = Instant::now() + CLOSING;
        let mut queue = self.0.lock();
        while queue.oldest.is_some() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            queue = self.0.done.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let notes = std::mem::take(&mut queue.notes);
        drop(queue);
        notes.tell();
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.0.lock().closing = true;
        self.0.work.notify_one();
        self.flush();
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a record into the queue. Beside it, how long even a call may wait whose time is over: not at all behind
    /// records that have waited for so long already, or each late call would make those behind it later still.
    fn hand_over(self: &Arc<Self>, record: Sealable) -> Result<(Arc<Slot>, Duration)> {
        let mut queue = self.lock();
        let bytes = record.body.len();
        if queue.bytes + bytes > QUEUE {
            drop(queue);
            self.failures.fetch_add(1, Ordering::Relaxed);
            return Err(full(self.log.files.current()));
        }
        let since = Instant::now();
        let patience = GRACE.saturating_sub(since - *queue.oldest.get_or_insert(since));
        let slot = Arc::new(Slot::default());
        queue.bytes += bytes;
        queue.waiting.push_back(Handed { record, since, slot: Arc::clone(&slot) });
        if queue.has_writer {
            self.work.notify_one();
            return Ok((slot, patience));
        }
        queue.has_writer = true;
        drop(queue);
        let writer = Arc::clone(self);
        let thread = std::thread::Builder::new().name("skm-evidence".to_owned()).stack_size(STACK);
        if thread.spawn(move || writer.serve(IDLE)).is_err() {
            // The system gives no more threads: then this call is the writer, for as long as others hand over records.
            self.serve(Duration::ZERO);
        }
        Ok((slot, patience))
    }

    /// Writes what is handed over, until nothing has been for so long.
    fn serve(&self, idle: Duration) {
        let resign = Resign(self);
        while let Some(group) = self.next_group(idle) {
            self.write(group);
        }
        drop(resign);
        // Not as the writer: the host's logger may make calls, which wait for one.
        let notes = std::mem::take(&mut self.lock().notes);
        notes.tell();
    }

    /// The records that have waited longest; `None` when the writer is to go.
    fn next_group(&self, idle: Duration) -> Option<Vec<Handed>> {
        let mut queue = self.lock();
        queue.oldest = queue.waiting.front().map(|first| first.since);
        if queue.oldest.is_none() {
            self.done.notify_all();
        }
        while queue.waiting.is_empty() {
            if queue.closing || !queue.notes.is_empty() || idle.is_zero() {
                queue.has_writer = false;
                return None;
            }
            let (again, timeout) = self.work.wait_timeout(queue, idle).unwrap_or_else(PoisonError::into_inner);
            queue = again;
            if timeout.timed_out() && queue.waiting.is_empty() {
                queue.has_writer = false;
                return None;
            }
        }
        let (mut bytes, mut count) = (0, 0);
        for handed in &queue.waiting {
            bytes += handed.record.body.len();
            if count > 0 && bytes > GROUP {
                bytes -= handed.record.body.len();
                break;
            }
            count += 1;
        }
        queue.bytes -= bytes;
        Some(queue.waiting.drain(..count).collect())
    }

    fn write(&self, group: Vec<Handed>) {
        let (records, ends): (Vec<Sealable>, Vec<Ending<'_>>) =
            group.into_iter().map(|handed| (handed.record, Ending { inner: self, slot: Some(handed.slot) })).unzip();
        self.waits_for_turn.store(true, Ordering::Relaxed);
        let written = self.log.in_turn(Wait::Forever, |turn| {
            self.waits_for_turn.store(false, Ordering::Relaxed);
            turn.append(&records)
        });
        self.waits_for_turn.store(false, Ordering::Relaxed);
        let (written, mut notes) = match written {
            Ok(written) => written,
            Err(error) => (records.iter().map(|_| Err(error.clone())).collect(), Notes::default()),
        };
        for (ending, written) in ends.into_iter().zip(written) {
            ending.with(written, &mut notes);
        }
        if !notes.is_empty() {
            self.lock().notes.add(notes);
        }
    }

    /// What a verdict fails with whose record is not written in time.
    fn not_yet(&self) -> Error {
        let files = &self.log.files;
        if self.waits_for_turn.load(Ordering::Relaxed) { held(&files.turns()) } else { late(files.current()) }
    }
}

/// Lets the next record find another writer, however this one ends.
struct Resign<'a>(&'a Inner);

impl Drop for Resign<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut queue = self.0.lock();
            queue.has_writer = false;
            queue.oldest = queue.waiting.front().map(|first| first.since);
        }
    }
}

/// The outcome that a record is owed.
struct Ending<'a> {
    inner: &'a Inner,
    slot: Option<Arc<Slot>>,
}

impl Ending<'_> {
    /// Tells the call, if it still waits, and lets it say the notes on its own thread.
    fn with(mut self, written: Result<()>, notes: &mut Notes) {
        if let Some(slot) = self.slot.take() {
            self.inner.end(&slot, written, notes);
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.inner.end(&slot, Err(ErrorKind::Internal.into()), &mut Notes::default());
        }
    }
}

impl Inner {
    fn end(&self, slot: &Slot, written: Result<()>, notes: &mut Notes) {
        if written.is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        let mut state = slot.lock();
        match (&*state, &written) {
            (State::Left, Ok(())) => {}
            (State::Left, Err(error)) => notes.error(error.to_string()),
            _ => {
                *state = State::Known(written, std::mem::take(notes));
                drop(state);
                slot.known.notify_one();
            }
        }
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What became of the record, if that is known in time. Says what the writer left to be said.
    fn wait(&self, until: Instant) -> Option<Written> {
        let mut state = self.lock();
        loop {
            if let State::Known(written, notes) = std::mem::replace(&mut *state, State::Waiting) {
                drop(state);
                notes.tell();
                return Some(match written {
                    Ok(()) => Written::Yes,
                    Err(error) => Written::No(error),
                });
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                *state = State::Left;
                return None;
            }
            state = self.known.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
