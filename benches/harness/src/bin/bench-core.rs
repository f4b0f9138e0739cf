//! The core as a Rust program uses it: one client for all threads.

use std::path::Path;

use skm::{Client, Config};
use skm_bench::driver::{Args, Question, run};
use skm_bench::{fail, fixed};

fn main() {
    let args = Args::read();
    let text = fixed::config_text(&args.url, args.ca.as_deref(), args.threads.max(16));
    let config = Config::parse(&text, Path::new("")).unwrap_or_else(|error| fail(error));
    let client = Client::new(config).unwrap_or_else(|error| fail(error));
    match args.question {
        Question::Scan => run(&args, || {
            let client = client.clone();
            move || green(client.verify_scan(&fixed::scan_request()).map(|result| result.is_green()))
        }),
        Question::Id => run(&args, || {
            let client = client.clone();
            move || green(client.verify_id(&fixed::id_request()).map(|result| result.is_green()))
        }),
    }
}

fn green(answer: skm::Result<bool>) {
    match answer {
        Ok(true) => {}
        Ok(false) => fail("not green"),
        Err(error) => fail(error),
    }
}
