//! `skm display`: interface 2. No network call is made.

use std::io::BufRead;

use clap::Args;
use serde::Serialize;
use skm::UserToken;
use skm::person::{PersonalText, Secret};

use crate::args::Connection;
use crate::input::Lines;
use crate::output::Outcome;
use crate::problem::Problem;
use crate::style::{self, GOOD};

const EXAMPLES: &str = "\
Example:
  skm display --config skm.toml --token - --uuid - --json < token.txt
The URL holds the person's token and is a credential too: printed only with
--json or --show. Keep it out of logs.";

/// Arguments of `skm display`, in the order in which each `-` takes a line.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DisplayArgs {
    #[command(flatten)]
    connection: Connection,
    /// The user's token, or - for a line of standard input.
    #[arg(long)]
    token: String,
    /// The user's uuid, or -.
    #[arg(long)]
    uuid: Option<String>,
    /// Taken as the other commands take it; nothing is sent, so nothing is recorded.
    #[arg(long, value_name = "TEXT")]
    consent: Option<String>,
}

#[derive(Serialize)]
struct Json<'a> {
    ok: bool,
    url: &'a str,
}

pub(super) fn run(args: DisplayArgs, show: bool, lines: &mut Lines<impl BufRead>) -> Result<Outcome, Problem> {
    let client = super::open(args.connection, lines)?;
    let token = Secret::from(lines.value("--token", args.token)?);
    let uuid = lines.optional("--uuid", args.uuid)?.map(PersonalText::from);
    lines.optional("--consent", args.consent)?;
    let url = client.display_url(&UserToken::new(token, uuid))?;
    let text = match show {
        true => format!("{}\n", url.expose()),
        false => format!(
            "{} the URL is ready · 亮码地址已生成\n{}",
            style::paint(GOOD, "✔"),
            style::table(&[
                ("page 页面".to_owned(), client.config().display()?.url.to_string()),
                ("next 下一步".to_owned(), "--json or --show prints it, for a web view".to_owned()),
            ])
        ),
    };
    Ok(Outcome::new(&Json { ok: true, url: url.expose() }, text))
}
