//! `skm completions`: made from the same definition as the arguments.

use clap::CommandFactory;

use crate::args::Cli;
use crate::output::Outcome;
use crate::problem::Problem;

pub(super) fn run(shell: clap_complete::Shell) -> Result<Outcome, Problem> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "skm", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Ok(Outcome::new(&serde_json::json!({ "ok": true, "script": script }), script))
}
