//! What the sandbox says about wrong signs, times and ciphertexts over the wire; it never says what would be right.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use aes::cipher::KeyInit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use support::{NOW_TEXT, World, encrypt, encrypt_with, md5_hex, pkcs7, seal};

/// Everything that an answer or the journal must not hold.
fn secrets(world: &World) -> Vec<String> {
    let mut secrets = vec![world.sign(NOW_TEXT)];
    for (section, key) in
        [("user_token", "appword"), ("scan", "token"), ("id", "account"), ("id", "auth_key"), ("id", "body_key")]
    {
        secrets.push(world.given(section, key).to_owned());
    }
    for key in ["auth_key", "body_key"] {
        secrets.push(String::from_utf8(world.key(key).to_vec()).unwrap());
    }
    secrets
}

fn says(world: &World, got: &support::Got, code: &str, words: &str) {
    let (text, answer) = (got.text(), got.json());
    let said = [&answer["retcode"], &answer["code"]].into_iter().find(|code| !code.is_null()).unwrap();
    assert_eq!(said.to_string().trim_matches('"'), code, "{text}");
    assert!(text.contains(words), "{text} does not say {words:?}");
    assert!(secrets(world).iter().all(|secret| !text.contains(secret)), "a secret in {text}");
}

#[test]
fn every_mistake_in_a_sign_is_named() {
    let world = World::start();
    let (a, w) = (world.given("user_token", "appmark").to_owned(), world.given("user_token", "appword").to_owned());
    let (t, params) = (NOW_TEXT, support::params_text(&world.params(0)));
    let milliseconds = format!("{}000", support::NOW);
    let mistakes = [
        (format!("{w}{a}{t}"), "wrong order: appword+appmark+time"),
        (format!("{a}{t}{w}"), "wrong order: appmark+time+appword"),
        (format!("{t}{a}{w}"), "wrong order: time+appmark+appword"),
        (format!("{t}{w}{a}"), "wrong order: time+appword+appmark"),
        (format!("{w}{t}{a}"), "wrong order: appword+time+appmark"),
        (format!("{a}{t}"), "the secret is missing"),
        (format!("{a}{w}"), "the time is missing"),
        (format!("{w}{t}"), "the appmark is missing"),
        (format!("{a}{w}{t}{params}"), "params was signed too"),
        (format!("{a}{w}{milliseconds}"), "epoch milliseconds was signed"),
        (format!("{a}{w}20210101040000"), "yyyyMMddHHmmss in utc was signed"),
        (format!("{a}{w}2021-01-01 12:00:00"), "yyyy-MM-dd HH:mm:ss was signed"),
        (format!("{}{w}{t}", a.to_uppercase()), "case of appmark"),
        (format!("{a}{}{t}", w.to_lowercase()), "case of appword"),
        (format!("{a}|{w}|{t}"), "separator \\\"|\\\""),
        (format!("{a}{w}\n{t}"), "line break"),
        (format!("appmark={a}&appword={w}&time={t}"), "names were signed"),
        (format!("{a}wrong{t}"), "no usual mistake fits"),
    ];
    for (text, words) in mistakes {
        says(&world, &world.token_call(t, &md5_hex(text.as_bytes()), &params), "202", words);
    }
    let right = format!("{a}{w}{t}");
    says(
        &world,
        &world.token_call(t, &md5_hex(md5_hex(right.as_bytes()).as_bytes()), &params),
        "202",
        "md5 was applied twice",
    );
    says(&world, &world.token_call(t, &"a".repeat(40), &params), "202", "as of SHA-1");
    says(&world, &world.token_call(t, &"a".repeat(64), &params), "202", "SHA-256");
    let journal = world.get("/_sandbox/journal").text();
    assert!(journal.contains("the secret is missing"));
    assert!(secrets(&world).iter().all(|secret| !journal.contains(secret)));
}

#[test]
fn a_time_in_another_format_or_outside_the_window_is_explained() {
    let world = World::start();
    let params = support::params_text(&world.params(0));
    let with_time = |time: &str| world.token_call(time, &world.sign(time), &params);
    says(&world, &with_time("1609473600000"), "203", "spelled as epoch milliseconds");
    says(&world, &with_time("1609473600"), "203", "spelled as epoch seconds");
    says(&world, &with_time("2021-01-01 12:00:00"), "203", "yyyy-MM-dd HH:mm:ss");
    says(&world, &with_time("noon"), "203", "no known format");
    says(&world, &with_time("20210101040000"), "202", "time is in utc");
    says(&world, &with_time("20210101120501"), "202", "301 s ahead");
    says(&world, &with_time("20210101115459"), "202", "301 s behind");
    assert_eq!(with_time("20210101120500").json()["retcode"], "000000");
    assert_eq!(with_time("20210101115500").json()["retcode"], "000000");
}

