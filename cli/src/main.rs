//! `skm`: everything is in the library, so that other packages can carry the same command.

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic's text could hold what a person typed; where it happened is enough for a report.
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            // Not `eprintln!`: it panics once more where standard error is gone.
            let _ = writeln!(std::io::stderr(), "skm: internal error at {place}");
        }
    }));
    ExitCode::from(skm_cli::run(std::env::args_os()))
}
