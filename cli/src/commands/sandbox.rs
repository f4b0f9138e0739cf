//! `skm sandbox`: a strict platform on loopback, until Ctrl-C.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};
use skm::ErrorKind;
use skm::dialect::Dialect;
use skm_sandbox::{ClockSetting, Fault, Options, Sandbox, Settings, StartError};

use crate::files::{self, Replace};
use crate::output::{self, Outcome};
use crate::problem::Problem;
use crate::style::{self, WARN};

const EXAMPLES: &str = "\
Examples:
  skm sandbox --write-config skm.toml
      the first line of standard output is one JSON object; its member ready is
      the base URL, and from then on the platform accepts. skm.toml is a complete
      configuration for it.
  skm sandbox --listen 127.0.0.1:0 --fault verify_scan:delay:ms=3000 --clock +600
Everything can be seen and set while it runs: open <base url>/_sandbox/.";

/// Arguments of `skm sandbox`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SandboxArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8460")]
    listen: SocketAddr,
    /// Allow an address that is not loopback. The sandbox has no access control.
    #[arg(long)]
    allow_remote: bool,
    /// Write a complete skm.toml for this sandbox, readable by you alone. A file that is there is replaced only if a
    /// sandbox wrote it, which its first line tells.
    #[arg(long, value_name = "FILE")]
    write_config: Option<PathBuf>,
    /// Let --write-config replace any file. A link, a folder or a device is never replaced.
    #[arg(long, requires = "write_config")]
    force: bool,
    /// Take what a real platform would, such as other white space, order and members in JSON: for those who test a
    /// client of their own. The sandbox's README lists it.
    #[arg(long)]
    lenient: bool,
    /// One more name under which pages and admin paths may be asked for, such as a service's name in a container
    /// network; may be given several times. Without it: this machine's names and plain IP addresses.
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Decides credentials, invented people and the course of random things.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// A TOML file with more invented people; may be given several times.
    #[arg(long, value_name = "FILE")]
    people: Vec<PathBuf>,
    /// A fault rule, interface:kind[:key=value,…] or a JSON object; may be given several times.
    #[arg(long, value_name = "RULE", value_parser = fault)]
    fault: Vec<Fault>,
    /// The clock: seconds ahead or behind (+600, -600), or a time at which it stands (2021-01-01T12:00:00+08:00).
    #[arg(long, value_name = "CLOCK", value_parser = clock, allow_hyphen_values = true)]
    clock: Option<ClockSetting>,
    /// Life of a QR code in seconds.
    #[arg(long, value_name = "S", default_value_t = 60)]
    qr_life: u64,
    /// Life of a user token in seconds.
    #[arg(long, value_name = "S", default_value_t = 1800)]
    token_life: u64,
    /// How answers are spelled, such as data_form=string_twice, level_form=digit, id_data=plain; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// A dialect file instead of the built-in edition.
    #[arg(long, value_name = "FILE")]
    dialect: Option<PathBuf>,
}

/// The first line of standard output.
#[derive(Serialize)]
struct Ready {
    ready: String,
    config: Option<String>,
    admin: String,
    journal: String,
}

pub(super) fn run(args: SandboxArgs) -> Result<Outcome, Problem> {
    let write_config = args.write_config.clone();
    let replace = if args.force { Replace::Any } else { Replace::Beginning(skm_sandbox::CONFIG_MARK) };
    if let Some(file) = &write_config {
        files::check_place(file, replace)?;
    }
    let sandbox = start(options(args)?)?;
    if let Some(warning) = sandbox.warning() {
        output::complain(&format!("{}\n", style::paint(WARN, warning)));
    }
    if let Some(file) = &write_config {
        files::write_private(file, &sandbox.config_toml(), replace)?;
    }
    let ready = Ready {
        ready: sandbox.base_url(),
        config: write_config.map(|file| file.display().to_string()),
        admin: format!("{}/_sandbox/", sandbox.base_url()),
        journal: format!("{}/_sandbox/journal.html", sandbox.base_url()),
    };
    Ok(Outcome::plain(format!("{}\n", output::line(&ready))).then(move || sandbox.wait()))
}

