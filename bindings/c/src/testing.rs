//! Panics on purpose, for the tests of the fence. Only with the feature `testing`; never shipped, never in the header.

use std::ffi::{CStr, c_char};
use std::sync::{Mutex, PoisonError};

static ARMED: Mutex<Option<String>> = Mutex::new(None);

/// Panics if this place was armed. The text would be a leak if it were ever shown.
pub(crate) fn perhaps_panic(place: &str) {
    let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
    if armed.as_deref() == Some(place) {
        *armed = None;
        drop(armed);
        panic!("on purpose: 320000198506304142");
    }
}

/// Makes the next pass through `place` (a function's name) panic; NULL disarms. Returns whether one was still armed.
#[unsafe(no_mangle)]
pub extern "C" fn skm_testing_panic_at(place: *const c_char) -> bool {
    let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
    let before = armed.is_some();
    *armed = (!place.is_null()).then(|| {
        // SAFETY: not NULL; the tests pass a literal.
        unsafe { CStr::from_ptr(place) }.to_string_lossy().into_owned()
    });
    before
}
