//! Files that people edit, as text: which encoding they were saved in, if it is not UTF-8.

use std::path::Path;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, IoReason, Result, SafeText, ShownPath, Words, safe};

/// What editors on Windows begin a UTF-8 file with.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a file as text; a mistake is of `kind`.
pub(crate) fn read(kind: ErrorKind, path: &Path) -> Result<Zeroizing<String>> {
    let shown = ShownPath::of(path);
    let bytes = Zeroizing::new(std::fs::read(path).map_err(|error| Error::with(kind, unreadable(&shown, &error)))?);
    decode(&bytes).map_err(|wrong| {
        let said = match wrong.line {
            Some(line) => safe!("{}:{}: {}", "{}:{}:{}", shown, line, wrong.text()),
            None => safe!("{}: {}", "{}:{}", shown, wrong.text()),
        };
        Error::with(kind, said)
    })
}

fn unreadable(path: &ShownPath, error: &std::io::Error) -> SafeText {
    if path.is_hidden() {
        return safe!(
            "this is a text, not the path of a file: save it as a file and give the path, or use what takes a text \
             (Config::parse) or single keys (a builder, a map, a dict)",
            "这是一段文本,不是文件路径:请存为文件后给出路径,或改用接受文本(Config::parse)或逐个键(builder、map、dict)的方式"
        );
    }
    safe!("{}: cannot be read ({})", "{}:无法读取({})", path, IoReason::of(error))
}

/// Why bytes are not UTF-8 text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrongEncoding {
    found: Words,
    /// The first line that shows it.
    line: Option<usize>,
}

impl WrongEncoding {
    /// UTF-16 or UTF-32: nothing of it reads as ASCII.
    pub(crate) fn is_wide(&self) -> bool {
        self.line.is_none()
    }

    /// What was found and the remedy, without the place.
    pub(crate) fn text(&self) -> SafeText {
        safe!("this looks like {}: save it as UTF-8", "内容像是 {}:请另存为 UTF-8", self.found)
    }
}

const UTF_16: Words = Words("UTF-16, which Notepad calls Unicode", "UTF-16(记事本称为 Unicode)");
const UTF_32: Words = Words("UTF-32", "UTF-32");
const GBK: Words = Words("GBK (code page 936), which Notepad calls ANSI", "GBK(代码页 936,记事本称为 ANSI)");
const GB_18030: Words = Words("GB 18030", "GB 18030");
const WESTERN: Words = Words("a Western code page (Latin-1 or Windows-1252)", "西欧代码页(Latin-1 或 Windows-1252)");
const UNKNOWN: Words = Words("text in an unknown encoding", "未知编码的文本");
const NOT_TEXT: Words =
    Words("a damaged file or no text at all (it holds a NUL byte)", "已损坏的文件或非文本(含 NUL 字节)");

/// The text of a file without its byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<Zeroizing<String>, WrongEncoding> {
    if let Some(found) = wide(bytes) {
        return Err(WrongEncoding { found, line: None });
    }
    let line_of = |at: usize| Some(bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1);
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(WrongEncoding { found: NOT_TEXT, line: line_of(at) });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).to_owned())),
        Err(error) => Err(WrongEncoding { found: narrow(bytes), line: line_of(error.valid_up_to()) }),
    }
}

/// UTF-16 and UTF-32, by their marks or by where their NUL bytes are.
fn wide(bytes: &[u8]) -> Option<Words> {
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) || bytes.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Some(UTF_32);
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Some(UTF_16);
    }
    let nul_at = |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nul_at(0), nul_at(1));
    if even + odd > bytes.len() * 5 / 8 {
        return Some(UTF_32);
    }
    // The names of the keys are ASCII, so that one half of many pairs is NUL and the other never.
    (even.min(odd) == 0 && even + odd > bytes.len() / 8).then_some(UTF_16)
}

