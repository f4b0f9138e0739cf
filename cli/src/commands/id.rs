//! `skm id`: interface 4.

use std::io::BufRead;

use clap::Args;
use skm::IdRequest;

use super::verdict;
use crate::args::{Connection, ConsentArgs};
use crate::input::Lines;
use crate::output::Outcome;
use crate::problem::Problem;

const EXAMPLES: &str = "\
Example:
  skm id --number - --name - --consent 'notice A-12' --json < person.txt
      person.txt holds two lines: number, name. Only exit code 0 is green.";

/// Arguments of `skm id`, in the order in which each `-` takes a line.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct IdArgs {
    #[command(flatten)]
    connection: Connection,
    /// Certificate number, or - for a line of standard input.
    #[arg(long)]
    number: String,
    /// Full name, or -.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    consent: ConsentArgs,
    /// How the number is checked before the call; 1 is a resident identity card.
    #[arg(long, alias = "paperstype", value_name = "TYPE", default_value = "1")]
    papers_type: String,
    /// Place or unit, instead of the configuration's.
    #[arg(long, value_name = "TEXT")]
    organize_location: Option<String>,
    /// Kind of application, instead of the configuration's.
    #[arg(long, value_name = "TEXT")]
    apply_type: Option<String>,
    /// Lift a 15-digit resident identity number to 18.
    #[arg(long)]
    lift_15: bool,
}

pub(super) fn run(args: IdArgs, show: bool, lines: &mut Lines<impl BufRead>) -> Result<Outcome, Problem> {
    let client = super::open(args.connection, lines)?;
    let number = lines.value("--number", args.number)?;
    let name = lines.value("--name", args.name)?;
    let mut request = IdRequest::new(number, name, args.consent.read(lines)?);
    request.papers_type = lines.value("--papers-type", args.papers_type)?.into();
    request.organize_location = lines.optional("--organize-location", args.organize_location)?;
    request.apply_type = lines.optional("--apply-type", args.apply_type)?;
    request.lift_15 = args.lift_15;
    verdict::of_id(&client.call_measured(&request), show)
}
