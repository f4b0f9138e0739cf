//! Every refusal code is reached twice: by the mistake it stands for, and by its magic value.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use skm_sandbox::{Options, Sandbox, Settings, StartError};
use support::{NOW_TEXT, World, frozen, seal};

fn check(got: &support::Got, key: &str, code: &str, words: &str) {
    let answer = got.json();
    let said = answer[key].as_str().map_or(answer[key].to_string(), str::to_owned);
    let text = ["msg", "resMessage", "message"].iter().find_map(|key| answer[*key].as_str()).unwrap();
    assert_eq!(said, code, "{text}");
    assert!(text.contains(words), "{text:?} does not say {words:?}");
    assert!(text.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)), "no Chinese in {text:?}");
}

#[test]
fn interface_1_succeeds_in_every_spelling() {
    let world = World::start();
    for index in 0..world.sandbox.people().len() {
        let answer = world.issue(world.params(index)).json();
        assert_eq!(answer["retcode"], "000000", "person {index}: {answer}");
        assert_eq!(answer["data"]["token"].as_str().unwrap().len(), 64);
        let uuid = answer["data"]["uuid"].as_str().unwrap();
        assert!(uuid.starts_with("P20210101120000000") && uuid.len() == 25, "{uuid}");
    }
    world.post("/_sandbox/settings", json!({"data_form": "string"}));
    let data = world.issue(world.params(0)).json()["data"].as_str().unwrap().to_owned();
    assert!(serde_json::from_str::<Value>(&data).unwrap()["token"].is_string());
    world.post("/_sandbox/settings", json!({"data_form": "string_twice"}));
    let data = world.issue(world.params(0)).json()["data"].as_str().unwrap().to_owned();
    let once: String = serde_json::from_str(&data).unwrap();
    assert!(serde_json::from_str::<Value>(&once).unwrap()["token"].is_string());
    let upper = world.sign(NOW_TEXT).to_uppercase();
    assert_eq!(world.token_call(NOW_TEXT, &upper, &support::params_text(&world.params(0))).json()["retcode"], "000000");
}

