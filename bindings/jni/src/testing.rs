//! Entries for the test suite only (`io.skm.TestingNative`); the shipped library has none of them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jni::EnvUnowned;
use jni::objects::{JClass, JString};
use jni::sys::jlong;
use skm::clock::FrozenClock;
use skm::wire::cipher::{Algorithm, Cipher};
use skm::{Client, Dialect, ErrorKind};

use crate::client::config;
use crate::fence::{Strings, fenced, without_wrapper};
use crate::handle;
use crate::text::{self, fields, required};

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_TestingNative_panic<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    message: JString<'local>,
) {
    fenced(env, |env| {
        let message = required(text::read(env, &message, "message")?, "message")?;
        panic!("{}", message.as_str())
    })
}

/// A panic with a value that panics again when it is dropped.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_TestingNative_panicTwice<'local>(env: EnvUnowned<'local>, _: JClass<'local>) {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the second panic");
        }
    }
    fenced(env, |_| std::panic::panic_any(Bomb))
}

/// A failure of which no `SkmException` can be made; 0 beside the error that is thrown.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_TestingNative_failWithoutWrapper<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
) -> jlong {
    without_wrapper(|| fenced(env, |_| Err(ErrorKind::Internal.into())))
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_TestingNative_echo<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    text: JString<'local>,
) -> JString<'local> {
    fenced(env, |env| {
        let text = required(text::read(env, &text, "text")?, "text")?;
        Ok(text::write(env, &text)?)
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_TestingNative_dialectSource<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
) -> JString<'local> {
    fenced(env, |env| Ok(text::write(env, Dialect::built_in_source())?))
}

/// A client whose clock stands still.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_TestingNative_clientAt<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    form: JString<'local>,
    parts: Strings<'local>,
    unix_seconds: jlong,
) -> jlong {
    fenced(env, |env| {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(unix_seconds).unwrap_or(0));
        let config = config(env, &form, &parts)?;
        Ok(handle::give(Client::with_clock(config, Arc::new(FrozenClock(now)))?))
    })
}

/// Seals a text: cipher, key and IV in hex, plaintext.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_TestingNative_seal<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    parts: Strings<'local>,
) -> JString<'local> {
    fenced(env, |env| {
        let [cipher, key, iv, plain] = fields(env, &parts, ["cipher", "key", "iv", "plain"])?;
        let algorithm = Algorithm::from_name(&required(cipher, "cipher")?).ok_or(ErrorKind::InputInvalid)?;
        let bytes = |hex: &str| u128::from_str_radix(hex, 16).map(u128::to_be_bytes).map_err(|_| ErrorKind::KeyInvalid);
        let (key, iv) = (bytes(&required(key, "key")?)?, bytes(&required(iv, "iv")?)?);
        let sealed = Cipher::new(algorithm, &key, &iv).seal(required(plain, "plain")?.as_bytes());
        Ok(text::write(env, &sealed)?)
    })
}
