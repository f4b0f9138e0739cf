//! The sandbox's clock: real, shifted or frozen. Every time in an answer, its Date header included, is read here.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ZonedDateTime};

/// How the sandbox's clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockSetting {
    /// The machine's clock.
    #[default]
    Real,
    /// The machine's clock, this many seconds ahead (negative: behind).
    Offset(i64),
    /// Stopped at this Unix time in seconds.
    Frozen(i64),
}

impl ClockSetting {
    /// Now, in Unix milliseconds.
    pub fn now(self) -> Moment {
        match self {
            ClockSetting::Real => Moment(machine_ms()),
            ClockSetting::Offset(seconds) => Moment(machine_ms()).plus_seconds(seconds),
            ClockSetting::Frozen(seconds) => Moment(seconds.saturating_mul(1000)),
        }
    }
}

fn machine_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A point in time, Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

impl Moment {
    /// This much later (negative: earlier).
    pub fn plus_seconds(self, seconds: i64) -> Moment {
        Moment(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// The same moment in China Standard Time.
    pub fn china(self) -> ZonedDateTime {
        self.timestamp().to_zoned_datetime(TimeZone::fixed(Offset::constant(8)))
    }

    /// As people and programs read it: `2021-01-01T12:00:00+08:00`.
    pub fn iso(self) -> String {
        self.china().strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
    }

    /// As the Date header has it: `Fri, 01 Jan 2021 04:00:00 GMT`.
    pub fn http_date(self) -> String {
        self.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// The same moment for the core.
    pub fn system(self) -> SystemTime {
        let ms = Duration::from_millis(self.0.unsigned_abs());
        let moved = if self.0 < 0 { UNIX_EPOCH.checked_sub(ms) } else { UNIX_EPOCH.checked_add(ms) };
        moved.unwrap_or(UNIX_EPOCH)
    }

    fn timestamp(self) -> Timestamp {
        let range = Timestamp::MIN.as_millisecond() + 86_400_000..=Timestamp::MAX.as_millisecond() - 86_400_000;
        Timestamp::from_millisecond(self.0.clamp(*range.start(), *range.end()))
            .expect("clamped to what a timestamp holds")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_in_three_spellings() {
        let moment = ClockSetting::Frozen(1_609_473_600).now();
        assert_eq!(moment.iso(), "2021-01-01T12:00:00+08:00");
        assert_eq!(moment.http_date(), "Fri, 01 Jan 2021 04:00:00 GMT");
        assert_eq!(moment.plus_seconds(-1).0, 1_609_473_599_000);
    }
}
