//! The way to the platform: name, TCP, TLS, clock; once for each host.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::Duration;

use skm::config::ServiceUrl;
use skm::error::Reason;
use skm::{Client, ErrorKind, Interface, Probe};

use super::configured;
use super::finding::Finding;
use crate::problem::Problem;

/// A clock this far off, in seconds, is worth a word.
const NOTICEABLE_S: i64 = 30;

/// Looks at every host; the interfaces whose host answers.
pub fn examine(client: &Client) -> (Vec<Finding>, Vec<Interface>) {
    let mut findings = Vec::new();
    let mut answers: HashMap<String, bool> = HashMap::new();
    let mut reached = Vec::new();
    let mut asked = configured(client.config());
    // One of them is asked for each host: the page is made for a GET, and the gateway of interface 1 may act on one.
    asked.sort_by_key(|interface| match interface {
        Interface::Display => 0,
        Interface::Scan | Interface::Id => 1,
        Interface::UserToken => 2,
    });
    for interface in asked {
        let Ok(url) = client.config().url(interface) else { continue };
        let answers = *answers.entry(url.to_string()).or_insert_with(|| host(client, interface, url, &mut findings));
        if answers {
            reached.push(interface);
        }
    }
    (findings, reached)
}

/// One host; whether it answers.
fn host(client: &Client, interface: Interface, url: &ServiceUrl, findings: &mut Vec<Finding>) -> bool {
    let patience = client.config().http.connect_timeout;
    if matches!(client.is_proxied(interface), Ok(true)) {
        findings.push(Finding::skip(
            "name, tcp",
            format!("{url} is reached through the proxy"),
            format!("{url} 经代理访问"),
        ));
    } else {
        let (finding, addresses) = resolve(url, patience);
        let resolved = finding.problem.is_none();
        findings.push(finding);
        if !resolved {
            return false;
        }
        let finding = connect(url, &addresses, patience);
        let connected = finding.problem.is_none();
        findings.push(finding);
        if !connected {
            return false;
        }
    }
    match client.probe(interface) {
        Ok(probe) => {
            findings.extend(tls(url));
            findings.push(clock(client, url, &probe));
            true
        }
        Err(error) => {
            findings.push(unanswered(url, error));
            false
        }
    }
}

fn unanswered(url: &ServiceUrl, error: skm::Error) -> Finding {
    let (kind, reason) = (error.kind(), error.reason());
    let check = if kind == ErrorKind::TlsFailed { "tls" } else { "answer" };
    let finding = Finding::failed(check, error);
    let never_off = ("never turn the check off", "切勿关闭校验");
    match (kind, reason) {
        (ErrorKind::TlsFailed, Some(why)) => finding
            .fix(format!("{}; {}", why.text(), never_off.0), format!("{};{}", why.text_zh(), never_off.1)),
        (_, Some(why)) => finding.fix(why.text(), why.text_zh()),
        (ErrorKind::TlsFailed, None) => finding.fix(
            format!(
                "if the platform's certificate comes from its own authority, save that authority's certificate (PEM) and \
                 set http.ca_file; {}",
                never_off.0
            ),
            format!("若平台证书由其自有机构签发,请取得该机构证书(PEM)并设置 http.ca_file;{}", never_off.1),
        ),
        (ErrorKind::ProxyFailed, None) => finding.fix(
            "compare http.proxy, its user and password with what your network gives out; take it away if there is no proxy",
            "请核对 http.proxy 及其用户名与密码;若无代理请删除该项",
        ),
        (_, None) => finding.fix(
            format!("something accepts connections at {url} but does not speak HTTP in time: compare the address and port"),
            format!("{url} 可以连接,但未按时返回 HTTP:请核对地址与端口"),
        ),
    }
}

/// Resolves in a thread of its own: the system's resolver knows no deadline.
fn resolve(url: &ServiceUrl, patience: Duration) -> (Finding, Vec<SocketAddr>) {
    let target = with_port(url);
    let (sender, receiver) = mpsc::channel();
    let asking = std::thread::Builder::new().spawn(move || {
        let _ = sender.send(target.to_socket_addrs().map(Iterator::collect::<Vec<_>>));
    });
    if asking.is_err() {
        let why = Reason::NoThreads;
        let problem = Problem::new(ErrorKind::ConnectFailed, format!("{url}: not tried"), format!("{url}:未尝试"));
        return (Finding::failed("name", problem).fix(why.text(), why.text_zh()), Vec::new());
    }
    match receiver.recv_timeout(patience) {
        Ok(Ok(addresses)) if !addresses.is_empty() => {
            let count = addresses.len();
            let finding = Finding::ok(
                "name",
                format!("{url} resolves to {count} address(es)"),
                format!("{url} 解析到 {count} 个地址"),
            );
            (finding, addresses)
        }
        Err(_) => (silent_name_server(url, patience), Vec::new()),
        Ok(_) => (unknown_name(url), Vec::new()),
    }
}

