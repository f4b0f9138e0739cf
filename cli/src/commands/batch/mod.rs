//! `skm batch`: many rows, CSV in, CSV out, resumable.
//!
//! One way: `rows` (the input, checked whole before the first call) → what `sheet` says is still missing → the core's
//! workers → `sheet` (one line each, flushed).

mod fingerprint;
mod rows;
mod sheet;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use skm::{BatchOptions, Cancel, Client, ErrorKind};

use self::rows::Row;
use self::sheet::{Line, Sheet};
use crate::args::{Connection, ConsentArgs};
use crate::exit;
use crate::input::Lines;
use crate::output::{ErrorJson, Outcome};
use crate::problem::Problem;
use crate::style::{self, GOOD, WARN};

const DETAILS: &str = "\
Input: CSV with a header line; other columns are passed over.
  number, name   (证件号码, 姓名)   a row of interface 4
  qr_text        (二维码)           a row of interface 3
  consent        (同意)             optional: this row's notice, not --consent's
Output: CSV, one line per row, personal data in it only masked:
  row            number of the row, counted from 1 without the header
  check          tells a resumed batch whether this is still the same row, and its
                 line as it was written; keyed with your unit's credentials, so
                 that nobody without them can find a person from it
  subject        masked name and number, or qr
  verdict        green, yellow, red or unverified
  level          green, yellow, red or unknown; empty if the call failed
  error          name of the error, empty if there was none
  platform_code  the platform's own code, if it refused
  time           when the row was asked, in China
Resuming: run the same command again. Rows that stand in the output are not
asked again, but for those that were asked longer ago than --max-age (old lines
go), and with --again those whose call failed. An output of another input, of
other credentials, or with an edited line is refused. Ctrl-C ends a batch: what
has been written stays, what was under way is asked again. Without --output,
lines go to standard output.
续跑:重新运行同一命令。输出中已有的行不再核验;超过 --max-age 的行重新核验并替换,
加 --again 时失败的行也重新核验。

Exit codes: 0 every row has a verdict, 12 some rows are unverified (their lines
name the error), 130 Ctrl-C.

Example:
  skm batch --input visitors.csv --output verdicts.csv --consent 'notice 7'";

/// Arguments of `skm batch`.
#[derive(Debug, Args)]
#[command(after_help = DETAILS)]
pub struct BatchArgs {
    #[command(flatten)]
    connection: Connection,
    /// The CSV file to read, or - for standard input.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The CSV file to write, or to go on with.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Ask the rows again whose line names an error.
    #[arg(long, requires = "output")]
    again: bool,
    /// How long an answer in the output counts, such as 30m or 4h; older rows are asked again 结果有效期.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = max_age)]
    max_age: SignedDuration,
    #[command(flatten)]
    consent: ConsentArgs,
    /// Encoding of the input.
    #[arg(long, value_enum, default_value_t = Encoding::Utf8)]
    encoding: Encoding,
    /// Calls at once; 0 is the configuration's http.max_connections.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    workers: u16,
}

/// How the input is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    /// GBK, as old Windows programs write it.
    Gbk,
}

fn max_age(text: &str) -> Result<SignedDuration, &'static str> {
    let age: Option<SignedDuration> = text.parse().ok();
    age.filter(|age| !age.is_negative()).ok_or("a time such as 30m, 4h or 0s is needed")
}

/// What `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    ok: bool,
    #[serde(flatten)]
    summary: &'a Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson<'a>>,
}

/// What a batch came to.
#[derive(Debug, Default, Serialize)]
struct Summary {
    /// Rows of the input.
    rows: u64,
    /// Rows that stood in the output before.
    resumed: u64,
    /// Rows asked now.
    asked: u64,
    green: u64,
    yellow: u64,
    red: u64,
    unverified: u64,
    /// Of the unverified: rows whose call failed.
    failed: u64,
    interrupted: bool,
}

