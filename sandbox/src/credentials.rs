//! What a unit would be given when its application is approved: here derived from the seed and plainly invented.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

/// The sandbox's one client unit.
#[derive(Clone)]
pub struct Credentials {
    /// 应用标识.
    pub appmark: String,
    /// 应用密钥.
    pub appword: String,
    /// `source` of interface 3.
    pub source: String,
    /// The unit's access token of interface 3, 64 characters.
    pub unit_token: String,
    /// Account of interface 4.
    pub account: String,
    /// Key of the `auth` header.
    pub auth_key: [u8; 16],
    /// Key of the body and of the answer.
    pub body_key: [u8; 16],
}

impl Credentials {
    /// The same seed gives the same credentials.
    pub fn from_seed(seed: u64) -> Self {
        let tail = |label| hex(&derive(seed, label));
        let key = |name: &str, label| -> [u8; 16] {
            format!("{name}{}", &tail(label)[..8]).into_bytes().try_into().expect("eight and eight characters")
        };
        Credentials {
            appmark: format!("sandbox-app-{}", &tail("appmark")[..6]),
            appword: format!("Sandbox-Only-{}", &tail("appword")[..16]),
            source: "sandbox".to_owned(),
            unit_token: format!("sandboxunit{}{}", tail("unit"), &tail("unit-2")[..21]),
            account: format!("skm_auth_sandbox{}", &tail("account")[..6]),
            auth_key: key("sandboxA", "auth"),
            body_key: key("sandboxB", "body"),
        }
    }

    /// `auth_key` as it is delivered.
    pub fn auth_key_base64(&self) -> String {
        STANDARD.encode(self.auth_key)
    }

    /// `body_key` as it is delivered.
    pub fn body_key_base64(&self) -> String {
        STANDARD.encode(self.body_key)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

/// 16 bytes that depend on the seed and a label alone.
pub fn derive(seed: u64, label: &str) -> [u8; 16] {
    let mut hasher = Md5::new();
    hasher.update(seed.to_be_bytes());
    hasher.update(label.as_bytes());
    hasher.finalize().into()
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_determinism() {
        let (a, b, c) = (Credentials::from_seed(1), Credentials::from_seed(1), Credentials::from_seed(2));
        assert_eq!(a.unit_token.len(), 64);
        assert_eq!(a.appword, b.appword);
        assert_ne!(a.appword, c.appword);
        assert_ne!(a.auth_key, a.body_key);
        assert_eq!(format!("{a:?}"), "Credentials(***)");
    }
}
