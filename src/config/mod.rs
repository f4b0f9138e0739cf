//! What a unit is given when its application is approved: URLs, keys, places.
//!
//! One TOML file serves the command, C, Java and Python; `skm config init` writes it with a comment on every key.
//! [`Config::load`] reads it; [`Builder`] takes the same dotted keys one by one. Both meet the same checks, and every
//! refusal names file, line, key and what would be right.

mod http;
pub mod keys;
pub(crate) mod secret;
mod url;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::dialect::{BUILT_IN, Dialect};
use crate::error::{Error, ErrorKind, Result, ShownPath, safe};
use crate::interfaces::Interface;
use crate::person::{PersonName, Phone, Secret};
use crate::settings::{Settings, source};
use crate::verdict::WhenUnreachable;
use crate::wire::cipher::Cipher;

#[cfg(feature = "evidence")]
pub use crate::audit::Pseudonym;
pub use crate::audit::{AuditSettings, OnFailure};
pub use crate::settings::Value;
pub use http::{ClientPem, HttpSettings, Proxy};
pub use url::ServiceUrl;
pub(crate) use url::is_proxy_url;

/// A checked configuration. `Debug` masks every secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// The platform edition.
    pub dialect: Arc<Dialect>,
    /// Interface 1, if the unit may call it.
    pub user_token: Option<UserTokenUnit>,
    /// Interface 2, if the unit may show the page.
    pub display: Option<DisplayUnit>,
    /// Interface 3, if the unit may call it.
    pub scan: Option<ScanUnit>,
    /// Interface 4, if the unit may call it.
    pub id: Option<IdUnit>,
    /// Time limits, connections, TLS.
    pub http: HttpSettings,
    /// What the venue does when the platform cannot be reached.
    pub when_unreachable: WhenUnreachable,
    /// The evidence log, if one is kept.
    pub audit: Option<AuditSettings>,
}

/// Credentials of interface 1.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UserTokenUnit {
    /// The gateway.
    pub url: ServiceUrl,
    /// 应用标识.
    pub appmark: String,
    /// 应用密钥; never sent.
    pub appword: Secret,
    /// The service's name, if not the dialect's.
    pub servicename: Option<String>,
}

/// The H5 page of interface 2.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DisplayUnit {
    /// The page, without token.
    pub url: ServiceUrl,
}

/// Credentials of interface 3 and the verifier's defaults.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScanUnit {
    /// The service.
    pub url: ServiceUrl,
    /// The applying unit.
    pub source: String,
    /// The unit's fixed access token.
    pub token: Secret,
    /// Where checks happen: `province,city,district,street`.
    pub position: Option<String>,
    /// The verifying unit.
    pub verifier_dept: Option<String>,
    /// The verifying person.
    pub verifier_name: Option<PersonName>,
    /// That person's phone.
    pub verifier_phone: Option<Phone>,
}

/// Credentials of interface 4, keys already expanded, and the request's defaults.
#[derive(Clone)]
#[non_exhaustive]
pub struct IdUnit {
    /// The service.
    pub url: ServiceUrl,
    /// The sealed account, as the `auth` header carries it.
    pub(crate) auth: Zeroizing<String>,
    /// The cipher of `auth`.
    pub auth_cipher: Cipher,
    /// The cipher of bodies and answers.
    pub body_cipher: Cipher,
    /// Place or unit.
    pub organize_location: Option<String>,
    /// Kind of application.
    pub apply_type: Option<String>,
}

impl fmt::Debug for IdUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdUnit").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Builds a [`Config`] from dotted keys, such as `scan.token`, without a file.
///
/// Values may be text, numbers or truth values; text is read as a number or a truth value where one is due. Relative
/// paths are relative to the working directory.
pub struct Builder {
    settings: Settings,
}

impl Default for Builder {
    fn default() -> Self {
        Builder { settings: Settings::new(ErrorKind::ConfigInvalid) }
    }
}

impl Builder {
    /// Sets a key, named as `skm config init` writes them; a later value replaces an earlier one.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Builder {
        self.settings.set(key, value.into());
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    /// `config_invalid`, `key_invalid` or `dialect_invalid`, naming the key and what would be right.
    pub fn build(self) -> Result<Config> {
        Config::check(self.settings, Path::new(""))
    }
}

