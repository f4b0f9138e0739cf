//! Everything that can be shown of a value goes to the file that `TRUST_SAID` names, where the harness looks for what
//! must never be there. Without the variable nothing is kept.

use std::fmt::Debug;
use std::fs::File;
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use skm::Error;

static SAID: LazyLock<Option<Mutex<File>>> = LazyLock::new(|| {
    let path = std::env::var_os("TRUST_SAID")?;
    Some(Mutex::new(File::options().create(true).append(true).open(path).expect("the file of TRUST_SAID opens")))
});

fn keep(line: impl FnOnce() -> String) {
    if let Some(file) = &*SAID {
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{}", line()).expect("the file of TRUST_SAID takes a line");
    }
}

/// Keeps both forms of `Debug`; gives the value back.
pub fn shown<T: Debug + Clone>(value: &T) -> T {
    keep(|| format!("{value:?}\n{value:#?}"));
    value.clone()
}

/// Keeps all that an error says of itself.
pub fn failure(error: &Error) {
    keep(|| {
        let chain = std::error::Error::source(error).map(ToString::to_string);
        let zh = format!("{}\n{}", error.message_zh(), error.technical_zh());
        let (field, code) = (error.field(), error.platform_code());
        format!("error {error}\n{error:?}\n{error:#?}\n{zh}\n{field:?} {code:?} {chain:?} {:?}", error.platform_text())
    });
}

struct ToFile;

impl log::Log for ToFile {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        keep(|| format!("log {} {} {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// Every record of every library in this process, at every level.
pub fn listen_to_the_log() {
    if SAID.is_some() {
        log::set_logger(&ToFile).expect("this is the only logger");
        log::set_max_level(log::LevelFilter::Trace);
    }
}
