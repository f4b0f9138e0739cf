//! The loop that times calls, and the arguments and report that all clients of the benchmark share.
//!
//! Arguments: `--interface scan|id --url BASE --calls N --warmup N --threads N [--ca FILE]`. `warmup` and `calls` are
//! totals over all threads. The processor time in the report is what the whole process used, user and system, from the
//! end of the warm-up to the last call: start-up, connecting, TLS handshakes and a virtual machine's first compilations
//! are not in it.

use std::sync::{Barrier, OnceLock};
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

use crate::fail;

/// Which question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Interface 3.
    Scan,
    /// Interface 4.
    Id,
}

/// The arguments of one run.
#[derive(Debug, Clone)]
pub struct Args {
    /// Which question.
    pub question: Question,
    /// Scheme, host and port.
    pub url: String,
    /// Calls that are timed.
    pub calls: usize,
    /// Calls before that.
    pub warmup: usize,
    /// Threads that call at once.
    pub threads: usize,
    /// Authority of the server's certificate, PEM.
    pub ca: Option<String>,
}

impl Args {
    /// Reads the program's arguments; ends it with a line on those that cannot be read.
    pub fn read() -> Args {
        let mut args = Args { question: Question::Scan, url: String::new(), calls: 1, warmup: 1, threads: 1, ca: None };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            let value = words.next().unwrap_or_else(|| fail(format!("{name} needs a value")));
            match name.as_str() {
                "--interface" => args.question = if value == "id" { Question::Id } else { Question::Scan },
                "--url" => args.url = value,
                "--calls" => args.calls = number(&name, &value),
                "--warmup" => args.warmup = number(&name, &value),
                "--threads" => args.threads = number(&name, &value),
                "--ca" => args.ca = Some(value),
                _ => fail(format!("unknown argument {name}")),
            }
        }
        args
    }
}

fn number(name: &str, value: &str) -> usize {
    value.parse().unwrap_or_else(|_| fail(format!("{name} needs a number, not {value}")))
}

/// Calls as the arguments say, each thread with a caller of its own, and prints the report. A caller must end the
/// program on any answer that is not green.
pub fn run<C: FnMut()>(args: &Args, caller: impl Fn() -> C + Sync) {
    let barrier = Barrier::new(args.threads);
    let cpu_before = OnceLock::new();
    let mut first = Duration::ZERO;
    let mut times: Vec<Duration> = Vec::with_capacity(args.calls);
    let mut wall = Duration::ZERO;
    std::thread::scope(|scope| {
        let (caller, barrier, cpu_before) = (&caller, &barrier, &cpu_before);
        let warm = move || {
            barrier.wait();
            cpu_before.get_or_init(ProcessTime::now);
        };
        let work = move || one_thread(args, caller(), warm);
        let threads: Vec<_> = (0..args.threads).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let (its_first, its_wall, its_times) = thread.join().unwrap_or_else(|_| fail("a thread panicked"));
            first = first.max(its_first);
            wall = wall.max(its_wall);
            times.extend(its_times);
        }
    });
    let cpu = cpu_before.get_or_init(ProcessTime::now).elapsed();
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).map_or(0.0, micros);
    println!(
        r#"{{"calls":{},"cpu_s":{:.6},"wall_s":{:.6},"first_us":{:.1},"p50_us":{:.1},"p99_us":{:.1}}}"#,
        times.len(),
        cpu.as_secs_f64(),
        wall.as_secs_f64(),
        micros(&first),
        at(0.50),
        at(0.99),
    );
}

fn one_thread(args: &Args, mut call: impl FnMut(), warm: impl FnOnce()) -> (Duration, Duration, Vec<Duration>) {
    let first = timed(&mut call);
    for _ in 1..args.warmup / args.threads {
        call();
    }
    warm();
    let started = Instant::now();
    let times = (0..args.calls / args.threads).map(|_| timed(&mut call)).collect();
    (first, started.elapsed(), times)
}

fn timed(call: &mut impl FnMut()) -> Duration {
    let started = Instant::now();
    call();
    started.elapsed()
}

fn micros(time: &Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
