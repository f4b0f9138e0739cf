//! Serves a sandbox on the default address, or on the one given, until it is interrupted.

use skm_sandbox::{Options, Sandbox};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options::default();
    if let Some(listen) = std::env::args().nth(1) {
        options.listen = listen.parse()?;
    }
    let sandbox = Sandbox::start(options)?;
    println!("{}", sandbox.base_url());
    sandbox.wait();
    Ok(())
}
