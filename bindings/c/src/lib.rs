//! libskm: the core for C and C++. Handles, conversion and a panic fence; no rule of the standard lives here.
//!
//! `include/skm.h` is generated from these files (`make header`): their comments are the manual of C programmers.
//!
//! # The map
//! - [`boundary`]: the only file that trusts pointers; [`fence`]: every entry runs inside it;
//! - [`failure`], [`error`], [`text`]: what goes wrong, and texts in UTF-8 or GBK;
//! - [`client`], [`config`], [`cancel`]: the client; [`fork`]: whose it is;
//! - [`user_token`], [`scan`], [`id`], [`many`], [`pending`]: the calls;
//! - [`checks`], [`mask`], [`cipher`], [`platform_gateway`], [`platform_id`], [`platform_scan`]: without a network;
//! - [`logging`], [`version`].

#![allow(non_camel_case_types, reason = "the names are those of the C header")]

pub mod boundary;
pub mod cancel;
pub mod checks;
pub mod cipher;
pub mod client;
pub mod config;
pub mod error;
pub mod failure;
pub mod fence;
pub mod fork;
pub mod id;
pub mod logging;
pub mod many;
pub mod mask;
pub mod pending;
pub mod platform_gateway;
pub mod platform_id;
pub mod platform_scan;
pub mod scan;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod user_token;
pub mod verdict;
pub mod version;
