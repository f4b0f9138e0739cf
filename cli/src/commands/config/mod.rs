//! `skm config`: write a configuration, or check one.

mod check;
mod init;
mod template;

use clap::Subcommand;

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
