//! The client: the four calls, in the order of the standard.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use skm_fork::Process;

use crate::audit::{OnFailure, Record, Recorder, Written};
use crate::clock::{self, Clock, SystemClock};
use crate::config::{Config, ServiceUrl};
use crate::error::{Error, ErrorKind, Reason, Result, safe};
use crate::interfaces::display::{self, DisplayUrl};
use crate::interfaces::id::{IdRequest, IdResult};
use crate::interfaces::scan::{ScanRequest, ScanResult};
use crate::interfaces::user_token::{UserToken, UserTokenRequest};
use crate::interfaces::{Exchange, Interface, qr};
use crate::member::Answer as _;
use crate::person::Consent;
use crate::submit::Threads;
use crate::verdict::Verdict;
use crate::wire::deadline::{Cancel, Deadline};
use crate::wire::http::{Failure, Http, Limits, Reach};
use crate::wire::retry::{Quota, Retries, rest};
use crate::wire::{Answer, Outgoing, time};

/// Calls the platform. `Send + Sync`: share one, or clone it cheaply; clones share connections and quota.
///
/// A client belongs to the process that opened it. In a child of `fork()` its sockets are the parent's and a lock may be
/// held by a thread that does not exist there: every call on it, and on its clones, fails with `closed` at once and leaves
/// no record, and closing or dropping it touches nothing. Open another one in the child.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    deadline: Duration,
    cancels: Vec<Cancel>,
    /// What a submitted call came to before it began: all that is left to do is its record.
    ended: Option<Error>,
}

/// What [`Client::probe`] learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// The HTTP status of the answer.
    pub status: u16,
    /// By how many seconds this machine is ahead of the platform, if the answer was dated; about one second exact.
    pub clock_offset_s: Option<i64>,
}

/// A call that has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Measured<T> {
    /// The answer, or why there is none.
    pub result: Result<T>,
    /// How many times the request was sent; 0 if it never came to that.
    pub attempts: u32,
    /// From the call to its outcome, without its record.
    pub took: Duration,
}

struct Shared {
    process: Process,
    config: Config,
    http: Http,
    quota: Quota,
    audit: Option<Recorder>,
    clock: Arc<dyn Clock>,
    closed: AtomicBool,
    on_close: Cancel,
    threads: Arc<Threads>,
}

impl Client {
    /// Opens a client with a configuration file. Connects nowhere yet. Where another process works on the evidence log it
    /// is waited for, at most as long as a call may take (`http.deadline_ms`).
    ///
    /// # Errors
    /// What [`Config::load`] gives; `tls_failed` without root certificates; `audit_failed` if the log cannot be
    /// opened, `key_invalid` if its key file is gone.
    pub fn open(path: impl AsRef<Path>) -> Result<Client> {
        Client::new(Config::load(path)?)
    }

    /// Opens a client with a checked configuration.
    ///
    /// # Errors
    /// As [`Client::open`].
    pub fn new(config: Config) -> Result<Client> {
        Client::with_clock(config, Arc::new(SystemClock))
    }

    /// Opens a client that takes the time from `clock`.
    ///
    /// # Errors
    /// As [`Client::open`].
    pub fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Result<Client> {
        let needs_tls = config.urls().iter().any(|(_, url)| url.is_https());
        let http = Http::new(&config.http, needs_tls)?;
        let due = Deadline::after(config.http.deadline);
        let audit = config.audit.as_ref().map(|audit| Recorder::open(audit, due)).transpose()?;
        let deadline = config.http.deadline;
        let threads = Threads::new(config.http.max_connections);
        let shared = Shared {
            process: Process::this(),
            config,
            http,
            quota: Quota::new(),
            audit,
            clock,
            closed: AtomicBool::new(false),
            on_close: Cancel::new(),
            threads,
        };
        Ok(Client { shared: Arc::new(shared), deadline, cancels: Vec::new(), ended: None })
    }

