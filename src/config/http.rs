//! The section `[http]`: time limits, connections, proxy and TLS of every call.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::url;
use crate::error::{Error, IoReason, Result, Words, safe};
use crate::person::Secret;
use crate::settings::{Place, Settings};
use crate::wire::http::pem::{check_certificates, check_key};

/// Time limits, connections and TLS of every call.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpSettings {
    /// One whole call: DNS, connect, TLS, retries, body.
    pub deadline: Duration,
    /// Connecting, all addresses of the host together.
    pub connect_timeout: Duration,
    /// How often a call may be repeated where that is safe.
    pub retries: u32,
    /// Connections open at once; further calls wait, within their deadline.
    pub max_connections: usize,
    /// How long an idle connection is kept; below the server's own limit.
    pub idle: Duration,
    /// Longest answer.
    pub max_answer_bytes: u64,
    /// A proxy, or the environment's.
    pub proxy: Option<Proxy>,
    /// PEM added to the system's roots.
    pub ca_pem: Option<Vec<u8>>,
    /// For mutual TLS.
    pub client_pem: Option<ClientPem>,
}

/// A client certificate, PEM.
#[derive(Clone)]
#[non_exhaustive]
pub struct ClientPem {
    /// The chain, the unit's own certificate first.
    pub chain: Vec<u8>,
    /// The private key.
    pub key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings")
            .field("deadline", &self.deadline)
            .field("retries", &self.retries)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

/// Which proxy to use. Its password never shows.
#[derive(Clone)]
#[non_exhaustive]
pub enum Proxy {
    /// `HTTPS_PROXY` and `NO_PROXY` of the environment.
    Environment,
    /// `http://user:pass@host:port`.
    Url(Secret),
}

pub(super) fn read(settings: &mut Settings, base: &Path) -> Result<HttpSettings> {
    let mut integer =
        |key: &str, range, default: i64| settings.integer(key, range).map(|found| found.unwrap_or(default));
    let deadline = integer("http.deadline_ms", 1..=600_000, 5000)?;
    let connect_timeout = integer("http.connect_timeout_ms", 1..=600_000, 2000)?;
    let retries = integer("http.retries", 0..=10, 2)?;
    let max_connections = integer("http.max_connections", 1..=4096, 16)?;
    let idle = integer("http.idle_ms", 0..=600_000, 7000)?;
    let max_answer_bytes = integer("http.max_answer_bytes", 1024..=1_073_741_824, 1_048_576)?;
    Ok(HttpSettings {
        deadline: Duration::from_millis(deadline as u64),
        connect_timeout: Duration::from_millis(connect_timeout as u64),
        retries: retries as u32,
        max_connections: max_connections as usize,
        idle: Duration::from_millis(idle as u64),
        max_answer_bytes: max_answer_bytes as u64,
        proxy: proxy(settings)?,
        ca_pem: pem_file(settings, "http.ca_file", base, check_certificates)?.map(|mut pem| std::mem::take(&mut *pem)),
        client_pem: client_pem(settings, base)?,
    })
}

fn proxy(settings: &mut Settings) -> Result<Option<Proxy>> {
    let Some(found) = settings.text("http.proxy")? else { return Ok(None) };
    if found.value.as_str() == "env" {
        return Ok(Some(Proxy::Environment));
    }
    if !url::is_proxy_url(&found.value) {
        return Err(settings.error(safe!(
            "{} must be http://host:port, with user:pass@ if needed, or env",
            "{} 须为 http://主机:端口(需要时加 user:pass@),或 env",
            found.place
        )));
    }
    Ok(Some(Proxy::Url(Secret::from(found.value.as_str()))))
}

/// Reads a file that a key names and refuses one that cannot be used.
fn pem_file(
    settings: &mut Settings,
    key: &str,
    base: &Path,
    check: fn(&[u8]) -> Result<(), Words>,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(found) = settings.text(key)? else { return Ok(None) };
    let mut pem = std::fs::read(base.join(found.value.as_str())).map(Zeroizing::new).map_err(|error| {
        let reason = IoReason::of(&error);
        settings.error(safe!("{} cannot be read ({})", "{} 无法读取({})", found.place, reason))
    })?;
    // Editors on Windows begin a file with a byte order mark, behind which the first block is not seen.
    if pem.starts_with(b"\xef\xbb\xbf") {
        pem.drain(..3);
    }
    check(&pem).map_err(|wrong| unusable(settings, &found.place, wrong))?;
    Ok(Some(pem))
}

fn unusable(settings: &Settings, place: &Place, wrong: Words) -> Error {
    settings.error(safe!("{} names a file that {}", "{} 所指文件{}", place, wrong))
}

fn client_pem(settings: &mut Settings, base: &Path) -> Result<Option<ClientPem>> {
    let place = settings.place("http.client_cert_file");
    let chain = pem_file(settings, "http.client_cert_file", base, check_certificates)?;
    let key = pem_file(settings, "http.client_key_file", base, check_key)?;
    if chain.is_some() != key.is_some() {
        let detail = safe!("{} and http.client_key_file go together", "{} 须与 http.client_key_file 同时给出", place);
        return Err(settings.error(detail));
    }
    Ok(chain.zip(key).map(|(mut chain, key)| ClientPem { chain: std::mem::take(&mut *chain), key }))
}
