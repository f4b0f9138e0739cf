//! Interface 2's H5 page (clause 6.2): one HTML file, its script and style, and the call by which it gets a code.
//!
//! The token arrives in the page's URL; the script removes it from there at once and sends it in a JSON body only.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::Response;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::Deserialize;
use serde_json::{Value, json};
use skm::person::mask;

use crate::faults::Interface;
use crate::interfaces::Asked;
use crate::people::Level;
use crate::reply::{Content, Heard, Reply};
use crate::shared::Shared;
use crate::text::Say;
use crate::tokens::TokenFault;
use crate::world::{CallTime, World};
use crate::{answer, own, server};

const HTML: &str = include_str!("../assets/page.html");

/// The page itself. It opens with any token: the script asks for the code and shows what is wrong.
pub fn open(world: &mut World, asked: &Asked) -> Reply {
    let value = |wanted: &str| {
        form_urlencoded::parse(asked.query.as_bytes())
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let person = value("token").and_then(|token| {
        world.tokens.person(&token, value("uuid").as_deref(), asked.time.now).ok().map(str::to_owned)
    });
    let (status, say) = match (asked.method.as_str(), &person) {
        ("GET", Some(_)) => (200, Say::new("页面已打开", "the page was opened")),
        ("GET", None) => (200, Say::new("页面已打开,但令牌无效", "the page was opened with a token that is not valid")),
        _ => (405, Say::new("请求方法应为 GET", "the method must be GET")),
    };
    Reply {
        interface: Interface::Display,
        code: status.to_string(),
        say,
        fields: Vec::new(),
        person,
        status,
        content: Content::Page(HTML),
    }
}

/// `/h5/page.js` and its kind.
pub async fn asset(Path(name): Path<String>) -> Response<Body> {
    let (content_type, text) = match name.as_str() {
        "page.js" => ("text/javascript; charset=utf-8", include_str!("../assets/page.js")),
        "page.css" => ("text/css; charset=utf-8", include_str!("../assets/page.css")),
        "journal.css" => ("text/css; charset=utf-8", include_str!("../assets/journal.css")),
        "icon.svg" => ("image/svg+xml", include_str!("../assets/icon.svg")),
        _ => return own::not_found().await,
    };
    let answer = own::asset(content_type, text.to_owned());
    server::deliver(answer).await
}

/// What the page's script asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRequest {
    token: String,
    uuid: Option<String>,
    /// One open page; the script makes it up.
    page: String,
}

/// `POST /h5/code`: a fresh code as SVG, and what stands around it.
pub async fn code(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    let answer = {
        let mut world = shared.world();
        let time = world.call_time(Interface::Display);
        let reply = fresh_code(&mut world, time, &body);
        answer::settle(&mut world, time, reply)
    };
    server::deliver(answer).await
}

fn fresh_code(world: &mut World, time: CallTime, body: &[u8]) -> Reply {
    let reply = |status: u16, say: Say, heard: Heard, content: Value| Reply {
        interface: Interface::Display,
        code: status.to_string(),
        say,
        fields: heard.fields,
        person: heard.person,
        status,
        content: Content::Json(content),
    };
    let Ok(asked) = serde_json::from_slice::<CodeRequest>(body) else {
        let say = Say::new(
            "请求应为 JSON:token、page、可选 uuid",
            "a json object with token, page and optionally uuid is needed",
        );
        return reply(400, say, Heard::default(), json!({"ok": false, "reason": "request"}));
    };
    let found = world.tokens.person(&asked.token, asked.uuid.as_deref(), time.now);
    let found = found.and_then(|number| world.people.by_number(number).cloned().ok_or(TokenFault::Unknown));
    let person = match found {
        Ok(person) => person,
        Err(fault) => {
            let (reason, say) = token_fault(fault);
            return reply(401, say, Heard::default(), json!({"ok": false, "reason": reason}));
        }
    };
    let issued = world.codes.issue(&person.identity, time.now, Some(&asked.page));
    let mut heard = Heard { person: Some(person.number.clone()), ..Heard::default() };
    heard.note("name", mask::name(&person.name));
    heard.note("papersnumber", mask::certificate(&person.number));
    let content = json!({
        "ok": true,
        "svg": svg_of(&issued.text, person.level),
        "level": person.level.word(),
        "name": mask::name(&person.name),
        "number": mask::certificate(&person.number),
        "tip_zh": person.level.tip(),
        "tip_en": person.level.tip_en(),
        "now_ms": time.now.0,
        "life_ms": issued.expires.0 - time.now.0,
    });
    reply(200, Say::new("页面取得新码", "the page got a fresh code"), heard, content)
}

fn token_fault(fault: TokenFault) -> (&'static str, Say) {
    match fault {
        TokenFault::Expired => ("expired", Say::new("令牌已过期", "the token has expired")),
        TokenFault::Unknown => ("unknown", Say::new("令牌未知", "the token is unknown")),
        TokenFault::WrongUuid => ("uuid", Say::new("uuid 与令牌不符", "the uuid belongs to another token")),
    }
}

/// A code's picture: dark modules in the level's colour, dark enough to be read from a screenshot, on a white quiet zone.
pub fn svg_of(text: &str, level: Level) -> String {
    let colour = match level {
        Level::Green => "#0b6b3a",
        Level::Yellow => "#8a5a00",
        Level::Red => "#a3161f",
        Level::Unknown => "#44505c",
    };
    let code = QrCode::with_error_correction_level(text, EcLevel::M).expect("a code's text fits a QR code");
    let image = code
        .render::<svg::Color>()
        .min_dimensions(280, 280)
        .dark_color(svg::Color(colour))
        .light_color(svg::Color("#ffffff"))
        .quiet_zone(true)
        .build();
    // The renderer leads with an XML declaration, which has no place inside a page.
    image.find("<svg").map_or(String::new(), |at| image[at..].to_owned())
}
