//! A configuration file: accepted, or refused with a line that quotes no value.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use skm::config::Config;

fuzz_target!(|text: &str| {
    // Files that a text may name are not part of this.
    if text.contains("_file") || text.contains("dialect") || text.contains("[audit") || text.contains("audit.") {
        return;
    }
    if let Err(error) = Config::parse(text, Path::new("")) {
        assert!(!error.message().contains('\n') && !error.message_zh().is_empty());
    }
});
