//! The output of a batch: one flushed line per row, so that it can be resumed wherever it was cut.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use skm::{Checked, Error};

use super::rows::Row;
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
}

impl Line {
    /// The line of a row that was asked.
    pub fn new(row: &Row, result: &Result<Checked, Error>) -> Line {
        let (verdict, level, error, code) = match result {
            Ok(checked) => (checked.verdict().as_str(), level(checked), "", None),
            Err(error) => ("unverified", "", error.kind().name(), error.platform_code()),
        };
        Line {
            row: row.number,
            check: row.fingerprint.clone(),
            subject: row.subject.clone(),
            verdict: verdict.to_owned(),
            level: level.to_owned(),
            error: error.to_owned(),
            platform_code: code.unwrap_or_default().to_owned(),
        }
    }
}

fn level(checked: &Checked) -> &'static str {
    match checked {
        Checked::Scan(result) => result.level.as_str(),
        Checked::Id(result) => result.level.as_str(),
    }
}

/// The first line, as [`Line`] writes it.
const HEADER: &str = "row,check,subject,verdict,level,error,platform_code\n";

/// Where lines go.
pub struct Sheet {
    writer: csv::Writer<Box<dyn Write>>,
}

impl Sheet {
    /// Opens the output, and gives the lines of the rows that stand in it already.
    ///
    /// # Errors
    /// `input_invalid` if it cannot be opened, is no output of a batch, or belongs to another input.
    pub fn open(file: Option<&Path>, rows: &[Row]) -> Result<(Sheet, HashMap<u64, Line>), Problem> {
        let Some(path) = file else {
            return Ok((Sheet::new(Box::new(std::io::stdout()), true), HashMap::new()));
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|error| cannot(path, &error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| cannot(path, &error))?;
        // A last line that was cut, perhaps inside a character, is taken away; but only from a file that is ours.
        let (whole, cut) = bytes.split_at(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
        if whole.is_empty() && !HEADER.as_bytes().starts_with(cut) {
            return Err(not_ours(path));
        }
        let whole = std::str::from_utf8(whole).map_err(|_| not_ours(path))?;
        let answered = answered(path, whole, rows)?;
        let end = whole.len() as u64;
        file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end))).map_err(|error| cannot(path, &error))?;
        Ok((Sheet::new(Box::new(file), whole.is_empty()), answered))
    }

    /// Takes the lines of failed calls out of the output, so that their rows are asked again. The others stay as they
    /// are, whatever happens meanwhile: the file is replaced as a whole.
    ///
    /// # Errors
    /// As [`Sheet::open`].
    pub fn forget_failed(path: &Path, rows: &[Row]) -> Result<(), Problem> {
        let (_, lines) = Sheet::open(Some(path), rows)?;
        let mut kept: Vec<&Line> = lines.values().filter(|line| line.error.is_empty()).collect();
        kept.sort_unstable_by_key(|line| line.row);
        let mut writer = csv::Writer::from_writer(Vec::new());
        let written = kept.iter().try_for_each(|line| writer.serialize(line));
        written.map_err(|error| cannot(path, &error.into()))?;
        let bytes = writer.into_inner().map_err(|error| cannot(path, &error.into_error()))?;
        crate::commands::config::write_private(path, &String::from_utf8_lossy(&bytes))
    }

    fn new(target: Box<dyn Write>, with_header: bool) -> Sheet {
        Sheet { writer: csv::WriterBuilder::new().has_headers(with_header).from_writer(target) }
    }

    /// Writes one line at once.
    ///
    /// # Errors
    /// `input_invalid` if the disk refuses.
    pub fn write(&mut self, line: &Line) -> Result<(), Problem> {
        let written = self.writer.serialize(line).map_err(std::io::Error::from).and_then(|()| self.writer.flush());
        written.map_err(|error| cannot(Path::new("--output"), &error))
    }
}

fn answered(path: &Path, text: &str, rows: &[Row]) -> Result<HashMap<u64, Line>, Problem> {
    let mut answered = HashMap::new();
    if !text.is_empty() && !text.starts_with(HEADER) {
        return Err(not_ours(path));
    }
    for line in csv::Reader::from_reader(text.as_bytes()).deserialize::<Line>() {
        let line = line.map_err(|_| not_ours(path))?;
        let row = usize::try_from(line.row).ok().and_then(|number| rows.get(number.checked_sub(1)?));
        if !row.is_some_and(|row| row.fingerprint == line.check && row.subject == line.subject) {
            return Err(other_input(path, line.row));
        }
        answered.insert(line.row, line);
    }
    Ok(answered)
}

fn cannot(path: &Path, error: &std::io::Error) -> Problem {
    let (name, reason) = (path.display(), error.kind());
    Problem::input(
        format!("the output {name} cannot be used ({reason}): name another file"),
        format!("输出文件 {name} 不可用({reason}):请换一个文件"),
    )
}

fn not_ours(path: &Path) -> Problem {
    let name = path.display();
    Problem::input(
        format!("{name} is not an output of skm batch: name another file"),
        format!("{name} 不是 skm batch 的输出:请换一个文件"),
    )
}

fn other_input(path: &Path, row: u64) -> Problem {
    let name = path.display();
    Problem::input(
        format!(
            "{name} belongs to another input (row {row} differs) or to other credentials: name another output, or delete it"
        ),
        format!("{name} 属于另一份输入(第 {row} 行不同)或其他凭证:请换输出文件,或将其删除"),
    )
}
