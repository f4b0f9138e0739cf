//! Verdict and level as numbers: zero is never green.

use std::ffi::c_char;

use skm::{Level, Verdict};

use crate::fence::fence;

/// What to do at the gate: one of SKM_VERDICT_…. Test it with skm_verdict_is_green() only.
pub type skm_verdict = i32;
/// Nothing is known: not green. Zero, so that a forgotten initialisation lets nobody in.
pub const SKM_VERDICT_UNVERIFIED: skm_verdict = 0;
/// A well-formed success whose level is exactly green.
pub const SKM_VERDICT_GREEN: skm_verdict = 1;
/// Yellow.
pub const SKM_VERDICT_YELLOW: skm_verdict = 2;
/// Red.
pub const SKM_VERDICT_RED: skm_verdict = 3;

/// What the platform said about a person: one of SKM_LEVEL_….
pub type skm_level = i32;
/// Nothing, or nothing that the dialect knows.
pub const SKM_LEVEL_UNKNOWN: skm_level = 0;
/// Green (绿码).
pub const SKM_LEVEL_GREEN: skm_level = 1;
/// Yellow (黄码).
pub const SKM_LEVEL_YELLOW: skm_level = 2;
/// Red (红码).
pub const SKM_LEVEL_RED: skm_level = 3;

pub(crate) fn verdict_number(verdict: Verdict) -> skm_verdict {
    match verdict {
        Verdict::Green => SKM_VERDICT_GREEN,
        Verdict::Yellow => SKM_VERDICT_YELLOW,
        Verdict::Red => SKM_VERDICT_RED,
        _ => SKM_VERDICT_UNVERIFIED,
    }
}

pub(crate) fn level_number(level: Level) -> skm_level {
    match level {
        Level::Green => SKM_LEVEL_GREEN,
        Level::Yellow => SKM_LEVEL_YELLOW,
        Level::Red => SKM_LEVEL_RED,
        _ => SKM_LEVEL_UNKNOWN,
    }
}

/// Whether a verdict is green: the only test to write at a gate. False for every number that is not
/// SKM_VERDICT_GREEN. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_verdict_is_green(verdict: skm_verdict) -> bool {
    fence("skm_verdict_is_green", false, || verdict == SKM_VERDICT_GREEN)
}

/// `green`, `yellow`, `red`; `unverified` for everything else. A static text. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_verdict_name(verdict: skm_verdict) -> *const c_char {
    let name = match verdict {
        SKM_VERDICT_GREEN => c"green",
        SKM_VERDICT_YELLOW => c"yellow",
        SKM_VERDICT_RED => c"red",
        _ => c"unverified",
    };
    fence("skm_verdict_name", c"unverified".as_ptr(), || name.as_ptr())
}

/// `green`, `yellow`, `red`; `unknown` for everything else. A static text. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_level_name(level: skm_level) -> *const c_char {
    let name = match level {
        SKM_LEVEL_GREEN => c"green",
        SKM_LEVEL_YELLOW => c"yellow",
        SKM_LEVEL_RED => c"red",
        _ => c"unknown",
    };
    fence("skm_level_name", c"unknown".as_ptr(), || name.as_ptr())
}
