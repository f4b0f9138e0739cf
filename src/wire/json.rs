//! Strict JSON: no duplicate keys, at most 32 levels, UTF-8 only; and the few ways in which gateways wrap objects in
//! strings.

use std::cell::Cell;
use std::{fmt, io, mem, ops};

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, ErrorKind, Result, safe};
use crate::person::PersonalText;

/// Deepest nesting that is read.
pub const MAX_DEPTH: u32 = 32;

/// Most values of one answer, its outer and its inner JSON together: a larger tree takes longer to build and to wipe than
/// a call may last.
const MAX_VALUES: i64 = 4096;

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

    /// Removes a member, whatever it is; the caller wipes it.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    /// Removes a required member and gives its text; nothing for an absent member and for `null`.
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

    /// Removes an optional member and gives its text: a number's digits, too. What is of another type stays under its own
    /// name; so does a number that is larger than it can be read exactly.
    pub(crate) fn take_optional<T: From<String>>(&mut self, key: &str) -> Option<T> {
        let text = match self.0.get_mut(key)? {
            Value::String(text) => Some(mem::take(text)),
            Value::Number(number) if is_exact(number) => Some(number.to_string()),
            Value::Null => None,
            _ => return None,
        };
        self.0.remove(key);
        text.map(T::from)
    }

    /// Removes a member that is an object, or the same JSON as a string, escaped once or more.
    pub(crate) fn take_object(&mut self, key: &str) -> Option<JsonObject> {
        let budget = Budget::beside(&self.0);
        let mut value = self.0.remove(key)?;
        for _ in 0..=MAX_WRAPS {
            match value {
                Value::String(text) => value = unwrap(&Zeroizing::new(text), &budget)?,
                other => return JsonObject::of(other),
            }
        }
        wipe(&mut value);
        None
    }

    /// Reads the object that came sealed in a member of this one; `unreadable` if it is none.
    pub(crate) fn parse_inside(&self, bytes: &[u8], unreadable: ErrorKind) -> Result<JsonObject> {
        let budget = Budget::beside(&self.0);
        let found = read(bytes, &budget).ok().and_then(JsonObject::of);
        found.ok_or_else(|| budget.too_many().unwrap_or_else(|| unreadable.into()))
    }
}

/// Whether a number's text is what the platform wrote. From 2^53 on a fraction has more digits than it was read with.
fn is_exact(number: &serde_json::Number) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.as_f64().filter(|_| number.is_f64()).is_none_or(|fraction| fraction.abs() < EXACT)
}

/// A member that should be a text is something else.
pub(crate) struct NotText;

