//! The client: opened, varied, closed, freed.

use std::ffi::c_char;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use skm::{Client, Config};

use crate::boundary::{self, Out};
use crate::cancel::{self, skm_cancel};
use crate::config::skm_config;
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::fork::inherited;
use crate::text::Encoding;

/// Calls the platform. All functions that take a `const skm_client *` may be called from several threads at once: one
/// client is enough for a program. Free it with skm_client_free().
///
/// After fork() a client belongs to the process that made it: in the child every call on it returns SKM_ERROR_CLOSED
/// and says so. Open another one there.
pub struct skm_client {
    pub(crate) core: Client,
    pub(crate) encoding: Encoding,
}

/// The client for the time of a call: kept alive even if another thread frees its handle meanwhile.
pub(crate) fn borrow(client: *const skm_client) -> Result<Arc<skm_client>, Failure> {
    if client.is_null() {
        return Err(Failure::null("client"));
    }
    // SAFETY: not NULL; handles come from `give`, which leaks an `Arc`, and live until skm_client_free().
    let client = unsafe {
        Arc::increment_strong_count(client);
        Arc::from_raw(client)
    };
    if client.core.is_inherited() {
        // Giving this count back frees nothing: the handle holds another.
        return Err(inherited("the client", "客户端").worded_in(client.encoding));
    }
    Ok(client)
}

fn give(client: *mut *mut skm_client, make: impl FnOnce() -> Result<skm_client, Failure>) -> Result<(), Failure> {
    let out = Out::new(client, "client")?;
    out.set(Arc::into_raw(Arc::new(make()?)).cast_mut());
    Ok(())
}

/// Opens a client with a configuration file. It goes to `*client`. Connects nowhere yet. Any thread.
///
/// Errors: SKM_ERROR_CONFIG_INVALID, SKM_ERROR_KEY_INVALID and SKM_ERROR_DIALECT_INVALID, naming file, line, key and
/// what would be right; SKM_ERROR_TLS_FAILED without root certificates; SKM_ERROR_AUDIT_FAILED;
/// SKM_ERROR_INPUT_ENCODING; SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_open(
    config_path: *const c_char,
    client: *mut *mut skm_client,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_client_open", error, || {
        give(client, || {
            let path = boundary::required(config_path, "config_path", Encoding::Utf8)?;
            Ok(skm_client { core: Client::open(path.as_ref())?, encoding: Encoding::Utf8 })
        })
    })
}

/// Opens a client with the text of a configuration file. Relative paths in it are relative to `base`; NULL is the
/// working directory. It goes to `*client`. Any thread.
///
/// Errors: as skm_client_open().
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_parse(
    toml: *const c_char,
    base: *const c_char,
    client: *mut *mut skm_client,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_client_parse", error, || {
        give(client, || {
            let toml = boundary::required(toml, "toml", Encoding::Utf8)?;
            let base = boundary::optional(base, "base", Encoding::Utf8)?.unwrap_or_default();
            let config = Config::parse(&toml, Path::new(base.as_ref()))?;
            Ok(skm_client { core: Client::new(config)?, encoding: Encoding::Utf8 })
        })
    })
}

/// Opens a client with a configuration built by skm_config_set(), which stays the caller's. It goes to `*client`.
///
/// Errors: as skm_client_open(), except SKM_ERROR_INPUT_ENCODING.
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_new(
    config: Option<&skm_config>,
    client: *mut *mut skm_client,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_client_new", error, || {
        give(client, || {
            let config = boundary::handle(config, "config")?;
            let core = Client::with_clock(config.build()?, config.clock())?;
            Ok(skm_client { core, encoding: Encoding::Utf8 })
        })
    })
}

/// Another handle of the same client, with its own deadline for each whole call (DNS, connecting, TLS, retries and the
/// body are inside it): 1 to 600000 milliseconds. Handles share connections; closing one closes all; each is freed by
/// itself. It goes to `*changed`. Any thread.
///
/// Errors: SKM_ERROR_INPUT_INVALID; SKM_ERROR_NULL_ARGUMENT; SKM_ERROR_CLOSED for a client of the parent process.
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_with_deadline(
    client: *const skm_client,
    deadline_ms: u32,
    changed: *mut *mut skm_client,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_client_with_deadline", error, || {
        let client = borrow(client)?;
        if !(1..=600_000).contains(&deadline_ms) {
            let (en, zh) = ("deadline_ms must be 1 to 600000", "deadline_ms 须为 1 至 600000");
            return Err(Failure::input("deadline_ms", en, zh).worded_in(client.encoding));
        }
        let core = client.core.with_deadline(Duration::from_millis(deadline_ms.into()));
        give_changed(changed, core, client.encoding)
    })
}

/// Another handle of the same client, whose calls also end when `cancel` is cancelled. See skm_client_with_deadline().
///
/// Errors: SKM_ERROR_NULL_ARGUMENT; SKM_ERROR_CLOSED for a client or a `cancel` of the parent process.
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_with_cancel(
    client: *const skm_client,
    cancel: Option<&skm_cancel>,
    changed: *mut *mut skm_client,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_client_with_cancel", error, || {
        let client = borrow(client)?;
        let cancel = cancel::token(cancel)?;
        give_changed(changed, client.core.with_cancel(cancel), client.encoding)
    })
}

/// Another handle of the same client that takes and gives texts in SKM_ENCODING_UTF8 or SKM_ENCODING_GBK: requests,
/// results and messages. A character that GBK lacks is given as `?`. See skm_client_with_deadline().
///
/// Errors: as skm_client_with_deadline().
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_with_encoding(
    client: *const skm_client,
    encoding: i32,
    changed: *mut *mut skm_client,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_client_with_encoding", error, || {
        let client = borrow(client)?;
        give_changed(changed, client.core.clone(), Encoding::from_number(encoding)?)
    })
}

fn give_changed(changed: *mut *mut skm_client, core: Client, encoding: Encoding) -> Result<(), Failure> {
    let out = Out::new(changed, "changed")?;
    out.set(Arc::into_raw(Arc::new(skm_client { core, encoding })).cast_mut());
    Ok(())
}

/// Ends running calls with SKM_ERROR_CLOSED, at once, and refuses later ones; all handles of the client included. NULL
/// is fine. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_close(client: *const skm_client) {
    fence("skm_client_close", (), || {
        if let Ok(client) = borrow(client) {
            client.core.close();
        }
    });
}

/// Whether skm_client_close() was called. True for NULL and for a client of the parent process. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_is_closed(client: *const skm_client) -> bool {
    fence("skm_client_is_closed", true, || borrow(client).map_or(true, |client| client.core.is_closed()))
}

/// How many records could not be written to the evidence log since the client was opened: with
/// `audit.on_failure = "continue"` the only sign of them beside the log callback. 0 for NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_audit_failures(client: *const skm_client) -> u64 {
    fence("skm_client_audit_failures", 0, || borrow(client).map_or(0, |client| client.core.audit_failures()))
}

/// Frees a handle. NULL is fine. Calls that are running on it, submitted ones included, end as they would have; no
/// call may begin on it any more. In a forked child nothing but the handle goes: the connections are the parent's.
#[unsafe(no_mangle)]
pub extern "C" fn skm_client_free(client: *mut skm_client) {
    fence("skm_client_free", (), || {
        if client.is_null() {
            return;
        }
        // SAFETY: not NULL, from `give`, and the caller gives up the count that `give` leaked.
        drop(unsafe { Arc::from_raw(client.cast_const()) });
    });
}
