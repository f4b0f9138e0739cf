//! Strict JSON: no duplicate keys, at most 32 levels, UTF-8 only; and the few ways in which gateways wrap objects in
//! strings.

use std::{fmt, io, mem, ops};

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Result, safe};
use crate::person::PersonalText;

/// Deepest nesting that is read.
pub const MAX_DEPTH: u32 = 32;

/// How often an object may be wrapped in a string ("back-slash escaped twice").
const MAX_WRAPS: u32 = 3;

/// The text is not JSON as we read it. Says nothing about the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotJson;

/// A JSON object as received. It may be about a person: the texts in it are wiped on drop, and `Debug` shows only the
/// names of its members.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct JsonObject(Map<String, Value>);

impl ops::Deref for JsonObject {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl Drop for JsonObject {
    fn drop(&mut self) {
        wipe_object(&mut self.0);
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl JsonObject {
    /// Reads one JSON text that must be an object.
    ///
    /// # Errors
    /// [`NotJson`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<JsonObject, NotJson> {
        JsonObject::of(parse(bytes)?).ok_or(NotJson)
    }

    fn of(mut value: Value) -> Option<JsonObject> {
        if let Value::Object(map) = &mut value {
            return Some(JsonObject(mem::take(map)));
        }
        wipe(&mut value);
        None
    }

    /// Removes a member and gives its text; nothing for an absent member and for `null`.
    ///
    /// # Errors
    /// [`NotText`] for anything else.
    pub(crate) fn take_text<T: From<String>>(&mut self, key: &str) -> Result<Option<T>, NotText> {
        let Some(value) = self.0.get_mut(key) else { return Ok(None) };
        let text = match value {
            Value::Null => None,
            Value::String(text) => Some(T::from(mem::take(text))),
            _ => return Err(NotText),
        };
        self.0.remove(key);
        Ok(text)
    }

    /// Removes a member that is an object, or the same JSON as a string, escaped once or more.
    pub(crate) fn take_object(&mut self, key: &str) -> Option<JsonObject> {
        let mut value = self.0.remove(key)?;
        for _ in 0..=MAX_WRAPS {
            match value {
                Value::String(text) => value = unwrap(&Zeroizing::new(text))?,
                other => return JsonObject::of(other),
            }
        }
        wipe(&mut value);
        None
    }
}

/// A member that should be a text is something else.
pub(crate) struct NotText;

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => wipe_object(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn wipe_object(map: &mut Map<String, Value>) {
    map.values_mut().for_each(wipe);
}

/// Reads one JSON text. What is read is the caller's to wipe, if it is about a person: see [`JsonObject`].
///
/// # Errors
/// [`NotJson`].
pub fn parse(bytes: &[u8]) -> Result<Value, NotJson> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotJson)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut value = Strict { depth: 0 }.deserialize(&mut reader).map_err(|_| NotJson)?;
    reader.end().map_err(|_| {
        wipe(&mut value);
        NotJson
    })?;
    Ok(value)
}

/// One JSON text of what may be about a person: wiped on drop, and so is every buffer that became too small for it.
pub fn write(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    let mut wiped = Wiped(Zeroizing::new(Vec::with_capacity(256)));
    serde_json::to_writer(&mut wiped, value).expect("texts, and what was read, always serialise");
    wiped.0
}

struct Wiped(Zeroizing<Vec<u8>>);

impl Wiped {
    /// Not left to the vector: it would leave a copy behind.
    fn grow(&mut self, more: usize) {
        let mut larger = Zeroizing::new(Vec::with_capacity(2 * (self.0.len() + more)));
        larger.extend_from_slice(&self.0);
        self.0 = larger;
    }
}

impl io::Write for Wiped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.0.capacity() - self.0.len() < bytes.len() {
            self.grow(bytes.len());
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Strict {
    depth: u32,
}

impl Strict {
    fn deeper<E: serde::de::Error>(&self) -> Result<Strict, E> {
        if self.depth == MAX_DEPTH { Err(E::custom("too deep")) } else { Ok(Strict { depth: self.depth + 1 }) }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Items(Vec::new());
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.0.push(item);
        }
        Ok(Value::Array(mem::take(&mut list.0)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let mut object = JsonObject::default();
        while let Some(key) = pairs.next_key::<String>()? {
            let value = pairs.next_value_seed(self.deeper()?)?;
            if let Some(mut twice) = object.0.insert(key, value) {
                wipe(&mut twice);
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(Value::Object(mem::take(&mut object.0)))
    }
}

/// The items of a list that is being read; where reading fails, they are wiped.
struct Items(Vec<Value>);

impl Drop for Items {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(wipe);
    }
}

/// The object that an answer must be.
pub(crate) fn answer_object(body: &[u8]) -> Result<JsonObject> {
    JsonObject::parse(body)
        .map_err(|NotJson| Error::malformed(safe!("the body is not one JSON object", "应答体不是一个 JSON 对象")))
}

fn unwrap(text: &str) -> Option<Value> {
    parse(text.as_bytes()).ok().or_else(|| {
        // `{\"token\":…}`: escaped once more without quotes around it.
        let quoted = Zeroizing::new(format!("\"{text}\""));
        text.starts_with("{\\\"").then(|| parse(quoted.as_bytes()).ok()).flatten()
    })
}

/// A platform code: an integer, or a non-empty string; compared as text. Fractions and booleans are none.
pub(crate) fn code(object: &JsonObject, key: &'static str) -> Result<Zeroizing<String>> {
    match object.get(key) {
        Some(Value::Number(number)) if !number.is_f64() => Ok(Zeroizing::new(number.to_string())),
        Some(Value::String(text)) if !text.is_empty() => Ok(Zeroizing::new(text.clone())),
        None | Some(Value::Null) => Err(Error::malformed(safe!("{} is missing", "缺少 {}", key))),
        Some(_) => Err(Error::malformed(safe!("{} is neither an integer nor a text", "{} 既非整数也非文本", key))),
    }
}

/// Removes and gives an optional text; `null` is absent.
pub(crate) fn take_text<T: From<String>>(object: &mut JsonObject, key: &'static str) -> Result<Option<T>> {
    object.take_text(key).map_err(|NotText| Error::malformed(safe!("{} is not a text", "{} 不是文本", key)))
}

/// Removes and gives a required text.
pub(crate) fn required_text<T: From<String>>(object: &mut JsonObject, key: &'static str) -> Result<T> {
    take_text(object, key)?.ok_or_else(|| Error::malformed(safe!("{} is missing", "缺少 {}", key)))
}

/// Removes and gives a level word: a text or an integer; `null` is absent.
pub(crate) fn take_level(object: &mut JsonObject, key: &'static str) -> Result<Option<PersonalText>> {
    if let Some(Value::Number(number)) = object.get(key).filter(|value| !value.is_f64()) {
        let word = number.to_string();
        object.0.remove(key);
        return Ok(Some(word.into()));
    }
    object
        .take_text(key)
        .map_err(|NotText| Error::malformed(safe!("{} is neither a text nor an integer", "{} 既非文本也非整数", key)))
}
