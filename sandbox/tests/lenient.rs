//! What a lenient sandbox takes, and what it does not: each departure is refused by a strict one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use skm_sandbox::Options;
use support::{Got, NOW_TEXT, World, frozen, id_text, params_text, seal};

fn lenient() -> World {
    World::with(Options { lenient: true, ..frozen() })
}

fn code(got: &Got) -> String {
    let answer = got.json();
    let code = ["retcode", "resCode", "code"].iter().find_map(|key| answer.get(*key)).unwrap().clone();
    code.as_str().map_or_else(|| code.to_string(), str::to_owned)
}

/// The same request to both.
fn both(ask: impl Fn(&World) -> Got) -> (String, String) {
    (code(&ask(&World::start())), code(&ask(&lenient())))
}

fn pairs<'a>(world: &'a World, sign: &'a str, params: &'a str) -> [(&'static str, &'a str); 5] {
    [
        ("appmark", world.given("user_token", "appmark")),
        ("time", NOW_TEXT),
        ("sign", sign),
        ("servicename", "generateUserToken"),
        ("params", params),
    ]
}

const GATEWAY: &str = "/jsjis/gateway/interface.do";

#[test]
fn params_in_another_form() {
    type Change = fn(String) -> String;
    let changes: [(&str, Change); 7] = [
        ("white space", |text| text.replace("\":", "\" : ").replace(',', ",\r\n\t")),
        ("white space around", |text| format!(" {text}\n")),
        ("another order", |text| {
            let (first, rest) = text[1..text.len() - 1].split_once(',').unwrap();
            format!("{{{rest},{first}}}")
        }),
        ("an unknown member", |text| text.replacen('{', "{\"colour\":\"blue\",", 1)),
        ("an unknown member of another type", |text| text.replacen('{', "{\"age\":[1],", 1)),
        ("empty optional members", |text| text.replacen('}', ",\"email\":\"\",\"sex\":\"\",\"birthdate\":\" \"}", 1)),
        ("escapes", |text| text.replacen("苏", "\\u82cf", 1)),
    ];
    for (what, change) in changes {
        let ask = |world: &World| {
            let params = change(params_text(&world.params(0)));
            world.token_call(NOW_TEXT, &world.sign(NOW_TEXT), &params)
        };
        let (strict, lenient) = both(ask);
        let is_free = what == "escapes";
        assert_eq!((strict == "000000", lenient.as_str()), (is_free, "000000"), "{what}: {strict}");
    }
}

#[test]
fn the_gateway_in_every_form() {
    let world = lenient();
    let (sign, params) = (world.sign(NOW_TEXT), params_text(&world.params(0)));
    let mut pairs = pairs(&world, &sign, &params);
    pairs.reverse();
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .append_pair("nonce", "1")
        .append_pair("colour", "blue")
        .finish();
    let object = Value::from_iter(pairs.map(|(name, value)| (name.to_owned(), json!(value))));
    assert_eq!(code(&world.form(GATEWAY, &pairs)), "000000");
    assert_eq!(code(&world.get(&format!("{GATEWAY}?{form}"))), "000000");
    assert_eq!(code(&world.post(GATEWAY, object)), "000000");
    let typed = [("Content-Type", "Application/X-WWW-Form-Urlencoded")];
    assert_eq!(code(&world.send("POST", GATEWAY, &typed, form.as_bytes())), "000000");
    assert_eq!(world.send("PUT", GATEWAY, &typed, form.as_bytes()).status, 405);
}

#[test]
fn the_form_of_interface_3_in_another_order() {
    let ask = |world: &World| {
        let qr = world.qr(0);
        let mut pairs = world.scan_pairs(&qr);
        pairs.reverse();
        pairs.push(("deviceId", "7"));
        world.form("/jkm/scanJsJkm", &pairs)
    };
    assert_eq!(both(ask), ("1".to_owned(), "0".to_owned()));
}

