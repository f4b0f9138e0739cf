//! The panic fence. A panic becomes `internal`, an ordinary exception that `except Exception` sees; what it was panicked
//! with, which may be personal, reaches neither the exception nor stderr.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use pyo3::prelude::*;
use skm::error::{CodePlace, SafeText};
use skm::{Error, ErrorKind};

use crate::error::raise;

thread_local! {
    static FENCES: Cell<u32> = const { Cell::new(0) };
    static PANICKED_AT: RefCell<Option<CodePlace>> = const { RefCell::new(None) };
}

/// Counts the fences that the thread is in, also when a panic leaves one.
struct Entered;

impl Entered {
    fn new() -> Entered {
        FENCES.with(|fences| fences.set(fences.get() + 1));
        Entered
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        FENCES.with(|fences| fences.set(fences.get() - 1));
    }
}

/// Runs what the core does; a panic becomes `internal`, with its place.
pub fn fence<T>(run: impl FnOnce() -> skm::Result<T>) -> skm::Result<T> {
    let _entered = Entered::new();
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| {
        // Dropping it may panic again.
        std::mem::forget(payload);
        Err(panicked())
    })
}

/// Like [`fence`], for what cannot fail; never for what executes Python code.
pub fn fenced<T>(py: Python<'_>, run: impl FnOnce() -> T) -> PyResult<T> {
    fence(|| Ok(run())).map_err(|error| raise(py, &error))
}

fn panicked() -> Error {
    let Some(place) = PANICKED_AT.take() else { return ErrorKind::Internal.into() };
    Error::with(ErrorKind::Internal, SafeText::new("at {}", "位于 {}", &[&place]))
}

/// Silences the panic hook inside fences and on the library's own threads; elsewhere the hook that was there before goes
/// on as it did.
pub fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !is_ours() {
                return before(panic);
            }
            // The place and nothing else: a panic's text may hold anything.
            let place = panic.location().map(CodePlace::of);
            // A thread that is going has no place to keep it, and nobody to read it.
            let _ = PANICKED_AT.try_with(|at| at.replace(place));
        }));
    });
}

fn is_ours() -> bool {
    let fenced = FENCES.try_with(Cell::get).unwrap_or(1) > 0;
    fenced || std::thread::current().name().is_some_and(|name| name.starts_with("skm-"))
}

/// Panics inside a call with this text, as a mistake of ours would.
#[cfg(feature = "testing")]
#[pyfunction]
pub fn panic_on_purpose(py: Python<'_>, text: String) -> PyResult<()> {
    crate::leaving::without_gil(py, || fence(|| panic!("{text}"))).map_err(|error| raise(py, &error))
}
