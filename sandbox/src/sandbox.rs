//! The running sandbox: one thread with its own runtime, stopped by dropping the handle.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::faults::Fault;
use crate::journal::Entry;
use crate::options::{Options, StartError};
use crate::people::Person;
use crate::shared::Shared;
use crate::visitors::Names;
use crate::world::World;
use crate::{routes, server};

/// A running sandbox. Dropping it stops it and cuts every connection.
pub struct Sandbox {
    addr: SocketAddr,
    warning: Option<String>,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox; when this returns, it accepts connections.
    ///
    /// # Errors
    /// [`StartError`]: an address that is not loopback without leave, a taken port, a people file or fault rule that
    /// is not right.
    pub fn start(options: Options) -> Result<Sandbox, StartError> {
        let wanted = options.listen;
        if !wanted.ip().is_loopback() && !options.allow_remote {
            return Err(StartError::NotLoopback(wanted));
        }
        let (dialect_name, host_names) = (options.dialect_name.clone(), options.host_names.clone());
        let world = World::new(options)?;
        let listener = listen(wanted).map_err(|error| StartError::Listen(wanted, error))?;
        let addr = listener.local_addr().map_err(|error| StartError::Listen(wanted, error))?;
        let shared = Arc::new(Shared::new(world, base_url(addr), dialect_name, Names::new(addr, host_names)));
        let router = routes::router(Arc::clone(&shared));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            if let Err(error) = runtime.block_on(server::serve(listener, router, stopped)) {
                log::error!("the sandbox stopped: {error}");
            }
        };
        let thread =
            std::thread::Builder::new().name("skm-sandbox".to_owned()).spawn(serve).map_err(StartError::Thread)?;
        let warning = (!addr.ip().is_loopback()).then(|| {
            format!(
                "警告:沙箱在 {addr} 上监听,没有任何访问控制,切勿放入真实数据 (warning: the sandbox listens on {addr} \
                 without access control: everyone who reaches it can do everything; put no real data in)"
            )
        });
        Ok(Sandbox { addr, warning, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:8460`, without a final slash.
    pub fn base_url(&self) -> String {
        self.shared.base.clone()
    }

    /// The address it listens on, with the real port.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// To be printed, if it listens on more than loopback.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// A complete `skm.toml` for a client of this sandbox.
    pub fn config_toml(&self) -> String {
        self.shared.config_toml()
    }

    /// Everyone the sandbox knows; see `people` in the README for what stands at which index.
    pub fn people(&self) -> Vec<Person> {
        self.shared.world().people.list().to_vec()
    }

    /// The text of a fresh QR code of the person with this certificate number.
    pub fn fresh_qr(&self, number: &str) -> Option<String> {
        let mut world = self.shared.world();
        let identity = world.people.by_number(number)?.identity.clone();
        let now = world.clock.now();
        Some(world.codes.issue(&identity, now, None).text)
    }

    /// Adds a fault rule and gives its number.
    ///
    /// # Errors
    /// [`StartError::Fault`] for a rule that cannot be.
    pub fn add_fault(&self, fault: Fault) -> Result<u64, StartError> {
        fault.check().map_err(StartError::Fault)?;
        Ok(self.shared.world().faults.add(fault))
    }

    /// Back to the state after the start: faults, clock, settings, journal, tokens, codes.
    pub fn reset(&self) {
        self.shared.world().reset();
    }

    /// The last 1000 requests, oldest first, masked.
    pub fn journal(&self) -> Vec<Entry> {
        self.shared.world().journal.entries().cloned().collect()
    }

    /// Stops it.
    pub fn stop(self) {
        drop(self);
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // The only way out is an accept loop that could not begin; it has been logged.
            let _ = thread.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(addr: SocketAddr) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(addr)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Where a client on this machine reaches the address.
fn base_url(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}
