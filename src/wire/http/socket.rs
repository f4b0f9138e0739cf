//! The socket: connected in the order the resolver gives, every wait on it bounded by the call that uses it.
//!
//! Not ureq's own transport, for what that costs on every call: a system call to change the time-out before each
//! operation (what a call has left is never the same twice), and three to look whether a pooled connection is open.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use ureq::http::uri::Authority;
use ureq::unversioned::transport::time::Duration as UreqDuration;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};
use ureq::{Error, Timeout};

use super::call::{self, Call, Stage};

/// A wait that takes nothing from the kernel and finds only what was taken already. ureq itself never asks for it, its
/// time-outs being off.
pub(super) const NO_WAIT: NextTimeout = NextTimeout {
    after: UreqDuration::Exact(Duration::ZERO),
    reason: Timeout::RecvBody,
    per_read: None,
    per_write: None,
};

/// Opens a socket, unless a proxy's tunnel is there already.
#[derive(Debug)]
pub(super) struct Connect {
    /// For all addresses of the host together.
    timeout: Duration,
    /// The address of each host that accepted the last connection: it is tried first, so that a dead one before it
    /// costs its share of the time once and not with every connection.
    accepted: Mutex<HashMap<Authority, IpAddr>>,
}

impl<In: Transport> Connector<In> for Connect {
    type Out = Either<In, Socket>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if let Some(tunnel) = chained {
            return Ok(Some(Either::A(tunnel)));
        }
        let authority = details.uri.authority().ok_or(Error::HostNotFound)?;
        call::with_current(|call| call.reach_stage(Stage::Connecting));
        let stream = Arc::new(self.first_that_answers(authority, &details.addrs)?);
        stream.set_nodelay(true)?;
        let handle = Arc::downgrade(&stream) as Weak<dyn ShutdownHandle>;
        (details.register_shutdown)(Weak::clone(&handle))?;
        call::with_current(|call| {
            if call.stage() == Stage::Connecting {
                call.set_stage(Stage::Securing);
            }
            call.note_connected();
        });
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Socket { stream, handle, buffers, read_step: None, write_step: None })))
    }
}

impl Connect {
    pub(super) fn new(timeout: Duration) -> Connect {
        Connect { timeout, accepted: Mutex::default() }
    }

    /// Tries the addresses, the one that accepted last before the others. Each gets half of the time that is left, the
    /// last all of it, so that one that never answers does not cost the others their turn.
    fn first_that_answers(&self, host: &Authority, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
        let last = self.accepted.lock().unwrap_or_else(PoisonError::into_inner).get(host).copied();
        let mut addresses = addresses.to_vec();
        addresses.sort_by_key(|address| Some(address.ip()) != last);
        let limit = NextTimeout { after: self.timeout.into(), reason: Timeout::Connect, ..NextTimeout::default() };
        let started = Instant::now();
        let mut failure = Error::ConnectionFailed;
        for (at, address) in addresses.iter().enumerate() {
            let left = exact(call::clamp(limit)?).min(self.timeout.saturating_sub(started.elapsed()));
            if left.is_zero() {
                return Err(Error::Timeout(Timeout::Connect));
            }
            let share = if at + 1 == addresses.len() { left } else { left / 2 };
            match dial(address, share.max(Duration::from_millis(1))) {
                Ok(stream) => {
                    if Some(address.ip()) != last {
                        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
                        accepted.insert(host.clone(), address.ip());
                    }
                    return Ok(stream);
                }
                Err(error) if is_timeout(&error) => failure = Error::Timeout(Timeout::Connect),
                Err(error) => failure = error.into(),
            }
        }
        Err(failure)
    }
}

/// Connects. Not by the standard library alone: a call that is cancelled meanwhile must not sit it out.
#[cfg(target_os = "linux")]
fn dial(address: &SocketAddr, within: Duration) -> io::Result<TcpStream> {
    use rustix::io::Errno;
    use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};

    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let stream = TcpStream::from(socket_with(family, SocketType::STREAM, flags, None)?);
    match connect(&stream, address) {
        Ok(()) => {}
        Err(Errno::INPROGRESS | Errno::INTR) => await_connected(&stream, within)?,
        Err(error) => return Err(error.into()),
    }
    stream.set_nonblocking(false)?;
    Ok(stream)
}

