//! At trace level ureq prints whole requests and answers, in hex, to the program's logger. With the feature `quiet-http`
//! the compiler removes those records. A program that needs trace records of its own builds without it, and then must
//! keep ureq's from its logger: as long as it does not, no request is made.

use log::Level::Trace;

use super::Failure;
use super::failure::Reach;
use crate::error::{Error, ErrorKind, safe};

pub(super) fn check() -> Result<(), Failure> {
    let is_heard =
        log::log_enabled!(target: "ureq_proto::util", Trace) || log::log_enabled!(target: "ureq::util", Trace);
    if !is_heard {
        return Ok(());
    }
    let detail = safe!(
        "this program's logger takes the trace records of ureq, which hold whole requests: filter the targets ureq and \
         ureq_proto, or build with the feature quiet-http",
        "本程序的日志接收 ureq 的 trace 记录,其中含完整请求:请过滤目标 ureq 与 ureq_proto,或启用 quiet-http 特性编译"
    );
    Err(Failure::new(Error::with(ErrorKind::ConfigInvalid, detail), Reach::NotSent))
}
