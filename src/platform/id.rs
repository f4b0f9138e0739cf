//! Interface 4 as the platform reads and answers it.

use serde::Serialize;
use zeroize::Zeroizing;

use super::Code;
use crate::config::IdUnit;
use crate::dialect::{Dialect, IdDialect};
use crate::error::{Error, ErrorKind, Result, safe};
use crate::interfaces::id::IdResult;
use crate::person::{CertificateNumber, PersonName, PersonalText, Secret};
use crate::verdict::{Level, LevelAlphabet};
use crate::wire::cipher::Cipher;
use crate::wire::json::{self, JsonObject, NotText};

/// The two ciphers of one unit.
#[derive(Debug, Clone)]
pub struct IdKeys {
    auth: Cipher,
    body: Cipher,
    auth_json: bool,
}

/// What was asked, decrypted (table C.2). `Debug` masks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdBody {
    /// Certificate number.
    pub number: CertificateNumber,
    /// Name.
    pub name: PersonName,
    /// Place or unit.
    pub organize_location: Option<String>,
    /// Kind of application.
    pub apply_type: Option<String>,
}

/// The inner answer: the order of the members is the order of the specification. Holds personal data: not `Debug`.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct IdAnswer<'a> {
    /// Certificate number, as asked.
    #[serde(rename = "userid")]
    pub number: &'a str,
    /// Name.
    pub name: &'a str,
    /// A word of the dialect's alphabet, or [`IdAnswer::unknown`].
    #[serde(rename = "levelData")]
    pub level: &'a str,
    /// Travel record text.
    #[serde(rename = "xcValue", skip_serializing_if = "Option::is_none")]
    pub travel: Option<&'a str>,
    /// Why a code is not green.
    #[serde(rename = "exceptionCodeReason", skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
}

impl<'a> IdAnswer<'a> {
    /// A result of interface 4 as it is passed on to a unit, in the words of that unit's dialect.
    pub fn of(result: &'a IdResult, dialect: &'a Dialect) -> IdAnswer<'a> {
        IdAnswer {
            number: result.number.expose(),
            name: result.name.expose(),
            level: dialect.level.word(result.level()).unwrap_or(IdAnswer::unknown(&dialect.level)),
            travel: result.travel.as_ref().map(PersonalText::expose),
            reason: result.reason.as_ref().map(PersonalText::expose),
        }
    }

    /// The word for a level that is not known, which this interface cannot leave out: the standard's digit 4 or, where an
    /// alphabet has given that to a colour, a word that it has not.
    pub fn unknown(alphabet: &LevelAlphabet) -> &'static str {
        let words = ["4", "unknown", "none"];
        words.into_iter().find(|word| alphabet.level(word) == Level::Unknown).unwrap_or_default()
    }

    /// The required members: number as asked, name, and a word of the dialect's alphabet.
    pub fn new(number: &'a str, name: &'a str, level: &'a str) -> IdAnswer<'a> {
        IdAnswer { number, name, level, travel: None, reason: None }
    }

    /// The optional members: travel record text, and why a code is not green.
    #[must_use]
    pub fn with(self, travel: Option<&'a str>, reason: Option<&'a str>) -> IdAnswer<'a> {
        IdAnswer { travel, reason, ..self }
    }
}

impl IdKeys {
    /// Keys as they are delivered and as a configuration writes them: in the dialect's encoding.
    ///
    /// # Errors
    /// `config_invalid` for an empty text, `key_invalid` for one that is no key; both name it and say what would be right.
    pub fn from_text(auth_key: &str, body_key: &str, dialect: &IdDialect) -> Result<IdKeys> {
        let auth_key = key("auth_key", auth_key, dialect)?;
        Ok(IdKeys::new(&auth_key, &*key("body_key", body_key, dialect)?, dialect))
    }

    /// The keys of a unit, as its configuration gives them.
    pub fn of_unit(unit: &IdUnit, dialect: &IdDialect) -> IdKeys {
        IdKeys { auth: unit.auth_cipher.clone(), body: unit.body_cipher.clone(), auth_json: dialect.auth_json }
    }

