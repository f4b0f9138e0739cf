//! Reading the whole log, oldest record first, one line at a time, checking each.
//!
//! Needs no lock and no right to write. The log may be written to meanwhile: what is read is its state at the beginning
//! or, where retention deletes a file before it was read, at that moment.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::chain::{Chain, Place};
use super::fault::unreadable;
use super::finding::Finding;
use super::head::Found;
use super::line::{Line, MAX_LINE};
use super::snapshot::Snapshot;
use super::{Anchor, AuditLog};
use crate::error::{Result, file_name};

/// How often a walk looks anew for what retention left: it runs once a day.
const LOOKS: u32 = 8;

/// A record that is as it was written, or as it was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its number.
    pub n: u64,
    /// Its body: one JSON object. Members: see `docs/audit.md`.
    pub body: String,
}

impl Entry {
    /// The members of the body.
    pub fn members(&self) -> Map<String, Value> {
        serde_json::from_str(&self.body).expect("its digest says that we wrote it")
    }
}

/// One thing met while reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A record.
    Entry(Entry),
    /// Something that is not as it was written.
    Finding(Finding),
}

/// What a check of the whole log came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Records that are as they were written, erased ones included.
    pub records: u64,
    /// What is not.
    pub findings: Vec<Finding>,
    /// The number of the newest record that was looked at; 0 if there was none. What is written later is not judged.
    pub through: u64,
}

impl Report {
    /// Whether nobody tampered. A torn last line alone is no tampering.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.kind.is_harmless())
    }
}

/// The steps of one reading. Constant memory, however long the log.
pub struct Walk<'a> {
    log: &'a AuditLog,
    files: VecDeque<Source>,
    looks: u32,
    reading: Option<Reading>,
    current: Place,
    chain: Chain<'a>,
    ready: VecDeque<Step>,
    line: Vec<u8>,
    finished: bool,
}

enum Source {
    /// With the number of its last record.
    Closed(u64, PathBuf),
    /// Opened at the beginning: it may be renamed meanwhile.
    Current(PathBuf, File, u64),
}

struct Reading {
    path: PathBuf,
    input: BufReader<io::Take<File>>,
    place: Place,
}

impl AuditLog {
    /// Reads and checks the log. `anchor` is a place that was written down elsewhere: see [`AuditLog::anchor`].
    ///
    /// # Errors
    /// `audit_unreadable` if a file cannot be read.
    pub fn walk(&self, anchor: Option<Anchor>) -> Result<Walk<'_>> {
        let (files, head) = self.state_after(0)?;
        Ok(Walk {
            log: self,
            files,
            looks: LOOKS,
            reading: None,
            current: Place { file: file_name(self.files.current()).to_string().into(), line: 0 },
            chain: Chain::new(&self.keys, head, anchor),
            ready: VecDeque::new(),
            line: Vec::new(),
            finished: false,
        })
    }

    /// The files that end behind record `n`, and the head, of one moment.
    fn state_after(&self, n: u64) -> Result<(VecDeque<Source>, Found)> {
        let Snapshot { closed, current, head } = self.snapshot()?;
        let closed = closed.into_iter().filter(|(last, _)| *last > n);
        let mut files: VecDeque<Source> = closed.map(|(last, path)| Source::Closed(last, path)).collect();
        let path = || self.files.current().to_owned();
        files.extend(current.map(|current| Source::Current(path(), current.file, current.length)));
        Ok((files, head))
    }

    /// Reads and checks the log, keeping at most `most` findings.
    ///
    /// # Errors
    /// As [`AuditLog::walk`].
    pub fn verify(&self, anchor: Option<Anchor>, most: usize) -> Result<Report> {
        let mut report = Report::default();
        let mut walk = self.walk(anchor)?;
        for step in walk.by_ref() {
            match step? {
                Step::Entry(_) => report.records += 1,
                // Never let a harmless one take the place of one that is not.
                Step::Finding(finding) if report.findings.len() < most || report.is_sound() => {
                    report.findings.push(finding);
                }
                Step::Finding(_) => {}
            }
        }
        report.through = walk.through();
        Ok(report)
    }
}

impl Walk<'_> {
    /// The number of the newest record that was looked at so far; 0 if there was none.
    pub fn through(&self) -> u64 {
        self.chain.through()
    }

    /// Reads on until there is something to tell.
    fn advance(&mut self) -> Result<()> {
        while self.ready.is_empty() && !self.finished {
            match self.reading.take() {
                Some(reading) => self.read_line(reading)?,
                None => self.open_next()?,
            }
            self.ready.extend(self.chain.findings.drain(..).map(Step::Finding));
        }
        Ok(())
    }

    fn open_next(&mut self) -> Result<()> {
        let (path, file, length) = match self.files.pop_front() {
            Some(Source::Closed(last, path)) => match File::open(&path) {
                Ok(file) => (path, file, u64::MAX),
                Err(error) if error.kind() == io::ErrorKind::NotFound && self.looks > 0 => return self.look_anew(last),
                Err(error) => return Err(unreadable(&path, &error)),
            },
            Some(Source::Current(path, file, length)) => (path, file, length),
            None => {
                self.chain.finish(&self.current);
                self.finished = true;
                return Ok(());
            }
        };
        let place = Place { file: Rc::from(file_name(&path).to_string()), line: 0 };
        self.reading = Some(Reading { path, input: BufReader::with_capacity(1 << 16, file.take(length)), place });
        Ok(())
    }

    /// A file is gone, with all that end up to record `n`. If retention took them, what was written since says so.
    fn look_anew(&mut self, n: u64) -> Result<()> {
        self.looks -= 1;
        let (files, head) = self.log.state_after(n)?;
        self.files = files;
        self.chain.see(head);
        Ok(())
    }

    fn read_line(&mut self, mut reading: Reading) -> Result<()> {
        self.line.clear();
        let whole = next_line(&mut reading.input, &mut self.line).map_err(|error| unreadable(&reading.path, &error))?;
        if self.line.is_empty() && !whole {
            return Ok(());
        }
        reading.place.line += 1;
        if let Some(Line { n, body, .. }) = self.chain.line(&reading.place, &self.line, whole) {
            self.ready.push_back(Step::Entry(Entry { n, body: body.to_owned() }));
        }
        self.reading = Some(reading);
        Ok(())
    }
}

/// Reads a line without its newline and tells whether it had one. Of an over-long line only the beginning is kept.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(true);
    }
    if line.len() <= MAX_LINE {
        return Ok(false);
    }
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(false);
        }
        let newline = chunk.iter().position(|byte| *byte == b'\n');
        let taken = newline.map_or(chunk.len(), |at| at + 1);
        input.consume(taken);
        if newline.is_some() {
            return Ok(true);
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Step>;

    fn next(&mut self) -> Option<Result<Step>> {
        if let Err(error) = self.advance() {
            self.finished = true;
            return Some(Err(error));
        }
        self.ready.pop_front().map(Ok)
    }
}
