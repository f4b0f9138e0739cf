//! What ureq's errors mean, given how far the call had come.

use std::io;
use std::time::Duration;

use super::call::{Call, Stage};
use super::resolver::NoThread;
use super::{distrust, socket};
use crate::config::ServiceUrl;
use crate::error::{Error, ErrorKind, Reason, SafeText, safe};

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

pub(super) fn of(error: ureq::Error, call: &Call, url: &ServiceUrl, has_certificate: bool) -> Failure {
    let reach = match call.stage() {
        // A pooled connection starts at no stage of its own.
        Stage::Resolving | Stage::Connecting | Stage::Tunnelling | Stage::Securing | Stage::Ready => Reach::NotSent,
        Stage::Sent => Reach::Sent { pooled: !call.connected_now() },
        Stage::Answering => Reach::Answered,
    };
    Failure::new(meaning(error, call, url, has_certificate), reach)
}

fn meaning(error: ureq::Error, call: &Call, url: &ServiceUrl, has_certificate: bool) -> Error {
    if call.is_cancelled() {
        return ErrorKind::Closed.into();
    }
    let stage = call.stage();
    let distrust = |error: Option<&rustls::Error>| distrust::of(error, call.heard(), has_certificate, url);
    match error {
        // What this machine lacks is not the proxy's fault, so before it.
        ureq::Error::Io(error) if socket::is_exhausted(&error) => not_connected(url, Reason::NoDescriptors),
        ureq::Error::Other(error) if error.is::<NoThread>() => not_connected(url, Reason::NoThreads),
        ureq::Error::Timeout(_) if call.remaining().is_none() => late(stage),
        _ if stage == Stage::Tunnelling => proxy_failed(),
        ureq::Error::ConnectProxyFailed(_) => proxy_failed(),
        ureq::Error::Timeout(_) => {
            let detail = safe!("{}, within http.connect_timeout_ms", "{}(http.connect_timeout_ms 时限内)", url);
            Error::with(ErrorKind::ConnectFailed, detail).because(Reason::Connecting)
        }
        ureq::Error::HostNotFound => not_connected(url, Reason::Resolving),
        ureq::Error::ConnectionFailed => not_connected(url, Reason::Connecting),
        ureq::Error::Rustls(error) => distrust(Some(&error)),
        ureq::Error::Tls(_) | ureq::Error::Pem(_) | ureq::Error::TlsRequired => distrust(None),
        // rustls reports certificates it does not trust, and alerts it receives, as invalid data.
        ureq::Error::Io(error)
            if error.kind() == io::ErrorKind::InvalidData && stage >= Stage::Securing && url.is_https() =>
        {
            distrust(error.get_ref().and_then(|error| error.downcast_ref()))
        }
        ureq::Error::Io(error) => broken(&error, stage, url),
        ureq::Error::BodyExceedsLimit(_) => {
            too_large(safe!("its body has more than http.max_answer_bytes", "应答体超过 http.max_answer_bytes"))
        }
        ureq::Error::LargeResponseHeader(..) => head_too_large(),
        ureq::Error::Protocol(error) if is_too_many_lines(&error) => head_too_large(),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) | ureq::Error::BodyStalled if stage >= Stage::Sent => {
            Error::malformed(safe!("what came back is not HTTP/1.1", "返回内容不是 HTTP/1.1"))
        }
        _ => ErrorKind::Internal.into(),
    }
}

fn broken(error: &io::Error, stage: Stage, url: &ServiceUrl) -> Error {
    match stage {
        Stage::Resolving | Stage::Connecting if error.kind() == io::ErrorKind::NotConnected => ErrorKind::Closed.into(),
        Stage::Resolving => not_connected(url, Reason::Resolving),
        Stage::Connecting => not_connected(url, Reason::Connecting),
        Stage::Tunnelling => proxy_failed(),
        Stage::Securing => not_connected(url, Reason::Securing),
        Stage::Ready | Stage::Sent | Stage::Answering => ErrorKind::ConnectionLost.into(),
    }
}

fn late(stage: Stage) -> Error {
    let reason = match stage {
        Stage::Resolving => Reason::Resolving,
        Stage::Connecting => Reason::Connecting,
        Stage::Tunnelling => Reason::Tunnelling,
        Stage::Securing => Reason::Securing,
        Stage::Ready | Stage::Sent => Reason::Waiting,
        Stage::Answering => Reason::Reading,
    };
    Error::new(ErrorKind::DeadlineExceeded).because(reason)
}

fn not_connected(url: &ServiceUrl, reason: Reason) -> Error {
    Error::with(ErrorKind::ConnectFailed, safe!("{}", "{}", url)).because(reason)
}

fn too_large(detail: SafeText) -> Error {
    Error::with(ErrorKind::AnswerTooLarge, detail)
}

fn head_too_large() -> Error {
    too_large(safe!(
        "its head has more than 16 KiB or 128 lines, which no setting changes: ask the platform's operator",
        "应答头超过 16 KiB 或 128 行,此限制不可调整:请联系平台方"
    ))
}

/// ureq does not export the type of this error, only its words.
fn is_too_many_lines(error: &impl std::fmt::Debug) -> bool {
    format!("{error:?}") == "HttpParseTooManyHeaders"
}

fn proxy_failed() -> Error {
    Error::with(ErrorKind::ProxyFailed, safe!("check http.proxy and its password", "请检查 http.proxy 及其密码"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::config::Config;
    use crate::interfaces::Interface;
    use crate::wire::deadline::{Cancel, Deadline};

    fn said(error: ureq::Error, stage: Stage, left: Duration) -> (ErrorKind, Option<Reason>) {
        let source = "[display]\nurl = \"https://platform.invalid/\"";
        let config = Config::parse(source, std::path::Path::new("")).unwrap();
        let url = config.url(Interface::Display).unwrap();
        let call = Call::new(Deadline::after(left), Cancel::new(), false);
        call.set_stage(stage);
        let error = of(error, &call, url, false).error;
        (error.kind(), error.reason())
    }

    #[test]
    fn a_name_server_is_told_from_a_host() {
        use ErrorKind::{ConnectFailed, DeadlineExceeded};
        let (early, late) = (Duration::from_secs(60), Duration::ZERO);
        let timeout = || ureq::Error::Timeout(ureq::Timeout::Resolve);
        let resolving = said(ureq::Error::HostNotFound, Stage::Resolving, early);
        assert_eq!(resolving, (ConnectFailed, Some(Reason::Resolving)));
        assert_eq!(said(timeout(), Stage::Resolving, late), (DeadlineExceeded, Some(Reason::Resolving)));
        assert_eq!(said(timeout(), Stage::Connecting, late), (DeadlineExceeded, Some(Reason::Connecting)));
        assert_eq!(said(timeout(), Stage::Connecting, early), (ConnectFailed, Some(Reason::Connecting)));
        let thread = || ureq::Error::Other(Box::new(NoThread));
        assert_eq!(said(thread(), Stage::Resolving, early), (ConnectFailed, Some(Reason::NoThreads)));
        assert_eq!(said(thread(), Stage::Tunnelling, early), (ConnectFailed, Some(Reason::NoThreads)));
        assert_eq!(said(ureq::Error::HostNotFound, Stage::Tunnelling, early), (ErrorKind::ProxyFailed, None));
        // What we would have sent wrong is no answer of anybody's.
        assert_eq!(said(ureq::Error::BodyStalled, Stage::Resolving, early), (ErrorKind::Internal, None));
    }
}
