//! Takes the algorithms out of the sources that ship, and gives them loom's primitives. A source that no longer looks as
//! expected ends the build: then the model has to follow.

use std::path::{Path, PathBuf};

const ROOT: &str = "../../..";

fn read(path: &str) -> String {
    let path = Path::new(ROOT).join(path);
    println!("cargo::rerun-if-changed={}", path.display());
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `text` with each of `changes` made; one that changes nothing is an error.
fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the source no longer holds `{from}`: let the model follow");
        text.replace(from, to)
    })
}

fn write(name: &str, text: &str) {
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::write(folder.join(name), text).expect("OUT_DIR is writable");
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let retry = read("src/wire/retry.rs");
    let from = retry.find("pub(crate) struct Quota").expect("the quota is in retry.rs");
    let to = retry.find("/// The retries of one call.").expect("the quota ends before the retries");
    write("quota.rs", &retry[from..to]);

    let turns = read("src/wire/http/turns.rs");
    let (turns, _) = turns.split_once("#[cfg(test)]").expect("the tests follow the code");
    let turns: String = turns.lines().filter(|line| !line.starts_with("//!")).map(|line| format!("{line}\n")).collect();
    write(
        "turns.rs",
        &changed(
            &turns,
            &[
                (
                    "use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};",
                    "use loom::sync::{Condvar, Mutex, MutexGuard};\nuse std::sync::{Arc, PoisonError, Weak};",
                ),
                ("use ureq::unversioned::transport::ShutdownHandle;", "use super::call::ShutdownHandle;"),
            ],
        ),
    );

    // Written in Java: src/lib.rs says the same in Rust, and these are the lines it says.
    let handle = read("java/skm/src/main/java/io/skm/Handle.java");
    for line in [
        "AtomicLong users = new AtomicLong(1);",
        "while (!closed.get()) {",
        "long now = users.get();",
        "if (now == 0) {",
        "if (users.compareAndSet(now, now + 1)) {",
        "if (users.decrementAndGet() == 0) {",
        "if (!closed.compareAndSet(false, true)) {",
    ] {
        assert!(handle.contains(line), "Handle.java no longer holds `{line}`: let the model follow");
    }
}
