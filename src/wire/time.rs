//! Time stamps of interface 1: always at the dialect's offset, never in the machine's zone.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};

use crate::error::LogSafe;

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

impl TimeFormatFault {
    pub(crate) fn is_zone(self) -> bool {
        self == TimeFormatFault::Zone
    }
}

impl LogSafe for TimeFormatFault {}

impl fmt::Display for TimeFormatFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TimeFormatFault::Pattern => "a strftime pattern such as %Y%m%d%H%M%S, or epoch-ms, is needed",
            TimeFormatFault::Zone => "an offset such as +08:00 is needed",
        })
    }
}

impl TimeFormat {
    pub(crate) fn new(pattern: &str, zone: &str) -> Result<TimeFormat, TimeFormatFault> {
        let offset = parse_offset(zone).ok_or(TimeFormatFault::Zone)?;
        let pattern = match pattern {
            "epoch-ms" => Pattern::EpochMilliseconds,
            other => Pattern::Strftime(other.to_owned()),
        };
        let format = TimeFormat { pattern, offset };
        let probe = Timestamp::UNIX_EPOCH;
        // A pattern is usable if what it writes can be read back: no date part is missing.
        match format.write(probe).and_then(|text| format.parse(&text)) {
            Some(read) if read == probe => Ok(format),
            _ => Err(TimeFormatFault::Pattern),
        }
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

fn parse_offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let seconds = hours.parse::<u8>().ok()? as i32 * 3600 + minutes.parse::<u8>().ok()? as i32 * 60;
    Offset::from_seconds(sign * seconds).ok()
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
