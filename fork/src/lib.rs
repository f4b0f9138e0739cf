//! Whether a value was made before `fork()`, and this process is the child.
//!
//! A child has a copy of its parent's memory, shares its sockets, and has only the thread that called `fork()`: a lock
//! may be held there by a thread that does not exist. So a value that has locks, sockets or threads remembers the
//! [`Process`] that made it, and is left alone in every other one.
//!
//! ```
//! let maker = skm_fork::Process::this();
//! assert!(!maker.is_another());
//! ```
//!
//! Process numbers cannot tell the two apart: both are 1 where a container unshares its PID namespace, and numbers of
//! processes that ended are used again. This crate counts instead: `fork()` runs a handler in the child, which moves the
//! [`generation`] on. Grandchildren count on from their parent. What does not run such handlers is not seen: `vfork()`
//! and `posix_spawn()`, whose children do nothing but `exec`, and `_Fork()` and the bare system call `clone`, after which
//! POSIX allows no more than `exec` either.
//!
//! Any thread may call everything here, at any time. Where there is no `fork()`, nothing is ever another process.

/// The process that made a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process(u64);

impl Process {
    /// The process that is running.
    pub fn this() -> Process {
        Process(generation())
    }

    /// Whether the value came here through `fork()`. Costs one relaxed load.
    pub fn is_another(self) -> bool {
        self.0 != generation()
    }
}

/// The number of this process among its forks: another one in each child, and the same for as long as a process lives.
/// The first call registers the handler; each later one is a relaxed load.
#[cfg(unix)]
pub fn generation() -> u64 {
    match unix::GENERATION.load(std::sync::atomic::Ordering::Relaxed) {
        0 => unix::begin(),
        generation => generation,
    }
}

/// The number of this process among its forks; there is no `fork()` here.
#[cfg(not(unix))]
pub fn generation() -> u64 {
    1
}

#[cfg(unix)]
mod unix {
    use std::alloc::Layout;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// 0 until the handler is registered.
    pub(super) static GENERATION: AtomicU64 = AtomicU64::new(0);

    /// In the child only one thread runs, so whatever is read there later sees this.
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }

    /// Registers the handler before anybody is told a generation. No lock: one that is held while another thread forks
    /// is never given back in the child. Two threads that come here at once register it twice; each fork then counts by
    /// two, which is as good.
    #[cold]
    pub(super) fn begin() -> u64 {
        // SAFETY: `in_child` only changes an atomic, which is allowed in the child of a process with threads. The C
        // library takes the handler away when the shared object that holds it is unloaded.
        if unsafe { libc::pthread_atfork(None, None, Some(in_child)) } != 0 {
            // The only failure there is: no memory for the handler.
            std::alloc::handle_alloc_error(Layout::new::<[usize; 4]>());
        }
        match GENERATION.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => 1,
            Err(generation) => generation,
        }
    }
}
