//! `skm config`: write a configuration, or check one.

mod check;
mod init;
mod template;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use clap::Subcommand;
use skm::ErrorKind;
use skm::error::{IoReason, ShownPath};

use crate::output::Outcome;
use crate::problem::Problem;

/// `skm config …`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Write a commented skm.toml, or ask for every value (keys without echo) 生成配置.
    Init(init::InitArgs),
    /// Check a configuration without any call 检查配置.
    Check(check::CheckArgs),
}

pub(super) fn run(command: ConfigCommand) -> Result<Outcome, Problem> {
    match command {
        ConfigCommand::Init(args) => init::run(args),
        ConfigCommand::Check(args) => check::run(&args),
    }
}

/// Writes a file that only its owner can read, replacing one that is there.
///
/// The text goes into a new file first, so that nobody reads it through wider permissions of an old one.
pub(super) fn write_private(file: &Path, text: &str) -> Result<(), Problem> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(format!(".{}.new", std::process::id()));
    let draft = Path::new(&draft);
    let written = create_private(draft, text).and_then(|()| std::fs::rename(draft, file));
    written.map_err(|error| {
        let _ = std::fs::remove_file(draft);
        cannot_write(file, &error)
    })
}

fn create_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    opened.write_all(text.as_bytes())?;
    opened.sync_all()
}

/// A file that could not be written.
pub(super) fn cannot_write(file: &Path, error: &std::io::Error) -> Problem {
    let (name, reason) = (ShownPath::of(file), IoReason::of(error));
    Problem::new(
        ErrorKind::ConfigInvalid,
        format!("{name} cannot be written ({reason}): choose another place"),
        format!("{name} 无法写入({}):请换一个位置", reason.text_zh()),
    )
}
