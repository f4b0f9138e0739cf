//! One file per interface of the standard: its request, its answer, nothing else. Pure: no clock, no socket.

pub mod display;
pub mod id;
pub mod qr;
pub mod scan;
pub mod user_token;

use std::fmt;
use std::time::SystemTime;

use crate::audit::Subject;
use crate::config::Config;
use crate::error::Result;
use crate::member::Request;
use crate::person::PersonName;
use crate::wire::{Answer, Outgoing};

/// Setters of a request's optional members, for building it in one expression.
macro_rules! setters {
    ($($(#[$doc:meta])* $setter:ident $member:ident: $type:ty),* $(,)?) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $setter(mut self, value: impl Into<$type>) -> Self {
                self.$member = Some(value.into());
                self
            }
        )*
    };
}
use setters;

/// The four interfaces: the standard has no more, so a match on them may be complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Interface {
    /// 江苏政务服务生成用户令牌接口, Annex A.
    UserToken,
    /// 苏康码亮码接口, clause 6.2.
    Display,
    /// 苏康码扫码核验接口, Annex B.
    Scan,
    /// 苏康码证件号码核验接口, Annexes C and D.
    Id,
}

impl Interface {
    /// All four, in the order of the standard.
    pub const ALL: [Interface; 4] = [Interface::UserToken, Interface::Display, Interface::Scan, Interface::Id];

    /// The name of the call: `issue_user_token`, `display_url`, `verify_scan` or `verify_id`.
    pub const fn name(self) -> &'static str {
        match self {
            Interface::UserToken => "issue_user_token",
            Interface::Display => "display_url",
            Interface::Scan => "verify_scan",
            Interface::Id => "verify_id",
        }
    }

    /// The interface whose call has this name.
    pub fn from_name(name: &str) -> Option<Interface> {
        Interface::ALL.into_iter().find(|interface| interface.name() == name)
    }

    /// Whether calling twice changes nothing (interfaces 3 and 4), so that a lost call may be repeated.
    pub(crate) const fn is_pure_question(self) -> bool {
        matches!(self, Interface::Scan | Interface::Id)
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the client needs of a request to make its call. Not for others to implement.
pub trait Exchange: Request {
    /// What the answer is held against.
    type Asked;

    /// Whether the request cannot be made or checked without a clock that is right.
    fn is_judged_by_clock(&self) -> bool {
        false
    }

    /// Checks the request and makes its bytes.
    fn encode(&self, config: &Config, now: SystemTime) -> Result<(Outgoing, Self::Asked)>;

    /// Reads an answer to it.
    fn decode(answer: &Answer, asked: &Self::Asked, config: &Config, now: SystemTime) -> Result<Self::Answer>;

    /// Whom it is about, for the evidence log.
    fn subject(&self, config: &Config) -> Option<Subject>;

    /// Who asks, for the evidence log.
    fn verifier<'a>(&'a self, _: &'a Config) -> Option<&'a PersonName> {
        None
    }
}
