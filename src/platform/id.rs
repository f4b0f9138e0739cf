//! Interface 4 as the platform reads and answers it.

use serde::Serialize;

use crate::config::IdUnit;
use crate::dialect::IdDialect;
use crate::error::{Error, ErrorKind, Result, safe};
use crate::person::{CertificateNumber, PersonName, Secret};
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
    pub userid: CertificateNumber,
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
    pub userid: &'a str,
    /// Name.
    pub name: &'a str,
    /// A word of the dialect's alphabet.
    #[serde(rename = "levelData")]
    pub level_data: &'a str,
    /// Travel record text.
    #[serde(rename = "xcValue", skip_serializing_if = "Option::is_none")]
    pub travel: Option<&'a str>,
    /// Why a code is not green.
    #[serde(rename = "exceptionCodeReason", skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
}

impl<'a> IdAnswer<'a> {
    /// The required members: number as asked, name, and a word of the dialect's alphabet.
    pub fn new(userid: &'a str, name: &'a str, level_data: &'a str) -> IdAnswer<'a> {
        IdAnswer { userid, name, level_data, travel: None, reason: None }
    }

    /// The optional members: travel record text, and why a code is not green.
    #[must_use]
    pub fn with(self, travel: Option<&'a str>, reason: Option<&'a str>) -> IdAnswer<'a> {
        IdAnswer { travel, reason, ..self }
    }
}

impl IdKeys {
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
            userid: take(&mut asked, "userid")?.ok_or_else(|| super::missing("userid"))?,
            name: take(&mut asked, "name")?.ok_or_else(|| super::missing("name"))?,
            organize_location: take(&mut asked, "organizeLocation")?,
            apply_type: take(&mut asked, "applyType")?,
        })
    }

    /// Seals an answer: what `data` carries.
    pub fn seal_answer(&self, answer: &IdAnswer<'_>) -> String {
        self.body.seal(&json::write(answer))
    }
}

fn object(plain: &str) -> Result<JsonObject> {
    JsonObject::parse(plain.as_bytes()).map_err(|_| ErrorKind::AnswerUnreadable.into())
}

fn take<T: From<String>>(asked: &mut JsonObject, field: &'static str) -> Result<Option<T>> {
    asked.take_text(field).map_err(|NotText| Error::input(field, safe!("{} is not a text", "{} 不是文本", field)))
}
