//! Results of submitted calls, waiting for a Python thread to fetch them.
//!
//! The library's threads only push here and write one byte to a socket: they never enter the interpreter. So they need
//! no GIL, and an interpreter that shuts down cannot trip over them.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::answer::Answer;
use crate::error::exception;
use crate::leaving::{into_python, without_gil};

/// How often a wait looks for Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(50);

type Done = (u64, skm::Result<Answer>);
type Fetched<'py> = (u64, Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>);

/// The place where results arrive.
pub struct Arrivals {
    done: Mutex<Vec<Done>>,
    some: Condvar,
    wake: UnixStream,
}

impl Arrivals {
    /// Called by a library thread.
    pub fn push(&self, ticket: u64, result: skm::Result<Answer>) {
        self.put(vec![(ticket, result)]);
    }

    fn put(&self, mut results: Vec<Done>) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let first = done.is_empty();
        done.append(&mut results);
        drop(done);
        self.some.notify_one();
        if first {
            // A full socket already holds the byte that wakes the reader.
            let _ = (&self.wake).write(&[1]);
        }
    }

    fn take(&self) -> Vec<Done> {
        std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wait(&self, until: Instant) {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let left = until.saturating_duration_since(Instant::now()).min(SIGNALS);
        if done.is_empty() {
            drop(self.some.wait_timeout(done, left).unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// The reading end.
#[pyclass(frozen, module = "skm._native")]
pub struct Completions {
    arrivals: Arc<Arrivals>,
    woken: UnixStream,
}

impl Completions {
    pub fn arrivals(&self) -> Arc<Arrivals> {
        Arc::clone(&self.arrivals)
    }
}

#[pymethods]
impl Completions {
    #[new]
    fn new() -> PyResult<Completions> {
        let (woken, wake) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        wake.set_nonblocking(true)?;
        Ok(Completions { arrivals: Arc::new(Arrivals { done: Mutex::default(), some: Condvar::new(), wake }), woken })
    }

    /// Readable when there is something to fetch; for an event loop.
    fn fileno(&self) -> i32 {
        self.woken.as_raw_fd()
    }

    /// What has arrived: ticket, answer or None, exception or None.
    fn fetch<'py>(&self, py: Python<'py>) -> PyResult<Vec<Fetched<'py>>> {
        // The bytes first: what arrives after this writes a new one.
        while (&self.woken).read(&mut [0; 16]).is_ok_and(|count| count > 0) {}
        let done = self.arrivals.take();
        let fetched: PyResult<Vec<Fetched<'py>>> =
            done.iter().map(|(ticket, result)| to_python(py, *ticket, result)).collect();
        if fetched.is_err() {
            // Ctrl-C came between: nothing is lost, and no row takes it for its own error.
            self.arrivals.put(done);
        }
        fetched
    }

    /// Like `fetch`, but waits up to `seconds` for something to arrive. Ctrl-C ends the wait.
    fn wait<'py>(&self, py: Python<'py>, seconds: f64) -> PyResult<Vec<Fetched<'py>>> {
        let until = Instant::now() + Duration::try_from_secs_f64(seconds).unwrap_or_default();
        loop {
            without_gil(py, || self.arrivals.wait(until));
            into_python(py, || py.check_signals())?;
            let fetched = self.fetch(py)?;
            if !fetched.is_empty() || Instant::now() >= until {
                return Ok(fetched);
            }
        }
    }
}

fn to_python<'py>(py: Python<'py>, ticket: u64, result: &skm::Result<Answer>) -> PyResult<Fetched<'py>> {
    match result {
        Ok(answer) => Ok((ticket, Some(answer.to_python(py)?), None)),
        Err(error) => Ok((ticket, None, Some(exception(py, error)?.into_value(py).into_bound(py).into_any()))),
    }
}
