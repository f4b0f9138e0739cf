//! Many calls submitted at once: each is told of exactly once, and how late after its deadline.

use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use skm::Client;

use crate::{Asked, Seen, ask};

/// `calls`, their deadline in milliseconds, interface, and the person; ends when all were told.
pub fn run(client: &Client, fields: &[&str]) -> String {
    let [calls, deadline_ms, interface, rest @ ..] = fields else { return "usage".to_owned() };
    let calls: usize = calls.parse().unwrap_or(0);
    let deadline = Duration::from_millis(deadline_ms.parse().unwrap_or(0));
    let client = client.with_deadline(deadline);
    let (interface, asked) = ((*interface).to_owned(), Asked::from(rest));
    let (tell, told) = channel();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut taken = 0;
    for number in 0..calls {
        let (interface, asked, tell) = (interface.clone(), asked.clone(), tell.clone());
        let due = Instant::now() + deadline;
        let done = move |result| {
            let late = Instant::now().saturating_duration_since(due);
            drop(tell.send((number, late, result)));
        };
        match client.submit(move |client| ask(client, &interface, &asked), done) {
            Ok(_) => taken += 1,
            Err(error) => *outcomes.entry(Seen::new(Err(error)).outcome).or_default() += 1,
        }
    }
    drop(tell);
    let mut times = vec![0; calls];
    let mut latest = Duration::ZERO;
    // Ends when every callback was dropped: also one that was never called.
    for (number, late, result) in told {
        times[number] += 1;
        latest = latest.max(late);
        *outcomes.entry(Seen::new(result).outcome).or_default() += 1;
    }
    if times.iter().sum::<usize>() != taken || times.iter().any(|times| *times > 1) {
        outcomes.insert("told_wrong".to_owned(), 1);
    }
    let counts: Vec<String> = outcomes.iter().map(|(outcome, count)| format!("{outcome}={count}")).collect();
    format!("{}\t{}", counts.join(","), latest.as_micros())
}
