//! Interface 1 as the platform reads it.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::{Form, missing};
use crate::dialect::UserTokenDialect;
use crate::error::{Error, Result, safe};
use crate::person::{PersonalText, Secret};
use crate::wire::json::{JsonObject, NotJson};
use crate::wire::{Method, sign, time};

/// The five parameters of table A.1 as they arrived, unchecked. `Debug` masks.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserTokenCall {
    /// Application id.
    pub appmark: String,
    /// Time stamp, as signed.
    pub time: String,
    /// Sign.
    pub sign: Secret,
    /// Service name.
    pub servicename: String,
    /// JSON text of table A.2.
    pub params: PersonalText,
}

impl fmt::Debug for UserTokenCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTokenCall")
            .field("time", &self.time)
            .field("servicename", &self.servicename)
            .finish_non_exhaustive()
    }
}

/// Reads the five parameters from a query (GET), a form or a JSON object (POST).
///
/// # Errors
/// `input_invalid` naming what is missing, doubled or not UTF-8.
pub fn read_user_token(
    method: Method,
    content_type: Option<&str>,
    query: Option<&str>,
    body: &[u8],
) -> Result<UserTokenCall> {
    let essence = content_type.and_then(|value| value.split(';').next()).map_or("", str::trim);
    match (method, essence.to_ascii_lowercase().as_str()) {
        (Method::Get, _) => from_form(query.unwrap_or_default().as_bytes()),
        (Method::Post, "application/json") => from_json(body),
        (Method::Post, "application/x-www-form-urlencoded") => from_form(body),
        _ => Err(Error::input(
            "content_type",
            safe!(
                "the content type must be application/x-www-form-urlencoded or application/json",
                "Content-Type 须为 application/x-www-form-urlencoded 或 application/json"
            ),
        )),
    }
}

fn from_form(text: &[u8]) -> Result<UserTokenCall> {
    let mut form = Form::read(text)?;
    gather(|field| form.take(field, field))
}

fn from_json(body: &[u8]) -> Result<UserTokenCall> {
    let mut object = JsonObject::parse(body).map_err(|NotJson| {
        Error::input("body", safe!("the body is not one JSON object", "请求体不是一个 JSON 对象"))
    })?;
    gather(|field| object.take_text(field).ok().flatten().ok_or_else(|| missing(field, field)))
}

fn gather(mut take: impl FnMut(&'static str) -> Result<String>) -> Result<UserTokenCall> {
    Ok(UserTokenCall {
        appmark: take("appmark")?,
        time: take("time")?,
        sign: take("sign")?.into(),
        servicename: take("servicename")?,
        params: take("params")?.into(),
    })
}

/// Whether the sign is right, in any case; in constant time.
pub fn check_sign(call: &UserTokenCall, appword: &Secret) -> bool {
    sign::matches(&call.appmark, appword, &call.time, call.sign.expose())
}

/// Why a time stamp is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeFault {
    /// Not of the dialect's format.
    Format,
    /// Outside the window; by how many seconds the caller is ahead (negative: behind).
    OutsideWindow(i64),
}

/// Checks that `time` is of the dialect's format and within `window` of `now`.
///
/// # Errors
/// [`TimeFault`].
pub fn check_time(time: &str, dialect: &UserTokenDialect, now: SystemTime, window: Duration) -> Result<(), TimeFault> {
    let sent = dialect.time_format.parse(time).ok_or(TimeFault::Format)?;
    let ahead = sent.as_second() - time::unix_seconds(now);
    if ahead.unsigned_abs() > window.as_secs() { Err(TimeFault::OutsideWindow(ahead)) } else { Ok(()) }
}
