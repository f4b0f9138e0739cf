//! Calls that do not block: submitted, then polled, waited for, or told on a library thread.

use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use skm::{Cancel, Client, IdResult, ScanResult, UserToken};

use crate::boundary::Out;
use crate::client::{borrow, skm_client};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence, perhaps_panic};
use crate::fork::{Process, inherited};
use crate::id::{self, skm_id_request, skm_id_result};
use crate::scan::{self, skm_scan_request, skm_scan_result};
use crate::text::Encoding;
use crate::user_token::{self, skm_token_request, skm_user_token};

/// A submitted call. Free it with skm_pending_free(), done or not. Functions that take a `const skm_pending *` may be
/// called from several threads at once.
pub struct skm_pending {
    outcome: Mutex<Option<Outcome>>,
    done: Condvar,
    cancel: OnceLock<Cancel>,
    encoding: Encoding,
    process: Process,
}

enum Answer {
    Token(UserToken),
    Scan(ScanResult),
    Id(IdResult),
}

type Outcome = skm::Result<Answer>;

/// Is told that a call is done, exactly once, on a thread of the library: also after skm_pending_cancel(),
/// skm_pending_free() and skm_client_close(). The outcome can be fetched from `pending` there and then, and `pending`
/// may be freed there, but not both there and elsewhere. `context` is the caller's and must live until then. Be short,
/// do not wait for another submitted call in it; it must not unwind.
pub type skm_done = Option<extern "C" fn(pending: *mut skm_pending, context: *mut c_void)>;

/// The caller's pointer on its way to the thread that will hand it back.
struct Context(*mut c_void);

// SAFETY: never dereferenced here; the header tells the caller that it comes back on another thread.
unsafe impl Send for Context {}

impl Context {
    fn tell(&self, done: skm_done, pending: &Arc<skm_pending>) {
        if let Some(done) = done {
            done(Arc::as_ptr(pending).cast_mut(), self.0);
        }
    }
}

impl skm_pending {
    fn is_inherited(&self) -> bool {
        self.process.is_another()
    }

    fn finish(&self, outcome: Outcome) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.done.notify_all();
    }

    fn is_done(&self) -> bool {
        // In a forked child its lock may be held by a thread that does not exist there, and nothing will ever finish it.
        self.is_inherited() || self.outcome.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn wait(&self, limit: Duration) -> bool {
        if self.is_inherited() {
            return true;
        }
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.done.wait_timeout_while(outcome, limit, |outcome| outcome.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.is_some()
    }

    /// The outcome, turned into the caller's object. It can be fetched more than once.
    fn fetch<T>(&self, make: impl FnOnce(&Answer, Encoding) -> Option<T>) -> Result<T, Failure> {
        if self.is_inherited() {
            return Err(inherited("the submitted call", "所提交的调用").worded_in(self.encoding));
        }
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome.as_ref() {
            None => Err(Failure::input("pending", "pending is not done yet", "pending 尚未完成")),
            Some(Err(error)) => Err(Failure::from(error.clone())),
            Some(Ok(answer)) => make(answer, self.encoding).ok_or_else(|| {
                Failure::input("pending", "pending is the call of another interface", "pending 属于另一个接口")
            }),
        }
        .map_err(|failure| failure.worded_in(self.encoding))
    }
}

fn submit(
    client: &skm_client,
    pending: Out<*mut skm_pending>,
    done: skm_done,
    context: *mut c_void,
    work: impl FnOnce(&Client) -> Outcome + Send + 'static,
) -> Result<(), Failure> {
    let call = Arc::new(skm_pending {
        outcome: Mutex::new(None),
        done: Condvar::new(),
        cancel: OnceLock::new(),
        encoding: client.encoding,
        process: Process::this(),
    });
    // Given before it is submitted: a quick callback may already look at the caller's variable.
    let handle = Arc::into_raw(Arc::clone(&call)).cast_mut();
    pending.set(handle);
    let (running, context) = (Arc::clone(&call), Context(context));
    let work = |client: &Client| {
        perhaps_panic("skm_submit/work");
        work(client)
    };
    let submitted = client.core.submit(work, move |outcome| {
        running.finish(outcome);
        context.tell(done, &running);
    });
    match submitted {
        Ok(cancel) => call.cancel.set(cancel).expect("set once, here"),
        Err(error) => {
            pending.set(std::ptr::null_mut());
            skm_pending_free(handle);
            return Err(Failure::from(error).worded_in(client.encoding));
        }
    }
    Ok(())
}

/// Submits interface 3 and returns at once; the request is copied. The call goes to `*pending` before `done`, which may
/// be NULL, can run. The deadline counts from now. Any thread.
///
/// Errors: SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_INPUT_ENCODING, SKM_ERROR_INPUT_INVALID and SKM_ERROR_VERSION_MISMATCH
/// for what cannot be read, SKM_ERROR_CLOSED for a client of the parent process, SKM_ERROR_BUSY if 16384 submitted calls
/// of the client already wait, SKM_ERROR_INTERNAL if the system gives no thread, and then `done` is not called;
/// everything else is the outcome's.
#[unsafe(no_mangle)]
pub extern "C" fn skm_submit_scan(
    client: *const skm_client,
    request: *const skm_scan_request,
    done: skm_done,
    context: *mut c_void,
    pending: *mut *mut skm_pending,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_submit_scan", error, || {
        let client = borrow(client)?;
        let out = Out::new(pending, "pending")?;
        let asked = scan::read(request, client.encoding).map_err(|failure| failure.worded_in(client.encoding))?;
        submit(&client, out, done, context, move |client| client.verify_scan(&asked).map(Answer::Scan))
    })
}

