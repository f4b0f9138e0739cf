//! What may differ between platform editions: data, in `dialects/*.toml`, checked at load.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use once_cell::race::OnceBox;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, KeyName, LogSafe, Owner, Result, SafeText, ShownPath, safe};
use crate::person::clean;
use crate::settings::{Place, Settings, source};
use crate::verdict::LevelAlphabet;
use crate::wire::cipher::{self, Algorithm};
use crate::wire::time::{TimeFormat, TimeFormatFault};

/// The name of the built-in dialect.
pub const BUILT_IN: &str = "db32t3761-46-2021";
const BUILT_IN_SOURCE: &str = include_str!("../dialects/db32t3761-46-2021.toml");

/// Without a lock while it is read: none would ever be given back in a process that is forked then.
static BUILT_IN_DIALECT: OnceBox<Arc<Dialect>> = OnceBox::new();

/// One platform edition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// The edition's name.
    pub edition: String,
    /// Whether the stand-ins for the dot of a name are sent as U+00B7.
    pub middle_dot: bool,
    /// The words for green, yellow and red.
    pub level: LevelAlphabet,
    /// Interface 1.
    pub user_token: UserTokenDialect,
    /// Path shape of the H5 page.
    pub display_path: String,
    /// Interface 3.
    pub scan: ScanDialect,
    /// QR text rules of interface 3.
    pub qr: QrRules,
    /// Interface 4.
    pub id: IdDialect,
}

/// What may differ in interface 1 (Annex A).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserTokenDialect {
    /// Path shape of the gateway.
    pub path: String,
    /// How the five parameters travel.
    pub method: GatewayMethod,
    /// The service's name unless the configuration gives one.
    pub servicename: String,
    /// How `time` is written.
    pub time_format: TimeFormat,
    /// Upper-case instead of lower-case hex.
    pub sign_upper: bool,
    /// The `retcode` of a success.
    pub success: String,
    /// Refusals that a wrong clock may explain.
    pub skew_codes: Vec<String>,
    /// How far apart the clocks may be, in seconds.
    pub max_skew_s: i64,
    /// `retcode` → error.
    pub codes: CodeTable,
}

/// How the five parameters of interface 1 travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayMethod {
    /// POST, form-encoded.
    Form,
    /// GET, in the query.
    Query,
    /// POST, one JSON object.
    Json,
}

/// What may differ in interface 3 (Annex B).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanDialect {
    /// Path shape.
    pub path: String,
    /// The `resCode` of a success.
    pub success: String,
    /// `resCode` → error (table B.2).
    pub codes: CodeTable,
}

/// When a scanned text is a health code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QrRules {
    /// What the code's identity follows.
    pub code_key: String,
    /// How a completely scanned text ends.
    pub ending: String,
    /// Longest text, in characters.
    pub max_chars: usize,
}

/// What may differ in interface 4 (Annexes C and D).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdDialect {
    /// Path shape.
    pub path: String,
    /// Content type of the body.
    pub content_type: String,
    /// The header that carries the encrypted account.
    pub auth_header: String,
    /// Whether the account is wrapped as `{"userid":"…"}` before encryption.
    pub auth_json: bool,
    /// The cipher.
    pub cipher: Algorithm,
    /// Initialisation vector of the CBC modes.
    pub iv: [u8; 16],
    /// How keys are written in the configuration.
    pub key_encoding: KeyEncoding,
    /// The `code` of a success.
    pub success: String,
    /// Whether `data` is also taken in plain.
    pub plain_data: bool,
    /// `code` → error.
    pub codes: CodeTable,
}

/// How the 16 bytes of a key are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyEncoding {
    /// Base64 of 16 bytes.
    Base64,
    /// 32 hex digits.
    Hex,
    /// 16 ASCII characters.
    Utf8,
}

