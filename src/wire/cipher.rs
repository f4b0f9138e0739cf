//! The envelope of interface 4 (Annex D): a 128-bit block cipher, PKCS#7 padding, Base64.

use std::fmt;

use aes::Aes128;
use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::common::InnerInit;
use cbc::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use zeroize::Zeroizing;

/// Standard alphabet, padding or not: what a receiver tolerates once white space and URL-safe letters are mapped.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Cipher and mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// AES-128, ECB: the deployed one.
    Aes128Ecb,
    /// AES-128, CBC.
    Aes128Cbc,
    /// SM4 (GB/T 32907), ECB.
    #[cfg(feature = "gm")]
    Sm4Ecb,
    /// SM4, CBC.
    #[cfg(feature = "gm")]
    Sm4Cbc,
}

impl Algorithm {
    /// All of them.
    pub const ALL: &'static [Algorithm] = &[
        Algorithm::Aes128Ecb,
        Algorithm::Aes128Cbc,
        #[cfg(feature = "gm")]
        Algorithm::Sm4Ecb,
        #[cfg(feature = "gm")]
        Algorithm::Sm4Cbc,
    ];

    /// The name in dialect files, such as `aes-128-ecb`.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Aes128Ecb => "aes-128-ecb",
            Algorithm::Aes128Cbc => "aes-128-cbc",
            #[cfg(feature = "gm")]
            Algorithm::Sm4Ecb => "sm4-ecb",
            #[cfg(feature = "gm")]
            Algorithm::Sm4Cbc => "sm4-cbc",
        }
    }

    /// The algorithm with this name.
    pub fn from_name(name: &str) -> Option<Algorithm> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.name() == name)
    }
}

/// The text cannot be opened: not Base64, not whole blocks, wrong padding or not UTF-8. Which of these is never said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable;

/// A key, expanded once, with its mode. Never shown; wiped on drop.
#[derive(Clone)]
pub struct Cipher {
    mode: Mode,
}

#[derive(Clone)]
enum Mode {
    AesEcb(Aes128),
    AesCbc(Aes128, [u8; 16]),
    #[cfg(feature = "gm")]
    Sm4Ecb(sm4::Sm4),
    #[cfg(feature = "gm")]
    Sm4Cbc(sm4::Sm4, [u8; 16]),
}

impl Cipher {
    /// Expands a key; `iv` is for the CBC modes.
    pub fn new(algorithm: Algorithm, key: &[u8; 16], iv: &[u8; 16]) -> Cipher {
        let mode = match algorithm {
            Algorithm::Aes128Ecb => Mode::AesEcb(Aes128::new(key.into())),
            Algorithm::Aes128Cbc => Mode::AesCbc(Aes128::new(key.into()), *iv),
            #[cfg(feature = "gm")]
            Algorithm::Sm4Ecb => Mode::Sm4Ecb(sm4::Sm4::new(key.into())),
            #[cfg(feature = "gm")]
            Algorithm::Sm4Cbc => Mode::Sm4Cbc(sm4::Sm4::new(key.into()), *iv),
        };
        Cipher { mode }
    }

    /// Encrypts and gives standard Base64 without line breaks.
    pub fn seal(&self, plain: &[u8]) -> String {
        STANDARD.encode(match &self.mode {
            Mode::AesEcb(key) => seal_ecb(key, plain),
            Mode::AesCbc(key, iv) => seal_cbc(key, iv, plain),
            #[cfg(feature = "gm")]
            Mode::Sm4Ecb(key) => seal_ecb(key, plain),
            #[cfg(feature = "gm")]
            Mode::Sm4Cbc(key, iv) => seal_cbc(key, iv, plain),
        })
    }

    /// Decrypts what [`Cipher::seal`] made, tolerating white space, missing padding and the URL-safe alphabet in the
    /// Base64. The plain text must be UTF-8.
    pub fn open(&self, sealed: &str) -> Result<Zeroizing<String>, Unreadable> {
        let mut block = decode_base64(sealed).ok_or(Unreadable)?;
        let plain = match &self.mode {
            Mode::AesEcb(key) => open_ecb(key, &mut block),
            Mode::AesCbc(key, iv) => open_cbc(key, iv, &mut block),
            #[cfg(feature = "gm")]
            Mode::Sm4Ecb(key) => open_ecb(key, &mut block),
            #[cfg(feature = "gm")]
            Mode::Sm4Cbc(key, iv) => open_cbc(key, iv, &mut block),
        };
        let text = std::str::from_utf8(plain.ok_or(Unreadable)?).map_err(|_| Unreadable)?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher(***)")
    }
}

fn seal_ecb<C: BlockCipherEncrypt + Clone>(key: &C, plain: &[u8]) -> Vec<u8> {
    ecb::Encryptor::inner_init(key.clone()).encrypt_padded_vec::<Pkcs7>(plain)
}

fn seal_cbc<C: BlockCipherEncrypt + Clone>(key: &C, iv: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::inner_iv_slice_init(key.clone(), iv)
        .expect("an iv of 16 bytes fits a 128-bit cipher")
        .encrypt_padded_vec::<Pkcs7>(plain)
}

fn open_ecb<'a, C: BlockCipherDecrypt + Clone>(key: &C, block: &'a mut [u8]) -> Option<&'a [u8]> {
    ecb::Decryptor::inner_init(key.clone()).decrypt_padded::<Pkcs7>(block).ok()
}

fn open_cbc<'a, C: BlockCipherDecrypt + Clone>(key: &C, iv: &[u8; 16], block: &'a mut [u8]) -> Option<&'a [u8]> {
    cbc::Decryptor::inner_iv_slice_init(key.clone(), iv)
        .expect("an iv of 16 bytes fits a 128-bit cipher")
        .decrypt_padded::<Pkcs7>(block)
        .ok()
}

/// Base64 as a receiver of Annex D must take it: with white space in it, in either alphabet, padded or not.
pub(crate) fn decode_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // Keys come through here. There is room for all of it at once: growing would leave copies behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    plain.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }));
    TOLERANT.decode(plain.as_slice()).ok().map(Zeroizing::new)
}

/// Exactly 32 hex digits.
pub(crate) fn decode_hex_16(text: &str) -> Option<[u8; 16]> {
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)
}
