//! Typed reading of configuration and dialect data, one key at a time, with errors that name file, line, key and
//! remedy, and never a value. A TOML document and a builder end in the same flat form, so both meet the same checks.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, LogSafe, Result, SafeText, safe};

/// A value before its type is checked.
#[derive(Clone)]
pub enum Value {
    /// A text; also stands for a number or a truth value when it comes from a builder.
    Text(Zeroizing<String>),
    /// A whole number.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
    /// A list of texts (dialects only).
    List(Vec<String>),
    /// Anything else; the name of its TOML type.
    Other(&'static str),
}

impl Value {
    fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "string",
            Value::Integer(_) => "integer",
            Value::Boolean(_) => "boolean",
            Value::List(_) => "list",
            Value::Other(name) => name,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(Zeroizing::new(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(Zeroizing::new(text))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

/// Where a value was written: `skm.toml:12: scan.token`, or only the key for a builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    file: Option<String>,
    line: Option<usize>,
    key: String,
}

impl LogSafe for Place {}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}:")?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.key)
    }
}

/// A key's name, or a list of them, fit to be shown.
pub(crate) struct KeyName(String);

impl KeyName {
    /// A name from outside is shown only if it looks like one.
    fn new(name: &str) -> KeyName {
        // Keys are words; what looks like a secret on the wrong side of the `=` is not repeated.
        let word = |part: &str| {
            let plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            plain && part.len() <= 32 && (part.len() < 12 || !part.bytes().any(|byte| byte.is_ascii_digit()))
        };
        KeyName(if name.split('.').all(word) { name.to_owned() } else { "(this key)".to_owned() })
    }

    pub(crate) fn list(names: &[&str]) -> KeyName {
        KeyName(names.join(", "))
    }
}

impl LogSafe for KeyName {}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value of the right type and the place it came from.
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

const EMPTY_TABLE: &str = "section without keys";

#[derive(Clone)]
struct Entry {
    value: Value,
    line: Option<usize>,
}

impl Entry {
    fn is_empty_table(&self) -> bool {
        matches!(self.value, Value::Other(EMPTY_TABLE))
    }
}

/// The flat form: dotted keys with values. Keys are taken out as they are read; what is left is unknown.
pub(crate) struct Settings {
    kind: ErrorKind,
    file: Option<String>,
    entries: BTreeMap<String, Entry>,
    known: Vec<String>,
}

impl Settings {
    /// An empty set for a builder to fill.
    pub(crate) fn new(kind: ErrorKind) -> Settings {
        Settings { kind, file: None, entries: BTreeMap::new(), known: Vec::new() }
    }

    /// Reads a TOML document; `file` is the name used in errors.
    pub(crate) fn parse(kind: ErrorKind, file: &str, source: &str) -> Result<Settings> {
        let mut settings = Settings { file: Some(file.to_owned()), ..Settings::new(kind) };
        let document = DeTable::parse(source).map_err(|error| {
            let line = error.span().map(|span| line_of(source, span.start));
            let place = Place { file: settings.file.clone(), line, key: "TOML".to_owned() };
            // Only the line is named: the parser's own words may quote the text around the mistake.
            let detail = safe!(
                "{}: the text is not TOML: check quotes, brackets and double keys on this line",
                "{}:不是合法的 TOML:请检查该行的引号、括号与重复的键",
                place
            );
            Error::with(kind, detail)
        })?;
        settings.flatten(source, "", document.get_ref())?;
        Ok(settings)
    }

    fn flatten(&mut self, source: &str, prefix: &str, table: &DeTable<'_>) -> Result<()> {
        for (key, value) in table {
            let line = Some(line_of(source, key.span().start));
            let dotted = format!("{prefix}{}", key.get_ref());
            if key.get_ref().contains('.') {
                let place = Place { file: self.file.clone(), line, key: KeyName::new(&dotted).0 };
                // Flattened it would look like another key, and replace it.
                let detail = safe!("{}: a key in quotes must not hold a dot", "{}:引号中的键不能含点号", place);
                return Err(self.error(detail));
            }
            match value.get_ref() {
                DeValue::Table(inner) if !inner.is_empty() => {
                    self.flatten(source, &format!("{dotted}."), inner)?;
                }
                other => {
                    self.entries.insert(dotted, Entry { value: plain(other), line });
                }
            }
        }
        Ok(())
    }

    /// Sets one value, as a builder does; a later one replaces an earlier one.
    pub(crate) fn set(&mut self, key: &str, value: Value) {
        self.entries.insert(key.to_owned(), Entry { value, line: None });
    }

    /// Whether this section is present; a section without keys is taken as one that lacks them.
    pub(crate) fn has_section(&mut self, section: &str) -> bool {
        let empty = self.entries.get(section).is_some_and(Entry::is_empty_table);
        if empty {
            self.entries.remove(section);
        }
        let prefix = format!("{section}.");
        empty || self.entries.keys().any(|key| key.starts_with(&prefix))
    }

    pub(crate) fn place(&self, key: &str) -> Place {
        let line = self.entries.get(key).and_then(|entry| entry.line);
        Place { file: self.file.clone(), line, key: KeyName::new(key).0 }
    }

