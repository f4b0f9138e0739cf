//! `skm doctor`: reads a configuration, tries everything a call needs, in the order in which a call needs it, and says in
//! plain words what to fix.
//!
//! `files` (what is written) → `evidence` (the audit log) → `network` (name, TCP, TLS, clock) → `signed` (a call that a
//! platform must refuse).

mod evidence;
mod files;
mod finding;
mod network;
mod signed;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use skm::{Client, Config, Error, ErrorKind, Interface};

use self::finding::{Finding, Status};
use crate::output::{ErrorJson, Outcome};
use crate::problem::Problem;
use crate::style::{self, BAD, GOOD, HEAD};

const DETAILS: &str = "\
What it does with the platform: one empty GET to each configured address, and to
interfaces 3 and 4 one correctly signed call about a person who cannot exist.
The platform must refuse that call; how it refuses tells whether it accepted the
credentials, as far as the dialect says what its codes mean. Interface 1 gets
such a call only with --call: a platform makes a profile of a person it does not
know, and nobody can promise that it makes none of this one. --offline leaves
all of this out.
默认不调用接口 1:平台可能据此创建资料;确需测试时加 --call。

An audit log that is there gets a record of each such call. One that is not is not
made: that is for the first call of your service, as the user it runs as.

The exit code is that of the first finding that failed (see skm --help), 0 if
none did; warnings do not count.";

/// Arguments of `skm doctor`.
#[derive(Debug, Args)]
#[command(after_help = DETAILS)]
pub struct DoctorArgs {
    /// Configuration file.
    #[arg(long, value_name = "FILE", env = "SKM_CONFIG", default_value = "skm.toml", hide_env_values = true)]
    config: PathBuf,
    /// Look at files only, and change none.
    #[arg(long)]
    offline: bool,
    /// Call interface 1 too; a platform may make a profile of what it is sent.
    #[arg(long, conflicts_with = "offline")]
    call: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorJson<'a>>,
    findings: &'a [Finding],
}

pub(super) fn run(args: &DoctorArgs, show: bool) -> Result<Outcome, Problem> {
    let findings = examine(args);
    let failed = findings.iter().find_map(|finding| finding.problem.as_ref());
    let json = Json {
        ok: failed.is_none(),
        verdict: failed.map(|_| "unverified"),
        error: failed.map(ErrorJson::from),
        findings: &findings,
    };
    Ok(Outcome::new(&json, text(&findings, show)).exit(failed.map_or(0, |problem| problem.exit)))
}

fn examine(args: &DoctorArgs) -> Vec<Finding> {
    let (mut findings, config) = files::examine(&args.config);
    let Some(mut config) = config else { return findings };
    findings.extend(evidence::examine(&mut config, args.offline));
    let client = match Client::new(config) {
        Ok(client) => client,
        Err(error) => {
            findings.push(Finding::failed("client", error));
            return findings;
        }
    };
    if args.offline {
        return findings;
    }
    let (found, reached) = network::examine(&client);
    findings.extend(found);
    findings.extend(signed::examine(&client, &reached, args.call));
    // Records follow their calls; closing waits for them.
    client.close();
    if client.audit_failures() > 0 {
        findings.push(Finding::failed("audit", Error::new(ErrorKind::AuditFailed)));
    }
    findings
}

/// The interfaces that the configuration names.
fn configured(config: &Config) -> Vec<Interface> {
    Interface::ALL.into_iter().filter(|interface| config.url(*interface).is_ok()).collect()
}

fn text(findings: &[Finding], show: bool) -> String {
    let mut text = style::paint(HEAD, "skm doctor · 诊断\n");
    findings.iter().for_each(|finding| text.push_str(&finding.text(show)));
    let count = |status: Status| findings.iter().filter(|finding| finding.status == status).count();
    let (failed, warned) = (count(Status::Fail), count(Status::Warn));
    let end = match failed {
        0 => style::paint(GOOD, &format!("nothing to repair, {warned} to think about · 无需修复,{warned} 项提示")),
        _ => style::paint(
            BAD,
            &format!("{failed} to repair, {warned} to think about · {failed} 项需修复,{warned} 项提示"),
        ),
    };
    text.push_str(&format!("\n{end}\n"));
    text
}
