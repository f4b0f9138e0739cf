//! The fence around every entry: no panic and no error leaves this library other than as an `SkmException`.

use std::any::Any;
use std::cell::RefCell;
use std::sync::{PoisonError, RwLock};

use jni::errors::ErrorPolicy;
use jni::objects::{JClass, JObject, JObjectArray, JStaticMethodID, JString, JThrowable};
use jni::refs::Weak;
use jni::signature::ReturnType;
use jni::sys::jvalue;
use jni::{Env, EnvUnowned, JavaVM, jni_sig, jni_str};
use skm::error::{CodePlace, SafeText};
use skm::{Error, ErrorKind};

use crate::text;

/// Why an entry fails.
pub(crate) enum Failure {
    /// The core said so.
    Skm(Error),
    /// An argument cannot cross: which one.
    Argument(Error, &'static str),
    /// The sandbox refuses an argument, in its own words: it knows no real person and no real secret.
    #[cfg(feature = "sandbox")]
    Sandbox(&'static str, String, String),
    /// The JVM said so; mostly with an exception that is pending now.
    Jvm,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Skm(error)
    }
}

impl From<ErrorKind> for Failure {
    fn from(kind: ErrorKind) -> Failure {
        Failure::Skm(kind.into())
    }
}

impl From<jni::errors::Error> for Failure {
    fn from(_: jni::errors::Error) -> Failure {
        Failure::Jvm
    }
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// Runs the body of an entry; a failure or a panic becomes a pending `SkmException` and a value that Java never sees.
pub(crate) fn fenced<'local, T: Default>(
    mut env: EnvUnowned<'local>,
    body: impl FnOnce(&mut Env<'local>) -> Result<T>,
) -> T {
    env.with_env(body).resolve::<Throw>()
}

struct Throw;

impl<T: Default> ErrorPolicy<T, Failure> for Throw {
    type Captures<'unowned: 'method, 'method> = ();

    fn on_error<'unowned: 'method, 'method>(
        env: &mut Env<'unowned>,
        (): &mut (),
        failure: Failure,
    ) -> jni::errors::Result<T> {
        if !env.exception_check() {
            match failure {
                Failure::Skm(error) => throw(env, &error, None, None)?,
                Failure::Argument(error, field) => throw(env, &error, Some(field), None)?,
                #[cfg(feature = "sandbox")]
                Failure::Sandbox(field, en, zh) => {
                    let kind = ErrorKind::InputInvalid;
                    let own = (format!("{}: {en}", kind.text()), format!("{}: {zh}", kind.text_zh()));
                    throw(env, &kind.into(), Some(field), Some(own))?;
                }
                Failure::Jvm => throw(env, &ErrorKind::Internal.into(), None, None)?,
            }
        }
        Ok(T::default())
    }

    fn on_panic<'unowned: 'method, 'method>(
        env: &mut Env<'unowned>,
        (): &mut (),
        payload: Box<dyn Any + Send>,
    ) -> jni::errors::Result<T> {
        // What was panicked with may hold personal data, and dropping it may panic again.
        std::mem::forget(payload);
        if !env.exception_check() {
            throw(env, &panicked(), None, None)?;
        }
        Ok(T::default())
    }

    fn on_internal_jni_error<'unowned: 'method, 'method>((): &mut (), _: jni::errors::Error) -> T {
        throw_plainly();
        T::default()
    }

    fn on_internal_panic<'unowned: 'method, 'method>((): &mut (), payload: Box<dyn Any + Send>) -> T {
        std::mem::forget(payload);
        throw_plainly();
        T::default()
    }
}

/// Where no `SkmException` can be made: a default must never pass for an answer, so the JVM's own error is thrown.
fn throw_plainly() {
    // If this fails as well, an exception is pending already (out of memory): nothing is left to do.
    let _ = JavaVM::singleton().and_then(|vm| {
        vm.with_local_frame(8, |env| {
            if env.exception_check() {
                return Ok(());
            }
            env.throw_new(jni_str!("java/lang/InternalError"), jni_str!("skm: no SkmException could be made"))
        })
    });
}

/// Throws an error; `own` are its technical lines, English and Chinese, where they are not the core's.
fn throw(
    env: &mut Env<'_>,
    error: &Error,
    field: Option<&str>,
    own: Option<(String, String)>,
) -> jni::errors::Result<()> {
    let lines = own.unwrap_or_else(|| (error.message(), error.technical_zh()));
    let exception = exception(env, error, field, &lines)?;
    match env.throw(exception) {
        // What throwing answers when it has worked.
        Err(jni::errors::Error::JavaException) => Ok(()),
        other => other,
    }
}

