//! The faces of the table of errors and of the table of reasons.

use std::fmt::Write;

use skm::error::{ErrorKind, Owner, Reason, Retry};

use crate::face::Face;

pub fn faces() -> Vec<Face> {
    vec![
        Face::region("bindings/c/src/error.rs", "statuses", c_statuses()),
        Face::region("java/skm/src/main/java/io/skm/SkmErrorCode.java", "errors", java_rows()),
        Face::region("java/skm/src/main/java/io/skm/SkmErrorCode.java", "owners", java_owners()),
        Face::region("python/skm/_errors.py", "errors", python_rows()),
        Face::whole("docs/errors.md", document()),
        Face::whole("docs/zh-CN/errors.md", document_zh()),
    ]
}

/// The text of a row as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

fn c_statuses() -> String {
    let mut rows = String::new();
    for kind in ErrorKind::ALL {
        let name = kind.name().to_uppercase();
        let _ = writeln!(rows, "/// {}", sentence(kind.text()));
        let _ = writeln!(rows, "pub const SKM_ERROR_{name}: skm_status = {};", kind.number());
    }
    rows
}

fn java_rows() -> String {
    let mut rows = String::new();
    for (at, kind) in ErrorKind::ALL.iter().enumerate() {
        let name = kind.name().to_uppercase();
        let owner = kind.owner().name().to_uppercase();
        let end = if at + 1 == ErrorKind::ALL.len() { ';' } else { ',' };
        let _ = writeln!(rows, "    /** {} */", sentence(kind.text()));
        let _ = writeln!(rows, "    {name}({}, Owner.{owner}, \"{}\",", kind.number(), kind.text());
        let _ = writeln!(rows, "            \"{}\"){end}", kind.text_zh());
    }
    rows
}

fn java_owners() -> String {
    let rows = Owner::ALL
        .iter()
        .map(|owner| format!("        /** {} */\n        {}", owner.text(), owner.name().to_uppercase()));
    rows.collect::<Vec<_>>().join(",\n") + "\n"
}

fn python_rows() -> String {
    let row = |kind: &ErrorKind| format!("    {} = {}\n", kind.name().to_uppercase(), kind.number());
    ErrorKind::ALL.iter().map(row).collect()
}

/// Whether the same call may succeed later, in English and in Chinese.
fn again(kind: ErrorKind) -> (&'static str, &'static str) {
    match kind.retry() {
        Retry::No => ("no", "否"),
        Retry::Yes => ("yes", "是"),
        Retry::ByStatus => ("429 and 5xx", "429 与 5xx"),
    }
}

fn document() -> String {
    let mut text = String::from(
        "# Errors\n\n\
         <!-- Written by `make generate` from src/error.rs and src/error/reason.rs. -->\n\n\
         A failed call has a kind: a number and a name that never change. No kind is green. *Whose* says who has to act. \
         The library has already retried what is safe to retry; *again* says whether the same call may succeed later.\n\n\
         | number | name | whose | again | what happened, what to do |\n|---|---|---|---|---|\n",
    );
    for kind in ErrorKind::ALL {
        let owner = kind.owner().name();
        let _ = writeln!(
            text,
            "| {} | `{}` | {owner} | {} | {} |",
            kind.number(),
            kind.name(),
            again(*kind).0,
            sentence(kind.text())
        );
    }
    text.push_str(
        "\n## Reasons\n\nAn error may carry a reason: a stable word that says why a connection is not trusted, or where a \
         call stood when it ended.\n\n| reason | what was found, what to do |\n|---|---|\n",
    );
    for reason in Reason::ALL {
        let _ = writeln!(text, "| `{}` | {} |", reason.name(), sentence(reason.text()));
    }
    text
}

fn document_zh() -> String {
    let mut text = String::from(
        "# 错误\n\n\
         <!-- 由 make generate 根据 src/error.rs 与 src/error/reason.rs 生成。 -->\n\n\
         每次失败的调用都有一个类别:编号与名称永不改变。任何错误都不是绿码。“责任方”说明应由谁处理。\
         可以安全重试的情况,本库已经重试;“可再试”说明同一调用稍后是否可能成功。\n\n\
         | 编号 | 名称 | 责任方 | 可再试 | 发生了什么、如何处理 |\n|---|---|---|---|---|\n",
    );
    for kind in ErrorKind::ALL {
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} | {} |",
            kind.number(),
            kind.name(),
            kind.owner().name_zh(),
            again(*kind).1,
            kind.text_zh()
        );
    }
    text.push_str("\n## 原因\n\n错误可以带有原因:一个固定的词,说明连接为何不可信,或调用结束时停在哪一步。\n\n| 原因 | 说明与处理 |\n|---|---|\n");
    for reason in Reason::ALL {
        let _ = writeln!(text, "| `{}` | {} |", reason.name(), reason.text_zh());
    }
    text
}
