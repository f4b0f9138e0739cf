//! The client: one core client per process, calls with the GIL released.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyString;
use skm::clock::Clock;
use skm::config::Config;
use skm::error::SafeText;
use skm::person::Secret;
use skm::{Cancel, ErrorKind, UserToken};
use zeroize::Zeroizing;

use crate::completions::Completions;
use crate::error::{argument, raise};
use crate::fence::fence;
use crate::leaving::without_gil;
use crate::request::{Request, moment};
use crate::settings;
use crate::text::{optional, required};

/// How long `close` waits for running calls to leave; they have been told to end at once.
const LEAVE: Duration = Duration::from_secs(2);

/// A core client for each process: a core client that came here through `fork()` is left alone, and the child opens its
/// own with the first call. The mutex is only taken with the GIL held and never across a release of it, so it is free
/// whenever Python forks.
#[pyclass(frozen, module = "skm._native")]
pub struct Client {
    config: Config,
    frozen_at: Option<SystemTime>,
    /// Of this object, in the child of the process that closed it too.
    closed: AtomicBool,
    here: Mutex<Here>,
}

/// A core client and how many calls are running on it.
#[derive(Clone)]
struct Here {
    client: skm::Client,
    calls: Arc<AtomicUsize>,
}

/// Counts a call for as long as it lives.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn enter(calls: &Arc<AtomicUsize>) -> Running {
        calls.fetch_add(1, Ordering::AcqRel);
        Running(Arc::clone(calls))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A clock that stands still.
#[derive(Debug)]
struct Frozen(SystemTime);

impl Clock for Frozen {
    fn now(&self) -> SystemTime {
        self.0
    }
}

/// Opens a client for this process. The GIL is released: other processes may have their turn on the evidence log, for
/// seconds at worst.
fn open(py: Python<'_>, config: &Config, frozen_at: Option<SystemTime>) -> skm::Result<skm::Client> {
    let open = || match frozen_at {
        None => skm::Client::new(config.clone()),
        Some(now) => skm::Client::with_clock(config.clone(), Arc::new(Frozen(now))),
    };
    without_gil(py, || fence(open))
}

impl Client {
    /// The core client of this process, and its count of calls.
    fn here(&self, py: Python<'_>) -> PyResult<(skm::Client, Arc<AtomicUsize>)> {
        self.of_this_process(py).map_err(|error| raise(py, &error))
    }

    fn of_this_process(&self, py: Python<'_>) -> skm::Result<(skm::Client, Arc<AtomicUsize>)> {
        let mut here = self.known();
        if here.client.is_inherited() {
            if self.closed.load(Ordering::Acquire) {
                return Err(ErrorKind::Closed.into());
            }
            let client = open(py, &self.config, self.frozen_at)?;
            let mut current = self.lock();
            // Another thread of the child may have opened one meanwhile; then ours goes.
            if current.client.is_inherited() {
                *current = Here { client, calls: Arc::default() };
            }
            here = current.clone();
            // Closed meanwhile, by a thread that may have seen the parent's client only.
            if self.closed.load(Ordering::Acquire) {
                here.client.close();
            }
        }
        Ok((here.client, here.calls))
    }