#[cfg(target_os = "linux")]
fn await_connected(stream: &TcpStream, within: Duration) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    let until = Instant::now() + within;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        if call::with_current(Call::is_cancelled) == Some(true) {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        let slice = Timespec::try_from(left.min(call::SLICE)).expect("a fraction of a second");
        match poll(&mut [PollFd::new(stream, PollFlags::OUT)], Some(&slice)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return stream.take_error()?.map_or(Ok(()), Err),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Connects. A call that is cancelled meanwhile ends when `http.connect_timeout_ms` has passed.
#[cfg(not(target_os = "linux"))]
fn dial(address: &SocketAddr, within: Duration) -> io::Result<TcpStream> {
    TcpStream::connect_timeout(address, within)
}

/// An open socket.
pub(super) struct Socket {
    stream: Arc<TcpStream>,
    handle: Weak<dyn ShutdownHandle>,
    buffers: LazyBuffers,
    read_step: Option<Duration>,
    write_step: Option<Duration>,
}

impl Socket {
    /// How long the next wait may last, given what the current call has left.
    fn next_step(timeout: NextTimeout) -> Result<Duration, Error> {
        call::clamp(timeout).map(|limit| step(exact(limit)))
    }

    /// Lets the current call shut the socket down.
    fn lend(&self) {
        call::with_current(|call| call.hold(&self.handle));
    }

    /// One read, however many steps it takes.
    fn read(&mut self, timeout: NextTimeout) -> Result<usize, Error> {
        loop {
            let step = Self::next_step(timeout)?;
            if self.read_step != Some(step) {
                self.stream.set_read_timeout(Some(step))?;
                self.read_step = Some(step);
            }
            let input = self.buffers.input_append_buf();
            match (&*self.stream).read(input) {
                Ok(amount) => {
                    call::with_current(|call| call.note_heard(&input[..amount]));
                    return Ok(amount);
                }
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Writes all of the first `amount` bytes of the output.
    fn write(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let mut written = 0;
        while written < amount {
            let step = Self::next_step(timeout)?;
            if self.write_step != Some(step) {
                self.stream.set_write_timeout(Some(step))?;
                self.write_step = Some(step);
            }
            match (&*self.stream).write(&self.buffers.output()[written..amount]) {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero).into()),
                Ok(more) => written += more,
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Looks for bytes that nobody asked for, or the end, without waiting.
    #[cfg(unix)]
    fn peek(&self) -> io::Result<usize> {
        use rustix::net::{RecvFlags, recv};
        Ok(recv(&*self.stream, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT).map(|(_, amount)| amount)?)
    }

    #[cfg(not(unix))]
    fn peek(&self) -> io::Result<usize> {
        self.stream.set_nonblocking(true)?;
        let found = self.stream.peek(&mut [0; 1]);
        self.stream.set_nonblocking(false)?;
        found
    }
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.lend();
        self.write(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if timeout.after == NO_WAIT.after {
            return match self.buffers.input().is_empty() {
                true => Err(io::Error::from(ErrorKind::WouldBlock).into()),
                false => Ok(true),
            };
        }
        self.lend();
        let amount = self.read(timeout)?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.peek().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Socket")
    }
}

/// Whether this process, or the whole machine, may open no more files.
pub(super) fn is_exhausted(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
    }
    #[cfg(not(unix))]
    {
        // WSAEMFILE
        error.raw_os_error() == Some(10_024)
    }
}

/// Why no socket can be opened just now, if that is so. The system's lookup of names does not say it of itself.
pub(super) fn exhaustion() -> Option<io::Error> {
    std::net::UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0)).err().filter(is_exhausted)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// ureq's own time-outs are all off: outside a call there is no limit, and nothing waits there.
fn exact(limit: NextTimeout) -> Duration {
    match limit.after {
        UreqDuration::Exact(left) => left,
        UreqDuration::NotHappening => call::SLICE,
    }
}

/// A time-out at most as long as `left`, and the same for nearly all calls so that it seldom has to be set: a power of
/// two in milliseconds, until the end is near. Whoever wakes up early waits again.
fn step(left: Duration) -> Duration {
    match u64::try_from(left.as_millis()).unwrap_or(u64::MAX) {
        0..16 => left.max(Duration::from_micros(1)),
        millis => Duration::from_millis(1 << millis.ilog2()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// A listener whose queue is full lets a further connection wait for ever.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_dead_first_address_is_waited_for_once() {
        use std::net::TcpListener;

        let dead = TcpListener::bind("127.0.0.2:0").unwrap();
        rustix::net::listen(&dead, 0).unwrap();
        let address = dead.local_addr().unwrap();
        let mut queued = (0..9).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(100)));
        let _queued: Vec<_> = queued.by_ref().take_while(Result::is_ok).collect();
        let alive = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = Connect::new(Duration::from_secs(2));
        let host = Authority::from_static("platform.invalid");
        let attempt = |addresses: &[SocketAddr]| {
            let started = Instant::now();
            let stream = connect.first_that_answers(&host, addresses).unwrap();
            (stream.peer_addr().unwrap(), started.elapsed())
        };
        let live = alive.local_addr().unwrap();
        let (peer, took) = attempt(&[address, live]);
        assert!(peer == live && took >= Duration::from_millis(900), "{peer} {took:?}");
        for _ in 0..3 {
            let (peer, took) = attempt(&[address, live]);
            assert!(peer == live && took < Duration::from_millis(500), "{peer} {took:?}");
        }
        // The one that accepted last has moved away: the others get their turn.
        let moved = TcpListener::bind("127.0.0.3:0").unwrap();
        let (peer, _) = attempt(&[moved.local_addr().unwrap()]);
        assert_eq!(peer, moved.local_addr().unwrap());
    }

    #[test]
    fn steps_never_pass_the_end_and_seldom_change() {
        for micros in [1, 999, 15_999, 16_000, 31_999, 4_999_950, 4_999_000, 5_000_000, 86_400_000_000] {
            let left = Duration::from_micros(micros);
            assert!(step(left) <= left && step(left) >= left / 2, "{left:?}");
        }
        assert_eq!(step(Duration::from_micros(4_999_950)), step(Duration::from_micros(4_200_000)));
    }
}
