//! Files in errors: their paths, and the operating system's reasons in our words and both languages.

use std::fmt;
use std::io;
use std::path::Path;

use super::text::{LogSafe, Words};

/// Longest path of any system that this library runs on, in bytes.
const LONGEST_PATH: usize = 4096;
/// Longest name in a path.
const LONGEST_NAME: usize = 255;

/// A path as it was given, fit to be shown. What cannot be a path, such as the text of a configuration given where its
/// path is due, may hold secrets and is not repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPath(Option<String>);

impl ShownPath {
    /// The whole path as given.
    pub fn of(path: &Path) -> ShownPath {
        let text = path.to_string_lossy();
        ShownPath(Some(text).filter(|text| !is_no_path(text)).map(|text| text.into_owned()))
    }

    /// Whether it is none, but a text that was given in its place.
    pub(crate) fn is_hidden(&self) -> bool {
        self.0.is_none()
    }
}

impl LogSafe for ShownPath {
    fn fmt_zh(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("(此处不是路径)"))
    }
}

impl fmt::Display for ShownPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("(this is no path)"))
    }
}

/// A file's name without its folder, for files that lie beside each other.
pub(crate) fn file_name(path: &Path) -> ShownPath {
    let whole = ShownPath::of(path);
    // The end of a text that is no path looks like a name.
    if whole.is_hidden() { whole } else { ShownPath::of(Path::new(path.file_name().unwrap_or(path.as_os_str()))) }
}

/// Whether a text that was given as a path is rather a configuration: several lines, longer than a path can be, or one
/// line as TOML, JSON and property files write it.
fn is_no_path(text: &str) -> bool {
    let names = || text.split(['/', '\\']);
    text.chars().any(char::is_control)
        || text.len() > LONGEST_PATH
        || names().any(|name| name.len() > LONGEST_NAME || is_property(name))
        || ["\"", "='", "= ", " ="].iter().any(|mark| text.contains(mark))
}

/// `scan.token=…`
fn is_property(text: &str) -> bool {
    let Some((key, _)) = text.split_once('=') else { return false };
    let word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let parts: Vec<&str> = key.split('.').collect();
    parts.len() == 2 && parts.into_iter().all(word)
}

/// Why the operating system refused: its own words differ by machine and language, and Rust's are for programmers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IoReason {
    words: Words,
    /// The system's number, where nothing better is known.
    number: Option<i32>,
}

impl IoReason {
    /// The reason of a failed operation on a file, a folder or a port.
    pub fn of(error: &io::Error) -> IoReason {
        match error.raw_os_error().and_then(by_number).or_else(|| by_kind(error.kind())) {
            Some(words) => IoReason { words, number: None },
            None => IoReason {
                words: Words("the system gives no reason", "系统未说明原因"),
                number: error.raw_os_error(),
            },
        }
    }

    /// In English, such as `no such file`.
    pub fn text(self) -> String {
        self.to_string()
    }

    /// In Chinese, such as `文件不存在`.
    pub fn text_zh(self) -> String {
        self.number.map_or_else(|| self.words.1.to_owned(), |number| format!("系统错误 {number}"))
    }
}

impl LogSafe for IoReason {
    fn fmt_zh(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text_zh())
    }
}

impl fmt::Display for IoReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "error {number} of the system"),
            None => f.write_str(self.words.0),
        }
    }
}

/// What Rust has no kind for, by the system's own number.
fn by_number(number: i32) -> Option<Words> {
    let words = if cfg!(windows) {
        match number {
            4 => TOO_MANY_OPEN,
            21 => Words("the drive is not ready", "驱动器未就绪"),
            32 | 33 => Words("another program has it open", "已被其他程序占用"),
            23 | 1117 => BAD_DISK,
            _ => return None,
        }
    } else {
        match number {
            5 => BAD_DISK,
            6 | 19 => Words("no such device", "没有该设备"),
            23 => Words("the system has too many open files", "系统打开的文件过多"),
            24 => TOO_MANY_OPEN,
            // ELOOP of Linux; others end below, with their number.
            40 if cfg!(target_os = "linux") => Words("its links lead in a circle", "符号链接形成循环"),
            _ => return None,
        }
    };
    Some(words)
}

const TOO_MANY_OPEN: Words = Words("this process has too many open files", "本进程打开的文件过多");
const BAD_DISK: Words = Words("the disk reports an error", "磁盘报告错误");

