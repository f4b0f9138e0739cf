//! What can be asked of the command. Keys and the appword are never arguments: they come from the configuration, a file,
//! the environment or a prompt.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use skm::Consent;

use crate::commands::audit::AuditCommand;
use crate::commands::batch::BatchArgs;
use crate::commands::config::ConfigCommand;
use crate::commands::demo::DemoArgs;
use crate::commands::display::DisplayArgs;
use crate::commands::doctor::DoctorArgs;
use crate::commands::id::IdArgs;
use crate::commands::sandbox::SandboxArgs;
use crate::commands::scan::ScanArgs;
use crate::commands::token::TokenArgs;
use crate::input::Lines;
use crate::problem::Problem;

const EXIT_CODES: &str = "\
Exit codes 退出码:
   0  green, or done                     绿码,或已完成
  10  yellow                             黄码
  11  red                                红码
  12  unverified: not green              未核验:非绿码
   2  usage; also help on a command that judges (scan, id, batch, doctor,
      audit verify, config check)        用法错误;对上述判定类命令请求帮助时亦同
   3  configuration (errors 1xx)         配置错误
   4  network or clock (3xx, 410)        网络或时钟
   5  refused by the platform (4xx, 5xx) 平台拒绝或应答有误
   6  input (2xx)                        输入有误
   7  the evidence log cannot be read    证据日志无法读取
   9  internal, evidence log, closed, output lost
                                         内部错误、输出丢失
 130  ended by Ctrl-C                    被 Ctrl-C 中断

A - instead of a value reads one line of standard input; several read successive
lines, in the order in which the options stand in the command's help. Without
--json, personal data and credentials are shown masked.

First steps 第一步:
  skm demo                               see all four interfaces work, on this machine alone
  skm sandbox --write-config skm.toml    a platform to develop against
  skm config init                        write a configuration for your unit
  skm doctor --config skm.toml           find out what is wrong with it";

/// The Jiangsu health code (苏康码) service interfaces of DB32/T 3761.46-2021.
#[derive(Debug, Parser)]
#[command(name = "skm", version, after_help = EXIT_CODES, arg_required_else_help = true, infer_long_args = false)]
pub struct Cli {
    /// Print exactly one JSON object on standard output, failures included.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print to the terminal what is otherwise held back: a token, a URL, the platform's own words.
    #[arg(long, global = true)]
    pub show: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command each; the first six in the order in which they are usually met.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Walk one consenting, invented person through all four interfaces on this machine 演示.
    Demo(DemoArgs),
    /// Run a strict platform on loopback to develop against 沙箱.
    Sandbox(SandboxArgs),
    /// Interface 1: send real-name data, get a user token 生成用户令牌.
    Token(TokenArgs),
    /// Interface 2: make the page's URL for a user token 亮码.
    Display(DisplayArgs),
    /// Interface 3: verify a scanned code 扫码核验.
    Scan(ScanArgs),
    /// Interface 4: verify a certificate number and name 证件号码核验.
    Id(IdArgs),
    /// Verify many rows of a CSV file; can be resumed 批量核验.
    Batch(BatchArgs),
    /// Read a configuration, try everything and say what to fix 诊断.
    Doctor(DoctorArgs),
    /// Check, export or erase the evidence log 审计日志.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Write or check a configuration 配置.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the table of errors 错误表.
    Errors,
    /// Print a completion script for a shell 命令补全.
    #[command(after_help = "Example:\n  skm completions bash > /etc/bash_completion.d/skm")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Whether the exit code of a command, given as its words, judges something: a person, many, a log, a configuration.
/// Nothing but such a judgement may be its 0.
pub fn gives_verdict(command: &[&str]) -> bool {
    matches!(command, ["scan" | "id" | "batch" | "doctor"] | ["audit", "verify"] | ["config", "check"])
}

/// How to reach the platform.
#[derive(Debug, Args)]
pub struct Connection {
    /// Configuration file.
    #[arg(long, value_name = "FILE", env = "SKM_CONFIG", default_value = "skm.toml", hide_env_values = true)]
    pub config: PathBuf,
    /// Deadline of one whole call in milliseconds, instead of the configuration's.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub deadline: Option<u64>,
}

/// The consent of the person (clause 6).
#[derive(Debug, Args)]
pub struct ConsentArgs {
    /// The notice the person agreed to, such as "notice A-12"; for the evidence log, if any; never sent.
    #[arg(long, value_name = "TEXT")]
    pub consent: String,
    /// How the person agreed.
    #[arg(long, value_enum, default_value_t = ConsentKind::Explicit, value_name = "KIND")]
    pub consent_kind: ConsentKind,
}

/// 明示同意 or 授权同意.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConsentKind {
    /// The person agreed here and now 明示同意.
    Explicit,
    /// The person authorised it beforehand 授权同意.
    Authorised,
}

impl ConsentKind {
    /// Consent of this kind under a notice.
    pub fn under(self, notice: String) -> Consent {
        match self {
            ConsentKind::Explicit => Consent::explicit(notice),
            ConsentKind::Authorised => Consent::authorised(notice),
        }
    }
}

impl ConsentArgs {
    /// The consent, its notice read from standard input if it is `-`.
    ///
    /// # Errors
    /// As [`Lines::value`]; `consent_missing` for an empty notice.
    pub fn read(self, lines: &mut Lines<impl std::io::BufRead>) -> Result<Consent, Problem> {
        let consent = self.consent_kind.under(lines.value("--consent", self.consent)?);
        consent.check(std::time::SystemTime::now())?;
        Ok(consent)
    }
}
