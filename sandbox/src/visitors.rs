//! Who may ask. The sandbox has no access control, but a browser on this machine also runs pages of others: one of them
//! must not reset it, read its journal or take its credentials.
//!
//! Two tricks are known. A page sends a request to another origin; its browser then says whose page it was (`Origin`).
//! Or a page of `evil.example` lets its own name lead to 127.0.0.1 (DNS rebinding); then it is of the same origin, and only
//! `Host` still has the name.

use std::net::{IpAddr, SocketAddr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, header};

use crate::text::Say;

/// The names under which this sandbox is reached.
pub struct Names {
    bound: SocketAddr,
    given: Vec<String>,
}

impl Names {
    /// Of a sandbox that listens on `bound`; `given` are names beside this machine's.
    pub fn new(bound: SocketAddr, given: Vec<String>) -> Names {
        Names { bound, given }
    }

    /// Whether a request may be answered. An interface of the standard takes any `Host`: clients come through relays and
    /// forwarded ports, and whoever calls it needs the unit's credentials. None takes a page of another origin.
    pub fn check(&self, headers: &HeaderMap, is_interface: bool) -> Result<(), Say> {
        let hosts: Vec<&HeaderValue> = headers.get_all(header::HOST).iter().collect();
        // Whoever leaves it out is no browser.
        if !is_interface && !hosts.iter().all(|host| self.is_ours(host)) {
            return Err(Say::new(
                "Host 不是本沙箱的地址:请使用 127.0.0.1、localhost 或启动时 --host 指定的名称",
                "the host is not this sandbox's: use 127.0.0.1, localhost or a name given to it by --host",
            ));
        }
        let is_own = |origin: &HeaderValue| match hosts.as_slice() {
            [host] if self.is_ours(host) => {
                let page = origin.as_bytes().strip_prefix(b"http://");
                page.is_some_and(|page| page.eq_ignore_ascii_case(host.as_bytes()))
            }
            _ => false,
        };
        if headers.get_all(header::ORIGIN).iter().all(is_own) {
            return Ok(());
        }
        Err(Say::new("请求来自其他来源的网页,已拒绝", "a page of another origin asks: it is refused"))
    }

    /// A plain IP address cannot be made to lead elsewhere; a name can, unless it is one of ours.
    fn is_ours(&self, host: &HeaderValue) -> bool {
        let Some(authority) = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()) else { return false };
        let name = authority.host();
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let is_known = match bare.parse::<IpAddr>() {
            Ok(ip) if self.is_local() => ip.to_canonical().is_loopback(),
            Ok(_) => true,
            Err(_) => {
                name.eq_ignore_ascii_case("localhost") || self.given.iter().any(|it| it.eq_ignore_ascii_case(name))
            }
        };
        is_known && !authority.as_str().contains('@') && self.is_port(&authority)
    }

    fn is_local(&self) -> bool {
        self.bound.ip().to_canonical().is_loopback()
    }

    /// A port that is forwarded from elsewhere has another number there.
    fn is_port(&self, authority: &Authority) -> bool {
        !self.is_local() || authority.port_u16().is_none_or(|port| port == self.bound.port())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn allows(names: &Names, is_interface: bool, lines: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        names.check(&headers, is_interface).is_ok()
    }

    #[test]
    fn names_of_this_machine_and_no_others() {
        let local = Names::new("127.0.0.1:8460".parse().unwrap(), vec!["skm.test".to_owned()]);
        let page = |host: &str| allows(&local, false, &[("host", host)]);
        for host in [
            "127.0.0.1:8460",
            "127.0.0.1",
            "127.9.9.9:8460",
            "[::1]:8460",
            "localhost:8460",
            "LocalHost",
            "skm.test:8460",
        ] {
            assert!(page(host), "{host}");
        }
        for host in [
            "evil.example:8460",
            "127.0.0.1:8461",
            "127.0.0.1.evil.example:8460",
            "localhost.evil.example",
            "evil.example@127.0.0.1:8460",
            "192.0.2.1:8460",
            "0.0.0.0:8460",
            "2130706433:8460",
            "127.1:8460",
            "",
        ] {
            assert!(!page(host), "{host}");
            assert!(allows(&local, true, &[("host", host)]), "an interface takes {host}");
        }
        assert!(allows(&local, false, &[]), "no browser leaves it out");
        assert!(!allows(&local, false, &[("host", "127.0.0.1:8460"), ("host", "evil.example")]));

        let remote = Names::new("0.0.0.0:8460".parse().unwrap(), Vec::new());
        assert!(allows(&remote, false, &[("host", "192.0.2.1:9000")]));
        assert!(!allows(&remote, false, &[("host", "evil.example:8460")]));
    }

    #[test]
    fn pages_of_this_sandbox_and_no_others() {
        let names = Names::new("127.0.0.1:8460".parse().unwrap(), Vec::new());
        let from = |origin: &str, is_interface| {
            allows(&names, is_interface, &[("host", "127.0.0.1:8460"), ("origin", origin)])
        };
        for is_interface in [false, true] {
            assert!(from("http://127.0.0.1:8460", is_interface));
            for origin in [
                "null",
                "http://evil.example",
                "http://evil.example:8460",
                "http://127.0.0.1",
                "http://127.0.0.1:3000",
                "https://127.0.0.1:8460",
                "http://localhost:8460",
                "http://127.0.0.1:8460.evil.example",
                "http://127.0.0.1:8460/",
                "",
            ] {
                assert!(!from(origin, is_interface), "{origin}");
            }
            let rebound = [("host", "evil.example:8460"), ("origin", "http://evil.example:8460")];
            assert!(!allows(&names, is_interface, &rebound));
            assert!(!allows(&names, is_interface, &[("origin", "http://127.0.0.1:8460")]), "no host to compare with");
        }
    }
}
