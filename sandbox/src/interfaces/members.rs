//! JSON objects of texts, as table A.2, table C.2 and the posted JSON of interface 1 have them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use skm::wire::json as strict_json;

use super::{check_order, shown};
use crate::reply::Refusal;

/// What stands where, and how its refusals are told.
pub struct Place {
    /// The members that the standard names, in its order.
    pub known: &'static [&'static str],
    /// The code of a refusal.
    pub code: u16,
    /// What the object is called.
    pub zh: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// Takes what a real platform would: another order, members that nobody names, white space, optional members that
    /// are empty.
    pub lenient: bool,
}

impl Place {
    fn refuse(&self, zh: &str, en: &str) -> Refusal {
        Refusal::new(self.code, format!("{} {zh}", self.zh), format!("{} {en}", self.en))
    }

    /// The members as they stand. Refuses what is not one object and values that are not texts; unless lenient, unknown
    /// names and another order than the standard's.
    pub fn read(&self, bytes: &[u8]) -> Result<Vec<(&'static str, String)>, Refusal> {
        let Some(members) = in_order(bytes) else {
            return Err(self.refuse(
                "不是 JSON 对象(UTF-8、键不重复、不加密)",
                "is not one json object (utf-8, no key twice, not encrypted)",
            ));
        };
        let is_looked_at = |key: &str| !self.lenient || self.known.contains(&key);
        let looked_at = members.into_iter().filter(|(key, _)| is_looked_at(key));
        let members: Vec<_> = looked_at.map(|(key, value)| self.text(&key, value)).collect::<Result<_, _>>()?;
        if !self.lenient {
            check_order(&members, self.known, self.code)?;
        }
        Ok(members)
    }

    fn text(&self, key: &str, value: Value) -> Result<(&'static str, String), Refusal> {
        let Some(name) = self.known.iter().find(|known| **known == key) else {
            let key = shown(key);
            let (zh, en) = (format!("{key} 不在接口定义中"), format!("{key} is not part of the interface"));
            return Err(Refusal::new(self.code, zh, en));
        };
        match value {
            Value::String(text) => Ok((name, text)),
            _ => Err(Refusal::new(self.code, format!("{name} 应为字符串"), format!("{name} must be a string"))),
        }
    }

    /// Refuses white space between members, and members from the `required`th on that are there but empty; lenient,
    /// nothing.
    pub fn check_form(&self, bytes: &[u8], members: &[(&str, String)], required: usize) -> Result<(), Refusal> {
        if self.lenient {
            return Ok(());
        }
        if !is_compact(bytes) {
            return Err(self.refuse(
                "应为紧凑 JSON:字符串以外不得有空白",
                "must be compact json: no white space outside of strings",
            ));
        }
        let optional = &self.known[required..];
        match members.iter().find(|(name, text)| optional.contains(name) && text.trim().is_empty()) {
            None => Ok(()),
            Some((name, _)) => Err(Refusal::new(
                self.code,
                format!("选填项 {name} 为空:没有值时不要发送"),
                format!("the optional field {name} is empty: leave it out"),
            )),
        }
    }
}

/// The members of one strict JSON object in the order of the text, which a map does not keep.
fn in_order(bytes: &[u8]) -> Option<Vec<(String, Value)>> {
    strict_json::parse(bytes).ok()?;
    serde_json::from_slice::<Members>(bytes).ok().map(|members| members.0)
}

struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}

/// Whether a JSON text has no white space but in its strings.
fn is_compact(json: &[u8]) -> bool {
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b' ' | b'\t' | b'\r' | b'\n' if !in_string => return false,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_counts_only_outside_of_strings() {
        assert!(is_compact(br#"{"a":"b c\" d","e\\":"f g"}"#));
        for spaced in [r#"{"a": "b"}"#, "{\"a\":\"b\"}\n", r#"{"a\\" :"b"}"#] {
            assert!(!is_compact(spaced.as_bytes()), "{spaced}");
        }
    }

    #[test]
    fn members_keep_the_order_of_the_text() {
        let names = |json: &[u8]| in_order(json).map(|all| all.into_iter().map(|(name, _)| name).collect::<String>());
        assert_eq!(names(br#"{"b":1,"a":"2"}"#).as_deref(), Some("ba"));
        assert_eq!(names(br#"{"b":1,"b":2}"#), None);
        assert_eq!(names(b"[1]"), None);
    }
}
