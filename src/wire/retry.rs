//! When a request may be made again, and when not: a retry is safe or it is not made.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::deadline::Deadline;
use super::http::{Failure, Reach};
use crate::error::ErrorKind;
use crate::interfaces::Interface;

/// First pause; doubled each time, with full jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a pause that nothing can wake lasts before cancellation is looked at again.
const SLICE: Duration = Duration::from_millis(20);

/// Stops storms: a retry costs five, a success gives one back, nothing is retried at zero.
pub(crate) struct Quota(AtomicU32);

impl Quota {
    const FULL: u32 = 100;
    const COST: u32 = 5;

    pub(crate) fn new() -> Quota {
        Quota(AtomicU32::new(Self::FULL))
    }

    fn spend(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(Self::COST)).is_ok()
    }

    pub(crate) fn refund(&self) {
        // Full already: nothing to give back.
        let _ =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left < Self::FULL).then_some(left + 1));
    }
}

/// The retries of one call.
pub(crate) struct Retries<'a> {
    interface: Interface,
    left: u32,
    made: u32,
    stale_seen: bool,
    quota: &'a Quota,
}

impl<'a> Retries<'a> {
    pub(crate) fn new(interface: Interface, allowed: u32, quota: &'a Quota) -> Retries<'a> {
        Retries { interface, left: allowed, made: 0, stale_seen: false, quota }
    }

    /// Whether the last failure was a connection that had died in the pool: the next must be fresh.
    pub(crate) fn wants_fresh(&self) -> bool {
        self.stale_seen
    }

    /// Whether to try again, and after which pause.
    pub(crate) fn after(&mut self, failure: &Failure) -> Option<Duration> {
        if !self.is_safe(failure) {
            return None;
        }
        if failure.reach == (Reach::Sent { pooled: true }) && !self.stale_seen {
            self.stale_seen = true;
            return Some(Duration::ZERO);
        }
        if self.left == 0 || !self.quota.spend() {
            return None;
        }
        self.left -= 1;
        self.made += 1;
        Some(failure.retry_after.unwrap_or_else(|| pause(self.made)))
    }

    fn is_safe(&self, failure: &Failure) -> bool {
        let pure = self.interface.is_pure_question();
        match (failure.reach, failure.error.kind()) {
            (_, ErrorKind::Closed | ErrorKind::DeadlineExceeded) => false,
            (Reach::NotSent, kind) => matches!(kind, ErrorKind::ConnectFailed | ErrorKind::ProxyFailed),
            (Reach::Sent { .. }, kind) => pure && kind == ErrorKind::ConnectionLost,
            (Reach::Answered, ErrorKind::Busy) => pure,
            (Reach::Answered, ErrorKind::HttpStatus) => pure && matches!(failure.error.http_status(), Some(429 | 503)),
            (Reach::Answered, _) => false,
        }
    }
}

fn pause(made: u32) -> Duration {
    let ceiling = FIRST_PAUSE.saturating_mul(1 << (made - 1).min(6)).min(LONGEST_PAUSE);
    ceiling.mul_f64(fastrand::f64())
}

/// Sleeps; `false` if the deadline is nearer than the pause, or the call was cancelled.
pub(crate) fn rest(pause: Duration, deadline: Deadline, is_cancelled: impl Fn() -> bool) -> bool {
    if deadline.remaining().is_none_or(|left| left <= pause) {
        return false;
    }
    let pause_ends = Deadline::after(pause);
    while let Some(left) = pause_ends.remaining() {
        if is_cancelled() {
            return false;
        }
        std::thread::sleep(left.min(SLICE));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn lost(pooled: bool) -> Failure {
        Failure::new(ErrorKind::ConnectionLost.into(), Reach::Sent { pooled })
    }

    #[test]
    fn a_user_token_is_never_asked_for_twice_once_it_may_have_been_seen() {
        let quota = Quota::new();
        let mut retries = Retries::new(Interface::UserToken, 5, &quota);
        assert_eq!(retries.after(&lost(true)), None);
        assert_eq!(retries.after(&lost(false)), None);
        assert!(retries.after(&Failure::new(ErrorKind::ConnectFailed.into(), Reach::NotSent)).is_some());
    }

    #[test]
    fn a_dead_pooled_connection_costs_no_retry_and_only_once() {
        let quota = Quota::new();
        let mut retries = Retries::new(Interface::Scan, 0, &quota);
        assert_eq!(retries.after(&lost(true)), Some(Duration::ZERO));
        assert!(retries.wants_fresh());
        assert_eq!(retries.after(&lost(true)), None);
    }

    #[test]
    fn an_answer_is_final_unless_the_platform_is_busy() {
        let quota = Quota::new();
        let mut retries = Retries::new(Interface::Id, 5, &quota);
        for kind in [ErrorKind::Refused, ErrorKind::AnswerMalformed, ErrorKind::ConnectionLost, ErrorKind::NoAccess] {
            assert_eq!(retries.after(&Failure::new(kind.into(), Reach::Answered)), None, "{kind}");
        }
        assert_eq!(retries.after(&Failure::new(Error::status(500), Reach::Answered)), None);
        assert!(retries.after(&Failure::new(Error::status(503), Reach::Answered)).is_some());
        assert!(retries.after(&Failure::new(ErrorKind::Busy.into(), Reach::Answered)).is_some());
    }

    #[test]
    fn the_quota_ends_a_storm_and_successes_refill_it() {
        let quota = Quota::new();
        let refused = || Failure::new(ErrorKind::ConnectFailed.into(), Reach::NotSent);
        let made = (0..1000).filter(|_| Retries::new(Interface::Scan, 1, &quota).after(&refused()).is_some()).count();
        assert_eq!(made, 20);
        (0..5).for_each(|_| quota.refund());
        assert!(Retries::new(Interface::Scan, 1, &quota).after(&refused()).is_some());
    }
}
