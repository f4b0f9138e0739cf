//! Cancellation of blocking calls.

use skm::Cancel;

use crate::boundary::{self, Out};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::fork::inherited;

/// Ends blocking calls from another thread. Give it to a client with skm_client_with_cancel(); free it with
/// skm_cancel_free().
///
/// After fork() a token belongs to the process that made it: in the child it cancels nothing, and
/// skm_client_with_cancel() refuses it with SKM_ERROR_CLOSED. Make another one there.
pub struct skm_cancel {
    core: Cancel,
}

/// The token for a client of this process.
pub(crate) fn token(cancel: Option<&skm_cancel>) -> Result<Cancel, Failure> {
    let cancel = boundary::handle(cancel, "cancel")?;
    if cancel.core.is_inherited() {
        let failure = inherited("the cancel token", "取消令牌");
        return Err(Failure { field: Some("cancel"), ..failure });
    }
    Ok(cancel.core.clone())
}

/// Makes a token that cancels nothing yet. It goes to `*cancel`. Any thread.
///
/// Errors: SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cancel_new(cancel: *mut *mut skm_cancel, error: *mut *mut skm_error) -> skm_status {
    call("skm_cancel_new", error, || {
        Out::new(cancel, "cancel")?.give(skm_cancel { core: Cancel::new() });
        Ok(())
    })
}

/// Cancels, once and for ever: running calls return SKM_ERROR_CLOSED at once, later ones do not begin. NULL is fine.
/// Any thread; not from a signal handler. Does nothing in a forked child: the running calls are the parent's.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cancel_cancel(cancel: Option<&skm_cancel>) {
    fence("skm_cancel_cancel", (), || {
        if let Some(cancel) = cancel {
            cancel.core.cancel();
        }
    });
}

/// Frees a token. Clients that were given it keep what they need of it. NULL is fine. No other thread may be using it.
/// In a forked child it is only forgotten.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cancel_free(cancel: Option<Box<skm_cancel>>) {
    fence("skm_cancel_free", (), || {
        drop(cancel);
    });
}
