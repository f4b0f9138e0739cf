//! Typed reading of configuration and dialect data, one key at a time, with errors that name file, line, key and
//! remedy, and never a value. A TOML document and a builder end in the same flat form, so both meet the same checks.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use crate::error::{Chinese, Error, ErrorKind, KeyName, LogSafe, Result, SafeText, ShownPath, Words, safe};

pub(crate) mod source;

/// A value for [`config::Builder::set`](crate::config::Builder::set), made with `into()` from a text, an `i64` or a
/// `bool`; its type is checked when the configuration is built, where a text also stands for a number or a truth value.
/// It may be a secret: it has no `Debug`, and a text is wiped on drop.
#[derive(Clone)]
pub struct Value(Kind);

#[derive(Clone)]
enum Kind {
    Text(Zeroizing<String>),
    Integer(i64),
    Boolean(bool),
    /// Of texts; dialects only.
    List(Vec<String>),
    /// What no key takes.
    Other(Words),
}

impl Value {
    fn type_name(&self) -> Words {
        match &self.0 {
            Kind::Text(_) => Words("a string", "字符串"),
            Kind::Integer(_) => Words("an integer", "整数"),
            Kind::Boolean(_) => Words("a boolean", "布尔值"),
            Kind::List(_) => Words("a list", "列表"),
            Kind::Other(name) => *name,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value(Kind::Text(Zeroizing::new(text)))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value(Kind::Integer(number))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value(Kind::Boolean(value))
    }
}

/// Where a value was written: `skm.toml:12: scan.token`, or only the key for a builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    file: Option<ShownPath>,
    line: Option<usize>,
    key: KeyName,
}

impl Place {
    /// File and line, which come first in either language: `skm.toml:12: `, or nothing for a builder.
    pub(crate) fn file(&self) -> FilePlace<'_> {
        FilePlace(self)
    }

    /// The key alone.
    pub(crate) fn key(&self) -> &KeyName {
        &self.key
    }
}

impl LogSafe for Place {
    fn fmt_zh(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file().fmt_zh(f)?;
        write!(f, "{}", self.key)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.file(), self.key)
    }
}

/// See [`Place::file`].
pub(crate) struct FilePlace<'a>(&'a Place);

impl FilePlace<'_> {
    fn write(&self, f: &mut fmt::Formatter<'_>, file: &dyn fmt::Display) -> fmt::Result {
        match self.0.line {
            Some(line) => write!(f, "{file}:{line}: "),
            None => write!(f, "{file}: "),
        }
    }
}

impl LogSafe for FilePlace<'_> {
    fn fmt_zh(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.file.as_ref().map_or(Ok(()), |file| self.write(f, &Chinese(file)))
    }
}

impl fmt::Display for FilePlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.file.as_ref().map_or(Ok(()), |file| self.write(f, file))
    }
}

/// A value of the right type and the place it came from.
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

const EMPTY_TABLE: Words = Words("a section without keys", "没有键的节");

#[derive(Clone)]
struct Entry {
    value: Value,
    line: Option<usize>,
}

impl Entry {
    fn is_empty_table(&self) -> bool {
        matches!(self.value.0, Kind::Other(EMPTY_TABLE))
    }
}

/// The flat form: dotted keys with values. Keys are taken out as they are read; what is left is unknown.
pub(crate) struct Settings {
    kind: ErrorKind,
    file: Option<ShownPath>,
    entries: BTreeMap<String, Entry>,
    known: Vec<String>,
    /// Required keys that are not there, and what was said of each.
    missing: Vec<(Place, SafeText)>,
}

impl Settings {
    /// An empty set for a builder to fill.
    pub(crate) fn new(kind: ErrorKind) -> Settings {
        Settings { kind, file: None, entries: BTreeMap::new(), known: Vec::new(), missing: Vec::new() }
    }