    /// An error of this document's kind.
    pub(crate) fn error(&self, detail: SafeText) -> Error {
        Error::with(self.kind, detail)
    }

    fn take(&mut self, key: &str) -> Option<(Value, Place)> {
        self.known.push(key.to_owned());
        let place = self.place(key);
        self.entries.remove(key).map(|entry| (entry.value, place))
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<Option<Found<Zeroizing<String>>>> {
        match self.take(key) {
            None => Ok(None),
            Some((Value::Text(value), place)) => Ok(Some(Found { value, place })),
            Some((other, place)) => Err(self.wrong_type(&place, "a string in quotes", "带引号的字符串", &other)),
        }
    }

    pub(crate) fn required_text(&mut self, key: &str) -> Result<Found<Zeroizing<String>>> {
        let place = self.place(key);
        self.text(key)?.ok_or_else(|| self.missing(&place))
    }

    pub(crate) fn missing(&self, place: &Place) -> Error {
        self.error(safe!("{} is missing: add it to this section", "缺少 {}:请在该节中补上", place))
    }

    pub(crate) fn integer(&mut self, key: &str, range: RangeInclusive<i64>) -> Result<Option<i64>> {
        let Some((value, place)) = self.take(key) else { return Ok(None) };
        let number = match &value {
            Value::Integer(number) => Some(*number),
            Value::Text(text) if place.file.is_none() => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.wrong_type(&place, "a whole number", "整数", &value))?;
        if range.contains(&number) {
            return Ok(Some(number));
        }
        let (low, high) = range.into_inner();
        Err(self.error(safe!("{} must be from {} to {}", "{} 须在 {} 至 {} 之间", place, low, high)))
    }

    pub(crate) fn boolean(&mut self, key: &str) -> Result<Option<bool>> {
        let Some((value, place)) = self.take(key) else { return Ok(None) };
        match &value {
            Value::Boolean(value) => Ok(Some(*value)),
            Value::Text(text) if place.file.is_none() && text.as_str() == "true" => Ok(Some(true)),
            Value::Text(text) if place.file.is_none() && text.as_str() == "false" => Ok(Some(false)),
            other => Err(self.wrong_type(&place, "true or false", "true 或 false", other)),
        }
    }

    pub(crate) fn list(&mut self, key: &str) -> Result<Option<Found<Vec<String>>>> {
        match self.take(key) {
            None => Ok(None),
            Some((Value::List(value), place)) => Ok(Some(Found { value, place })),
            Some((other, place)) => Err(self.wrong_type(&place, "a list of strings", "字符串列表", &other)),
        }
    }

    /// The keys left under `prefix`, such as the codes of a table.
    pub(crate) fn keys_under(&self, prefix: &str) -> Vec<String> {
        self.entries.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    fn wrong_type(&self, place: &Place, en: &'static str, zh: &'static str, found: &Value) -> Error {
        let detail = SafeText::from_parts(
            format!("{place} must be {en}, not {} {}", article(found.type_name()), found.type_name()),
            format!("{place} 须为{zh},而不是 {}", found.type_name()),
        );
        self.error(detail)
    }

    /// Refuses what nobody asked for; `sections` are those of this kind of document.
    pub(crate) fn finish(self, sections: &[&'static str]) -> Result<()> {
        let is_section = |key: &str| sections.contains(&key);
        let unread = |(key, entry): &(&String, &Entry)| !(is_section(key) && entry.is_empty_table());
        let Some((key, _)) = self.entries.iter().find(unread) else { return Ok(()) };
        let place = self.place(key);
        if is_section(key) {
            let detail = safe!(
                "{} must be a section: write [{}] on a line of its own",
                "{} 须为节:请单独一行写 [{}]",
                place,
                KeyName::new(key)
            );
            return Err(self.error(detail));
        }
        let section = section_of(key);
        if !section.is_empty() && !is_section(section) || self.entries[key].is_empty_table() {
            return Err(self.error(safe!(
                "{} is in no known section: the sections are {}",
                "{} 不属于任何已知的节:可用的节为 {}",
                place,
                KeyName::list(sections)
            )));
        }
        let near: Vec<&str> =
            self.known.iter().map(String::as_str).filter(|known| section_of(known) == section).collect();
        Err(self.error(safe!(
            "{} is not a known key: known here are {}",
            "{} 不是已知的键:此处可用的键为 {}",
            place,
            KeyName::list(&near)
        )))
    }
}

fn section_of(key: &str) -> &str {
    key.split_once('.').map_or("", |(section, _)| section)
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'i', 'o']) { "an" } else { "a" }
}

fn line_of(source: &str, at: usize) -> usize {
    source.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(Zeroizing::new(text.to_string())),
        DeValue::Integer(number) => i64::from_str_radix(&number.as_str().replace('_', ""), number.radix())
            .map_or(Value::Other("huge integer"), Value::Integer),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Array(items) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map_or(Value::Other("list of other things"), Value::List),
        DeValue::Float(_) => Value::Other("decimal number"),
        DeValue::Datetime(_) => Value::Other("date"),
        // Others are flattened.
        DeValue::Table(_) => Value::Other(EMPTY_TABLE),
    }
}
