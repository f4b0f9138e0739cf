//! The panic fence. Every entry runs inside it: a panic becomes status 900, never an unwinding into C and never a line
//! on the program's stderr.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::{boundary, error};

thread_local! {
    static FENCES: Cell<u32> = const { Cell::new(0) };
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

/// Runs an entry that cannot fail; `otherwise` is its answer if it panics.
pub(crate) fn fence<T>(function: &'static str, otherwise: T, body: impl FnOnce() -> T) -> T {
    keep_quiet();
    let _entered = Entered::new();
    let body = || {
        perhaps_panic(function);
        body()
    };
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

/// Runs an entry that can fail: its failure goes to `error` (which may be NULL), its number is returned.
pub(crate) fn call(
    function: &'static str,
    error: *mut *mut skm_error,
    body: impl FnOnce() -> Result<(), Failure>,
) -> skm_status {
    let done = fence(function, None, || Some(body()));
    let panicked = || Err(Failure::from(skm::ErrorKind::Internal));
    let Err(failure) = done.unwrap_or_else(panicked) else { return error::SKM_OK };
    let number = failure.number();
    boundary::put(error, || Box::into_raw(Box::new(skm_error::new(&failure))));
    number
}

/// Silences the default panic hook inside fences and on the library's own threads; elsewhere the hook that was there
/// before goes on as it did.
fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !is_ours() {
                return before(panic);
            }
            // The place and nothing else: a panic's text may hold anything.
            let place = panic.location().map_or((0, ""), |place| (place.line(), place.file()));
            log::error!("internal error at {}:{}", place.1, place.0);
        }));
    });
}

fn is_ours() -> bool {
    let fenced = FENCES.try_with(Cell::get).unwrap_or(1) > 0;
    fenced || std::thread::current().name().is_some_and(|name| name.starts_with("skm-"))
}

#[cfg(feature = "testing")]
pub(crate) fn perhaps_panic(function: &str) {
    crate::testing::perhaps_panic(function);
}

#[cfg(not(feature = "testing"))]
pub(crate) fn perhaps_panic(_: &str) {}