#[test]
fn interface_1_refuses_each_mistake() {
    let world = World::start();
    let refused = |got: support::Got, code: &str, words: &str| check(&got, "retcode", code, words);
    let sign = world.sign(NOW_TEXT);
    let appmark = world.given("user_token", "appmark").to_owned();
    let params = support::params_text(&world.params(0));
    let path = "/jsjis/gateway/interface.do";
    let five = |name: &str, value: &str| {
        let mut pairs = [
            ("appmark", appmark.as_str()),
            ("time", NOW_TEXT),
            ("sign", &sign),
            ("servicename", "generateUserToken"),
            ("params", &params),
        ];
        pairs.iter_mut().filter(|(key, _)| *key == name).for_each(|pair| pair.1 = value);
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned()))
    };
    let send = |pairs: &[(String, String)]| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        world.form(path, &pairs)
    };
    refused(send(&five("appmark", "nobody")), "201", "appmark is unknown");
    refused(send(&five("sign", &"0".repeat(32))), "202", "does not match");
    refused(send(&five("servicename", "other")), "203", "servicename");
    refused(send(&five("params", "{")), "203", "not one json object");
    refused(send(&five("params", r#"{"name":"a","name":"b"}"#)), "203", "no key twice");
    for name in ["appmark", "time", "sign", "servicename", "params"] {
        refused(send(&five(name, "")), "204", &format!("required field {name} is empty"));
        let without: Vec<_> = five("", "").into_iter().filter(|(key, _)| key != name).collect();
        refused(send(&without), "204", &format!("required field {name} is missing"));
    }
    let mut twice = five("", "").to_vec();
    twice.push(twice[1].clone());
    refused(send(&twice), "203", "time stands there twice");
    twice.last_mut().unwrap().0 = "color".to_owned();
    refused(send(&twice), "203", "color is not part of the interface");

    let with = |key: &str, value: Value| {
        let mut params = world.params(0);
        params[key] = value;
        world.issue(params)
    };
    for key in ["name", "paperstype", "papersnumber", "mobile"] {
        refused(with(key, json!("")), "204", &format!("required field {key} is empty"));
        refused(with(key, json!(7)), "203", &format!("{key} must be a string"));
    }
    refused(with("papersnumber", json!("320000198506304143")), "207", "check character");
    refused(with("papersnumber", json!("32000019850630")), "207", "18 characters");
    refused(with("papersnumber", json!("320000199002300011")), "207", "birth date");
    refused(with("papersnumber", json!("32000019850630414A")), "207", "digits and a final X");
    refused(with("mobile", json!("2380000000")), "209", "11 digits");
    refused(with("sex", json!("男")), "203", "sex must be");
    for date in ["1990/01/02", "+2021-1-01", "1990-1-002", "1990-02-30", " 1990-1-02"] {
        refused(with("birthdate", json!(date)), "203", "birthdate must be");
    }
    for key in ["email", "phone", "address", "post"] {
        refused(with(key, json!("")), "203", &format!("optional field {key} is empty"));
        refused(with(key, json!(" ")), "203", &format!("optional field {key} is empty"));
    }
    refused(with("papersnumber", json!("32000019850630007x")), "207", "must be sent as X");
    let spaced = params.replacen("\":", "\": ", 1);
    refused(send(&five("params", &spaced)), "203", "compact json");
    let (name, rest) = params[1..params.len() - 1].split_once(',').unwrap();
    refused(
        send(&five("params", &format!("{{{rest},{name}}}"))),
        "203",
        "name stands in the wrong place: the order is",
    );
    let mut reversed = five("", "");
    reversed.reverse();
    refused(send(&reversed), "203", "servicename stands in the wrong place");
    refused(with("colour", json!("blue")), "203", "colour is not part");
    refused(with("name", json!("别人")), "299", "disagree with the unified user");

    let got = world.get(path);
    assert_eq!((got.status, got.header("allow")), (405, Some("POST")));
    refused(got, "203", "method must be POST");
    let json_body = world.send("POST", path, &[("Content-Type", "application/json")], b"{}");
    refused(json_body, "203", "content-type must be application/x-www-form-urlencoded");
    let gbk = [("Content-Type", "application/x-www-form-urlencoded; charset=GBK")];
    refused(world.send("POST", path, &gbk, b"appmark=a"), "203", "charset must be utf-8");
    let bytes = [("Content-Type", "application/x-www-form-urlencoded")];
    refused(world.send("POST", path, &bytes, b"params=%D5%C5%C8%FD"), "203", "gbk");
}

#[test]
fn interface_1_answers_every_magic_code_and_creates_profiles() {
    let world = World::start();
    for code in 201..=299 {
        let mut params = world.params(0);
        params["mobile"] = json!(format!("19900000{code}"));
        check(&world.issue(params), "retcode", &code.to_string(), "magic mobile");
    }
    let stranger = json!({"name": "生面孔", "paperstype": "1", "papersnumber": "32000019850630414" .to_owned() + "2", "mobile": "13900000000"});
    assert_eq!(world.issue(stranger.clone()).json()["retcode"], "000000");
    let answer = world.id(json!({"userid": "320000198506304142", "name": "生面孔"})).json();
    assert_eq!(world.open(answer["data"].as_str().unwrap())["levelData"], "green");
    let mut renamed = stranger;
    renamed["name"] = json!("另一个");
    check(&world.issue(renamed), "retcode", "299", "disagree");
}

#[test]
fn interface_3_verifies_every_level_and_refuses_each_mistake() {
    let world = World::start();
    for (index, level) in ["green", "yellow", "red", "unknown"].into_iter().enumerate() {
        let answer = world.scan(&world.qr(index)).json();
        assert_eq!((&answer["resCode"], &answer["resMessage"]), (&json!(0), &json!("OK")));
        let (res, person) = (&answer["res"], &world.sandbox.people()[index]);
        assert_eq!(res["level"], level);
        assert_eq!(res["name"], person.name);
        let masked = res["idcardNo"].as_str().unwrap();
        assert_eq!(masked, format!("{}**********{}", &person.number[..4], &person.number[14..]));
        assert!(res["tip"].as_str().unwrap().contains(':'));
    }
    world.post("/_sandbox/settings", json!({"scan_res": "string", "level_form": "digit", "code_form": "string"}));
    let answer = world.scan(&world.qr(2)).json();
    assert_eq!(answer["resCode"], "0");
    let res: Value = serde_json::from_str(answer["res"].as_str().unwrap()).unwrap();
    assert_eq!(res["level"], "3");
    world.post("/_sandbox/reset", json!({}));

    let refused = |got: support::Got, code: &str, words: &str| check(&got, "resCode", code, words);
    let qr = world.qr(0);
    for name in ["url", "source", "position", "verifierDept", "verifierName", "verifierPhone", "token"] {
        refused(world.scan_with(&qr, name, ""), "1", &format!("required field {name} is empty"));
        let without: Vec<_> = world.scan_pairs(&qr).into_iter().filter(|(key, _)| *key != name).collect();
        refused(world.form("/jkm/scanJsJkm", &without), "1", &format!("required field {name} is missing"));
    }
    refused(world.scan_with(&qr, "token", "x"), "116", "unit's access token");
    refused(world.scan_with(&qr, "source", "x"), "118", "source is not this unit");
    refused(world.scan_with(&qr, "position", "江苏省,无锡市"), "1", "four parts");
    refused(world.scan_with(&qr, "position", "江苏省，无锡市，梁溪区，示范路"), "1", "full-width commas");
    refused(world.scan("https://example.invalid/#/result"), "112", "no qrCode=");
    refused(world.scan(&qr[..qr.len() - 2]), "112", "scanned incompletely");
    refused(world.scan("https://e.invalid/?qrCode=V5zz#/result"), "112", "32 hex digits");
    let stranger = format!("https://e.invalid/?qrCode=V5{}320000&b=A#/result", "ab".repeat(16));
    refused(world.scan(&stranger), "112", "not issued by this platform");
    let identity = world.sandbox.people()[0].identity.clone();
    refused(world.scan(&format!("https://e.invalid/?qrCode=V2{identity}#/result")), "111", "old V2 code");
    refused(world.scan(&format!("https://e.invalid/?qrCode=V5{identity}320000#/result")), "112", "part b is missing");
    refused(
        world.scan(&format!("https://e.invalid/?qrCode=V5{identity}320000&b=AAAA#/result")),
        "111",
        "not in circulation",
    );
    refused(world.scan(&world.qr(30)), "119", "update");

    // What scanners add, what is too much, and what stands for another code than the one that was issued.
    for noise in ["\u{feff}", " ", "\r\n", "\t", "\u{3000}"] {
        refused(world.scan(&format!("{noise}{qr}")), "1", "strip what the scanner adds");
        refused(world.scan(&format!("{qr}{noise}")), "1", "strip what the scanner adds");
    }
    for (from, to) in [("?qrCode=", "?名=x&qrCode="), ("#/result", "#/ result"), ("#/result", "#/ｒ/result")] {
        refused(world.scan(&qr.replacen(from, to, 1)), "1", "a non-ascii character");
    }
    refused(
        world.scan(&qr.replacen("?qrCode=", &format!("?{}&qrCode=", "x".repeat(4096)), 1)),
        "1",
        "longer than 4096",
    );
    for other in ["", "310000", "32000", "3200000"] {
        refused(world.scan(&qr.replacen("320000&", &format!("{other}&"), 1)), "112", "the division 320000");
    }
    refused(world.scan(&qr.replacen("qrCode=V5", "qrCode=V9", 1)), "112", "not issued by this platform");
    let mut swapped = world.scan_pairs(&qr);
    swapped.swap(1, 2);
    refused(world.form("/jkm/scanJsJkm", &swapped), "1", "source stands in the wrong place");
    assert_eq!(world.scan(&qr).json()["resCode"], 0, "as it was issued it passes");

    let mut body = b"url=".to_vec();
    body.extend_from_slice(qr.as_bytes());
    let typed = [("Content-Type", "application/x-www-form-urlencoded")];
    refused(world.send("POST", "/jkm/scanJsJkm", &typed, &body), "1", "not percent-encoded");
    let once: String = form_urlencoded::parse(format!("x={qr}").as_bytes()).next().unwrap().1.into_owned();
    assert_ne!(once, qr, "the test needs a code with an escape in it");
    let decoded = qr.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    refused(world.scan(&decoded), "1", "arrived decoded");
    let encoded: String = form_urlencoded::byte_serialize(qr.as_bytes()).collect();
    let got = world.scan(&encoded).json();
    assert_ne!(got["resCode"], 0);
    assert_eq!(world.send("PUT", "/jkm/scanJsJkm", &[], b"").status, 405);
    refused(world.send("POST", "/jkm/scanJsJkm", &[("Content-Type", "text/plain")], b""), "1", "content-type");
}

#[test]
fn a_code_expires_and_every_magic_code_is_answered() {
    let world = World::start();
    let qr = world.qr(0);
    assert_eq!(world.scan(&qr).json()["resCode"], 0);
    world.post("/_sandbox/clock", json!({"frozen": "2021-01-01T12:01:05+08:00"}));
    check(&world.scan(&qr), "resCode", "111", "expired 5 s ago");
    assert_eq!(world.scan(&world.qr(0)).json()["resCode"], 0);
    let magic = world.get("/_sandbox/magic").json();
    for (code, text) in magic["verify_scan"]["qr_text"].as_object().unwrap() {
        check(&world.scan(text.as_str().unwrap()), "resCode", code, "magic code");
    }
    assert_eq!(magic["verify_scan"]["qr_text"].as_object().unwrap().len(), 6);
}

#[test]
fn interface_4_verifies_every_person_and_refuses_each_mistake() {
    let world = World::start();
    for (index, person) in world.sandbox.people().iter().enumerate() {
        let answer = world.id_of(index).json();
        assert_eq!(answer["code"], 200, "{answer}");
        let inner = world.open(answer["data"].as_str().unwrap());
        assert_eq!(inner["userid"], person.number);
        assert_eq!(inner["levelData"], ["green", "yellow", "red", "unknown"][person.level as usize]);
    }
    world.post("/_sandbox/settings", json!({"id_data": "plain", "level_form": "digit"}));
    assert_eq!(world.id_of(1).json()["data"]["levelData"], "2");

    let refused = |got: support::Got, code: &str, words: &str| check(&got, "code", code, words);
    let person = &world.sandbox.people()[0];
    let with = |key: &str, value: Value| {
        let mut body = json!({"userid": person.number, "name": person.name});
        body[key] = value;
        world.id(body)
    };
    for key in ["userid", "name"] {
        refused(with(key, json!("")), "400", &format!("{key} is missing or empty"));
        refused(with(key, json!(1)), "400", &format!("{key} must be a string"));
    }
    refused(with("colour", json!("x")), "400", "colour is not part");
    refused(with("userid", json!("320000198506304143")), "400", "check character");
    refused(with("userid", json!("张")), "400", "visible ascii");
    refused(with("name", json!("别人")), "404", "does not belong");
    refused(with("userid", json!("E0000000")), "404", "unknown");
    assert_eq!(with("organizeLocation", json!("示范医院")).json()["code"], 200);
    for key in ["organizeLocation", "applyType"] {
        refused(with(key, json!("")), "400", &format!("optional field {key} is empty"));
    }
    refused(with("userid", json!("32000019850630007x")), "400", "must be sent as X");
    let right = support::id_text(&json!({"userid": person.number, "name": person.name}));
    assert_eq!(world.id_text(&right).json()["code"], 200);
    refused(world.id_text(&right.replacen("\":", "\": ", 1)), "400", "compact json");
    let (userid, name) = right[1..right.len() - 1].split_once(',').unwrap();
    refused(world.id_text(&format!("{{{name},{userid}}}")), "400", "userid stands in the wrong place");
    let body = seal(&world.key("body_key"), b"{}");
    refused(world.id_raw("", &body), "401", "the text is empty");
    refused(
        world.id_raw(&seal(&world.key("auth_key"), b"skm_auth_other"), &body),
        "401",
        "does not hold a known account",
    );
    refused(world.id_raw(&world.auth(), &seal(&world.key("body_key"), b"[1]")), "400", "does not hold one json object");
    refused(
        world.send("POST", "/skm_public/member/get", &[("Content-Type", "text/plain")], b""),
        "401",
        "auth is missing",
    );
    let auth = world.auth();
    let json_type = [("Content-Type", "application/json"), ("auth", auth.as_str())];
    refused(world.send("POST", "/skm_public/member/get", &json_type, b""), "400", "content-type must be text/plain");
    assert_eq!(world.get("/skm_public/member/get").status, 405);

    let magic = world.get("/_sandbox/magic").json();
    let numbers = magic["verify_id"]["userid"].as_object().unwrap();
    assert_eq!(numbers.len(), 6);
    for (code, number) in numbers {
        check(&world.id(json!({"userid": number, "name": "任何人"})), "code", code, "magic number");
    }
}

#[test]
fn people_files_are_read_and_their_mistakes_named() {
    let folder = std::env::temp_dir().join(format!("skm-sandbox-people-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("people.toml");
    let start = |text: &str| {
        std::fs::write(&file, text).unwrap();
        Sandbox::start(Options { people: vec![file.clone()], ..frozen() })
    };
    let good = "[[person]]\nname = \"加一人\"\nnumber = \"32000019850630414\u{32}\"\nmobile = \"13900000000\"\nlevel = \"red\"\n";
    let added = start(good).map(|sandbox| sandbox.people().last().unwrap().name.clone()).unwrap();
    assert_eq!(added, "加一人");
    let error = |text: &str| match start(text) {
        Err(StartError::People(error)) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted: {text}"),
    };
    assert!(error(&good.replace("142", "143")).contains("line 1: number is not a resident identity number"));
    assert!(error(&format!("{good}\n{}", good.replace("139", "039"))).contains("line 7: mobile must be"));
    assert!(error(&good.replace("red", "blue")).contains("line 5"));
    assert!(error(&good.replace("mobile", "phone")).contains("line 4"));
    assert!(!error(&good.replace("142", "143")).contains("320000"));
    let unquoted = good.replace("number = \"", "number = ").replace("142\"", "142");
    assert!(error(&unquoted).contains("line 3") && !error(&unquoted).contains("320000"));
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(matches!(Sandbox::start(Options { people: vec![file], ..frozen() }), Err(StartError::People(_))));
}

#[test]
fn only_loopback_without_leave_and_settings_at_start() {
    let anywhere = "0.0.0.0:0".parse().unwrap();
    let refused = Sandbox::start(Options { listen: anywhere, ..frozen() });
    assert!(matches!(refused, Err(StartError::NotLoopback(_))));
    let allowed = Sandbox::start(Options { listen: anywhere, allow_remote: true, ..frozen() }).unwrap();
    assert!(allowed.warning().unwrap().contains("without access control"));
    assert!(allowed.base_url().starts_with("http://127.0.0.1:"));
    let taken = Sandbox::start(Options { listen: allowed.addr(), allow_remote: true, ..frozen() });
    assert!(matches!(taken, Err(StartError::Listen(..))));

    let settings = Settings { level_form: skm_sandbox::LevelForm::Digit, ..Settings::default() };
    let world = World::with(Options { settings, ..frozen() });
    assert!(world.sandbox.warning().is_none());
    assert_eq!(world.scan(&world.qr(0)).json()["res"]["level"], "1");
}
