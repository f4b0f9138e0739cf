//! Appending: one turn on the log for each record, and everything in it that a killed process, a full disk, another
//! process or an attacker may have left.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use jiff::ToSpan;
use jiff::civil::Date;

use super::AuditLog;
use super::files::{Lock, Tail, failed, keep_access, no_log};
use super::head::{self, Found, Head};
use super::hex;
use super::line::{Event, GENESIS, Line, What, may_begin, to_json};
use super::record::Record;
use crate::error::{Error, ErrorKind, IoReason, Result, file_name, safe};
use crate::wire::time;

/// By how many days a log may be past its time as a whole: if it is more, a clock that jumped ahead is likelier.
const LEAP: i64 = 31;

/// How long a record may still wait for its turn when its call is out of time: a call ends within its deadline and
/// 50 ms. With `audit.sync` the disk's own time comes on top: what it takes cannot be bounded from here.
const GRACE: Duration = Duration::from_millis(25);

/// Where the next record goes: after which one, at which byte of the current file.
pub(super) struct End {
    pub(super) n: u64,
    pub(super) mac: hex::Mac,
    /// Of the current file.
    length: u64,
    /// Of the newest record; empty if there is none.
    day: String,
    head_lost: bool,
}

impl AuditLog {
    /// Writes one record of a call that has `left` to wait for its turn.
    pub(crate) fn append(&self, record: &Record<'_>, now: SystemTime, left: Duration) -> Result<()> {
        let body = record.body(&self.keys, self.settings.pseudonym, now);
        let _turn = self.turn(left)?;
        let mut file = self.files.open_current()?;
        let mut end = self.end_to_write(&mut file, now)?;
        if self.must_rotate(&end, body.len(), now) {
            file = self.rotate(&file, &mut end)?;
        }
        // Not only when this append began the file: a kill or a full disk may have come between.
        if end.length == 0 {
            self.retire(&mut file, &mut end, now);
        }
        self.write(&mut file, &mut end, &body, now)
    }

    /// Waits for a turn. Many calls may be out of time at once: where one has just waited in vain, the next ones only
    /// try, or each would make those behind it later still.
    fn turn(&self, left: Duration) -> Result<Lock> {
        let patience = if self.held.load(Ordering::Relaxed) { Duration::ZERO } else { GRACE };
        let turn = self.files.lock(Instant::now() + left.max(patience));
        self.held.store(turn.is_err(), Ordering::Relaxed);
        turn
    }

    /// Where the log ends, for whoever is about to write a head: one that was lost must not become unseen by that.
    pub(super) fn end_to_write(&self, file: &mut File, now: SystemTime) -> Result<End> {
        let mut end = self.end(file)?;
        if end.head_lost {
            log::error!("audit log: the head is lost; later checks will say so");
            self.write_event(file, &mut end, What::HeadLost, now)?;
        }
        Ok(end)
    }

    /// Where the log ends. Usually the head knows; else the files are looked at.
    pub(super) fn end(&self, file: &mut File) -> Result<End> {
        let head_path = self.files.head();
        let head = head::read(&head_path, &self.keys).map_err(|error| failed(&head_path, &error))?;
        let length = file.metadata().map_err(|error| failed(self.files.current(), &error))?.len();
        match head {
            Found::Head(head) if head.length == length => Ok(End::after(head, length)),
            head => self.recovered(file, head),
        }
    }

    /// Finds the end after a kill between two writes, a torn line, a rotation that was cut short, or tampering.
    fn recovered(&self, file: &mut File, head: Found) -> Result<End> {
        let tail = Tail::read(self.files.current(), file)?;
        let in_current = tail.line().map(|line| self.newest(&line));
        let newest = match in_current {
            Some(newest) => Some(newest),
            None => self.newest_closed()?,
        };
        // A head that is ahead stays the end: the gap it leaves will tell of the records that were cut away.
        let end = match (newest.clone().flatten(), head.head()) {
            (Some(newest), Some(head)) if head.n > newest.n => {
                log::error!("audit log: records after {} are missing; later checks will say so", newest.n);
                End::after(head.clone(), tail.length)
            }
            (Some(newest), Some(_)) => End::after(newest, tail.length),
            // The first record may have been killed before its head; a second cannot.
            (Some(newest), None) => End { head_lost: newest.n > 1, ..End::after(newest, tail.length) },
            (None, Some(head)) => End::after(head.clone(), tail.length),
            (None, None) if newest.is_some() || head == Found::Forged => return Err(self.foreign()),
            (None, None) if !may_begin(tail.torn()) => return Err(no_log(self.files.current())),
            (None, None) => End { n: 0, mac: GENESIS, length: tail.length, day: String::new(), head_lost: false },
        };
        if !tail.torn().is_empty() {
            self.files.set_aside(end.n + 1, tail.torn())?;
            file.set_len(tail.length).map_err(|error| failed(self.files.current(), &error))?;
            log::warn!("audit log: a torn line was set aside before record {}", end.n + 1);
        }
        Ok(end)
    }

    /// The inner `None`: a line, but not one of this key's.
    fn newest(&self, line: &Line<'_>) -> Option<Head> {
        let day = line.day().unwrap_or_default().to_owned();
        line.is_linked(&self.keys).then_some(Head { n: line.n, mac: line.mac, length: 0, day })
    }

    fn newest_closed(&self) -> Result<Option<Option<Head>>> {
        let Some((_, path)) = self.files.all_closed()?.pop() else { return Ok(None) };
        let mut file = File::open(&path).map_err(|error| failed(&path, &error))?;
        Ok(Tail::read(&path, &mut file)?.line().map(|line| self.newest(&line)))
    }

