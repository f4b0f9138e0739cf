//! Speaks the line protocol of tests/trust (see tests/trust/README.md) for the Rust core.

mod looped;
mod said;
mod submitted;

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::mpsc::channel;
use std::time::Instant;

use skm::{BatchOptions, Check, Client, Consent, Error, ErrorKind, IdRequest, ScanRequest, UserTokenRequest, Verdict};

/// Rows of one batch.
const ROWS: usize = 4;

/// Whom a line asks about.
#[derive(Clone)]
struct Asked {
    number: String,
    name: String,
    mobile: String,
    qr: String,
    notice: String,
}

/// What a caller saw of one call.
struct Seen {
    outcome: String,
    green: bool,
}

impl Seen {
    fn new(result: Result<Option<Verdict>, Error>) -> Seen {
        match result {
            Ok(None) => Seen { outcome: "ok".to_owned(), green: false },
            Ok(Some(verdict)) => Seen { outcome: verdict.as_str().to_owned(), green: verdict.is_green() },
            Err(error) => {
                said::failure(&error);
                Seen { outcome: error.kind().name().to_owned(), green: false }
            }
        }
    }
}

impl Asked {
    fn from(fields: &[&str]) -> Asked {
        let field = |index: usize| fields.get(index).copied().unwrap_or_default().to_owned();
        Asked { number: field(0), name: field(1), mobile: field(2), qr: field(3), notice: field(4) }
    }

    fn consent(&self) -> Consent {
        Consent::explicit(self.notice.as_str())
    }

    fn token(&self) -> UserTokenRequest {
        let (name, number, mobile) = (self.name.as_str(), self.number.as_str(), self.mobile.as_str());
        said::shown(&UserTokenRequest::new(name, number, mobile, self.consent()))
    }

    fn scan(&self) -> ScanRequest {
        said::shown(&ScanRequest::new(self.qr.as_str(), self.consent()))
    }

    fn id(&self) -> IdRequest {
        said::shown(&IdRequest::new(self.number.as_str(), self.name.as_str(), self.consent()))
    }

    fn check(&self, interface: &str) -> Check {
        if interface == "verify_scan" { Check::Scan(self.scan()) } else { Check::Id(self.id()) }
    }
}

/// One blocking call.
fn ask(client: &Client, interface: &str, asked: &Asked) -> Result<Option<Verdict>, Error> {
    match interface {
        "issue_user_token" => client.issue_user_token(&asked.token()).map(|user| {
            said::shown(&user);
            None
        }),
        "verify_scan" => client.verify_scan(&asked.scan()).map(|result| Some(said::shown(&result).verdict())),
        _ => client.verify_id(&asked.id()).map(|result| Some(said::shown(&result).verdict())),
    }
}

/// One submitted call, waited for.
fn submit(client: &Client, interface: &str, asked: &Asked) -> Seen {
    let (done, result) = channel();
    let (interface, asked) = (interface.to_owned(), asked.clone());
    let submitted =
        client.submit(move |client| ask(client, &interface, &asked), move |outcome| drop(done.send(outcome)));
    if let Err(error) = submitted {
        return Seen::new(Err(error));
    }
    Seen::new(result.recv().unwrap_or_else(|_| Err(ErrorKind::Internal.into())))
}

/// One batch: every distinct outcome, green if any row was. As many results as rows must come back.
fn many(client: &Client, interface: &str, asked: &Asked) -> Seen {
    let rows: Vec<Check> = (0..ROWS).map(|_| asked.check(interface)).collect();
    let seen: Vec<Seen> = client
        .verify_many(rows, BatchOptions::default())
        .map(|row| Seen::new(row.map(|checked| Some(said::shown(&checked).verdict()))))
        .collect();
    let mut outcomes: Vec<&str> = seen.iter().map(|row| row.outcome.as_str()).collect();
    outcomes.dedup();
    if seen.len() != ROWS {
        outcomes = vec!["row_count_wrong"];
    }
    Seen { outcome: outcomes.join(","), green: seen.iter().any(|row| row.green) }
}

fn call(client: &Client, fields: &[&str]) -> String {
    let [interface, form, rest @ ..] = fields else { return "usage".to_owned() };
    let asked = Asked::from(rest);
    let started = Instant::now();
    let seen = match *form {
        "async" => submit(client, interface, &asked),
        "many" => many(client, interface, &asked),
        _ => Seen::new(ask(client, interface, &asked)),
    };
    format!("{}\t{}\t{}", seen.outcome, u8::from(seen.green), started.elapsed().as_micros())
}

/// Interfaces 1 and 2; gives `issued` and the token, so that the harness can look for it everywhere else.
fn display(client: &Client, fields: &[&str]) -> Result<String, Error> {
    let user = client.issue_user_token(&Asked::from(fields).token())?;
    said::shown(&client.display_url(&user)?);
    Ok(format!("issued\t{}", user.token.expose()))
}

fn answer(clients: &mut HashMap<String, Client>, line: &str) -> String {
    let fields: Vec<&str> = line.split('\t').collect();
    let [op, slot, rest @ ..] = fields.as_slice() else { return "usage".to_owned() };
    if *op == "open" {
        clients.remove(*slot);
        return match Client::open(rest.first().copied().unwrap_or_default()) {
            Ok(client) => {
                said::shown(client.config());
                clients.insert((*slot).to_owned(), said::shown(&client));
                "opened".to_owned()
            }
            Err(error) => Seen::new(Err(error)).outcome,
        };
    }
    let Some(client) = clients.get(*slot) else { return "no such client".to_owned() };
    match *op {
        "call" => call(client, rest),
        "loop" => looped::run(client, rest),
        "submit" => submitted::run(client, rest),
        "display" => display(client, rest).unwrap_or_else(|error| Seen::new(Err(error)).outcome),
        "close" => {
            client.close();
            "closed".to_owned()
        }
        _ => "usage".to_owned(),
    }
}

fn main() -> std::io::Result<()> {
    said::listen_to_the_log();
    let mut clients = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&mut clients, &line?);
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