/// The order of the members is the constructor of `SkmException`'s.
fn exception<'local>(
    env: &mut Env<'local>,
    error: &Error,
    field: Option<&str>,
    (english, chinese): &(String, String),
) -> jni::errors::Result<JThrowable<'local>> {
    let (class, failure) = wrapper(env)?;
    let number = error.kind().number().to_string();
    let status = error.http_status().map(|status| status.to_string());
    let offset = error.clock_offset_s().map(|offset| offset.to_string());
    let attempts = error.attempts().to_string();
    let parts = text::array(
        env,
        &[
            Some(&number),
            Some(english),
            Some(&error.message_zh()),
            error.interface().map(|interface| interface.name()),
            field.or(error.field()),
            error.platform_code(),
            error.platform_text().map(|text| text.verbatim()),
            status.as_deref(),
            offset.as_deref(),
            Some(&attempts),
            error.is_retryable().then_some("true"),
            error.when_unreachable().map(|decided| decided.as_str()),
            Some(chinese),
            error.reason().map(|reason| reason.name()),
            error.audit_failed().then_some("true"),
        ],
    )?;
    // SAFETY: the id is of this class, which takes one array of strings and returns a SkmException.
    let made = unsafe {
        let arguments = [jvalue { l: parts.as_raw() }];
        env.call_static_method_unchecked(&class, failure, ReturnType::Object, &arguments)?
    };
    env.cast_local::<JThrowable>(made.l()?)
}

/// What is looked up at each load.
struct Ids {
    /// Weak: a strong reference would keep the class loader of a web application alive after its redeployment.
    native: Weak<JClass<'static>>,
    failure: JStaticMethodID,
}

static IDS: RwLock<Option<Ids>> = RwLock::new(None);

/// The class that now uses this library, and its method that makes exceptions.
fn wrapper<'local>(env: &mut Env<'local>) -> jni::errors::Result<(JClass<'local>, JStaticMethodID)> {
    let ids = IDS.read().unwrap_or_else(PoisonError::into_inner);
    let ids = ids.as_ref().ok_or(jni::errors::Error::NullPtr("io.skm.Native was not found at load"))?;
    let class = ids.native.upgrade_local(env)?.ok_or(jni::errors::Error::NullPtr("io.skm.Native"))?;
    Ok((class, ids.failure))
}

/// Called at each load. The library stays mapped when its class loader goes, so a redeployed application loads the same
/// memory again, with a class of its own: what an earlier load found is replaced.
pub(crate) fn resolve_ids(env: &mut Env<'_>) -> jni::errors::Result<()> {
    let class = env.find_class(jni_str!("io/skm/Native"))?;
    let failure =
        env.get_static_method_id(&class, jni_str!("failure"), jni_sig!("([Ljava/lang/String;)Lio/skm/SkmException;"))?;
    let native = env.new_weak_ref(&class)?;
    *IDS.write().unwrap_or_else(PoisonError::into_inner) = Some(Ids { native, failure });
    Ok(())
}

/// Runs `body` as if the wrapper's class were gone.
#[cfg(feature = "testing")]
pub(crate) fn without_wrapper<T>(body: impl FnOnce() -> T) -> T {
    let ids = IDS.write().unwrap_or_else(PoisonError::into_inner).take();
    let result = body();
    *IDS.write().unwrap_or_else(PoisonError::into_inner) = ids;
    result
}

thread_local! {
    static PANICKED_AT: RefCell<Option<CodePlace>> = const { RefCell::new(None) };
}

/// A panic prints nothing into the host's standard error; where it happened goes into the exception.
pub(crate) fn silence_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(CodePlace::of);
        PANICKED_AT.with_borrow_mut(|at| *at = place);
    }));
}

fn panicked() -> Error {
    let Some(place) = PANICKED_AT.take() else { return ErrorKind::Internal.into() };
    Error::with(ErrorKind::Internal, SafeText::new("at {}", "位于 {}", &[&place]))
}

/// The answer of most entries: strings in an order that both sides know.
pub(crate) type Strings<'local> = JObjectArray<'local, JString<'local>>;

/// An entry's answer: an array of strings as the plain object that Java receives.
pub(crate) fn answer<'local>(env: &mut Env<'local>, parts: &[Option<&str>]) -> Result<JObject<'local>> {
    Ok(text::array(env, parts)?.into())
}
