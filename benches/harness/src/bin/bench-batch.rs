//! `verify_many` over `--calls` generated rows of both kinds, `--threads` at once: rows a second. Its memory is what
//! the harness looks at: it must not grow with the rows.

use std::path::Path;
use std::time::Instant;

use skm::{BatchOptions, Check, Client, Config};
use skm_bench::driver::Args;
use skm_bench::{fail, fixed};

fn main() {
    let args = Args::read();
    let text = fixed::config_text(&args.url, args.ca.as_deref(), args.threads);
    let config = Config::parse(&text, Path::new("")).unwrap_or_else(|error| fail(error));
    let client = Client::new(config).unwrap_or_else(|error| fail(error));
    let rows = (0..args.calls).map(|row| match row % 2 {
        0 => Check::Scan(fixed::scan_request()),
        _ => Check::Id(fixed::id_request()),
    });
    let started = Instant::now();
    let mut green = 0;
    for result in client.verify_many(rows, BatchOptions::new().with_workers(args.threads)) {
        match result {
            Ok(checked) if checked.verdict().is_green() => green += 1,
            Ok(_) => fail("not green"),
            Err(error) => fail(error),
        }
    }
    let wall = started.elapsed().as_secs_f64();
    println!(r#"{{"calls":{green},"wall_s":{wall:.6},"rows_per_s":{:.0}}}"#, f64::from(green) / wall);
}
