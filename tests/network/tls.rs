//! Which certificates are trusted, and the one that we show.

use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use skm::{Client, ErrorKind};

use super::{answer_all, client, config, scan, server};

/// A certificate authority of one test, and what it signs.
pub(crate) struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: rcgen::Issuer::new(params, key), pem }
    }

    fn sign(&self, name: &str) -> (rcgen::Certificate, rcgen::KeyPair) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// A TLS server on loopback; asks for a client certificate of this authority if `mutual`.
    fn serve(&self, mutual: bool) -> u16 {
        self.serve_as("127.0.0.1", mutual)
    }

    pub(crate) fn serve_as(&self, name: &str, mutual: bool) -> u16 {
        let (certificate, key) = self.sign(name);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = if mutual {
            let mut roots = rustls::RootCertStore::empty();
            roots.add_parsable_certificates([
                rustls::pki_types::pem::PemObject::from_pem_slice(self.pem.as_bytes()).unwrap()
            ]);
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap());
        server(move |stream| answer_all(StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream)))
    }
}

#[test]
fn tls_trusts_the_systems_roots_and_ca_file_and_nothing_else() {
    let authority = Authority::new();
    let port = authority.serve(false);
    let url = format!("https://127.0.0.1:{port}/");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
    std::fs::write(folder.path().join("other.pem"), Authority::new().pem).unwrap();

    let error = scan(&client(&url, "")).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::TlsFailed, 1), "{error}");
    let other = Client::new(config(&url, "ca_file = \"other.pem\"", folder.path())).unwrap();
    assert_eq!(scan(&other).unwrap_err().kind(), ErrorKind::TlsFailed);
    let trusted = Client::new(config(&url, "ca_file = \"ca.pem\"", folder.path())).unwrap();
    assert!(scan(&trusted).unwrap());
    let named =
        Client::new(config(&url.replace("127.0.0.1", "localhost"), "ca_file = \"ca.pem\"", folder.path())).unwrap();
    assert_eq!(scan(&named).unwrap_err().kind(), ErrorKind::TlsFailed, "the certificate is for another name");
}

#[test]
fn mutual_tls() {
    let authority = Authority::new();
    let port = authority.serve(true);
    let url = format!("https://127.0.0.1:{port}/");
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, pem: String| std::fs::write(folder.path().join(name), pem).unwrap();
    let (certificate, key) = authority.sign("unit.example.invalid");
    write("ca.pem", authority.pem.clone());
    write("unit.pem", certificate.pem());
    write("unit.key", key.serialize_pem());
    write("other.key", authority.sign("other.example.invalid").1.serialize_pem());

    let without = Client::new(config(&url, "ca_file = \"ca.pem\"", folder.path())).unwrap();
    assert_eq!(scan(&without).unwrap_err().kind(), ErrorKind::TlsFailed);
    let pair = "ca_file = \"ca.pem\"\nclient_cert_file = \"unit.pem\"\nclient_key_file = \"unit.key\"";
    assert!(scan(&Client::new(config(&url, pair, folder.path())).unwrap()).unwrap());
    let mismatch = pair.replace("unit.key", "other.key");
    let error = Client::new(config(&url, &mismatch, folder.path())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.message().contains("http.client_key_file does not belong to http.client_cert_file"), "{error}");
}
