//! Writes into the faces (C, Java, Python, documents) what the core's tables say. `make generate` runs it; with
//! `--check` it writes nothing, names every file that differs and ends with 1.

mod config;
mod errors;
mod face;
mod interfaces;

use std::path::Path;
use std::process::ExitCode;

use face::Face;

fn faces() -> Vec<Face> {
    [errors::faces(), config::faces(), interfaces::faces()].into_iter().flatten().collect()
}

fn main() -> ExitCode {
    let check = std::env::args().nth(1).is_some_and(|argument| argument == "--check");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut different = false;
    for face in faces() {
        match face.bring_up_to_date(&root, check) {
            Ok(false) => {}
            Ok(true) if check => {
                different = true;
                eprintln!("{} is not what the tables say: run make generate", face.path);
            }
            Ok(true) => println!("{} written", face.path),
            Err(problem) => {
                different = true;
                eprintln!("{}: {problem}", face.path);
            }
        }
    }
    if different { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
