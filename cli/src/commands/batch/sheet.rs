//! The output of a batch: one flushed line per row, so that it can be resumed wherever it was cut.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use skm::error::{IoReason, ShownPath};
use skm::{Checked, Error};

use super::rows::Row;
use crate::files::{self, Replace};
use crate::output;
use crate::problem::Problem;

/// A line of the output. Nothing personal in it but masked.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    row: u64,
    check: String,
    subject: String,
    /// green, yellow, red or unverified.
    pub verdict: String,
    level: String,
    /// Name of the error, empty if the call succeeded.
    pub error: String,
    platform_code: String,
    /// When the row was asked, in China: `2021-01-01T12:00:00+08:00`.
    time: String,
}

impl Line {
    /// The line of a row that was asked at `time`.
    pub fn new(row: &Row, time: Timestamp, result: &Result<Checked, Error>) -> Line {
        let (verdict, level, error, code) = match result {
            Ok(checked) => (checked.verdict().as_str(), level(checked), "", None),
            Err(error) => ("unverified", "", error.kind().name(), error.platform_code()),
        };
        let mut line = Line {
            row: row.number,
            check: String::new(),
            subject: row.subject.clone(),
            verdict: verdict.to_owned(),
            level: level.to_owned(),
            error: error.to_owned(),
            platform_code: code.unwrap_or_default().to_owned(),
            time: china_text(time),
        };
        line.check = line.check_for(row);
        line
    }

    /// What `check` must be for the line to be this row's, and as it was written.
    fn check_for(&self, row: &Row) -> String {
        row.fingerprint.check(&[&self.verdict, &self.level, &self.error, &self.platform_code, &self.time])
    }

    fn is_of(&self, row: &Row) -> bool {
        self.check == self.check_for(row) && self.subject == row.subject
    }

    /// Whether its answer still counts at `now`. One from the future does not: a clock was wrong.
    pub fn is_fresh(&self, now: Timestamp, max_age: SignedDuration) -> bool {
        let Ok(time) = self.time.parse::<Timestamp>() else { return false };
        let age = now.duration_since(time);
        !age.is_negative() && age <= max_age
    }
}

/// Cut to the second: an answer never looks younger than it is.
fn china_text(time: Timestamp) -> String {
    time.to_zoned_datetime(TimeZone::fixed(Offset::constant(8))).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn level(checked: &Checked) -> &'static str {
    match checked {
        Checked::Scan(result) => result.level().as_str(),
        Checked::Id(result) => result.level().as_str(),
        _ => "unknown",
    }
}

/// The first line, as [`Line`] writes it.
const HEADER: &str = "row,check,subject,verdict,level,error,platform_code,time\n";

/// Where lines go.
pub struct Sheet {
    writer: csv::Writer<Box<dyn Write>>,
    is_stdout: bool,
}

impl Sheet {
    /// Opens the output, and gives the lines of the rows that stand in it already. Those that are not to be kept are
    /// taken out, so that their rows are asked again.
    ///
    /// # Errors
    /// `input_invalid` if it cannot be opened, is no output of a batch, or belongs to another input.
    pub fn open(
        file: Option<&Path>,
        rows: &[Row],
        keep: &dyn Fn(&Line) -> bool,
    ) -> Result<(Sheet, HashMap<u64, Line>), Problem> {
        let Some(path) = file else {
            return Ok((Sheet { is_stdout: true, ..Sheet::new(Box::new(std::io::stdout()), true) }, HashMap::new()));
        };
        let (sheet, lines) = Sheet::resume(path, rows)?;
        if lines.values().all(keep) {
            return Ok((sheet, lines));
        }
        // Some systems do not replace a file that is open.
        drop(sheet);
        let target = replace(path, lines.into_values().filter(keep).collect())?;
        Sheet::resume(&target, rows)
    }

    fn resume(path: &Path, rows: &[Row]) -> Result<(Sheet, HashMap<u64, Line>), Problem> {
        let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        let mut file = open(path).map_err(|error| cannot(path, &error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| cannot(path, &error))?;
        // A last line that was cut, perhaps inside a character, is taken away; but only from a file that is ours.
        let (whole, cut) = bytes.split_at(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
        // A link may lead to an output of ours, but not to a file that is about to become one.
        if whole.is_empty() && (is_link || !HEADER.as_bytes().starts_with(cut)) {
            return Err(not_ours(path));
        }
        let whole = std::str::from_utf8(whole).map_err(|_| not_ours(path))?;
        let answered = answered(path, whole, rows)?;
        let end = whole.len() as u64;
        file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end))).map_err(|error| cannot(path, &error))?;
        Ok((Sheet::new(Box::new(file), whole.is_empty()), answered))
    }

    fn new(target: Box<dyn Write>, with_header: bool) -> Sheet {
        let writer = csv::WriterBuilder::new().has_headers(with_header).from_writer(target);
        Sheet { writer, is_stdout: false }
    }

    /// Writes one line at once.
    ///
    /// # Errors
    /// `input_invalid` if the disk refuses, `internal` if standard output does.
    pub fn write(&mut self, line: &Line) -> Result<(), Problem> {
        let written = self.writer.serialize(line).map_err(std::io::Error::from).and_then(|()| self.writer.flush());
        written.map_err(|error| match self.is_stdout {
            true => output::lost(error.kind()),
            false => cannot(Path::new("--output"), &error),
        })
    }
}

