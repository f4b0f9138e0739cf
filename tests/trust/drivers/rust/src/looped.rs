//! The same calls over and over from several threads: every one counted, latencies in a table of fixed size.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use skm::Client;

use crate::{Asked, Seen, ask};

/// One count for each 10 µs; the last takes all that is slower.
const BUCKETS: usize = 65_536;

struct Tally {
    next: AtomicU64,
    buckets: Vec<AtomicU32>,
    worst: AtomicU64,
    outcomes: Mutex<BTreeMap<String, u64>>,
}

impl Tally {
    fn add(&self, seen: Seen, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = usize::try_from(micros / 10).unwrap_or(BUCKETS).min(BUCKETS - 1);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.worst.fetch_max(micros, Ordering::Relaxed);
        let mut outcomes = self.outcomes.lock().expect("no thread of the loop panics");
        *outcomes.entry(seen.outcome).or_default() += 1;
    }

    fn percentile(&self, part: f64) -> usize {
        let counts: Vec<u32> = self.buckets.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let total: f64 = counts.iter().map(|count| f64::from(*count)).sum();
        let mut seen = 0.0;
        counts
            .iter()
            .position(|count| {
                seen += f64::from(*count);
                seen >= total * part
            })
            .map_or(0, |bucket| bucket * 10)
    }
}

/// `threads calls seconds interfaces` and the person; ends after that many calls (0: any number) or seconds.
pub fn run(client: &Client, fields: &[&str]) -> String {
    let [threads, calls, seconds, interfaces, rest @ ..] = fields else { return "usage".to_owned() };
    let number = |text: &str| text.parse::<u64>().unwrap_or(0);
    let (threads, calls) = (number(threads), number(calls));
    let until = Instant::now() + Duration::from_secs(number(seconds));
    let interfaces: Vec<&str> = interfaces.split(',').collect();
    let asked = Asked::from(rest);
    let tally = Tally {
        next: AtomicU64::new(0),
        buckets: (0..BUCKETS).map(|_| AtomicU32::new(0)).collect(),
        worst: AtomicU64::new(0),
        outcomes: Mutex::default(),
    };
    let work = || {
        while Instant::now() < until {
            let turn = tally.next.fetch_add(1, Ordering::Relaxed);
            if calls != 0 && turn >= calls {
                return;
            }
            let interface = interfaces[usize::try_from(turn).unwrap_or(0) % interfaces.len()];
            let started = Instant::now();
            let seen = Seen::new(ask(client, interface, &asked));
            tally.add(seen, started.elapsed());
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let outcomes = tally.outcomes.lock().expect("no thread of the loop panics");
    let counts: Vec<String> = outcomes.iter().map(|(outcome, count)| format!("{outcome}={count}")).collect();
    let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|part| tally.percentile(part));
    format!("{}\t{p50}\t{p99}\t{p999}\t{}", counts.join(","), tally.worst.load(Ordering::Relaxed))
}
