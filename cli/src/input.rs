//! Values given as `-`: each takes the next line of standard input, so that personal data need not stand in a process
//! list.

use std::io::{BufRead, Read};

use skm::ErrorKind;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// Longest line that is read.
const MAX_LINE_BYTES: u64 = 64 * 1024;

/// The lines of an input, in the order in which the options ask for them.
pub struct Lines<R> {
    reader: R,
    first: bool,
}

impl Lines<std::io::StdinLock<'static>> {
    /// Standard input.
    pub fn stdin() -> Self {
        Lines::new(std::io::stdin().lock())
    }
}

impl<R: BufRead> Lines<R> {
    /// Any input.
    pub fn new(reader: R) -> Lines<R> {
        Lines { reader, first: true }
    }

    /// The value of an option: itself, or the next line if it is `-`.
    ///
    /// # Errors
    /// `input_invalid` if there is no line left, `input_encoding` if it is not UTF-8.
    pub fn value(&mut self, option: &str, given: String) -> Result<String, Problem> {
        if given == "-" { self.next(option) } else { Ok(given) }
    }

    /// The same for an option that may be absent.
    ///
    /// # Errors
    /// As [`Lines::value`].
    pub fn optional(&mut self, option: &str, given: Option<String>) -> Result<Option<String>, Problem> {
        given.map(|given| self.value(option, given)).transpose()
    }

    fn next(&mut self, option: &str) -> Result<String, Problem> {
        let mut line = Zeroizing::new(Vec::new());
        let read = self.reader.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line);
        match read {
            Ok(0) | Err(_) => {
                return Err(Problem::input(
                    format!("{option} is -, but standard input has no line left for it: one line for each -"),
                    format!("{option} 为 -,但标准输入已无对应的行:每个 - 读取一行"),
                ));
            }
            Ok(length) if length as u64 > MAX_LINE_BYTES => {
                return Err(Problem::input(
                    format!("{option}: the line of standard input is longer than {MAX_LINE_BYTES} bytes"),
                    format!("{option}:标准输入的行超过 {MAX_LINE_BYTES} 字节"),
                ));
            }
            Ok(_) => {}
        }
        let text = std::str::from_utf8(&line).map_err(|_| not_utf8(option))?;
        let text = text.trim_end_matches(['\r', '\n']);
        let text = if std::mem::take(&mut self.first) { text.trim_start_matches('\u{feff}') } else { text };
        Ok(text.to_owned())
    }
}

fn not_utf8(option: &str) -> Problem {
    Problem::new(
        ErrorKind::InputEncoding,
        format!(
            "{option}: the line of standard input is not UTF-8 (GBK?): convert it first, as with iconv -f GBK -t UTF-8"
        ),
        format!("{option}:标准输入的行不是 UTF-8(可能是 GBK):请先转换,例如 iconv -f GBK -t UTF-8"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn each_dash_takes_a_line() {
        let mut lines = Lines::new("\u{feff}张三\r\n 320 \nlast".as_bytes());
        assert_eq!(lines.value("--name", "-".into()).unwrap(), "张三");
        assert_eq!(lines.value("--mobile", "138".into()).unwrap(), "138");
        assert_eq!(lines.value("--number", "-".into()).unwrap(), " 320 ");
        assert_eq!(lines.optional("--sex", Some("-".into())).unwrap().unwrap(), "last");
        assert_eq!(lines.optional("--post", None).unwrap(), None);
        assert_eq!(lines.value("--consent", "-".into()).unwrap_err().kind, ErrorKind::InputInvalid);
    }

    #[test]
    fn gbk_is_named() {
        let mut lines = Lines::new(&[0xd5, 0xc5, b'\n'][..]);
        let problem = lines.value("--name", "-".into()).unwrap_err();
        assert_eq!(problem.kind, ErrorKind::InputEncoding);
        assert!(problem.message.contains("GBK"));
    }
}
