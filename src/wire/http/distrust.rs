//! Why a TLS connection was not set up: what rustls says, made one of our reasons.

use std::fmt;

use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage, PeerIncompatible};

use super::call::Heard;
use crate::config::ServiceUrl;
use crate::error::{Error, ErrorKind, LogSafe, Reason, SafeText, safe};

/// Length of an alert that is all the other side sent: it has not even chosen a cipher suite.
const ALERT_BYTES: usize = 7;
/// Names of a certificate that are shown.
const MAX_NAMES: usize = 3;

/// `error` is nothing where the connection failed before rustls had anything to say.
pub(super) fn of(error: Option<&TlsError>, heard: Heard, has_certificate: bool, url: &ServiceUrl) -> Error {
    let reason = error.map_or(Reason::OtherTls, |error| reason(error, heard, has_certificate));
    let detail = error.and_then(|error| detail(error, reason, url)).unwrap_or_else(|| safe!("{}", "{}", url));
    Error::with(ErrorKind::TlsFailed, detail).because(reason)
}

fn reason(error: &TlsError, heard: Heard, has_certificate: bool) -> Reason {
    match error {
        TlsError::InvalidCertificate(error) => of_certificate(error),
        TlsError::AlertReceived(alert) => of_alert(*alert, heard, has_certificate),
        TlsError::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => Reason::ProtocolTooOld,
        TlsError::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon | PeerIncompatible::NoKxGroupsInCommon) => {
            Reason::NoCommonCipher
        }
        TlsError::InvalidMessage(error) => of_message(*error, heard),
        _ => Reason::OtherTls,
    }
}

fn of_certificate(error: &CertificateError) -> Reason {
    use CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } => Reason::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => Reason::NotYetValid,
        E::NotValidForName => Reason::WrongHost,
        E::NotValidForNameContext { presented, .. } if Names::of(presented).0.is_empty() => Reason::NoNameInCertificate,
        E::NotValidForNameContext { .. } => Reason::WrongHost,
        // A CA of the same name with another key, such as one that was made anew.
        E::UnknownIssuer | E::BadSignature => Reason::UnknownIssuer,
        E::Revoked => Reason::Revoked,
        #[allow(deprecated, reason = "rustls still gives it for some certificates")]
        E::UnsupportedSignatureAlgorithm
        | E::UnsupportedSignatureAlgorithmContext { .. }
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Reason::BadSignatureAlgorithm,
        E::Other(other) => match other.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => Reason::CaUsedAsServer,
            Some(webpki::Error::UnsupportedCertVersion) => Reason::OldCertificateVersion,
            _ => Reason::OtherTls,
        },
        _ => Reason::OtherTls,
    }
}

fn of_alert(alert: AlertDescription, heard: Heard, has_certificate: bool) -> Reason {
    use AlertDescription as A;
    match alert {
        A::ProtocolVersion => Reason::ProtocolTooOld,
        A::InsufficientSecurity => Reason::NoCommonCipher,
        A::HandshakeFailure if heard.bytes <= ALERT_BYTES => Reason::NoCommonCipher,
        A::CertificateRequired | A::HandshakeFailure | A::BadCertificate if !has_certificate => {
            Reason::ClientCertificateWanted
        }
        A::CertificateRequired
        | A::HandshakeFailure
        | A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied
        | A::DecryptError
            if has_certificate =>
        {
            Reason::ClientCertificateRefused
        }
        _ => Reason::PeerAlert,
    }
}

/// The first bytes of a record are its type (20 to 23) and its version (3.x; TLCP's is 1.1).
fn of_message(error: InvalidMessage, heard: Heard) -> Reason {
    match (error, heard.first) {
        (_, [20..=23, 1, 1]) => Reason::GmOnly,
        (_, [20..=23, 3, _]) => Reason::OtherTls,
        (_, [0, 0, 0]) if error != InvalidMessage::InvalidContentType => Reason::OtherTls,
        _ => Reason::NotTls,
    }
}

