//! Answers of the sandbox itself, beside those of the interfaces.

use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use crate::answer::{Answer, SECURITY_HEADERS};
use crate::server;
use crate::text::Say;

/// Any JSON answer of the sandbox itself.
pub async fn json(status: u16, value: Value) -> Response<Body> {
    let headers = vec![
        ("content-type", "application/json;charset=UTF-8".to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        // No page of others loads it, not even as a picture.
        ("cross-origin-resource-policy", "same-origin".to_owned()),
    ];
    let body = format!("{value:#}\n").into_bytes();
    server::deliver(Answer { status, headers, body, delay: Duration::ZERO, script: None }).await
}

/// The same for what cannot be done, saying what would be right.
pub async fn wrong(status: u16, error: impl Into<String>) -> Response<Body> {
    json(status, json!({"error": error.into(), "see": "/_sandbox/"})).await
}

/// A request that is not looked into.
pub async fn refused(status: u16, say: &Say) -> Response<Body> {
    wrong(status, say.to_string()).await
}

/// Any other path.
pub async fn not_found() -> Response<Body> {
    wrong(404, "no such path here: GET /_sandbox/ lists everything").await
}

/// A known path with another method.
pub async fn wrong_method() -> Response<Body> {
    wrong(405, "this path takes another method: GET /_sandbox/ lists everything").await
}

/// A page or asset of the sandbox's own, with the strict headers.
pub fn asset(content_type: &str, text: String) -> Answer {
    let mut headers = vec![("content-type", content_type.to_owned()), ("cache-control", "no-store".to_owned())];
    headers.extend(SECURITY_HEADERS.map(|(name, value)| (name, value.to_owned())));
    Answer { status: 200, headers, body: text.into_bytes(), delay: Duration::ZERO, script: None }
}
