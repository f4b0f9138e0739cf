//! The head file: which record is the newest. A log that ends before its head was cut.
//!
//! It is one block of fixed size that is overwritten in place: this needs no space on a full disk, and a process that is
//! killed leaves the old block or the new one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::access::check_size;
use super::files::Files;
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

/// Overwrites the head. With `sync` a new one waits for the disk: an empty head file beside records would look like
/// tampering. An old one need not, for a head that lags behind is caught up with.
pub(super) fn write(files: &Files, keys: &Keys, head: &Head, sync: bool) -> io::Result<()> {
    check_size(BLOCK as u64)?;
    let mut file = files.open_or_make(&files.head(), OpenOptions::new().read(true).write(true))?;
    overwrite(&mut file, block(keys, head).as_bytes(), |file, is_new| {
        if !sync || !is_new {
            return Ok(());
        }
        file.sync_all()?;
        files.sync_folder()
    })
}

/// Writes and finishes; if either fails the file is as before, for its record is taken back.
fn overwrite(file: &mut File, block: &[u8], finish: impl FnOnce(&File, bool) -> io::Result<()>) -> io::Result<()> {
    let mut old = Vec::with_capacity(BLOCK + 1);
    (&*file).take(BLOCK as u64 + 1).read_to_end(&mut old)?;
    let written = put(file, block).and_then(|()| finish(file, old.is_empty()));
    if written.is_err() {
        let _ = put(file, &old);
    }
    written
}

fn put(file: &mut File, content: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(content)?;
    // Whatever somebody put behind the block would make every later head a forged one.
    let length = content.len() as u64;
    if file.metadata()?.len() == length { Ok(()) } else { file.set_len(length) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::audit::AuditKey;

    #[test]
    fn the_longest_head_fits_and_is_proven() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(&folder.path().join("audit.jsonl"));
        let path = files.head();
        let keys = Keys::derive(&AuditKey::parse(&"11".repeat(32)).unwrap());
        assert_eq!(read(&path, &keys).unwrap(), Found::Nothing);
        let head = Head { n: u64::MAX, mac: [255; 32], length: u64::MAX, day: "2026-11-24".to_owned() };
        write(&files, &keys, &head, false).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), BLOCK as u64);
        assert_eq!(read(&path, &keys).unwrap(), Found::Head(head));
        let other = Keys::derive(&AuditKey::parse(&"22".repeat(32)).unwrap());
        assert_eq!(read(&path, &other).unwrap(), Found::Forged);
        let longer = format!("{}\0", std::fs::read_to_string(&path).unwrap());
        std::fs::write(&path, longer).unwrap();
        assert_eq!(read(&path, &keys).unwrap(), Found::Forged);
        let head = Head { n: 1, mac: [0; 32], length: 1, day: "2026-11-24".to_owned() };
        write(&files, &keys, &head, true).unwrap();
        assert_eq!(read(&path, &keys).unwrap(), Found::Head(head));
    }

    #[test]
    fn a_head_that_cannot_be_finished_is_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head");
        for old in ["", "old", &"o".repeat(BLOCK), &"o".repeat(BLOCK + 1)] {
            std::fs::write(&path, old).unwrap();
            let mut file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
            let refuse = |_: &File, is_new| {
                assert_eq!(is_new, old.is_empty());
                Err(io::ErrorKind::StorageFull.into())
            };
            overwrite(&mut file, &[b'n'; BLOCK], refuse).unwrap_err();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), old);
        }
    }
}
