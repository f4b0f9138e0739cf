//! The check itself: lines in, findings out, in constant memory. Knows neither files nor clocks.

use std::rc::Rc;

use super::Anchor;
use super::finding::{Finding, FindingKind};
use super::head::{Found, Head};
use super::hex::{self, Mac};
use super::keys::Keys;
use super::line::{Event, GENESIS, Line, What};

/// How many gaps are kept open for records that were moved behind them; more are reported as removed at once.
const OPEN_GAPS: usize = 1024;

/// Where a line stands.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) file: Rc<str>,
    /// From 1; 0 for the whole file.
    pub(super) line: u64,
}

/// Numbers that have not come yet.
struct Gap {
    first: u64,
    last: u64,
    place: Place,
    /// The predecessor named by the record after the gap.
    prev: Mac,
}

/// The last line, if it could not be read: an edited record, or one that was never finished?
struct Unread {
    place: Place,
    n: u64,
    whole: bool,
}

pub(super) struct Chain<'a> {
    keys: &'a Keys,
    head: Found,
    anchor: Option<Anchor>,
    /// The number that is due.
    next: u64,
    /// How many lines since the last trusted one had no number to trust.
    unsure: u64,
    /// The chain value of the last record in order.
    last: Mac,
    /// The highest number met.
    through: u64,
    gaps: Vec<Gap>,
    unread: Option<Unread>,
    retired: Option<(u64, Mac)>,
    pub(super) findings: Vec<Finding>,
    /// Lines that are as they were written.
    pub(super) good: u64,
}

impl<'a> Chain<'a> {
    pub(super) fn new(keys: &'a Keys, head: Found, anchor: Option<Anchor>) -> Chain<'a> {
        Chain {
            keys,
            head,
            anchor,
            next: 1,
            unsure: 0,
            last: GENESIS,
            through: 0,
            gaps: Vec::new(),
            unread: None,
            retired: None,
            findings: Vec::new(),
            good: 0,
        }
    }

    /// The highest number that a record of ours had so far.
    pub(super) fn through(&self) -> u64 {
        self.through
    }

    /// The log was written to while it was read: this is its head now.
    pub(super) fn see(&mut self, head: Found) {
        self.head = head;
    }

    /// Checks a line, which ended with a newline or did not. Gives it back if it is as it was written.
    pub(super) fn line<'l>(&mut self, place: &Place, bytes: &'l [u8], whole: bool) -> Option<Line<'l>> {
        self.settle_unread(false);
        let Some(line) = Line::parse(bytes).filter(|_| whole) else {
            self.unread = Some(Unread { place: place.clone(), n: self.next, whole });
            return None;
        };
        if !line.is_linked(self.keys) {
            self.edited(place.clone(), self.next);
            return None;
        }
        self.sequence(place, &line);
        self.through = self.through.max(line.n);
        if !line.is_authentic(self.keys) {
            self.find(FindingKind::Edited, place, line.n, line.n);
            return None;
        }
        self.good += 1;
        if let Some(event) = Event::parse(line.body) {
            self.event(place, &line, event);
        }
        Some(line)
    }

    /// A line that is not ours stands in the place of the number that is due.
    fn edited(&mut self, place: Place, n: u64) {
        self.find(FindingKind::Edited, &place, n, n);
        self.next += 1;
        self.unsure += 1;
    }

    /// Whether a number is where it belongs.
    fn sequence(&mut self, place: &Place, line: &Line<'_>) {
        let lowest = self.next - self.unsure;
        if line.n < lowest {
            let kind = if self.fill_gap(line.n) { FindingKind::Reordered } else { FindingKind::Repeated };
            self.find(kind, place, line.n, line.n);
            return;
        }
        if line.n > self.next {
            self.open_gap(Gap { first: self.next, last: line.n - 1, place: place.clone(), prev: line.prev });
        } else if line.n == lowest && line.prev != self.last {
            self.find(FindingKind::Forked, place, line.n, line.n);
        }
        let known = self.anchor.as_ref().map(|anchor| (anchor.n, anchor.mac));
        let head = self.head.head().map(|head| (head.n, head.mac));
        if known.into_iter().chain(head).any(|(n, mac)| n == line.n && mac != line.mac) {
            self.find(FindingKind::Forked, place, line.n, line.n);
        }
        self.next = line.n + 1;
        self.unsure = 0;
        self.last = line.mac;
    }

    fn open_gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
        if self.gaps.len() > OPEN_GAPS {
            // The first may be what retention took: only the end can tell.
            let oldest = self.gaps.remove(1);
            self.find(FindingKind::Removed, &oldest.place, oldest.first, oldest.last);
        }
    }

    /// Takes a number out of the gap it was missing from.
    fn fill_gap(&mut self, n: u64) -> bool {
        let Some(at) = self.gaps.iter().position(|gap| (gap.first..=gap.last).contains(&n)) else { return false };
        let gap = self.gaps.remove(at);
        if n < gap.last {
            self.gaps.insert(at, Gap { first: n + 1, place: gap.place.clone(), ..gap });
        }
        if gap.first < n {
            self.gaps.insert(at, Gap { last: n - 1, place: gap.place, ..gap });
        }
        true
    }

    fn event(&mut self, place: &Place, line: &Line<'_>, event: Event) {
        match event.what {
            What::HeadLost => self.find(FindingKind::HeadLost, place, line.n - 1, line.n - 1),
            What::Retired { through, mac } => self.retired = hex::decode(&mac).map(|mac| (through, mac)),
        }
    }

    /// Decides on a line that could not be read, once it is known whether it was the last.
    fn settle_unread(&mut self, at_end: bool) {
        let Some(unread) = self.unread.take() else { return };
        let owed = self.head.head().is_some_and(|head| head.n >= unread.n);
        // A kill leaves a line without its end, never a whole one that cannot be read.
        if !at_end || unread.whole {
            self.edited(unread.place, unread.n);
        } else if !owed {
            self.find(FindingKind::Torn, &unread.place, unread.n, unread.n);
        }
    }

    /// Nothing follows; `place` is the current file.
    pub(super) fn finish(&mut self, place: &Place) {
        self.settle_unread(true);
        for gap in std::mem::take(&mut self.gaps) {
            if !self.is_retired(&gap) {
                self.find(FindingKind::Removed, &gap.place, gap.first, gap.last);
            }
        }
        let newest = self.next - 1;
        match &self.head {
            // A first record may have been killed before its head; a second cannot.
            Found::Nothing if newest <= 1 => {}
            Found::Nothing | Found::Forged => self.find(FindingKind::HeadLost, place, newest, newest),
            Found::Head(Head { n, .. }) => self.cut_off(place, *n),
        }
        if let Some(n) = self.anchor.as_ref().map(|anchor| anchor.n) {
            self.cut_off(place, n);
        }
    }

    /// Reports what is missing up to `n`, once.
    fn cut_off(&mut self, place: &Place, n: u64) {
        if n >= self.next {
            self.find(FindingKind::Truncated, place, self.next, n);
            self.next = n + 1;
        }
    }

    /// A gap is lawful if retention owned up to it, and what follows it names the record retention took last.
    fn is_retired(&self, gap: &Gap) -> bool {
        self.retired.is_some_and(|(through, mac)| gap.last < through || (gap.last == through && gap.prev == mac))
    }

    fn find(&mut self, kind: FindingKind, place: &Place, first: u64, last: u64) {
        self.findings.push(Finding { kind, file: place.file.to_string(), line: place.line, first, last });
    }
}
