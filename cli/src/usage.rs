//! Wrong arguments, told without repeating a value: it may be a name or a number.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::args::{Cli, gives_verdict};
use crate::exit;
use crate::output::{self, Outcome};
use crate::problem::Problem;

/// Prints help, version or what is wrong, and gives the exit code.
pub fn report(error: &clap::Error, arguments: &[OsString]) -> u8 {
    let json = arguments.iter().any(|argument| argument == "--json");
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let help = Outcome::plain(error.render().ansi().to_string());
        // `skm scan $ARGS && open_gate`: with -h among them nothing was verified.
        let exit = if is_about_verdict(arguments) { exit::USAGE } else { exit::DONE };
        return output::report(Ok(help.exit(exit)), false, false);
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !json {
        output::complain(&error.render().ansi().to_string());
        return exit::USAGE;
    }
    let (what, what_zh) = describe(error);
    let remedy = "see skm --help, or skm <command> --help";
    let remedy_zh = "请参阅 skm --help 或 skm <命令> --help";
    output::report(Err(Problem::usage(format!("{what}: {remedy}"), format!("{what_zh}:{remedy_zh}"))), json, false)
}

/// Whether the command that is named, anywhere before its own arguments, is one whose exit code is a verdict: `scan -h`,
/// `help scan`, `--version scan`.
fn is_about_verdict(arguments: &[OsString]) -> bool {
    let mut here = Cli::command();
    let mut path = Vec::new();
    for word in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        if word.starts_with('-') || word == "help" {
            continue;
        }
        let Some(next) = here.find_subcommand(word).cloned() else { break };
        path.push(next.get_name().to_owned());
        here = next;
    }
    gives_verdict(&path.iter().map(String::as_str).collect::<Vec<_>>())
}

fn describe(error: &clap::Error) -> (String, String) {
    let option = option_at_fault(error);
    let (what, what_zh) = match error.kind() {
        ErrorKind::MissingRequiredArgument => ("missing", "缺少"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::NoEquals => ("wrong value of", "取值有误"),
        ErrorKind::TooFewValues | ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => {
            ("wrong number of values of", "取值个数有误")
        }
        ErrorKind::UnknownArgument => ("unknown argument", "未知参数"),
        ErrorKind::ArgumentConflict => ("given twice, or not to be combined", "重复或冲突的参数"),
        ErrorKind::InvalidSubcommand => ("unknown command", "未知命令"),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("a command is needed", "需要一个命令")
        }
        ErrorKind::InvalidUtf8 => ("an argument is not UTF-8", "参数不是 UTF-8"),
        _ => ("wrong arguments", "参数有误"),
    };
    let allowed = texts(error, ContextKind::ValidValue).join(", ");
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let near = near.iter().flat_map(|kind| texts(error, *kind)).collect::<Vec<_>>().join(", ");
    let mut both = (format!("{what} {option}").trim().to_owned(), format!("{what_zh} {option}").trim().to_owned());
    if !allowed.is_empty() {
        both.0.push_str(&format!(" (one of {allowed})"));
        both.1.push_str(&format!("(可选:{allowed})"));
    } else if !near.is_empty() {
        both.0.push_str(&format!(" (did you mean {near}?)"));
        both.1.push_str(&format!("(是否为 {near}?)"));
    }
    both
}

/// The options that the error is about, by their names. What was typed is shown only if it looks like an option.
fn option_at_fault(error: &clap::Error) -> String {
    let typed = error.kind() == ErrorKind::UnknownArgument;
    let shown = |text: String| match text.split_once(['=', ' ']) {
        Some((name, _)) if typed => name.to_owned(),
        _ => text,
    };
    let named: Vec<String> = texts(error, ContextKind::InvalidArg).into_iter().map(shown).collect();
    let is_option = |text: &String| {
        !typed || (text.starts_with("--") && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
    };
    named.into_iter().filter(is_option).collect::<Vec<_>>().join(", ")
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_found_wherever_help_is_asked() {
        let about = |line: &str| is_about_verdict(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in [
            "skm scan -h",
            "skm scan --help",
            "skm help scan",
            "skm --help scan",
            "skm -h scan",
            "skm --version scan",
            "skm --json -V id",
            "skm --show id --number 1 -h",
            "skm audit verify -h",
            "skm audit help verify",
            "skm help audit verify",
            "skm batch --help",
            "skm doctor --help",
            "skm config check --help",
        ] {
            assert!(about(line), "{line}");
        }
        for line in [
            "skm --help",
            "skm --version",
            "skm help",
            "skm token --help",
            "skm token --name scan --help",
            "skm help sandbox",
            "skm audit --help",
            "skm audit head --help",
            "skm config init --help",
        ] {
            assert!(!about(line), "{line}");
        }
    }
}