    /// The same client with another deadline for each whole call.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Client {
        let mut client = self.clone();
        client.deadline = deadline;
        client
    }

    /// The same client whose calls also end when `cancel` is cancelled.
    #[must_use]
    pub fn with_cancel(&self, cancel: Cancel) -> Client {
        let mut client = self.clone();
        client.cancels.push(cancel);
        client
    }

    /// The same client for a call that came to `error` before it began: it fails with it again, and leaves its record. It
    /// has no time left to wait for anything.
    pub(crate) fn with_end(&self, error: Error) -> Client {
        let mut client = self.with_deadline(Duration::ZERO);
        client.ended = Some(error);
        client
    }

    /// The deadline of each whole call.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.is_closed() || self.cancels.iter().any(Cancel::is_cancelled)
    }

    pub(crate) fn threads(&self) -> &Arc<Threads> {
        &self.shared.threads
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Ends running calls with `closed`, at once, and refuses later ones; clones included. Waits until the records that
    /// were handed over are in the evidence log, at most one second.
    pub fn close(&self) {
        if self.is_inherited() {
            return;
        }
        self.shared.closed.store(true, Ordering::Release);
        self.shared.on_close.cancel();
        self.shared.http.shutdown();
        if let Some(audit) = &self.shared.audit {
            audit.flush();
        }
    }

    /// Whether [`Client::close`] was called, or the client was opened before `fork()`: no call can be made with it.
    pub fn is_closed(&self) -> bool {
        self.is_inherited() || self.shared.closed.load(Ordering::Acquire)
    }

    /// Whether it was opened before `fork()`, and this process is the child.
    pub fn is_inherited(&self) -> bool {
        self.shared.process.is_another()
    }

    /// How many records could not be written to the evidence log since this client was opened. With
    /// `audit.on_failure = "continue"` the only sign of them beside the program's log.
    pub fn audit_failures(&self) -> u64 {
        self.shared.audit.as_ref().map_or(0, Recorder::failures)
    }

    /// Interface 1 (Annex A): sends a consenting person's real-name data, gets a token for the page.
    ///
    /// # Errors
    /// Any row of the error table but the bindings' own (701 to 703); never retried once the platform may have seen it.
    pub fn issue_user_token(&self, request: &UserTokenRequest) -> Result<UserToken> {
        self.call(request)
    }

    /// Interface 2 (clause 6.2): the URL of the page for a user token. No network call is made.
    ///
    /// # Errors
    /// `config_missing`, `input_invalid`.
    pub fn display_url(&self, user: &UserToken) -> Result<DisplayUrl> {
        self.check_open()
            .and_then(|()| display::url(self.config().display()?, user))
            .map_err(|error| error.during(Interface::Display, 0))
    }

    /// Interface 3 (Annex B): asks for the level behind a scanned code.
    ///
    /// # Errors
    /// Any row of the error table; none of them is green.
    pub fn verify_scan(&self, request: &ScanRequest) -> Result<ScanResult> {
        self.call(request)
    }

    /// Interface 4 (Annexes C and D): asks for the level of a person by certificate number and name.
    ///
    /// # Errors
    /// Any row of the error table; none of them is green.
    pub fn verify_id(&self, request: &IdRequest) -> Result<IdResult> {
        self.call(request)
    }

    /// The call of whichever interface the request is for.
    ///
    /// # Errors
    /// Any row of the error table; none of them is green.
    pub fn call<R: Exchange>(&self, request: &R) -> Result<R::Answer> {
        self.call_measured(request).result
    }

    /// As [`Client::call`], with what it took.
    pub fn call_measured<R: Exchange>(&self, request: &R) -> Measured<R::Answer> {
        let started = Instant::now();
        let mut call =
            Call { client: self, interface: R::INTERFACE, deadline: Deadline::after(self.deadline), attempts: 0 };
        let result = self.check_open().and_then(|()| call.make(request));
        // Also after the call, in the middle of which a callback may have forked: the evidence log is the parent's.
        if let Err(error) = self.check_process() {
            let (attempts, took) = (call.attempts, started.elapsed());
            return Measured { result: Err(error.during(R::INTERFACE, attempts)), attempts, took };
        }
        let gate = self.config().when_unreachable;
        let result = result.map_err(|error| error.during(R::INTERFACE, call.attempts).at_gate(gate));
        let took = started.elapsed();
        let result = self.record(&call, request, result, took);
        Measured { result, attempts: call.attempts, took }
    }

    /// Checks a scanned text without a network call.
    ///
    /// # Errors
    /// `input_invalid`, `qr_not_skm`, `qr_incomplete`.
    pub fn check_qr(&self, scanned: &str) -> Result<qr::QrText> {
        qr::QrText::parse(scanned, &self.config().dialect.qr)
    }

    /// Diagnosis: reaches the URL of an interface with an empty GET, as a call would (name, proxy, TLS, deadline), and
    /// tells what the head of the answer says. Any HTTP answer will do: none is a verdict.
    ///
    /// # Errors
    /// `config_missing`, and the network's rows of the error table.
    pub fn probe(&self, interface: Interface) -> Result<Probe> {
        let found = self.check_open().and_then(|()| self.config().url(interface)).and_then(|url| {
            let limits = self.limits(Deadline::after(self.deadline), true);
            self.shared.http.send(url, &Outgoing::empty(), &limits).map_err(|failure| failure.error)
        });
        let answer = found.map_err(|error| error.during(interface, 1))?;
        let offset = answer.date.map(|date| time::unix_seconds(self.now()) - date);
        Ok(Probe { status: answer.status, clock_offset_s: offset })
    }

    /// Diagnosis: whether an interface is reached through a proxy, by `http.proxy` and, where that is `env`, by the
    /// environment as it was when the client was opened. This machine never is. No network call.
    ///
    /// # Errors
    /// `config_missing`.
    pub fn is_proxied(&self, interface: Interface) -> Result<bool> {
        let url = self.config().url(interface).map_err(|error| error.during(interface, 0))?;
        Ok(self.shared.http.is_proxied(url))
    }

    fn limits(&self, deadline: Deadline, fresh: bool) -> Limits<'_> {
        Limits { deadline, closing: &self.shared.on_close, cancels: &self.cancels, fresh }
    }

    fn now(&self) -> SystemTime {
        self.shared.clock.now()
    }

    /// The time of a call that may be judged by it: the consent is, where it is dated.
    fn time_for(&self, consent: &Consent, is_judged: bool) -> Result<SystemTime> {
        let is_judged = is_judged || consent.when().is_some();
        let now = if is_judged { clock::believable(&*self.shared.clock)? } else { self.now() };
        consent.check(now)?;
        Ok(now)
    }

    fn check_open(&self) -> Result<()> {
        self.check_process()?;
        match &self.ended {
            Some(error) => Err(error.clone()),
            None if self.is_closed() => Err(ErrorKind::Closed.into()),
            None => Ok(()),
        }
    }

    /// Whether client and tokens are of this process.
    pub(crate) fn check_process(&self) -> Result<()> {
        if self.is_inherited() {
            let detail = safe!(
                "the client was made before fork(): open another one in the child process",
                "客户端是在 fork() 之前创建的:请在子进程中重新打开"
            );
            return Err(Error::with(ErrorKind::Closed, detail));
        }
        if self.cancels.iter().any(Cancel::is_inherited) {
            let detail = safe!(
                "the cancel token was made before fork(): make another one in the child process",
                "取消令牌是在 fork() 之前创建的:请在子进程中重新创建"
            );
            return Err(Error::with(ErrorKind::Closed, detail));
        }
        Ok(())
    }

    /// Leaves the record of a call, whatever its outcome.
    fn record<R: Exchange>(
        &self,
        call: &Call<'_>,
        request: &R,
        result: Result<R::Answer>,
        took: Duration,
    ) -> Result<R::Answer> {
        let interface = R::INTERFACE;
        let outcome = match &result {
            Ok(answer) => answer.verdict().map_or("issued", Verdict::as_str),
            Err(error) => error.kind().name(),
        };
        log::debug!("{interface} {outcome} attempts={} ms={}", call.attempts, took.as_millis());
        let Some(audit) = &self.shared.audit else { return result };
        let record = Record {
            interface,
            unit: self.unit(interface),
            consent: request.consent(),
            subject: request.subject(self.config()),
            verifier: request.verifier(self.config()),
            outcome,
            error: result.as_ref().err(),
            attempts: call.attempts,
            took,
        };
        if self.ended.is_some() {
            // The caller was told before: nothing waits for the record.
            audit.hand_over(&record, self.now());
            return result;
        }
        // A call that was ended early has no time left either.
        let left = call.deadline.remaining().filter(|_| !self.is_cancelled()).unwrap_or_default();
        match audit.record(&record, self.now(), left) {
            Written::Yes => result,
            Written::No(error) => {
                log::error!("{error}");
                self.on_audit_failure(result, error.during(interface, call.attempts))
            }
            // What failed lets nobody in; its record follows. A verdict waits for its record or is none.
            Written::NotYet(_) if result.is_err() => result,
            Written::NotYet(error) => self.on_audit_failure(result, error.during(interface, call.attempts)),
        }
    }

    /// What a call comes to whose record is missing: its own error stays what it is.
    fn on_audit_failure<T>(&self, result: Result<T>, error: Error) -> Result<T> {
        let result = result.map_err(Error::without_evidence);
        match self.config().audit.as_ref().map(|audit| audit.on_failure()) {
            Some(OnFailure::Continue) => result,
            Some(OnFailure::Refuse) | None => result.and(Err(error)),
        }
    }

    /// The applying unit as the log names it. Interface 4 has but an account, which is a secret.
    fn unit(&self, interface: Interface) -> Option<&str> {
        let source = self.config().scan.as_ref().map(|unit| unit.source.as_str());
        let appmark = self.config().user_token.as_ref().map(|unit| unit.appmark.as_str());
        if interface == Interface::UserToken { appmark } else { source.or(appmark) }
    }
}