impl KeyEncoding {
    /// The 16 bytes of a key that is written in this encoding.
    pub(crate) fn decode(self, text: &str) -> Option<Zeroizing<[u8; 16]>> {
        let bytes: Option<[u8; 16]> = match self {
            KeyEncoding::Base64 => cipher::decode_base64(text).and_then(|bytes| bytes.as_slice().try_into().ok()),
            KeyEncoding::Hex => cipher::decode_hex_16(text),
            KeyEncoding::Utf8 => text.as_bytes().try_into().ok().filter(|_| text.is_ascii()),
        };
        bytes.map(Zeroizing::new)
    }

    /// What is wrong with the key at a place, and what would be right.
    pub(crate) fn refuse(self, place: impl LogSafe) -> Error {
        let detail = match self {
            KeyEncoding::Base64 => {
                safe!("{} must be the Base64 of 16 bytes (24 characters)", "{} 须为 16 字节的 Base64(24 个字符)", place)
            }
            KeyEncoding::Hex => safe!("{} must be 32 hex digits", "{} 须为 32 位十六进制数", place),
            KeyEncoding::Utf8 => safe!("{} must be 16 ASCII characters", "{} 须为 16 个 ASCII 字符", place),
        };
        Error::with(ErrorKind::KeyInvalid, detail)
    }
}

/// A platform's refusal codes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodeTable(BTreeMap<String, Row>);

/// What a dialect says of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    kind: ErrorKind,
    meaning: Option<SafeText>,
    owner: Option<Owner>,
}

impl CodeTable {
    /// The error for a code that is not success; unlisted codes are `refused`, code and text kept.
    pub fn refusal(&self, code: &str, text: Option<&str>) -> Error {
        match self.0.get(code) {
            Some(row) => Error::refusal(row.kind, code, text, row.meaning.clone()),
            None => Error::refusal(ErrorKind::Refused, code, text, None),
        }
    }

    /// The listed codes and what they become.
    pub fn iter(&self) -> impl Iterator<Item = (&str, ErrorKind)> {
        self.0.iter().map(|(code, row)| (code.as_str(), row.kind))
    }

    /// Whether a code is listed.
    pub fn lists(&self, code: &str) -> bool {
        self.0.contains_key(code)
    }

    /// Who can repair what a listed code means: the owner of its error or, where that is only `refused`, the one that
    /// the dialect names, if it does.
    pub fn owner(&self, code: &str) -> Option<Owner> {
        let row = self.0.get(code)?;
        if row.kind == ErrorKind::Refused { row.owner } else { Some(row.kind.owner()) }
    }
}

impl Dialect {
    /// The dialect that ships with the library.
    pub fn built_in() -> Arc<Dialect> {
        Arc::clone(BUILT_IN_DIALECT.get_or_init(|| {
            let dialect = Dialect::parse(BUILT_IN, BUILT_IN_SOURCE).expect("the built-in dialect is tested");
            Box::new(Arc::new(dialect))
        }))
    }

    /// The TOML text of the built-in dialect, to start a variant from.
    pub fn built_in_source() -> &'static str {
        BUILT_IN_SOURCE
    }

    /// Reads a dialect file.
    ///
    /// # Errors
    /// `dialect_invalid` with file, line, key and what would be right.
    pub fn load(path: &Path) -> Result<Dialect> {
        let source = source::read(ErrorKind::DialectInvalid, path)?;
        Dialect::read(ShownPath::of(path), &source)
    }

    /// Reads a dialect from text; `file` is the name used in errors.
    ///
    /// # Errors
    /// As [`Dialect::load`].
    pub fn parse(file: &str, source: &str) -> Result<Dialect> {
        Dialect::read(ShownPath::of(Path::new(file)), source)
    }

    fn read(file: ShownPath, source: &str) -> Result<Dialect> {
        let mut settings = Settings::parse(ErrorKind::DialectInvalid, file, source)?;
        let dialect = Dialect::of(&mut settings).map_err(|error| settings.explain(error, &built_in_keys()))?;
        settings.finish(&SECTIONS)?;
        Ok(dialect)
    }

    fn of(settings: &mut Settings) -> Result<Dialect> {
        let (scan_success, scan_codes) = success_and_codes(settings, "scan")?;
        Ok(Dialect {
            edition: text(settings, "edition")?,
            middle_dot: optional_choice(settings, "name_dot", &[("U+00B7", true), ("as given", false)])?
                .unwrap_or(true),
            level: level_alphabet(settings)?,
            user_token: user_token(settings)?,
            display_path: path_shape(settings, "display.path")?,
            scan: ScanDialect { path: path_shape(settings, "scan.path")?, success: scan_success, codes: scan_codes },
            qr: QrRules {
                code_key: text(settings, "qr.code_key")?,
                ending: text(settings, "qr.ending")?,
                max_chars: required_integer(settings, "qr.max_chars", 64, 65_536)? as usize,
            },
            id: id(settings)?,
        })
    }
}

