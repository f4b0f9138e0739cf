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
#[non_exhaustive]
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
#[non_exhaustive]
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
#[non_exhaustive]
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
    /// An answer without dates in its head.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, date: None, retry_after: None, body: Zeroizing::new(body.into()) }
    }

    /// The same with the clock of a `Date` header, in seconds since 1970.
    #[must_use]
    pub fn dated(self, date: Option<i64>) -> Answer {
        Answer { date, ..self }
    }

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

/// `application/x-www-form-urlencoded`, as the URL standard's serializer writes it. By hand, because the crate of that
/// name copies each encoded byte by a call of its own, and most bytes here are Chinese: a tenth of a whole call.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let most = pairs.iter().map(|(name, value)| name.len() + 3 * value.len() + 2).sum();
    let mut body = Vec::with_capacity(most);
    for (name, value) in pairs {
        if !body.is_empty() {
            body.push(b'&');
        }
        encode(name, &mut body);
        body.push(b'=');
        encode(value, &mut body);
    }
    String::from_utf8(body).expect("only ASCII was written")
}

fn encode(text: &str, body: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let plain = rest.iter().position(|&byte| !PLAIN[usize::from(byte)]).unwrap_or(rest.len());
        body.extend_from_slice(&rest[..plain]);
        let Some((&byte, after)) = rest[plain..].split_first() else { return };
        match byte {
            b' ' => body.push(b'+'),
            _ => body.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]),
        }
        rest = after;
    }
}

/// The bytes that stand for themselves in a form.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = matches!(byte as u8, b'*' | b'-' | b'.' | b'_') || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    plain
};

#[cfg(test)]
mod tests {
    #[test]
    fn a_form_is_what_the_url_standard_says() {
        let every: String = (0..=0x24f).filter_map(char::from_u32).chain("江苏省,无锡市𠮷".chars()).collect();
        for pairs in [&[("url", every.as_str()), ("a b", ""), (every.as_str(), "1")][..], &[("", "")], &[]] {
            let known = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            assert_eq!(super::form(pairs), known);
        }
    }
}