impl Drop for Client {
    /// In a child of `fork()` nothing of a client is taken down: another thread of the parent may have been changing it,
    /// and what was half done is never finished there.
    fn drop(&mut self) {
        if self.is_inherited() {
            std::mem::forget(Arc::clone(&self.shared));
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}

/// One call under way: its deadline and how often it was tried.
struct Call<'a> {
    client: &'a Client,
    interface: Interface,
    deadline: Deadline,
    attempts: u32,
}

impl Call<'_> {
    /// Checks and encodes, then sends, reads, and repeats where that is safe.
    fn make<R: Exchange>(&mut self, request: &R) -> Result<R::Answer> {
        let client = self.client;
        let config = client.config();
        // Before anything else: what the unit is not configured for is not checked either.
        let url = config.url(R::INTERFACE)?;
        let now = client.time_for(request.consent(), request.is_judged_by_clock())?;
        let (outgoing, asked) = request.encode(config, now)?;
        self.exchange(url, &outgoing, |answer| R::decode(answer, &asked, config, client.now()))
    }

    fn exchange<T>(
        &mut self,
        url: &ServiceUrl,
        outgoing: &Outgoing,
        decode: impl Fn(&Answer) -> Result<T>,
    ) -> Result<T> {
        let shared = &*self.client.shared;
        let mut retries = Retries::new(self.interface, shared.config.http.retries, &shared.quota);
        loop {
            self.attempts += 1;
            let limits = self.client.limits(self.deadline, retries.wants_fresh());
            let answer = shared.http.send(url, outgoing, &limits);
            let decoded = answer
                .and_then(|answer| in_time(decode(&answer), self.deadline).map_err(|error| answered(error, &answer)));
            let failure = match decoded {
                Ok(result) => {
                    shared.quota.refund();
                    return Ok(result);
                }
                Err(failure) => failure,
            };
            log::warn!("{} attempt {} at {url}: {}", self.interface, self.attempts, failure.error.kind());
            match retries.after(&failure) {
                Some(pause) if rest(pause, self.deadline, || self.client.is_cancelled()) => {}
                // A cancelled call is `closed`, whatever the broken connection looked like.
                _ if self.client.is_cancelled() => return Err(ErrorKind::Closed.into()),
                _ => return Err(failure.error),
            }
        }
    }
}

/// What an answer says counts only within the deadline: reading a large one takes time of its own.
fn in_time<T>(decoded: Result<T>, deadline: Deadline) -> Result<T> {
    match deadline.remaining() {
        Some(_) => decoded,
        None => Err(Error::new(ErrorKind::DeadlineExceeded).because(Reason::Reading)),
    }
}

fn answered(error: Error, answer: &Answer) -> Failure {
    Failure { error, reach: Reach::Answered, retry_after: answer.retry_after }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_is_late_whatever_it_says() {
        let says: [fn() -> Result<bool>; 3] =
            [|| Ok(true), || Err(ErrorKind::QrExpired.into()), || Err(ErrorKind::Busy.into())];
        for decoded in says {
            let late = in_time(decoded(), Deadline::after(Duration::ZERO));
            let said = late.map_err(|error| (error.kind(), error.reason()));
            assert_eq!(said, Err((ErrorKind::DeadlineExceeded, Some(Reason::Reading))));
            let early = in_time(decoded(), Deadline::after(Duration::from_secs(60)));
            assert_eq!(early.map_err(|error| error.kind()), decoded().map_err(|error| error.kind()));
        }
    }
}
