//! A dialect file: accepted, or refused; what is accepted reads every time stamp that it writes back as the same time.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use skm::dialect::Dialect;

/// Midnight, noon, the turn of a year, a leap day, one-figure and two-figure months and days: in seconds since 1970.
const TIMES: [u64; 8] = [
    1_609_430_400,
    1_609_473_600,
    1_640_966_399,
    1_709_217_845,
    1_736_561_106,
    1_762_016_645,
    1_764_547_200,
    1_796_055_661,
];

fuzz_target!(|text: &str| {
    let Ok(dialect) = Dialect::parse("fuzz.toml", text) else { return };
    let format = &dialect.user_token.time_format;
    for seconds in TIMES {
        let written = format.format(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let read = format.parse(&written).map(|time| time.as_second());
        assert_eq!(read, Some(seconds as i64), "{written:?} of a dialect that was accepted");
    }
});
