//! Which path leads where. Handlers lock the world, decide, unlock, and only then wait or write.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::routing::{any, get, post};

use crate::answer::Answer;
use crate::faults::Interface;
use crate::interfaces::{Asked, id, scan, user_token};
use crate::reply::Reply;
use crate::world::World;
use crate::{admin, echo, page, server};

/// Largest request body.
const MAX_BODY: usize = 1 << 20;

/// The world and what never changes, shared by all handlers.
pub struct Shared {
    world: Mutex<World>,
    /// `http://host:port`.
    pub base: String,
    /// The value of `dialect` in the configuration.
    pub dialect_name: String,
}

impl Shared {
    /// Shares a world.
    pub fn new(world: World, base: String, dialect_name: String) -> Shared {
        Shared { world: Mutex::new(world), base, dialect_name }
    }

    /// The world, locked. A panic elsewhere does not make it unusable.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client's configuration.
    pub fn config_toml(&self) -> String {
        crate::config_text::write(&self.world(), &self.base, &self.dialect_name)
    }
}

/// All routes.
pub fn router(shared: Arc<Shared>) -> Router {
    let paths = {
        let dialect = Arc::clone(&shared.world().dialect);
        [
            dialect.user_token.path.clone(),
            dialect.display_path.clone(),
            dialect.scan.path.clone(),
            dialect.id.path.clone(),
        ]
    };
    let [gateway, display, scan_path, id_path] = paths;
    Router::new()
        .route(&gateway, any(|state, method, uri, headers, body| platform(user_token::answer, Interface::IssueUserToken, state, method, uri, headers, body)))
        .route(&display, any(|state, method, uri, headers, body| platform(page::open, Interface::Display, state, method, uri, headers, body)))
        .route(&scan_path, any(|state, method, uri, headers, body| platform(scan::answer, Interface::VerifyScan, state, method, uri, headers, body)))
        .route(&id_path, any(|state, method, uri, headers, body| platform(id::answer, Interface::VerifyId, state, method, uri, headers, body)))
        .route("/h5/code", post(page::code))
        .route("/h5/{asset}", get(page::asset))
        .merge(admin::routes())
        .merge(echo::routes(&shared))
        .fallback(admin::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(shared)
}

type Answering = fn(&mut World, &Asked) -> Reply;

async fn platform(
    answering: Answering,
    interface: Interface,
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let asked = |time| Asked { method: &method, query: uri.query().unwrap_or_default(), headers: &headers, body: &body, time };
    let answer: Answer = {
        let mut world = shared.world();
        let time = world.call_time(interface);
        let reply = answering(&mut world, &asked(time));
        world.settle(time, reply)
    };
    server::deliver(answer).await
}
