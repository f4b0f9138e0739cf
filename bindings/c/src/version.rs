//! Versions: header and library must be of the same kind.

use std::ffi::{c_char, c_int};

use skm::ErrorKind;
use skm::error::{KeyName, SafeText};

use crate::boundary;
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::text::{CText, Encoding};

/// First part of the version; the soname carries it.
pub const SKM_VERSION_MAJOR: c_int = 0;
/// Second part.
pub const SKM_VERSION_MINOR: c_int = 1;
/// Third part.
pub const SKM_VERSION_PATCH: c_int = 0;
/// Rises when a program compiled with an older header can no longer use the library.
pub const SKM_ABI_VERSION: c_int = 1;

/// The version of the library, such as `0.1.0`. A static text. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_version() -> *const c_char {
    static VERSION: std::sync::LazyLock<CText> = std::sync::LazyLock::new(|| CText::utf8(env!("CARGO_PKG_VERSION")));
    fence("skm_version", std::ptr::null(), || VERSION.pointer())
}

/// The SKM_ABI_VERSION that the library was built with. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_abi_version() -> c_int {
    fence("skm_abi_version", 0, || SKM_ABI_VERSION)
}

/// Says whether a program and the library fit. Call it once, as
/// `skm_check_version(SKM_ABI_VERSION, SKM_VERSION, &error)`: the macros are the program's, from its own compilation.
///
/// Errors: SKM_ERROR_VERSION_MISMATCH with both versions in its text, SKM_ERROR_NULL_ARGUMENT,
/// SKM_ERROR_INPUT_ENCODING.
#[unsafe(no_mangle)]
pub extern "C" fn skm_check_version(
    abi_version: c_int,
    version: *const c_char,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_check_version", error, || {
        let version = boundary::required(version, "version", Encoding::Utf8)?;
        if abi_version == SKM_ABI_VERSION {
            return Ok(());
        }
        let both = SafeText::new(
            "header {} (ABI {}), library {} (ABI {})",
            "头文件 {}(ABI {}),动态库 {}(ABI {})",
            &[&KeyName::of(&version), &abi_version, &env!("CARGO_PKG_VERSION"), &SKM_ABI_VERSION],
        );
        Err(Failure::saying(ErrorKind::VersionMismatch, both))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_macros_are_those_of_the_package() {
        let package = env!("CARGO_PKG_VERSION");
        assert_eq!(package, format!("{SKM_VERSION_MAJOR}.{SKM_VERSION_MINOR}.{SKM_VERSION_PATCH}"));
        // The generator writes no texts: this macro is copied from cbindgen.toml.
        let header = include_str!("../../../include/skm.h");
        assert!(header.contains(&format!("#define SKM_VERSION \"{package}\"")));
    }
}
