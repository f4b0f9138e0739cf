//! `skm config init`: a commented template, or one filled in by asking.

use std::collections::HashMap;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use skm::Config;
use skm::error::{IoReason, ShownPath};
use zeroize::Zeroizing;

use super::template::{self, Key, Section};
use crate::output::{self, Outcome};
use crate::problem::Problem;
use crate::style::{self, DIM, GOOD, HEAD};

const EXAMPLES: &str = "\
Examples:
  skm config init         writes skm.toml, explained and commented out
  skm config init --ask   asks for what your unit was given, keys without echo
Never overwrites a file unless told to by --force. Only you can read the file.";

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

type Answers = HashMap<(&'static str, &'static str), Zeroizing<String>>;

pub(super) fn run(args: InitArgs) -> Result<Outcome, Problem> {
    if args.file.exists() && !args.force {
        let name = ShownPath::of(&args.file);
        return Err(Problem::usage(
            format!("{name} is there already: name another file, or add --force"),
            format!("{name} 已存在:请换文件名,或加 --force"),
        ));
    }
    let answers = if args.ask { ask_all()? } else { Answers::new() };
    let given = |section: &Section, key: &Key| answers.get(&(section.name, key.name)).map(|text| text.to_string());
    let text = Zeroizing::new(template::write(given));
    if args.ask {
        // Wrong answers are told before they are written.
        Config::parse(&text, args.file.parent().unwrap_or(Path::new("")))?;
    }
    super::write_private(&args.file, &text)?;
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
    for section in &template::SECTIONS {
        output::complain(&format!("\n{}\n", style::paint(HEAD, section.what)));
        output::complain(&style::paint(DIM, "  Enter leaves this interface out · 直接回车跳过此接口\n"));
        for key in section.keys {
            let answer = ask(key)?;
            if answer.is_empty() && key.name == "url" {
                break;
            }
            if !answer.is_empty() {
                answers.insert((section.name, key.name), answer);
            }
        }
    }
    Ok(answers)
}

/// One answer; a secret is not echoed on a terminal.
fn ask(key: &Key) -> Result<Zeroizing<String>, Problem> {
    let optional = if key.optional { ", optional 可省略" } else { "" };
    output::complain(&format!("  {} ({}{optional}): ", key.name, key.what));
    let read = if key.secret && std::io::stdin().is_terminal() {
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
