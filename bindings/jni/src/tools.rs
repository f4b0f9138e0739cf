//! Entries without a handle: version, error table, masks, certificate numbers.

use jni::EnvUnowned;
use jni::objects::{JClass, JObject, JString};
use jni::sys::{jboolean, jint, jlong};
use skm::ErrorKind;
use skm::error::SafeText;
use skm::person::{ResidentId, mask};

use crate::fence::{Failure, Strings, answer, fenced};
use crate::handle;
use crate::text::{self, fields, required, typed};

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_version<'local>(env: EnvUnowned<'local>, _: JClass<'local>) -> JString<'local> {
    fenced(env, |env| Ok(text::write(env, env!("CARGO_PKG_VERSION"))?))
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_liveHandles<'local>(env: EnvUnowned<'local>, _: JClass<'local>) -> jlong {
    fenced(env, |_| Ok(handle::live()))
}

/// Whether a failure of the wrapper's own, by its number in the table, may pass.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_isRetryable<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    number: jint,
) -> jboolean {
    fenced(env, |_| {
        let kind = ErrorKind::ALL.iter().find(|kind| i64::from(kind.number()) == i64::from(number));
        Ok(kind.is_some_and(|kind| skm::Error::from(*kind).is_retryable()))
    })
}

/// The sentence for the person at the desk, of a failure of the wrapper's own.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_deskText<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    number: jint,
) -> JString<'local> {
    fenced(env, |env| {
        let kind = ErrorKind::from_number(number).unwrap_or(ErrorKind::Internal);
        Ok(text::write(env, kind.desk_zh())?)
    })
}

/// Nothing but the crossing, to be measured.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_nothing<'local>(env: EnvUnowned<'local>, _: JClass<'local>) {
    fenced(env, |_| Ok(()));
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_mask<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    kind: JString<'local>,
    text: JString<'local>,
) -> JString<'local> {
    fenced(env, |env| {
        let kind = required(text::read(env, &kind, "kind")?, "kind")?;
        let text = required(text::read(env, &text, "text")?, "text")?;
        let masked = match kind.as_str() {
            "name" => mask::name(&text),
            "certificate" => mask::certificate(&text),
            "phone" => mask::phone(&text),
            _ => mask::hidden(&text),
        };
        Ok(text::write(env, &masked)?)
    })
}

/// Checks a resident identity number against today's date: its normal form, birth date and sex.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_residentId<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    number: JString<'local>,
    lift_15: jboolean,
) -> JObject<'local> {
    fenced(env, |env| {
        let number = required(text::read(env, &number, "number")?, "number")?;
        let id = ResidentId::parse_any(&number, lift_15, skm::clock::today()?).map_err(|fault| {
            let (en, zh) = fault.text();
            let fault_text = SafeText::new(en, zh, &[]);
            let detail = SafeText::new("number: {}", "number:{}", &[&fault_text]);
            Failure::Argument(skm::Error::with(ErrorKind::InputInvalid, detail), fault.as_str())
        })?;
        let birth_date = id.birth_date().to_string();
        answer(env, &[Some(id.number().expose()), Some(&birth_date), Some(id.sex().as_str())])
    })
}

/// Interface 1's sign.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_sign<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    appmark: JString<'local>,
    appword: JString<'local>,
    time: JString<'local>,
) -> JString<'local> {
    fenced(env, |env| {
        let appmark = required(text::read(env, &appmark, "appmark")?, "appmark")?;
        let appword = typed(required(text::read(env, &appword, "appword")?, "appword")?);
        let time = required(text::read(env, &time, "time")?, "time")?;
        Ok(text::write(env, &skm::wire::sign::sign(&appmark, &appword, &time))?)
    })
}

/// Whether a sign is right, in any case, in constant time.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_checkSign<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    parts: Strings<'local>,
) -> jboolean {
    fenced(env, |env| {
        let names = ["appmark", "appword", "time", "sign"];
        let [appmark, appword, time, sign] = fields(env, &parts, names)?;
        let appword = typed(required(appword, "appword")?);
        let (appmark, time, sign) = (required(appmark, "appmark")?, required(time, "time")?, required(sign, "sign")?);
        Ok(skm::wire::sign::matches(&appmark, &appword, &time, &sign))
    })
}
