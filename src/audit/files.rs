//! The files of a log, all beside each other: `audit.jsonl` is written to, `audit.jsonl.000000000500` is a closed one
//! that ends with record 500; `.head`, `.lock`, `.key`, `.torn-501` and `.draft` say what they are.

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::line::{Line, MAX_LINE};
use crate::error::{Error, ErrorKind, IoReason, Result, file_name, safe};

/// How much of a file's end is read to find its last line.
const WINDOW: u64 = 4 * MAX_LINE as u64;
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

    /// A file on its way to replace another.
    pub(super) fn draft(&self) -> PathBuf {
        self.beside("draft")
    }

    /// The draft of the file at `path`, in the same folder: nothing is renamed from one disk to another.
    pub(super) fn draft_of(&self, path: &Path) -> PathBuf {
        if path.parent() == self.current.parent() { self.draft() } else { beside(path, "draft") }
    }

    /// The name of a closed file whose last record is `n`.
    pub(super) fn closed(&self, n: u64) -> PathBuf {
        self.beside(&format!("{n:0DIGITS$}"))
    }

    fn torn(&self, n: u64) -> PathBuf {
        self.beside(&format!("torn-{n}"))
    }

    fn turns(&self) -> PathBuf {
        self.beside("lock")
    }

    fn beside(&self, ending: &str) -> PathBuf {
        beside(&self.current, ending)
    }

    fn folder(&self) -> &Path {
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
        let files = [self.current.clone(), self.head(), self.turns(), self.key()];
        files.into_iter().filter(|file| file.exists()).collect()
    }

    /// The closed files with the number of their last record, oldest first.
    pub(super) fn all_closed(&self) -> Result<Vec<(u64, PathBuf)>> {
        let digits = |ending: &str| ending.len() >= DIGITS && ending.bytes().all(|byte| byte.is_ascii_digit());
        let number = |ending: &str| ending.parse().ok().filter(|_| digits(ending));
        let mut closed = self.endings(number)?;
        closed.sort_unstable();
        Ok(closed)
    }

    /// The pieces that were set aside.
    pub(super) fn all_torn(&self) -> Result<Vec<(u64, PathBuf)>> {
        self.endings(|ending| ending.strip_prefix("torn-")?.parse().ok())
    }

    fn endings(&self, number: impl Fn(&str) -> Option<u64>) -> Result<Vec<(u64, PathBuf)>> {
        let folder = self.folder();
        let own = self.current.file_name().unwrap_or_default().to_string_lossy();
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, &error))? {
            let entry = entry.map_err(|error| failed(folder, &error))?;
            let name = entry.file_name();
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
        // Only root can give files away; everyone else keeps what he makes.
        let _ = owner.map(|owner| keep_owner(&owner, &made));
        Ok(made)
    }

    /// An empty file that is to take the place of another, in the stead of one that a kill left.
    pub(super) fn begin_draft(&self, path: &Path) -> Result<File> {
        let made = match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.make(path, OpenOptions::new().write(true)),
        };
        made.map_err(|error| failed(path, &error))
    }

    /// Moves a torn piece out of the way of record `n`. It stays readable: it may be all that is left of a record.
    pub(super) fn set_aside(&self, n: u64, piece: &[u8]) -> Result<()> {
        let path = self.torn(n);
        let write = || {
            let mut file = self.open_or_make(&path, OpenOptions::new().append(true))?;
            file.write_all(piece)?;
            if piece.ends_with(b"\n") { Ok(()) } else { file.write_all(b"\n") }
        };
        write().map_err(|error| failed(&path, &error))
    }

    /// Waits until no other thread or process works on the log, at most until `until`.
    ///
    /// The file is opened for each turn: threads exclude each other by it too, and nobody waits behind a lock file that was
    /// deleted for longer than one turn.
    pub(super) fn lock(&self, until: Instant) -> Result<Lock> {
        let path = self.turns();
        let opened = self.open_or_make(&path, OpenOptions::new().read(true).write(true));
        let file = opened.map_err(|error| failed(&path, &error))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                Err(TryLockError::Error(error)) => return Err(failed(&path, &error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => return Err(busy(&path)),
                // A turn takes tens of microseconds. Jitter, so that waiting threads do not step in time.
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_micros(fastrand::u64(50..500))),
            }
        }
    }
}

/// A turn on the log; ends when dropped.
pub(super) struct Lock(File);

