//! A configuration from dotted keys: what `skm.Client` makes of a dict or keyword arguments.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};
use skm::ErrorKind;
use skm::config::Config;
use skm::error::{KeyName, SafeText};

use crate::error::{argument, raise};
use crate::fence::fence;
use crate::text::required;

/// Checks everything.
///
/// # Errors
/// As the core's builder; `config_invalid` for a value that is neither text, whole number nor truth value.
pub fn build(py: Python<'_>, pairs: Vec<(String, Bound<'_, PyAny>)>) -> PyResult<Config> {
    let mut builder = Config::builder();
    for (key, value) in pairs {
        // bool before int: in Python the one is the other.
        builder = if value.is_instance_of::<PyBool>() {
            builder.set(&key, value.extract::<bool>()?)
        } else if value.is_instance_of::<PyInt>() {
            builder.set(&key, value.extract::<i64>().unwrap_or(i64::MAX))
        } else if value.is_instance_of::<PyString>() {
            builder.set(&key, required::<String>(&key, &value)?)
        } else {
            let name = KeyName::of(&key);
            let text = SafeText::new("{} must be str, int or bool", "{} 须为 str、int 或 bool", &[&name]);
            return Err(argument(py, ErrorKind::ConfigInvalid, &name.to_string(), text));
        };
    }
    fence(|| builder.build()).map_err(|error| raise(py, &error))
}
