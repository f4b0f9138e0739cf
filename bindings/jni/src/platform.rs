//! The entries behind `SkmPlatform`.

use std::time::{Duration, SystemTime};

use jni::objects::{JByteArray, JClass, JObject, JString};
use jni::sys::{jboolean, jlong};
use jni::{Env, EnvUnowned};
use skm::config::Config;
use skm::error::SafeText;
use skm::platform::{IdAnswer, IdKeys, check_time, read_scan, read_user_token};
use skm::wire::Method;
use skm::{Error, ErrorKind};
use zeroize::Zeroizing;

use crate::client::config;
use crate::fence::{Failure, Result, Strings, answer, fenced};
use crate::handle;
use crate::text::{self, fields, required};

/// A unit as the operator's platform knows it.
struct Platform {
    config: Config,
    keys: Option<IdKeys>,
}

impl Platform {
    fn keys(&self) -> Result<&IdKeys> {
        if self.keys.is_none() {
            self.config.id()?;
        }
        self.keys.as_ref().ok_or_else(|| ErrorKind::ConfigMissing.into())
    }
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_platformOpen<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    form: JString<'local>,
    parts: Strings<'local>,
) -> jlong {
    fenced(env, |env| {
        let config = config(env, &form, &parts)?;
        let keys = config.id.as_ref().map(|unit| IdKeys::of_unit(unit, &config.dialect.id));
        Ok(handle::give(Platform { config, keys }))
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_platformFree<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    platform: jlong,
) {
    fenced(env, |_| {
        // SAFETY: `Handle` frees once, after the last call has left.
        unsafe { handle::free::<Platform>(platform) };
        Ok(())
    });
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_readUserToken<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    head: Strings<'local>,
    body: JByteArray<'local>,
) -> JObject<'local> {
    fenced(env, |env| {
        let [method, content_type, query] = fields(env, &head, ["method", "content_type", "query"])?;
        let method = match required(method, "method")?.as_str() {
            "GET" => Method::Get,
            "POST" => Method::Post,
            _ => return Err(bad_method()),
        };
        let body = bytes(env, &body)?;
        let call = read_user_token(
            method,
            content_type.as_deref().map(String::as_str),
            query.as_deref().map(String::as_str),
            &body,
        )?;
        answer(
            env,
            &[
                Some(&call.appmark),
                Some(&call.time),
                Some(call.sign.expose()),
                Some(&call.servicename),
                Some(call.params.expose()),
            ],
        )
    })
}

/// What a unit sent: its secrets and people's data, wiped after use.
fn bytes(env: &Env<'_>, body: &JByteArray<'_>) -> Result<Zeroizing<Vec<u8>>> {
    Ok(Zeroizing::new(env.convert_byte_array(body)?))
}

fn bad_method() -> Failure {
    let detail = SafeText::new("method must be GET or POST", "method 须为 GET 或 POST", &[]);
    Failure::Argument(Error::with(ErrorKind::InputInvalid, detail), "method")
}

/// Whether a time stamp is of the dialect's format and near enough to this machine's clock.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_isTimely<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    platform: jlong,
    time: JString<'local>,
    window_ms: jlong,
) -> jboolean {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the platform open.
        let platform = unsafe { handle::get::<Platform>(platform) }?;
        let time = required(text::read(env, &time, "time")?, "time")?;
        let window = Duration::from_millis(u64::try_from(window_ms).unwrap_or(0));
        Ok(check_time(&time, &platform.config.dialect.user_token, SystemTime::now(), window).is_ok())
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_readScan<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    body: JByteArray<'local>,
) -> JObject<'local> {
    fenced(env, |env| {
        let body = bytes(env, &body)?;
        let call = read_scan(&body)?;
        answer(
            env,
            &[
                Some(call.qr_text.expose()),
                Some(&call.source),
                Some(&call.position),
                Some(&call.verifier_dept),
                Some(call.verifier_name.expose()),
                Some(call.verifier_phone.expose()),
                Some(call.token.expose()),
            ],
        )
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_openAuth<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    platform: jlong,
    header: JString<'local>,
) -> JString<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the platform open.
        let platform = unsafe { handle::get::<Platform>(platform) }?;
        let header = required(text::read(env, &header, "auth")?, "auth")?;
        let account = platform.keys()?.open_auth(&header)?;
        Ok(text::write(env, account.expose())?)
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_openBody<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    platform: jlong,
    body: JByteArray<'local>,
) -> JObject<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the platform open.
        let platform = unsafe { handle::get::<Platform>(platform) }?;
        let body = bytes(env, &body)?;
        let body = platform.keys()?.open_body(&body)?;
        answer(
            env,
            &[
                Some(body.number.expose()),
                Some(body.name.expose()),
                body.organize_location.as_deref(),
                body.apply_type.as_deref(),
            ],
        )
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_sealAnswer<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    platform: jlong,
    parts: Strings<'local>,
) -> JString<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the platform open.
        let platform = unsafe { handle::get::<Platform>(platform) }?;
        let names = ["number", "name", "level", "travel", "reason"];
        let [number, name, level, travel, reason] = fields(env, &parts, names)?;
        let (number, name, level) = (required(number, "number")?, required(name, "name")?, required(level, "level")?);
        let (travel, reason) = (travel.as_deref().map(String::as_str), reason.as_deref().map(String::as_str));
        let sealed = platform.keys()?.seal_answer(&IdAnswer::new(&number, &name, &level).with(travel, reason));
        Ok(text::write(env, &sealed)?)
    })
}
