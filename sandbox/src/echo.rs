//! Fixed green answers without any check, for measuring a client: `POST /_sandbox/echo/{token,scan,id}`.
//!
//! The interface 4 answer is about the first invented person, so that a client's own check of `userid` passes. Codes and
//! levels are the dialect's, spelled as the sandbox was started.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Response, header};
use axum::routing::any;
use serde_json::json;
use skm::platform::{IdAnswer, id_answer};

use crate::answer::spell_code;
use crate::reply::read_back;
use crate::shared::Shared;

/// The three routes, their bodies made once.
pub fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let world = shared.world();
    let person = &world.people.list()[0];
    let (dialect, settings) = (&world.dialect, &world.settings);
    let level = person.level.spelled(settings.level_form, &dialect.level);
    let code = |success: &str| spell_code(settings.code_form, success);
    let token = json!({
        "retcode": dialect.user_token.success,
        "msg": "成功",
        "data": {"token": "0".repeat(64), "uuid": "P202101011200000000000000"},
    });
    let scan = json!({
        "resCode": code(&dialect.scan.success),
        "resMessage": "OK",
        "res": {"name": person.name, "idcardNo": "3200**********0000", "level": level, "tip": person.level.tip()},
    });
    let inner = IdAnswer::new(&person.number, &person.name, &level).with(Some(&person.travel), Some(""));
    let mut id = read_back(&id_answer(&inner, &world.keys, dialect));
    id["code"] = code(&dialect.id.success);
    Router::new()
        .route("/_sandbox/echo/token", fixed(token.to_string()))
        .route("/_sandbox/echo/scan", fixed(scan.to_string()))
        .route("/_sandbox/echo/id", fixed(id.to_string()))
}

fn fixed(body: String) -> axum::routing::MethodRouter<Arc<Shared>> {
    let body = Bytes::from(body);
    any(move |_: Bytes| {
        let body = body.clone();
        async move {
            Response::builder()
                .header(header::CONTENT_TYPE, "application/json;charset=UTF-8")
                .body(Body::from(body))
                .expect("a fixed header is valid")
        }
    })
}
