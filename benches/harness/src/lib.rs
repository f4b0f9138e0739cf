//! What the benchmark's Rust programs share: the fixed questions and answers, and the loop that times calls.
//!
//! Every client of the benchmark, in whatever language, takes the same arguments and prints the same JSON line: see
//! [`driver`].

pub mod driver;
pub mod fixed;

/// Ends the program with a line on the error channel.
pub fn fail(text: impl std::fmt::Display) -> ! {
    eprintln!("error: {text}");
    std::process::exit(1)
}
