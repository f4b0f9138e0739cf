//! Configuration without a file.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use skm::Config;
use skm::clock::{Clock, FrozenClock, SystemClock};
use zeroize::Zeroizing;

use crate::boundary::{self, Out};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::text::Encoding;

/// A configuration under construction: the keys of the configuration file, such as `scan.token`, one by one. Use it
/// from one thread at a time. Make clients from it with skm_client_new(); free it with skm_config_free().
pub struct skm_config {
    values: Vec<(String, Zeroizing<String>)>,
    frozen: Option<SystemTime>,
}

impl skm_config {
    pub(crate) fn build(&self) -> Result<Config, Failure> {
        let set = |builder: skm::config::Builder, (key, value): &(String, Zeroizing<String>)| {
            builder.set(key, value.as_str())
        };
        Ok(self.values.iter().fold(Config::builder(), set).build()?)
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        match self.frozen {
            Some(time) => Arc::new(FrozenClock(time)),
            None => Arc::new(SystemClock),
        }
    }
}

/// Starts an empty configuration. It goes to `*config`. Any thread.
///
/// Errors: SKM_ERROR_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn skm_config_new(config: *mut *mut skm_config, error: *mut *mut skm_error) -> skm_status {
    call("skm_config_new", error, || {
        Out::new(config, "config")?.give(skm_config { values: Vec::new(), frozen: None });
        Ok(())
    })
}

/// Sets a key, such as `scan.url` or `http.deadline_ms`, to a value; numbers and `true`/`false` are given as text. A
/// later value replaces an earlier one. Both are copied. What is wrong with them is said by skm_client_new().
///
/// Errors: SKM_ERROR_NULL_ARGUMENT, SKM_ERROR_INPUT_ENCODING.
#[unsafe(no_mangle)]
pub extern "C" fn skm_config_set(
    config: Option<&mut skm_config>,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_config_set", error, || {
        let config = config.ok_or_else(|| Failure::null("config"))?;
        let key = boundary::required(key, "key", Encoding::Utf8)?;
        let value = boundary::required(value, "value", Encoding::Utf8)?;
        config.values.push((key.into_owned(), Zeroizing::new(value.into_owned())));
        Ok(())
    })
}

/// Makes clients of this configuration take the time from here instead of the machine's clock: seconds since 1970. For
/// tests. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn skm_config_freeze_clock(config: Option<&mut skm_config>, unix_seconds: u64) {
    fence("skm_config_freeze_clock", (), || {
        if let Some(config) = config {
            config.frozen = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(unix_seconds));
        }
    });
}

/// Wipes and frees a configuration. Clients made from it are not touched. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn skm_config_free(config: Option<Box<skm_config>>) {
    fence("skm_config_free", (), || drop(config));
}
