//! What a check of the log found, for people and for programs.

use std::fmt;

use serde::Serialize;

use crate::error::LogSafe;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What was done to the log.
    pub kind: FindingKind,
    /// The name of the file it shows in, without its folder.
    pub file: String,
    /// The line it shows at, from 1; 0 if it is not about a line.
    pub line: u64,
    /// The first record it is about. Of a line whose number cannot be trusted, the number that is due there.
    pub first: u64,
    /// The last record it is about.
    pub last: u64,
}

/// What was done to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The line was changed, blanked without the key, or put there by someone else.
    Edited,
    /// Records are gone from the beginning or the middle. The line named is the one after the gap.
    Removed,
    /// The record stands elsewhere than it was written.
    Reordered,
    /// The record stands here a second time.
    Repeated,
    /// Records are gone from the end.
    Truncated,
    /// An authentic record that does not follow what stands before it: an old state was put back and written on.
    Forked,
    /// The head file is gone or not ours: whether the end was cut off cannot be known.
    HeadLost,
    /// An unfinished last line, as a killed process leaves it. The next append sets it aside: no harm done.
    Torn,
}

impl FindingKind {
    /// `edited`, `removed`, `reordered`, `repeated`, `truncated`, `forked`, `head_lost` or `torn`.
    pub const fn as_str(self) -> &'static str {
        match self {
            FindingKind::Edited => "edited",
            FindingKind::Removed => "removed",
            FindingKind::Reordered => "reordered",
            FindingKind::Repeated => "repeated",
            FindingKind::Truncated => "truncated",
            FindingKind::Forked => "forked",
            FindingKind::HeadLost => "head_lost",
            FindingKind::Torn => "torn",
        }
    }

    /// Whether nobody tampered: true of `torn` alone.
    pub const fn is_harmless(self) -> bool {
        matches!(self, FindingKind::Torn)
    }

    const fn text(self) -> (&'static str, &'static str) {
        match self {
            FindingKind::Edited => ("was edited", "被篡改"),
            FindingKind::Removed => ("was removed", "被删除"),
            FindingKind::Reordered => ("was moved here from its place", "被移动至此"),
            FindingKind::Repeated => ("stands here again", "重复出现"),
            FindingKind::Truncated => ("was cut off the end", "从末尾被截去"),
            FindingKind::Forked => {
                ("does not follow the one before: an old state was put back", "与前一条不相接:日志曾被回退")
            }
            FindingKind::HeadLost => {
                ("is the newest known: the head file was lost or forged", "为已知最新一条:head 文件丢失或被伪造")
            }
            FindingKind::Torn => ("was not finished: a process was killed while it wrote", "未写完:进程写入时被终止"),
        }
    }

    /// The sentence in English and Chinese.
    fn sentence(self, first: u64, last: u64) -> (String, String) {
        let (en, zh) = self.text();
        if first == last {
            return (format!("record {first} {en}"), format!("第 {first} 条记录{zh}"));
        }
        (format!("each of the records {first} to {last} {en}"), format!("第 {first} 至 {last} 条记录{zh}"))
    }
}

impl Finding {
    /// One line in English.
    pub fn message(&self) -> String {
        format!("{}{}", self.place(), self.kind.sentence(self.first, self.last).0)
    }

    /// One line in Chinese.
    pub fn message_zh(&self) -> String {
        format!("{}{}", self.place(), self.kind.sentence(self.first, self.last).1)
    }

    fn place(&self) -> String {
        if self.line == 0 { format!("{}: ", self.file) } else { format!("{}:{}: ", self.file, self.line) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl LogSafe for Finding {}