impl Config {
    /// Starts an empty builder.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// `config_invalid`, `key_invalid` or `dialect_invalid`, naming file, line, key and what would be right.
    pub fn load(path: impl AsRef<Path>) -> Result<Config> {
        let path = path.as_ref();
        let source = source::read(ErrorKind::ConfigInvalid, path)?;
        let settings = Settings::parse(ErrorKind::ConfigInvalid, ShownPath::of(path), &source)?;
        Config::check(settings, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads and checks configuration text; relative paths in it are relative to `base`.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(source: &str, base: &Path) -> Result<Config> {
        let file = ShownPath::of(Path::new("skm.toml"));
        Config::check(Settings::parse(ErrorKind::ConfigInvalid, file, source)?, base)
    }

    fn check(mut settings: Settings, base: &Path) -> Result<Config> {
        let settings = &mut settings;
        let dialect = dialect(settings, base)?;
        let allow_http = settings.boolean("http.allow_http")?.unwrap_or(false);
        let user_token = section(settings, "user_token", |s| user_token(s, base, allow_http))?;
        let display = section(settings, "display", |s| {
            Ok(DisplayUnit { url: url::required(s, "display.url", allow_http, url::Fragment::Kept)? })
        })?;
        let scan = section(settings, "scan", |s| scan(s, base, allow_http))?;
        let id = section(settings, "id", |s| id(s, base, allow_http, &dialect))?;
        let http = http::read(settings, base)?;
        let when_unreachable = when_unreachable(settings)?;
        let audit = section(settings, "audit", |s| crate::audit::read_settings(s, base))?;
        std::mem::replace(settings, Settings::new(ErrorKind::ConfigInvalid)).finish(&SECTIONS)?;
        Ok(Config { dialect, user_token, display, scan, id, http, when_unreachable, audit })
    }

    /// The section of interface 1.
    ///
    /// # Errors
    /// `config_missing`, naming the section; likewise for the other three.
    pub fn user_token(&self) -> Result<&UserTokenUnit> {
        self.user_token.as_ref().ok_or_else(|| missing_section("user_token"))
    }

    /// The section of interface 2.
    ///
    /// # Errors
    /// `config_missing`.
    pub fn display(&self) -> Result<&DisplayUnit> {
        self.display.as_ref().ok_or_else(|| missing_section("display"))
    }

    /// The section of interface 3.
    ///
    /// # Errors
    /// `config_missing`.
    pub fn scan(&self) -> Result<&ScanUnit> {
        self.scan.as_ref().ok_or_else(|| missing_section("scan"))
    }

    /// The section of interface 4.
    ///
    /// # Errors
    /// `config_missing`.
    pub fn id(&self) -> Result<&IdUnit> {
        self.id.as_ref().ok_or_else(|| missing_section("id"))
    }

    /// The section of the evidence log.
    ///
    /// # Errors
    /// `config_missing`.
    pub fn audit(&self) -> Result<&AuditSettings> {
        self.audit.as_ref().ok_or_else(|| missing_section("audit"))
    }

    /// The URL of an interface.
    ///
    /// # Errors
    /// `config_missing`.
    pub fn url(&self, interface: Interface) -> Result<&ServiceUrl> {
        match interface {
            Interface::UserToken => self.user_token().map(|unit| &unit.url),
            Interface::Display => self.display().map(|unit| &unit.url),
            Interface::Scan => self.scan().map(|unit| &unit.url),
            Interface::Id => self.id().map(|unit| &unit.url),
        }
    }

    /// Every URL of the configuration, with the name of its key.
    pub fn urls(&self) -> Vec<(&'static str, &ServiceUrl)> {
        let mut urls = Vec::new();
        urls.extend(self.user_token.as_ref().map(|unit| ("user_token.url", &unit.url)));
        urls.extend(self.display.as_ref().map(|unit| ("display.url", &unit.url)));
        urls.extend(self.scan.as_ref().map(|unit| ("scan.url", &unit.url)));
        urls.extend(self.id.as_ref().map(|unit| ("id.url", &unit.url)));
        urls
    }
}

/// The sections of a configuration.
const SECTIONS: [&str; 7] = ["user_token", "display", "scan", "id", "http", "gate", "audit"];

fn missing_section(section: &'static str) -> Error {
    let detail = safe!("add the section [{}] to the configuration", "请在配置中添加 [{}] 一节", section);
    Error::with(ErrorKind::ConfigMissing, detail)
}

fn section<T>(settings: &mut Settings, name: &str, read: impl FnOnce(&mut Settings) -> Result<T>) -> Result<Option<T>> {
    if !settings.has_section(name) {
        return Ok(None);
    }
    read(settings).map(Some).map_err(|error| settings.explain(error, &[]))
}

fn dialect(settings: &mut Settings, base: &Path) -> Result<Arc<Dialect>> {
    match settings.text("dialect")? {
        None => Ok(Dialect::built_in()),
        Some(found) if found.value.as_str() == BUILT_IN => Ok(Dialect::built_in()),
        Some(found) => Dialect::load(&base.join(found.value.as_str())).map(Arc::new),
    }
}

fn user_token(settings: &mut Settings, base: &Path, allow_http: bool) -> Result<UserTokenUnit> {
    // Every key is asked for before the first mistake ends this: see `Settings::explain`. As in all sections.
    let url = url::required(settings, "user_token.url", allow_http, url::Fragment::Refused);
    let appmark = required_line(settings, "user_token.appmark");
    let appword = secret::required(settings, "user_token.appword", base);
    let servicename = line(settings, "user_token.servicename");
    Ok(UserTokenUnit { url: url?, appmark: appmark?, appword: appword?.value, servicename: servicename? })
}

fn scan(settings: &mut Settings, base: &Path, allow_http: bool) -> Result<ScanUnit> {
    let url = url::required(settings, "scan.url", allow_http, url::Fragment::Refused);
    let source = required_line(settings, "scan.source");
    let token = secret::required(settings, "scan.token", base);
    let [position, verifier_dept, verifier_name, verifier_phone] =
        ["scan.position", "scan.verifier_dept", "scan.verifier_name", "scan.verifier_phone"]
            .map(|key| line(settings, key));
    Ok(ScanUnit {
        url: url?,
        source: source?,
        token: token?.value,
        position: position?,
        verifier_dept: verifier_dept?,
        verifier_name: verifier_name?.map(PersonName::from),
        verifier_phone: verifier_phone?.map(Phone::from),
    })
}

fn id(settings: &mut Settings, base: &Path, allow_http: bool, dialect: &Dialect) -> Result<IdUnit> {
    let url = url::required(settings, "id.url", allow_http, url::Fragment::Refused);
    let account = secret::required(settings, "id.account", base);
    let auth_key = secret::key(settings, "id.auth_key", base, dialect.id.key_encoding);
    let body_key = secret::key(settings, "id.body_key", base, dialect.id.key_encoding);
    let [organize_location, apply_type] = ["id.organize_location", "id.apply_type"].map(|key| line(settings, key));
    let (url, account, auth_key, body_key) = (url?, account?, auth_key?, body_key?);
    let auth_cipher = Cipher::new(dialect.id.cipher, &auth_key, &dialect.id.iv);
    let auth = Zeroizing::new(auth_cipher.seal(auth_text(account.value.expose(), dialect.id.auth_json).as_bytes()));
    Ok(IdUnit {
        url,
        auth,
        auth_cipher,
        body_cipher: Cipher::new(dialect.id.cipher, &body_key, &dialect.id.iv),
        organize_location: organize_location?,
        apply_type: apply_type?,
    })
}

/// The account as it is encrypted: bare, or wrapped as JSON where the dialect says so.
fn auth_text(account: &str, json: bool) -> Zeroizing<String> {
    if !json {
        return Zeroizing::new(account.to_owned());
    }
    Zeroizing::new(serde_json::json!({ "userid": account }).to_string())
}

fn when_unreachable(settings: &mut Settings) -> Result<WhenUnreachable> {
    let Some(found) = settings.text("gate.when_unreachable")? else { return Ok(WhenUnreachable::default()) };
    match found.value.as_str() {
        "stay_shut" => Ok(WhenUnreachable::StayShut),
        "call_person" => Ok(WhenUnreachable::CallPerson),
        _ => Err(settings.error(safe!(
            "{} must be stay_shut or call_person: nothing opens a gate without a verdict",
            "{} 须为 stay_shut 或 call_person:没有核验结果,闸机绝不放行",
            found.place
        ))),
    }
}

fn line(settings: &mut Settings, key: &str) -> Result<Option<String>> {
    let Some(found) = settings.text(key)? else { return Ok(None) };
    if found.value.trim().is_empty() || found.value.chars().any(char::is_control) {
        let detail = safe!("{} must be one line of text, not empty", "{} 须为一行非空文本", found.place);
        return Err(settings.error(detail));
    }
    Ok(Some(found.value.to_string()))
}

fn required_line(settings: &mut Settings, key: &str) -> Result<String> {
    let place = settings.place(key);
    line(settings, key)?.ok_or_else(|| settings.missing(&place))
}
