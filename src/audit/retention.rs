//! Retention: closed files that are past their time are deleted, once a record in the chain says so.

use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use jiff::ToSpan;
use jiff::civil::Date;

use super::fault::failed;
use super::head::Head;
use super::hex;
use super::line::What;
use super::tail::Tail;
use super::turn::Turn;
use super::writer::End;
use crate::error::Result;
use crate::wire::time;

/// By how many days a log may be past its time as a whole: if it is more, a clock that jumped ahead is likelier.
const LEAP: i64 = 31;

impl Turn<'_> {
    /// Deletes what is past its time. If that fails it costs no verdict: the next file that is begun tries again.
    pub(super) fn retire(&mut self, file: &mut File, end: &mut End, now: SystemTime) {
        let Some(days) = self.log.settings.keep_days else { return };
        if let Err(error) = self.retire_older(days, file, end, now) {
            self.notes.error(format!("nothing is deleted now: {error}"));
        }
    }

    /// Deletes closed files that are past their time, oldest first, once a record in the chain says so.
    fn retire_older(&mut self, days: u32, file: &mut File, end: &mut End, now: SystemTime) -> Result<()> {
        let oldest = time::china_date(now).saturating_sub(i64::from(days).days());
        if end.day.parse::<Date>().is_ok_and(|newest| newest < oldest.saturating_sub(LEAP.days())) {
            self.notes
                .error("nothing is deleted: by this machine's clock every record is long past its time".to_owned());
            return Ok(());
        }
        let mut past = Vec::new();
        for (_, path) in self.all_closed()? {
            match self.last_of_past(&path, oldest) {
                Ok(Some(last)) => past.push((path, last)),
                Ok(None) => break,
                Err(error) => {
                    self.notes.error(format!("nothing from this file on is deleted: {error}"));
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
                self.notes.error(failed(path, &error).to_string());
            }
        }
        Ok(())
    }

    /// The last record of a file that is past its time. A file that was tampered with is evidence, and stays.
    fn last_of_past(&self, path: &Path, oldest: Date) -> Result<Option<Head>> {
        let mut file = File::open(path).map_err(|error| failed(path, &error))?;
        let tail = Tail::read(path, &mut file)?;
        let Some(line) = tail.line().filter(|line| line.is_authentic(&self.log.keys)) else { return Ok(None) };
        let past = line.day().and_then(|day| day.parse::<Date>().ok()).is_some_and(|day| day < oldest);
        Ok(self.newest(&line).filter(|_| past))
    }
}