/// An encoding of the East or the West, by the lines that are not UTF-8: a single one may have been pasted.
fn narrow(bytes: &[u8]) -> Words {
    let foreign: Vec<&[u8]> =
        bytes.split(|byte| *byte == b'\n').filter(|line| std::str::from_utf8(line).is_err()).collect();
    let shapes: Option<Vec<Shape>> = foreign.iter().map(|line| Shape::of(line)).collect();
    let touches_letters = || foreign.iter().any(|line| has_letter_beside(line));
    match shapes {
        Some(shapes) if shapes.iter().any(|shape| shape.four_bytes) => GB_18030,
        Some(shapes) if shapes.iter().any(|shape| shape.common) || !touches_letters() => GBK,
        _ if touches_letters() => WESTERN,
        _ => UNKNOWN,
    }
}

/// What a line that reads as GB 18030 is made of.
#[derive(Default)]
struct Shape {
    /// One of the 3755 most used characters, or Chinese punctuation.
    common: bool,
    four_bytes: bool,
}

impl Shape {
    fn of(mut line: &[u8]) -> Option<Shape> {
        let mut shape = Shape::default();
        while let [first, rest @ ..] = line {
            line = match (first, rest) {
                (0..=0x7f, _) => rest,
                (0x81..=0xfe, [0x30..=0x39, 0x81..=0xfe, 0x30..=0x39, rest @ ..]) => {
                    shape.four_bytes = true;
                    rest
                }
                (0x81..=0xfe, [second @ (0x40..=0x7e | 0x80..=0xfe), rest @ ..]) => {
                    shape.common |= *second >= 0xa1 && matches!(first, 0xa1..=0xa3 | 0xb0..=0xd7);
                    rest
                }
                _ => return None,
            };
        }
        Some(shape)
    }
}

/// Whether an ASCII letter stands beside a byte that is not ASCII, as in a word with an umlaut.
fn has_letter_beside(line: &[u8]) -> bool {
    line.windows(2).any(|pair| {
        let [one, other] = [pair[0], pair[1]];
        one.is_ascii_alphabetic() && !other.is_ascii() || !one.is_ascii() && other.is_ascii_alphabetic()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(bytes: &[u8]) -> (Words, Option<usize>) {
        decode(bytes).map(|_| ()).map_err(|wrong| (wrong.found, wrong.line)).expect_err("not UTF-8")
    }

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn each_encoding_is_recognised() {
        let text = "[scan]\r\nverifier_dept = \"示范医院\"\r\n";
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(wrong(&utf_16(text, bytes)), (UTF_16, None));
            assert_eq!(wrong(&utf_16(&format!("\u{feff}{text}"), bytes)), (UTF_16, None));
            assert_eq!(wrong(&utf_16("[scan]\n", bytes)), (UTF_16, None));
        }
        let utf_32: Vec<u8> = text.chars().flat_map(|one| u32::from(one).to_le_bytes()).collect();
        assert_eq!(wrong(&utf_32), (UTF_32, None));
        // 示范医院
        assert_eq!(wrong(b"[scan]\n# x\ndept = \"\xca\xbe\xb7\xb6\xd2\xbd\xd4\xba\"\n"), (GBK, Some(3)));
        // 镕 has an ASCII second byte.
        assert_eq!(wrong(b"name = \"\xd6\xec\xe9F\xbb\xf9\"\n"), (GBK, Some(1)));
        assert_eq!(wrong(b"a = 1\nname = \"\x81\x39\xef\x30\"\n"), (GB_18030, Some(2)));
        assert_eq!(wrong(b"[scan]\nname = \"M\xfcller\"\n"), (WESTERN, Some(2)));
        assert_eq!(wrong(b"name = \"Gr\xf6\xdfe\"\n"), (WESTERN, Some(1)));
        assert_eq!(wrong("示范 = 1\nname = \"\u{00}\"\n".as_bytes()), (NOT_TEXT, Some(2)));
        assert_eq!(wrong(b"# \xe7\xa4\xba\nname = \"\xff\"\n"), (UNKNOWN, Some(2)));
        let pasted = ["# 示范医院\n".as_bytes(), b"dept = \"\xca\xbe\xb7\xb6\"\n"].concat();
        assert_eq!(wrong(&pasted), (GBK, Some(2)));
    }

    #[test]
    fn a_mark_is_no_part_of_the_text() {
        assert_eq!(decode("\u{feff}[scan]".as_bytes()).map(|text| text.to_string()), Ok("[scan]".to_owned()));
        assert_eq!(decode(b"").map(|text| text.to_string()), Ok(String::new()));
    }
}
