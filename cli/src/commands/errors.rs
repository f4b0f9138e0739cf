//! `skm errors`: the error table, with the exit code of each row.

use serde::Serialize;
use skm::ErrorKind;

use crate::exit;
use crate::output::Outcome;
use crate::problem::Problem;
use crate::style::{self, BAD, DIM, HEAD};

#[derive(Serialize)]
struct Table {
    ok: bool,
    errors: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    number: i32,
    name: &'static str,
    exit: u8,
    owner: &'static str,
    message: &'static str,
    message_zh: &'static str,
}

pub(super) fn run() -> Result<Outcome, Problem> {
    let row = |kind: &ErrorKind| Row {
        number: kind.number(),
        name: kind.name(),
        exit: exit::of_kind(*kind),
        owner: kind.owner().name(),
        message: kind.text(),
        message_zh: kind.text_zh(),
    };
    let errors: Vec<Row> = ErrorKind::ALL.iter().map(row).collect();
    let widest = errors.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = style::paint(HEAD, &format!("  no. {} exit  what and what to do\n", style::pad("name", widest)));
    for row in &errors {
        let name = style::paint(BAD, &style::pad(row.name, widest));
        text.push_str(&format!("  {} {name}  {}    {}\n", row.number, row.exit, row.message));
        text.push_str(&style::paint(DIM, &format!("{}{}\n", " ".repeat(widest + 13), row.message_zh)));
    }
    Ok(Outcome::new(&Table { ok: true, errors }, text))
}
