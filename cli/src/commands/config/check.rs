//! `skm config check`: what a configuration says, without any call.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use skm::{Config, Interface};

use crate::output::Outcome;
use crate::problem::Problem;
use crate::style::{self, DIM, GOOD};

/// Arguments of `skm config check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Configuration file.
    #[arg(long, value_name = "FILE", env = "SKM_CONFIG", default_value = "skm.toml", hide_env_values = true)]
    config: PathBuf,
}

#[derive(Serialize)]
struct Json {
    ok: bool,
    dialect: String,
    interfaces: Vec<InterfaceJson>,
    deadline_ms: u128,
    audit: bool,
}

#[derive(Serialize)]
struct InterfaceJson {
    interface: &'static str,
    /// Scheme and host; path and query may hold credentials.
    platform: Option<String>,
}

pub(super) fn run(args: &CheckArgs) -> Result<Outcome, Problem> {
    let config = Config::load(&args.config)?;
    let interface = |interface: Interface| InterfaceJson {
        interface: interface.name(),
        platform: config.url(interface).ok().map(ToString::to_string),
    };
    let json = Json {
        ok: true,
        dialect: config.dialect.edition.clone(),
        interfaces: Interface::ALL.map(interface).into(),
        deadline_ms: config.http.deadline.as_millis(),
        audit: config.audit.is_some(),
    };
    let none = || style::paint(DIM, "not configured 未配置");
    let mut rows: Vec<(String, String)> = vec![("dialect 方言".to_owned(), json.dialect.clone())];
    let row = |row: &InterfaceJson| (row.interface.to_owned(), row.platform.clone().unwrap_or_else(none));
    rows.extend(json.interfaces.iter().map(row));
    rows.push(("deadline 期限".to_owned(), format!("{} ms", json.deadline_ms)));
    rows.push(("audit log 审计".to_owned(), if json.audit { "on 已启用".to_owned() } else { none() }));
    let head = format!("{} the configuration is well-formed · 配置格式正确\n", style::paint(GOOD, "✔"));
    let next = style::paint(DIM, "  next 下一步: skm doctor tries it · 用 skm doctor 实际测试\n");
    Ok(Outcome::new(&json, format!("{head}{}{next}", style::table(&rows))))
}
