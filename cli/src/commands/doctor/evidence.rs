//! The evidence log: whether it is there, and whose it is.
//!
//! None of its files is made here: what the doctor made as root would lock out the user the service runs as.

use std::path::{Path, PathBuf};

use skm::audit::AuditLog;
use skm::error::ShownPath;
use skm::{Config, ErrorKind};

use super::finding::Finding;
use crate::problem::Problem;

/// Looks at the log, and takes it out of the configuration where a client would begin it or, `offline`, write to it.
pub fn examine(config: &mut Config, offline: bool) -> Vec<Finding> {
    let Some(settings) = config.audit.clone() else { return Vec::new() };
    let files = AuditLog::files_of(&settings);
    if offline || files.is_empty() {
        config.audit = None;
    }
    if files.is_empty() {
        return vec![not_begun(&settings.file)];
    }
    let opened = if offline { AuditLog::open(&settings).err() } else { None };
    // A log that was begun and holds no record yet is in order.
    let problem = opened.filter(|error| error.kind() != ErrorKind::ConfigInvalid);
    std::iter::once(ownership(&files)).chain(problem.map(|error| Finding::failed("audit", error))).collect()
}

fn not_begun(file: &Path) -> Finding {
    let name = ShownPath::of(file);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let problem = Problem::new(
            ErrorKind::AuditFailed,
            format!("the folder of {name} is not there: no call can leave its record"),
            format!("{name} 所在的目录不存在:调用无法留下记录"),
        );
        return Finding::failed("audit", problem)
            .fix("make it, for the user your service runs as alone", "请创建该目录,并仅供运行服务的用户使用");
    }
    let of = owner(folder);
    Finding::skip(
        "audit",
        format!("{name} is not there yet: the first call begins it, in a folder of {of}"),
        format!("{name} 尚不存在:首次调用时创建,所在目录属于 {of}"),
    )
}

/// Files of the log that only somebody else can open shut out whoever writes it.
fn ownership(files: &[PathBuf]) -> Finding {
    let (log, of_log) = (ShownPath::of(&files[0]), owner(&files[0]));
    let Some(file) = files.iter().find(|file| shuts_out(file, &files[0])) else {
        return Finding::ok("audit", format!("{log} belongs to {of_log}"), format!("{log} 属于 {of_log}"));
    };
    let (file, of_file) = (ShownPath::of(file), owner(file));
    let fix = format!("chown {of_log} {file}");
    Finding::warn(
        "audit",
        format!("{log} belongs to {of_log}, but {file} is {of_file}'s alone: calls may fail with audit_failed"),
        format!("{log} 属于 {of_log},而 {file} 仅 {of_file} 可用:调用可能因 audit_failed 失败"),
    )
    .fix(fix.clone(), format!("执行 {fix}"))
}

/// `uid:gid`.
#[cfg(unix)]
fn owner(file: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(file).map_or_else(|_| "?".to_owned(), |found| format!("{}:{}", found.uid(), found.gid()))
}

#[cfg(not(unix))]
fn owner(_file: &Path) -> &'static str {
    "?"
}

#[cfg(unix)]
fn shuts_out(file: &Path, log: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    const OTHERS: u32 = 0o077;
    let (Ok(file), Ok(log)) = (std::fs::metadata(file), std::fs::metadata(log)) else { return false };
    file.uid() != log.uid() && file.mode() & OTHERS == 0
}

#[cfg(not(unix))]
fn shuts_out(_file: &Path, _log: &Path) -> bool {
    false
}
