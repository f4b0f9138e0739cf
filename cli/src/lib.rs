//! The `skm` command as a library: [`run`] is the whole of it.
//!
//! A command goes one way: `args` (what was asked) → `input` (values from standard input) → `commands` (one file
//! each) → `output` (one JSON object or a text for people) → [`exit`] (one number). Colours are in `style`, failures
//! in `problem`; what is written beside standard output goes through `files`.

#![forbid(unsafe_code)]

mod args;
mod commands;
pub mod exit;
mod files;
mod input;
mod output;
mod problem;
mod style;
mod usage;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use clap::Parser;

use crate::args::Cli;
use crate::problem::Problem;

/// Runs the command with these arguments (the first is the program's name) and gives its exit code, see [`exit`].
///
/// Writes to standard output and standard error, and reads standard input where an argument is `-`.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    output::begin();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage::report(&error, &arguments),
    };
    let (json, show) = (cli.json, cli.show);
    let ran = catch_unwind(AssertUnwindSafe(|| commands::run(cli)));
    output::report(ran.unwrap_or_else(|_| Err(Problem::internal())), json, show)
}
