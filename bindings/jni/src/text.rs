//! Strings between Java and Rust: UTF-16 both ways, so that `𠮷` and NUL cross unharmed and half a character is refused.

use std::sync::OnceLock;

use jni::objects::{JClass, JString};
use jni::refs::Global;
use jni::sys::{JNINativeInterface_, jchar, jsize};
use jni::{Env, jni_str};
use skm::error::SafeText;
use skm::{Error, ErrorKind};
use zeroize::Zeroizing;

use crate::fence::{Failure, Result, Strings};

fn table<'a>(env: &Env<'a>) -> &'a JNINativeInterface_ {
    // SAFETY: an `Env` holds the JVM's valid environment for as long as it lives.
    unsafe { &**env.get_raw() }
}

/// Copies a Java string, which may be personal: the copy is wiped. `None` for null.
pub(crate) fn read(env: &Env<'_>, text: &JString<'_>, field: &'static str) -> Result<Option<Zeroizing<String>>> {
    if text.is_null() {
        return Ok(None);
    }
    let functions = table(env);
    // SAFETY: `text` is a live string of this environment, and the buffer has room for all of it.
    let units = unsafe {
        let length = (functions.v1_1.GetStringLength)(env.get_raw(), text.as_raw());
        let mut units: Zeroizing<Vec<jchar>> = Zeroizing::new(vec![0; usize::try_from(length).unwrap_or(0)]);
        (functions.v1_2.GetStringRegion)(env.get_raw(), text.as_raw(), 0, length, units.as_mut_ptr());
        units
    };
    // As long as it can get: growing would leave a copy behind that nobody wipes.
    let mut copy = Zeroizing::new(String::with_capacity(3 * units.len()));
    for character in char::decode_utf16(units.iter().copied()) {
        copy.push(character.map_err(|_| half_character(field))?);
    }
    Ok(Some(copy))
}

fn half_character(field: &'static str) -> Failure {
    let detail = SafeText::new(
        "{} holds half a character (a lone surrogate): it was cut in the middle",
        "{} 含半个字符(孤立代理项):文本被从字符中间截断",
        &[&field],
    );
    Failure::Argument(Error::with(ErrorKind::InputEncoding, detail), field)
}

/// Takes the members of an array whose order both sides know.
pub(crate) fn fields<const N: usize>(
    env: &mut Env<'_>,
    array: &Strings<'_>,
    names: [&'static str; N],
) -> Result<[Option<Zeroizing<String>>; N]> {
    if array.is_null() || array.len(env)? != N {
        return Err(ErrorKind::Internal.into());
    }
    let mut taken = std::array::from_fn(|_| None);
    for (at, name) in (0..).zip(names) {
        taken[at as usize] = element(env, array, at, name)?;
    }
    Ok(taken)
}

/// Takes all members of an array of any length.
pub(crate) fn list(
    env: &mut Env<'_>,
    array: &Strings<'_>,
    name: &'static str,
) -> Result<Vec<Option<Zeroizing<String>>>> {
    let length = jsize::try_from(array.len(env)?).map_err(|_| ErrorKind::Internal)?;
    (0..length).map(|at| element(env, array, at, name)).collect()
}

/// `at` must be below the array's length.
fn element(env: &mut Env<'_>, array: &Strings<'_>, at: jsize, name: &'static str) -> Result<Option<Zeroizing<String>>> {
    // SAFETY: `array` is a live array of strings that has this member; the result is a new local reference or null.
    let text = unsafe {
        let raw = (table(env).v1_1.GetObjectArrayElement)(env.get_raw(), array.as_raw(), at);
        JString::from_raw(env, raw)
    };
    let copy = read(env, &text, name);
    // Not left to the end of the call: a long array must not fill the table of local references.
    env.delete_local_ref(text);
    copy
}

/// A member that must be there.
pub(crate) fn required(member: Option<Zeroizing<String>>, field: &'static str) -> Result<Zeroizing<String>> {
    member.ok_or_else(|| {
        let detail = SafeText::new("{} is null", "{} 为 null", &[&field]);
        Failure::Argument(Error::with(ErrorKind::NullArgument, detail), field)
    })
}

/// A text that was taken, as a type of the core: the one that wipes it, if it is personal.
pub(crate) fn typed<T: From<String>>(mut text: Zeroizing<String>) -> T {
    std::mem::take(&mut *text).into()
}

/// Makes a Java string.
pub(crate) fn write<'local>(env: &mut Env<'local>, text: &str) -> jni::errors::Result<JString<'local>> {
    // As long as it can get, as in `read`.
    let mut units: Zeroizing<Vec<jchar>> = Zeroizing::new(Vec::with_capacity(text.len()));
    units.extend(text.encode_utf16());
    let length = jsize::try_from(units.len()).map_err(|_| jni::errors::Error::NullPtr("a text is too long"))?;
    // SAFETY: the buffer holds `length` units; the result is a new local reference of this environment or null.
    unsafe {
        let raw = (table(env).v1_1.NewString)(env.get_raw(), units.as_ptr(), length);
        if raw.is_null() {
            return Err(jni::errors::Error::JavaException);
        }
        Ok(JString::from_raw(env, raw))
    }
}

/// `java.lang.String`. The JVM's own class: keeping it keeps no application alive.
static STRING: OnceLock<Global<JClass<'static>>> = OnceLock::new();

/// Called at each load.
pub(crate) fn resolve_ids(env: &mut Env<'_>) -> jni::errors::Result<()> {
    let class = env.find_class(jni_str!("java/lang/String"))?;
    // The same class at every load, whoever loads.
    let _ = STRING.set(env.new_global_ref(class)?);
    Ok(())
}

/// Makes an array of Java strings; `None` becomes null.
pub(crate) fn array<'local>(env: &mut Env<'local>, parts: &[Option<&str>]) -> jni::errors::Result<Strings<'local>> {
    let class = STRING.get().ok_or(jni::errors::Error::NullPtr("java.lang.String was not found at load"))?;
    let length = jsize::try_from(parts.len()).map_err(|_| jni::errors::Error::NullPtr("an array is too long"))?;
    // SAFETY: the class is java.lang.String; the result is a new local reference of this environment or null.
    let array = unsafe {
        let raw = (table(env).v1_1.NewObjectArray)(env.get_raw(), length, class.as_raw(), std::ptr::null_mut());
        if raw.is_null() {
            return Err(jni::errors::Error::JavaException);
        }
        Strings::from_raw(env, raw)
    };
    for (at, part) in (0..).zip(parts) {
        let Some(part) = part else { continue };
        let text = write(env, part)?;
        // SAFETY: the array is of strings and has this member.
        unsafe { (table(env).v1_1.SetObjectArrayElement)(env.get_raw(), array.as_raw(), at, text.as_raw()) };
        env.delete_local_ref(text);
    }
    Ok(array)
}
