//! A configuration file: accepted, or refused with one line that quotes no value, whatever else is wrong with the file.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use skm::config::Config;

/// Stands in place of one of the values.
const PLANTED: &str = "q7Zx-a-value-that-nobody-may-see";

/// Where the values in quotes begin and end, those after `= ` on their line.
fn values(text: &str) -> Vec<(usize, usize)> {
    text.match_indices("= \"")
        .filter_map(|(at, opening)| {
            let start = at + opening.len();
            let length = text[start..].find(['"', '\n'])?;
            text[start + length..].starts_with('"').then_some((start, start + length))
        })
        .collect()
}

fn check(text: &str) {
    if let Err(error) = Config::parse(text, Path::new("")) {
        assert!(!error.message().contains('\n') && !error.message_zh().is_empty());
        let said = format!("{}{}{error:?}", error.message(), error.technical_zh());
        assert!(!said.contains(PLANTED), "a value is quoted: {said}");
    }
}

fuzz_target!(|text: &str| {
    // Files that a text may name are not part of this.
    if text.contains("_file") || text.contains("dialect") || text.contains("[audit") || text.contains("audit.") {
        return;
    }
    check(text);
    let values = values(text);
    if let Some((start, end)) = values.get(text.len() % values.len().max(1)) {
        check(&format!("{}{PLANTED}{}", &text[..*start], &text[*end..]));
    }
});
