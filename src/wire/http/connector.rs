//! How a connection is made: proxy, TCP, TLS, each bounded by the current call and reporting how far it came.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use ureq::unversioned::transport::time::Duration as UreqDuration;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, NextTimeout, RustlsConnector, ShutdownHandle,
    TcpConnector, Transport,
};
use ureq::{Error, Timeout};

use super::call::{self, Stage};

/// The whole way: a tunnel where a proxy is configured, else a socket; TLS where the URL says so.
pub(super) fn chain(connect_timeout: Duration) -> impl Connector<(), Out = Observed> {
    ().chain(Tunnel::default()).chain(Socket { connect_timeout }).chain(RustlsConnector::default()).chain(Observer)
}

/// Asks a proxy for a tunnel, noting that whatever fails meanwhile is the proxy's.
#[derive(Debug, Default)]
struct Tunnel(ConnectProxyConnector);

impl<In: Transport> Connector<In> for Tunnel {
    type Out = Either<In, Box<dyn Transport>>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let proxied = details.config.proxy().is_some_and(|proxy| !proxy.is_no_proxy(details.uri));
        let Some(call) = call::current().filter(|_| proxied) else { return self.0.connect(details, chained) };
        call.set_stage(Stage::Tunnelling);
        let tunnel = self.0.connect(details, chained)?;
        call.set_stage(Stage::Securing);
        Ok(tunnel)
    }
}

/// Opens the socket and keeps what can shut it down.
#[derive(Debug)]
struct Socket {
    connect_timeout: Duration,
}

type HandleSlot = Arc<Mutex<Option<Weak<dyn ShutdownHandle>>>>;

impl<In: Transport> Connector<In> for Socket {
    type Out = Either<In, Bounded>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if let Some(tunnel) = chained {
            return Ok(Some(Either::A(tunnel)));
        }
        let slot: HandleSlot = Arc::default();
        let Some(socket) = TcpConnector::default().connect(&self.bounded(details, &slot)?, None::<()>)? else {
            return Ok(None);
        };
        let handle = slot.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(call) = call::current() {
            if call.stage() == Stage::Connecting {
                call.set_stage(Stage::Securing);
            }
            call.note_connected();
        }
        Ok(Some(Either::B(Bounded { socket: Box::new(socket), handle })))
    }
}

impl Socket {
    /// The same details, with a time-out that fits the call and a copy of the shutdown handle.
    fn bounded<'a>(&self, details: &ConnectionDetails<'a>, slot: &HandleSlot) -> Result<ConnectionDetails<'a>, Error> {
        let limit = NextTimeout {
            after: UreqDuration::Exact(self.connect_timeout),
            reason: Timeout::Connect,
            ..NextTimeout::default()
        };
        let register = Arc::clone(&details.register_shutdown);
        let slot = Arc::clone(slot);
        Ok(ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: call::clamp(limit)?,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::new(move |handle: Weak<dyn ShutdownHandle>| {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Weak::clone(&handle));
                register(handle)
            }),
        })
    }
}

/// A socket whose every operation is bounded by the call that uses it.
struct Bounded {
    socket: Box<dyn Transport>,
    handle: Option<Weak<dyn ShutdownHandle>>,
}

impl Bounded {
    fn bound(&self, timeout: NextTimeout) -> Result<NextTimeout, Error> {
        if let (Some(call), Some(handle)) = (call::current(), &self.handle) {
            call.hold(handle);
        }
        call::clamp(timeout)
    }
}

impl Transport for Bounded {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.socket.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = self.bound(timeout)?;
        self.socket.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = self.bound(timeout)?;
        self.socket.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.socket.is_open()
    }
}

impl fmt::Debug for Bounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bounded")
    }
}

/// The last link: the connection is ready, and what passes through it moves the call forward.
#[derive(Debug)]
struct Observer;

impl<In: Transport> Connector<In> for Observer {
    type Out = Observed;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Observed>, Error> {
        let Some(connection) = chained else { return Ok(None) };
        let tunnel = call::current().is_some_and(|call| call.stage() == Stage::Tunnelling);
        if let Some(call) = call::current().filter(|_| !tunnel) {
            call.set_stage(Stage::Ready);
        }
        Ok(Some(Observed { connection: Box::new(connection), silent: tunnel }))
    }
}

/// A connection that tells the current call what it sent and received.
pub(super) struct Observed {
    connection: Box<dyn Transport>,
    /// A connection to a proxy carries another one, which reports by itself.
    silent: bool,
}

impl Observed {
    fn reached(&self, stage: Stage) {
        if let Some(call) = call::current().filter(|_| !self.silent) {
            call.reach_stage(stage);
        }
    }
}

impl Transport for Observed {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.reached(Stage::Sent);
        self.connection.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let received = self.connection.await_input(timeout)?;
        if received {
            self.reached(Stage::Answering);
        }
        Ok(received)
    }

    fn is_open(&mut self) -> bool {
        !call::current().is_some_and(|call| call.refuses_pooled()) && self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observed")
    }
}
