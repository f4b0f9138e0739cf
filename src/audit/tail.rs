//! The end of a file: its last whole line, and what stands torn after it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::fault::{failed, no_log};
use super::line::{Line, MAX_LINE};
use crate::error::{ErrorKind, Result};

/// How much of a file's end is read to find its last line.
const WINDOW: u64 = 4 * MAX_LINE as u64;

/// The end of a file: its last whole line, and what stands torn after it.
pub(super) struct Tail {
    bytes: Vec<u8>,
    /// Where in `bytes` the last whole line is.
    last: Option<std::ops::Range<usize>>,
    /// How long the file is without the torn piece.
    pub(super) length: u64,
}

impl Tail {
    /// Reads the end of a file that is to be written to.
    ///
    /// # Errors
    /// `audit_failed` if it cannot be read or its end is no log at all.
    pub(super) fn read(path: &Path, file: &mut File) -> Result<Tail> {
        let found = Tail::find(file).map_err(|error| failed(path, &error))?;
        found.ok_or_else(|| no_log(ErrorKind::AuditFailed, path))
    }

    /// Reads the end of a file; `None` if it is no log at all.
    pub(super) fn find(file: &mut File) -> io::Result<Option<Tail>> {
        let (bytes, start) = read_end(file)?;
        let mut end = bytes.len();
        while let Some(newline) = bytes[..end].iter().rposition(|byte| *byte == b'\n') {
            let begin = bytes[..newline].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            if Line::parse(&bytes[begin..newline]).is_some() {
                let length = start + newline as u64 + 1;
                return Ok(Some(Tail { bytes, last: Some(begin..newline), length }));
            }
            end = begin;
        }
        // A first record that was torn is all there is; in a longer file there is a whole line within reach, or nobody
        // should write here.
        Ok((start == 0).then_some(Tail { bytes, last: None, length: 0 }))
    }

    pub(super) fn line(&self) -> Option<Line<'_>> {
        Line::parse(&self.bytes[self.last.clone()?])
    }

    pub(super) fn torn(&self) -> &[u8] {
        self.last.as_ref().map_or(&self.bytes, |last| &self.bytes[last.end + 1..])
    }
}

/// The last bytes of a file and where they begin.
fn read_end(file: &mut File) -> io::Result<(Vec<u8>, u64)> {
    let length = file.seek(SeekFrom::End(0))?;
    let start = file.seek(SeekFrom::Start(length.saturating_sub(WINDOW)))?;
    let mut bytes = Vec::new();
    file.take(length - start).read_to_end(&mut bytes)?;
    Ok((bytes, start))
}
