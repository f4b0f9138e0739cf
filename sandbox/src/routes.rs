//! Which path leads where. Handlers lock the world, decide, unlock, and only then wait or write.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::map_response_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, post};
use skm::dialect::Dialect;

use crate::faults::Interface;
use crate::interfaces::{Asked, id, scan, user_token};
use crate::options::StartError;
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

/// The dialect's path of each interface, in the standard's order.
fn paths(dialect: &Dialect) -> [&str; 4] {
    [&dialect.user_token.path, &dialect.display_path, &dialect.scan.path, &dialect.id.path]
}

/// Refuses paths that a router cannot tell apart.
pub fn check_paths(dialect: &Dialect) -> Result<(), StartError> {
    let paths = paths(dialect);
    for (at, path) in paths.iter().enumerate() {
        let ours = ["/_sandbox", "/h5"].iter().any(|prefix| path.starts_with(prefix));
        if ours || path.contains(['{', '}', '*', ':', '?', '#']) || paths[..at].contains(path) {
            return Err(StartError::Path((*path).to_owned()));
        }
    }
    Ok(())
}

/// All routes.
pub fn router(shared: Arc<Shared>) -> Router {
    let dialect = Arc::clone(&shared.world().dialect);
    let [gateway, display, scan_path, id_path] = paths(&dialect);
    Router::new()
        .route(gateway, interface(Interface::IssueUserToken, user_token::answer))
        .route(display, interface(Interface::Display, page::open))
        .route(scan_path, interface(Interface::VerifyScan, scan::answer))
        .route(id_path, interface(Interface::VerifyId, id::answer))
        .route("/h5/code", post(page::code))
        .route("/h5/{asset}", get(page::asset))
        .merge(admin::routes())
        .merge(echo::routes(&shared))
        .fallback(admin::not_found)
        .method_not_allowed_fallback(admin::wrong_method)
        .layer(map_response_with_state(Arc::clone(&shared), dated))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(shared)
}

/// Every answer is dated by the sandbox's clock; those of the interfaces already are.
async fn dated(State(shared): State<Arc<Shared>>, mut response: Response) -> Response {
    if !response.headers().contains_key(header::DATE) {
        let date = shared.world().clock.now().http_date();
        let date = HeaderValue::from_str(&date).expect("a date is visible ascii");
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

type Answering = fn(&mut World, &Asked) -> Reply;

/// One interface of the standard: every method reaches it, so that it can say which one is right.
fn interface(interface: Interface, answering: Answering) -> MethodRouter<Arc<Shared>> {
    any(
        move |State(shared): State<Arc<Shared>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            let answer = {
                let mut world = shared.world();
                let time = world.call_time(interface);
                let query = uri.query().unwrap_or_default();
                let reply =
                    answering(&mut world, &Asked { method: &method, query, headers: &headers, body: &body, time });
                world.settle(time, reply)
            };
            server::deliver(answer).await
        },
    )
}
