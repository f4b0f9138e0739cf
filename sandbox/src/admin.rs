//! `/_sandbox/`: set and see everything on the same port. JSON in, JSON out; errors say what would be right.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, header};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::ClockSetting;
use crate::faults::{Fault, Interface};
use crate::settings::Settings;
use crate::shared::Shared;
use crate::{admin_pages, magic, own, server};

/// Every admin route.
pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sandbox/", get(index))
        .route("/_sandbox", get(index))
        .route("/_sandbox/health", get(health))
        .route("/_sandbox/config", get(config))
        .route("/_sandbox/people", get(people))
        .route("/_sandbox/magic", get(magic_values))
        .route("/_sandbox/faults", get(list_faults).post(add_fault).delete(clear_faults))
        .route("/_sandbox/faults/kinds", get(fault_kinds))
        .route("/_sandbox/faults/{id}", axum::routing::delete(remove_fault))
        .route("/_sandbox/clock", get(show_clock).post(set_clock))
        .route("/_sandbox/settings", get(show_settings).post(change_settings))
        .route("/_sandbox/qr", post(fresh_qr))
        .route("/_sandbox/reset", post(reset))
        .route("/_sandbox/journal", get(journal))
        .route("/_sandbox/journal.html", get(journal_page))
}

type Here = State<Arc<Shared>>;

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("the body is not what this path takes: {error}"))
}

async fn index(State(shared): Here, headers: HeaderMap) -> Response<Body> {
    let wants_html =
        headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|it| it.contains("text/html"));
    if wants_html {
        let html = admin_pages::index(&shared);
        return server::deliver(own::asset("text/html; charset=utf-8", html)).await;
    }
    let index = admin_pages::index_json(&shared);
    own::json(200, index).await
}

async fn health(State(shared): Here) -> Response<Body> {
    let time = shared.world().clock.now().iso();
    own::json(200, json!({"ok": true, "time": time, "version": env!("CARGO_PKG_VERSION")})).await
}

async fn config(State(shared): Here) -> Response<Body> {
    let text = shared.config_toml();
    server::deliver(own::asset("application/toml; charset=utf-8", text)).await
}

/// Everyone, each with a fresh code.
async fn people(State(shared): Here) -> Response<Body> {
    let list = {
        let mut world = shared.world();
        let now = world.clock.now();
        let people = world.people.list().to_vec();
        let with_code = |(index, person): (usize, crate::people::Person)| {
            let issued = world.codes.issue(&person.identity, now, None);
            let mut value = json!(person);
            value["index"] = json!(index);
            value["qr_text"] = json!(issued.text);
            value["qr_expires_at"] = json!(issued.expires.iso());
            value
        };
        people.into_iter().enumerate().map(with_code).collect::<Vec<Value>>()
    };
    own::json(200, json!({"people": list})).await
}

async fn magic_values(State(shared): Here) -> Response<Body> {
    let values = magic::list(&shared.world().dialect);
    own::json(200, values).await
}

async fn list_faults(State(shared): Here) -> Response<Body> {
    let rules = json!({"faults": shared.world().faults.rules()});
    own::json(200, rules).await
}

async fn fault_kinds() -> Response<Body> {
    let line = |info: &crate::faults::KindInfo| {
        let expects: serde_json::Map<String, Value> = Interface::ALL
            .into_iter()
            .filter(|interface| info.kind.applies_to(*interface))
            .map(|interface| (interface.name().to_owned(), json!(info.kind.expects(interface))))
            .collect();
        json!({"kind": info.name, "what": info.what, "expects": expects})
    };
    let kinds: Vec<Value> = Fault::KINDS.iter().map(line).collect();
    own::json(200, json!({"kinds": kinds})).await
}

async fn add_fault(State(shared): Here, body: Bytes) -> Response<Body> {
    let fault = read::<Fault>(&body).and_then(|fault| fault.check().map(|()| fault));
    match fault {
        Ok(fault) => {
            let id = shared.world().faults.add(fault);
            own::json(200, json!({"id": id})).await
        }
        Err(error) => own::wrong(400, format!("{error}; see /_sandbox/faults/kinds")).await,
    }
}