fn by_kind(kind: io::ErrorKind) -> Option<Words> {
    use io::ErrorKind as Kind;
    let words = match kind {
        Kind::NotFound => Words("no such file", "文件不存在"),
        Kind::PermissionDenied => Words("permission denied", "没有权限"),
        Kind::IsADirectory => Words("it is a directory", "这是一个目录"),
        Kind::NotADirectory => Words("a part of its path is not a directory", "路径中有一段不是目录"),
        Kind::DirectoryNotEmpty => Words("the directory is not empty", "目录不为空"),
        Kind::ReadOnlyFilesystem => Words("the file system is read-only", "文件系统只读"),
        Kind::StorageFull => Words("the disk is full", "磁盘已满"),
        Kind::QuotaExceeded => Words("the disk quota is used up", "磁盘配额已用尽"),
        Kind::FileTooLarge => Words("the file is too large", "文件过大"),
        Kind::InvalidFilename => Words("the name is too long or not valid", "文件名过长或无效"),
        Kind::AlreadyExists => Words("it exists already", "已存在"),
        Kind::ResourceBusy | Kind::ExecutableFileBusy | Kind::WouldBlock => Words("it is in use", "正被占用"),
        Kind::CrossesDevices => Words("it is on another disk", "位于另一磁盘"),
        Kind::TooManyLinks => Words("it has too many links", "链接过多"),
        Kind::StaleNetworkFileHandle => Words("the network drive is gone", "网络驱动器已断开"),
        Kind::NotSeekable => Words("it is not a regular file", "不是普通文件"),
        Kind::InvalidInput => Words("the name is not valid", "名称无效"),
        Kind::InvalidData => Words("it is not what it should be", "内容不符合要求"),
        Kind::UnexpectedEof => Words("it ends too early", "内容不完整"),
        Kind::WriteZero => Words("nothing could be written", "无法写入"),
        Kind::BrokenPipe => Words("its reader is gone", "读取方已关闭"),
        Kind::TimedOut => Words("it took too long", "超时"),
        Kind::Interrupted => Words("it was interrupted", "被中断"),
        Kind::Unsupported => Words("this system cannot do it", "本系统不支持"),
        Kind::OutOfMemory => Words("memory is used up", "内存不足"),
        Kind::Deadlock => Words("two programs wait for each other", "两个程序互相等待"),
        Kind::AddrInUse => Words("the port is in use", "端口已被占用"),
        Kind::AddrNotAvailable => Words("this machine has no such address", "本机没有该地址"),
        Kind::ConnectionRefused => Words("nobody listens there", "该端口无人监听"),
        Kind::ConnectionReset | Kind::ConnectionAborted => Words("the connection was cut", "连接被切断"),
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => {
            Words("there is no way to it", "网络不可达")
        }
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_path_is_not_repeated() {
        let long = "a/".repeat(3000);
        for text in [
            "[scan]\ntoken = \"topsecret\"",
            "https://host/topsecret\r\n",
            "scan = { token = \"topsecret\" }",
            "scan.token=topsecret",
            "token = topsecret",
            "{\"scan.token\": \"topsecret\"}",
            "topsecret\u{85}",
            "topsecret\0",
            &format!("{long}topsecret"),
            &format!("{}topsecret", "a".repeat(256)),
        ] {
            for shown in [ShownPath::of(Path::new(text)), file_name(Path::new(text))] {
                assert_eq!(shown.to_string(), "(this is no path)", "{text}");
            }
        }
        for path in
            ["skm.toml", "/etc/skm/skm.toml", "C:\\Program Files (x86)\\苏康码\\skm.toml", "../a=b/skm.toml", ""]
        {
            assert_eq!(ShownPath::of(Path::new(path)).to_string(), path);
        }
    }

    #[test]
    fn reasons_are_in_our_words_and_both_languages() {
        for kind in [io::ErrorKind::NotFound, io::ErrorKind::StorageFull, io::ErrorKind::Other] {
            let reason = IoReason::of(&kind.into());
            assert_ne!(reason.text(), kind.to_string());
            assert!(!reason.text_zh().is_empty() && !reason.text_zh().is_ascii(), "{}", reason.text_zh());
        }
        let reason = IoReason::of(&io::Error::from_raw_os_error(9999));
        assert_eq!((reason.text(), reason.text_zh()), ("error 9999 of the system".into(), "系统错误 9999".into()));
        #[cfg(unix)]
        assert_eq!(IoReason::of(&io::Error::from_raw_os_error(24)).text(), "this process has too many open files");
    }
}
