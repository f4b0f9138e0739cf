//! The H5 page, the journal, the clock, settings and reset.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use skm_sandbox::{ClockSetting, Options};
use support::{Got, World, frozen};

fn token(world: &World, index: usize) -> (String, String) {
    let data = world.issue(world.params(index)).json()["data"].clone();
    (data["token"].as_str().unwrap().to_owned(), data["uuid"].as_str().unwrap().to_owned())
}

fn code(world: &World, token: &str, page: &str) -> Got {
    world.post("/h5/code", json!({"token": token, "page": page}))
}

#[test]
fn the_page_and_its_parts_carry_the_strict_headers() {
    let world = World::start();
    let (token, uuid) = token(&world, 0);
    for path in [
        format!("/jkmIndex.html?token={token}&uuid={uuid}").as_str(),
        "/h5/page.js",
        "/h5/page.css",
        "/h5/icon.svg",
        "/_sandbox/journal.html",
    ] {
        let got = world.get(path);
        assert_eq!(got.status, 200, "{path}");
        let policy = got.header("content-security-policy").unwrap();
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert_eq!(got.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(got.header("cache-control"), Some("no-store"));
        assert_eq!(got.header("date"), Some("Fri, 01 Jan 2021 04:00:00 GMT"));
        let text = got.text();
        assert!(!text.contains(&token));
        let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"), "{path} names another host");
        assert!(!text.contains("<script>") && !text.contains(" style=") && !text.contains(" onclick="), "{path}");
    }
    assert_eq!(world.send("POST", "/jkmIndex.html", &[], b"").status, 405);
    assert_eq!(world.get("/h5/other.js").status, 404);
    let html = world.get("/jkmIndex.html").text();
    assert!(html.contains("<noscript>") && html.contains("lang=\"zh-CN\"") && html.contains("width=device-width"));
    let script = world.get("/h5/page.js").text();
    assert!(script.find("history.replaceState").unwrap() < script.find("fetch(").unwrap());
}

#[test]
fn a_token_gets_a_coloured_code_with_masked_data() {
    let world = World::start();
    let colours = ["#0b6b3a", "#8a5a00", "#a3161f", "#44505c"];
    for (index, colour) in colours.into_iter().enumerate() {
        let person = world.sandbox.people()[index].clone();
        let (token, _) = token(&world, index);
        let got = code(&world, &token, "page-1");
        let answer = got.json();
        assert_eq!(answer["ok"], true);
        assert_eq!(answer["level"], ["green", "yellow", "red", "unknown"][index]);
        assert!(answer["svg"].as_str().unwrap().contains(colour));
        assert_eq!(answer["life_ms"], 60_000);
        let text = got.text();
        assert!(!text.contains(&person.name) && !text.contains(&person.number) && !text.contains("qrCode"), "{text}");
        assert!(answer["number"].as_str().unwrap().contains("*************"));
    }
}

#[test]
fn a_refresh_takes_back_its_own_code_and_no_other() {
    let world = World::start();
    let by_tests = world.qr(0);
    let (token, _) = token(&world, 0);
    for _ in 0..2 {
        assert_eq!(code(&world, &token, "page-1").status, 200);
        assert_eq!(code(&world, &token, "page-2").status, 200);
    }
    assert_eq!(world.scan(&by_tests).json()["resCode"], 0);
}

#[test]
fn a_bad_token_is_told_apart() {
    let world = World::with(Options { token_life: std::time::Duration::from_secs(100), ..frozen() });
    let (good, _) = token(&world, 0);
    let (_, other_uuid) = token(&world, 1);
    let reason = |got: Got| (got.status, got.json()["reason"].as_str().unwrap_or("").to_owned());
    assert_eq!(reason(code(&world, "nonsense", "p")), (401, "unknown".to_owned()));
    let mismatched = world.post("/h5/code", json!({"token": good, "uuid": other_uuid, "page": "p"}));
    assert_eq!(reason(mismatched), (401, "uuid".to_owned()));
    assert_eq!(reason(world.post("/h5/code", json!({"page": "p"}))), (400, "request".to_owned()));
    let wrong_method = world.get("/h5/code");
    assert_eq!((wrong_method.status, wrong_method.header("date")), (405, Some("Fri, 01 Jan 2021 04:00:00 GMT")));
    world.post("/_sandbox/clock", json!({"offset_s": 0}));
    assert_eq!(reason(code(&world, &good, "p")), (401, "expired".to_owned()));
}

#[test]
fn the_journal_is_masked_and_bounded() {
    let world = World::start();
    let person = world.sandbox.people()[0].clone();
    let (token, uuid) = token(&world, 0);
    let qr = world.qr(0);
    world.get(&format!("/jkmIndex.html?token={token}&uuid={uuid}"));
    code(&world, &token, "p");
    world.scan(&qr);
    world.id_of(0);
    let json = world.get("/_sandbox/journal").text();
    let html = world.get("/_sandbox/journal.html").text();
    let debug = format!("{:?}", world.sandbox.journal());
    let mut secrets = vec![
        person.name.clone(),
        person.number.clone(),
        person.mobile.clone(),
        token,
        uuid,
        qr,
        person.identity.clone(),
    ];
    secrets.push(world.sign(support::NOW_TEXT));
    for (section, key) in [
        ("user_token", "appword"),
        ("scan", "token"),
        ("scan", "position"),
        ("scan", "verifier_name"),
        ("scan", "verifier_phone"),
        ("id", "account"),
        ("id", "auth_key"),
        ("id", "body_key"),
    ] {
        secrets.push(world.given(section, key).to_owned());
    }
    for text in [&json, &html, &debug] {
        for secret in &secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("苏**") && text.contains("verify_scan") && text.contains("2021-01-01T12:00:00+08:00"));
    }
    for _ in 0..1005 {
        world.get("/jkmIndex.html");
    }
    let journal = world.sandbox.journal();
    assert_eq!((journal.len(), journal.last().unwrap().number), (1000, 1010));
    // What a caller sends by mistake in a name is not repeated either.
    let path = "/jkm/scanJsJkm";
    let got = world.form(path, &[("32000019850630414X<b>", "x")]);
    assert!(!got.text().contains("32000019850630414X"));
    assert!(!world.get("/_sandbox/journal.html").text().contains("<b>"));
}

