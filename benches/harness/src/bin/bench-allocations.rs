//! Counts what the core allocates on one call over a pooled connection: `bench-allocations --interface scan --url …`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use skm::{Client, Config};
use skm_bench::driver::{Args, Question};
use skm_bench::{fail, fixed};

struct Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

fn note(bytes: usize) {
    COUNT.fetch_add(1, Ordering::Relaxed);
    BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
}

// SAFETY: every method forwards to the system's allocator with the caller's own arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller upholds the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` or `realloc` above, that is from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: as for `dealloc`, and the caller upholds the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let args = Args::read();
    let text = fixed::config_text(&args.url, args.ca.as_deref(), 16);
    let config = Config::parse(&text, Path::new("")).unwrap_or_else(|error| fail(error));
    let client = Client::new(config).unwrap_or_else(|error| fail(error));
    let (scan, id) = (fixed::scan_request(), fixed::id_request());
    let call = || {
        let green = match args.question {
            Question::Scan => client.verify_scan(&scan).map(|result| result.is_green()),
            Question::Id => client.verify_id(&id).map(|result| result.is_green()),
        };
        match green {
            Ok(true) => {}
            Ok(false) => fail("not green"),
            Err(error) => fail(error),
        }
    };
    (0..args.warmup).for_each(|_| call());
    let (count, bytes) = (COUNT.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed));
    (0..args.calls).for_each(|_| call());
    let calls = args.calls.max(1) as f64;
    println!(
        r#"{{"calls":{},"allocations":{:.1},"bytes":{:.0}}}"#,
        args.calls,
        (COUNT.load(Ordering::Relaxed) - count) as f64 / calls,
        (BYTES.load(Ordering::Relaxed) - bytes) as f64 / calls
    );
}