    /// Reads a TOML document; `file` is what errors call it.
    pub(crate) fn parse(kind: ErrorKind, file: ShownPath, source: &str) -> Result<Settings> {
        let source = source.strip_prefix(source::BYTE_ORDER_MARK).unwrap_or(source);
        let mut settings = Settings { file: Some(file), ..Settings::new(kind) };
        let document = DeTable::parse(source).map_err(|error| {
            let line = error.span().map(|span| line_of(source, span.start));
            let place = Place { file: settings.file.clone(), line, key: KeyName::of("TOML") };
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
                let place = Place { file: self.file.clone(), line, key: KeyName::of(&dotted) };
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
        Place { file: self.file.clone(), line, key: KeyName::of(key) }
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
            Some((Value(Kind::Text(value)), place)) => Ok(Some(Found { value, place })),
            Some((other, place)) => Err(self.wrong_type(&place, Words("a string in quotes", "带引号的字符串"), &other)),
        }
    }

    pub(crate) fn required_text(&mut self, key: &str) -> Result<Found<Zeroizing<String>>> {
        let place = self.place(key);
        self.text(key)?.ok_or_else(|| self.missing(&place))
    }

    pub(crate) fn missing(&mut self, place: &Place) -> Error {
        let said =
            safe!("{}{} is missing: add it to this section", "{}缺少 {}:请在该节中补上", place.file(), place.key());
        self.lacks(place, said)
    }

    /// Like [`Settings::missing`], with words of the caller's.
    pub(crate) fn lacks(&mut self, place: &Place, said: SafeText) -> Error {
        self.missing.push((place.clone(), said.clone()));
        self.error(said)
    }

    /// Once the keys of a section have been asked for: a key that is missing is often there under a misspelt name, so
    /// both are named, and whatever else is missing. `also_known` are keys that would have been asked for later.
    pub(crate) fn explain(&self, error: Error, also_known: &[String]) -> Error {
        let [(place, first), others @ ..] = &self.missing[..] else { return error };
        if !error.says(first) {
            return error;
        }
        let mut said = first.clone();
        for (place, _) in others {
            said = safe!("{}; {} is missing too", "{};还缺少 {}", said, place.key());
        }
        let key = place.key().to_string();
        let section = section_of(&key);
        for key in self.entries.keys().filter(|key| section_of(key) == section && !also_known.contains(key)) {
            said = safe!("{}; {}", "{};{}", said, self.not_known(key, also_known));
        }
        self.error(said)
    }

    /// What is said of a key that nobody asks for.
    fn not_known(&self, key: &str, also_known: &[String]) -> SafeText {
        let section = section_of(key);
        let mut near: Vec<&str> = self
            .known
            .iter()
            .chain(also_known)
            .map(String::as_str)
            .filter(|known| section_of(known) == section)
            .collect();
        near.dedup();
        safe!(
            "{} is not a known key: known here are {}",
            "{} 不是已知的键:此处可用的键为 {}",
            self.place(key),
            KeyName::of_ours(&near)
        )
    }

    pub(crate) fn integer(&mut self, key: &str, range: RangeInclusive<i64>) -> Result<Option<i64>> {
        let Some((value, place)) = self.take(key) else { return Ok(None) };
        let number = match &value.0 {
            Kind::Integer(number) => Some(*number),
            Kind::Text(text) if place.file.is_none() => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.wrong_type(&place, Words("a whole number", "整数"), &value))?;
        if range.contains(&number) {
            return Ok(Some(number));
        }
        let (low, high) = range.into_inner();
        Err(self.error(safe!("{} must be from {} to {}", "{} 须在 {} 至 {} 之间", place, low, high)))
    }

    pub(crate) fn boolean(&mut self, key: &str) -> Result<Option<bool>> {
        let Some((value, place)) = self.take(key) else { return Ok(None) };
        match &value.0 {
            Kind::Boolean(value) => Ok(Some(*value)),
            Kind::Text(text) if place.file.is_none() && text.as_str() == "true" => Ok(Some(true)),
            Kind::Text(text) if place.file.is_none() && text.as_str() == "false" => Ok(Some(false)),
            _ => Err(self.wrong_type(&place, Words("true or false", "true 或 false"), &value)),
        }
    }

    pub(crate) fn list(&mut self, key: &str) -> Result<Option<Found<Vec<String>>>> {
        match self.take(key) {
            None => Ok(None),
            Some((Value(Kind::List(value)), place)) => Ok(Some(Found { value, place })),
            Some((other, place)) => Err(self.wrong_type(&place, Words("a list of strings", "字符串列表"), &other)),
        }
    }

    /// The keys left under `prefix`, such as the codes of a table.
    pub(crate) fn keys_under(&self, prefix: &str) -> Vec<String> {
        self.entries.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    fn wrong_type(&self, place: &Place, due: Words, found: &Value) -> Error {
        let found = found.type_name();
        self.error(safe!("{} must be {}, not {}", "{} 须为{},而不是{}", place, due, found))
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
                KeyName::of(key)
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
        Err(self.error(self.not_known(key, &[])))
    }
}

fn section_of(key: &str) -> &str {
    key.split_once('.').map_or("", |(section, _)| section)
}

fn line_of(source: &str, at: usize) -> usize {
    source.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn plain(value: &DeValue<'_>) -> Value {
    Value(match value {
        DeValue::String(text) => Kind::Text(Zeroizing::new(text.to_string())),
        DeValue::Integer(number) => i64::from_str_radix(&number.as_str().replace('_', ""), number.radix())
            .map_or(Kind::Other(Words("a huge integer", "过大的整数")), Kind::Integer),
        DeValue::Boolean(value) => Kind::Boolean(*value),
        DeValue::Array(items) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map_or(Kind::Other(Words("a list of other things", "其他类型的列表")), Kind::List),
        DeValue::Float(_) => Kind::Other(Words("a decimal number", "小数")),
        DeValue::Datetime(_) => Kind::Other(Words("a date", "日期")),
        // Others are flattened.
        DeValue::Table(_) => Kind::Other(EMPTY_TABLE),
    })
}