/// Submits interface 4. See skm_submit_scan().
///
/// Errors: as skm_submit_scan().
#[unsafe(no_mangle)]
pub extern "C" fn skm_submit_id(
    client: *const skm_client,
    request: *const skm_id_request,
    done: skm_done,
    context: *mut c_void,
    pending: *mut *mut skm_pending,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_submit_id", error, || {
        let client = borrow(client)?;
        let out = Out::new(pending, "pending")?;
        let asked = id::read(request, client.encoding).map_err(|failure| failure.worded_in(client.encoding))?;
        submit(&client, out, done, context, move |client| client.verify_id(&asked).map(Answer::Id))
    })
}

/// Submits interface 1. See skm_submit_scan().
///
/// Errors: as skm_submit_scan().
#[unsafe(no_mangle)]
pub extern "C" fn skm_submit_user_token(
    client: *const skm_client,
    request: *const skm_token_request,
    done: skm_done,
    context: *mut c_void,
    pending: *mut *mut skm_pending,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_submit_user_token", error, || {
        let client = borrow(client)?;
        let out = Out::new(pending, "pending")?;
        let asked = user_token::read(request, client.encoding).map_err(|failure| failure.worded_in(client.encoding))?;
        submit(&client, out, done, context, move |client| client.issue_user_token(&asked).map(Answer::Token))
    })
}

/// Whether the call is done, without waiting. True for NULL and in a forked child. Its callback may still be running, or
/// about to: `context` must live until that has returned. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_pending_poll(pending: Option<&skm_pending>) -> bool {
    fence("skm_pending_poll", true, || pending.is_none_or(skm_pending::is_done))
}

/// Waits until the call is done, at most `limit_ms` milliseconds; whether it is done. True for NULL and in a forked
/// child. As with skm_pending_poll(), its callback may still be running. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_pending_wait(pending: Option<&skm_pending>, limit_ms: u32) -> bool {
    fence("skm_pending_wait", true, || {
        pending.is_none_or(|pending| pending.wait(Duration::from_millis(limit_ms.into())))
    })
}

/// Ends the call: it is done with SKM_ERROR_CLOSED at once, unless it was done before. NULL is fine. Does
/// nothing in a forked child. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_pending_cancel(pending: Option<&skm_pending>) {
    fence("skm_pending_cancel", (), || pending.into_iter().for_each(cancel));
}

fn cancel(pending: &skm_pending) {
    // Not set yet means that the call was done before it could be: nothing to cancel.
    if let Some(cancel) = pending.cancel.get() {
        cancel.cancel();
    }
}

/// The outcome of skm_submit_scan(): a new object of the caller's goes to `*result`. Any thread.
///
/// Errors: what skm_verify_scan() would have returned; SKM_ERROR_INPUT_INVALID while the call is not done, and
/// for the call of another interface; SKM_ERROR_CLOSED in a forked child; SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_pending_scan_result(
    pending: Option<&skm_pending>,
    result: *mut *mut skm_scan_result,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_pending_scan_result", error, || {
        let pending = pending.ok_or_else(|| Failure::null("pending"))?;
        let out = Out::new(result, "result")?;
        out.give(pending.fetch(|answer, encoding| match answer {
            Answer::Scan(result) => Some(skm_scan_result::new(result, encoding)),
            _ => None,
        })?);
        Ok(())
    })
}

/// The outcome of skm_submit_id(). See skm_pending_scan_result().
///
/// Errors: as skm_pending_scan_result(), of skm_verify_id().
#[unsafe(no_mangle)]
pub extern "C" fn skm_pending_id_result(
    pending: Option<&skm_pending>,
    result: *mut *mut skm_id_result,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_pending_id_result", error, || {
        let pending = pending.ok_or_else(|| Failure::null("pending"))?;
        let out = Out::new(result, "result")?;
        out.give(pending.fetch(|answer, encoding| match answer {
            Answer::Id(result) => Some(skm_id_result::new(result, encoding)),
            _ => None,
        })?);
        Ok(())
    })
}

/// The outcome of skm_submit_user_token(). See skm_pending_scan_result().
///
/// Errors: as skm_pending_scan_result(), of skm_issue_user_token().
#[unsafe(no_mangle)]
pub extern "C" fn skm_pending_user_token(
    pending: Option<&skm_pending>,
    user: *mut *mut skm_user_token,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_pending_user_token", error, || {
        let pending = pending.ok_or_else(|| Failure::null("pending"))?;
        let out = Out::new(user, "user")?;
        out.give(pending.fetch(|answer, _| match answer {
            Answer::Token(user) => Some(skm_user_token::new(user)),
            _ => None,
        })?);
        Ok(())
    })
}

/// Frees a submitted call; one that is not done is cancelled. NULL is fine. Does not wait for a callback. No other
/// thread of the caller may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_pending_free(pending: *mut skm_pending) {
    fence("skm_pending_free", (), || {
        if pending.is_null() {
            return;
        }
        // SAFETY: not NULL, from `submit`, and the caller gives up the count that `submit` leaked.
        let pending = unsafe { Arc::from_raw(pending.cast_const()) };
        cancel(&pending);
    });
}
