//! The four service interfaces of the Jiangsu health code (苏康码, SKM), DB32/T 3761.46-2021: issue a user token,
//! display the page, verify a scanned code, verify a certificate number.
//!
//! ```no_run
//! use skm::{Client, Consent, ScanRequest};
//!
//! fn gate(scanned: &str) -> Result<bool, skm::Error> {
//!     let client = Client::open("skm.toml")?;
//!     let request = ScanRequest::new(scanned, Consent::explicit("notice A-12"));
//!     Ok(client.verify_scan(&request)?.is_green())
//! }
//! ```
//!
//! # The map of the house
//! - [`client`], [`batch`]: what a caller does, once;
//! - [`config`], [`dialect`]: what a unit is given, and what may differ between platform editions;
//! - [`interfaces`]: one file per interface of the standard, pure;
//! - [`wire`]: how bytes are made and read; `wire/http` is the only folder that knows sockets;
//! - [`person`], [`verdict`], [`error`]: rules that are types;
//! - [`audit`]: the evidence log;
//! - [`platform`]: the other side of the wire.
//!
//! A call walks request → check → encode → sign or encrypt → HTTP → decrypt → decode → result, and never back.
//!
//! # Promises
//! Nothing but a well-formed green answer is green. `Debug`, `Display` and errors hold no personal data and no secret.
//! No call outlives its deadline by more than 50 ms, whatever the disk under the evidence log does. Nothing prints;
//! [`log`] records carry masked values only.

#![forbid(unsafe_code)]

#[cfg(feature = "evidence")]
pub mod audit;
#[cfg(not(feature = "evidence"))]
#[path = "audit/absent.rs"]
pub mod audit;
pub mod batch;
pub mod client;
pub mod clock;
pub mod config;
pub mod dialect;
pub mod error;
pub mod interfaces;
pub mod json;
pub mod member;
pub mod person;
pub mod platform;
mod settings;
mod submit;
pub mod verdict;
pub mod wire;

pub use batch::{BatchOptions, Check, Checked, Progress};
pub use client::{Client, Measured, Probe};
pub use config::Config;
pub use dialect::Dialect;
pub use error::{Error, ErrorKind, Reason, Result};
pub use interfaces::Interface;
pub use interfaces::display::DisplayUrl;
pub use interfaces::id::{IdRequest, IdResult};
pub use interfaces::scan::{ScanRequest, ScanResult};
pub use interfaces::user_token::{UserToken, UserTokenRequest};
pub use person::Consent;
pub use verdict::{Level, Unverified, Verdict, WhenUnreachable};
pub use wire::deadline::Cancel;
pub use wire::json::JsonObject;

/// The examples of the crate's page, which `cargo test --doc` compiles.
#[cfg(doctest)]
#[doc = include_str!("../docs/rust.md")]
struct Page;
