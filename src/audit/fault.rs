//! What is said when the log cannot be written, or cannot be read.

use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind, IoReason, file_name, safe};

/// `audit_failed`, with the file and the operating system's reason.
pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    named(ErrorKind::AuditFailed, path, error)
}

/// `audit_unreadable`, with the file and the operating system's reason.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Error {
    named(ErrorKind::AuditUnreadable, path, error)
}

fn named(kind: ErrorKind, path: &Path, error: &io::Error) -> Error {
    Error::with(kind, safe!("evidence log, {}: {}", "证据日志 {}:{}", file_name(path), IoReason::of(error)))
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
pub(super) fn no_log(kind: ErrorKind, path: &Path) -> Error {
    let detail = safe!(
        "the end of {} is not a log: look at it with skm audit verify and move it away, or name another audit.file",
        "{} 的结尾不是证据日志:请用 skm audit verify 查看后移走,或更改 audit.file",
        file_name(path)
    );
    Error::with(kind, detail)
}

/// The records are of another key.
pub(super) fn foreign(kind: ErrorKind, path: &Path) -> Error {
    let detail = safe!(
        "{} was written with another key: give the key it was written with, or move the log away",
        "{} 由另一密钥写成:请提供原密钥,或移走该日志",
        file_name(path)
    );
    Error::with(kind, detail)
}

/// Somebody holds the turn for longer than there is time.
pub(super) fn held(path: &Path) -> Error {
    let detail = safe!(
        "{} is held by another process: see which one does not let go",
        "{} 被其他进程占用:请检查是哪个进程未释放",
        file_name(path)
    );
    Error::with(ErrorKind::AuditFailed, detail)
}

/// The record was handed over and is not written yet.
pub(super) fn late(path: &Path) -> Error {
    let detail = safe!(
        "{} did not take the record in time, and may still take it: see whether the disk is slow",
        "{} 未能及时写入记录,之后仍可能写入:请检查磁盘是否过慢",
        file_name(path)
    );
    Error::with(ErrorKind::AuditFailed, detail)
}

/// So many records wait already that no more are kept in memory.
pub(super) fn full(path: &Path) -> Error {
    let detail = safe!(
        "too many records wait to be written to {}: see what holds the log or its disk up",
        "等待写入 {} 的记录过多:请检查日志或磁盘为何停滞",
        file_name(path)
    );
    Error::with(ErrorKind::AuditFailed, detail)
}