impl Drop for Lock {
    /// Not by closing alone: a child that was forked during the turn has the file open too, and would hold it on.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
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

/// New files of a log are for their owner alone.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Gives `new` to whom `old` belongs.
#[cfg(unix)]
fn keep_owner(old: &Metadata, new: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let made = new.metadata()?;
    if (made.uid(), made.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_old: &Metadata, _new: &File) -> io::Result<()> {
    Ok(())
}

/// Lets `new` be used by whoever may use `old`.
///
/// # Errors
/// Somebody may be locked out; as much as possible was kept.
pub(super) fn keep_access(old: &Metadata, new: &File) -> io::Result<()> {
    let kept = keep_owner(old, new).or_else(|error| if still_lets_in(old, new)? { Ok(()) } else { Err(error) });
    new.set_permissions(old.permissions()).and(kept)
}

/// Whether everyone who used the file still may, though owner and group could not both be kept.
#[cfg(unix)]
fn still_lets_in(old: &Metadata, new: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    const GROUP: u32 = 0o070;
    const GROUP_USES: u32 = 0o060;
    const EVERYONE_USES: u32 = 0o006;
    // Whoever is in the group can keep it; whether he was shows below.
    let _ = std::os::unix::fs::fchown(new, None, Some(old.gid()));
    let made = new.metadata()?;
    let allowed = |bits: u32| old.mode() & bits == bits;
    let by_owner_alone = made.uid() == old.uid() && old.mode() & GROUP == 0;
    let by_group = made.gid() == old.gid() && allowed(GROUP_USES);
    Ok(by_owner_alone || by_group || allowed(EVERYONE_USES))
}

#[cfg(not(unix))]
fn still_lets_in(_old: &Metadata, _new: &File) -> io::Result<bool> {
    Ok(true)
}

/// The end of a file: its last whole line, and what stands torn after it.
pub(super) struct Tail {
    bytes: Vec<u8>,
    /// Where in `bytes` the last whole line is.
    last: Option<std::ops::Range<usize>>,
    /// How long the file is without the torn piece.
    pub(super) length: u64,
}

impl Tail {
    /// Reads the end of a file.
    ///
    /// # Errors
    /// `audit_failed` if it cannot be read or its end is no log at all.
    pub(super) fn read(path: &Path, file: &mut File) -> Result<Tail> {
        let (bytes, start) = read_end(file).map_err(|error| failed(path, &error))?;
        let mut end = bytes.len();
        while let Some(newline) = bytes[..end].iter().rposition(|byte| *byte == b'\n') {
            let begin = bytes[..newline].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            if Line::parse(&bytes[begin..newline]).is_some() {
                let length = start + newline as u64 + 1;
                return Ok(Tail { bytes, last: Some(begin..newline), length });
            }
            end = begin;
        }
        // A first record that was torn is all there is; in a longer file there is a whole line within reach, or nobody
        // should write here.
        if start > 0 {
            return Err(no_log(path));
        }
        Ok(Tail { bytes, last: None, length: 0 })
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

/// `audit_failed`, with the file and the operating system's reason.
pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    let detail = safe!("audit log, {}: {}", "审计日志 {}:{}", file_name(path), IoReason::of(error));
    Error::with(ErrorKind::AuditFailed, detail)
}

/// A rewritten file that would lock out its users does not take the old one's place: erasing can be repeated as the
/// right user.
pub(super) fn access_lost(path: &Path, error: &io::Error) -> Error {
    let detail = safe!(
        "{} would no longer belong to its owner and group ({}): do this as its owner or as root",
        "{} 将无法保留原所有者和用户组({}):请以其所有者或 root 身份执行",
        file_name(path),
        IoReason::of(error)
    );
    Error::with(ErrorKind::AuditFailed, detail)
}

/// Nobody should write to this file, let alone set aside what it holds.
pub(super) fn no_log(path: &Path) -> Error {
    let detail = safe!(
        "the end of {} is not a log: look at it with skm audit verify and move it away, or name another audit.file",
        "{} 的结尾不是审计日志:请用 skm audit verify 查看后移走,或更改 audit.file",
        file_name(path)
    );
    Error::with(ErrorKind::AuditFailed, detail)
}

fn busy(path: &Path) -> Error {
    let detail = safe!(
        "{} is held by another process: see which one does not let go",
        "{} 被其他进程占用:请检查是哪个进程未释放",
        file_name(path)
    );
    Error::with(ErrorKind::AuditFailed, detail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn a_turn_ends_though_a_forked_child_has_the_file_open() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(&folder.path().join("audit.jsonl"));
        let turn = files.lock(Instant::now()).unwrap();
        // What fork() leaves in the child: the same open file.
        let _childs = turn.0.try_clone().unwrap();
        assert!(files.lock(Instant::now()).is_err());
        drop(turn);
        assert!(files.lock(Instant::now()).is_ok());
    }
}
