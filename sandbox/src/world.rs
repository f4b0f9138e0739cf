//! Everything the sandbox remembers, in memory.

use std::sync::Arc;

use jiff::civil::Date;
use skm::dialect::{Dialect, GatewayMethod};
use skm::platform::IdKeys;

use crate::clock::{ClockSetting, Moment};
use crate::codes::Codes;
use crate::credentials::Credentials;
use crate::faults::{FaultBook, Interface};
use crate::journal::Journal;
use crate::options::{Options, StartError};
use crate::people::People;
use crate::settings::Settings;
use crate::tokens::Tokens;
use crate::{paths, people_file};

/// The state of one sandbox.
pub struct World {
    /// What may differ between platform editions.
    pub dialect: Arc<Dialect>,
    /// What the one client unit was given.
    pub credentials: Credentials,
    /// Opens what the unit sends to interface 4 and seals what it is answered.
    pub keys: IdKeys,
    /// Takes what a real platform would.
    pub lenient: bool,
    /// Everyone known.
    pub people: People,
    /// User tokens.
    pub tokens: Tokens,
    /// QR codes.
    pub codes: Codes,
    /// Fault rules.
    pub faults: FaultBook,
    /// How answers are spelled.
    pub settings: Settings,
    /// The clock.
    pub clock: ClockSetting,
    /// The journal.
    pub journal: Journal,
    /// What `reset` goes back to.
    at_start: Options,
}

impl World {
    /// The world that the options describe.
    pub fn new(options: Options) -> Result<World, StartError> {
        for fault in &options.faults {
            fault.check().map_err(StartError::Fault)?;
        }
        let dialect = Arc::clone(&options.dialect);
        paths::check(&dialect)?;
        let credentials = Credentials::from_seed(options.seed);
        let mut people = People::invented(options.seed);
        for file in &options.people {
            people_file::read(file, options.seed, today(options.clock.now()))?.into_iter().for_each(|p| people.add(p));
        }
        people.seal();
        let mut world = World {
            keys: IdKeys::new(&credentials.auth_key, &credentials.body_key, &dialect.id),
            lenient: options.lenient,
            tokens: Tokens::new(options.seed, options.token_life),
            codes: Codes::new(options.seed, options.qr_life, dialect.qr.clone()),
            faults: FaultBook::default(),
            settings: options.settings,
            clock: options.clock,
            journal: Journal::default(),
            at_start: options,
            dialect,
            credentials,
            people,
        };
        world.add_start_faults();
        Ok(world)
    }

    /// Back to the state after the start: faults, clock, settings, journal, tokens, codes and quiet profiles.
    pub fn reset(&mut self) {
        let options = &self.at_start;
        self.tokens = Tokens::new(options.seed, options.token_life);
        self.codes = Codes::new(options.seed, options.qr_life, self.dialect.qr.clone());
        self.faults.clear();
        self.settings = options.settings;
        self.clock = options.clock;
        self.journal = Journal::default();
        self.people.forget_created();
        self.add_start_faults();
    }

    fn add_start_faults(&mut self) {
        for fault in self.at_start.faults.clone() {
            self.faults.add(fault);
        }
    }

    /// The platform's time for one call: the clock, shifted by a `clock` fault.
    pub fn call_time(&mut self, interface: Interface) -> CallTime {
        let shift = self.faults.clock_shift(interface);
        CallTime { now: self.clock.now().plus_seconds(shift.unwrap_or(0)), shifted: shift.is_some() }
    }

    /// The one method an interface answers to.
    pub fn allowed_method(&self, interface: Interface) -> &'static str {
        match interface {
            Interface::Display => "GET",
            Interface::IssueUserToken if self.dialect.user_token.method == GatewayMethod::Query => "GET",
            _ => "POST",
        }
    }
}

/// When a call happens, as the platform sees it.
#[derive(Debug, Clone, Copy)]
pub struct CallTime {
    /// The platform's time.
    pub now: Moment,
    /// Whether a fault shifted it.
    pub shifted: bool,
}

/// The date in China.
pub fn today(now: Moment) -> Date {
    now.china().date()
}
