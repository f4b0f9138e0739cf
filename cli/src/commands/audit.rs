//! `skm audit`: check, export or erase the evidence log.

use std::io::{BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};
use skm::audit::{Anchor, AuditLog, Entry, Finding, Step, Subject};
use skm::error::{IoReason, ShownPath};
use skm::{Config, Error, ErrorKind};

use crate::input::Lines;
use crate::output::{ErrorJson, Outcome};
use crate::problem::Problem;
use crate::style::{self, BAD, DIM, GOOD};
use crate::{exit, files};

/// How many findings are shown: after so many there is nothing to learn from more.
const SHOWN: usize = 100;

/// The columns of a CSV, after the number.
const COLUMNS: [&str; 14] = [
    "time",
    "interface",
    "unit",
    "verifier",
    "consent",
    "notice",
    "consent_given",
    "subject",
    "outcome",
    "error",
    "when_unreachable",
    "attempts",
    "ms",
    "event",
];

/// `skm audit …`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Find every record that was edited, removed, moved or cut off 校验.
    #[command(after_help = "Example:\n  skm audit verify --anchor \"$(cat /safe/anchor)\"\n  \
                            Exit code 0: nobody tampered. 9: the findings say where. 7: the log cannot be read.\n\
                            Needs no right to write. Records that calls leave meanwhile are not judged.")]
    Verify(VerifyArgs),
    /// Print the newest record's number and chain value, to be kept elsewhere 输出锚点.
    #[command(after_help = "Example:\n  skm audit head > /safe/anchor")]
    Head(ConfigArgs),
    /// Write all records as JSON Lines or CSV, checking them on the way 导出.
    #[command(after_help = "Example:\n  skm audit export --format csv --output records.csv")]
    Export(ExportArgs),
    /// Erase the records about a person; the chain stays whole 删除个人记录.
    #[command(after_help = "Example:\n  skm audit erase --subject - < number.txt")]
    Erase(EraseArgs),
}

/// Where the log is.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Configuration file; its section [audit] is used.
    #[arg(long, value_name = "FILE", env = "SKM_CONFIG", default_value = "skm.toml", hide_env_values = true)]
    config: PathBuf,
}

/// Arguments of `skm audit verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// What `skm audit head` printed at an earlier time: finds a log that was rolled back as a whole.
    #[arg(long, value_name = "N:MAC")]
    anchor: Option<Anchor>,
}

/// Arguments of `skm audit export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// One JSON object on each line, or a table.
    #[arg(long, value_enum, default_value_t = Format::Jsonl, value_name = "FORMAT")]
    format: Format,
    /// A new file, instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// JSON Lines.
    Jsonl,
    /// CSV with a heading.
    Csv,
}

/// Arguments of `skm audit erase`.
#[derive(Debug, Args)]
pub struct EraseArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Certificate number or full QR text; better - for a line of standard input.
    #[arg(long, value_name = "TEXT")]
    subject: String,
}

pub(super) fn run(command: AuditCommand, json: bool, lines: &mut Lines<impl BufRead>) -> Result<Outcome, Problem> {
    match command {
        AuditCommand::Verify(args) => verify(args),
        AuditCommand::Head(args) => head(&args),
        AuditCommand::Export(args) => export(&args, json),
        AuditCommand::Erase(args) => erase(args, lines),
    }
}

fn open(args: &ConfigArgs) -> Result<(Config, AuditLog), Problem> {
    let config = Config::load(&args.config)?;
    let log = AuditLog::open(config.audit()?)?;
    Ok((config, log))
}

#[derive(Serialize)]
struct Verified<'a> {
    ok: bool,
    records: u64,
    /// The newest record that was looked at.
    through: u64,
    findings: Vec<FindingJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    message: String,
    message_zh: String,
}

