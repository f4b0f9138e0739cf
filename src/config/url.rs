//! Service URLs: absolute, https, or plain http to loopback only.

use std::fmt;

use http::Uri;

use crate::error::{LogSafe, Result, safe};
use crate::settings::Settings;

/// A checked absolute URL. Shown without path and query, which may hold credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceUrl {
    text: String,
    /// The same without fragment, read once: a call costs no parsing.
    uri: Uri,
    https: bool,
    authority: String,
}

impl ServiceUrl {
    /// The URL as configured.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Whether the connection is TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// `host` or `host:port`, as configured.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    fn parse(text: &str) -> Option<ServiceUrl> {
        let without_fragment = text.split('#').next().unwrap_or(text);
        let uri: Uri = without_fragment.parse().ok()?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return None,
        };
        let authority = uri.authority().filter(|authority| !authority.host().is_empty())?;
        // A port that is none (`:8O80`, `:99999`, `:`) would silently become the scheme's own.
        let port = authority.as_str().strip_prefix(authority.host())?;
        let port_is_one = port.is_empty() || authority.port_u16().is_some_and(|port| port > 0);
        let plain = port_is_one && text.bytes().all(|byte| byte.is_ascii_graphic());
        let authority = authority.to_string();
        plain.then(|| ServiceUrl { text: text.to_owned(), uri, https, authority })
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.uri.host().is_some_and(|host| {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        })
    }
}

impl LogSafe for ServiceUrl {}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.authority)
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceUrl({self})")
    }
}

/// Whether a URL may have a `#fragment`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fragment {
    Kept,
    Refused,
}

pub(super) fn required(settings: &mut Settings, key: &str, allow_http: bool, fragment: Fragment) -> Result<ServiceUrl> {
    let found = settings.required_text(key)?;
    let url = ServiceUrl::parse(&found.value).filter(|_| fragment == Fragment::Kept || !found.value.contains('#'));
    let Some(url) = url else {
        return Err(settings.error(safe!(
            "{} must be an absolute URL such as https://host/path, without user, password, blank or fragment",
            "{} 须为绝对地址,如 https://主机/路径,不含用户名、密码、空格与 # 片段",
            found.place
        )));
    };
    if !url.https && !allow_http && !url.is_loopback() {
        return Err(settings.error(safe!(
            "{} is plain http to a host that is not this machine: use https, or set http.allow_http = true",
            "{} 以明文 http 访问非本机地址:请改用 https,或设置 http.allow_http = true",
            found.place
        )));
    }
    Ok(url)
}

/// `http://[user:pass@]host:port`, nothing after it.
pub(crate) fn is_proxy_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    uri.scheme_str() == Some("http")
        && uri.authority().is_some_and(|authority| authority.port_u16().is_some() && !authority.host().is_empty())
        && matches!(uri.path_and_query().map(|path| path.as_str()), None | Some("/"))
}
