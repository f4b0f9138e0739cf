//! Serves a sandbox until it is interrupted: `serve [address] [seconds a QR code lives]`.

use std::time::Duration;

use skm_sandbox::{Options, Sandbox};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    if let Some(listen) = arguments.next() {
        options.listen = listen.parse()?;
    }
    if let Some(seconds) = arguments.next() {
        options.qr_life = Duration::from_secs(seconds.parse()?);
    }
    let sandbox = Sandbox::start(options)?;
    println!("{}", sandbox.base_url());
    sandbox.wait();
    Ok(())
}