/// Opens an output, or makes a new one that only its owner can read; a link that leads nowhere is no new output.
fn open(path: &Path) -> std::io::Result<File> {
    match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        opened => return opened,
    }
    files::new_private(path)
}

/// Writes an output with these lines only. They are never lost, whatever happens meanwhile: the file is replaced as a
/// whole. Whoever could read it still can, and a link to it stays one. Gives the file itself.
fn replace(path: &Path, mut lines: Vec<Line>) -> Result<PathBuf, Problem> {
    lines.sort_unstable_by_key(|line| line.row);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = lines.iter().try_for_each(|line| writer.serialize(line));
    written.map_err(|error| cannot(path, &error.into()))?;
    let bytes = writer.into_inner().map_err(|error| cannot(path, &error.into_error()))?;
    let target = path.canonicalize().map_err(|error| cannot(path, &error))?;
    let old = target.metadata().map_err(|error| cannot(path, &error))?;
    files::write_private(&target, &String::from_utf8_lossy(&bytes), Replace::Any)?;
    std::fs::set_permissions(&target, old.permissions()).map_err(|error| cannot(path, &error))?;
    Ok(target)
}

fn answered(path: &Path, text: &str, rows: &[Row]) -> Result<HashMap<u64, Line>, Problem> {
    let mut answered = HashMap::new();
    if !text.is_empty() && !text.starts_with(HEADER) {
        return Err(not_ours(path));
    }
    for line in csv::Reader::from_reader(text.as_bytes()).deserialize::<Line>() {
        let line = line.map_err(|_| not_ours(path))?;
        let row = usize::try_from(line.row).ok().and_then(|number| rows.get(number.checked_sub(1)?));
        if !row.is_some_and(|row| line.is_of(row)) {
            return Err(other_input(path, line.row));
        }
        // Each row has one line: a second one would be an older answer that somebody put back.
        let number = line.row;
        if answered.insert(number, line).is_some() {
            return Err(other_input(path, number));
        }
    }
    Ok(answered)
}

fn cannot(path: &Path, error: &std::io::Error) -> Problem {
    let (name, reason) = (ShownPath::of(path), IoReason::of(error));
    Problem::input(
        format!("the output {name} cannot be used ({reason}): name another file"),
        format!("输出文件 {name} 不可用({}):请换一个文件", reason.text_zh()),
    )
}

fn not_ours(path: &Path) -> Problem {
    let name = ShownPath::of(path);
    Problem::input(
        format!("{name} is not an output of skm batch: name another file"),
        format!("{name} 不是 skm batch 的输出:请换一个文件"),
    )
}

fn other_input(path: &Path, row: u64) -> Problem {
    let name = ShownPath::of(path);
    Problem::input(
        format!(
            "{name} belongs to another input (row {row} differs) or to other credentials, or was edited: name another \
             output, or delete it"
        ),
        format!("{name} 属于另一份输入(第 {row} 行不同)或其他凭证,或已被改动:请换输出文件,或将其删除"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn an_answer_counts_for_as_long_as_it_is_said_to() {
        let asked: Timestamp = "2021-01-01T12:00:00.9+08:00".parse().unwrap();
        let line = Line {
            row: 1,
            check: String::new(),
            subject: String::new(),
            verdict: "green".to_owned(),
            level: "green".to_owned(),
            error: String::new(),
            platform_code: String::new(),
            time: china_text(asked),
        };
        assert_eq!(line.time, "2021-01-01T12:00:00+08:00");
        let hour = SignedDuration::from_hours(1);
        let fresh = |now: &str| line.is_fresh(now.parse().unwrap(), hour);
        assert!(fresh("2021-01-01T12:00:00.9+08:00") && fresh("2021-01-01T05:00:00Z"));
        assert!(!fresh("2021-01-01T05:00:00.1Z") && !fresh("2021-01-02T12:00:00+08:00"));
        assert!(!fresh("2021-01-01T11:59:59+08:00"), "asked in the future");
        assert!(!Line { time: "yesterday".to_owned(), ..line }.is_fresh(asked, hour));
    }
}