fn unknown_name(url: &ServiceUrl) -> Finding {
    let problem = Problem::new(
        ErrorKind::ConnectFailed,
        format!("{url}: its name cannot be resolved"),
        format!("{url}:无法解析其域名"),
    );
    Finding::failed("name", problem).fix(
        "look for a typing mistake in the url; inside a government network its name server may be needed",
        "请检查 url 是否有误;在政务网内可能需要使用其域名服务器",
    )
}

fn silent_name_server(url: &ServiceUrl, patience: Duration) -> Finding {
    let ms = patience.as_millis();
    let problem = Problem::new(
        ErrorKind::ConnectFailed,
        format!("{url}: no name server answered within {ms} ms"),
        format!("{url}:{ms} 毫秒内无域名服务器应答"),
    );
    Finding::failed("name", problem).fix(
        "look at the name servers that this machine is set to ask, and whether the firewall lets it reach them (port 53)",
        "请检查本机设置的域名服务器,以及防火墙是否放行(53 端口)",
    )
}

fn connect(url: &ServiceUrl, addresses: &[SocketAddr], patience: Duration) -> Finding {
    let mut last = io::ErrorKind::TimedOut;
    for address in addresses {
        match TcpStream::connect_timeout(address, patience) {
            Ok(_) => return Finding::ok("tcp", format!("{url} accepts connections"), format!("{url} 可以连接")),
            Err(error) => last = error.kind(),
        }
    }
    let ms = patience.as_millis();
    let ((en, zh), (fix, fix_zh)) = no_connection(last);
    let problem = Problem::new(
        ErrorKind::ConnectFailed,
        format!("{url}: no connection within {ms} ms ({en})"),
        format!("{url}:{ms} 毫秒内无法连接({zh})"),
    );
    Finding::failed("tcp", problem).fix(fix, fix_zh)
}

/// What came instead of a connection, and what to do about it.
fn no_connection(error: io::ErrorKind) -> ((&'static str, &'static str), (&'static str, &'static str)) {
    match error {
        io::ErrorKind::ConnectionRefused => (
            ("refused", "被拒绝"),
            (
                "the machine is there and nothing listens at this port: check the port; a firewall may refuse for it",
                "主机可达,但该端口无服务监听:请检查端口;也可能是防火墙代为拒绝",
            ),
        ),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => (
            ("nothing answered", "无任何应答"),
            (
                "a firewall drops what this machine sends, or the host is another one: check host and port, and ask for this \
                 machine to be let out; behind a proxy set http.proxy",
                "防火墙可能丢弃了本机的请求,或主机有误:请检查主机与端口并申请放行;若经代理访问请设置 http.proxy",
            ),
        ),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => (
            ("no route", "无路由"),
            (
                "this machine has no way to that network: check its cable, gateway or VPN",
                "本机没有到该网络的路由:请检查网线、网关或 VPN",
            ),
        ),
        _ => (
            ("failed", "失败"),
            (
                "check host and port, and that the firewall lets this machine out; behind a proxy set http.proxy",
                "请检查主机与端口,以及防火墙是否放行本机;若经代理访问请设置 http.proxy",
            ),
        ),
    }
}

fn tls(url: &ServiceUrl) -> Option<Finding> {
    let ok = || Finding::ok("tls", format!("{url}: its certificate is trusted"), format!("{url}:证书可信"));
    url.is_https().then(ok)
}

fn clock(client: &Client, url: &ServiceUrl, probe: &Probe) -> Finding {
    let Some(offset) = probe.clock_offset_s else {
        return Finding::skip("clock", format!("{url} does not tell its time"), format!("{url} 未给出时间"));
    };
    let limit = client.config().dialect.user_token.max_skew_s;
    let (en, zh) = (
        format!("this machine is {offset} s off {url} (positive: ahead)"),
        format!("本机与 {url} 相差 {offset} 秒(正数表示本机快)"),
    );
    let fix = ("set this machine's clock, and keep it by NTP", "请校准本机时间,并启用 NTP 同步");
    match offset.abs() {
        far if far > limit => Finding::failed("clock", Problem::new(ErrorKind::ClockSkew, en, zh)).fix(fix.0, fix.1),
        far if far > NOTICEABLE_S => Finding::warn("clock", en, zh).fix(fix.0, fix.1),
        _ => Finding::ok("clock", en, zh),
    }
}

/// `host:port`, the port by the scheme unless the URL has one.
fn with_port(url: &ServiceUrl) -> String {
    let authority = url.authority();
    let after_host = authority.rsplit_once(']').map_or(authority, |(_, rest)| rest);
    match after_host.contains(':') {
        true => authority.to_owned(),
        false => format!("{authority}:{}", if url.is_https() { 443 } else { 80 }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn this_machine_is_not_looked_for_behind_a_proxy() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let source =
            format!("[http]\nproxy = \"http://proxy.invalid:3128\"\n[display]\nurl = \"http://127.0.0.1:{port}/\"\n");
        let client = Client::new(skm::Config::parse(&source, std::path::Path::new("")).unwrap()).unwrap();
        let (findings, reached) = examine(&client);
        let checks: Vec<_> = findings.iter().map(|finding| (finding.check, finding.problem.is_some())).collect();
        assert_eq!((checks, reached), (vec![("name", false), ("tcp", true)], Vec::new()));
    }
}
