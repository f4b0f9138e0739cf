//! What ureq's errors mean, given how far the call had come.

use std::io;
use std::time::Duration;

use super::call::{Call, Stage};
use crate::config::ServiceUrl;
use crate::error::{Error, ErrorKind, safe};

/// How far a failed request came: decides whether repeating it is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The platform cannot have seen it.
    NotSent,
    /// Sent, no byte of an answer; over a connection made for it or taken from the pool.
    Sent {
        /// The connection had been idle in the pool.
        pooled: bool,
    },
    /// The platform answered, wholly or in part.
    Answered,
}

/// A failed request.
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) reach: Reach,
    /// When the platform wants to be asked again.
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    pub(crate) fn new(error: Error, reach: Reach) -> Failure {
        Failure { error, reach, retry_after: None }
    }
}

pub(super) fn of(error: ureq::Error, call: &Call, url: &ServiceUrl) -> Failure {
    let reach = match call.stage() {
        // A pooled connection starts at no stage of its own.
        Stage::Connecting | Stage::Tunnelling | Stage::Securing | Stage::Ready => Reach::NotSent,
        Stage::Sent => Reach::Sent { pooled: !call.connected_now() },
        Stage::Answering => Reach::Answered,
    };
    Failure::new(meaning(error, call, url), reach)
}

fn meaning(error: ureq::Error, call: &Call, url: &ServiceUrl) -> Error {
    if call.is_cancelled() {
        return ErrorKind::Closed.into();
    }
    match error {
        ureq::Error::Timeout(_) if call.remaining().is_none() => late(call.stage()),
        ureq::Error::Timeout(_) if call.stage() == Stage::Tunnelling => proxy_failed(),
        ureq::Error::Timeout(_) => {
            not_connected("no answer within http.connect_timeout_ms", "在 http.connect_timeout_ms 内无应答", url)
        }
        ureq::Error::ConnectProxyFailed(_) => proxy_failed(),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) | ureq::Error::LargeResponseHeader(..)
            if call.stage() == Stage::Tunnelling =>
        {
            proxy_failed()
        }
        ureq::Error::HostNotFound if call.stage() == Stage::Tunnelling => proxy_failed(),
        ureq::Error::HostNotFound => not_connected("its name cannot be resolved", "无法解析其域名", url),
        ureq::Error::ConnectionFailed => not_connected("no way to it", "无法到达", url),
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => ErrorKind::AnswerTooLarge.into(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) | ureq::Error::TlsRequired => tls(url),
        ureq::Error::Io(error) => broken(&error, call.stage(), url),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) | ureq::Error::BodyStalled => {
            Error::malformed(safe!("what came back is not HTTP/1.1", "返回内容不是 HTTP/1.1"))
        }
        _ => ErrorKind::Internal.into(),
    }
}

fn broken(error: &io::Error, stage: Stage, url: &ServiceUrl) -> Error {
    // rustls reports certificates it does not trust, and alerts it receives, as invalid data.
    if error.kind() == io::ErrorKind::InvalidData && stage >= Stage::Securing && url.is_https() {
        return tls(url);
    }
    match stage {
        Stage::Connecting if error.kind() == io::ErrorKind::NotConnected => ErrorKind::Closed.into(),
        Stage::Connecting => not_connected("it refused or cannot be reached", "被拒绝或不可达", url),
        Stage::Tunnelling => proxy_failed(),
        Stage::Securing => {
            not_connected("it closed the connection before TLS was set up", "在建立 TLS 前被对方关闭", url)
        }
        Stage::Ready | Stage::Sent | Stage::Answering => ErrorKind::ConnectionLost.into(),
    }
}

fn late(stage: Stage) -> Error {
    let (en, zh) = match stage {
        Stage::Connecting => ("while connecting", "停在建立连接"),
        Stage::Tunnelling => ("while the proxy was opening a way", "停在代理建立通道"),
        Stage::Securing => ("while TLS was being set up", "停在建立 TLS"),
        Stage::Ready | Stage::Sent => ("while waiting for the answer", "停在等待应答"),
        Stage::Answering => ("while the answer was coming in", "停在接收应答"),
    };
    Error::with(ErrorKind::DeadlineExceeded, crate::error::SafeText::from_parts(en.to_owned(), zh.to_owned()))
}

fn not_connected(en: &'static str, zh: &'static str, url: &ServiceUrl) -> Error {
    let text = crate::error::SafeText::from_parts(format!("{url}: {en}"), format!("{url}:{zh}"));
    Error::with(ErrorKind::ConnectFailed, text)
}

fn tls(url: &ServiceUrl) -> Error {
    Error::with(ErrorKind::TlsFailed, safe!("{}", "{}", url))
}

fn proxy_failed() -> Error {
    Error::with(ErrorKind::ProxyFailed, safe!("check http.proxy and its password", "请检查 http.proxy 及其密码"))
}