async fn clear_faults(State(shared): Here) -> Response<Body> {
    shared.world().faults.clear();
    own::json(200, json!({"ok": true})).await
}

async fn remove_fault(State(shared): Here, Path(id): Path<String>) -> Response<Body> {
    let removed = id.parse().is_ok_and(|id| shared.world().faults.remove(id));
    if removed {
        return own::json(200, json!({"ok": true})).await;
    }
    own::wrong(404, "no fault rule has this id: GET /_sandbox/faults lists them").await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockRequest {
    offset_s: Option<i64>,
    frozen: Option<String>,
}

impl ClockRequest {
    fn setting(self) -> Result<ClockSetting, String> {
        match (self.offset_s, self.frozen) {
            (Some(0), None) => Ok(ClockSetting::Real),
            (Some(seconds), None) => Ok(ClockSetting::Offset(seconds)),
            (None, Some(time)) => match time.parse::<jiff::Timestamp>() {
                Ok(time) => Ok(ClockSetting::Frozen(time.as_second())),
                Err(_) => Err("frozen must be a time with its offset, as 2021-01-01T12:00:00+08:00".to_owned()),
            },
            _ => Err("give offset_s (seconds, 0 is the real time) or frozen (a time), one of them".to_owned()),
        }
    }
}

async fn show_clock(State(shared): Here) -> Response<Body> {
    let clock = shared.world().clock;
    let (mode, time) = (format!("{clock:?}"), clock.now().iso());
    own::json(200, json!({"clock": mode, "time": time})).await
}

async fn set_clock(State(shared): Here, body: Bytes) -> Response<Body> {
    match read::<ClockRequest>(&body).and_then(ClockRequest::setting) {
        Ok(setting) => {
            shared.world().clock = setting;
            own::json(200, json!({"ok": true, "time": setting.now().iso()})).await
        }
        Err(error) => own::wrong(400, error).await,
    }
}

async fn show_settings(State(shared): Here) -> Response<Body> {
    let settings = shared.world().settings;
    own::json(200, json!(settings)).await
}

/// Keys that are left out keep their value.
async fn change_settings(State(shared): Here, body: Bytes) -> Response<Body> {
    let merged = {
        let world = shared.world();
        let mut merged = json!(world.settings);
        read::<serde_json::Map<String, Value>>(&body).and_then(|changes| {
            changes.into_iter().for_each(|(key, value)| merged[key] = value);
            serde_json::from_value::<Settings>(merged).map_err(|error| format!("no such setting: {error}"))
        })
    };
    match merged {
        Ok(settings) => {
            shared.world().settings = settings;
            own::json(200, json!(settings)).await
        }
        Err(error) => own::wrong(400, error).await,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QrRequest {
    userid: Option<String>,
    person: Option<usize>,
}

async fn fresh_qr(State(shared): Here, body: Bytes) -> Response<Body> {
    let made = read::<QrRequest>(&body).and_then(|asked| {
        let mut world = shared.world();
        let found = match (&asked.userid, asked.person) {
            (Some(userid), None) => world.people.by_number(userid),
            (None, Some(index)) => world.people.list().get(index),
            _ => return Err("give userid (a certificate number) or person (an index), one of them".to_owned()),
        };
        let Some(identity) = found.map(|person| person.identity.clone()) else {
            return Err("no such person: GET /_sandbox/people lists them".to_owned());
        };
        let now = world.clock.now();
        Ok(world.codes.issue(&identity, now, None))
    });
    match made {
        Ok(issued) => {
            let answer = json!({"qr_text": issued.text, "expires_at": issued.expires.iso()});
            own::json(200, answer).await
        }
        Err(error) => own::wrong(400, error).await,
    }
}

async fn reset(State(shared): Here) -> Response<Body> {
    shared.world().reset();
    own::json(200, json!({"ok": true})).await
}

async fn journal(State(shared): Here) -> Response<Body> {
    let entries = {
        let world = shared.world();
        json!({"entries": world.journal.entries().collect::<Vec<_>>()})
    };
    own::json(200, entries).await
}

async fn journal_page(State(shared): Here) -> Response<Body> {
    let html = admin_pages::journal(&shared);
    server::deliver(own::asset("text/html; charset=utf-8", html)).await
}
