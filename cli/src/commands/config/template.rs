//! The text of a new skm.toml, made from the table of keys: every key stands in it once, explained.

use skm::config::keys::{Key, Kind, SECTIONS, Section};

/// How the file begins.
const HEAD: &str = "\
# Configuration of the SKM interfaces (DB32/T 3761.46-2021) · 苏康码接口配置
#
# What stands here was given to your unit when its application was approved (clause 7). Take the # away before a section
# and fill it in; a section that is not there is an interface you do not call.
# 取消注释并填入批准接入时下发的内容;未用到的接口整节省略即可。
#
# Every secret can be given in one of three ways · 密钥有三种写法,任选其一:
#   appword = \"…\"    appword_file = \"path of a file\"    appword_env = \"NAME of an environment variable\"
# Keep this file readable by its owner alone · 请保持本文件仅所有者可读: chmod 600
# Then: skm config check, skm doctor
";

/// The whole file; `value` gives the answers, a section without answers stays commented out.
pub fn write(value: impl Fn(&Key) -> Option<String>) -> String {
    let mut file = HEAD.to_owned();
    for section in SECTIONS {
        let given = section.keys.iter().any(|key| value(key).is_some());
        file.push_str(&heading(section, given));
        for key in section.keys {
            file.push_str(&line(key, value(key)));
        }
    }
    file
}

fn heading(section: &Section, given: bool) -> String {
    if section.name.is_empty() {
        return "\n".to_owned();
    }
    let mark = if given { "" } else { "# " };
    format!("\n# {} · {}\n{mark}[{}]\n", section.en, section.zh, section.name)
}

fn line(key: &Key, answer: Option<String>) -> String {
    let mark = if answer.is_some() { "" } else { "# " };
    let optional = if key.required { "" } else { " (optional 可省略)" };
    let text = answer.unwrap_or_else(|| key.default_text().unwrap_or_else(|| key.example.to_owned()));
    let text = match key.kind {
        Kind::Integer { .. } | Kind::Boolean { .. } => text,
        _ => toml::Value::from(text).to_string(),
    };
    format!("{mark}{} = {text}    # {} {}{optional}\n", key.name, key.en, key.zh)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::path::Path;

    use super::*;

    #[test]
    fn without_answers_it_is_an_empty_configuration() {
        let config = skm::Config::parse(&write(|_| None), Path::new("")).unwrap();
        assert!(config.urls().is_empty());
    }

    #[test]
    fn with_every_comment_mark_taken_away_only_the_shapes_are_wrong() {
        let bare = |line: &str| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") && !rest.contains("…") => rest.to_owned(),
            _ => line.to_owned(),
        };
        let is_for_others = |line: &&str| ["proxy =", "_file =", "key ="].iter().any(|key| line.contains(key));
        let filled: Vec<String> = write(|_| None).lines().filter(|line| !is_for_others(line)).map(bare).collect();
        let keys = "auth_key = \"MDEyMzQ1Njc4OWFiY2RlZg==\"\nbody_key = \"MDEyMzQ1Njc4OWFiY2RlZg==\"\n[http]";
        let filled =
            filled.join("\n").replace("<host>", "127.0.0.1").replace("rotate_daily = false", "rotate_daily = true");
        let filled = filled.replacen("[http]", keys, 1);
        let config = skm::Config::parse(&filled, Path::new("")).unwrap();
        assert_eq!(config.urls().len(), 4);
    }
}
