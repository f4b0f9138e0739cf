//! `skm scan`: interface 3.

use std::io::BufRead;

use clap::Args;
use skm::ScanRequest;

use super::verdict;
use crate::args::{Connection, ConsentArgs};
use crate::input::Lines;
use crate::output::Outcome;
use crate::problem::Problem;

const EXAMPLES: &str = "\
Example, at a gate:
  read-scanner | skm scan --qr - --consent 'notice at gate 3' --json
  case $? in 0) open ;; *) stop ;; esac        # only 0 is green";

/// Arguments of `skm scan`, in the order in which each `-` takes a line.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ScanArgs {
    #[command(flatten)]
    connection: Connection,
    /// The full text of the scanned code, or - for a line of standard input.
    #[arg(long, visible_alias = "qr-text", value_name = "TEXT")]
    qr: String,
    #[command(flatten)]
    consent: ConsentArgs,
    /// Where: province,city,district,street. This and the next three override the configuration's.
    #[arg(long)]
    position: Option<String>,
    /// The verifying unit.
    #[arg(long, value_name = "UNIT")]
    verifier_dept: Option<String>,
    /// The verifying person.
    #[arg(long, value_name = "NAME")]
    verifier_name: Option<String>,
    /// That person's phone.
    #[arg(long, value_name = "PHONE")]
    verifier_phone: Option<String>,
}

pub(super) fn run(args: ScanArgs, show: bool, lines: &mut Lines<impl BufRead>) -> Result<Outcome, Problem> {
    let client = super::open(args.connection, lines)?;
    let qr = lines.value("--qr", args.qr)?;
    let mut request = ScanRequest::new(qr, args.consent.read(lines)?);
    request.position = lines.optional("--position", args.position)?;
    request.verifier_dept = lines.optional("--verifier-dept", args.verifier_dept)?;
    request.verifier_name = lines.optional("--verifier-name", args.verifier_name)?.map(Into::into);
    request.verifier_phone = lines.optional("--verifier-phone", args.verifier_phone)?.map(Into::into);
    verdict::of_scan(&client.call_measured(&request), show)
}