    /// The core client as it is, which may be the parent's.
    fn known(&self) -> Here {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Here> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_deadline(&self, py: Python<'_>, seconds: Option<f64>) -> PyResult<(skm::Client, Arc<AtomicUsize>)> {
        let (client, calls) = self.here(py)?;
        let Some(seconds) = seconds else { return Ok((client, calls)) };
        // The same range as http.deadline_ms.
        if !(0.001..=600.0).contains(&seconds) {
            let text = SafeText::new("deadline must be 0.001 to 600 seconds", "deadline 须为 0.001 至 600 秒", &[]);
            return Err(argument(py, ErrorKind::InputInvalid, "deadline", text));
        }
        Ok((client.with_deadline(Duration::from_secs_f64(seconds)), calls))
    }
}

#[pymethods]
impl Client {
    /// `path` or `pairs` of dotted keys and values; `max_connections` overrides either; `frozen_at` is for tests.
    #[new]
    #[pyo3(signature = (path, pairs, max_connections=None, frozen_at=None))]
    fn new(
        py: Python<'_>,
        path: Option<std::path::PathBuf>,
        pairs: Vec<(String, Bound<'_, PyAny>)>,
        max_connections: Option<usize>,
        frozen_at: Option<f64>,
    ) -> PyResult<Client> {
        let mut config = match path {
            Some(path) => fence(|| Config::load(path)).map_err(|error| raise(py, &error))?,
            None => settings::build(py, pairs)?,
        };
        if let Some(most) = max_connections {
            config.http.max_connections = most;
        }
        let frozen_at = frozen_at.map(|seconds| moment(py, "frozen_at", seconds)).transpose()?;
        let client = open(py, &config, frozen_at).map_err(|error| raise(py, &error))?;
        let here = Mutex::new(Here { client, calls: Arc::default() });
        Ok(Client { config, frozen_at, closed: AtomicBool::new(false), here })
    }

    /// Makes a call on this thread, the GIL released.
    fn call<'py>(&self, py: Python<'py>, request: &Request, deadline: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
        let (client, calls) = self.with_deadline(py, deadline)?;
        let running = Running::enter(&calls);
        let result = without_gil(py, || fence(|| request.run(&client)));
        drop(running);
        match result {
            Ok(answer) => answer.to_python(py),
            Err(error) => Err(raise(py, &error)),
        }
    }

    /// Makes a call on a thread of the library; its result arrives in `completions` under `ticket`.
    fn submit(
        &self,
        py: Python<'_>,
        request: &Request,
        deadline: Option<f64>,
        completions: &Completions,
        ticket: u64,
    ) -> PyResult<Call> {
        let (client, _) = self.with_deadline(py, deadline)?;
        let arrivals = completions.arrivals();
        let submitted = fence(|| client.submit(request.to_call(), move |result| arrivals.push(ticket, result)));
        let cancel = submitted.map_err(|error| raise(py, &error))?;
        Ok(Call { cancel })
    }

    /// Interface 2.
    fn display_url<'py>(
        &self,
        py: Python<'py>,
        token: &Bound<'py, PyAny>,
        uuid: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyString>> {
        let (client, _) = self.here(py)?;
        let user = UserToken::new(required::<Secret>("token", token)?, optional("uuid", uuid)?);
        let url = fence(|| client.display_url(&user)).map_err(|error| raise(py, &error))?;
        Ok(PyString::new(py, url.expose()))
    }

    /// Text as sent, code and division of a scanned text.
    fn check_qr<'py>(&self, py: Python<'py>, scanned: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (client, _) = self.here(py)?;
        let scanned: Zeroizing<String> = required("qr_text", scanned)?;
        let qr = fence(|| client.check_qr(&scanned)).map_err(|error| raise(py, &error))?;
        (qr.expose(), qr.code(), qr.division()).into_bound_py_any(py)
    }

    /// Ends running calls with `closed` and waits, with the GIL released, until they have left. In a child that has made
    /// no call there is nothing to end.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.closed.store(true, Ordering::Release);
        let Here { client, calls } = self.known();
        if client.is_inherited() {
            return Ok(());
        }
        let close = || {
            client.close();
            let until = Instant::now() + LEAVE;
            while calls.load(Ordering::Acquire) > 0 && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(())
        };
        without_gil(py, || fence(close)).map_err(|error| raise(py, &error))
    }

    #[getter]
    fn closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Of this process: a child that has made no call has none.
    #[getter]
    fn audit_failures(&self) -> u64 {
        let client = self.known().client;
        if client.is_inherited() { 0 } else { client.audit_failures() }
    }

    #[getter]
    fn max_connections(&self) -> usize {
        self.config.http.max_connections
    }

    /// Seconds.
    #[getter]
    fn deadline(&self) -> f64 {
        self.config.http.deadline.as_secs_f64()
    }
}

/// One submitted call.
#[pyclass(frozen, module = "skm._native")]
pub struct Call {
    cancel: Cancel,
}

#[pymethods]
impl Call {
    /// Ends the call; its result will be `closed`. In a forked child nothing happens: the connection is the parent's.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        without_gil(py, || {
            fence(|| {
                self.cancel.cancel();
                Ok(())
            })
        })
        .map_err(|error| raise(py, &error))
    }
}
