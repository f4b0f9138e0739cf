//! Which proxy, and for whom not: this machine is never asked for through one, and going around a proxy that the
//! environment names would be a way that nobody chose.

use percent_encoding::percent_decode_str;
use ureq::config::Config as AgentConfig;
use ureq::http::Uri;
use ureq::{Proxy as AgentProxy, ProxyProtocol};
use zeroize::Zeroizing;

use super::privileges;
use crate::config::{HttpSettings, Proxy, is_proxy_url};
use crate::error::{Error, ErrorKind, Result, safe};

/// Plain http is for this machine only: it must not leave it through a proxy.
const LOOPBACK: [&str; 3] = ["localhost", "127.*", "[::1]"];

pub(super) fn of(settings: &HttpSettings) -> Result<Option<AgentProxy>> {
    match &settings.proxy {
        None => Ok(None),
        Some(Proxy::Url(url)) => build(url.expose(), "").map(Some),
        Some(Proxy::Environment) if !privileges::is_environment_trusted() => Err(not_named_here()),
        Some(Proxy::Environment) => match variable("HTTPS_PROXY") {
            None => Ok(None),
            Some(url) => build(&url, &variable("NO_PROXY").unwrap_or_default()).map(Some),
        },
    }
}

/// Whether this is asked for through a proxy.
pub(super) fn is_for(config: &AgentConfig, uri: &Uri) -> bool {
    config.proxy().is_some_and(|proxy| !proxy.is_no_proxy(uri))
}

/// A variable in upper or lower case; an empty one is not set.
fn variable(name: &str) -> Option<Zeroizing<String>> {
    let set = |name: &str| std::env::var_os(name).filter(|text| !text.is_empty());
    let found = set(name).or_else(|| set(&name.to_ascii_lowercase()))?;
    Some(Zeroizing::new(found.to_string_lossy().into_owned()))
}

fn build(url: &str, not_for: &str) -> Result<AgentProxy> {
    let uri: Uri = url.parse().ok().filter(|_| is_proxy_url(url)).ok_or_else(unusable)?;
    let authority = uri.authority().ok_or_else(unusable)?;
    let mut proxy = AgentProxy::builder(ProxyProtocol::Http).host(authority.host());
    if let Some(port) = authority.port_u16() {
        proxy = proxy.port(port);
    }
    if let Some((credentials, _)) = authority.as_str().rsplit_once('@') {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        proxy = proxy.username(&decoded(user)).password(&decoded(password));
    }
    for host in LOOPBACK.into_iter().chain(not_for.split(',').map(str::trim)).filter(|host| !host.is_empty()) {
        proxy = proxy.no_proxy(host);
    }
    proxy.build().map_err(|_| unusable())
}

fn decoded(text: &str) -> Zeroizing<String> {
    Zeroizing::new(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// Refused, not ignored: to go direct would be a way that nobody chose either.
fn not_named_here() -> Error {
    let detail = safe!(
        "http.proxy is env, but this program has more rights than the person who started it (set-uid): name the proxy",
        "http.proxy 取值 env,但本程序的权限高于启动者(set-uid):请直接写明代理地址"
    );
    Error::with(ErrorKind::ConfigInvalid, detail)
}

fn unusable() -> Error {
    let detail = safe!(
        "http.proxy, or HTTPS_PROXY where it is env, must be http://host:port, with user:pass@ if needed",
        "http.proxy(取值 env 时为环境变量 HTTPS_PROXY)须为 http://主机:端口,需要时加 user:pass@"
    );
    Error::with(ErrorKind::ConfigInvalid, detail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn loopback_and_no_proxy_go_direct() {
        let proxy = build("http://user:ge%2Fheim@127.0.0.1:3128", "x.invalid, .example.invalid,").unwrap();
        assert_eq!((proxy.username(), proxy.password()), (Some("user"), Some("ge/heim")));
        let direct = |url: &str| proxy.is_no_proxy(&url.parse().unwrap());
        for url in ["http://localhost/", "http://127.0.0.1:8460/", "http://127.1.2.3/", "http://[::1]/"] {
            assert!(direct(url), "{url}");
        }
        assert!(direct("https://x.invalid/") && direct("https://platform.example.invalid/"));
        assert!(!direct("https://platform.invalid/") && !direct("https://localhost.invalid/"));
    }

    #[test]
    fn what_is_no_http_proxy_is_refused() {
        for url in ["socks5://127.0.0.1:1", "https://127.0.0.1:1", "http://127.0.0.1", "127.0.0.1:3128", "http://[bad"]
        {
            assert_eq!(build(url, "").unwrap_err().kind(), ErrorKind::ConfigInvalid, "{url}");
        }
    }
}
