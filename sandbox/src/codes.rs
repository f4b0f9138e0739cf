//! QR codes in circulation: each expires, and a page that refreshes takes its own last one back.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use skm::dialect::QrRules;
use skm::interfaces::qr::QrText;

use crate::clock::Moment;

/// More than this many remembered codes: the expired ones are dropped.
const REMEMBERED: usize = 20_000;

/// The province's division code.
pub const DIVISION: &str = "320000";

/// The page that a code leads to. The host is invented and never contacted.
const PAGE: &str = "https://skm.example.invalid/healthAct/index.html";

/// A code as shown.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The full text of the QR code.
    pub text: String,
    /// From this moment on interface 3 answers 111.
    pub expires: Moment,
}

/// What is known of a code that was shown to interface 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeState {
    /// It can be used.
    Valid,
    /// Its time is over, by this many seconds.
    Expired(i64),
    /// The page that showed it shows a newer one.
    Replaced,
    /// This changing part was never issued, or was issued to somebody else.
    NeverIssued,
    /// Issued, but in another text: host, path or parameters are other ones.
    OtherText,
}

#[derive(Debug)]
struct Code {
    text: String,
    identity: String,
    expires: Moment,
    replaced: bool,
}

/// All codes in circulation, by their changing part `b`.
#[derive(Debug)]
pub struct Codes {
    life: Duration,
    rules: QrRules,
    random: fastrand::Rng,
    known: HashMap<String, Code>,
    shown_by_page: HashMap<String, String>,
}

impl Codes {
    /// None yet; `rules` are the dialect's.
    pub fn new(seed: u64, life: Duration, rules: QrRules) -> Codes {
        Codes {
            life,
            rules,
            random: fastrand::Rng::with_seed(seed ^ 0x71_72),
            known: HashMap::new(),
            shown_by_page: HashMap::new(),
        }
    }

    /// Makes a fresh code. A `page` is one open H5 page: its last code ends now; all others live on.
    pub fn issue(&mut self, identity: &str, now: Moment, page: Option<&str>) -> Issued {
        self.tidy(now);
        let part: String = STANDARD.encode(std::array::from_fn::<u8, 48, _>(|_| self.random.u8(..)));
        let expires = Moment(now.0.saturating_add(i64::try_from(self.life.as_millis()).unwrap_or(i64::MAX)));
        if let Some(page) = page {
            let last = self.shown_by_page.insert(page.to_owned(), part.clone());
            if let Some(last) = last.and_then(|last| self.known.get_mut(&last)) {
                last.replaced = true;
            }
        }
        let text = text(identity, &part, &self.rules);
        let code = Code { text: text.clone(), identity: identity.to_owned(), expires, replaced: false };
        self.known.insert(part, code);
        Issued { text, expires }
    }

    /// What is known of a code: exactly the text that was issued is one.
    pub fn state(&self, text: &str, identity: &str, part: &str, now: Moment) -> CodeState {
        match self.known.get(part).filter(|code| code.identity == identity) {
            None => CodeState::NeverIssued,
            Some(code) if code.text != text => CodeState::OtherText,
            Some(code) if code.replaced => CodeState::Replaced,
            Some(code) if code.expires <= now => CodeState::Expired((now.0 - code.expires.0) / 1000),
            Some(_) => CodeState::Valid,
        }
    }

    fn tidy(&mut self, now: Moment) {
        if self.known.len() < REMEMBERED {
            return;
        }
        self.known.retain(|_, code| code.expires > now);
        let known = &self.known;
        self.shown_by_page.retain(|_, part| known.contains_key(part));
    }
}

/// A code's text (`url` of table B.1) in its V5 form: identity, division code of the province, the part that changes.
pub fn text(identity: &str, part: &str, rules: &QrRules) -> String {
    QrText::build(PAGE, &code(identity), Some(part), rules)
}

/// A code without the part that changes.
pub fn code(identity: &str) -> String {
    format!("V5{identity}{DIVISION}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use skm::dialect::Dialect;

    use super::*;

    const IDENTITY: &str = "96bc9213d08df46ed307f633dcf17432";

    fn part_of(issued: &Issued) -> String {
        let query = issued.text.split_once('?').unwrap().1.split_once('#').unwrap().0;
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "b").unwrap().1.into_owned()
    }

    #[test]
    fn a_page_takes_back_only_its_own_code() {
        let (mut codes, now) = (Codes::new(1, Duration::from_secs(60), Dialect::built_in().qr.clone()), Moment(0));
        let other = codes.issue(IDENTITY, now, None);
        let first = codes.issue(IDENTITY, now, Some("page"));
        let second = codes.issue(IDENTITY, now, Some("page"));
        let state = |issued: &Issued, now| codes.state(&issued.text, IDENTITY, &part_of(issued), now);
        assert_eq!(state(&other, now), CodeState::Valid);
        assert_eq!(state(&first, now), CodeState::Replaced);
        assert_eq!(state(&second, Moment(59_999)), CodeState::Valid);
        assert_eq!(state(&second, Moment(61_000)), CodeState::Expired(1));
        assert_eq!(codes.state(&other.text, "00", &part_of(&other), now), CodeState::NeverIssued);
        let elsewhere = other.text.replacen("skm.example", "other.example", 1);
        assert_eq!(codes.state(&elsewhere, IDENTITY, &part_of(&other), now), CodeState::OtherText);
        assert_eq!(part_of(&other).len(), 64);
    }
}
