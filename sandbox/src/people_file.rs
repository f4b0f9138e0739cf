//! `--people file.toml`: more invented people, checked before the sandbox starts.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;
use skm::error::{IoReason, ShownPath};
use skm::person::ResidentId;

use crate::people::{Level, Person, is_mobile};

/// Why a people file was refused: file, line, what is wrong and what would be right. Never a value of the file.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {what}", ShownPath::of(file), line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub struct PeopleFileError {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1, where one is to blame.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    person: Vec<toml::Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    number: String,
    #[serde(default = "resident")]
    papers_type: String,
    mobile: String,
    level: Level,
    travel: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    update_required: bool,
}

fn resident() -> String {
    "1".to_owned()
}

/// Reads and checks one file; `today` is the date in China.
pub fn read(file: &Path, seed: u64, today: Date) -> Result<Vec<Person>, PeopleFileError> {
    let fail = |line, what| PeopleFileError { file: file.to_owned(), line, what };
    let text = std::fs::read_to_string(file)
        .map_err(|error| fail(None, format!("cannot be read: {}", IoReason::of(&error))))?;
    let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
    let parsed: File = toml::from_str(&text).map_err(|error| {
        // Not the reader's own words: they quote values, such as a number whose quotes were forgotten.
        let what = "is not TOML, or not a person: each [[person]] needs name, number and mobile as quoted texts and level, \
                    one of green, yellow, red and unknown; it may have papers_type, travel, reason and update_required";
        fail(error.span().map(|span| line_of(span.start)), what.to_owned())
    })?;
    parsed
        .person
        .into_iter()
        .map(|row| {
            let line = line_of(row.span().start);
            let row = row.into_inner();
            check(&row, today).map_err(|what| fail(Some(line), what.to_owned()))?;
            Ok(person(seed, row))
        })
        .collect()
}

fn check(row: &Row, today: Date) -> Result<(), &'static str> {
    if row.name.trim().is_empty() {
        return Err("name is empty: give an invented full name");
    }
    if row.papers_type == "1" {
        let is_whole = |id: ResidentId| id.number().expose().eq_ignore_ascii_case(&row.number);
        if !ResidentId::parse(&row.number, today).is_ok_and(is_whole) {
            return Err("number is not a resident identity number: 18 characters with the right check character");
        }
    } else if row.number.is_empty() || row.number.len() > 32 || !row.number.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("number must be 1 to 32 visible ASCII characters");
    }
    if !is_mobile(&row.mobile) {
        return Err("mobile must be 11 digits starting with 1");
    }
    Ok(())
}

fn person(seed: u64, row: Row) -> Person {
    let mut person =
        Person::new(seed, &row.name, &row.papers_type, &row.number.to_ascii_uppercase(), &row.mobile, row.level);
    person.update_required = row.update_required;
    if let Some(travel) = row.travel {
        person.travel = travel;
    }
    if let Some(reason) = row.reason {
        person.reason = reason;
    }
    person
}
