//! The faces of the table of configuration keys.

use std::fmt::Write;

use skm::config::keys::{Key, Kind, SECTIONS, Section};

use crate::face::Face;

pub fn faces() -> Vec<Face> {
    const STARTER: &str = "java/spring-boot-starter/src/main/java/io/skm/spring/ConfigurationKeys.java";
    const METADATA: &str =
        "java/spring-boot-starter/src/main/resources/META-INF/additional-spring-configuration-metadata.json";
    vec![
        Face::region(STARTER, "sections", java_list(&SECTIONS.iter().map(section_or_key).collect::<Vec<_>>())),
        Face::region(STARTER, "keys", java_list(&forms().collect::<Vec<_>>())),
        Face::whole(METADATA, spring_metadata()),
        Face::whole("docs/configuration.md", document(&ENGLISH)),
        Face::whole("docs/zh-CN/configuration.md", document(&CHINESE)),
    ]
}

fn forms() -> impl Iterator<Item = String> {
    SECTIONS.iter().flat_map(|section| section.keys).flat_map(|key| key.forms())
}

/// The name of a section, or of the one key that is in none.
fn section_or_key(section: &Section) -> String {
    if section.name.is_empty() { section.keys[0].name.to_owned() } else { section.name.to_owned() }
}

fn java_list(names: &[String]) -> String {
    let rows: Vec<String> = names.iter().map(|name| format!("            \"{name}\"")).collect();
    rows.join(",\n") + "\n"
}

fn spring_metadata() -> String {
    let mut rows = vec![
        row("skm.enabled", "java.lang.Boolean", Some("true"), "Whether to make an SkmClient."),
        row(
            "skm.config",
            "java.lang.String",
            None,
            "A configuration file in TOML. Excludes every other key but skm.enabled.",
        ),
    ];
    for key in SECTIONS.iter().flat_map(|section| section.keys) {
        let (kind, default) = match key.kind {
            Kind::Integer { .. } => ("java.lang.Long", key.default_text()),
            Kind::Boolean { .. } => ("java.lang.Boolean", key.default_text()),
            Kind::Word(_) => ("java.lang.String", key.default_text().map(|word| format!("\"{word}\""))),
            _ => ("java.lang.String", None),
        };
        for form in key.forms() {
            let spring = format!("skm.{}", form.replace('_', "-"));
            rows.push(row(&spring, kind, default.as_deref(), &sentence(key.en)));
        }
    }
    format!("{{\n  \"properties\": [\n{}\n  ]\n}}\n", rows.join(",\n"))
}

fn row(name: &str, kind: &str, default: Option<&str>, description: &str) -> String {
    let default = default.map(|text| format!("\"defaultValue\": {text}, ")).unwrap_or_default();
    let description = description.replace('"', "\\\"");
    format!("    {{\"name\": \"{name}\", \"type\": \"{kind}\", {default}\"description\": \"{description}\"}}")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// The words of one language.
struct Words {
    head: &'static str,
    columns: &'static str,
    of_section: fn(&Section) -> &'static str,
    of_key: fn(&Key) -> &'static str,
    required: &'static str,
    no_default: &'static str,
    text: &'static str,
    url: &'static str,
    path: &'static str,
    secret: &'static str,
    number: fn(i64, i64) -> String,
    boolean: &'static str,
}

const ENGLISH: Words = Words {
    head: "# Configuration\n\n<!-- Written by `make generate` from src/config/keys.rs. -->\n\n\
        One TOML file serves the command, C, Java and Python; the same dotted keys (`scan.token`) serve where there is no \
        file. `skm config init` writes it with a comment on every key, `skm config check` reads it. A section that is \
        missing is an interface the unit does not call. Relative paths are relative to the file. The file is UTF-8.\n\n\
        A **secret** is given in one of three forms: `token = \"…\"`, `token_file = \"path\"`, `token_env = \"NAME\"`. Line \
        breaks at its end are not part of it.\n",
    columns: "| key | holds | default | meaning |\n|---|---|---|---|\n",
    of_section: |section| section.en,
    of_key: |key| key.en,
    required: "required",
    no_default: "none",
    text: "text",
    url: "URL",
    path: "path",
    secret: "secret",
    number: |low, high| format!("{low} to {high}"),
    boolean: "`true`, `false`",
};

const CHINESE: Words = Words {
    head: "# 配置\n\n<!-- 由 make generate 根据 src/config/keys.rs 生成。 -->\n\n\
        同一个 TOML 文件供命令行、C、Java 与 Python 使用;不用文件时,使用相同的点号键名(`scan.token`)。\
        `skm config init` 生成带注释的文件,`skm config check` 检查文件。缺少的节表示本单位不调用该接口。\
        相对路径以该文件所在目录为准。文件须为 UTF-8 编码。\n\n\
        **密钥**有三种写法,任选其一:`token = \"…\"`、`token_file = \"路径\"`、`token_env = \"变量名\"`。末尾的换行不属于密钥。\n",
    columns: "| 键 | 取值 | 默认值 | 含义 |\n|---|---|---|---|\n",
    of_section: |section| section.zh,
    of_key: |key| key.zh,
    required: "必填",
    no_default: "无",
    text: "文本",
    url: "URL",
    path: "路径",
    secret: "密钥",
    number: |low, high| format!("{low} 至 {high}"),
    boolean: "`true`、`false`",
};

fn document(words: &Words) -> String {
    let mut text = words.head.to_owned();
    for section in SECTIONS {
        let name = if section.name.is_empty() { String::new() } else { format!("`[{}]` ", section.name) };
        let _ = write!(text, "\n## {name}{}\n\n{}", (words.of_section)(section), words.columns);
        for key in section.keys {
            let default = match key.default_text() {
                Some(default) => format!("`{default}`"),
                None if key.required => words.required.to_owned(),
                None => words.no_default.to_owned(),
            };
            let meaning = (words.of_key)(key);
            let _ = writeln!(text, "| `{}` | {} | {default} | {meaning} |", key.name, holds(key, words));
        }
    }
    text
}

fn holds(key: &Key, words: &Words) -> String {
    match key.kind {
        Kind::Text => words.text.to_owned(),
        Kind::Url => words.url.to_owned(),
        Kind::Path => words.path.to_owned(),
        Kind::Secret => words.secret.to_owned(),
        Kind::Integer { low, high, .. } => (words.number)(low, high),
        Kind::Boolean { .. } => words.boolean.to_owned(),
        Kind::Word(known) => known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}
