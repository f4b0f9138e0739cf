//! Rust values that Java owns by a number. `io.skm.Handle` sees to it that a number is used only while it is valid and
//! freed once; the count here lets tests prove it.

use std::sync::atomic::{AtomicI64, Ordering};

use jni::sys::jlong;
use skm::ErrorKind;

use crate::fence::Result;

static LIVE: AtomicI64 = AtomicI64::new(0);

/// Gives a value to Java.
pub(crate) fn give<T: Send + Sync + 'static>(value: T) -> jlong {
    LIVE.fetch_add(1, Ordering::Relaxed);
    Box::into_raw(Box::new(value)) as jlong
}

/// Looks at a value that Java owns.
///
/// # Errors
/// `internal` for 0, which no value has: what an entry answers beside an exception.
///
/// # Safety
/// `handle` came from [`give`] with this type and has not been freed, or is 0; `io.skm.Handle` holds it open for the
/// call.
pub(crate) unsafe fn get<'a, T>(handle: jlong) -> Result<&'a T> {
    // SAFETY: as the caller promises.
    unsafe { (handle as *const T).as_ref() }.ok_or_else(|| ErrorKind::Internal.into())
}

/// Takes a value back and drops it.
///
/// # Safety
/// As [`get`], and nobody uses `handle` any more.
pub(crate) unsafe fn free<T>(handle: jlong) {
    if handle == 0 {
        return;
    }
    // SAFETY: as the caller promises.
    drop(unsafe { Box::from_raw(handle as *mut T) });
    LIVE.fetch_sub(1, Ordering::Relaxed);
}

/// How many values Java owns now.
pub(crate) fn live() -> i64 {
    LIVE.load(Ordering::Relaxed)
}
