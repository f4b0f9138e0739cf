//! Whether waiting for a connection is fair: `--threads` call a platform that takes its time over few connections, and
//! ask again at once. Prints how long calls took, beside what a fair queue needs: as many rounds of the platform as it
//! takes to serve every thread once.

use std::path::Path;
use std::time::{Duration, Instant};

use skm::{Client, Config};
use skm_bench::driver::Args;
use skm_bench::fail;
use skm_bench::fixed::{SLOW, config_text, scan_request};

const CONNECTIONS: usize = 16;
/// What a caller would have set.
const DEADLINE: Duration = Duration::from_secs(5);

fn main() {
    let args = Args::read();
    let text = config_text(&args.url, args.ca.as_deref(), CONNECTIONS);
    let config = Config::parse(&text, Path::new("")).unwrap_or_else(|error| fail(error));
    let client = Client::new(config).unwrap_or_else(|error| fail(error)).with_deadline(DEADLINE);
    let gate = || -> Vec<Option<Duration>> {
        let request = scan_request();
        let call = |_| {
            let started = Instant::now();
            match client.verify_scan(&request) {
                Ok(result) if result.is_green() => Some(started.elapsed()),
                Ok(_) => fail("not green"),
                Err(_) => None,
            }
        };
        (0..args.calls / args.threads).map(call).collect()
    };
    let ended: Vec<Option<Duration>> = std::thread::scope(|scope| {
        let gates: Vec<_> = (0..args.threads).map(|_| scope.spawn(gate)).collect();
        gates.into_iter().flat_map(|gate| gate.join().unwrap_or_else(|_| fail("a thread panicked"))).collect()
    });
    let mut times: Vec<Duration> = ended.iter().flatten().copied().collect();
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).or(times.last()).map_or(0.0, millis);
    let ideal = SLOW * u32::try_from(args.threads.div_ceil(CONNECTIONS)).unwrap_or(u32::MAX);
    println!(
        r#"{{"calls":{},"failed":{},"p50_ms":{:.1},"p99_ms":{:.1},"longest_ms":{:.1},"ideal_ms":{:.1}}}"#,
        times.len(),
        ended.len() - times.len(),
        at(0.50),
        at(0.99),
        at(1.0),
        millis(&ideal),
    );
}

fn millis(time: &Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
