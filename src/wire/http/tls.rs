//! TLS: the system's roots, the configuration's added to them, and the client's certificate.

use std::sync::Arc;

use once_cell::race::OnceBox;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

use super::privileges;
use crate::config::HttpSettings;
use crate::error::{Error, ErrorKind, Result, SafeText, safe};

/// The system's roots, kept once read: hundreds of files on some systems. Two threads may read them at once: a lock
/// held meanwhile would never be given back in a process that is forked then.
static SYSTEM_ROOTS: OnceBox<Vec<Certificate<'static>>> = OnceBox::new();

pub(super) fn config(settings: &HttpSettings) -> Result<TlsConfig> {
    let mut roots = match (system_roots(), &settings.ca_pem) {
        (Ok(roots), _) => roots.clone(),
        (Err(_), Some(_)) => Vec::new(),
        (Err(error), None) => return Err(error),
    };
    if let Some(pem) = &settings.ca_pem {
        let added = certificates(pem);
        if added.is_empty() {
            return Err(invalid(safe!("http.ca_file holds no certificate", "http.ca_file 中没有证书")));
        }
        roots.extend(added);
    }
    let mut config =
        TlsConfig::builder().root_certs(RootCerts::from(roots)).unversioned_rustls_crypto_provider(provider());
    if let Some(pem) = &settings.client_pem {
        config = config.client_cert(Some(client_certificate(&pem.chain, &pem.key)?));
    }
    Ok(config.build())
}

/// Always this one: a provider that the program installs for the whole process may lack what we need, and ureq panics
/// then.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// From where `SSL_CERT_FILE` and `SSL_CERT_DIR` say, else from the system's own place; see [`privileges`].
fn read_roots() -> Vec<CertificateDer<'static>> {
    if privileges::is_environment_trusted() {
        return rustls_native_certs::load_native_certs().certs;
    }
    #[cfg(unix)]
    {
        let folders = openssl_probe::candidate_cert_dirs();
        folders.flat_map(|folder| rustls_native_certs::load_certs_from_paths(None, Some(folder)).certs).collect()
    }
    #[cfg(not(unix))]
    {
        Vec::new()
    }
}

fn system_roots() -> Result<&'static Vec<Certificate<'static>>> {
    SYSTEM_ROOTS.get_or_try_init(|| {
        let found = read_roots();
        if found.is_empty() {
            let detail = safe!(
                "the system has no root certificates: install them (package ca-certificates) or set http.ca_file",
                "系统没有根证书:请安装(软件包 ca-certificates)或设置 http.ca_file"
            );
            return Err(Error::with(ErrorKind::TlsFailed, detail));
        }
        Ok(Box::new(found.iter().map(|der| Certificate::from_der(der.as_ref()).to_owned()).collect()))
    })
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    parse_pem(pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect()
}

fn client_certificate(chain: &[u8], key: &[u8]) -> Result<ClientCert> {
    let chain = certificates(chain);
    if chain.is_empty() {
        let detail = safe!("http.client_cert_file holds no certificate", "http.client_cert_file 中没有证书");
        return Err(invalid(detail));
    }
    let key = PrivateKey::from_pem(key)
        .map_err(|_| invalid(safe!("http.client_key_file holds no private key", "http.client_key_file 中没有私钥")))?;
    check_pair(&chain, &key)?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

/// ureq panics on a key that does not belong to the certificate; so it is tried here first.
fn check_pair(chain: &[Certificate<'static>], key: &PrivateKey<'static>) -> Result<()> {
    use rustls::pki_types::PrivateKeyDer;

    let wrong = || {
        invalid(safe!(
            "http.client_key_file does not belong to http.client_cert_file",
            "http.client_key_file 与 http.client_cert_file 不匹配"
        ))
    };
    let key = PrivateKeyDer::try_from(key.der().to_vec()).map_err(|_| wrong())?;
    let chain = chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec())).collect();
    let builder = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| wrong())?
        .with_root_certificates(rustls::RootCertStore::empty());
    builder.with_client_auth_cert(chain, key).map(drop).map_err(|_| wrong())
}

fn invalid(detail: SafeText) -> Error {
    Error::with(ErrorKind::ConfigInvalid, detail)
}
