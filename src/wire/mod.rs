//! How bytes are made and read: sign, cipher, form, JSON, time stamps, HTTP. Pure, except `http`.

pub mod cipher;
pub mod deadline;
pub(crate) mod http;
pub mod json;
pub(crate) mod retry;
pub mod sign;
pub mod time;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// The two HTTP methods of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Everything in the query; no body.
    Get,
    /// Everything in the body.
    Post,
}

impl Method {
    /// `GET` or `POST`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

/// The bytes of one request, as an interface made them. Not `Debug`: it holds personal data.
#[derive(Clone)]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// The query to add to the unit's URL, without `?`.
    pub query: Option<Zeroizing<String>>,
    /// Content type, if there is a body.
    pub content_type: Option<String>,
    /// One further header: name and value.
    pub header: Option<(String, Zeroizing<String>)>,
    /// The body; empty for GET.
    pub body: Zeroizing<Vec<u8>>,
}

impl Outgoing {
    /// A GET of the bare URL.
    pub(crate) fn empty() -> Outgoing {
        Outgoing { method: Method::Get, query: None, content_type: None, header: None, body: Zeroizing::default() }
    }

    pub(crate) fn form(body: String) -> Outgoing {
        Outgoing {
            method: Method::Post,
            query: None,
            content_type: Some("application/x-www-form-urlencoded; charset=UTF-8".to_owned()),
            header: None,
            body: Zeroizing::new(body.into_bytes()),
        }
    }
}

/// The bytes of one answer. Not `Debug`: it holds personal data.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The platform's clock, from the `Date` header: seconds since 1970.
    pub date: Option<i64>,
    /// When the platform wants to be asked again, from `Retry-After`.
    pub retry_after: Option<std::time::Duration>,
    /// The body, whole.
    pub body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// The body, if the status says that it is an answer of the interface.
    ///
    /// # Errors
    /// `redirect_refused` for 3xx, `http_status` for anything else that is not 200.
    pub fn success_body(&self) -> Result<&[u8]> {
        match self.status {
            200 => Ok(&self.body),
            300..=399 => Err(Error::new(ErrorKind::RedirectRefused)),
            other => Err(Error::status(other)),
        }
    }
}

/// `application/x-www-form-urlencoded`, as the URL standard's serializer writes it.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::with_capacity(512)).extend_pairs(pairs).finish()
}
