//! The log callback.

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, TryLockError};

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::call;
use crate::fork::{Process, inherited};
use crate::text::CText;

/// No records.
pub const SKM_LOG_OFF: i32 = 0;
/// Errors of the library itself.
pub const SKM_LOG_ERROR: i32 = 1;
/// Failed attempts.
pub const SKM_LOG_WARN: i32 = 2;
/// Rarely anything.
pub const SKM_LOG_INFO: i32 = 3;
/// One line for each call.
pub const SKM_LOG_DEBUG: i32 = 4;

/// Is given one log record, on any thread, perhaps on several at once: its level (SKM_LOG_…), where it comes from and
/// what it says, both UTF-8 and lent until it returns. `context` is the caller's. Records hold no personal data and no
/// secret. Log calls made while it runs on the same thread are dropped. Must not unwind.
pub type skm_log =
    Option<extern "C" fn(level: i32, target: *const c_char, message: *const c_char, context: *mut c_void)>;

struct Callback {
    function: extern "C" fn(i32, *const c_char, *const c_char, *mut c_void),
    context: *mut c_void,
}

// SAFETY: the pointer is never dereferenced here; the header tells the caller that it comes back on any thread.
unsafe impl Send for Callback {}
// SAFETY: as above, on several threads at once.
unsafe impl Sync for Callback {}

static CALLBACK: RwLock<Option<Callback>> = RwLock::new(None);

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

struct ToCallback;

impl Log for ToCallback {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries underneath may say more than this one promises to.
        metadata.target() == "skm" || metadata.target().starts_with("skm::")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) || INSIDE.try_with(|inside| inside.replace(true)).unwrap_or(true) {
            return;
        }
        let callback = set_callback();
        if let Some(callback) = callback.as_deref().and_then(Option::as_ref) {
            let target = CText::utf8(record.target());
            let message = CText::utf8(&record.args().to_string());
            (callback.function)(number(record.level()), target.pointer(), message.pointer(), callback.context);
        }
        drop(callback);
        INSIDE.with(|inside| inside.set(false));
    }

    fn flush(&self) {}
}

/// The callback that is set. In a forked child a thread that does not exist there may be changing it for ever.
fn set_callback() -> Option<RwLockReadGuard<'static, Option<Callback>>> {
    match CALLBACK.try_read() {
        Ok(callback) => Some(callback),
        Err(TryLockError::WouldBlock) if install().is_another() => None,
        Err(_) => Some(CALLBACK.read().unwrap_or_else(PoisonError::into_inner)),
    }
}

fn number(level: Level) -> i32 {
    match level {
        Level::Error => SKM_LOG_ERROR,
        Level::Warn => SKM_LOG_WARN,
        Level::Info => SKM_LOG_INFO,
        Level::Debug | Level::Trace => SKM_LOG_DEBUG,
    }
}

fn filter(level: i32) -> Result<LevelFilter, Failure> {
    match level {
        SKM_LOG_OFF => Ok(LevelFilter::Off),
        SKM_LOG_ERROR => Ok(LevelFilter::Error),
        SKM_LOG_WARN => Ok(LevelFilter::Warn),
        SKM_LOG_INFO => Ok(LevelFilter::Info),
        SKM_LOG_DEBUG => Ok(LevelFilter::Debug),
        _ => Err(Failure::input(
            "max_level",
            "max_level must be SKM_LOG_OFF to SKM_LOG_DEBUG",
            "max_level 须为 SKM_LOG_OFF 至 SKM_LOG_DEBUG",
        )),
    }
}

/// Sends the log records of the whole library, up to `max_level`, to `callback`; NULL sends them nowhere, which is how
/// it begins. Nothing is ever printed. When this returns, the callback that was set before has returned and will not be
/// called again. Any thread, but not from inside the callback. The child of fork() keeps the callback of its parent and
/// cannot set another: in the parent it may have been running.
///
/// Errors: SKM_ERROR_INPUT_INVALID; SKM_ERROR_CLOSED in such a child.
#[unsafe(no_mangle)]
pub extern "C" fn skm_set_log_callback(
    max_level: i32,
    callback: skm_log,
    context: *mut c_void,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_set_log_callback", error, || {
        let filter = filter(max_level)?;
        if INSIDE.get() {
            let (en, zh) = ("the log callback cannot replace itself", "日志回调中不能更换日志回调");
            return Err(Failure::input("callback", en, zh));
        }
        if install().is_another() {
            return Err(inherited("the log callback", "日志回调"));
        }
        *CALLBACK.write().unwrap_or_else(PoisonError::into_inner) =
            callback.map(|function| Callback { function, context });
        log::set_max_level(if callback.is_some() { filter } else { LevelFilter::Off });
        Ok(())
    })
}

/// Makes this library's records ours, once; by which process.
fn install() -> &'static Process {
    static BY: OnceLock<Process> = OnceLock::new();
    BY.get_or_init(|| {
        // The facade inside this library is its own: nobody else can have set a logger.
        let _ = log::set_logger(&ToCallback);
        Process::this()
    })
}
