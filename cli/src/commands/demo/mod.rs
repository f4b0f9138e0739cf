//! `skm demo`: one consenting, invented person walks through all four interfaces, and then everything that must not be
//! green is shown not to be.
//!
//! `walk` and `refused` do, `show` and `grid` draw, `page` is the web view and the scanner.

mod grid;
mod page;
mod refused;
mod show;
mod walk;

use std::path::Path;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use skm::{Client, Config, ErrorKind};
use skm_sandbox::{Options, Sandbox};

use self::show::Show;
use crate::output::{self, Outcome};
use crate::problem::Problem;

const EXAMPLES: &str = "\
Everything happens on this machine: a strict platform is started on a free
loopback port, and its people are invented.
  skm demo --serve       stays up and prints the page's URL, for a browser
Exit code 0 only if every step went as it should.";

/// Arguments of `skm demo`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// Stay up afterwards and print the URL of the page; Ctrl-C ends it.
    #[arg(long)]
    serve: bool,
    /// Language of the texts.
    #[arg(long, value_enum, default_value_t = Lang::Both)]
    lang: Lang,
}

/// Language of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// 中文.
    Zh,
    /// English.
    En,
    /// English and Chinese.
    Both,
}

impl Lang {
    /// A text in this language.
    fn say(self, en: &str, zh: &str) -> String {
        match self {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
            Lang::Both => format!("{en} · {zh}"),
        }
    }

    /// A short label.
    fn label(self, en: &str, zh: &str) -> String {
        match self {
            Lang::Both => format!("{en} {zh}"),
            one => one.say(en, zh),
        }
    }
}

/// What came of one step.
#[derive(Debug, Serialize)]
struct Step {
    /// Which step, for scripts.
    step: &'static str,
    /// What came back: a verdict, `issued`, `ready`, `shown` or an error's name.
    outcome: String,
    /// What had to come back.
    expected: &'static str,
    took_ms: f64,
    as_expected: bool,
    #[serde(skip)]
    title: String,
}

impl Step {
    fn new(step: &'static str, title: String, expected: &'static str, outcome: &str, took: Duration) -> Step {
        Step {
            step,
            outcome: outcome.to_owned(),
            expected,
            took_ms: (took.as_secs_f64() * 1e5).round() / 100.0,
            as_expected: outcome == expected,
            title,
        }
    }

    /// Whether something that must not be green came out as it must.
    fn is_held(&self) -> bool {
        self.as_expected && self.outcome != "green"
    }
}

#[derive(Serialize)]
struct Json {
    ok: bool,
    platform: String,
    steps: Vec<Step>,
    /// With --serve: the page of the invented person.
    url: Option<String>,
}

pub(super) fn run(args: DemoArgs, json: bool) -> Result<Outcome, Problem> {
    let mut options = Options::on_free_port();
    if args.serve {
        options.token_life = Duration::from_secs(24 * 3600);
    }
    let sandbox = super::sandbox::start(options)?;
    let client = Client::new(Config::parse(&sandbox.config_toml(), Path::new(""))?)?;
    let show = Show::new(args.lang, json);

    show.welcome(&sandbox.base_url(), &walk::token_request(&person(&sandbox, skm_sandbox::Level::Green)?));
    let mut steps = walk::four_interfaces(&client, &sandbox, &show)?;
    let walked = steps.len();
    steps.extend(refused::all(&client, &sandbox, &show)?);
    show.summary(&steps[..walked], &steps[walked..]);

    if let Some(step) = steps.iter().find(|step| !step.as_expected) {
        return Err(surprise(step));
    }
    let url = if args.serve { Some(walk::page_url(&client, &sandbox)?) } else { None };
    let text = show.farewell(&sandbox.base_url(), url.as_deref());
    let done = Outcome::new(&Json { ok: true, platform: sandbox.base_url(), steps, url }, text);
    Ok(if args.serve { done.then(move || sandbox.wait()) } else { done })
}

fn surprise(step: &Step) -> Problem {
    let (name, outcome, expected) = (step.step, &step.outcome, step.expected);
    Problem::new(
        ErrorKind::Internal,
        format!("{name}: {outcome} came back where {expected} was due: please report it"),
        format!("{name}:应为 {expected},实为 {outcome}:请反馈给我们"),
    )
}

/// Whom the demo is about: the first invented person of a level.
fn person(sandbox: &Sandbox, level: skm_sandbox::Level) -> Result<skm_sandbox::Person, Problem> {
    sandbox.people().into_iter().find(|person| person.level == level).ok_or_else(Problem::internal)
}

/// Prints, unless standard output belongs to the one JSON object.
fn print(json: bool, text: &str) {
    if !json {
        output::print(text);
    }
}