fn detail(error: &TlsError, reason: Reason, url: &ServiceUrl) -> Option<SafeText> {
    match error {
        TlsError::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. })
            if reason == Reason::WrongHost =>
        {
            let names = Names::of(presented);
            Some(safe!("{} (names in its certificate: {})", "{}(证书中的域名:{})", url, names))
        }
        TlsError::AlertReceived(alert) => Some(safe!("{}: {}", "{}:{}", url, AlertName(*alert))),
        _ => None,
    }
}

/// The names in a certificate, as far as they look like names of hosts: it is the other side that wrote them.
struct Names(Vec<String>);

impl Names {
    /// webpki describes each as `DnsName("…")` or `IpAddress(…)`; other kinds name no host.
    fn of(presented: &[String]) -> Names {
        let names = presented.iter().filter_map(|described| {
            let (kind, name) = described.strip_suffix(')')?.split_once('(')?;
            let name = name.trim_matches('"');
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.*:_".contains(&byte);
            let is_shown = matches!(kind, "DnsName" | "IpAddress") && name.len() <= 100 && name.bytes().all(is_plain);
            is_shown.then(|| name.to_owned())
        });
        Names(names.take(MAX_NAMES).collect())
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl LogSafe for Names {}

/// An alert as RFC 8446 spells it, with its number.
struct AlertName(AlertDescription);

impl fmt::Display for AlertName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_after_lower = false;
        for letter in self.0.as_str().unwrap_or("alert").chars() {
            if letter.is_ascii_uppercase() && is_after_lower {
                f.write_str("_")?;
            }
            is_after_lower = letter.is_ascii_lowercase();
            write!(f, "{}", letter.to_ascii_lowercase())?;
        }
        write!(f, " ({})", u8::from(self.0))
    }
}

impl LogSafe for AlertName {}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(first: [u8; 3], bytes: usize) -> Heard {
        Heard { first, bytes }
    }

    #[test]
    fn an_alert_means_what_came_before_it() {
        use AlertDescription as A;
        let first = said([21, 3, 3], 7);
        let later = said([22, 3, 3], 900);
        for (alert, heard, has_certificate, reason) in [
            (A::HandshakeFailure, first, false, Reason::NoCommonCipher),
            (A::HandshakeFailure, later, false, Reason::ClientCertificateWanted),
            (A::HandshakeFailure, later, true, Reason::ClientCertificateRefused),
            (A::CertificateRequired, later, false, Reason::ClientCertificateWanted),
            (A::UnknownCA, later, true, Reason::ClientCertificateRefused),
            (A::UnknownCA, later, false, Reason::PeerAlert),
            (A::ProtocolVersion, first, false, Reason::ProtocolTooOld),
            (A::UnrecognisedName, first, false, Reason::PeerAlert),
        ] {
            let error = TlsError::AlertReceived(alert);
            assert_eq!(super::reason(&error, heard, has_certificate), reason, "{alert:?}");
        }
        assert_eq!(AlertName(A::HandshakeFailure).to_string(), "handshake_failure (40)");
        assert_eq!(AlertName(A::UnknownCA).to_string(), "unknown_ca (48)");
        assert_eq!(AlertName(A::from(200)).to_string(), "alert (200)");
    }

    #[test]
    fn the_first_bytes_tell_what_is_no_tls() {
        let of = |first| of_message(InvalidMessage::InvalidContentType, said(first, 100));
        assert_eq!(of(*b"HTT"), Reason::NotTls);
        assert_eq!(of(*b"SSH"), Reason::NotTls);
        assert_eq!(of([21, 1, 1]), Reason::GmOnly);
        assert_eq!(of([22, 3, 3]), Reason::OtherTls);
    }

    #[test]
    fn only_names_of_hosts_are_shown() {
        let names =
            ["DnsName(\"a.example\")", "IpAddress(10.0.0.1)", "DnsName(\"张三\")", "RegisteredId(1)", "DirectoryName"];
        assert_eq!(Names::of(&names.map(str::to_owned)).to_string(), "a.example, 10.0.0.1");
    }
}
