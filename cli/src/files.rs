//! The files that the command writes: private, whole, and never in the place of something that is not theirs.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader, ErrorKind as IoKind, Read, Write};
use std::path::{Path, PathBuf};

use skm::ErrorKind;

use crate::problem::Problem;

/// Which file may be replaced, if there is one already.
#[derive(Clone, Copy)]
pub enum Replace {
    /// None.
    Nothing,
    /// One whose first line is this: the command wrote it before.
    Beginning(&'static str),
    /// Any, since the caller was told to.
    Any,
}

/// Longest first line that is looked at.
const MAX_FIRST_LINE: u64 = 1024;

/// Writes a file that only its owner can read. It is there whole or not at all, and no link is followed.
///
/// # Errors
/// Wrong usage if something is there that may not be replaced; `config_invalid` if the system refuses.
pub fn write_private(file: &Path, text: &str, replace: Replace) -> Result<(), Problem> {
    let written = match check_place(file, replace)? {
        Place::Free => create(file, text),
        Place::Taken => exchange(file, text),
    };
    written.map_err(|error| match error.kind() {
        // It came between the look and the writing.
        IoKind::AlreadyExists => is_there(file),
        _ => cannot_write(file, &error),
    })
}

/// What is where a file is to be written.
pub enum Place {
    /// Nothing.
    Free,
    /// A file that may be replaced.
    Taken,
}

/// Looks whether a file may be written, before work is done for it.
///
/// # Errors
/// As [`write_private`].
pub fn check_place(file: &Path, replace: Replace) -> Result<Place, Problem> {
    let found = match std::fs::symlink_metadata(file) {
        Ok(found) => found,
        Err(error) if error.kind() == IoKind::NotFound => return Ok(Place::Free),
        Err(error) => return Err(cannot_write(file, &error)),
    };
    match replace {
        Replace::Nothing => Err(is_there(file)),
        // Who put a link there is not known: neither it nor what it leads to is replaced.
        _ if !found.is_file() => Err(no_file(file)),
        Replace::Any => Ok(Place::Taken),
        Replace::Beginning(line) if begins_with(file, line) => Ok(Place::Taken),
        Replace::Beginning(_) => Err(not_ours(file)),
    }
}

fn begins_with(file: &Path, line: &str) -> bool {
    let Ok(opened) = std::fs::File::open(file) else { return false };
    let mut first = String::new();
    let read = BufReader::new(opened.take(MAX_FIRST_LINE)).read_line(&mut first);
    read.is_ok() && first.trim_end_matches(['\r', '\n']) == line
}

/// Makes a new file that only its owner can read. Follows no link, also not one that leads nowhere.
pub fn new_private(file: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// Makes a new file, and takes it away again where it cannot be filled.
fn create(file: &Path, text: &str) -> std::io::Result<()> {
    let mut opened = new_private(file)?;
    let filled = opened.write_all(text.as_bytes()).and_then(|()| opened.sync_all());
    filled.inspect_err(|_| drop(std::fs::remove_file(file)))
}

/// Replaces a file by a new one, so that nobody reads the text through wider permissions of the old one.
fn exchange(file: &Path, text: &str) -> std::io::Result<()> {
    let mut draft = file.as_os_str().to_owned();
    // Random: processes of two containers may have the same number.
    draft.push(format!(".{:016x}.new", RandomState::new().build_hasher().finish()));
    let draft = PathBuf::from(draft);
    create(&draft, text)?;
    std::fs::rename(&draft, file).inspect_err(|_| drop(std::fs::remove_file(&draft)))
}

fn is_there(file: &Path) -> Problem {
    let name = file.display();
    Problem::usage(
        format!("{name} is there already: name another file, or add --force"),
        format!("{name} 已存在:请换文件名,或加 --force"),
    )
}

fn not_ours(file: &Path) -> Problem {
    let name = file.display();
    Problem::usage(
        format!("{name} is there already and was not written by this command: name another file, or add --force"),
        format!("{name} 已存在且不是本命令所写:请换文件名,或加 --force"),
    )
}

fn no_file(file: &Path) -> Problem {
    let name = file.display();
    Problem::usage(
        format!("{name} is a link, a folder or a device: name a plain file"),
        format!("{name} 是链接、目录或设备:请指定普通文件"),
    )
}

/// A file that could not be written.
fn cannot_write(file: &Path, error: &std::io::Error) -> Problem {
    let (name, reason) = (file.display(), error.kind());
    Problem::new(
        ErrorKind::ConfigInvalid,
        format!("{name} cannot be written ({reason}): choose another place"),
        format!("{name} 无法写入({reason}):请换一个位置"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    const MARK: Replace = Replace::Beginning("# ours");

    #[test]
    fn only_what_may_be_replaced_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        let write = |text: &str, replace| write_private(&file, text, replace).map_err(|problem| problem.exit);
        assert_eq!(write("# ours\nfirst", Replace::Nothing), Ok(()));
        assert_eq!(write("second", Replace::Nothing), Err(2));
        assert_eq!(write("second", MARK), Ok(()));
        assert_eq!(write("third", MARK), Err(2), "the second did not begin with the mark");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "second");
        assert_eq!(write("third", Replace::Any), Ok(()));
        for near in ["", "# our", "# ours ", "# ourselves", " # ours", "\u{feff}# ours", "# OURS"] {
            std::fs::write(&file, near).unwrap();
            assert_eq!(write("new", MARK), Err(2), "{near:?}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), near);
        }
        std::fs::write(&file, b"\xff\xfe").unwrap();
        assert_eq!(write("new", MARK), Err(2));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_folder_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        for replace in [Replace::Nothing, MARK, Replace::Any] {
            assert_eq!(write_private(folder.path(), "x", replace).unwrap_err().exit, 2);
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed_or_replaced() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let (target, link, lost) =
            (folder.path().join("target"), folder.path().join("link"), folder.path().join("lost"));
        std::fs::write(&target, "# ours\nprecious").unwrap();
        symlink(&target, &link).unwrap();
        symlink(folder.path().join("nothing"), &lost).unwrap();
        for replace in [Replace::Nothing, MARK, Replace::Any] {
            assert_eq!(write_private(&link, "x", replace).unwrap_err().exit, 2);
            assert_eq!(write_private(&lost, "x", replace).unwrap_err().exit, 2);
        }
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "# ours\nprecious");
        assert!(!folder.path().join("nothing").exists());
    }
}
