//! How a resumed batch knows a row again: a keyed digest of the row, 128 bits of it.
//!
//! A green of one row must never pass to another, so a match by chance must be out of the question; and a certificate
//! number must not be found by trying all of them, so the digest has a key. The unit has one already for each interface,
//! and needs it for the calls anyway: nothing more has to be kept beside the output. Other credentials, other digests.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use skm::Config;

use crate::problem::Problem;

/// Sealed with the body key to make a key of its own; never the beginning of a body, which is JSON.
const LABEL: &str = "skm batch: is it the same row?";
/// What is kept of a digest.
const BYTES: usize = 16;

/// The fingerprint of a row of interface 3, under the unit's access token.
///
/// # Errors
/// `config_missing`.
pub fn of_code(config: &Config, row: u64, qr: &str) -> Result<String, Problem> {
    Ok(digest(config.scan()?.token.expose(), row, &[qr]))
}

/// The fingerprint of a row of interface 4, under the unit's body key.
///
/// # Errors
/// `config_missing`.
pub fn of_person(config: &Config, row: u64, number: &str, name: &str) -> Result<String, Problem> {
    Ok(digest(&config.id()?.body_cipher.seal(LABEL.as_bytes()), row, &[number, name]))
}

fn digest(key: &str, row: u64, cells: &[&str]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(LABEL.as_bytes());
    mac.update(&row.to_be_bytes());
    for cell in cells {
        // The length first: no two rows run together to the same bytes.
        mac.update(&(cell.len() as u64).to_be_bytes());
        mac.update(cell.as_bytes());
    }
    mac.finalize().into_bytes()[..BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
}
