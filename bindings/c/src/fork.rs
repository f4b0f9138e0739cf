//! fork(): what a process made belongs to it. In its child the sockets are shared with the parent, and a lock may be
//! held by a thread that does not exist there.

use skm::ErrorKind;
use skm::error::SafeText;

use crate::failure::Failure;

/// The process that made a handle.
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn this() -> Process {
        Process(std::process::id())
    }

    /// Whether the handle came here through fork(): then nothing of it may be touched, not even to drop it.
    pub(crate) fn is_another(&self) -> bool {
        self.0 != std::process::id()
    }
}

/// What every call with a handle of the parent process comes to.
pub(crate) fn inherited(en: &'static str, zh: &'static str) -> Failure {
    let what = SafeText::new(en, zh, &[]);
    let advice = "{} was made before fork(): make another one in the child process";
    let text = SafeText::new(advice, "{}是在 fork() 之前创建的:请在子进程中重新创建", &[&what]);
    Failure::saying(ErrorKind::Closed, text)
}