#[test]
fn the_clock_can_be_shifted_frozen_and_reset() {
    let world = World::with(Options { clock: ClockSetting::Frozen(support::NOW), ..frozen() });
    let date = |world: &World| world.get("/_sandbox/health").header("date").unwrap().to_owned();
    assert_eq!(date(&world), "Fri, 01 Jan 2021 04:00:00 GMT");
    world.post("/_sandbox/clock", json!({"frozen": "2022-02-02T08:00:00+08:00"}));
    assert_eq!(date(&world), "Wed, 02 Feb 2022 00:00:00 GMT");
    assert_eq!(world.id_of(0).header("date"), Some("Wed, 02 Feb 2022 00:00:00 GMT"));
    let real = world.post("/_sandbox/clock", json!({"offset_s": 0})).json()["time"].clone();
    let ahead = world.post("/_sandbox/clock", json!({"offset_s": 86_400 * 400})).json()["time"].clone();
    assert_ne!(real.as_str().unwrap()[..4], ahead.as_str().unwrap()[..4]);
    for wrong in [
        json!({}),
        json!({"frozen": "noon"}),
        json!({"offset_s": 1, "frozen": "2022-02-02T08:00:00+08:00"}),
        json!({"offset": 1}),
    ] {
        let got = world.post("/_sandbox/clock", wrong);
        assert_eq!(got.status, 400);
        assert!(got.json()["error"].is_string());
    }
    world.post("/_sandbox/reset", json!({}));
    assert_eq!(date(&world), "Fri, 01 Jan 2021 04:00:00 GMT");
}