pub(crate) fn wipe(value: &mut Value) {
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

/// Reads one JSON text; one byte order mark before it is ignored. What is read is the caller's to wipe, if it is about a person: see [`JsonObject`].
///
/// # Errors
/// [`NotJson`].
pub fn parse(bytes: &[u8]) -> Result<Value, NotJson> {
    read(bytes, &Budget::full())
}

/// How many more values of one answer may be read; below zero once there was one too many.
struct Budget(Cell<i64>);

impl Budget {
    fn full() -> Budget {
        Budget(Cell::new(MAX_VALUES))
    }

    /// What is left beside an object that was read already.
    fn beside(object: &Map<String, Value>) -> Budget {
        Budget(Cell::new(MAX_VALUES - 1 - object.values().map(count).sum::<i64>()))
    }

    fn spend<E: serde::de::Error>(&self) -> Result<(), E> {
        self.0.set(self.0.get() - 1);
        if self.0.get() < 0 { Err(E::custom("too many values")) } else { Ok(()) }
    }

    fn too_many(&self) -> Option<Error> {
        let detail = || safe!("it holds more than {} JSON values", "其中的 JSON 值超过 {} 个", MAX_VALUES);
        (self.0.get() < 0).then(|| Error::malformed(detail()))
    }
}

fn count(value: &Value) -> i64 {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn read(bytes: &[u8], budget: &Budget) -> Result<Value, NotJson> {
    let text = without_mark(std::str::from_utf8(bytes).map_err(|_| NotJson)?);
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut value = Strict { depth: 0, budget }.deserialize(&mut reader).map_err(|_| NotJson)?;
    reader.end().map_err(|_| {
        wipe(&mut value);
        NotJson
    })?;
    Ok(value)
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
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

struct Strict<'a> {
    depth: u32,
    budget: &'a Budget,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        let deeper = Strict { depth: self.depth + 1, budget: self.budget };
        if self.depth == MAX_DEPTH { Err(E::custom("too deep")) } else { Ok(deeper) }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.budget.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
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
    let budget = Budget::full();
    let found = read(body, &budget).ok().and_then(JsonObject::of);
    let none = || Error::malformed(safe!("the body is not one JSON object", "应答体不是一个 JSON 对象"));
    found.ok_or_else(|| budget.too_many().unwrap_or_else(none))
}

fn unwrap(text: &str, budget: &Budget) -> Option<Value> {
    // Tried twice, so what the first reading took is given back.
    let left = budget.0.get();
    read(text.as_bytes(), budget).ok().or_else(|| {
        let text = without_mark(text);
        // `{\"token\":…}`: escaped once more without quotes around it.
        let quoted = Zeroizing::new(format!("\"{text}\""));
        let is_escaped = text.starts_with("{\\\"");
        is_escaped.then(|| budget.0.set(left)).and_then(|()| read(quoted.as_bytes(), budget).ok())
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

/// Removes and gives a required text.
pub(crate) fn required_text<T: From<String>>(object: &mut JsonObject, key: &'static str) -> Result<T> {
    let text = object.take_text(key);
    let text = text.map_err(|NotText| Error::malformed(safe!("{} is not a text", "{} 不是文本", key)))?;
    text.ok_or_else(|| Error::malformed(safe!("{} is missing", "缺少 {}", key)))
}

/// What the platform wrote for people beside its code. It must be there; no verdict hangs on its type.
pub(crate) struct Remark {
    text: Option<PersonalText>,
    is_missing: bool,
    key: &'static str,
}

impl Remark {
    pub(crate) fn take(object: &mut JsonObject, key: &'static str) -> Remark {
        let is_missing = object.get(key).is_none_or(Value::is_null);
        Remark { text: object.take_optional(key), is_missing, key }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.text.as_ref().map(PersonalText::expose)
    }

    /// A success without it is not what the standard describes.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_missing {
            return Err(Error::malformed(safe!("{} is missing", "缺少 {}", self.key)));
        }
        Ok(())
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// An object of so many values, itself among them; a list of pairs, so that nesting is counted too.
    fn object_of(values: i64) -> String {
        let filler = if values > 2 { "0,".repeat(usize::try_from(values - 2).unwrap()) } else { String::new() };
        format!("{{\"list\":[{}]}}", filler.trim_end_matches(','))
    }

    #[test]
    fn values_are_counted_to_the_last() {
        for (values, is_read) in [(2, true), (4095, true), (4096, true), (4097, false), (100_000, false)] {
            assert_eq!(parse(object_of(values).as_bytes()).is_ok(), is_read, "{values}");
        }
        let error = answer_object(object_of(4097).as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AnswerMalformed);
        assert!(error.message().contains("more than 4096"), "{error}");
    }

    #[test]
    fn inner_and_outer_values_are_counted_together() {
        // The outer object, its filler and the text that holds the inner object: 3 values.
        let outer = |inner: &str| {
            let wrapped = serde_json::to_string(inner).unwrap();
            answer_object(format!("{{\"a\":0,\"data\":{wrapped}}}").as_bytes()).unwrap()
        };
        for (values, is_read) in [(4093, true), (4094, false)] {
            let inner = object_of(values);
            assert_eq!(outer(&inner).take_object("data").is_some(), is_read, "{values} in a text");
            let sealed = outer("").parse_inside(inner.as_bytes(), ErrorKind::AnswerUnreadable);
            assert_eq!(sealed.as_ref().map_err(Error::kind).err(), (!is_read).then_some(ErrorKind::AnswerMalformed));
        }
        // Escaped twice: one more text.
        let twice = |values| serde_json::to_string(&object_of(values)).unwrap();
        assert!(outer(&twice(4092)).take_object("data").is_some());
        assert!(outer(&twice(4093)).take_object("data").is_none());
        let broken = outer("").parse_inside(b"{", ErrorKind::AnswerUnreadable).unwrap_err();
        assert_eq!(broken.kind(), ErrorKind::AnswerUnreadable);
    }
}
