//! HTTP: one pooled agent per client. The only folder that knows ureq.
//!
//! What ureq would do by itself and must not: resolve in a fresh thread on every call, follow redirects, take a proxy
//! from the environment, wait for ever. Every operation on a socket is bounded by the deadline of the call that runs
//! on the current thread (see [`call`]).

mod body;
mod call;
mod connector;
mod distrust;
mod failure;
mod idle;
pub(crate) mod pem;
mod privileges;
mod proxy;
mod quiet;
mod resolver;
mod socket;
mod tls;
mod turns;

use std::time::Duration;

use ureq::Agent;
use ureq::config::Config as AgentConfig;
use ureq::http::Uri;
use zeroize::Zeroizing;

pub(crate) use failure::{Failure, Reach};

use self::call::Call;
use self::idle::Keeper;
use self::turns::Turns;
use super::deadline::{Cancel, Deadline};
use super::{Answer, Method, Outgoing, time};
use crate::config::{HttpSettings, ServiceUrl};
use crate::error::Result;

/// Buffer of each direction of a connection.
const BUFFER_BYTES: usize = 16 * 1024;
/// Longest answer head. ureq takes a full buffer for the end of the connection.
const MAX_HEAD_BYTES: usize = BUFFER_BYTES - 1;
/// How long an error page may still come in after its head, so that its connection can be used again.
const DISCARD_WITHIN: Duration = Duration::from_millis(100);
const USER_AGENT: &str = concat!("skm/", env!("CARGO_PKG_VERSION"));

/// The connections of one client.
pub(crate) struct Http {
    agent: Agent,
    keeper: Keeper,
    turns: Turns,
    max_answer_bytes: u64,
    has_certificate: bool,
}

/// What bounds one call.
pub(crate) struct Limits<'a> {
    pub(crate) deadline: Deadline,
    /// Cancelled when the client is closed.
    pub(crate) closing: &'a Cancel,
    /// The caller's tokens.
    pub(crate) cancels: &'a [Cancel],
    /// Do not take a connection from the pool: the last one taken from there was dead.
    pub(crate) fresh: bool,
}

impl Http {
    /// Prepares the agent; connects nowhere.
    ///
    /// # Errors
    /// `config_invalid` for certificates that cannot be used, `tls_failed` if the system's roots cannot be read.
    pub(crate) fn new(settings: &HttpSettings, needs_tls: bool) -> Result<Http> {
        let mut config = AgentConfig::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(USER_AGENT)
            .accept("application/json")
            .accept_encoding("identity")
            .proxy(proxy::of(settings)?)
            .max_idle_connections(settings.max_connections)
            .max_idle_connections_per_host(settings.max_connections)
            .max_idle_age(settings.idle)
            .max_response_header_size(MAX_HEAD_BYTES)
            .input_buffer_size(BUFFER_BYTES)
            .output_buffer_size(BUFFER_BYTES);
        if needs_tls {
            config = config.tls_config(tls::config(settings)?);
        }
        let keeper = Keeper::new(settings.idle);
        let connector = connector::chain(settings.connect_timeout, keeper.clone());
        let agent = Agent::with_parts(config.build(), connector, resolver::CachedResolver::new());
        let turns = Turns::new(settings.max_connections);
        let has_certificate = settings.client_pem.is_some();
        Ok(Http { agent, keeper, turns, max_answer_bytes: settings.max_answer_bytes, has_certificate })
    }

    /// Whether requests to `url` go through a proxy.
    pub(crate) fn is_proxied(&self, url: &ServiceUrl) -> bool {
        proxy::is_for(self.agent.config(), url.uri())
    }

    /// Sends one request and reads the whole answer, or says how far it came.
    pub(crate) fn send(&self, url: &ServiceUrl, outgoing: &Outgoing, limits: &Limits<'_>) -> Result<Answer, Failure> {
        quiet::check()?;
        let call = Call::new(limits.deadline, limits.closing.clone(), limits.fresh);
        for cancel in limits.cancels {
            cancel.watch(&call);
        }
        let _turn = self.turns.acquire(&call)?;
        let _current = call.enter();
        self.exchange(url, outgoing, &call).map_err(|error| failure::of(error, &call, url, self.has_certificate))
    }

    fn exchange(&self, url: &ServiceUrl, outgoing: &Outgoing, call: &Call) -> Result<Answer, ureq::Error> {
        let mut response = match outgoing.method {
            Method::Get => self.agent.get(uri(url, outgoing)?).call()?,
            Method::Post => {
                let mut request = self.agent.post(uri(url, outgoing)?);
                if let Some(content_type) = &outgoing.content_type {
                    request = request.content_type(content_type);
                }
                if let Some((name, value)) = &outgoing.header {
                    request = request.header(name, value.as_str());
                }
                request.send(outgoing.body.as_slice())?
            }
        };
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let date = header("date").and_then(time::http_date);
        let retry_after = header("retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs);
        let status = response.status().as_u16();
        if status != 200 {
            // No interface answers with it: an error page, however long, changes nothing.
            call.spare(DISCARD_WITHIN);
            body::discard(response.body_mut());
            return Ok(Answer { status, date, retry_after, body: Zeroizing::default() });
        }
        let length = response.body().content_length();
        let body = body::read_all(response.body_mut().with_config().limit(self.max_answer_bytes).reader(), length)?;
        Ok(Answer { status, date, retry_after, body })
    }

    /// Ends the running calls and refuses later ones.
    pub(crate) fn shutdown(&self) {
        self.turns.wake_all();
        self.agent.clone().shutdown();
        self.keeper.close();
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.keeper.close();
    }
}

fn uri(url: &ServiceUrl, outgoing: &Outgoing) -> Result<Uri, ureq::Error> {
    let Some(query) = &outgoing.query else { return Ok(url.uri().clone()) };
    let separator = if url.uri().query().is_some() { '&' } else { '?' };
    let text = Zeroizing::new(format!("{}{separator}{}", url.as_str(), query.as_str()));
    Ok(text.parse().map_err(ureq::http::Error::from)?)
}
