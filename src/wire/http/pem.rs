//! What a certificate or key file holds, looked at when the configuration is read: a file that cannot be used is refused
//! there, not at the first call.

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::error::Words;
use crate::settings::source;

/// Checks a file of certificates. One that cannot be used may stand among others, as in bundles of systems; a damaged
/// block may not.
///
/// # Errors
/// What is wrong and what to do.
pub(crate) fn check_certificates(pem: &[u8]) -> Result<(), Words> {
    let text = plain_text(pem)?;
    let blocks: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    if blocks.is_empty() {
        return Err(no_certificate(&text));
    }
    let mut roots = RootCertStore::empty();
    let mut usable = false;
    for block in blocks {
        let certificate = block.map_err(|_| DAMAGED)?;
        // Reads it; whether it has expired is not asked.
        usable |= roots.add(certificate).is_ok();
    }
    if usable { Ok(()) } else { Err(NOT_X509) }
}

/// Checks a file with a private key.
///
/// # Errors
/// As [`check_certificates`].
pub(crate) fn check_key(pem: &[u8]) -> Result<(), Words> {
    let text = plain_text(pem)?;
    if is_encrypted(&text) {
        return Err(ENCRYPTED);
    }
    match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(_) => Ok(()),
        Err(rustls::pki_types::pem::Error::NoItemsFound) if text.contains("-----BEGIN CERTIFICATE-----") => {
            Err(Words("holds a certificate, but no private key", "只有证书,没有私钥"))
        }
        Err(rustls::pki_types::pem::Error::NoItemsFound) => Err(Words("holds no private key", "中没有私钥")),
        Err(_) => Err(DAMAGED),
    }
}

const DAMAGED: Words = Words(
    "holds a block that is cut off or damaged: copy the whole file again, from -----BEGIN to -----END",
    "含有被截断或损坏的区块:请重新复制整个文件,从 -----BEGIN 到 -----END",
);
const NOT_X509: Words =
    Words("holds no usable certificate: its blocks are not X.509", "中没有可用的证书:其内容不是 X.509");
const ENCRYPTED: Words = Words(
    "holds an encrypted key, and nobody is there to type its passphrase: decrypt it with openssl pkey -in <file> -out \
     <new file>, and let only this program's account read that",
    "中的私钥已加密,而运行时无人输入口令:请用 openssl pkey -in <文件> -out <新文件> 解密,并只允许本程序的账户读取",
);

/// A PEM file as text, without a byte order mark.
fn plain_text(pem: &[u8]) -> Result<Zeroizing<String>, Words> {
    if pem.iter().all(u8::is_ascii_whitespace) {
        return Err(Words("is empty", "为空文件"));
    }
    if let Some(binary) = binary_form(pem) {
        return Err(binary);
    }
    match source::decode(pem) {
        Ok(text) if text.contains("-----BEGIN ") => Ok(text),
        Ok(_) => Err(Words(
            "is not a PEM file: one begins with -----BEGIN CERTIFICATE-----, or such a line",
            "不是 PEM 文件:PEM 以 -----BEGIN CERTIFICATE----- 之类的一行开头",
        )),
        // Notes between the blocks may be in any code page.
        Err(wrong) if pem.windows(11).any(|window| window == b"-----BEGIN ") && !wrong.is_wide() => {
            Ok(Zeroizing::new(String::from_utf8_lossy(pem).into_owned()))
        }
        Err(wrong) if wrong.is_wide() => {
            Err(Words("is saved as UTF-16: save it as UTF-8 or ASCII", "以 UTF-16 保存:请另存为 UTF-8 或 ASCII"))
        }
        Err(_) => Err(Words("is not a PEM file", "不是 PEM 文件")),
    }
}

/// The binary forms in which certificates and keys are handed out: all are one ASN.1 sequence.
fn binary_form(bytes: &[u8]) -> Option<Words> {
    let content = match bytes {
        [0x30, 0x82, _, _, content @ ..] | [0x30, 0x81, _, content @ ..] | [0x30, 0x84, _, _, _, _, content @ ..] => {
            content
        }
        [0x30, length, content @ ..] if *length == 0x80 || usize::from(*length) == content.len() => content,
        _ => return None,
    };
    Some(match content {
        [0x02, 0x01, 0x03, ..] => Words(
            "is a PKCS#12 file (.p12, .pfx), not PEM: convert it with openssl pkcs12 -in <file> -out <new file>",
            "是 PKCS#12 文件(.p12、.pfx),不是 PEM:请用 openssl pkcs12 -in <文件> -out <新文件> 转换",
        ),
        [0x02, ..] => Words(
            "is a key in DER form, not PEM: convert it with openssl pkey -inform der -in <file> -out <new file>",
            "是 DER 格式的密钥,不是 PEM:请用 openssl pkey -inform der -in <文件> -out <新文件> 转换",
        ),
        [0x06, ..] => Words(
            "is a PKCS#7 file (.p7b) in DER form, not PEM: convert it with openssl pkcs7 -inform der -print_certs -in \
             <file> -out <new file>",
            "是 DER 格式的 PKCS#7 文件(.p7b),不是 PEM:请用 openssl pkcs7 -inform der -print_certs -in <文件> -out <新文件> 转换",
        ),
        _ => Words(
            "is a DER file, not PEM: convert it with openssl x509 -inform der -in <file> -out <new file>",
            "是 DER 文件,不是 PEM:请用 openssl x509 -inform der -in <文件> -out <新文件> 转换",
        ),
    })
}

fn no_certificate(text: &str) -> Words {
    let holds = |label: &str| text.contains(&format!("-----BEGIN {label}-----"));
    if text.contains("PRIVATE KEY-----") {
        return Words("holds a private key, but no certificate", "只有私钥,没有证书");
    }
    if holds("CERTIFICATE REQUEST") || holds("NEW CERTIFICATE REQUEST") {
        return Words(
            "holds a certificate request, but no certificate: ask the issuer for what was made from it",
            "只有证书请求,没有证书:请向签发方索取签发的证书",
        );
    }
    if holds("PKCS7") {
        return Words(
            "is a PKCS#7 file (.p7b): convert it with openssl pkcs7 -print_certs -in <file> -out <new file>",
            "是 PKCS#7 文件(.p7b):请用 openssl pkcs7 -print_certs -in <文件> -out <新文件> 转换",
        );
    }
    if holds("TRUSTED CERTIFICATE") || holds("X509 CERTIFICATE") {
        return Words(
            "holds a certificate in another form: convert it with openssl x509 -in <file> -out <new file>",
            "中的证书为其他格式:请用 openssl x509 -in <文件> -out <新文件> 转换",
        );
    }
    Words("holds no certificate", "中没有证书")
}

/// In PKCS#8, and in OpenSSL's older form.
fn is_encrypted(text: &str) -> bool {
    text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        || text.lines().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED"))
}
