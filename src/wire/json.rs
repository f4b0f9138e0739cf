//! Strict JSON: no duplicate keys, at most 32 levels, UTF-8 only; and the few ways in which gateways wrap objects in
//! strings.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::error::{Error, Result, safe};

/// Deepest nesting that is read.
pub const MAX_DEPTH: u32 = 32;

/// How often an object may be wrapped in a string ("back-slash escaped twice").
const MAX_WRAPS: u32 = 3;

/// The text is not JSON as we read it. Says nothing about the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson;

/// Reads one JSON text.
pub fn parse(bytes: &[u8]) -> Result<Value, NotJson> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotJson)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(|_| NotJson)?;
    reader.end().map_err(|_| NotJson)?;
    Ok(value)
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
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.deeper()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = pairs.next_key::<String>()? {
            let value = pairs.next_value_seed(self.deeper()?)?;
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(Value::Object(map))
    }
}

/// The object that an answer must be.
pub(crate) fn answer_object(body: &[u8]) -> Result<Map<String, Value>> {
    match parse(body) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(Error::malformed(safe!("the body is not one JSON object", "应答体不是一个 JSON 对象"))),
    }
}

/// An object, or the same JSON as a string, escaped once or more.
pub(crate) fn object_or_text(value: Value) -> Option<Map<String, Value>> {
    let mut value = value;
    for _ in 0..=MAX_WRAPS {
        match value {
            Value::Object(map) => return Some(map),
            Value::String(text) => value = unwrap(&Zeroizing::new(text))?,
            _ => return None,
        }
    }
    None
}

fn unwrap(text: &str) -> Option<Value> {
    parse(text.as_bytes()).ok().or_else(|| {
        // `{\"token\":…}`: escaped once more without quotes around it.
        let quoted = Zeroizing::new(format!("\"{text}\""));
        text.starts_with("{\\\"").then(|| parse(quoted.as_bytes()).ok()).flatten()
    })
}

/// A platform code: an integer, or a non-empty string; compared as text. Fractions and booleans are none.
pub(crate) fn code(map: &Map<String, Value>, key: &'static str) -> Result<String> {
    match map.get(key) {
        Some(Value::Number(number)) if !number.is_f64() => Ok(number.to_string()),
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        None | Some(Value::Null) => Err(Error::malformed(safe!("{} is missing", "缺少 {}", key))),
        Some(_) => Err(Error::malformed(safe!("{} is neither an integer nor a text", "{} 既非整数也非文本", key))),
    }
}

/// Removes and gives an optional text; `null` is absent.
pub(crate) fn take_text(map: &mut Map<String, Value>, key: &'static str) -> Result<Option<String>> {
    match map.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::malformed(safe!("{} is not a text", "{} 不是文本", key))),
    }
}

/// Removes and gives a required text.
pub(crate) fn required_text(map: &mut Map<String, Value>, key: &'static str) -> Result<String> {
    take_text(map, key)?.ok_or_else(|| Error::malformed(safe!("{} is missing", "缺少 {}", key)))
}

/// Removes and gives a level word: a text or an integer; `null` is absent.
pub(crate) fn take_level(map: &mut Map<String, Value>, key: &'static str) -> Result<Option<String>> {
    match map.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Number(number)) if !number.is_f64() => Ok(Some(number.to_string())),
        Some(_) => Err(Error::malformed(safe!("{} is neither a text nor an integer", "{} 既非文本也非整数", key))),
    }
}
