//! Faults by rule: which call is hit, by what, and what a sound client should report.

use serde::{Deserialize, Serialize};

/// One interface of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interface {
    /// Interface 1.
    IssueUserToken,
    /// Interface 2, the H5 page.
    Display,
    /// Interface 3.
    VerifyScan,
    /// Interface 4.
    VerifyId,
}

impl Interface {
    /// All four, in the standard's order.
    pub const ALL: [Interface; 4] =
        [Interface::IssueUserToken, Interface::Display, Interface::VerifyScan, Interface::VerifyId];

    /// `issue_user_token`, `display`, `verify_scan` or `verify_id`.
    pub fn name(self) -> &'static str {
        ["issue_user_token", "display", "verify_scan", "verify_id"][self as usize]
    }

    /// The key of the code in an answer.
    pub(crate) fn code_key(self) -> &'static str {
        ["retcode", "code", "resCode", "code"][self as usize]
    }
}

macro_rules! kinds {
    ($($kind:ident $name:literal $what:literal => $expects:expr;)*) => {
        /// What goes wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Kind {
            $(
                #[doc = $what]
                #[serde(rename = $name)]
                $kind,
            )*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// The name in rules, the journal and [`Fault::KINDS`].
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name),* }
            }
        }

        impl Fault {
            /// Every kind with a line of explanation and the error a client should report.
            pub const KINDS: &'static [KindInfo] = &[$(KindInfo {
                kind: Kind::$kind,
                name: $name,
                what: $what,
                expects: $expects,
            }),*];
        }
    };
}

kinds! {
    Delay "delay" "the answer comes after `ms` (default 10000)" => "deadline_exceeded";
    Stall "stall" "the request is read and never answered" => "deadline_exceeded";
    Dribble "dribble" "one byte of the answer every `ms` (default 200)" => "deadline_exceeded";
    DropBefore "drop_before" "the connection closes before the first byte of the answer" => "connection_lost";
    Reset "reset" "the connection is reset (TCP RST) before the first byte of the answer" => "connection_lost";
    DropHeaders "drop_headers" "the connection closes inside the header" => "connection_lost";
    DropInside "drop_inside" "the connection closes in the middle of the body" => "connection_lost";
    DropPooled "drop_pooled" "a whole answer that promises keep-alive, then the connection closes: only the next call on it notices" => "ok";
    WrongLength "wrong_length" "Content-Length is 64 more than the body, then the connection closes" => "connection_lost";
    ShortLength "short_length" "Content-Length is half of the body: the JSON ends early" => "answer_malformed";
    Html "html" "200 with an HTML error page" => "answer_malformed";
    Status "status" "HTTP `status` (default 502) with an HTML page" => "http_status";
    Redirect "redirect" "302 to another path of the sandbox" => "redirect_refused";
    Huge "huge" "a JSON body of 8 MiB" => "answer_too_large";
    DeepJson "deep_json" "the right code beside JSON nested 200 deep" => "answer_malformed";
    Gbk "gbk" "the answer's Chinese text as GBK bytes" => "answer_malformed";
    WrongKey "wrong_key" "interface 4: the answer is sealed with another key" => "answer_unreadable";
    Clock "clock" "the platform's clock is `seconds` (default 3600, may be negative) off for this call, Date header included" => "clock_skew";
    Empty "empty" "200 with an empty body" => "answer_malformed";
    NotJson "not_json" "200 with plain text" => "answer_malformed";
    CutJson "cut_json" "JSON that ends in the middle, its Content-Length right" => "answer_malformed";
    DuplicateKey "duplicate_key" "the code's key stands in the answer twice" => "answer_malformed";
    FractionCode "fraction_code" "the code is a fraction, as in 200.0" => "answer_malformed";
    NoLevel "no_level" "interfaces 3 and 4: a success without a level" => "not_green";
    StrangeLevel "strange_level" "interfaces 3 and 4: a success whose level is an unknown word" => "not_green";
    OtherPerson "other_person" "interface 4: the answer is about somebody else" => "answer_malformed";
}

/// One line of [`Fault::KINDS`].
#[derive(Debug, Clone, Copy, Serialize)]
pub struct KindInfo {
    /// The kind.
    #[serde(skip)]
    pub kind: Kind,
    /// Its name in rules and in the journal.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// The name in the error table (`skm errors`) that a client should report; `ok` where the call itself succeeds,
    /// `not_green` where any answer but green is right. For `clock` this is interface 1's; see [`Kind::expects`].
    pub expects: &'static str,
}

