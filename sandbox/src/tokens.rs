//! User tokens of interface 1.

use std::collections::HashMap;
use std::time::Duration;

use crate::clock::Moment;
use crate::credentials::hex;

/// More than this many remembered tokens: the expired ones are dropped.
const REMEMBERED: usize = 20_000;

/// What interface 1 hands out.
#[derive(Clone)]
pub struct UserToken {
    /// 64 lower-case hex.
    pub token: String,
    /// `P`, `yyyyMMddHHmmssSSS` and 7 digits.
    pub uuid: String,
}

/// Why a page does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// Never issued here.
    Unknown,
    /// Its time is over.
    Expired,
    /// The UUID belongs to another token.
    WrongUuid,
}

struct Entry {
    uuid: String,
    number: String,
    expires: Moment,
}

/// All tokens in circulation.
pub struct Tokens {
    life: Duration,
    random: fastrand::Rng,
    known: HashMap<String, Entry>,
}

impl Tokens {
    /// None yet.
    pub fn new(seed: u64, life: Duration) -> Tokens {
        Tokens { life, random: fastrand::Rng::with_seed(seed ^ 0x746f_6b65), known: HashMap::new() }
    }

    /// A token for the person with this certificate number.
    pub fn issue(&mut self, number: &str, now: Moment) -> UserToken {
        if self.known.len() >= REMEMBERED {
            self.known.retain(|_, entry| entry.expires > now);
        }
        let token = hex(&std::array::from_fn::<u8, 32, _>(|_| self.random.u8(..)));
        let stamp = now.china().strftime("%Y%m%d%H%M%S");
        let uuid = format!("P{stamp}{:03}{:07}", now.0.rem_euclid(1000), self.random.u32(0..10_000_000));
        let expires = Moment(now.0.saturating_add(i64::try_from(self.life.as_millis()).unwrap_or(i64::MAX)));
        self.known.insert(token.clone(), Entry { uuid: uuid.clone(), number: number.to_owned(), expires });
        UserToken { token, uuid }
    }

    /// The certificate number of the person a token stands for.
    pub fn person(&self, token: &str, uuid: Option<&str>, now: Moment) -> Result<&str, TokenFault> {
        let entry = self.known.get(token).ok_or(TokenFault::Unknown)?;
        if entry.expires <= now {
            return Err(TokenFault::Expired);
        }
        if uuid.is_some_and(|uuid| uuid != entry.uuid) {
            return Err(TokenFault::WrongUuid);
        }
        Ok(&entry.number)
    }
}