/// The keys of the dialect that ships with the library.
fn built_in_keys() -> Vec<String> {
    let name = ShownPath::of(Path::new(BUILT_IN));
    Settings::parse(ErrorKind::DialectInvalid, name, BUILT_IN_SOURCE).map(|all| all.keys_under("")).unwrap_or_default()
}

/// The sections of a dialect.
const SECTIONS: [&str; 6] = ["level", "user_token", "display", "scan", "qr", "id"];

fn user_token(settings: &mut Settings) -> Result<UserTokenDialect> {
    let zone = settings.required_text("user_token.time_zone")?;
    let format = settings.required_text("user_token.time_format")?;
    let (success, codes) = success_and_codes(settings, "user_token")?;
    let time_format = TimeFormat::new(&format.value, &zone.value).map_err(|fault| {
        settings.error(match fault {
            TimeFormatFault::Zone => {
                safe!("{} must be an offset such as +08:00", "{} 须为 +08:00 形式的时差", zone.place)
            }
            TimeFormatFault::Pattern => safe!(
                "{} must be a strftime pattern that gives the time to the second, such as %Y%m%d%H%M%S, or epoch-ms",
                "{} 须为精确到秒的 strftime 格式,如 %Y%m%d%H%M%S,或 epoch-ms",
                format.place
            ),
        })
    })?;
    Ok(UserTokenDialect {
        path: path_shape(settings, "user_token.path")?,
        method: choice(
            settings,
            "user_token.method",
            &[("form", GatewayMethod::Form), ("query", GatewayMethod::Query), ("json", GatewayMethod::Json)],
        )?,
        servicename: text(settings, "user_token.servicename")?,
        time_format,
        sign_upper: choice(settings, "user_token.sign_case", &[("lower", false), ("upper", true)])?,
        success,
        skew_codes: settings.list("user_token.skew_codes")?.map(|found| found.value).unwrap_or_default(),
        max_skew_s: required_integer(settings, "user_token.max_skew_s", 1, 86_400)?,
        codes,
    })
}

fn id(settings: &mut Settings) -> Result<IdDialect> {
    let (success, codes) = success_and_codes(settings, "id")?;
    let algorithms: Vec<(&str, Algorithm)> = Algorithm::ALL.iter().map(|one| (one.name(), *one)).collect();
    Ok(IdDialect {
        path: path_shape(settings, "id.path")?,
        content_type: header_value(settings, "id.content_type")?,
        auth_header: header_name(settings, "id.auth_header")?,
        auth_json: choice(settings, "id.auth_form", &[("bare", false), ("json", true)])?,
        cipher: choice(settings, "id.cipher", &algorithms)?,
        iv: iv(settings)?,
        key_encoding: choice(
            settings,
            "id.key_encoding",
            &[("base64", KeyEncoding::Base64), ("hex", KeyEncoding::Hex), ("utf8", KeyEncoding::Utf8)],
        )?,
        success,
        plain_data: settings.boolean("id.plain_data")?.unwrap_or(true),
        codes,
    })
}

fn text(settings: &mut Settings, key: &str) -> Result<String> {
    let found = settings.required_text(key)?;
    if found.value.is_empty() {
        return Err(settings.error(safe!("{} is empty", "{} 为空", found.place)));
    }
    Ok(found.value.to_string())
}

