//! The faces of the member tables.

use std::fmt::Write;

use skm::member::{Answer, Kind, Member, Request};
use skm::{IdRequest, IdResult, Interface, ScanRequest, ScanResult, UserToken, UserTokenRequest};

use crate::face::Face;

pub fn faces() -> Vec<Face> {
    vec![
        Face::whole("docs/interfaces.md", document(&ENGLISH)),
        Face::whole("docs/zh-CN/interfaces.md", document(&CHINESE)),
    ]
}

/// What an interface is asked and what it answers.
struct Interfaces {
    interface: Interface,
    asked: &'static [Member],
    answered: &'static [Member],
}

fn tables() -> [Interfaces; 4] {
    let of = |interface, asked, answered| Interfaces { interface, asked, answered };
    [
        of(Interface::UserToken, UserTokenRequest::members(), UserToken::members()),
        of(Interface::Display, UserToken::members(), &[]),
        of(Interface::Scan, ScanRequest::members(), ScanResult::members()),
        of(Interface::Id, IdRequest::members(), IdResult::members()),
    ]
}

/// The words of one language.
struct Words {
    head: &'static str,
    asked: &'static str,
    answered: &'static str,
    url: &'static str,
    of: fn(&Member) -> &'static str,
    required: &'static str,
    optional: &'static str,
    never_sent: &'static str,
    kind: fn(Kind) -> &'static str,
}

const ENGLISH: Words = Words {
    head: "# The four interfaces, member by member\n\n\
        <!-- Written by `make generate` from src/interfaces. -->\n\n\
        A member has one name in every language (Java spells `papersType`, everything else `papers_type`), in the JSON \
        contract, in CSV columns and in `error.field`; its name on the wire is the platform's. Interfaces 1, 3 and 4 also \
        take `consent`, which is never sent. Results of 3 and 4 carry `verdict` and, as `extra`, members that the standard \
        does not name.\n",
    asked: "| asked | on the wire | holds | meaning |\n|---|---|---|---|\n",
    answered: "| answered | on the wire | holds | meaning |\n|---|---|---|---|\n",
    url: "The answer is the URL of the page; no network call is made.\n",
    of: |member| member.en,
    required: "required",
    optional: "optional",
    never_sent: "never sent",
    kind: |kind| match kind {
        Kind::Personal => "personal text",
        Kind::Secret => "credential",
        Kind::Flag => "truth value",
        Kind::Level => "level",
        _ => "text",
    },
};

const CHINESE: Words = Words {
    head: "# 四个接口的成员\n\n\
        <!-- 由 make generate 根据 src/interfaces 生成。 -->\n\n\
        每个成员在各语言(Java 写作 `papersType`,其余写作 `papers_type`)、JSON 约定、CSV 列名与 `error.field` 中只有一个名称;\
        报文中的名称由平台规定。接口 1、3、4 还须给出 `consent`(不会发送)。接口 3、4 的结果带有 `verdict`,\
        标准未列出的成员放在 `extra` 中。\n",
    asked: "| 请求 | 报文中 | 取值 | 含义 |\n|---|---|---|---|\n",
    answered: "| 结果 | 报文中 | 取值 | 含义 |\n|---|---|---|---|\n",
    url: "结果为页面的 URL,不产生网络调用。\n",
    of: |member| member.zh,
    required: "必填",
    optional: "可选",
    never_sent: "不发送",
    kind: |kind| match kind {
        Kind::Personal => "个人信息",
        Kind::Secret => "凭证",
        Kind::Flag => "真假值",
        Kind::Level => "等级",
        _ => "文本",
    },
};

fn document(words: &Words) -> String {
    let mut text = words.head.to_owned();
    for (number, table) in (1..).zip(tables()) {
        let _ = write!(text, "\n## {number}. `{}`\n\n{}", table.interface, words.asked);
        rows(&mut text, table.asked, words);
        if table.answered.is_empty() {
            let _ = write!(text, "\n{}", words.url);
            continue;
        }
        let _ = write!(text, "\n{}", words.answered);
        rows(&mut text, table.answered, words);
    }
    text
}

fn rows(text: &mut String, members: &[Member], words: &Words) {
    for member in members {
        let wire = if member.wire.is_empty() { words.never_sent.to_owned() } else { format!("`{}`", member.wire) };
        let need = if member.required { words.required } else { words.optional };
        let kind = (words.kind)(member.kind);
        let _ = writeln!(text, "| `{}` | {wire} | {kind}, {need} | {} |", member.name, (words.of)(member));
    }
}
