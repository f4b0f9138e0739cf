//! Erasing a person's records on request, the chain staying whole and the calls going on: a file is copied aside while
//! others write, and only what they have added meanwhile is copied in a turn.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::AuditLog;
use super::access::{Draft, is_same, keep_access};
use super::fault::{access_lost, failed};
use super::files::followed;
use super::line::{Line, Tombstone};
use super::record::Subject;
use super::settings::Pseudonym;
use super::turn::Turn;
use crate::error::Result;
use crate::wire::time;

/// How long is waited for a turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much may be copied in a turn: some milliseconds.
const TAIL: u64 = 128 << 10;
/// How often the current file is copied aside before it is rewritten in one turn: it was closed each time meanwhile.
const TRIES: u32 = 5;
/// After how many bytes the disk is waited for: a system that has more to write than that slows all down who write.
const SYNC_EVERY: u64 = 4 << 20;

/// What was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erased {
    /// Records whose body was replaced.
    pub records: u64,
    /// Files that were rewritten.
    pub files: u64,
}

/// One erasure under way.
struct Erasure<'a> {
    log: &'a AuditLog,
    /// How a record about the person looks inside.
    marks: Vec<String>,
    now: SystemTime,
}

impl AuditLog {
    /// Replaces the body of each record about `subject` by a proof that it was erased, and deletes torn pieces, which
    /// may hold a part of one. Calls leave their records meanwhile: the log is held only to put a rewritten file in its
    /// place.
    ///
    /// # Errors
    /// `audit_failed` if a file cannot be read or written; files before it are done, and asking again does the rest.
    pub fn erase(&self, subject: &Subject, now: SystemTime) -> Result<Erased> {
        self.files.remove_abandoned_drafts();
        // The setting may have changed since: look for what each algorithm would have written.
        let marks = Pseudonym::ALL.iter().map(|algorithm| mark(&subject.pseudonym(&self.keys, *algorithm))).collect();
        let erasure = Erasure { log: self, marks, now };
        let (mut erased, mut done) = (Erased::default(), BTreeSet::new());
        // What a killed rotation left is put right first.
        self.told_turn(Instant::now() + PATIENCE, |turn| turn.log.files.open_current().map(drop))?;
        for tries in 1.. {
            erasure.erase_closed(&mut done, &mut erased)?;
            if erasure.erase_current(&done, tries >= TRIES, &mut erased)? {
                break;
            }
        }
        let torn = self.files.all_torn().map_err(|error| failed(self.files.folder(), &error))?;
        for (_, path) in torn {
            std::fs::remove_file(&path).map_err(|error| failed(&path, &error))?;
        }
        Ok(erased)
    }
}

impl Erasure<'_> {
    /// Rewrites the closed files that are not done yet. Nobody adds to them.
    fn erase_closed(&self, done: &mut BTreeSet<u64>, erased: &mut Erased) -> Result<()> {
        let closed = self.log.files.all_closed().map_err(|error| failed(self.log.files.folder(), &error))?;
        for (n, path) in closed {
            if done.contains(&n) {
                continue;
            }
            // Old files may have been moved and linked to.
            let path = followed(&path);
            while !self.erase_file(&path, erased)? {}
            done.insert(n);
        }
        Ok(())
    }

    /// False if another erasure was faster: then its work has to be seen, and kept.
    fn erase_file(&self, path: &Path, erased: &mut Erased) -> Result<bool> {
        let Some(mut copy) = self.begin(path)? else { return Ok(true) };
        copy.go_on(self, u64::MAX)?;
        if copy.records == 0 {
            return Ok(true);
        }
        copy.sync()?;
        let records = copy.records;
        let replaced = self.in_turn(|_| {
            // Retention may have taken it meanwhile.
            if !path.exists() {
                return Ok(None);
            }
            if !copy.is_of(path) {
                return Ok(Some(false));
            }
            copy.replace(path).map(Some)
        })?;
        if replaced == Some(true) {
            erased.add(records);
        }
        Ok(replaced != Some(false))
    }

    /// Rewrites the file that is written to. False if it was closed meanwhile, or is another one.
    fn erase_current(&self, done: &BTreeSet<u64>, in_one_turn: bool, erased: &mut Erased) -> Result<bool> {
        let path = self.log.files.current();
        let Some(mut copy) = self.begin(path)? else { return Ok(false) };
        if !in_one_turn {
            copy.catch_up(self)?;
        }
        self.in_turn(|turn| {
            let mut file = turn.log.files.open_current()?;
            if !(copy.is_of(path) && turn.all_closed()?.iter().all(|(n, _)| done.contains(n))) {
                return Ok(false);
            }
            // A torn end is set aside first, for a rewritten file must end with a whole line.
            let end = turn.end_to_write(&mut file, self.now)?;
            // An open file cannot be renamed over everywhere.
            drop(file);
            copy.go_on(self, end.length)?;
            let records = copy.records;
            if records == 0 {
                return Ok(true);
            }
            if turn.log.settings.sync {
                copy.sync()?;
            }
            let length = copy.length;
            copy.replace(path)?;
            turn.write_head(&end.head(length))?;
            erased.add(records);
            Ok(true)
        })
    }

    fn in_turn<T>(&self, work: impl FnOnce(&mut Turn<'_>) -> Result<T>) -> Result<T> {
        self.log.told_turn(Instant::now() + PATIENCE, work)
    }

    /// Begins with a file; `None` if it is gone.
    fn begin<'p>(&self, path: &'p Path) -> Result<Option<Copy<'p>>> {
        match File::open(path).and_then(|file| Ok((file.metadata()?, file))) {
            Ok((old, file)) => {
                let input = BufReader::with_capacity(1 << 16, file);
                Ok(Some(Copy { path, input, old, at: 0, output: None, records: 0, length: 0, unsynced: 0 }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(path, &error)),
        }
    }

    /// What replaces a line, if it is about the person.
    fn tombstone(&self, bytes: &[u8]) -> Option<String> {
        let line = Line::parse(bytes.strip_suffix(b"\n")?)?;
        if !self.marks.iter().any(|mark| line.body.contains(mark.as_str())) {
            return None;
        }
        let stone = Tombstone::body(&self.log.keys, &line, time::china_text(self.now));
        Some(Line { body: &stone, ..line }.text())
    }
}

