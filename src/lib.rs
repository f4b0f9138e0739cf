//! The four service interfaces of the Jiangsu health code (苏康码, SKM), DB32/T 3761.46-2021.
pub mod config;
pub mod dialect;
pub mod error;
pub mod interfaces;
pub mod person;
pub mod platform;
mod settings;
pub mod verdict;
pub mod wire;

pub use error::{Error, ErrorKind, Result};
