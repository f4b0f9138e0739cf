//! The end of the interpreter.
//!
//! Up to CPython 3.13 a daemon thread that wants the GIL back while the interpreter is being taken down is ended by
//! force, which unwinds its stack; a Rust frame on that stack turns this into a crash. So no thread may be on its way
//! from Rust into the interpreter by then: [`leave`], run by `atexit`, waits for those that are, and later ones stay
//! here for ever, until the process is gone.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// How long the end waits for threads that are on their way; they need microseconds.
const LIMIT: Duration = Duration::from_secs(2);

static LEAVING: AtomicBool = AtomicBool::new(false);
/// Threads that have Rust frames below them and hold the GIL, or are about to take it.
static ENTERING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this is the thread that ends the interpreter.
    static LEAVER: Cell<bool> = const { Cell::new(false) };
}

/// A thread on its way, for as long as this lives.
struct Entering;

impl Entering {
    /// Counts this thread, or keeps it here if it is too late. Call it without the GIL.
    fn announce() -> Entering {
        ENTERING.fetch_add(1, Ordering::SeqCst);
        let entering = Entering;
        if LEAVING.load(Ordering::SeqCst) && !LEAVER.get() {
            drop(entering);
            loop {
                std::thread::park();
            }
        }
        entering
    }
}

impl Drop for Entering {
    fn drop(&mut self) {
        ENTERING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs `work` without the GIL. It must not panic: see [`crate::fence::fence`].
pub fn without_gil<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    let (done, entering) = py.detach(|| {
        let done = work();
        (done, Entering::announce())
    });
    drop(entering);
    done
}

/// Runs `work`, which executes Python code and so may lose the GIL on the way.
pub fn into_python<T>(py: Python<'_>, work: impl FnOnce() -> T) -> T {
    let entering = py.detach(Entering::announce);
    let done = work();
    drop(entering);
    done
}

/// For `atexit`: from now on no other thread comes back from here.
#[pyfunction]
pub fn leave(py: Python<'_>) {
    LEAVER.set(true);
    LEAVING.store(true, Ordering::SeqCst);
    py.detach(|| {
        let until = Instant::now() + LIMIT;
        while ENTERING.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_micros(200));
        }
    });
}

/// The number of this process among its forks, unlike a process number never the same as its parent's.
#[pyfunction]
pub fn generation() -> u64 {
    skm_fork::generation()
}

/// For `os.register_at_fork`: the parent's other threads are not in the child.
#[pyfunction]
pub fn forget_threads() {
    ENTERING.store(0, Ordering::SeqCst);
}