#[test]
fn the_body_of_interface_4_in_another_form() {
    let text = |world: &World| {
        let person = &world.sandbox.people()[0];
        id_text(&json!({"userid": person.number, "name": person.name, "applyType": "x"}))
    };
    type Change = fn(String) -> String;
    let changes: [(&str, Change); 4] = [
        ("white space", |text| text.replace("\":", "\" : ")),
        ("another order", |text| {
            let (first, rest) = text[1..text.len() - 1].split_once(',').unwrap();
            format!("{{{rest},{first}}}")
        }),
        ("an unknown member", |text| text.replacen('{', "{\"colour\":1,", 1)),
        ("an empty optional member", |text| text.replacen(":\"x\"", ":\"\"", 1)),
    ];
    for (what, change) in changes {
        let (strict, lenient) = both(|world| world.id_text(&change(text(world))));
        assert_eq!((strict.as_str(), lenient.as_str()), ("400", "200"), "{what}");
    }
    let typed = |content_type: &'static str| {
        both(|world| {
            let body = seal(&world.key("body_key"), text(world).as_bytes());
            let auth = world.auth();
            let headers = [("Content-Type", content_type), ("auth", auth.as_str())];
            world.send("POST", "/skm_public/member/get", &headers, body.as_bytes())
        })
    };
    assert_eq!(typed("application/json;charset=GBK"), ("400".to_owned(), "200".to_owned()));
}

#[test]
fn a_final_x_in_lower_case() {
    let stranger = |world: &World| {
        let asked =
            json!({"name": "生面孔", "paperstype": "1", "papersnumber": "32000019850630007x", "mobile": "13900000000"});
        world.issue(asked)
    };
    assert_eq!(both(stranger), ("207".to_owned(), "000000".to_owned()));
    let world = lenient();
    stranger(&world);
    let ask = |number: &str| code(&world.id(json!({"userid": number, "name": "生面孔"})));
    assert_eq!((ask("32000019850630007x"), ask("32000019850630007X")), ("200".to_owned(), "200".to_owned()));
}

/// What a real platform refuses, a lenient sandbox refuses too, and says why.
#[test]
fn what_counts_stays_strict() {
    let world = lenient();
    let refused = |got: Got, expected: &str, words: &str| {
        let text = got.text();
        assert_eq!(code(&got), expected, "{text}");
        assert!(text.contains(words), "{text}");
    };
    let (sign, params) = (world.sign(NOW_TEXT), params_text(&world.params(0)));
    refused(world.token_call(NOW_TEXT, &"0".repeat(32), &params), "202", "no usual mistake fits");
    refused(world.token_call("20200101000000", &world.sign("20200101000000"), &params), "202", "behind");
    refused(world.token_call(NOW_TEXT, &sign, &params.replacen("\"name\":", "\"nome\":", 1)), "204", "name is missing");
    refused(world.token_call(NOW_TEXT, &sign, &params.replacen('}', ",\"name\":\"b\"}", 1)), "203", "no key twice");
    refused(world.token_call(NOW_TEXT, &sign, &params.replacen('}', ",\"sex\":\"男\"}", 1)), "203", "sex must be");
    refused(
        world.token_call(NOW_TEXT, &sign, &params.replacen('}', ",\"post\":1}", 1)),
        "203",
        "post must be a string",
    );
    let mut twice = pairs(&world, &sign, &params).to_vec();
    twice.push(("time", NOW_TEXT));
    refused(world.form(GATEWAY, &twice), "203", "time stands there twice");

    refused(world.scan_with(&world.qr(0), "token", "x"), "116", "unit's access token");
    refused(world.scan_with(&world.qr(0), "position", "here"), "1", "four parts");
    refused(world.id(json!({"userid": "320000198506304143", "name": "张三"})), "400", "check character");
    refused(world.id_raw(&seal(&world.key("auth_key"), b"other"), ""), "401", "a known account");
    refused(world.id_raw(&world.auth(), &seal(&world.key("auth_key"), b"{}")), "400", "swapped");
    world.sandbox.reset();
    refused(world.id(json!({"userid": "E0000000", "name": "无名氏"})), "404", "unknown");
    assert_eq!(
        code(&world.token_call(NOW_TEXT, &sign, &params.replace("\":", "\": "))),
        "000000",
        "also after a reset"
    );
}
