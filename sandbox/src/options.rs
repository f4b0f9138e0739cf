//! How a sandbox is started.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use skm::dialect::Dialect;
use skm::error::IoReason;

use crate::clock::ClockSetting;
use crate::faults::Fault;
use crate::people_file::PeopleFileError;
use crate::settings::Settings;

/// Everything that can be chosen. `Options::default()` is a sandbox on `127.0.0.1:8460`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Allows an address that is not loopback. The sandbox has no access control: everyone who reaches it can do
    /// everything.
    pub allow_remote: bool,
    /// Names, beside this machine's own and plain IP addresses, under which pages and admin paths may be asked for.
    pub host_names: Vec<String>,
    /// Takes what a real platform would take beyond the specification, see the README: for tests of a client of one's
    /// own. Without it the sandbox is strict.
    pub lenient: bool,
    /// Decides the credentials, the invented people and the course of random things.
    pub seed: u64,
    /// Files with more people.
    pub people: Vec<PathBuf>,
    /// Fault rules from the start on; `reset` comes back to them.
    pub faults: Vec<Fault>,
    /// The clock.
    pub clock: ClockSetting,
    /// How long a QR code lives.
    pub qr_life: Duration,
    /// How long a user token lives.
    pub token_life: Duration,
    /// How answers are spelled.
    pub settings: Settings,
    /// The platform edition.
    pub dialect: Arc<Dialect>,
    /// The value of `dialect` in [`crate::Sandbox::config_toml`]: a path, where [`Options::dialect`] came from a file.
    pub dialect_name: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8460)),
            allow_remote: false,
            host_names: Vec::new(),
            lenient: false,
            seed: 1,
            people: Vec::new(),
            faults: Vec::new(),
            clock: ClockSetting::Real,
            qr_life: Duration::from_secs(60),
            token_life: Duration::from_secs(1800),
            settings: Settings::default(),
            dialect: Dialect::built_in(),
            dialect_name: skm::dialect::BUILT_IN.to_owned(),
        }
    }
}

impl Options {
    /// A sandbox on a free loopback port, as tests want it.
    pub fn on_free_port() -> Options {
        Options { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), ..Options::default() }
    }
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A non-loopback address without [`Options::allow_remote`].
    #[error("{0} is not a loopback address: the sandbox has no access control; allow it explicitly or use 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {reason}; use port 0 for a free one", reason = IoReason::of(.1))]
    Listen(SocketAddr, std::io::Error),
    /// The runtime or its thread could not be made.
    #[error("cannot start the sandbox's thread: {reason}", reason = IoReason::of(.0))]
    Thread(std::io::Error),
    /// A people file was refused.
    #[error(transparent)]
    People(#[from] PeopleFileError),
    /// The dialect's paths cannot all be served.
    #[error("dialect: path {0} is used twice, belongs to the sandbox itself (/_sandbox, /h5) or holds a brace or star")]
    Path(String),
    /// A fault rule was refused.
    #[error("fault rule: {0}")]
    Fault(String),
}
