//! One line of the log:
//! `{"n":7,"prev":"<mac of 6>","body":{…},"digest":"<of the body's bytes>","mac":"<of n, prev and digest>"}`.
//!
//! The chain runs over digests, not bodies: a body can be erased and the chain stays whole.

use serde::{Deserialize, Serialize};

use super::hex::{self, Mac};
use super::keys::Keys;

/// Longest line. Ours stay far below; a longer one is not ours.
pub(super) const MAX_LINE: usize = 16 * 1024;

/// Before the first record there is nothing.
pub(super) const GENESIS: Mac = [0; 32];

/// A line taken apart, not yet believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) n: u64,
    pub(super) prev: Mac,
    pub(super) body: &'a str,
    pub(super) digest: Mac,
    pub(super) mac: Mac,
}

/// Whether a file without a whole line may hold the torn beginning of a log: everything else is somebody's file.
pub(super) fn may_begin(torn: &[u8]) -> bool {
    const FIRST: &[u8] = b"{\"n\":1,\"prev\":\"";
    torn.starts_with(FIRST) || FIRST.starts_with(torn)
}

impl<'a> Line<'a> {
    /// Bytes of a line beside its body, at most.
    pub(super) const FRAME: usize = 5 + 20 + 9 + 64 + 9 + 11 + 64 + 9 + 64 + 3;

    /// A new record after `prev`, of a body and its digest.
    pub(super) fn seal(keys: &Keys, n: u64, prev: Mac, body: &'a str, digest: Mac) -> Line<'a> {
        Line { n, prev, body, digest, mac: keys.chain(n, &prev, &digest) }
    }

    /// Takes apart exactly what [`Line::text`] writes, without its newline; `None` for anything else.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Line<'a>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (number, rest) = text.strip_prefix("{\"n\":")?.split_once(",\"prev\":\"")?;
        let n: u64 = number.parse().ok().filter(|n: &u64| n.to_string() == number)?;
        let (prev, rest) = rest.split_at_checked(64)?;
        let rest = rest.strip_prefix("\",\"body\":")?.strip_suffix("\"}")?;
        let (rest, mac) = rest.split_at_checked(rest.len().checked_sub(64)?)?;
        let rest = rest.strip_suffix("\",\"mac\":\"")?;
        let (rest, digest) = rest.split_at_checked(rest.len().checked_sub(64)?)?;
        let body = rest.strip_suffix(",\"digest\":\"")?;
        if !body.starts_with('{') || !body.ends_with('}') {
            return None;
        }
        Some(Line { n, prev: hex::decode(prev)?, body, digest: hex::decode(digest)?, mac: hex::decode(mac)? })
    }

    /// The line as it is written, newline included.
    pub(super) fn text(&self) -> String {
        let (prev, digest, mac) = (hex::encode(&self.prev), hex::encode(&self.digest), hex::encode(&self.mac));
        let Line { n, body, .. } = self;
        format!("{{\"n\":{n},\"prev\":\"{prev}\",\"body\":{body},\"digest\":\"{digest}\",\"mac\":\"{mac}\"}}\n")
    }

    /// Whether number, predecessor and digest are what was written. The body may still be another.
    pub(super) fn is_linked(&self, keys: &Keys) -> bool {
        keys.chain(self.n, &self.prev, &self.digest) == self.mac
    }

    /// Whether everything is what was written, or was erased by someone who holds the key.
    pub(super) fn is_authentic(&self, keys: &Keys) -> bool {
        let erased = || Tombstone::parse(self.body).is_some_and(|stone| stone.is_proven(keys, self));
        self.is_linked(keys) && (keys.digest(self.body.as_bytes()) == self.digest || erased())
    }

    /// The day in China on which the record was made: `2026-11-24`.
    pub(super) fn day(&self) -> Option<&'a str> {
        let erased = || self.body.strip_prefix("{\"erased\":\"")?.split_once("\",\"day\":\"");
        let rest = self.body.strip_prefix("{\"time\":\"").or_else(|| Some(erased()?.1))?;
        rest.get(..10)
    }
}

/// What stands in the place of an erased body.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tombstone {
    erased: String,
    /// The record's own day, which retention counts from.
    day: String,
    proof: String,
}