impl Kind {
    /// Whether this kind can happen to an interface.
    pub fn applies_to(self, interface: Interface) -> bool {
        use Interface::{Display, IssueUserToken, VerifyId, VerifyScan};
        match self {
            Kind::WrongKey | Kind::OtherPerson => interface == VerifyId,
            Kind::NoLevel | Kind::StrangeLevel => matches!(interface, VerifyScan | VerifyId),
            Kind::DeepJson | Kind::CutJson | Kind::DuplicateKey | Kind::FractionCode | Kind::Gbk | Kind::NotJson => {
                interface != Display
            }
            Kind::Clock => matches!(interface, IssueUserToken | VerifyScan | VerifyId),
            _ => true,
        }
    }

    /// What a client should report for a call that would otherwise succeed, with the default parameters.
    pub fn expects(self, interface: Interface) -> &'static str {
        match (self, interface) {
            // Ahead by an hour: the code shown is long over.
            (Kind::Clock, Interface::VerifyScan) => "qr_expired",
            // Nothing in interface 4 depends on the time.
            (Kind::Clock, Interface::VerifyId) => "ok",
            // levelData is required there.
            (Kind::NoLevel, Interface::VerifyId) => "answer_malformed",
            _ => Fault::KINDS.iter().find(|info| info.kind == self).map_or("ok", |info| info.expects),
        }
    }
}

/// A rule. Of several that match, the oldest that fires wins.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The interface that is hit; `None` is any (written `"any"` or left out).
    #[serde(default, with = "any_interface")]
    pub interface: Option<Interface>,
    /// What goes wrong.
    pub kind: Kind,
    /// Only calls about the person with this certificate number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Only the nth matching call, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// At most this many times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Fires with this probability, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Seed of the probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Milliseconds of `delay` and `dribble`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// HTTP status of `status`, 400 to 599.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Seconds of `clock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
}

impl Fault {
    /// A rule that hits every call of one interface.
    pub fn new(interface: Interface, kind: Kind) -> Fault {
        Fault { interface: Some(interface), ..Fault::any(kind) }
    }

    /// A rule that hits every call the kind applies to.
    pub fn any(kind: Kind) -> Fault {
        Fault {
            interface: None,
            kind,
            person: None,
            nth: None,
            times: None,
            probability: None,
            seed: None,
            ms: None,
            status: None,
            seconds: None,
        }
    }

    /// What is wrong with a rule, and what would be right.
    pub fn check(&self) -> Result<(), String> {
        let name = self.kind.name();
        if let Some(interface) = self.interface.filter(|interface| !self.kind.applies_to(*interface)) {
            return Err(format!("kind {name} cannot happen to {}: see /_sandbox/faults/kinds", interface.name()));
        }
        if self.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return Err("probability must be between 0 and 1".to_owned());
        }
        if self.status.is_some_and(|status| !(400..=599).contains(&status)) {
            return Err("status must be between 400 and 599".to_owned());
        }
        if self.nth == Some(0) {
            return Err("nth counts from 1".to_owned());
        }
        if self.ms.is_some_and(|ms| ms > 600_000) {
            return Err("ms must be at most 600000, ten minutes".to_owned());
        }
        if self.kind == Kind::Clock && self.person.is_some() {
            return Err("kind clock acts before the person is known: leave person out".to_owned());
        }
        Ok(())
    }
}

mod any_interface {
    use super::Interface;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(interface: &Option<Interface>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(interface.map_or("any", Interface::name))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Interface>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "any" {
            return Ok(None);
        }
        let known = Interface::ALL.into_iter().find(|interface| interface.name() == text);
        known.map(Some).ok_or_else(|| {
            de::Error::custom("interface must be issue_user_token, display, verify_scan, verify_id or any")
        })
    }
}

/// A rule with its number and its counters.
#[derive(Debug, Serialize)]
pub struct Rule {
    /// The number `POST /_sandbox/faults` gave.
    pub id: u64,
    /// The rule.
    #[serde(flatten)]
    pub fault: Fault,
    /// Matching calls so far.
    pub seen: u64,
    /// How often it fired.
    pub fired: u64,
    #[serde(skip)]
    random: fastrand::Rng,
}

