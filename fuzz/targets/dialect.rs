//! A dialect file: accepted, or refused; what is accepted can write and read back its time stamps.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use skm::dialect::Dialect;

fuzz_target!(|text: &str| {
    let Ok(dialect) = Dialect::parse("fuzz.toml", text) else { return };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_609_473_600);
    let written = dialect.user_token.time_format.format(now);
    let _ = dialect.user_token.time_format.parse(&written);
});
