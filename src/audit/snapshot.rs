//! What a reader sees: the files of one moment, without a lock and without the right to write.
//!
//! Whoever writes goes on meanwhile. What the head says is written stays as it is, so a reader looks that far; what
//! stands behind it belongs to a turn that is under way, or was left by one that was killed, and then nothing moves.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use super::AuditLog;
use super::access::is_same;
use super::fault::unreadable;
use super::head::{self, Found, Head};
use super::line::{Line, MAX_LINE};
use crate::error::Result;

/// How often is looked whether something moves, and how long is waited between.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(2);
/// How often is looked anew because files were closed or deleted at that very moment.
const ROTATIONS: u32 = 100;

/// The files of one moment.
pub(super) struct Snapshot {
    /// With the number of the last record, oldest first.
    pub(super) closed: Vec<(u64, PathBuf)>,
    pub(super) current: Option<Current>,
    pub(super) head: Found,
}

/// The current file, opened: it may be renamed meanwhile.
pub(super) struct Current {
    pub(super) file: File,
    /// How far it is to be read.
    pub(super) length: u64,
}

impl AuditLog {
    /// The log as it is now.
    pub(super) fn snapshot(&self) -> Result<Snapshot> {
        let mut seen = self.look()?;
        for _ in 0..LOOKS {
            if self.is_settled(&seen) {
                return Ok(seen);
            }
            std::thread::sleep(PAUSE);
            let again = self.look()?;
            let moves = again.head != seen.head || again.length() != seen.length();
            seen = again;
            if let Some(committed) = seen.committed().filter(|_| moves) {
                // Somebody is at it: what stands behind the head is not there yet.
                if let Some(current) = &mut seen.current {
                    current.length = committed;
                }
                return Ok(seen);
            }
        }
        Ok(seen)
    }

    /// Files and head that belong together, so far as rotation and retention go.
    fn look(&self) -> Result<Snapshot> {
        let mut rotations = 0;
        loop {
            let closed = self.all_closed()?;
            let mut current = self.open_current()?;
            let head_path = self.files.head();
            let head = head::read(&head_path, &self.keys).map_err(|error| unreadable(&head_path, &error))?;
            // After the head: what it names is in the file by then.
            if let Some(current) = &mut current {
                current.length =
                    current.file.metadata().map_err(|error| unreadable(self.files.current(), &error))?.len();
            }
            rotations += 1;
            let is_current = current.as_ref().is_none_or(|current| is_same(&current.file, self.files.current()));
            if (is_current && self.all_closed()? == closed) || rotations == ROTATIONS {
                return Ok(Snapshot { closed, current, head });
            }
        }
    }

    /// Whether head and current file agree, or nobody can be changing them.
    fn is_settled(&self, seen: &Snapshot) -> bool {
        // Whoever writes makes the lock file first.
        !self.files.turns().exists() || seen.committed() == seen.length()
    }

    fn all_closed(&self) -> Result<Vec<(u64, PathBuf)>> {
        self.files.all_closed().map_err(|error| unreadable(self.files.folder(), &error))
    }

    fn open_current(&self) -> Result<Option<Current>> {
        let path = self.files.current();
        match File::open(path) {
            Ok(file) => Ok(Some(Current { file, length: 0 })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(path, &error)),
        }
    }
}

impl Snapshot {
    fn length(&self) -> Option<u64> {
        self.current.as_ref().map(|current| current.length)
    }

    /// How long the current file is up to the record that the head names; `None` if the two do not belong together.
    pub(super) fn committed(&self) -> Option<u64> {
        let Some(current) = &self.current else { return None };
        // A file that was just begun: the head, if there is one, is still of the one before.
        if current.length == 0 {
            return Some(0);
        }
        // What cannot be read is told by whoever reads it all.
        let ends = |head: &&Head| current.ends_with(head).unwrap_or(false);
        self.head.head().filter(ends).map(|head| head.length)
    }
}

impl Current {
    /// Whether the record that the head names ends where the head says.
    fn ends_with(&self, head: &Head) -> io::Result<bool> {
        if head.length > self.length {
            return Ok(false);
        }
        let start = head.length.saturating_sub(MAX_LINE as u64 + 1);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(start))?;
        let mut end = Vec::new();
        file.take(head.length - start).read_to_end(&mut end)?;
        file.seek(SeekFrom::Start(0))?;
        let Some(lines) = end.strip_suffix(b"\n") else { return Ok(false) };
        let last = lines.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok(Line::parse(last).is_some_and(|line| line.n == head.n && line.mac == head.mac))
    }
}
