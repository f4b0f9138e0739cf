//! The head file: which record is the newest. A log that ends before its head was cut.
//!
//! It is one block of fixed size that is overwritten in place: this needs no space on a full disk, and a process that is
//! killed leaves the old block or the new one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;
use super::hex::{self, Mac};
use super::keys::Keys;
use super::line::to_json;

const BLOCK: usize = 256;

/// The newest record, and how long the file was behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) n: u64,
    pub(super) mac: Mac,
    pub(super) length: u64,
    /// The record's day in China.
    pub(super) day: String,
}

/// What the head file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// Not ours, or written with another key.
    Forged,
    Head(Head),
}

impl Found {
    pub(super) fn head(&self) -> Option<&Head> {
        match self {
            Found::Head(head) => Some(head),
            Found::Nothing | Found::Forged => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    n: u64,
    mac: String,
    length: u64,
    day: String,
    proof: String,
}

pub(super) fn read(path: &Path, keys: &Keys) -> io::Result<Found> {
    let mut text = Vec::with_capacity(BLOCK);
    match File::open(path) {
        Ok(file) => file.take(BLOCK as u64 + 1).read_to_end(&mut text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    // Killed between the making of the file and its first block.
    if text.is_empty() {
        return Ok(Found::Nothing);
    }
    Ok(proven(&text, keys).map_or(Found::Forged, Found::Head))
}

fn proven(text: &[u8], keys: &Keys) -> Option<Head> {
    let Written { n, mac, length, day, proof } = serde_json::from_slice(text).ok()?;
    let mac = hex::decode(&mac)?;
    if hex::decode(&proof)? != keys.head(n, &mac, length, &day) {
        return None;
    }
    let head = Head { n, mac, length, day };
    // Only the spelling we write, so that no edit of it goes unseen.
    (block(keys, &head).as_bytes() == text).then_some(head)
}

/// The file's content for `head`.
fn block(keys: &Keys, head: &Head) -> String {
    let proof = hex::encode(&keys.head(head.n, &head.mac, head.length, &head.day));
    let Head { n, length, .. } = *head;
    let written = to_json(&Written { n, mac: hex::encode(&head.mac), length, day: head.day.clone(), proof });
    debug_assert!(written.len() < BLOCK, "two numbers, two digests and a day fit in the block");
    format!("{written:<width$}\n", width = BLOCK - 1)
}

pub(super) fn write(path: &Path, keys: &Keys, head: &Head) -> io::Result<()> {
    let mut file = files::private(OpenOptions::new().write(true).create(true)).open(path)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(block(keys, head).as_bytes())?;
    // Whatever somebody put behind the block would make every later head a forged one.
    file.set_len(BLOCK as u64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::audit::AuditKey;

    #[test]
    fn the_longest_head_fits_and_is_proven() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head");
        let keys = Keys::derive(&AuditKey::parse(&"11".repeat(32)).unwrap());
        assert_eq!(read(&path, &keys).unwrap(), Found::Nothing);
        let head = Head { n: u64::MAX, mac: [255; 32], length: u64::MAX, day: "2026-11-24".to_owned() };
        write(&path, &keys, &head).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), BLOCK as u64);
        assert_eq!(read(&path, &keys).unwrap(), Found::Head(head));
        let other = Keys::derive(&AuditKey::parse(&"22".repeat(32)).unwrap());
        assert_eq!(read(&path, &other).unwrap(), Found::Forged);
        let longer = format!("{}\0", std::fs::read_to_string(&path).unwrap());
        std::fs::write(&path, longer).unwrap();
        assert_eq!(read(&path, &keys).unwrap(), Found::Forged);
        let head = Head { n: 1, mac: [0; 32], length: 1, day: "2026-11-24".to_owned() };
        write(&path, &keys, &head).unwrap();
        assert_eq!(read(&path, &keys).unwrap(), Found::Head(head));
    }
}
