//! The files of a log, all beside each other: `audit.jsonl` is written to, `audit.jsonl.000000000500` is a closed one
//! that ends with record 500; `.head`, `.lock`, `.next`, `.key`, `.torn-501` and `.draft` say what they are.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::access::{Draft, check_size, keep_owner, private, remove_if_abandoned};
use super::fault::failed;
use crate::error::Result;

/// Digits of a closed file's number: they sort like numbers in every listing.
const DIGITS: usize = 12;

/// Where the files of one log are.
pub(super) struct Files {
    current: PathBuf,
}

impl Files {
    pub(super) fn new(current: &Path) -> Files {
        Files { current: followed(current) }
    }

    /// The file that is written to.
    pub(super) fn current(&self) -> &Path {
        &self.current
    }

    pub(super) fn head(&self) -> PathBuf {
        self.beside("head")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.beside("key")
    }

    /// The next current file, of a rotation. It is made in a turn, so that there is one at a time, and has one name, so
    /// that the next turn finds it if the process is killed.
    pub(super) fn draft(&self) -> PathBuf {
        self.beside("draft")
    }

    /// Begins a file that is to replace the one at `path`, in the same folder: nothing is renamed from one disk to another.
    pub(super) fn draft_of(&self, path: &Path) -> io::Result<Draft> {
        let name = if path.parent() == self.current.parent() { self.draft() } else { beside(path, "draft") };
        Draft::begin(&name, |made| self.give_to_owner(made))
    }

    /// Deletes drafts that a kill left.
    pub(super) fn remove_abandoned_drafts(&self) {
        let drafts = self.endings(|ending| u64::from_str_radix(ending.strip_prefix("draft-")?, 16).ok());
        for (_, draft) in drafts.unwrap_or_default() {
            remove_if_abandoned(&draft);
        }
    }

    /// The name of a closed file whose last record is `n`.
    pub(super) fn closed(&self, n: u64) -> PathBuf {
        self.beside(&format!("{n:0DIGITS$}"))
    }

    fn torn(&self, n: u64) -> PathBuf {
        self.beside(&format!("torn-{n}"))
    }

    /// Held by whoever changes the log.
    pub(super) fn turns(&self) -> PathBuf {
        self.beside("lock")
    }

    /// Held by the process that is the next to have a turn.
    pub(super) fn next(&self) -> PathBuf {
        self.beside("next")
    }

    fn beside(&self, ending: &str) -> PathBuf {
        beside(&self.current, ending)
    }

    pub(super) fn folder(&self) -> &Path {
        self.current.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Waits until the names of new files are on the disk.
    pub(super) fn sync_folder(&self) -> io::Result<()> {
        // Elsewhere a folder cannot be opened, and names need no such care.
        if !cfg!(unix) {
            return Ok(());
        }
        match File::open(self.folder())?.sync_all() {
            // Nor do they on a file system that knows no such thing.
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
            synced => synced,
        }
    }

    /// Whose the log is; `None` before it is begun.
    pub(super) fn owner(&self) -> Option<Metadata> {
        std::fs::metadata(&self.current).or_else(|_| std::fs::metadata(self.head())).ok()
    }

    /// What a call opens, as far as it is there.
    pub(super) fn opened_by_calls(&self) -> Vec<PathBuf> {
        let files = [self.current.clone(), self.head(), self.turns(), self.next(), self.key()];
        files.into_iter().filter(|file| file.exists()).collect()
    }

    /// The closed files with the number of their last record, oldest first.
    pub(super) fn all_closed(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        let digits = |ending: &str| ending.len() >= DIGITS && ending.bytes().all(|byte| byte.is_ascii_digit());
        let number = |ending: &str| ending.parse().ok().filter(|_| digits(ending));
        let mut closed = self.endings(number)?;
        closed.sort_unstable();
        Ok(closed)
    }

    /// The pieces that were set aside.
    pub(super) fn all_torn(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        self.endings(|ending| ending.strip_prefix("torn-")?.parse().ok())
    }

    fn endings(&self, number: impl Fn(&str) -> Option<u64>) -> io::Result<Vec<(u64, PathBuf)>> {
        let own = self.current.file_name().unwrap_or_default().to_string_lossy();
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.folder())? {
            let name = entry?.file_name();
            let ending = name.to_str().and_then(|name| name.strip_prefix(&*own)?.strip_prefix('.'));
            found.extend(ending.and_then(&number).map(|n| (n, self.beside(ending.unwrap_or_default()))));
        }
        Ok(found)
    }

    /// Opens the current file for one append; another process may have renamed the one of the last append.
    pub(super) fn open_current(&self) -> Result<File> {
        let mut options = OpenOptions::new();
        let opened = match options.read(true).append(true).open(&self.current) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.finish_rotation();
                self.open_or_make(&self.current, &mut options)
            }
            opened => opened,
        };
        opened.map_err(|error| failed(&self.current, &error))
    }

    /// A rotation that was killed between its two renames left the next file as a draft, made for the log's users. A
    /// draft that holds something is of another file.
    fn finish_rotation(&self) {
        let draft = self.draft();
        if draft.symlink_metadata().is_ok_and(|found| found.is_file() && found.len() == 0) {
            // If this fails, the file is made anew.
            let _ = std::fs::rename(draft, &self.current);
        }
    }

    /// Opens a file of the log. One that is missing is made, for the log's owner: maintenance by root must not lock out
    /// the user that the service runs as.
    pub(super) fn open_or_make(&self, path: &Path, options: &mut OpenOptions) -> io::Result<File> {
        match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        match self.make(path, &mut options.clone()) {
            // Somebody else was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
            made => made,
        }
    }

    /// Never through a link that stands there: a file that is new can be given away.
    fn make(&self, path: &Path, options: &mut OpenOptions) -> io::Result<File> {
        let owner = self.owner();
        let made = private(options).create_new(true).open(path)?;
        give(owner, &made);
        Ok(made)
    }

    fn give_to_owner(&self, made: &File) -> io::Result<()> {
        give(self.owner(), made);
        Ok(())
    }

    /// The empty file that a rotation puts in the place of the current one, instead of one that a kill left.
    pub(super) fn begin_next(&self) -> Result<File> {
        let path = self.draft();
        let made = match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.make(&path, OpenOptions::new().write(true)),
        };
        made.map_err(|error| failed(&path, &error))
    }

    /// Moves a torn piece out of the way of record `n`. It stays readable: it may be all that is left of a record.
    pub(super) fn set_aside(&self, n: u64, piece: &[u8]) -> Result<()> {
        let path = self.torn(n);
        let write = || {
            let mut file = self.open_or_make(&path, OpenOptions::new().append(true))?;
            check_size(file.metadata()?.len() + piece.len() as u64 + 1)?;
            file.write_all(piece)?;
            if piece.ends_with(b"\n") { Ok(()) } else { file.write_all(b"\n") }
        };
        write().map_err(|error| failed(&path, &error))
    }
}

/// Only root can give files away; everyone else keeps what he makes.
fn give(owner: Option<Metadata>, made: &File) {
    let _ = owner.map(|owner| keep_owner(&owner, made));
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// The file that a symbolic link leads to, whether it is there or not. What is renamed or replaced must be the log, not
/// a link to it. A device stays named by its link: nothing can be kept beside it.
pub(super) fn followed(path: &Path) -> PathBuf {
    // As many links as Linux follows.
    const LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..LINKS {
        let Ok(next) = std::fs::read_link(&target) else { break };
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    let is_device = std::fs::metadata(&target).is_ok_and(|found| !found.is_file() && !found.is_dir());
    if is_device { path.to_owned() } else { target }
}
