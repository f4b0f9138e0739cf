//! Whose the files of a log are, who may use them, and how large the system lets them grow.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// New files of a log are for their owner alone.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// A file on its way to take the place of another: new, private, under a name that nobody else has, not even a process
/// in another container that has the same number. It is gone again unless it was put in place.
pub(super) struct Draft {
    path: PathBuf,
    /// `None` once it was put in place.
    file: Option<File>,
    length: u64,
}

impl Draft {
    /// A new draft named by `beside` and a random ending; `made` gives it to its owner.
    pub(super) fn begin(beside: &Path, made: impl FnOnce(&File) -> io::Result<()>) -> io::Result<Draft> {
        let mut name = beside.as_os_str().to_owned();
        name.push(format!("-{:016x}", getrandom::u64().map_err(io::Error::other)?));
        let path = PathBuf::from(name);
        let file = private(OpenOptions::new().write(true)).create_new(true).open(&path)?;
        // Says to the others that somebody is at work on it; a process that is killed says so no more.
        let _ = file.try_lock();
        let draft = Draft { path, file: Some(file), length: 0 };
        made(draft.file()?)?;
        Ok(draft)
    }

    pub(super) fn file(&self) -> io::Result<&File> {
        self.file.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Takes the place of `path`.
    pub(super) fn put_in_place(mut self, path: &Path) -> io::Result<()> {
        // An open file cannot be renamed everywhere.
        drop(self.file.take());
        std::fs::rename(&self.path, path)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        check_size(self.length + bytes.len() as u64)?;
        let written = self.file()?.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        drop(self.file.take());
        // It may hold records, where nobody looks for them. After it was put in place there is nothing under its name.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Deletes what processes left that were killed at work on a draft.
pub(super) fn remove_if_abandoned(draft: &Path) {
    let unlocked = File::open(draft).is_ok_and(|file| file.try_lock().is_ok());
    if unlocked {
        let _ = std::fs::remove_file(draft);
    }
}

/// Refuses to let a file grow longer than the system allows (RLIMIT_FSIZE): writing there would send SIGXFSZ, which ends
/// the host.
pub(super) fn check_size(length: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        let most = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
        if most.is_some_and(|most| length > most) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
    let _ = length;
    Ok(())
}

/// Whether the name still leads to this open file.
#[cfg(unix)]
pub(super) fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let id = |found: &Metadata| (found.dev(), found.ino());
    matches!((file.metadata(), std::fs::metadata(path)), (Ok(open), Ok(named)) if id(&open) == id(&named))
}

/// Whether the name still leads to this open file: as far as its age and length can tell.
#[cfg(not(unix))]
pub(super) fn is_same(file: &File, path: &Path) -> bool {
    let id = |found: &Metadata| (found.created().ok(), found.len());
    matches!((file.metadata(), std::fs::metadata(path)), (Ok(open), Ok(named)) if id(&open) == id(&named))
}

/// Gives `new` to whom `old` belongs.
#[cfg(unix)]
pub(super) fn keep_owner(old: &Metadata, new: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let made = new.metadata()?;
    if (made.uid(), made.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
pub(super) fn keep_owner(_old: &Metadata, _new: &File) -> io::Result<()> {
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