/// All rules.
#[derive(Debug, Default)]
pub struct FaultBook {
    rules: Vec<Rule>,
    last_id: u64,
}

impl FaultBook {
    /// Adds a rule and gives its number.
    pub fn add(&mut self, fault: Fault) -> u64 {
        self.last_id += 1;
        let random = fastrand::Rng::with_seed(fault.seed.unwrap_or(self.last_id));
        self.rules.push(Rule { id: self.last_id, fault, seen: 0, fired: 0, random });
        self.last_id
    }

    /// All rules, oldest first.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Removes every rule.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// Removes one rule; whether it was there.
    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    /// By how many seconds a `clock` rule shifts this call; asked before the request is looked at.
    pub fn clock_shift(&mut self, interface: Interface) -> Option<i64> {
        self.fire(interface, None, true).map(|fault| fault.seconds.unwrap_or(3600))
    }

    /// The fault of this call, if any; asked once the person is known.
    pub fn pick(&mut self, interface: Interface, person: Option<&str>) -> Option<Fault> {
        self.fire(interface, person, false)
    }

    fn fire(&mut self, interface: Interface, person: Option<&str>, clock: bool) -> Option<Fault> {
        let mut hit = None;
        for rule in self.rules.iter_mut().filter(|rule| (rule.fault.kind == Kind::Clock) == clock) {
            // Every matching rule counts the call; the oldest that fires is applied.
            if rule.matches(interface, person) && rule.fires(hit.is_none()) {
                hit = Some(rule.fault.clone());
            }
        }
        hit
    }
}

impl Rule {
    fn matches(&self, interface: Interface, person: Option<&str>) -> bool {
        self.fault.interface.is_none_or(|only| only == interface)
            && self.fault.kind.applies_to(interface)
            && self.fault.person.as_deref().is_none_or(|only| person.is_some_and(|it| it.eq_ignore_ascii_case(only)))
    }

    fn fires(&mut self, free: bool) -> bool {
        self.seen += 1;
        let lucky = self.fault.probability.is_none_or(|probability| self.random.f64() < probability);
        let due = self.fault.nth.is_none_or(|nth| nth == self.seen);
        let left = self.fault.times.is_none_or(|times| self.fired < times);
        let fires = free && lucky && due && left;
        self.fired += u64::from(fires);
        fires
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn nth_times_person_and_probability() {
        let mut book = FaultBook::default();
        book.add(Fault { nth: Some(2), ..Fault::new(Interface::VerifyId, Kind::Html) });
        book.add(Fault { times: Some(1), ..Fault::any(Kind::Empty) });
        book.add(Fault { person: Some("a1x".into()), ..Fault::any(Kind::NotJson) });
        let mut pick = |interface, person| book.pick(interface, person).map(|fault| fault.kind);
        assert_eq!(pick(Interface::VerifyId, None), Some(Kind::Empty));
        assert_eq!(pick(Interface::VerifyId, None), Some(Kind::Html));
        assert_eq!(pick(Interface::VerifyScan, None), None);
        assert_eq!(pick(Interface::VerifyScan, Some("A1X")), Some(Kind::NotJson));

        let count = |seed| {
            let mut book = FaultBook::default();
            book.add(Fault { probability: Some(0.3), seed: Some(seed), ..Fault::any(Kind::Empty) });
            (0..1000).filter(|_| book.pick(Interface::VerifyId, None).is_some()).count()
        };
        assert_eq!(count(5), count(5));
        assert!((200..400).contains(&count(5)));
    }

    #[test]
    fn rules_that_cannot_be_are_refused() {
        let read = |json: &str| serde_json::from_str::<Fault>(json).map_err(|error| error.to_string());
        assert!(read(r#"{"interface":"verify_it","kind":"html"}"#).unwrap_err().contains("verify_scan"));
        assert!(read(r#"{"kind":"htm"}"#).unwrap_err().contains("unknown variant"));
        let rule = read(r#"{"interface":"verify_scan","kind":"wrong_key"}"#).unwrap();
        assert!(rule.check().unwrap_err().contains("cannot happen to verify_scan"));
        assert_eq!(read(r#"{"kind":"html"}"#).unwrap().interface, None);
    }
}