fn verify(args: VerifyArgs) -> Result<Outcome, Problem> {
    let report = match args.anchor {
        Some(anchor) => {
            let config = Config::load(&args.config.config)?;
            AuditLog::open_against(config.audit()?, &anchor)?.verify(Some(anchor), SHOWN)?
        }
        None => open(&args.config)?.1.verify(None, SHOWN)?,
    };
    let problem = (!report.is_sound()).then(tampered);
    let shown = |finding| FindingJson { finding, message: finding.message(), message_zh: finding.message_zh() };
    let json = Verified {
        ok: problem.is_none(),
        records: report.records,
        through: report.through,
        findings: report.findings.iter().map(shown).collect(),
        verdict: problem.as_ref().map(|_| "unverified"),
        error: problem.as_ref().map(ErrorJson::from),
    };
    let mut text = String::new();
    for finding in &json.findings {
        let mark = if finding.finding.kind.is_harmless() { style::paint(DIM, "·") } else { style::paint(BAD, "✘") };
        let zh = style::paint(DIM, &format!("    {}", finding.message_zh));
        text.push_str(&format!("  {mark} {}\n{zh}\n", finding.message));
    }
    if report.findings.len() >= SHOWN {
        text.push_str(&style::paint(DIM, "  … and perhaps more · 可能还有更多\n"));
    }
    let (records, through) = (report.records, report.through);
    text.push_str(&match &problem {
        None => format!(
            "{} {records} records, untouched, up to record {through} · {records} 条记录,截至第 {through} 条未被改动\n",
            style::paint(GOOD, "✔")
        ),
        Some(problem) => {
            format!(
                "{} {}; {records} records up to record {through} are intact · {}\n",
                style::paint(BAD, "✘"),
                problem.message,
                problem.technical_zh
            )
        }
    });
    Ok(Outcome::new(&json, text).exit(problem.map_or(exit::DONE, |problem| problem.exit)))
}

fn tampered() -> Problem {
    Problem::new(ErrorKind::AuditFailed, "the log was tampered with", "日志曾被改动")
}

#[derive(Serialize)]
struct Head {
    ok: bool,
    n: u64,
    anchor: String,
}

fn head(args: &ConfigArgs) -> Result<Outcome, Problem> {
    let anchor = open(args)?.1.anchor()?;
    Ok(Outcome::new(&Head { ok: true, n: anchor.n(), anchor: anchor.to_string() }, format!("{anchor}\n")))
}

#[derive(Serialize)]
struct Exported {
    ok: bool,
    records: u64,
    /// The newest record that was looked at.
    through: u64,
}

fn export(args: &ExportArgs, json: bool) -> Result<Outcome, Problem> {
    let (_, log) = open(&args.config)?;
    let Some(path) = &args.output else {
        if json {
            return Err(Problem::usage(
                "--json needs --output: standard output holds the one JSON object",
                "--json 须与 --output 同用:标准输出只放一个 JSON 对象",
            ));
        }
        write(&log, args.format, Path::new("standard output"), std::io::stdout().lock())?;
        return Ok(Outcome::plain(""));
    };
    let file = files::new_private(path).map_err(|error| cannot_write(path, &error))?;
    let (records, through) = write(&log, args.format, path, file)?;
    let text = format!(
        "{} {records} records, up to record {through} · 已导出 {records} 条记录,截至第 {through} 条\n",
        style::paint(GOOD, "✔")
    );
    Ok(Outcome::new(&Exported { ok: true, records, through }, text))
}

/// Writes the records that are as they were written, and says how many, and up to which one was looked; a log that was
/// tampered with is still a failure.
fn write(log: &AuditLog, format: Format, path: &Path, to: impl Write) -> Result<(u64, u64), Problem> {
    let failed = |error: std::io::Error| cannot_write(path, &error);
    let mut sheet = Sheet::new(format, to).map_err(failed)?;
    let (mut records, mut sound) = (0, true);
    let mut walk = log.walk(None)?;
    for step in walk.by_ref() {
        match step? {
            Step::Entry(entry) => {
                sheet.add(&entry).map_err(failed)?;
                records += 1;
            }
            Step::Finding(finding) => sound &= finding.kind.is_harmless(),
        }
    }
    sheet.finish().map_err(failed)?;
    if sound { Ok((records, walk.through())) } else { Err(untrusted(records)) }
}

