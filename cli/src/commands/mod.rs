//! One file per command.

pub mod audit;
pub mod batch;
mod completions;
pub mod config;
pub mod demo;
pub mod display;
pub mod doctor;
mod errors;
pub mod id;
pub mod sandbox;
pub mod scan;
pub mod token;
mod verdict;

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Duration;

use skm::{Client, Config};

use crate::args::{Cli, Command, Connection};
use crate::input::Lines;
use crate::output::Outcome;
use crate::problem::Problem;

/// Runs a command.
///
/// # Errors
/// Whatever the command could not do.
pub fn run(cli: Cli) -> Result<Outcome, Problem> {
    match cli.command {
        Command::Demo(args) => demo::run(args, cli.json),
        Command::Sandbox(args) => sandbox::run(args),
        Command::Token(args) => token::run(args, cli.show, &mut Lines::stdin()),
        Command::Display(args) => display::run(args, cli.show, &mut Lines::stdin()),
        Command::Scan(args) => scan::run(args, cli.show, &mut Lines::stdin()),
        Command::Id(args) => id::run(args, cli.show, &mut Lines::stdin()),
        Command::Batch(args) => batch::run(args, cli.json),
        Command::Doctor(args) => doctor::run(&args, cli.show),
        Command::Audit(command) => audit::run(command, cli.json, &mut Lines::stdin()),
        Command::Config(command) => config::run(command),
        Command::Errors => errors::run(),
        Command::Completions { shell } => completions::run(shell),
    }
}

/// A client for the configuration; its path too may be `-`.
fn open(connection: Connection, lines: &mut Lines<impl BufRead>) -> Result<Client, Problem> {
    let path = match connection.config.to_str() {
        Some("-") => PathBuf::from(lines.value("--config", "-".to_owned())?),
        _ => connection.config,
    };
    let client = Client::new(Config::load(path)?)?;
    Ok(match connection.deadline {
        Some(ms) => client.with_deadline(Duration::from_millis(ms)),
        None => client,
    })
}
