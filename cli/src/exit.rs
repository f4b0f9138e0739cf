//! Exit codes, in one place; scripts rely on them.

use skm::{ErrorKind, Verdict};

/// Green, or done.
pub const DONE: u8 = 0;
/// Wrong arguments.
pub const USAGE: u8 = 2;
/// The verdict is yellow.
pub const YELLOW: u8 = 10;
/// The verdict is red.
pub const RED: u8 = 11;
/// The platform answered, and nothing is known: not green.
pub const UNVERIFIED: u8 = 12;
/// The evidence log cannot be read: nothing is known of it, and nobody is said to have tampered.
pub const UNREADABLE: u8 = 7;
/// Ended by Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// The code of a verdict that the platform gave.
pub fn of_verdict(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Green => DONE,
        Verdict::Yellow => YELLOW,
        Verdict::Red => RED,
        _ => UNVERIFIED,
    }
}

/// The code of a failed call: its group in the error table (`skm errors`).
pub fn of_kind(kind: ErrorKind) -> u8 {
    match kind.number() {
        100..=199 => 3,
        200..=299 => 6,
        // A wrong clock stands between here and the platform as a broken line does.
        300..=399 | 410 => 4,
        400..=599 => 5,
        601 => UNREADABLE,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_has_the_code_of_green() {
        assert!(ErrorKind::ALL.iter().all(|kind| of_kind(*kind) != DONE));
        assert_eq!(of_kind(ErrorKind::ConfigMissing), 3);
        assert_eq!(of_kind(ErrorKind::HttpStatus), 4);
        assert_eq!(of_kind(ErrorKind::ClockSkew), 4);
        assert_eq!(of_kind(ErrorKind::AnswerMalformed), 5);
        assert_eq!(of_kind(ErrorKind::Busy), 5);
        assert_eq!(of_kind(ErrorKind::QrNotSkm), 6);
        assert_eq!(of_kind(ErrorKind::AuditFailed), 9);
        assert_eq!(of_kind(ErrorKind::AuditUnreadable), UNREADABLE);
    }
}
