//! A gate: one scanned code on each line of standard input, `open` or `closed` on standard output.
//! `skm sandbox --write-config skm.toml` gives it a platform to ask.
//!
//! ```sh
//! cargo run --package skm-example-gate -- skm.toml < codes.txt
//! ```

use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;

use skm::{Client, Consent, ScanRequest};

/// People wait in front of the gate: an answer that takes longer than this is of no use.
const DEADLINE: Duration = Duration::from_secs(3);

/// What the gate's screen says. Only green opens; an error, whatever its reason, does not.
fn decide(client: &Client, scanned: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(scanned) else {
        return "关 closed: this is not text 读到的不是文本".to_owned();
    };
    match client.verify_scan(&ScanRequest::new(text, Consent::explicit("notice A-12"))) {
        Ok(result) if result.is_green() => "开 open".to_owned(),
        Ok(result) => format!("关 closed: {}", result.verdict()),
        // Safe to show and to log: it holds nothing personal and no secret.
        Err(error) => format!("关 closed: {}", error.message_zh()),
    }
}

fn run(config: &str) -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::open(config)?.with_deadline(DEADLINE);
    let mut screen = std::io::stdout();
    // Bytes, not lines: what is not UTF-8 is one code that is refused, not the end of the gate.
    for scanned in std::io::stdin().lock().split(b'\n') {
        writeln!(screen, "{}", decide(&client, &scanned?))?;
        screen.flush()?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let Some(config) = std::env::args().nth(1) else {
        eprintln!("usage: gate skm.toml < codes.txt");
        return ExitCode::from(2);
    };
    match run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}
