//! fork(): what a process made belongs to it. The core and [`Process`] know which process that was; here is what a caller
//! is told.

use skm::ErrorKind;
use skm::error::SafeText;
pub(crate) use skm_fork::Process;

use crate::failure::Failure;

/// What every call with a handle of the parent process comes to.
pub(crate) fn inherited(en: &'static str, zh: &'static str) -> Failure {
    let what = SafeText::new(en, zh, &[]);
    let advice = "{} was made before fork(): make another one in the child process";
    let text = SafeText::new(advice, "{}是在 fork() 之前创建的:请在子进程中重新创建", &[&what]);
    Failure::saying(ErrorKind::Closed, text)
}