fn path_shape(settings: &mut Settings, key: &str) -> Result<String> {
    let place = settings.place(key);
    let path = text(settings, key)?;
    if path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(path);
    }
    Err(settings.error(safe!("{} must be a path that starts with /", "{} 须为以 / 开头的路径", place)))
}

/// Headers by which HTTP itself works.
const FRAMING: [http::HeaderName; 5] = [
    http::header::CONTENT_LENGTH,
    http::header::CONTENT_TYPE,
    http::header::TRANSFER_ENCODING,
    http::header::CONNECTION,
    http::header::HOST,
];

fn header_name(settings: &mut Settings, key: &str) -> Result<String> {
    let place = settings.place(key);
    let name = text(settings, key)?;
    match http::HeaderName::from_str(&name) {
        Ok(header) if !FRAMING.contains(&header) => Ok(name),
        _ => Err(settings.error(safe!(
            "{} is not an HTTP header name that can carry it",
            "{} 不是可用的 HTTP 头名称",
            place
        ))),
    }
}

fn header_value(settings: &mut Settings, key: &str) -> Result<String> {
    let place = settings.place(key);
    let value = text(settings, key)?;
    match http::HeaderValue::from_str(&value) {
        Ok(_) => Ok(value),
        Err(_) => Err(settings.error(safe!("{} is not an HTTP header value", "{} 不是合法的 HTTP 头取值", place))),
    }
}

fn required_integer(settings: &mut Settings, key: &str, low: i64, high: i64) -> Result<i64> {
    let place = settings.place(key);
    settings.integer(key, low..=high)?.ok_or_else(|| settings.missing(&place))
}