#[test]
fn every_mistake_in_a_ciphertext_is_named() {
    let world = World::start();
    let (auth_key, body_key) = (world.key("auth_key"), world.key("body_key"));
    let person = &world.sandbox.people()[0];
    let body = support::id_text(&json!({"userid": person.number, "name": person.name}));
    let account = world.given("id", "account").to_owned();
    let text_key = STANDARD.encode(body_key);
    let short: [u8; 16] = text_key.as_bytes()[..16].try_into().unwrap();
    let cbc = |iv: [u8; 16]| {
        let mut before = iv;
        let padded = pkcs7(body.as_bytes());
        let sealed = padded.chunks(16).flat_map(|chunk| {
            let mixed: Vec<u8> = chunk.iter().zip(before).map(|(a, b)| a ^ b).collect();
            before = encrypt(&body_key, &mixed).try_into().unwrap();
            before
        });
        STANDARD.encode(sealed.collect::<Vec<u8>>())
    };
    let filled = |byte: u8| {
        let mut plain = body.clone().into_bytes();
        plain.resize(plain.len() + 16 - plain.len() % 16, byte);
        STANDARD.encode(encrypt(&body_key, &plain))
    };
    let right = seal(&body_key, body.as_bytes());
    let hex: String = STANDARD.decode(&right).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    let gbk = encoding_rs::GBK.encode(&body).0;
    let sm4 = encrypt_with(&sm4::Sm4::new(&body_key.into()), &pkcs7(body.as_bytes()));
    let aes192 = encrypt_with(&aes::Aes192::new_from_slice(text_key.as_bytes()).unwrap(), &pkcs7(body.as_bytes()));
    let mistakes = [
        (seal(&auth_key, body.as_bytes()), "are swapped"),
        (seal(&short, body.as_bytes()), "base64 text was used as the key"),
        (STANDARD.encode(aes192), "base64 text was used as the key"),
        (cbc([0; 16]), "aes-128-cbc was used"),
        (cbc(body_key), "aes-128-cbc (iv = key) was used"),
        (STANDARD.encode(sm4), "sm4-ecb was used"),
        (filled(0), "zero padding"),
        (filled(b' '), "blanks were used as padding"),
        (seal(&body_key, &gbk), "plain text is gbk"),
        (seal(&body_key, STANDARD.encode(&body).as_bytes()), "base64-encoded before encryption"),
        (hex, "the ciphertext is hex"),
        (body.clone(), "the text is plain"),
        (format!("\"{right}\""), "quotes stand around"),
        (format!("{{\"data\":\"{right}\""), "wrapped in json"),
        (right.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"), "percent-encoded"),
        (format!("data={right}"), "looks like a form"),
        (right[..right.len() - 8].to_owned(), "not a multiple of 16"),
        ("密文".to_owned(), "not base64"),
        (String::new(), "the text is empty"),
        (seal(b"somebody's key!!", body.as_bytes()), "no usual mistake fits"),
    ];
    for (sealed, words) in mistakes {
        says(&world, &world.id_raw(&world.auth(), &sealed), "400", words);
    }
    let auths = [
        (seal(&body_key, account.as_bytes()), "are swapped"),
        (seal(&auth_key, format!("{{\"userid\":\"{account}\"}}").as_bytes()), "wrong form: <account> is needed"),
        (account.clone(), "the text is plain"),
        (seal(&auth_key, STANDARD.encode(&account).as_bytes()), "base64-encoded before encryption"),
        (seal(&auth_key, STANDARD.encode("skm_auth_unknown").as_bytes()), "base64-encoded before encryption"),
        (seal(&auth_key, b"skm_auth_unknown"), "does not hold a known account"),
        (seal(&auth_key, STANDARD.encode(format!("{account}\n")).as_bytes()), "base64-encoded before encryption"),
    ];
    for (auth, words) in auths {
        says(&world, &world.id_raw(&auth, &right), "401", words);
    }
}

#[test]
fn line_breaks_are_tolerated_and_noted() {
    let world = World::start();
    let person = &world.sandbox.people()[0];
    let sealed = seal(
        &world.key("body_key"),
        support::id_text(&json!({"userid": person.number, "name": person.name})).as_bytes(),
    );
    let broken = format!("{}\r\n{}", &sealed[..40], &sealed[40..]);
    assert_eq!(world.id_raw(&world.auth(), &broken).json()["code"], 200);
    assert!(world.sandbox.journal().last().unwrap().explanation.contains("line breaks"));
    let url_safe = sealed.replace('+', "-").replace('/', "_");
    assert_eq!(world.id_raw(&world.auth(), &url_safe).json()["code"], 200);
}