pub(super) fn run(args: BatchArgs, json: bool) -> Result<Outcome, Problem> {
    if json && args.output.is_none() {
        return Err(Problem::usage(
            "--json needs --output: standard output holds the one JSON object",
            "--json 须与 --output 同用:标准输出只放一个 JSON 对象",
        ));
    }
    let client = super::open(args.connection, &mut Lines::stdin())?;
    let kind = args.consent.consent_kind;
    let notice = Lines::stdin().value("--consent", args.consent.consent)?;
    let rows =
        rows::read(&args.input, args.encoding, client.config(), &|own| kind.under(own.unwrap_or(&notice).to_owned()))?;
    let now = Timestamp::now();
    let keep = |line: &Line| line.is_fresh(now, args.max_age) && (line.error.is_empty() || !args.again);
    let (mut sheet, answered) = Sheet::open(args.output.as_deref(), &rows, &keep)?;

    let mut summary = Summary { rows: rows.len() as u64, ..Summary::default() };
    answered.values().for_each(|line| summary.count(line));
    summary.resumed = answered.len() as u64;
    let left: Vec<Row> = rows.into_iter().filter(|row| !answered.contains_key(&row.number)).collect();
    ask(&client, left, usize::from(args.workers), &mut sheet, &mut summary)?;
    Ok(conclude(summary, json || args.output.is_some()))
}

fn ask(
    client: &Client,
    left: Vec<Row>,
    workers: usize,
    sheet: &mut Sheet,
    summary: &mut Summary,
) -> Result<(), Problem> {
    let cancel = Cancel::new();
    let on_signal = cancel.clone();
    // Also where an interpreter that carries this command, or a shell's background job, has set the signal otherwise. It
    // fails only for a second batch in one process.
    let _ = ctrlc::set_handler(move || on_signal.cancel());
    let bar = progress_bar(left.len() as u64);
    // The platform's sockets are not tied to rows: cancelling wakes whatever runs.
    let options = BatchOptions::new().with_workers(workers).with_cancel(cancel.clone());
    // When each row was handed out: its answer may have to wait for those of the rows before it.
    let times = RefCell::new(VecDeque::new());
    let checks = left.iter().map(|row| {
        times.borrow_mut().push_back(Timestamp::now());
        row.check.clone()
    });
    for (row, result) in left.iter().zip(client.verify_many(checks, options)) {
        let time = times.borrow_mut().pop_front().expect("a row is handed out before it is answered");
        // Whatever the error is called: it may come from the interruption, and a written row is not asked again.
        if result.is_err() && cancel.is_cancelled() {
            summary.interrupted = true;
            break;
        }
        let line = Line::new(row, time, &result);
        sheet.write(&line)?;
        summary.count(&line);
        summary.asked += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// On standard error, and only where a person looks at it.
fn progress_bar(rows: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr());
    let template = "  {bar:40.green/black} {pos}/{len}  {per_sec}  {eta} left 剩余";
    bar.with_style(ProgressStyle::with_template(template).expect("the template is a constant"))
}

impl Summary {
    fn count(&mut self, line: &Line) {
        self.failed += u64::from(!line.error.is_empty());
        match line.verdict.as_str() {
            "green" => self.green += 1,
            "yellow" => self.yellow += 1,
            "red" => self.red += 1,
            _ => self.unverified += 1,
        }
    }
}

fn conclude(summary: Summary, text_too: bool) -> Outcome {
    let closed = summary.interrupted.then(|| Problem::from(skm::Error::new(ErrorKind::Closed)));
    let json = Json {
        ok: closed.is_none(),
        summary: &summary,
        verdict: closed.as_ref().map(|_| "unverified"),
        error: closed.as_ref().map(ErrorJson::from),
    };
    let exit = match &summary {
        summary if summary.interrupted => exit::INTERRUPTED,
        summary if summary.unverified > 0 => exit::UNVERIFIED,
        _ => exit::DONE,
    };
    let head = match exit {
        exit::DONE => style::paint(GOOD, "✔ every row has an answer · 每行均有结果"),
        exit::INTERRUPTED => style::paint(WARN, "! interrupted: run it again to go on · 已中断:重新运行可继续"),
        _ => style::paint(WARN, "! some rows are unverified: not green · 部分行未核验:非绿码"),
    };
    let count = |count: u64| count.to_string();
    let rows = [
        ("rows 总行数".to_owned(), count(summary.rows)),
        ("resumed 此前已有".to_owned(), count(summary.resumed)),
        ("asked 本次核验".to_owned(), count(summary.asked)),
        ("green 绿".to_owned(), count(summary.green)),
        ("yellow 黄".to_owned(), count(summary.yellow)),
        ("red 红".to_owned(), count(summary.red)),
        ("unverified 未核验".to_owned(), format!("{} ({} failed 失败)", summary.unverified, summary.failed)),
    ];
    // With the result on standard output there is no room for a summary.
    let text = if text_too { format!("{head}\n{}", style::table(&rows)) } else { String::new() };
    Outcome::new(&json, text).exit(exit)
}
