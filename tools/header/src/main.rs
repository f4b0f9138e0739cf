//! Writes the C header of `bindings/c` to the path given, or says why not.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(target) = std::env::args_os().nth(1) else {
        eprintln!("usage: skm-header <header to write>");
        return ExitCode::from(2);
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bindings/c");
    let written = cbindgen::Config::from_file(source.join("cbindgen.toml"))
        .and_then(|config| cbindgen::generate_with_config(&source, config).map_err(|error| error.to_string()));
    match written {
        Ok(header) => {
            header.write_to_file(target);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("skm-header: {error}");
            ExitCode::FAILURE
        }
    }
}
