//! Which certificates are trusted, and the one that we show.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use skm::{Client, ErrorKind};

use super::{GREEN, accept, answer_all, client, config, read_request, scan, server};

/// A certificate authority of one test, and what it signs.
pub(crate) struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        Authority::named("an authority of one test")
    }

    pub(crate) fn named(name: &str) -> Authority {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: rcgen::Issuer::new(params, key), pem }
    }

    pub(crate) fn sign(&self, name: &str) -> (rcgen::Certificate, rcgen::KeyPair) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        (self.sign_params(params, &key), key)
    }

    pub(crate) fn sign_params(&self, params: rcgen::CertificateParams, key: &rcgen::KeyPair) -> rcgen::Certificate {
        params.signed_by(key, &self.issuer).unwrap()
    }

    /// A TLS server on loopback; asks for a client certificate of this authority if `mutual`.
    pub(crate) fn serve(&self, mutual: bool) -> u16 {
        self.serve_as("127.0.0.1", mutual)
    }

    pub(crate) fn serve_as(&self, name: &str, mutual: bool) -> u16 {
        let config = self.server_config(name, mutual);
        server(move |stream| answer_all(accept(&config, stream)))
    }

    pub(crate) fn server_config(&self, name: &str, mutual: bool) -> Arc<ServerConfig> {
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
        Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }

    /// A client of `port` that trusts this authority.
    pub(crate) fn client_of(&self, port: u16, http: &str) -> Client {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), &self.pem).unwrap();
        let http = format!("ca_file = \"ca.pem\"\n{http}");
        Client::new(config(&format!("https://127.0.0.1:{port}/"), &http, folder.path())).unwrap()
    }
}

/// An answer, its body filled up to this length.
fn answer_of(body: &str, length: usize) -> String {
    let body = format!("{body:length$}");
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn an_answer_too_many_is_nobodys() {
    let authority = Authority::new();
    let config = authority.server_config("127.0.0.1", false);
    // Within what rustls takes at a time from the socket's buffer, beyond it, and more than one record holds.
    for length in [0, 3000, 6000, 9000, 20_000, 40_000] {
        let config = Arc::clone(&config);
        let connections = AtomicUsize::new(0);
        let port = server(move |stream| {
            let mut stream = accept(&config, stream);
            let is_first = connections.fetch_add(1, Ordering::Relaxed) == 0;
            while read_request(&mut stream).is_some() {
                let red = answer_of(&GREEN.replace("green", "red"), 0);
                let too_many = if is_first { answer_of(GREEN, length) } else { String::new() };
                // Records of their own, in one flight.
                stream.conn.writer().write_all(red.as_bytes()).unwrap();
                stream.conn.writer().write_all(too_many.as_bytes()).unwrap();
                let _ = stream.flush();
            }
        });
        let client = authority.client_of(port, "retries = 0");
        for call in 0..3 {
            assert!(!scan(&client).unwrap(), "{length} bytes, call {call}: the answer of another");
        }
    }
}

#[test]
fn connections_are_reused() {
    let authority = Authority::new();
    let config = authority.server_config("127.0.0.1", false);
    let opened = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&opened);
    let port = server(move |stream| {
        counted.fetch_add(1, Ordering::Relaxed);
        answer_all(accept(&config, stream));
    });
    let client = authority.client_of(port, "");
    (0..20).for_each(|_| assert!(scan(&client).unwrap()));
    assert_eq!(opened.load(Ordering::Relaxed), 1);
}

/// A lock held while the system's roots are read would stay locked in a process that is forked meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn reading_the_systems_roots_locks_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("roots");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::write(pipe.with_extension("pem"), Authority::new().pem).unwrap();
    let variables = [("SSL_CERT_FILE", pipe.to_str().unwrap())];
    super::proxy::with_environment("tls::child_reads_roots_that_another_thread_is_reading", &variables);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by reading_the_systems_roots_locks_nobody_out with a pipe for the roots"]
fn child_reads_roots_that_another_thread_is_reading() {
    use std::os::unix::fs::OpenOptionsExt;
    use std::time::{Duration, Instant};

    const O_NONBLOCK: i32 = 0o4000;
    const PATIENCE: Duration = Duration::from_secs(10);
    let open = || client("https://platform.example.invalid/", "");
    let pipe = std::path::PathBuf::from(std::env::var_os("SSL_CERT_FILE").unwrap());
    std::thread::spawn(open);
    // The pipe can be written to only once the other thread reads from it.
    let started = Instant::now();
    let held = loop {
        match std::fs::OpenOptions::new().write(true).custom_flags(O_NONBLOCK).open(&pipe) {
            Ok(held) => break held,
            Err(error) => assert!(started.elapsed() < PATIENCE, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    std::fs::rename(pipe.with_extension("pem"), &pipe).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(open()));
    receiver.recv_timeout(PATIENCE).unwrap();
    drop(held);
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
