//! `skm config init`: a commented template, or one filled in by asking.

use std::collections::HashMap;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use skm::Config;
use skm::config::keys::{Key, Kind, SECTIONS};
use skm::error::IoReason;
use zeroize::Zeroizing;

use super::template;
use crate::files::{self, Replace};
use crate::output::{self, Outcome};
use crate::problem::Problem;
use crate::style::{self, DIM, GOOD, HEAD};

const EXAMPLES: &str = "\
Examples:
  skm config init         writes skm.toml, explained and commented out
  skm config init --ask   asks for what your unit was given, keys without echo
Never overwrites a file unless told to by --force, and never a link, a folder or a
device. Only you can read the file.";

/// Arguments of `skm config init`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    /// The file to write.
    #[arg(default_value = "skm.toml")]
    file: PathBuf,
    /// Ask for every value; an empty answer leaves it out.
    #[arg(long)]
    ask: bool,
    /// Overwrite the file.
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct Json {
    ok: bool,
    file: String,
}

type Answers = HashMap<String, Zeroizing<String>>;

pub(super) fn run(args: InitArgs) -> Result<Outcome, Problem> {
    let replace = if args.force { Replace::Any } else { Replace::Nothing };
    // Before anything is asked.
    files::check_place(&args.file, replace)?;
    let answers = if args.ask { ask_all()? } else { Answers::new() };
    let given = |key: &Key| answers.get(&key.dotted()).map(|text| text.to_string());
    let text = Zeroizing::new(template::write(given));
    if args.ask {
        // Wrong answers are told before they are written.
        Config::parse(&text, args.file.parent().unwrap_or(Path::new("")))?;
    }
    files::write_private(&args.file, &text, replace)?;
    let file = args.file.display().to_string();
    let text = format!(
        "{} written 已生成: {file}\n{}",
        style::paint(GOOD, "✔"),
        style::paint(DIM, "  next 下一步: fill it in, then skm config check and skm doctor · 填写后运行检查\n")
    );
    Ok(Outcome::new(&Json { ok: true, file }, text))
}

fn ask_all() -> Result<Answers, Problem> {
    let mut answers = Answers::new();
    // What has a default is better changed in the file than asked for.
    for section in SECTIONS.iter().filter(|section| section.keys.iter().any(|key| key.name == "url")) {
        output::complain(&format!("\n{}\n", style::paint(HEAD, &format!("{} · {}", section.en, section.zh))));
        output::complain(&style::paint(DIM, "  Enter leaves this interface out · 直接回车跳过此接口\n"));
        for key in section.keys {
            let answer = ask(key)?;
            if answer.is_empty() && key.name == "url" {
                break;
            }
            if !answer.is_empty() {
                answers.insert(key.dotted(), answer);
            }
        }
    }
    Ok(answers)
}

/// One answer; a secret is not echoed on a terminal.
fn ask(key: &Key) -> Result<Zeroizing<String>, Problem> {
    let optional = if key.required { "" } else { ", optional 可省略" };
    output::complain(&format!("  {} ({} {}{optional}): ", key.name, key.en, key.zh));
    let read = if key.kind == Kind::Secret && std::io::stdin().is_terminal() {
        rpassword::read_password()
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    };
    let line = Zeroizing::new(read.map_err(|error| {
        let reason = IoReason::of(&error);
        Problem::input(
            format!("{}: no answer could be read ({reason})", key.name),
            format!("{}:无法读取输入({})", key.name, reason.text_zh()),
        )
    })?);
    Ok(Zeroizing::new(line.trim().to_owned()))
}
