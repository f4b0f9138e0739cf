//! Panics on purpose, for the tests of the fence. Only with the feature `testing`; never shipped, never in the header.

use std::ffi::c_char;
use std::sync::{Mutex, PoisonError};

use crate::boundary;
use crate::text::Encoding;

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
    let place = boundary::optional(place, "place", Encoding::Utf8).ok().flatten();
    let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *armed, place.map(|place| place.into_owned())).is_some()
}
