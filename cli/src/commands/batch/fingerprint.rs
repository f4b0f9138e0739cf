//! How a resumed batch knows a row again, and that its line is as it was written: a keyed digest, 128 bits of it.
//!
//! A green of one row must never pass to another, so a match by chance must be out of the question; and a certificate
//! number must not be found by trying all of them, so the digest has a key. The unit has one already for each interface,
//! and needs it for the calls anyway: nothing more has to be kept beside the output. Other credentials, other digests.
//! The digest of a row is the key of its line's: what was answered, and when, cannot be edited either.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use skm::Config;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// Sealed with the body key to make a key of its own; never the beginning of a body, which is JSON.
const LABEL: &str = "skm batch: is it the same row?";
/// What is kept of a line's digest.
const BYTES: usize = 16;

/// The keyed digest of a row's content. Never written: only what [`Fingerprint::check`] makes of it.
pub struct Fingerprint(Zeroizing<[u8; 32]>);

impl Fingerprint {
    /// Ties a line's other columns to this row, as hex.
    pub fn check(&self, columns: &[&str]) -> String {
        let digest = digest(&*self.0, 0, columns);
        digest[..BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The fingerprint of a row of interface 3, under the unit's access token.
///
/// # Errors
/// `config_missing`.
pub fn of_code(config: &Config, row: u64, qr: &str) -> Result<Fingerprint, Problem> {
    Ok(Fingerprint(digest(config.scan()?.token.expose().as_bytes(), row, &[qr])))
}

/// The fingerprint of a row of interface 4, under the unit's body key.
///
/// # Errors
/// `config_missing`.
pub fn of_person(config: &Config, row: u64, number: &str, name: &str) -> Result<Fingerprint, Problem> {
    let key = Zeroizing::new(config.id()?.body_cipher.seal(LABEL.as_bytes()));
    Ok(Fingerprint(digest(key.as_bytes(), row, &[number, name])))
}

fn digest(key: &[u8], row: u64, cells: &[&str]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(LABEL.as_bytes());
    mac.update(&row.to_be_bytes());
    for cell in cells {
        // The length first: no two rows run together to the same bytes.
        mac.update(&(cell.len() as u64).to_be_bytes());
        mac.update(cell.as_bytes());
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}
