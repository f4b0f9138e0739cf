//! Time stamps of interface 1: always at the dialect's offset, never in the machine's zone.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};

/// China Standard Time, UTC+8, no daylight saving.
const CHINA: Offset = Offset::constant(8);

/// How a platform edition writes `time`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeFormat {
    pattern: Pattern,
    offset: Offset,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    EpochMilliseconds,
    Strftime(String),
}

/// Why a time format was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeFormatFault {
    Pattern,
    Zone,
}

/// A pattern is usable if what it writes can be read back, in the morning and in the evening, to the second.
const PROBES: [i64; 2] = [0, 1_609_502_398];

impl TimeFormat {
    pub(crate) fn new(pattern: &str, zone: &str) -> Result<TimeFormat, TimeFormatFault> {
        let offset = parse_offset(zone).ok_or(TimeFormatFault::Zone)?;
        let pattern = match pattern {
            "epoch-ms" => Pattern::EpochMilliseconds,
            other => Pattern::Strftime(other.to_owned()),
        };
        let format = TimeFormat { pattern, offset };
        let reads_back = |probe: &i64| {
            let time = Timestamp::from_second(*probe).ok();
            time.is_some_and(|time| format.write(time).and_then(|text| format.parse(&text)) == Some(time))
        };
        if PROBES.iter().all(reads_back) { Ok(format) } else { Err(TimeFormatFault::Pattern) }
    }

    /// The time as it is signed and sent.
    pub fn format(&self, now: SystemTime) -> String {
        self.write(timestamp(now)).expect("the pattern was tried when the dialect was read")
    }

    fn write(&self, now: Timestamp) -> Option<String> {
        match &self.pattern {
            Pattern::EpochMilliseconds => Some(now.as_millisecond().to_string()),
            Pattern::Strftime(pattern) => {
                strtime::format(pattern, &now.to_zoned_datetime(TimeZone::fixed(self.offset))).ok()
            }
        }
    }

    /// Reads a time stamp of this format; `None` if it is not one.
    pub fn parse(&self, text: &str) -> Option<Timestamp> {
        let read = match &self.pattern {
            Pattern::EpochMilliseconds => Timestamp::from_millisecond(text.parse().ok()?).ok(),
            Pattern::Strftime(pattern) => {
                let civil: DateTime = strtime::parse(pattern, text).ok()?.to_datetime().ok()?;
                self.offset.to_timestamp(civil).ok()
            }
        }?;
        // The parser is lenient about blanks and leading zeros; a time stamp is not.
        (self.write(read)? == text).then_some(read)
    }
}

/// The date in China, against which birth dates are checked.
pub fn china_date(now: SystemTime) -> Date {
    timestamp(now).to_zoned_datetime(TimeZone::fixed(CHINA)).date()
}

fn timestamp(now: SystemTime) -> Timestamp {
    Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `+08:00`; offsets beyond 14 hours are in use nowhere.
fn parse_offset(text: &str) -> Option<Offset> {
    let bytes: &[u8; 6] = text.as_bytes().try_into().ok()?;
    let [sign, h1, h2, b':', m1, m2] = *bytes else { return None };
    if ![h1, h2, m1, m2].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |tens: u8, ones: u8| i32::from(tens - b'0') * 10 + i32::from(ones - b'0');
    let (hours, minutes) = (two(h1, h2), two(m1, m2));
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        _ if hours > 14 || minutes > 59 => None,
        b'+' => Offset::from_seconds(seconds).ok(),
        b'-' => Offset::from_seconds(-seconds).ok(),
        _ => None,
    }
}

/// Seconds since 1970 of an HTTP `Date` header.
pub(crate) fn http_date(text: &str) -> Option<i64> {
    let civil = strtime::parse("%a, %d %b %Y %H:%M:%S GMT", text).ok()?.to_datetime().ok()?;
    Some(Offset::UTC.to_timestamp(civil).ok()?.as_second())
}

/// Seconds since 1970.
pub(crate) fn unix_seconds(now: SystemTime) -> i64 {
    timestamp(now).as_second()
}

/// A time in China for people and logs: `2021-01-01T12:00:00+08:00`.
#[cfg(feature = "evidence")]
pub(crate) fn china_text(now: SystemTime) -> String {
    let zoned = timestamp(now).to_zoned_datetime(TimeZone::fixed(CHINA));
    strtime::format("%Y-%m-%dT%H:%M:%S%:z", &zoned).expect("a fixed pattern of a zoned time")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::time::Duration;

    use super::*;

    #[test]
    fn every_deployed_format_goes_both_ways() {
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_609_473_600);
        for (pattern, text) in [
            ("%Y%m%d%H%M%S", "20210101120000"),
            ("%Y-%m-%d%H:%M:%S", "2021-01-0112:00:00"),
            ("epoch-ms", "1609473600000"),
        ] {
            let format = TimeFormat::new(pattern, "+08:00").unwrap();
            assert_eq!(format.format(noon), text);
            assert_eq!(format.parse(text).unwrap().as_second(), 1_609_473_600);
        }
    }

    #[test]
    fn what_is_nearly_a_time_stamp_is_none() {
        let format = TimeFormat::new("%Y%m%d%H%M%S", "+08:00").unwrap();
        for text in ["", "2021010112000", "202101011200000", "2021 0101 120000", "20210230120000", "20210101120060 "] {
            assert_eq!(format.parse(text), None, "{text}");
        }
        let epoch = TimeFormat::new("epoch-ms", "+08:00").unwrap();
        for text in ["+1609473600000", "01609473600000", "1609473600000.0"] {
            assert_eq!(epoch.parse(text), None, "{text}");
        }
    }

    #[test]
    fn http_dates() {
        assert_eq!(http_date("Fri, 01 Jan 2021 04:00:00 GMT"), Some(1_609_473_600));
        assert_eq!(http_date("yesterday"), None);
    }
}