/// Starts a sandbox; its reasons against it become ours.
pub(super) fn start(options: Options) -> Result<Sandbox, Problem> {
    Sandbox::start(options).map_err(|error| {
        let zh = match &error {
            StartError::NotLoopback(_) => {
                "该地址不是本机回环地址:沙箱没有访问控制,请改用 127.0.0.1 或加 --allow-remote"
            }
            StartError::Listen(..) => "无法监听该地址:请换端口,或用端口 0 自动选择",
            StartError::Thread(_) => "无法启动沙箱线程",
            StartError::People(_) => "人员文件有误",
            StartError::Fault(_) => "故障规则有误",
            _ => "沙箱参数有误",
        };
        let remedy = if matches!(error, StartError::NotLoopback(_)) { " (--allow-remote)" } else { "" };
        match error {
            StartError::Thread(_) => Problem::new(ErrorKind::Internal, error.to_string(), zh),
            error => Problem::usage(format!("{error}{remedy}"), zh),
        }
    })
}

fn options(args: SandboxArgs) -> Result<Options, Problem> {
    let mut options = Options {
        listen: args.listen,
        allow_remote: args.allow_remote,
        host_names: args.host,
        lenient: args.lenient,
        seed: args.seed,
        people: args.people,
        faults: args.fault,
        clock: args.clock.unwrap_or_default(),
        qr_life: Duration::from_secs(args.qr_life),
        token_life: Duration::from_secs(args.token_life),
        settings: settings(args.set)?,
        ..Options::default()
    };
    if let Some(file) = args.dialect {
        options.dialect = Arc::new(Dialect::load(&file)?);
        // The configuration may be read from another folder than this one.
        options.dialect_name = absolute(&file).display().to_string();
    }
    Ok(options)
}

fn absolute(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

fn settings(pairs: Vec<(String, String)>) -> Result<Settings, Problem> {
    let object: Map<String, Value> = pairs.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
    serde_json::from_value(Value::Object(object))
        .map_err(|error| Problem::usage(format!("--set: {error}"), format!("--set 取值有误:{error}")))
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("key=value is needed")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// `verify_scan:delay:ms=3000,times=2`, or the JSON of the sandbox's own rules.
fn fault(text: &str) -> Result<Fault, String> {
    let json = if text.trim_start().starts_with('{') { text.to_owned() } else { fault_json(text)?.to_string() };
    let fault: Fault = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    fault.check().map(|()| fault)
}

fn fault_json(text: &str) -> Result<Value, &'static str> {
    let mut parts = text.splitn(3, ':');
    let (Some(interface), Some(kind)) = (parts.next(), parts.next()) else {
        return Err("interface:kind[:key=value,…] is needed");
    };
    let mut rule =
        Map::from_iter([("interface".to_owned(), Value::from(interface)), ("kind".to_owned(), Value::from(kind))]);
    for pair in parts.next().into_iter().flat_map(|rest| rest.split(',')) {
        let (key, value) = pair.split_once('=').ok_or("key=value is needed after the second colon")?;
        // Numbers are numbers in a rule; a certificate number is a text.
        let number = serde_json::from_str::<Value>(value).ok().filter(|value| value.is_number() && key != "person");
        rule.insert(key.to_owned(), number.unwrap_or_else(|| Value::from(value)));
    }
    Ok(Value::Object(rule))
}

fn clock(text: &str) -> Result<ClockSetting, &'static str> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Ok(if seconds == 0 { ClockSetting::Real } else { ClockSetting::Offset(seconds) });
    }
    let time: jiff::Timestamp =
        text.parse().map_err(|_| "+seconds, -seconds or a time such as 2021-01-01T12:00:00+08:00 is needed")?;
    Ok(ClockSetting::Frozen(time.as_second()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn rules_in_short_form() {
        let rule = fault("verify_scan:delay:ms=3000,times=2,person=990000190001010000").unwrap();
        assert_eq!((rule.ms, rule.times), (Some(3000), Some(2)));
        assert_eq!(rule.person.as_deref(), Some("990000190001010000"));
        assert!(fault("any:html").unwrap().interface.is_none());
        assert!(fault(r#"{"kind":"empty"}"#).is_ok());
        assert!(fault("verify_scan").is_err());
        assert!(fault("verify_scan:wrong_key").unwrap_err().contains("cannot happen"));
    }

    #[test]
    fn clocks() {
        assert_eq!(clock("+600"), Ok(ClockSetting::Offset(600)));
        assert_eq!(clock("-600"), Ok(ClockSetting::Offset(-600)));
        assert_eq!(clock("0"), Ok(ClockSetting::Real));
        assert_eq!(clock("2021-01-01T12:00:00+08:00"), Ok(ClockSetting::Frozen(1_609_473_600)));
        assert!(clock("noon").is_err());
    }
}
