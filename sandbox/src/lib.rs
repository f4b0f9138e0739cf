//! A strict SKM province platform on loopback: the four interfaces of DB32/T 3761.46-2021, checked as a platform would,
//! with invented people, explained refusals, faults on demand and the H5 page.
//!
//! ```no_run
//! use skm_sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::on_free_port())?;
//! println!("{}\n{}", sandbox.base_url(), sandbox.config_toml());
//! # Ok::<(), skm_sandbox::StartError>(())
//! ```
//!
//! A request goes one way: `server` (connection) → `routes` (the whole body, `visitors`, path) → `interfaces` (decision) →
//! `answer` (fault, journal, bytes) → `server`. Signatures, bodies and answers are read and made by [`skm::platform`]; what
//! stands here is what a strict platform checks beyond, and why it refuses. Everything remembered is in `world`, which
//! knows none of these; no file depends on itself by way of others.

#![forbid(unsafe_code)]

mod admin;
mod admin_pages;
mod answer;
mod clock;
mod codes;
mod config_text;
mod credentials;
mod echo;
mod explain;
mod faults;
mod interfaces;
mod journal;
mod magic;
mod options;
mod own;
mod page;
mod paths;
mod people;
mod people_file;
mod reply;
mod routes;
mod sandbox;
mod server;
mod settings;
mod shared;
mod text;
mod tokens;
mod visitors;
mod world;

pub use clock::ClockSetting;
pub use config_text::CONFIG_MARK;
pub use faults::{Fault, Interface, Kind, KindInfo};
pub use journal::{Entry, Field};
pub use options::{Options, StartError};
pub use people::{Level, Person};
pub use people_file::PeopleFileError;
pub use sandbox::Sandbox;
pub use settings::{CodeForm, DataForm, IdData, LevelForm, Settings};
