//! The native half of `io.skm:skm`: what `io.skm.Native` declares, and nothing that Java could do itself.
//!
//! - `fence`: every entry catches panics and turns failures into `SkmException`;
//! - `text`: strings cross as UTF-16, never as modified UTF-8;
//! - `handle`: Rust values owned by Java, counted;
//! - `client`, `platform`, `tools`, `sandbox`: the entries, one file for each Java class that uses them.
//!
//! Everything crosses as arrays of strings whose order both sides name in one place. No class is kept by a strong
//! reference, so that a web application can be unloaded.

mod client;
mod fence;
mod handle;
mod platform;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "testing")]
mod testing;
mod text;
mod tools;

use std::ffi::c_void;

use jni::JavaVM;
use jni::sys::{JNI_VERSION_1_8, jint};

/// Called by the JVM at each load of the library; after a redeployment more than once.
///
/// # Safety
/// `vm` is the JVM's own pointer.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn JNI_OnLoad(vm: *mut jni::sys::JavaVM, _reserved: *mut c_void) -> jint {
    let prepared = std::panic::catch_unwind(|| {
        fence::silence_panics();
        // SAFETY: the JVM passes its own, valid pointer.
        let vm = unsafe { JavaVM::from_raw(vm) };
        // A wrapper of another version may lack what is looked up here. It must still get as far as comparing versions.
        let _ = vm.with_local_frame(8, |env| text::resolve_ids(env).and_then(|()| fence::resolve_ids(env)));
    });
    if prepared.is_ok() { JNI_VERSION_1_8 } else { jni::sys::JNI_ERR }
}
