//! The audit key, and the keys derived from it: one for each thing that is proven, so that no proof passes for another.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::hex::{self, Mac};
use super::settings::Pseudonym;
use crate::wire::cipher::decode_base64;

type HmacSha256 = Hmac<Sha256>;

/// The 32 bytes everything in the log is proven with. Never shown, wiped on drop.
#[derive(Clone)]
pub struct AuditKey(Zeroizing<[u8; 32]>);

impl AuditKey {
    /// Reads 64 hex digits or the Base64 of 32 bytes; `None` for anything else.
    pub fn parse(text: &str) -> Option<AuditKey> {
        if let Some(key) = hex::decode(&Zeroizing::new(text.to_ascii_lowercase())) {
            return Some(AuditKey(Zeroizing::new(key)));
        }
        let mut bytes = decode_base64(text)?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).ok().map(|key| AuditKey(Zeroizing::new(key)));
        bytes.zeroize();
        key
    }

    /// A new key from the operating system's generator.
    pub(super) fn generate() -> Result<AuditKey, getrandom::Error> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut_slice())?;
        Ok(AuditKey(key))
    }

    /// The form of a key file.
    pub(super) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&self.0))
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKey(***)")
    }
}

/// What the derived keys prove. HMAC states are kept, not keys: one derivation for each log that is opened.
pub(super) struct Keys {
    chain: HmacSha256,
    digest: HmacSha256,
    erasure: HmacSha256,
    head: HmacSha256,
    pseudonym: Zeroizing<[u8; 32]>,
}

impl Keys {
    pub(super) fn derive(key: &AuditKey) -> Keys {
        let derived = |purpose: &str| {
            let label = format!("skm audit {purpose} 1");
            Zeroizing::new(finish(keyed(key.0.as_slice()).chain_update(label)))
        };
        let state = |purpose: &str| keyed(derived(purpose).as_slice());
        Keys {
            chain: state("chain"),
            digest: state("digest"),
            erasure: state("erasure"),
            head: state("head"),
            pseudonym: derived("pseudonym"),
        }
    }

    /// Links record `n` to the one before. All parts have a fixed length: no two records give the same bytes.
    pub(super) fn chain(&self, n: u64, prev: &Mac, digest: &Mac) -> Mac {
        finish(self.chain.clone().chain_update(n.to_be_bytes()).chain_update(prev).chain_update(digest))
    }

    /// Stands for a body once it is erased. Keyed, so that nobody can try out bodies against it.
    pub(super) fn digest(&self, body: &[u8]) -> Mac {
        finish(self.digest.clone().chain_update(body))
    }

    /// Shows that a record was erased by someone who holds the key.
    pub(super) fn erasure(&self, n: u64, mac: &Mac, day: &str, erased: &str) -> Mac {
        let proof = self.erasure.clone().chain_update(n.to_be_bytes()).chain_update(mac);
        finish(proof.chain_update(day).chain_update("|").chain_update(erased))
    }

    /// Shows that this was once the newest record.
    pub(super) fn head(&self, n: u64, mac: &Mac, length: u64, day: &str) -> Mac {
        let proof = self.head.clone().chain_update(n.to_be_bytes()).chain_update(mac);
        finish(proof.chain_update(length.to_be_bytes()).chain_update(day))
    }

    /// The same for the same person, and without the key neither reversible nor comparable with another log's.
    pub(super) fn pseudonym(&self, algorithm: Pseudonym, domain: &str, identity: &str) -> String {
        let mac = match algorithm {
            Pseudonym::HmacSha256 => {
                let state = keyed(self.pseudonym.as_slice());
                finish(state.chain_update(domain).chain_update([0]).chain_update(identity))
            }
            Pseudonym::HmacSm3 => {
                let state = Hmac::<sm3::Sm3>::new_from_slice(self.pseudonym.as_slice());
                let state = state.expect("HMAC takes a key of any length");
                state.chain_update(domain).chain_update([0]).chain_update(identity).finalize().into_bytes().into()
            }
        };
        format!("{}:{}", algorithm.prefix(), hex::encode(&mac))
    }
}

fn keyed(key: &[u8]) -> HmacSha256 {
    HmacSha256::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn finish(state: HmacSha256) -> Mac {
    state.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn both_forms_of_a_key() {
        let hex = "00".repeat(31) + "fF";
        let key = AuditKey::parse(&hex).unwrap();
        assert_eq!(key.to_hex().as_str(), hex.to_lowercase());
        let base64 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8=";
        assert_eq!(AuditKey::parse(base64).unwrap().to_hex().as_str(), hex.to_lowercase());
        assert!(AuditKey::parse("AAAA").is_none() && AuditKey::parse("").is_none());
        assert_eq!(format!("{key:?}"), "AuditKey(***)");
    }

    #[test]
    fn every_purpose_has_its_own_key() {
        let keys = Keys::derive(&AuditKey::parse(&"11".repeat(32)).unwrap());
        let states = [&keys.chain, &keys.digest, &keys.erasure, &keys.head];
        let mut macs: Vec<Mac> = states.iter().map(|state| finish((*state).clone().chain_update("same"))).collect();
        macs.sort_unstable();
        macs.dedup();
        assert_eq!(macs.len(), 4);
    }
}
