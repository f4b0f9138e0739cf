//! `skm token`: interface 1.

use std::io::BufRead;

use clap::Args;
use skm::UserTokenRequest;
use skm::person::{PersonalText, Phone, Sex};

use crate::args::{Connection, ConsentArgs};
use crate::input::Lines;
use crate::output::Outcome;
use crate::problem::Problem;
use crate::style::{self, GOOD};

const EXAMPLES: &str = "\
Examples:
  skm token --name - --number - --mobile - --consent 'A-12' --json < person
      person holds three lines: name, number, mobile.
  skm token … --json | jq -r .token | skm display --token - --json
      the token goes straight on to interface 2.
The token is a credential of the person: printed only with --json or --show
(the token, and the uuid on the next line).";

/// Arguments of `skm token`, in the order in which each `-` takes a line.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct TokenArgs {
    #[command(flatten)]
    connection: Connection,
    /// Full name, or - for a line of standard input.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Certificate number, or -.
    #[arg(long, alias = "papersnumber")]
    number: String,
    /// Mobile number, or -.
    #[arg(long, value_name = "MOBILE")]
    mobile: String,
    #[command(flatten)]
    consent: ConsentArgs,
    /// Certificate type: 1 resident identity card, 2 passport, 3 HK/Macao permit, 4 Taiwan permit, 5 HK, 6 Macao, 7
    /// Taiwan identity card.
    #[arg(long, alias = "paperstype", value_name = "TYPE", default_value = "1")]
    papers_type: String,
    /// Email address.
    #[arg(long)]
    email: Option<String>,
    /// Fixed-line telephone.
    #[arg(long)]
    phone: Option<String>,
    /// 1 male, 0 female.
    #[arg(long)]
    sex: Option<String>,
    /// Date of birth, yyyy-MM-dd.
    #[arg(long, alias = "birthdate", value_name = "DATE")]
    birth_date: Option<String>,
    /// Postal address.
    #[arg(long)]
    address: Option<String>,
    /// Postal code.
    #[arg(long)]
    post: Option<String>,
    /// Let mobile numbers pass that are not of the mainland.
    #[arg(long)]
    any_mobile: bool,
    /// Lift a 15-digit resident identity number to 18.
    #[arg(long)]
    lift_15: bool,
}

pub(super) fn run(args: TokenArgs, show: bool, lines: &mut Lines<impl BufRead>) -> Result<Outcome, Problem> {
    let client = super::open(args.connection, lines)?;
    let name = lines.value("--name", args.name)?;
    let number = lines.value("--number", args.number)?;
    let mobile = lines.value("--mobile", args.mobile)?;
    let consent = args.consent.read(lines)?;
    let mut request = UserTokenRequest::new(name, number, mobile, consent);
    request.papers_type = lines.value("--papers-type", args.papers_type)?.into();
    request.email = lines.optional("--email", args.email)?.map(PersonalText::from);
    request.phone = lines.optional("--phone", args.phone)?.map(Phone::from);
    request.sex = lines.optional("--sex", args.sex)?.map(|code| Sex::from_code(&code)).transpose()?;
    request.birth_date = lines.optional("--birth-date", args.birth_date)?.map(PersonalText::from);
    request.address = lines.optional("--address", args.address)?.map(PersonalText::from);
    request.post = lines.optional("--post", args.post)?;
    request.any_mobile = args.any_mobile;
    request.lift_15 = args.lift_15;

    let measured = client.call_measured(&request);
    let issued = measured.result.as_ref().map_err(Clone::clone)?;
    let token = issued.token.expose();
    let uuid = issued.uuid.as_ref().map(PersonalText::expose);
    let text = match show {
        true => format!("{token}\n{}\n", uuid.unwrap_or_default()),
        false => format!(
            "{} issued · 令牌已生成\n{}",
            style::paint(GOOD, "✔"),
            style::table(&[
                ("person 人员".to_owned(), format!("{} {}", request.name, request.number)),
                ("token 令牌".to_owned(), issued.token.to_string()),
                ("next 下一步".to_owned(), "--json or --show prints it; skm display makes the page's URL".to_owned()),
            ])
        ),
    };
    Ok(Outcome::of_core(&skm::json::outcome(&measured, false), text))
}