    fn foreign(&self) -> Error {
        let detail = safe!(
            "{} was written with another key: give the key it was written with, or move the log away",
            "{} 由另一密钥写成:请提供原密钥,或移走该日志",
            file_name(self.files.current())
        );
        Error::with(ErrorKind::AuditFailed, detail)
    }

    fn must_rotate(&self, end: &End, body: usize, now: SystemTime) -> bool {
        if end.length == 0 {
            return false;
        }
        let grown = |most| end.length + (body + Line::FRAME) as u64 > most;
        let another_day = self.settings.rotate_daily && day(now) > end.day;
        another_day || self.settings.rotate_bytes.is_some_and(grown)
    }

    /// Closes the current file and begins another for the same users, as far as can be: no call fails for a file's
    /// group. Killed in between, the next append finds the end in the head, and the file as a draft.
    fn rotate(&self, file: &File, end: &mut End) -> Result<File> {
        let current = self.files.current();
        let old = file.metadata().map_err(|error| failed(current, &error))?;
        let draft = self.files.draft();
        let begun = self.files.begin_draft(&draft)?;
        if let Err(error) = keep_access(&old, &begun) {
            let (name, reason) = (file_name(current), IoReason::of(&error));
            log::warn!("audit log: {name} loses its owner or group ({reason}): if others use it too, chown it");
        }
        // An open file cannot be renamed everywhere.
        drop(begun);
        let closed = self.files.closed(end.n);
        std::fs::rename(current, &closed).map_err(|error| failed(&closed, &error))?;
        std::fs::rename(draft, current).map_err(|error| failed(current, &error))?;
        end.length = 0;
        self.files.open_current()
    }

    /// Deletes what is past its time. If that fails it costs no verdict: the next file that is begun tries again.
    fn retire(&self, file: &mut File, end: &mut End, now: SystemTime) {
        let Some(days) = self.settings.keep_days else { return };
        if let Err(error) = self.retire_older(days, file, end, now) {
            log::error!("audit log: nothing is deleted now: {error}");
        }
    }

    /// Deletes closed files that are past their time, oldest first, once a record in the chain says so.
    fn retire_older(&self, days: u32, file: &mut File, end: &mut End, now: SystemTime) -> Result<()> {
        let oldest = time::china_date(now).saturating_sub(i64::from(days).days());
        if end.day.parse::<Date>().is_ok_and(|newest| newest < oldest.saturating_sub(LEAP.days())) {
            log::error!("audit log: nothing is deleted: by this machine's clock every record is long past its time");
            return Ok(());
        }
        let mut past = Vec::new();
        for (_, path) in self.files.all_closed()? {
            match self.last_of_past(&path, oldest) {
                Ok(Some(last)) => past.push((path, last)),
                Ok(None) => break,
                Err(error) => {
                    log::error!("audit log: nothing from this file on is deleted: {error}");
                    break;
                }
            }
        }
        let Some((_, last)) = past.last() else { return Ok(()) };
        let what = What::Retired { through: last.n, mac: hex::encode(&last.mac) };
        self.write_event(file, end, what, now)?;
        for (path, _) in &past {
            // What cannot be deleted now is tried again at the next rotation.
            if let Err(error) = std::fs::remove_file(path) {
                log::error!("{}", failed(path, &error));
            }
        }
        Ok(())
    }

    /// The last record of a file that is past its time. A file that was tampered with is evidence, and stays.
    fn last_of_past(&self, path: &Path, oldest: Date) -> Result<Option<Head>> {
        let mut file = File::open(path).map_err(|error| failed(path, &error))?;
        let tail = Tail::read(path, &mut file)?;
        let Some(line) = tail.line().filter(|line| line.is_authentic(&self.keys)) else { return Ok(None) };
        let past = line.day().and_then(|day| day.parse::<Date>().ok()).is_some_and(|day| day < oldest);
        Ok(self.newest(&line).filter(|_| past))
    }

    fn write_event(&self, file: &mut File, end: &mut End, what: What, now: SystemTime) -> Result<()> {
        let body = to_json(&Event { time: time::china_text(now), what });
        self.write(file, end, &body, now)
    }

    /// Line, then head. If either fails the file is as before: a record and its verdict stand or fall together.
    fn write(&self, file: &mut File, end: &mut End, body: &str, now: SystemTime) -> Result<()> {
        let line = Line::seal(&self.keys, end.n + 1, end.mac, body);
        let text = line.text();
        let head = Head { n: line.n, mac: line.mac, length: end.length + text.len() as u64, day: day(now) };
        let written = self.put(file, end, &text).map_err(|error| failed(self.files.current(), &error));
        if let Err(error) = written.and_then(|()| self.write_head(&head)) {
            // If this fails too, what stands torn is set aside by the next append.
            let _ = file.set_len(end.length);
            return Err(error);
        }
        *end = End::after(head.clone(), head.length);
        Ok(())
    }

    fn put(&self, file: &mut File, end: &End, text: &str) -> std::io::Result<()> {
        file.write_all(text.as_bytes())?;
        if !self.settings.sync {
            return Ok(());
        }
        file.sync_data()?;
        // The first line of a file is lost with the file's name.
        if end.length == 0 { self.files.sync_folder() } else { Ok(()) }
    }

    pub(super) fn write_head(&self, head: &Head) -> Result<()> {
        let written = head::write(&self.files, &self.keys, head, self.settings.sync);
        written.map_err(|error| failed(&self.files.head(), &error))
    }
}

impl End {
    fn after(head: Head, length: u64) -> End {
        End { n: head.n, mac: head.mac, length, day: head.day, head_lost: false }
    }

    /// The head that says so.
    pub(super) fn head(&self, length: u64) -> Head {
        Head { n: self.n, mac: self.mac, length, day: self.day.clone() }
    }
}

fn day(now: SystemTime) -> String {
    time::china_date(now).to_string()
}
