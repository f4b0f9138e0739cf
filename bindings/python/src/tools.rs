//! What the wheel carries beside the client: the sandbox as an object, for tests of programs that use the package, and
//! the command.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use skm_fork::Process;
use skm_sandbox::{Options, Sandbox as CoreSandbox, StartError};

use crate::error::raise;
use crate::fence::fence;
use crate::leaving::without_gil;

/// A running sandbox on a free loopback port, on a thread of its own that never enters the interpreter.
#[pyclass(frozen, module = "skm._native")]
pub struct Sandbox {
    url: String,
    config: String,
    process: Process,
    running: Mutex<Option<CoreSandbox>>,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if self.process.is_another() {
            // A forked child has no such thread to wait for.
            std::mem::forget(self.running.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

#[pymethods]
impl Sandbox {
    #[new]
    #[pyo3(signature = (seed, lenient=false))]
    fn new(py: Python<'_>, seed: u64, lenient: bool) -> PyResult<Sandbox> {
        let options = Options { seed, lenient, ..Options::on_free_port() };
        let started =
            without_gil(py, || fence(|| Ok(CoreSandbox::start(options)))).map_err(|error| raise(py, &error))?;
        let sandbox = started.map_err(|error| match error {
            StartError::Listen(..) | StartError::Thread(_) => PyOSError::new_err(error.to_string()),
            other => PyValueError::new_err(other.to_string()),
        })?;
        Ok(Sandbox {
            url: sandbox.base_url(),
            config: sandbox.config_toml(),
            process: Process::this(),
            running: Mutex::new(Some(sandbox)),
        })
    }

    #[getter]
    fn url(&self) -> &str {
        &self.url
    }

    /// A complete skm.toml.
    #[getter]
    fn config(&self) -> &str {
        &self.config
    }

    /// Stops it; again does nothing.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        if self.process.is_another() {
            return Ok(());
        }
        let sandbox = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let drop = || {
            drop(sandbox);
            Ok(())
        };
        without_gil(py, || fence(drop)).map_err(|error| raise(py, &error))
    }
}

/// The command `skm` with these arguments, its own name first; gives the exit code.
#[pyfunction]
pub fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
    without_gil(py, || fence(|| Ok(skm_cli::run(arguments)))).map_err(|error| raise(py, &error))
}
