//! Erasing a person's records on request, the chain staying whole.

use std::fs::{File, Metadata};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::time::SystemTime;

use super::files::{access_lost, failed, followed, keep_access};
use super::line::{Line, Tombstone};
use super::record::Subject;
use super::{AuditLog, own_turn};
use crate::config::Pseudonym;
use crate::error::Result;
use crate::wire::time;

/// What was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erased {
    /// Records whose body was replaced.
    pub records: u64,
    /// Files that were rewritten.
    pub files: u64,
}

impl AuditLog {
    /// Replaces the body of each record about `subject` by a proof that it was erased, and deletes torn pieces, which
    /// may hold a part of one. The log can be written to meanwhile; each file is rewritten in one turn.
    ///
    /// # Errors
    /// `audit_failed` if a file cannot be read or written; files before it are done, and asking again does the rest.
    pub fn erase(&self, subject: &Subject, now: SystemTime) -> Result<Erased> {
        // The setting may have changed since: look for what each algorithm would have written.
        let marks: Vec<String> =
            Pseudonym::ALL.iter().map(|algorithm| mark(&subject.pseudonym(&self.keys, *algorithm))).collect();
        let mut erased = Erased::default();
        for (_, path) in self.files.all_closed()? {
            let _turn = self.files.lock(own_turn())?;
            // What a killed rotation left is no draft of ours.
            self.files.open_current()?;
            erased.add(self.erase_in(&path, &marks, now)?);
        }
        // After the closed ones: what a rotation moves out of it meanwhile is found in the second look.
        erased.add(self.erase_in_current(&marks, now)?);
        for (_, path) in self.files.all_torn()? {
            std::fs::remove_file(&path).map_err(|error| failed(&path, &error))?;
        }
        Ok(erased)
    }

    fn erase_in_current(&self, marks: &[String], now: SystemTime) -> Result<Erased> {
        let _turn = self.files.lock(own_turn())?;
        let mut file = self.files.open_current()?;
        let mut erased = Erased::default();
        // Closed since the first look: usually none.
        for (_, path) in self.files.all_closed()? {
            erased.add(self.erase_in(&path, marks, now)?);
        }
        let path = self.files.current();
        // A torn end is set aside first, for a rewritten file must end with a whole line.
        let end = self.end_to_write(&mut file, now)?;
        let found = self.erase_in(path, marks, now)?;
        if found.records > 0 {
            let length = std::fs::metadata(path).map_err(|error| failed(path, &error))?.len();
            self.write_head(&end.head(length))?;
        }
        erased.add(found);
        Ok(erased)
    }

    /// Rewrites one file if it holds any of the marks.
    fn erase_in(&self, path: &Path, marks: &[String], now: SystemTime) -> Result<Erased> {
        // Old files may have been moved and linked to.
        let path = followed(path);
        let draft = self.files.draft_of(&path);
        let erased = self.rewrite(&path, &draft, marks, now);
        if erased.is_err() {
            // It holds records, maybe where nobody looks for them.
            let _ = std::fs::remove_file(&draft);
        }
        erased
    }

    /// By a draft: killed at any moment, the old file or the new one is there.
    fn rewrite(&self, path: &Path, draft: &Path, marks: &[String], now: SystemTime) -> Result<Erased> {
        let failed = |error: std::io::Error| failed(path, &error);
        let file = match File::open(path) {
            Ok(file) => file,
            // Retention was faster.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Erased::default()),
            Err(error) => return Err(failed(error)),
        };
        let old = file.metadata().map_err(failed)?;
        let mut input = BufReader::with_capacity(1 << 16, file);
        let mut output = None;
        let mut records = 0;
        let (mut line, mut at) = (Vec::new(), 0);
        loop {
            line.clear();
            let read = input.read_until(b'\n', &mut line).map_err(failed)?;
            if read == 0 {
                break;
            }
            let replaced = self.tombstone(&line, marks, now);
            if let Some(stone) = replaced {
                if output.is_none() {
                    output = Some(self.draft_after(path, draft, at, &old)?);
                }
                line = stone.into_bytes();
                records += 1;
            }
            if let Some(output) = &mut output {
                output.write_all(&line).map_err(failed)?;
            }
            at += read as u64;
        }
        let Some(output) = output else { return Ok(Erased::default()) };
        let written = output.into_inner().map_err(|error| failed(error.into_error()))?;
        written.sync_all().and_then(|()| std::fs::rename(draft, path)).map_err(failed)?;
        Ok(Erased { records, files: 1 })
    }

    /// What replaces a line, if it is about the person.
    fn tombstone(&self, bytes: &[u8], marks: &[String], now: SystemTime) -> Option<String> {
        let line = Line::parse(bytes.strip_suffix(b"\n")?)?;
        if !marks.iter().any(|mark| line.body.contains(mark.as_str())) {
            return None;
        }
        let stone = Tombstone::body(&self.keys, &line, time::china_text(now));
        Some(Line { body: &stone, ..line }.text())
    }

    /// The new file, for the same users and already holding the first `length` bytes of the one at `path`.
    fn draft_after(&self, path: &Path, draft: &Path, length: u64, old: &Metadata) -> Result<BufWriter<File>> {
        let mut draft = self.files.begin_draft(draft)?;
        keep_access(old, &draft).map_err(|error| access_lost(path, &error))?;
        let begun = File::open(path).and_then(|old| std::io::copy(&mut old.take(length), &mut draft));
        begun.map_err(|error| failed(path, &error))?;
        Ok(BufWriter::with_capacity(1 << 16, draft))
    }
}

impl Erased {
    fn add(&mut self, other: Erased) {
        self.records += other.records;
        self.files += other.files;
    }
}

/// How a record about the person looks inside. Quotes in texts are escaped, so no text can look like it.
fn mark(pseudonym: &str) -> String {
    format!("\"subject\":\"{pseudonym}\"")
}