impl Tombstone {
    /// The body that replaces `line`'s. A record that had been edited before gets no proof: erasing heals nothing.
    pub(super) fn body(keys: &Keys, line: &Line<'_>, erased: String) -> String {
        let day = line.day().unwrap_or_default().to_owned();
        let proof = if line.is_authentic(keys) { keys.erasure(line.n, &line.mac, &day, &erased) } else { [0; 32] };
        to_json(&Tombstone { erased, day, proof: hex::encode(&proof) })
    }

    fn parse(body: &str) -> Option<Tombstone> {
        // Only the spelling we write, so that no edit of it goes unseen.
        let stone = body.starts_with("{\"erased\":").then(|| serde_json::from_str(body).ok()).flatten();
        stone.filter(|stone| to_json(stone) == body)
    }

    fn is_proven(&self, keys: &Keys, line: &Line<'_>) -> bool {
        hex::decode(&self.proof) == Some(keys.erasure(line.n, &line.mac, &self.day, &self.erased))
    }
}

/// A record of the log about itself. `time` comes first in every body: see [`Line::day`].
#[derive(Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) time: String,
    #[serde(flatten)]
    pub(super) what: What,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum What {
    /// Retention took everything up to this record.
    Retired { through: u64, mac: String },
    /// The head file was gone though there were records: what stood after the one before this cannot be known.
    HeadLost,
}

impl Event {
    pub(super) fn parse(body: &str) -> Option<Event> {
        // Quotes inside of texts are escaped, so only the member's own name looks like this.
        body.contains("\"event\":\"").then(|| serde_json::from_str(body).ok()).flatten()
    }
}

/// The bytes of a body.
pub(super) fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("texts and numbers always serialise")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::audit::AuditKey;

    fn keys() -> Keys {
        Keys::derive(&AuditKey::parse(&"11".repeat(32)).unwrap())
    }

    #[test]
    fn a_line_is_read_as_it_was_written_and_in_no_other_spelling() {
        let (keys, body) = (keys(), r#"{"time":"2026-11-24T10:00:00+08:00","x":"\"digest\":\""}"#);
        let line = Line::seal(&keys, 7, GENESIS, body, keys.digest(body.as_bytes()));
        let text = line.text();
        let read = Line::parse(text.trim_end().as_bytes()).unwrap();
        assert_eq!(read, line);
        assert!(read.is_authentic(&keys));
        assert_eq!(read.day(), Some("2026-11-24"));
        for (from, to) in
            [("\"n\":7", "\"n\":07"), ("\"n\":7", "\"n\":+7"), ("{\"n\"", " {\"n\""), (",\"mac\"", ", \"mac\"")]
        {
            assert_eq!(Line::parse(text.trim_end().replacen(from, to, 1).as_bytes()), None, "{to}");
        }
        for cut in 0..text.len() - 1 {
            assert_eq!(Line::parse(&text.as_bytes()[..cut]), None);
        }
    }

    #[test]
    fn erasing_keeps_the_record_authentic_but_does_not_heal_an_edited_one() {
        let (keys, body) = (keys(), r#"{"time":"2026-11-24T10:00:00+08:00","outcome":"red"}"#);
        let line = Line::seal(&keys, 1, GENESIS, body, keys.digest(body.as_bytes()));
        let stone = Tombstone::body(&keys, &line, "2026-11-25T10:00:00+08:00".to_owned());
        let erased = Line { body: &stone, ..line };
        assert!(erased.is_authentic(&keys));
        assert_eq!(erased.day(), Some("2026-11-24"));
        let other_time = stone.replace("2026-11-25", "2026-11-26");
        assert!(!Line { body: &other_time, ..line }.is_authentic(&keys));
        let spaced = stone.replace("\",\"", "\", \"");
        assert!(!Line { body: &spaced, ..line }.is_authentic(&keys));

        let edited = Line { body: &body.replace("red", "green"), ..line };
        let stone = Tombstone::body(&keys, &edited, "2026-11-25T10:00:00+08:00".to_owned());
        assert!(!Line { body: &stone, ..line }.is_authentic(&keys));
    }
}
