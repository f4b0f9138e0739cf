//! The entries behind `SkmSandbox`.

use std::net::{Ipv4Addr, SocketAddr};

use jni::EnvUnowned;
use jni::objects::{JClass, JObject, JString};
use jni::sys::{jboolean, jint, jlong};
use skm_sandbox::{Fault, Options, Sandbox};

use crate::fence::{Failure, answer, fenced};
use crate::handle;
use crate::text::{self, required};

fn invalid(field: &'static str, en: String, zh: String) -> Failure {
    Failure::Sandbox(field, en, zh)
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_sandboxStart<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    port: jint,
    seed: jlong,
    lenient: jboolean,
) -> jlong {
    fenced(env, |_| {
        let port = u16::try_from(port)
            .map_err(|_| invalid("port", "port must be 0 to 65535".to_owned(), "port 须为 0 至 65535".to_owned()))?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let options = Options { listen, seed: seed.unsigned_abs(), lenient, ..Options::default() };
        let sandbox = Sandbox::start(options)
            .map_err(|error| invalid("port", error.to_string(), format!("沙箱无法启动:{error}")))?;
        Ok(handle::give(sandbox))
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_sandboxFree<'local>(env: EnvUnowned<'local>, _: JClass<'local>, sandbox: jlong) {
    fenced(env, |_| {
        // SAFETY: `Handle` frees once, after the last call has left.
        unsafe { handle::free::<Sandbox>(sandbox) };
        Ok(())
    });
}

/// Its base URL and a configuration for a client of it.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_sandboxInfo<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    sandbox: jlong,
) -> JObject<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the sandbox open.
        let sandbox = unsafe { handle::get::<Sandbox>(sandbox) }?;
        answer(env, &[Some(&sandbox.base_url()), Some(&sandbox.config_toml())])
    })
}

/// Name, certificate type, number, mobile and level of every invented person, one after another.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_sandboxPeople<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    sandbox: jlong,
) -> JObject<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the sandbox open.
        let sandbox = unsafe { handle::get::<Sandbox>(sandbox) }?;
        let people = sandbox.people();
        let cells: Vec<Option<&str>> = people
            .iter()
            .flat_map(|it| [&it.name, &it.papers_type, &it.number, &it.mobile, it.level.word()].map(Some))
            .collect();
        answer(env, &cells)
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_sandboxQr<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    sandbox: jlong,
    number: JString<'local>,
) -> JString<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the sandbox open.
        let sandbox = unsafe { handle::get::<Sandbox>(sandbox) }?;
        let number = required(text::read(env, &number, "number")?, "number")?;
        let qr = sandbox.fresh_qr(&number).ok_or_else(|| {
            let en = "the sandbox knows nobody with this number: see people()".to_owned();
            invalid("number", en, "沙箱中没有此证件号码:请见 people()".to_owned())
        })?;
        Ok(text::write(env, &qr)?)
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_sandboxFault<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    sandbox: jlong,
    rule: JString<'local>,
) -> jlong {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the sandbox open.
        let sandbox = unsafe { handle::get::<Sandbox>(sandbox) }?;
        let rule = required(text::read(env, &rule, "rule")?, "rule")?;
        let refused = |why: String| invalid("rule", format!("not a fault rule: {why}"), format!("故障规则无效:{why}"));
        let fault: Fault = serde_json::from_str(&rule).map_err(|error| refused(error.to_string()))?;
        let number = sandbox.add_fault(fault).map_err(|error| refused(error.to_string()))?;
        Ok(jlong::try_from(number).unwrap_or(jlong::MAX))
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_sandboxReset<'local>(env: EnvUnowned<'local>, _: JClass<'local>, sandbox: jlong) {
    fenced(env, |_| {
        // SAFETY: `Handle` holds the sandbox open.
        let sandbox = unsafe { handle::get::<Sandbox>(sandbox) }?;
        sandbox.reset();
        Ok(())
    });
}
