//! Time is passed in: tests and the sandbox freeze it. A clock that cannot be right judges nobody.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::civil::Date;

use crate::error::{Error, ErrorKind, LogSafe, Result, safe};
use crate::wire::time;

/// The first second of the day this version was released, 2026-11-24. Written here and not taken from the build, which would make
/// other bytes of the same source each day; set anew with the version.
const RELEASED_SECOND: u64 = 1_795_478_400;

/// The first second of 2020.
const FIRST_PLATFORM: u64 = 1_577_836_800;

/// Tells a client what time it is. Must be callable from several threads at once.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now.
    fn now(&self) -> SystemTime;

    /// Before this moment the clock is known to be wrong: nothing is signed or judged by it. One that is set by hand is
    /// believed from 2020 on: there was no such platform before.
    fn earliest(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(FIRST_PLATFORM)
    }
}

/// The machine's clock. It is wrong if it stands before the day this library was released: gates without a battery wake
/// up in 1970.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn earliest(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(RELEASED_SECOND)
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FrozenClock(pub SystemTime);

impl Clock for FrozenClock {
    fn now(&self) -> SystemTime {
        self.0
    }
}

/// The time on a clock that can be right.
///
/// # Errors
/// `clock_skew` for one that cannot.
pub fn believable(clock: &dyn Clock) -> Result<SystemTime> {
    let now = clock.now();
    if now >= clock.earliest() {
        return Ok(now);
    }
    Err(Error::with(
        ErrorKind::ClockSkew,
        safe!(
            "the clock says {}, and cannot be right before {}: set this machine's clock, and check its battery",
            "时钟显示 {},而正确的时间不可能早于 {}:请校准本机时间并检查主板电池",
            Shown(now),
            Shown(clock.earliest())
        ),
    ))
}

/// The date in China by the machine's clock, for checks without a client.
///
/// # Errors
/// `clock_skew` if that clock cannot be right.
pub fn today() -> Result<Date> {
    believable(&SystemClock).map(time::china_date)
}

/// A time as people in China read it.
struct Shown(SystemTime);

impl LogSafe for Shown {}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&time::china_text(self.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// The machine's clock as it would be if its battery were empty.
    #[derive(Debug)]
    struct Asleep(SystemTime);

    impl Clock for Asleep {
        fn now(&self) -> SystemTime {
            self.0
        }

        fn earliest(&self) -> SystemTime {
            SystemClock.earliest()
        }
    }

    #[test]
    fn the_day_and_its_second_are_the_same_and_not_in_the_future() {
        let first = SystemClock.earliest();
        assert_eq!(time::china_text(first), "2026-11-24T08:00:00+08:00");
        assert!(believable(&SystemClock).is_ok() && first < SystemTime::now());
        today().unwrap();
    }

    #[test]
    fn a_machine_without_a_battery_is_told_to_set_its_clock() {
        for now in [SystemTime::UNIX_EPOCH, SystemClock.earliest() - Duration::from_secs(1)] {
            let error = believable(&Asleep(now)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ClockSkew);
            assert!(error.message().contains(&time::china_text(now)), "{error}");
        }
        assert!(believable(&Asleep(SystemClock.earliest())).is_ok());
        let by_hand = |second| believable(&FrozenClock(SystemTime::UNIX_EPOCH + Duration::from_secs(second)));
        assert!(by_hand(1_609_473_600).is_ok(), "2021, as tests freeze it");
        assert_eq!(by_hand(0).unwrap_err().kind(), ErrorKind::ClockSkew);
        let before_1970 = FrozenClock(SystemTime::UNIX_EPOCH - Duration::from_secs(1));
        assert_eq!(believable(&before_1970).unwrap_err().kind(), ErrorKind::ClockSkew);
    }
}
