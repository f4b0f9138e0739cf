//! How a connection is made: proxy, TCP, TLS, each bounded by the current call and reporting how far it came.

use std::fmt;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, NextTimeout, RustlsConnector, Transport,
};
use zeroize::{Zeroize, Zeroizing};

use super::call::{self, Call, Stage};
use super::idle::{Keeper, Shelf};
use super::proxy;
use super::socket::{Connect, NO_WAIT};

/// The whole way: a tunnel where a proxy is configured, else a socket; TLS where the URL says so.
pub(super) fn chain(connect_timeout: Duration, keeper: Keeper) -> impl Connector<(), Out = Observed> {
    ().chain(Tunnel::default())
        .chain(Connect::new(connect_timeout))
        .chain(RustlsConnector::default())
        .chain(Observer(keeper))
}

/// Asks a proxy for a tunnel, noting that whatever fails meanwhile is the proxy's.
#[derive(Debug, Default)]
struct Tunnel(ConnectProxyConnector);

impl<In: Transport> Connector<In> for Tunnel {
    type Out = Either<In, Box<dyn Transport>>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if !proxy::is_for(details.config, details.uri) {
            return self.0.connect(details, chained);
        }
        call::with_current(|call| call.set_stage(Stage::Tunnelling));
        let tunnel = self.0.connect(details, chained)?;
        call::with_current(|call| call.set_stage(Stage::Securing));
        Ok(tunnel)
    }
}

/// The last link: the connection is ready, and what passes through it moves the call forward.
#[derive(Debug)]
struct Observer(Keeper);

impl<In: Transport> Connector<In> for Observer {
    type Out = Observed;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Observed>, Error> {
        let Some(connection) = chained else { return Ok(None) };
        let tunnel = call::with_current(Call::stage) == Some(Stage::Tunnelling);
        if !tunnel {
            call::with_current(|call| call.set_stage(Stage::Ready));
        }
        Ok(Some(Observed::new(Box::new(connection), tunnel, self.0.clone())))
    }
}

/// A connection that tells the current call what it sent and received, and sends head and body of a request in one
/// write (one TLS record): what ureq transmits waits until the answer is awaited.
pub(super) struct Observed {
    /// Nothing while it waits in the pool for the next call.
    connection: Option<Box<dyn Transport>>,
    keeper: Keeper,
    shelf: Arc<Shelf>,
    /// A connection to a proxy carries another one, which reports by itself.
    silent: bool,
    /// What ureq transmitted and nobody has sent yet.
    unsent: Zeroizing<Vec<u8>>,
}

impl Observed {
    fn new(connection: Box<dyn Transport>, silent: bool, keeper: Keeper) -> Observed {
        let (shelf, connection) = (keeper.shelf(), Some(connection));
        Observed { connection, keeper, shelf, silent, unsent: Zeroizing::default() }
    }

    fn connection(&mut self) -> &mut dyn Transport {
        self.connection.as_deref_mut().expect("ureq asks whether it is open before it uses a pooled connection")
    }

    /// Waits for the next call; nothing of the last one and its answer stays in the buffers.
    fn rest(&mut self) -> bool {
        let Some(mut connection) = self.connection.take() else { return false };
        let buffers = connection.buffers();
        buffers.output().fill(0);
        buffers.input_append_buf().fill(0);
        match self.keeper.keep(&self.shelf, connection) {
            Ok(()) => true,
            Err(connection) => {
                self.connection = Some(connection);
                false
            }
        }
    }

    fn reached(&self, stage: Stage) {
        if !self.silent {
            call::with_current(|call| call.reach_stage(stage));
        }
    }

    /// Whether nothing that was taken from the kernel is left: rustls takes 4096 bytes at a time from the socket's
    /// buffer, and what follows an answer there would be taken for the next one.
    fn is_drained(&mut self) -> bool {
        matches!(self.connection().await_input(NO_WAIT), Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock)
    }

    /// Sends what waits.
    fn send(&mut self, timeout: NextTimeout) -> Result<(), Error> {
        let amount = self.unsent.len();
        if amount == 0 {
            return Ok(());
        }
        self.reached(Stage::Sent);
        let connection = self.connection.as_deref_mut().expect("a request is sent over a connection in use");
        connection.buffers().output()[..amount].copy_from_slice(&self.unsent);
        self.unsent.fill(0);
        self.unsent.clear();
        connection.transmit_output(amount, timeout)
    }
}