fn choice<T: Copy>(settings: &mut Settings, key: &str, options: &[(&'static str, T)]) -> Result<T> {
    let place = settings.place(key);
    optional_choice(settings, key, options)?.ok_or_else(|| settings.missing(&place))
}

fn optional_choice<T: Copy>(settings: &mut Settings, key: &str, options: &[(&'static str, T)]) -> Result<Option<T>> {
    let Some(found) = settings.text(key)? else { return Ok(None) };
    let chosen = options.iter().find(|(name, _)| *name == found.value.as_str());
    chosen.map(|(_, value)| Some(*value)).ok_or_else(|| not_one_of(settings, &found.place, options))
}

fn not_one_of<T>(settings: &Settings, place: &Place, options: &[(&'static str, T)]) -> Error {
    let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
    settings.error(safe!("{} must be one of {}", "{} 须为以下之一:{}", place, KeyName::list(&names)))
}

fn iv(settings: &mut Settings) -> Result<[u8; 16]> {
    let found = settings.required_text("id.iv")?;
    crate::wire::cipher::decode_hex_16(&found.value)
        .ok_or_else(|| settings.error(safe!("{} must be 32 hex digits", "{} 须为 32 位十六进制数", found.place)))
}

fn level_alphabet(settings: &mut Settings) -> Result<LevelAlphabet> {
    let green_place = settings.place("level.green");
    let green = words(settings, "level.green")?;
    let yellow = words(settings, "level.yellow")?;
    let red = words(settings, "level.red")?;
    let names_another = |word: &String| {
        let others = yellow.iter().chain(&red).map(String::as_str).chain(NEVER_GREEN);
        others.into_iter().any(|other| other.eq_ignore_ascii_case(word))
    };
    if green.iter().any(names_another) {
        return Err(settings.error(safe!(
            "{} holds a word that stands for another level",
            "{} 含有表示其他等级的词",
            green_place
        )));
    }
    Ok(LevelAlphabet { green, yellow, red })
}

/// The standard's words for the other levels: no edition's file can turn one of them green.
const NEVER_GREEN: [&str; 11] = ["yellow", "red", "unknown", "2", "3", "4", "黄", "红", "黄码", "红码", "未知"];

fn words(settings: &mut Settings, key: &str) -> Result<Vec<String>> {
    let place = settings.place(key);
    let found = settings.list(key)?.map(|found| found.value).unwrap_or_default();
    if found.is_empty() || found.iter().any(String::is_empty) {
        return Err(settings.error(safe!("{} needs at least one word, none empty", "{} 须至少有一个非空的词", place)));
    }
    Ok(found)
}

/// What a platform's code may mean.
const REFUSALS: [ErrorKind; 7] = [
    ErrorKind::Refused,
    ErrorKind::QrExpired,
    ErrorKind::QrNotSkm,
    ErrorKind::NoAccess,
    ErrorKind::UpdateRequired,
    ErrorKind::PersonNotFound,
    ErrorKind::Busy,
];

/// What the standard says no to with, in any of its interfaces: no edition's file can turn one of them into a success.
fn is_refusal_of_the_standard(code: f64) -> bool {
    [111.0, 112.0, 116.0, 118.0, 119.0].contains(&code)
        || (400.0..600.0).contains(&code)
        || (201.0..300.0).contains(&code)
}

/// A success's code and the table of refusals beside it. Codes are compared as texts, but a platform writes the same one
/// as a number too: a success must not be a refusal either way.
fn success_and_codes(settings: &mut Settings, section: &str) -> Result<(String, CodeTable)> {
    let key = format!("{section}.success");
    let place = settings.place(&key);
    let success = text(settings, &key)?;
    let codes = codes(settings, &format!("{section}.codes"))?;
    let number = |code: &str| clean::framed(code).parse::<f64>().ok();
    let value = number(&success);
    let is_listed = codes.iter().any(|(code, _)| code == success || (value.is_some() && number(code) == value));
    if !is_listed && !value.is_some_and(is_refusal_of_the_standard) {
        return Ok((success, codes));
    }
    Err(settings.error(safe!(
        "{} is a refusal's code: write the code of a success, such as \"000000\", \"0\" or \"200\"",
        "{} 是拒绝类代码:须为成功时的代码,如 \"000000\"、\"0\" 或 \"200\"",
        place
    )))
}

/// Who can repair a refusal, as a dialect names them.
const OWNERS: [(&str, Owner); 2] = [("credentials", Owner::Credentials), ("person", Owner::Person)];

/// Codes are written `111 = "qr_expired"` or `111 = { error = "qr_expired", en = "…", zh = "…" }`.
fn codes(settings: &mut Settings, section: &str) -> Result<CodeTable> {
    let prefix = format!("{section}.");
    let mut table = CodeTable::default();
    let mut names: Vec<String> = settings
        .keys_under(&prefix)
        .iter()
        .filter_map(|key| key[prefix.len()..].split('.').next().map(str::to_owned))
        .collect();
    names.dedup();
    for code in names {
        let short = format!("{prefix}{code}");
        let kind_key =
            if settings.keys_under(&short).contains(&short) { short.clone() } else { format!("{short}.error") };
        let found = settings.required_text(&kind_key)?;
        let kind = ErrorKind::from_name(&found.value).filter(|kind| REFUSALS.contains(kind)).ok_or_else(|| {
            settings.error(safe!(
                "{} is not what a platform can refuse with: write one of {}",
                "{} 不是平台可能的拒绝原因:须为以下之一:{}",
                found.place,
                KeyName::list(&REFUSALS.map(ErrorKind::name))
            ))
        })?;
        let en = settings.text(&format!("{short}.en"))?;
        let zh = settings.text(&format!("{short}.zh"))?;
        if en.is_some() != zh.is_some() {
            let detail = safe!("{}: en and zh go together", "{}:en 与 zh 须同时给出", found.place);
            return Err(settings.error(detail));
        }
        let meaning = en.zip(zh).map(|(en, zh)| SafeText::from_parts(en.value.to_string(), zh.value.to_string()));
        let owner_key = format!("{short}.owner");
        let is_owned = settings.keys_under(&short).contains(&owner_key);
        let owner = if is_owned { Some(choice(settings, &owner_key, &OWNERS)?) } else { None };
        table.0.insert(code, Row { kind, meaning, owner });
    }
    Ok(table)
}
