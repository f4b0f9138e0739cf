//! A sandbox and a client of it.

use std::path::Path;

use skm::{Client, Config, Consent, IdRequest, ScanRequest, UserTokenRequest};
use skm_sandbox::{Level, Options, Person, Sandbox};

/// A sandbox on a free port, started for one test.
pub fn start() -> Sandbox {
    Sandbox::start(Options::on_free_port()).expect("a sandbox on a free port")
}

/// A client of the sandbox whose `[http]` section is `http`, which may go on with other sections.
pub fn client(sandbox: &Sandbox, http: &str) -> Client {
    let config = sandbox.config_toml();
    let units = config.split("[http]").next().expect("split gives at least one part");
    let config = format!("{units}\n[http]\n{http}\n");
    Client::new(Config::parse(&config, Path::new("")).expect("the sandbox's configuration")).expect("a client")
}

/// The first resident with this level.
pub fn person(sandbox: &Sandbox, level: Level) -> Person {
    let fits = |person: &Person| person.level == level && person.papers_type == "1" && !person.update_required;
    sandbox.people().into_iter().find(fits).expect("someone of every level")
}

pub fn consent() -> Consent {
    Consent::explicit("notice A-12")
}

pub fn token_request(person: &Person) -> UserTokenRequest {
    UserTokenRequest::new(person.name.as_str(), person.number.as_str(), person.mobile.as_str(), consent())
}

pub fn scan_request(sandbox: &Sandbox, person: &Person) -> ScanRequest {
    ScanRequest::new(sandbox.fresh_qr(&person.number).expect("a known person"), consent())
}

pub fn id_request(person: &Person) -> IdRequest {
    IdRequest::new(person.number.as_str(), person.name.as_str(), consent())
}