impl Transport for Observed {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection().buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.silent {
            return self.connection().transmit_output(amount, timeout);
        }
        let connection = self.connection.as_deref_mut().expect("a request is sent over a connection in use");
        let output = connection.buffers().output();
        if self.unsent.len() + amount <= output.len() {
            // Room for all that may wait, at once: growing would leave copies behind.
            let room = output.len() - self.unsent.len();
            self.unsent.reserve_exact(room);
            self.unsent.extend_from_slice(&output[..amount]);
            return Ok(());
        }
        // Too much for one write: what waits goes first, and ureq's next part must survive that.
        let part = Zeroizing::new(output[..amount].to_vec());
        self.send(timeout)?;
        self.unsent = part;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.send(timeout)?;
        let received = self.connection().await_input(timeout)?;
        if received {
            self.reached(Stage::Answering);
        }
        Ok(received)
    }

    fn is_open(&mut self) -> bool {
        match call::with_current(|call| (call.refuses_pooled(), call.stage())) {
            Some((true, _)) => false,
            // Its answer has just been read to the end; whether it is still open is asked before its next use.
            Some((false, Stage::Answering)) => {
                let is_drained = self.is_drained();
                // After looking, which may have lent the socket to the call again; before another call can take it.
                call::with_current(Call::release);
                is_drained && self.rest()
            }
            _ if self.silent => self.connection().is_open(),
            _ => {
                self.connection = self.shelf.take().or_else(|| self.connection.take());
                self.connection.as_deref_mut().is_some_and(Transport::is_open)
            }
        }
    }

    fn is_tls(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.is_tls())
    }
}

impl Drop for Observed {
    /// What was sent and received is personal: nothing of it stays in memory that is given back.
    fn drop(&mut self) {
        let Some(connection) = self.connection.as_deref_mut() else { return };
        let buffers = connection.buffers();
        buffers.output().zeroize();
        buffers.input_consume(buffers.input().len());
        buffers.input_append_buf().zeroize();
    }
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observed")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Weak};

    use ureq::unversioned::transport::{LazyBuffers, ShutdownHandle};

    use super::*;
    use crate::wire::deadline::{Cancel, Deadline, Interrupt};

    #[derive(Debug)]
    struct Empty(LazyBuffers);

    impl Transport for Empty {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.0
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
            Ok(())
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
            assert_eq!(timeout, NO_WAIT);
            Err(std::io::Error::from(ErrorKind::WouldBlock).into())
        }

        fn is_open(&mut self) -> bool {
            panic!("the kernel is not asked")
        }
    }

    #[derive(Default)]
    struct Noted(AtomicBool);

    impl ShutdownHandle for Noted {
        fn shutdown(&self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_call_cancelled_after_its_answer_leaves_the_connection_alone() {
        let socket = Arc::new(Noted::default());
        let call = Call::new(Deadline::after(Duration::from_secs(5)), Cancel::new(), false);
        let _current = call.enter();
        call.hold(&(Arc::downgrade(&socket) as Weak<dyn ShutdownHandle>));
        call.set_stage(Stage::Answering);
        let connection = Box::new(Empty(LazyBuffers::new(16, 16)));
        let mut pooled = Observed::new(connection, false, Keeper::new(Duration::from_secs(5)));
        assert!(pooled.is_open());
        call.interrupt();
        assert!(!socket.0.load(Ordering::Relaxed));
    }

    #[test]
    fn nothing_of_a_call_stays_in_the_buffers_of_a_pooled_connection() {
        let call = Call::new(Deadline::after(Duration::from_secs(5)), Cancel::new(), false);
        let _current = call.enter();
        let connection = Box::new(Empty(LazyBuffers::new(64, 64)));
        let mut pooled = Observed::new(connection, false, Keeper::new(Duration::from_secs(5)));
        pooled.buffers().output()[..7].copy_from_slice(b"request");
        pooled.transmit_output(7, NO_WAIT).unwrap();
        pooled.send(NO_WAIT).unwrap();
        assert!(pooled.unsent.is_empty() && pooled.unsent.capacity() >= 7);
        pooled.buffers().input_append_buf()[..6].copy_from_slice(b"answer");
        pooled.buffers().input_appended(6);
        pooled.buffers().input_consume(6);
        call.set_stage(Stage::Answering);
        assert!(pooled.is_open());
        let mut connection = pooled.shelf.take().unwrap();
        let is_wiped = |bytes: &[u8]| bytes.len() == 64 && bytes.iter().all(|byte| *byte == 0);
        assert!(is_wiped(connection.buffers().output()) && is_wiped(connection.buffers().input_append_buf()));
    }
}
