//! The sandbox's own pages: the index and the journal. Plain HTML, no script.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::shared::Shared;

/// Method, path and a line for each thing the sandbox can do.
const PATHS: [(&str, &str, &str); 21] = [
    ("GET", "/_sandbox/", "this list"),
    ("GET", "/_sandbox/health", "alive, with the sandbox's time"),
    ("GET", "/_sandbox/config", "a complete skm.toml for a client"),
    ("GET", "/_sandbox/people", "the invented people, each with a fresh QR text"),
    ("GET", "/_sandbox/magic", "values that ask for each refusal code"),
    ("POST", "/_sandbox/qr", "{\"userid\": …} or {\"person\": index}: a fresh QR text"),
    ("GET", "/_sandbox/faults", "the fault rules with their counters"),
    (
        "POST",
        "/_sandbox/faults",
        "{\"interface\", \"kind\", \"person\"?, \"nth\"?, \"times\"?, \"probability\"?, \"seed\"?, \"ms\"?, \"status\"?, \"seconds\"?}: a new rule",
    ),
    ("DELETE", "/_sandbox/faults", "removes all rules"),
    ("DELETE", "/_sandbox/faults/{id}", "removes one rule"),
    ("GET", "/_sandbox/faults/kinds", "every kind, what it does, what a client should report"),
    ("GET", "/_sandbox/clock", "how the clock runs"),
    ("POST", "/_sandbox/clock", "{\"offset_s\": N} or {\"frozen\": \"2021-01-01T12:00:00+08:00\"}"),
    ("GET", "/_sandbox/settings", "how answers are spelled"),
    (
        "POST",
        "/_sandbox/settings",
        "{\"data_form\": \"object|string|string_twice\", \"level_form\": \"word|digit\", \"id_data\": \"sealed|plain\", \"scan_res\": \"object|string|string_twice\", \"code_form\": \"number|string\"}",
    ),
    ("POST", "/_sandbox/reset", "back to the state after the start"),
    ("GET", "/_sandbox/journal", "the last 1000 requests, masked"),
    ("GET", "/_sandbox/journal.html", "the same as a page"),
    ("POST", "/_sandbox/echo/token", "a fixed green answer of interface 1 without checks, for measuring"),
    ("POST", "/_sandbox/echo/scan", "the same for interface 3"),
    ("POST", "/_sandbox/echo/id", "the same for interface 4, about person 0"),
];

fn interfaces(shared: &Shared) -> [(&'static str, &'static str, String); 4] {
    let world = shared.world();
    [
        ("issue_user_token", "江苏政务服务生成用户令牌接口", world.dialect.user_token.path.clone()),
        ("display", "苏康码亮码接口", world.dialect.display_path.clone()),
        ("verify_scan", "苏康码扫码核验接口", world.dialect.scan.path.clone()),
        ("verify_id", "苏康码证件号码核验接口", world.dialect.id.path.clone()),
    ]
}

/// The index for programs.
pub fn index_json(shared: &Shared) -> Value {
    let dialect = Arc::clone(&shared.world().dialect);
    let interfaces = interfaces(shared).map(|(name, zh, path)| json!({"name": name, "name_zh": zh, "path": path}));
    let paths = PATHS.map(|(method, path, what)| json!({"method": method, "path": path, "what": what}));
    json!({"about": "SKM sandbox: a province platform with invented people", "interfaces": interfaces, "paths": paths, "magic": crate::magic::list(&dialect)})
}

/// The index for people.
pub fn index(shared: &Shared) -> String {
    let interface_rows: String = interfaces(shared)
        .map(|(name, zh, path)| format!("<tr><td>{name}</td><td>{zh}</td><td><code>{}</code></td></tr>", escape(&path)))
        .concat();
    let path_rows: String = PATHS
        .map(|(method, path, what)| {
            let shown = if method == "GET" && !path.contains('{') {
                format!("<a href=\"{path}\">{path}</a>")
            } else {
                path.to_owned()
            };
            format!("<tr><td>{method}</td><td><code>{shown}</code></td><td>{}</td></tr>", escape(what))
        })
        .concat();
    frame(
        "苏康码沙箱 · SKM sandbox",
        &format!(
            "<p>本机上的模拟省平台,人员与密钥均为虚构。<br>A province platform on this machine; people and keys are invented.</p>\
             <h2>接口 · Interfaces</h2><table>{interface_rows}</table>\
             <h2>管理 · Admin</h2><table>{path_rows}</table>"
        ),
    )
}

/// The journal for people, newest first.
pub fn journal(shared: &Shared) -> String {
    let world = shared.world();
    let row = |entry: &crate::journal::Entry| {
        let fields: Vec<String> = entry.fields.iter().map(|field| format!("{} {}", field.name, field.value)).collect();
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}<br>{}</td><td>{}</td></tr>",
            entry.number,
            escape(&entry.time),
            entry.interface,
            escape(&entry.code),
            entry.fault.unwrap_or(""),
            escape(&entry.explanation_zh),
            escape(&entry.explanation),
            escape(&fields.join(", ")),
        )
    };
    let rows: String = world.journal.entries().rev().map(row).collect();
    let empty = if rows.is_empty() { "<p>还没有请求 · No request yet</p>" } else { "" };
    frame(
        "请求记录 · Journal",
        &format!(
            "{empty}<table class=\"journal\"><thead><tr><th>#</th><th>时间 Time</th><th>接口 Interface</th><th>代码 Code</th>\
             <th>故障 Fault</th><th>说明 Explanation</th><th>字段 Fields (masked)</th></tr></thead><tbody>{rows}</tbody></table>"
        ),
    )
}

fn frame(title: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"/h5/icon.svg\"><link rel=\"stylesheet\" href=\"/h5/journal.css\"></head>\
         <body><main><h1>{title}</h1>{content}</main></body></html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
