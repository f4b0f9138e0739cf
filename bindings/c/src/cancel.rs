//! Cancellation of blocking calls.

use skm::Cancel;

use crate::boundary::Out;
use crate::error::{skm_error, skm_status};
use crate::fence::{call, fence};

/// Ends blocking calls from another thread. Give it to a client with skm_client_with_cancel(); free it with
/// skm_cancel_free().
pub struct skm_cancel(pub(crate) Cancel);

/// Makes a token that cancels nothing yet. It goes to `*cancel`. Any thread.
///
/// Errors: SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cancel_new(cancel: *mut *mut skm_cancel, error: *mut *mut skm_error) -> skm_status {
    call("skm_cancel_new", error, || {
        Out::new(cancel, "cancel")?.give(skm_cancel(Cancel::new()));
        Ok(())
    })
}

/// Cancels, once and for ever: running calls return SKM_ERROR_CLOSED at once, later ones do not begin. NULL is fine.
/// Any thread; not from a signal handler.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cancel_cancel(cancel: Option<&skm_cancel>) {
    fence("skm_cancel_cancel", (), || {
        if let Some(cancel) = cancel {
            cancel.0.cancel();
        }
    });
}

/// Frees a token. Clients that were given it keep what they need of it. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_cancel_free(cancel: Option<Box<skm_cancel>>) {
    fence("skm_cancel_free", (), || drop(cancel));
}