    /// Keys given as bytes.
    pub fn new(auth_key: &[u8; 16], body_key: &[u8; 16], dialect: &IdDialect) -> IdKeys {
        IdKeys {
            auth: Cipher::new(dialect.cipher, auth_key, &dialect.iv),
            body: Cipher::new(dialect.cipher, body_key, &dialect.iv),
            auth_json: dialect.auth_json,
        }
    }

    /// Opens the `auth` header: the account.
    ///
    /// # Errors
    /// `answer_unreadable`, whatever is wrong with it.
    pub fn open_auth(&self, header: &str) -> Result<Secret> {
        let plain = self.auth.open(header).map_err(|_| ErrorKind::AnswerUnreadable)?;
        if !self.auth_json {
            return Ok(Secret::from(plain.as_str()));
        }
        let account = object(&plain)?.take_text("userid").ok().flatten();
        account.ok_or_else(|| ErrorKind::AnswerUnreadable.into())
    }

    /// Opens a body.
    ///
    /// # Errors
    /// `answer_unreadable` if it cannot be decrypted to a JSON object; `input_invalid` naming what is missing in it.
    pub fn open_body(&self, body: &[u8]) -> Result<IdBody> {
        let sealed = std::str::from_utf8(body).map_err(|_| ErrorKind::AnswerUnreadable)?;
        let plain = self.body.open(sealed).map_err(|_| ErrorKind::AnswerUnreadable)?;
        let mut asked = object(&plain)?;
        Ok(IdBody {
            number: take(&mut asked, "userid", "number")?.ok_or_else(|| super::missing("number", "userid"))?,
            name: take(&mut asked, "name", "name")?.ok_or_else(|| super::missing("name", "name"))?,
            organize_location: take(&mut asked, "organizeLocation", "organize_location")?,
            apply_type: take(&mut asked, "applyType", "apply_type")?,
        })
    }

    /// Seals an answer: what `data` carries.
    pub fn seal_answer(&self, answer: &IdAnswer<'_>) -> String {
        self.body.seal(&json::write(answer))
    }
}

fn key(field: &'static str, text: &str, dialect: &IdDialect) -> Result<Zeroizing<[u8; 16]>> {
    if text.is_empty() {
        return Err(Error::with(ErrorKind::ConfigInvalid, safe!("{} is empty", "{} 为空", field)));
    }
    dialect.key_encoding.decode(text).ok_or_else(|| dialect.key_encoding.refuse(field))
}

#[derive(Serialize)]
struct Outer<'a> {
    code: Code<'a>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
}

/// The body of a success of interface 4, its `data` sealed for the unit: JSON, to be sent as
/// `application/json;charset=UTF-8`.
pub fn id_answer(answer: &IdAnswer<'_>, keys: &IdKeys, dialect: &Dialect) -> Zeroizing<Vec<u8>> {
    let data = Some(keys.seal_answer(answer));
    json::write(&Outer { code: Code(&dialect.id.success), message: "成功", data })
}

/// The body of a refusal of interface 4, such as code `404`; sent with HTTP status 200, as platforms do.
///
/// # Errors
/// `input_invalid` for the code of a success.
pub fn id_refusal(code: &str, message: &str, dialect: &Dialect) -> Result<Zeroizing<Vec<u8>>> {
    let code = Code::of_refusal(code, &dialect.id.success)?;
    Ok(json::write(&Outer { code, message, data: None }))
}

fn object(plain: &str) -> Result<JsonObject> {
    JsonObject::parse(plain.as_bytes()).map_err(|_| ErrorKind::AnswerUnreadable.into())
}

/// `wire` is the member's name in the body, `field` ours.
fn take<T: From<String>>(asked: &mut JsonObject, wire: &'static str, field: &'static str) -> Result<Option<T>> {
    asked.take_text(wire).map_err(|NotText| Error::input(field, safe!("{} is not a text", "{} 不是文本", wire)))
}
