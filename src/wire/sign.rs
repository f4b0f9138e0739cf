//! The sign of interface 1 (table A.1): `MD5(appmark + appword + time)` in hex.

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

use crate::person::Secret;

/// The sign as lower-case hex, 32 characters. `params` is not part of it.
pub fn sign(appmark: &str, appword: &Secret, time: &str) -> String {
    let mut hash = Md5::new();
    hash.update(appmark.as_bytes());
    hash.update(appword.expose().as_bytes());
    hash.update(time.as_bytes());
    let mut hex = String::with_capacity(32);
    for byte in hash.finalize() {
        hex.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        hex.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    hex
}

/// Whether `given` is the sign, in any case; in constant time.
pub fn matches(appmark: &str, appword: &Secret, time: &str, given: &str) -> bool {
    let expected = sign(appmark, appword, time);
    expected.as_bytes().ct_eq(given.to_ascii_lowercase().as_bytes()).into()
}
