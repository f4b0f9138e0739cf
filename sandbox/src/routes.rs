//! Which path leads where. Handlers lock the world, decide, unlock, and only then wait or write.
//!
//! No handler answers before the request has been read whole: an answer beside an unread body closes the connection, and
//! some systems then reset it, answer included.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn_with_state, map_response_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, post};

use crate::faults::Interface;
use crate::interfaces::{Asked, id, scan, user_token};
use crate::reply::Reply;
use crate::shared::Shared;
use crate::text::Say;
use crate::world::World;
use crate::{admin, answer, echo, own, page, paths, server};

/// Largest request body.
const MAX_BODY: usize = 1 << 20;
/// So much of a larger one is read and thrown away before it is refused.
const MAX_DISCARDED: usize = 16 << 20;
/// How long a body may take.
const BODY_PATIENCE: Duration = Duration::from_secs(75);

/// All routes.
pub fn router(shared: Arc<Shared>) -> Router {
    let dialect = Arc::clone(&shared.world().dialect);
    let [gateway, display, scan_path, id_path] = paths::of(&dialect);
    Router::new()
        .route(gateway, interface(Interface::IssueUserToken, user_token::answer))
        .route(display, interface(Interface::Display, page::open))
        .route(scan_path, interface(Interface::VerifyScan, scan::answer))
        .route(id_path, interface(Interface::VerifyId, id::answer))
        .route("/h5/code", post(page::code))
        .route("/h5/{asset}", get(page::asset))
        .merge(admin::routes())
        .merge(echo::routes(&shared))
        .fallback(own::not_found)
        .method_not_allowed_fallback(own::wrong_method)
        // The bound is kept where the body is read, below.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(&shared), admit))
        .layer(map_response_with_state(Arc::clone(&shared), dated))
        .with_state(shared)
}

/// Reads the request whole, then looks who asks.
async fn admit(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let read = tokio::time::timeout(BODY_PATIENCE, read_whole(body)).await;
    let body = match read.unwrap_or(Err(Unread::Late)) {
        Ok(body) => body,
        Err(Unread::TooLarge) => {
            let (zh, en) = ("请求体过大:上限 1 MiB", "the body is too large: 1 MiB is allowed");
            return own::refused(413, &Say::new(zh, en)).await;
        }
        Err(Unread::Late) => {
            return own::refused(408, &Say::new("请求体未按时收完", "the body did not come in time")).await;
        }
        Err(Unread::Cut) => return own::refused(400, &Say::new("请求体不完整", "the body was cut")).await,
    };
    let called = {
        let dialect = &shared.world().dialect;
        let [gateway, _, scan, id] = paths::of(dialect);
        [gateway, scan, id].contains(&parts.uri.path())
    };
    if let Err(say) = shared.names.check(&parts.headers, called) {
        return own::refused(403, &say).await;
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// Why a body was not read.
enum Unread {
    TooLarge,
    Late,
    Cut,
}

async fn read_whole(mut body: Body) -> Result<Vec<u8>, Unread> {
    let (mut whole, mut seen) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Unread::Cut)?.into_data() else { continue };
        seen += data.len();
        if seen <= MAX_BODY {
            whole.extend_from_slice(&data);
        } else if seen > MAX_DISCARDED {
            break;
        }
    }
    if seen > MAX_BODY { Err(Unread::TooLarge) } else { Ok(whole) }
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
                answer::settle(&mut world, time, reply)
            };
            server::deliver(answer).await
        },
    )
}
