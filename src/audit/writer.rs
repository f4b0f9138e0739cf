//! Appending: many records in one turn, and everything in it that a killed process, a full disk, another process or an
//! attacker may have left.

use std::fs::File;
use std::io::Write;
use std::time::SystemTime;

use super::access::{check_size, keep_access};
use super::fault::{failed, foreign, no_log};
use super::head::{self, Found, Head};
use super::hex;
use super::line::{Event, GENESIS, Line, What, may_begin, to_json};
use super::record::Sealable;
use super::tail::Tail;
use super::turn::Turn;
use crate::error::{ErrorKind, IoReason, Result, file_name};
use crate::wire::time;

/// Where the next record goes: after which one, at which byte of the current file.
pub(super) struct End {
    pub(super) n: u64,
    pub(super) mac: hex::Mac,
    /// Of the current file.
    pub(super) length: u64,
    /// Of the newest record; empty if there is none.
    pub(super) day: String,
    /// Whether there is a head. A record that a kill leaves without one must be the only one.
    has_head: bool,
    head_lost: bool,
}

impl Turn<'_> {
    /// Writes records in their order, and says of each whether it is written.
    pub(super) fn append(&mut self, records: &[Sealable]) -> Vec<Result<()>> {
        let mut written = Vec::with_capacity(records.len());
        if let Err(error) = self.append_all(records, &mut written) {
            written.resize_with(records.len(), || Err(error.clone()));
        }
        written
    }

    fn append_all(&mut self, records: &[Sealable], written: &mut Vec<Result<()>>) -> Result<()> {
        let Some(first) = records.first() else { return Ok(()) };
        let mut file = self.log.files.open_current()?;
        let mut end = self.end_to_write(&mut file, first.now)?;
        let mut together = true;
        while let Some(first) = records.get(written.len()) {
            if self.must_rotate(&end, end.length, first) {
                drop(file);
                file = self.rotate(&mut end)?;
            }
            // Not only when this append began the file: a kill or a full disk may have come between.
            if end.length == 0 {
                self.retire(&mut file, &mut end, first.now);
            }
            let rest = &records[written.len()..];
            let group = if together { self.group(&end, rest) } else { &rest[..1] };
            match self.write(&mut file, &mut end, group) {
                Ok(()) => written.extend(group.iter().map(|_| Ok(()))),
                // On a full disk there may be room for one where there is none for many.
                Err(_) if group.len() > 1 => together = false,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The records that go into the current file with one write.
    fn group<'r>(&self, end: &End, records: &'r [Sealable]) -> &'r [Sealable] {
        let (mut length, mut count) = (end.length, 0);
        for record in records {
            if count > 0 && (!end.has_head || self.must_rotate(end, length, record)) {
                break;
            }
            length += line_length(record);
            count += 1;
        }
        &records[..count]
    }

    /// Where the log ends, for whoever is about to write a head: one that was lost must not become unseen by that.
    pub(super) fn end_to_write(&mut self, file: &mut File, now: SystemTime) -> Result<End> {
        let mut end = self.end(file)?;
        if end.head_lost {
            self.notes.error("the head is lost; later checks will say so".to_owned());
            self.write_event(file, &mut end, What::HeadLost, now)?;
        }
        Ok(end)
    }

    /// Where the log ends. Usually the head knows; else the files are looked at.
    pub(super) fn end(&mut self, file: &mut File) -> Result<End> {
        let head_path = self.log.files.head();
        let head = head::read(&head_path, &self.log.keys).map_err(|error| failed(&head_path, &error))?;
        let length = file.metadata().map_err(|error| failed(self.log.files.current(), &error))?.len();
        match head {
            Found::Head(head) if head.length == length => Ok(End::after(head, length)),
            head => self.recovered(file, head),
        }
    }

    /// Finds the end after a kill between two writes, a torn line, a rotation that was cut short, or tampering.
    fn recovered(&mut self, file: &mut File, head: Found) -> Result<End> {
        let current = self.log.files.current();
        let tail = Tail::read(current, file)?;
        let in_current = tail.line().map(|line| self.newest(&line));
        let newest = match in_current {
            Some(newest) => Some(newest),
            None => self.newest_closed()?,
        };
        // A head that is ahead stays the end: the gap it leaves will tell of the records that were cut away.
        let end = match (newest.clone().flatten(), head.head()) {
            (Some(newest), Some(head)) if head.n > newest.n => {
                self.notes.error(format!("records after {} are missing; later checks will say so", newest.n));
                End::after(head.clone(), tail.length)
            }
            (Some(newest), Some(_)) => End::after(newest, tail.length),
            // The first record may have been killed before its head; a second cannot.
            (Some(newest), None) => {
                let head_lost = newest.n > 1;
                End { head_lost, has_head: false, ..End::after(newest, tail.length) }
            }
            (None, Some(head)) => End::after(head.clone(), tail.length),
            (None, None) if newest.is_some() || head == Found::Forged => {
                return Err(foreign(ErrorKind::AuditFailed, current));
            }
            (None, None) if !may_begin(tail.torn()) => return Err(no_log(ErrorKind::AuditFailed, current)),
            (None, None) => End::beginning(tail.length),
        };
        if !tail.torn().is_empty() {
            self.log.files.set_aside(end.n + 1, tail.torn())?;
            file.set_len(tail.length).map_err(|error| failed(current, &error))?;
            self.notes.warn(format!("a torn line was set aside before record {}", end.n + 1));
        }
        Ok(end)
    }

    /// The inner `None`: a line, but not one of this key's.
    pub(super) fn newest(&self, line: &Line<'_>) -> Option<Head> {
        let day = line.day().unwrap_or_default().to_owned();
        line.is_linked(&self.log.keys).then_some(Head { n: line.n, mac: line.mac, length: 0, day })
    }

    fn newest_closed(&self) -> Result<Option<Option<Head>>> {
        let Some((_, path)) = self.all_closed()?.pop() else { return Ok(None) };
        let mut file = File::open(&path).map_err(|error| failed(&path, &error))?;
        Ok(Tail::read(&path, &mut file)?.line().map(|line| self.newest(&line)))
    }

    /// The closed files, oldest first.
    pub(super) fn all_closed(&self) -> Result<Vec<(u64, std::path::PathBuf)>> {
        let files = &self.log.files;
        files.all_closed().map_err(|error| failed(files.folder(), &error))
    }

    /// Whether a file of this length must be closed before it gets this record.
    fn must_rotate(&self, end: &End, length: u64, record: &Sealable) -> bool {
        if length == 0 {
            return false;
        }
        let settings = &self.log.settings;
        let another_day = settings.rotate_daily && day(record.now) > end.day;
        another_day || settings.rotate_bytes.is_some_and(|most| length + line_length(record) > most)
    }

    /// Closes the current file and begins another for the same users, as far as can be: no call fails for a file's
    /// group. Killed in between, the next append finds the end in the head, and the file as a draft.
    fn rotate(&mut self, end: &mut End) -> Result<File> {
        let files = &self.log.files;
        let current = files.current();
        let old = std::fs::metadata(current).map_err(|error| failed(current, &error))?;
        let begun = files.begin_next()?;
        if let Err(error) = keep_access(&old, &begun) {
            let (name, reason) = (file_name(current), IoReason::of(&error));
            self.notes.warn(format!("{name} loses its owner or group ({reason}): if others use it too, chown it"));
        }
        // An open file cannot be renamed everywhere.
        drop(begun);
        let closed = files.closed(end.n);
        std::fs::rename(current, &closed).map_err(|error| failed(&closed, &error))?;
        std::fs::rename(files.draft(), current).map_err(|error| failed(current, &error))?;
        end.length = 0;
        files.open_current()
    }

    pub(super) fn write_event(&mut self, file: &mut File, end: &mut End, what: What, now: SystemTime) -> Result<()> {
        let body = to_json(&Event { time: time::china_text(now), what });
        let event = Sealable::new(&self.log.keys, body, now);
        self.write(file, end, std::slice::from_ref(&event))
    }

    /// Lines, then head. If either fails the file is as before: a record and its verdict stand or fall together.
    fn write(&self, file: &mut File, end: &mut End, records: &[Sealable]) -> Result<()> {
        let mut head = Head { n: end.n, mac: end.mac, length: end.length, day: end.day.clone() };
        let mut text = String::with_capacity(records.iter().map(|record| record.body.len() + Line::FRAME).sum());
        for record in records {
            let line = Line::seal(&self.log.keys, head.n + 1, head.mac, &record.body, record.digest);
            text.push_str(&line.text());
            (head.n, head.mac) = (line.n, line.mac);
        }
        head.length += text.len() as u64;
        if let Some(last) = records.last() {
            head.day = day(last.now);
        }
        let written = self.put(file, end, &text).map_err(|error| failed(self.log.files.current(), &error));
        if let Err(error) = written.and_then(|()| self.write_head(&head)) {
            // If this fails too, what stands torn is set aside by the next append.
            let _ = file.set_len(end.length);
            return Err(error);
        }
        let length = head.length;
        *end = End::after(head, length);
        Ok(())
    }

    fn put(&self, file: &mut File, end: &End, text: &str) -> std::io::Result<()> {
        check_size(end.length + text.len() as u64)?;
        file.write_all(text.as_bytes())?;
        if !self.log.settings.sync {
            return Ok(());
        }
        file.sync_data()?;
        // The first line of a file is lost with the file's name.
        if end.length == 0 { self.log.files.sync_folder() } else { Ok(()) }
    }

    pub(super) fn write_head(&self, head: &Head) -> Result<()> {
        let log = self.log;
        let written = head::write(&log.files, &log.keys, head, log.settings.sync);
        written.map_err(|error| failed(&log.files.head(), &error))
    }
}

impl End {
    fn after(head: Head, length: u64) -> End {
        End { n: head.n, mac: head.mac, length, day: head.day, has_head: true, head_lost: false }
    }

    fn beginning(length: u64) -> End {
        End { n: 0, mac: GENESIS, length, day: String::new(), has_head: false, head_lost: false }
    }

    /// The head that says so.
    pub(super) fn head(&self, length: u64) -> Head {
        Head { n: self.n, mac: self.mac, length, day: self.day.clone() }
    }
}

/// How long the record's line becomes, at most.
fn line_length(record: &Sealable) -> u64 {
    (record.body.len() + Line::FRAME) as u64
}

fn day(now: SystemTime) -> String {
    time::china_date(now).to_string()
}