#[test]
fn reset_forgets_everything_since_the_start() {
    let world = World::start();
    let before = world.get("/_sandbox/settings").json();
    let stranger = json!({"name": "生面孔", "paperstype": "2", "papersnumber": "P1", "mobile": "13900000000"});
    assert_eq!(world.issue(stranger).json()["retcode"], "000000");
    let (token, _) = token(&world, 0);
    let qr = world.qr(0);
    world.post("/_sandbox/settings", json!({"code_form": "string"}));
    world.post("/_sandbox/faults", json!({"kind": "html"}));
    assert_eq!(world.post("/_sandbox/settings", json!({"colour": "x"})).status, 400);
    assert_eq!(world.post("/_sandbox/reset", json!({})).json()["ok"], true);
    assert_eq!(world.sandbox.journal().len(), 0);
    assert_eq!(world.get("/_sandbox/settings").json(), before);
    assert_eq!(world.get("/_sandbox/faults").json()["faults"], json!([]));
    assert_eq!(code(&world, &token, "p").status, 401);
    assert_eq!(world.scan(&qr).json()["resCode"], 111);
    assert_eq!(world.id(json!({"userid": "P1", "name": "生面孔"})).json()["code"], 404);
    assert_eq!(world.sandbox.people().len(), 31);
}

#[test]
fn the_admin_side_explains_itself() {
    let world = World::start();
    let index = world.get("/_sandbox/").json();
    for line in index["paths"].as_array().unwrap() {
        let path = line["path"].as_str().unwrap();
        if line["method"] == "GET" && !path.contains('{') {
            assert_eq!(world.get(path).status, 200, "{path}");
        }
    }
    let html = world.send("GET", "/_sandbox/", &[("Accept", "text/html")], b"").text();
    assert!(html.contains("/_sandbox/journal.html") && html.contains("苏康码扫码核验接口"));
    let people = world.get("/_sandbox/people").json()["people"].clone();
    let first = &people[0];
    assert_eq!(world.scan(first["qr_text"].as_str().unwrap()).json()["resCode"], 0);
    let fresh = world.post("/_sandbox/qr", json!({"userid": first["number"]})).json();
    assert_eq!(fresh["expires_at"], "2021-01-01T12:01:00+08:00");
    assert_eq!(world.scan(fresh["qr_text"].as_str().unwrap()).json()["res"]["level"], "green");
    assert_eq!(world.post("/_sandbox/qr", json!({"person": 1})).status, 200);
    for wrong in [json!({"person": 999}), json!({}), json!({"index": 0}), json!([])] {
        let got = world.post("/_sandbox/qr", wrong);
        assert!(got.status == 400 && got.json()["error"].is_string());
    }
    assert_eq!(world.get("/nowhere").json()["see"], "/_sandbox/");
    assert_eq!(world.get("/_sandbox/config").text(), world.sandbox.config_toml());
    assert_eq!(world.get("/_sandbox/reset").status, 405);
}

#[test]
fn echo_answers_are_green_and_cost_no_checks() {
    let world = World::start();
    let token = world.post("/_sandbox/echo/token", Value::Null).json();
    assert_eq!((&token["retcode"], token["data"]["token"].as_str().unwrap().len()), (&json!("000000"), 64));
    assert_eq!(world.post("/_sandbox/echo/scan", Value::Null).json()["res"]["level"], "green");
    let id = world.post("/_sandbox/echo/id", Value::Null).json();
    let inner = world.open(id["data"].as_str().unwrap());
    assert_eq!((&inner["levelData"], &inner["userid"]), (&json!("green"), &json!(world.sandbox.people()[0].number)));
    assert_eq!(world.sandbox.journal().len(), 0);
}

#[test]
fn the_readme_names_every_path_and_fault() {
    let readme = include_str!("../README.md");
    let world = World::start();
    for line in world.get("/_sandbox/").json()["paths"].as_array().unwrap() {
        let row = format!("| {} | `{}` |", line["method"].as_str().unwrap(), line["path"].as_str().unwrap());
        assert!(readme.contains(&row), "{row}");
    }
    for info in skm_sandbox::Fault::KINDS {
        let row = format!("| `{}` | {} | `{}` |", info.name, info.what, info.expects);
        assert!(readme.contains(&row), "{row}");
    }
}