/// A file and what is to replace it, as far as it was read.
struct Copy<'p> {
    path: &'p Path,
    input: BufReader<File>,
    old: Metadata,
    /// How far it was read.
    at: u64,
    /// Begun with the first record that is erased.
    output: Option<BufWriter<Draft>>,
    records: u64,
    /// Of the new file.
    length: u64,
    unsynced: u64,
}

impl Copy<'_> {
    /// Whether the name still leads to the file that is copied.
    fn is_of(&self, path: &Path) -> bool {
        is_same(self.input.get_ref(), path)
    }

    /// How much of the file stays as it is; nothing where the head does not say.
    fn written(&self, log: &AuditLog) -> Result<u64> {
        let seen = log.snapshot()?;
        let known = seen.current.as_ref().is_some_and(|current| is_same(&current.file, self.path));
        Ok(seen.committed().filter(|_| known && self.is_of(self.path)).unwrap_or(self.at))
    }

    /// Copies what is written until little is left for a turn, and has the disk take it.
    fn catch_up(&mut self, erasure: &Erasure<'_>) -> Result<()> {
        loop {
            let written = self.written(erasure.log)?;
            if written.saturating_sub(self.at) <= TAIL {
                return self.sync();
            }
            self.go_on(erasure, written)?;
        }
    }

    /// Reads on as far as `until`, or the end.
    fn go_on(&mut self, erasure: &Erasure<'_>, until: u64) -> Result<()> {
        let mut line = Vec::new();
        // What was read ahead may have been taken back meanwhile.
        self.input.seek(SeekFrom::Start(self.at)).map_err(|error| failed(self.path, &error))?;
        while self.at < until {
            line.clear();
            let most = until - self.at;
            let read = self.input.by_ref().take(most).read_until(b'\n', &mut line);
            let read = read.map_err(|error| failed(self.path, &error))? as u64;
            if read == 0 {
                break;
            }
            if let Some(stone) = erasure.tombstone(&line) {
                if self.output.is_none() {
                    self.output = Some(self.draft(erasure.log)?);
                }
                line = stone.into_bytes();
                self.records += 1;
            }
            self.at += read;
            self.put(&line).map_err(|error| failed(self.path, &error))?;
        }
        Ok(())
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        self.length += line.len() as u64;
        let Some(output) = &mut self.output else { return Ok(()) };
        output.write_all(line)?;
        self.unsynced += line.len() as u64;
        if self.unsynced >= SYNC_EVERY {
            self.unsynced = 0;
            output.flush()?;
            output.get_ref().file()?.sync_data()?;
        }
        Ok(())
    }

    /// The new file, for the same users and already holding what was read so far.
    fn draft(&self, log: &AuditLog) -> Result<BufWriter<Draft>> {
        let io = |error: io::Error| failed(self.path, &error);
        let mut draft = log.files.draft_of(self.path).map_err(io)?;
        draft.file().and_then(|new| keep_access(&self.old, new)).map_err(|error| access_lost(self.path, &error))?;
        let mut begun = || {
            let mut old = self.input.get_ref();
            let here = old.stream_position()?;
            old.seek(SeekFrom::Start(0))?;
            let mut left = self.at;
            while left > 0 {
                let copied = io::copy(&mut old.take(left.min(SYNC_EVERY)), &mut draft)?;
                if copied == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                draft.file()?.sync_data()?;
                left -= copied;
            }
            old.seek(SeekFrom::Start(here)).map(drop)
        };
        begun().map_err(io)?;
        Ok(BufWriter::with_capacity(1 << 16, draft))
    }

    /// Waits until the disk has what was written.
    fn sync(&mut self) -> Result<()> {
        let Some(output) = &mut self.output else { return Ok(()) };
        let synced = output.flush().and_then(|()| output.get_ref().file()?.sync_all());
        synced.map_err(|error| failed(self.path, &error))
    }

    /// Killed at any moment, the old file or the new one is there.
    fn replace(self, path: &Path) -> Result<bool> {
        let Copy { input, output, .. } = self;
        // An open file cannot be renamed over everywhere.
        drop(input);
        let Some(output) = output else { return Ok(false) };
        let draft = output.into_inner().map_err(|error| failed(path, error.error()))?;
        draft.put_in_place(path).map_err(|error| failed(path, &error))?;
        Ok(true)
    }
}

impl Erased {
    fn add(&mut self, records: u64) {
        self.records += records;
        self.files += 1;
    }
}

/// How a record about the person looks inside. Quotes in texts are escaped, so no text can look like it.
fn mark(pseudonym: &str) -> String {
    format!("\"subject\":\"{pseudonym}\"")
}