fn untrusted(records: u64) -> Problem {
    Problem::new(
        ErrorKind::AuditFailed,
        format!("{records} intact records were written, but the log was tampered with: see skm audit verify"),
        format!("已导出 {records} 条完好的记录,但日志曾被改动:请运行 skm audit verify"),
    )
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Problem {
    let (name, reason) = (ShownPath::of(path), IoReason::of(error));
    Problem::input(
        format!("{name} cannot be written ({reason}): --output must name a new file"),
        format!("{name} 无法写入({}):--output 须为新文件", reason.text_zh()),
    )
}

/// The file that is being written.
enum Sheet<W: Write> {
    Jsonl(BufWriter<W>),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Sheet<W> {
    fn new(format: Format, to: W) -> std::io::Result<Sheet<W>> {
        match format {
            Format::Jsonl => Ok(Sheet::Jsonl(BufWriter::new(to))),
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(to);
                writer.write_record(["n"].iter().chain(&COLUMNS).chain(&["erased"]))?;
                Ok(Sheet::Csv(Box::new(writer)))
            }
        }
    }

    fn add(&mut self, entry: &Entry) -> std::io::Result<()> {
        match self {
            // The members as they stand in the log, the number before them.
            Sheet::Jsonl(writer) => writeln!(writer, "{{\"n\":{},{}", entry.n, &entry.body[1..]),
            Sheet::Csv(writer) => {
                let members = entry.members();
                let columns = COLUMNS.iter().chain(&["erased"]).map(|column| cell(&members, column));
                Ok(writer.write_record(std::iter::once(entry.n.to_string()).chain(columns))?)
            }
        }
    }

    fn finish(self) -> std::io::Result<()> {
        match self {
            Sheet::Jsonl(mut writer) => writer.flush(),
            Sheet::Csv(mut writer) => writer.flush(),
        }
    }
}

fn cell(members: &Map<String, Value>, column: &str) -> String {
    match members.get(column) {
        None | Some(Value::Null) => String::new(),
        // A spreadsheet must show a caller's text, not run it.
        Some(Value::String(text)) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[derive(Serialize)]
struct ErasedJson {
    ok: bool,
    records: u64,
    files: u64,
}

fn erase(args: EraseArgs, lines: &mut Lines<impl BufRead>) -> Result<Outcome, Problem> {
    let (config, log) = open(&args.config)?;
    let text = zeroize::Zeroizing::new(lines.value("--subject", args.subject)?);
    let subject = subject(&text, &config)?;
    let erased = log.erase(&subject, SystemTime::now())?;
    let (records, files) = (erased.records, erased.files);
    let line = format!("{records} records erased in {files} files · 已删除 {files} 个文件中的 {records} 条记录\n");
    Ok(Outcome::new(&ErasedJson { ok: true, records, files }, format!("{} {line}", style::paint(GOOD, "✔"))))
}

/// A full QR text, or else a certificate number.
fn subject(text: &str, config: &Config) -> Result<Subject, Problem> {
    let rules = &config.dialect.qr;
    if text.contains(&rules.code_key) {
        return Subject::scanned(&text.into(), rules).ok_or_else(|| Problem::from(Error::new(ErrorKind::QrIncomplete)));
    }
    let number = skm::person::clean::framed(text);
    if number.is_empty() || number.len() > 32 || !number.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::input(
            "--subject is neither a certificate number nor the full text of a health code",
            "--subject 既不是证件号码,也不是完整的苏康码文本",
        ));
    }
    Ok(Subject::certificate(&number.into()))
}
