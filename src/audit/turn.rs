//! Turns: whoever changes the log holds its lock, and what there is to say is said when the lock is free again.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use log::Level;

use super::AuditLog;
use super::fault::{failed, held};
use super::files::Files;
use crate::error::Result;

/// How long to wait for a turn.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    /// For as long as it takes: for the writer's own thread, behind which no call waits longer than it may.
    Forever,
    Until(Instant),
}

/// The lock of the log; given back when dropped.
pub(super) struct Lock(File);

impl Drop for Lock {
    /// Not by closing alone: a child that was forked during the turn has the file open too, and would hold it on.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Files {
    /// Waits until no other thread or process changes the log.
    ///
    /// The system wakes all that wait and lets the fastest have the lock, which would be the one that has just given it
    /// back. So a process that has to wait stands in `<file>.next` first, where only one can stand: whoever comes later,
    /// also from its own turn, waits behind it. That file is made when somebody has to wait for the first time.
    pub(super) fn lock(&self, wait: Wait) -> Result<Lock> {
        let path = self.turns();
        let io = |error: io::Error| failed(&path, &error);
        loop {
            let file = self.open_or_make(&path, OpenOptions::new().read(true).write(true)).map_err(io)?;
            if !self.next().exists() {
                match file.try_lock() {
                    Ok(()) => return Ok(Lock(file)),
                    Err(TryLockError::Error(error)) => return Err(io(error)),
                    Err(TryLockError::WouldBlock) => {}
                }
            }
            let next = self.open_or_make(&self.next(), OpenOptions::new().read(true).write(true)).map_err(io)?;
            if !(wait_for(&next, wait).map_err(io)? && wait_for(&file, wait).map_err(io)?) {
                return Err(held(&path));
            }
            let lock = Lock(file);
            let _ = next.unlock();
            // A lock file that was deleted meanwhile excludes nobody.
            if is_named(&lock.0, &path) {
                return Ok(lock);
            }
        }
    }
}

/// Whether the lock was had in time.
fn wait_for(file: &File, wait: Wait) -> io::Result<bool> {
    let Wait::Until(until) = wait else {
        return match file.lock() {
            // A signal of the host came between.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => wait_for(file, wait),
            locked => locked.map(|()| true),
        };
    };
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => return Ok(false),
            // Jitter, so that those that wait do not step in time.
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_micros(fastrand::u64(50..500))),
        }
    }
}

#[cfg(unix)]
fn is_named(file: &File, path: &Path) -> bool {
    super::access::is_same(file, path)
}

/// An open file cannot be deleted there.
#[cfg(not(unix))]
fn is_named(_file: &File, _path: &Path) -> bool {
    true
}

/// What is to be said of a turn, kept until its lock is free: a host's logger may call this library.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<(Level, String)>);

impl Notes {
    pub(super) fn warn(&mut self, text: String) {
        self.0.push((Level::Warn, text));
    }

    pub(super) fn error(&mut self, text: String) {
        self.0.push((Level::Error, text));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, more: Notes) {
        self.0.extend(more.0);
    }

    /// Says it to the host. Never with a lock held.
    pub(super) fn tell(self) {
        for (level, text) in self.0 {
            log::log!(target: "skm::audit", level, "evidence log: {text}");
        }
    }
}

/// The right to change the log.
pub(super) struct Turn<'a> {
    pub(super) log: &'a AuditLog,
    pub(super) notes: Notes,
    _lock: Lock,
}

impl AuditLog {
    /// Does something in one turn, and gives what is to be said of it.
    pub(super) fn in_turn<T>(&self, wait: Wait, work: impl FnOnce(&mut Turn<'_>) -> T) -> Result<(T, Notes)> {
        Ok(self.with_lock(self.files.lock(wait)?, work))
    }

    pub(super) fn with_lock<T>(&self, lock: Lock, work: impl FnOnce(&mut Turn<'_>) -> T) -> (T, Notes) {
        let mut turn = Turn { log: self, notes: Notes::default(), _lock: lock };
        let done = work(&mut turn);
        (done, turn.notes)
    }

    /// The same, and says it.
    pub(super) fn told_turn<T>(&self, until: Instant, work: impl FnOnce(&mut Turn<'_>) -> Result<T>) -> Result<T> {
        let (done, notes) = self.in_turn(Wait::Until(until), work)?;
        notes.tell();
        done
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn files(folder: &tempfile::TempDir) -> Files {
        Files::new(&folder.path().join("audit.jsonl"))
    }

    #[test]
    fn a_turn_ends_though_a_forked_child_has_the_file_open() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let now = || Wait::Until(Instant::now());
        let turn = files.lock(now()).unwrap();
        // What fork() leaves in the child: the same open file.
        let _childs = turn.0.try_clone().unwrap();
        assert!(files.lock(now()).is_err());
        drop(turn);
        assert!(files.lock(now()).is_ok());
        assert!(files.lock(Wait::Forever).is_ok());
    }

    #[test]
    fn whoever_waits_comes_before_the_one_that_has_just_had_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let turn = files.lock(Wait::Forever).unwrap();
        let had = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let turn = files.lock(Wait::Forever).unwrap();
                had.store(true, std::sync::atomic::Ordering::SeqCst);
                drop(turn);
            });
            while !files.next().exists() {
                std::thread::yield_now();
            }
            // It stands in the file as soon as this cannot.
            let next = File::open(files.next()).unwrap();
            while next.try_lock().is_ok() {
                next.unlock().unwrap();
            }
            drop(turn);
            let _again = files.lock(Wait::Forever).unwrap();
            assert!(had.load(std::sync::atomic::Ordering::SeqCst));
        });
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_file_that_was_deleted_meanwhile_excludes_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let turn = files.lock(Wait::Forever).unwrap();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| files.lock(Wait::Forever).unwrap());
            while !files.next().exists() {
                std::thread::yield_now();
            }
            std::thread::sleep(Duration::from_millis(20));
            std::fs::remove_file(files.turns()).unwrap();
            drop(turn);
            let turn = waits.join().unwrap();
            assert!(is_named(&turn.0, &files.turns()));
        });
    }
}
