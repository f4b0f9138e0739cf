//! The `[audit]` section: what it accepts, what it refuses, and with which words.

use std::path::Path;

use skm::config::{OnFailure, Pseudonym};
use skm::{Config, ErrorKind};

const KEY: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

fn parse(more: &str) -> skm::Result<Config> {
    Config::parse(&format!("[audit]\nfile = \"a.jsonl\"\n{more}"), Path::new("/srv"))
}

#[test]
fn every_setting_and_its_default() {
    let plain = parse("").unwrap();
    let plain = plain.audit().unwrap();
    assert_eq!(plain.file, Path::new("/srv/a.jsonl"));
    assert_eq!((plain.on_failure, plain.pseudonym), (OnFailure::Refuse, Pseudonym::HmacSha256));
    assert!(plain.key.is_none() && !plain.sync && !plain.rotate_daily);
    assert_eq!((plain.rotate_bytes, plain.keep_days), (Some(67_108_864), None));

    let full = parse(&format!(
        "key = \"{KEY}\"\non_failure = \"continue\"\npseudonym = \"hmac-sha256\"\nrotate_bytes = 1000000\n\
         rotate_daily = true\nkeep_days = 180\nsync = true\n"
    ));
    let full = full.unwrap();
    assert!(!format!("{full:?}").contains("5a5a"));
    let full = full.audit().unwrap();
    assert!(full.key.is_some() && full.sync && full.rotate_daily);
    assert_eq!((full.rotate_bytes, full.keep_days), (Some(1_000_000), Some(180)));
    assert_eq!(full.on_failure, OnFailure::Continue);
    assert_eq!(Config::builder().build().unwrap().audit().unwrap_err().kind(), ErrorKind::ConfigMissing);
}

#[test]
fn refusals_name_the_key_and_the_remedy_and_not_the_value() {
    for (more, kind, said) in [
        (
            "key = \"5a5a\"\n",
            ErrorKind::KeyInvalid,
            "skm.toml:3: audit.key must be 64 hex digits or the Base64 of 32 bytes",
        ),
        (
            "key_env = \"SKM_NOT_SET\"\n",
            ErrorKind::ConfigInvalid,
            "skm.toml:3: audit.key_env names an environment variable",
        ),
        (
            "on_failure = \"ignore\"\n",
            ErrorKind::ConfigInvalid,
            "skm.toml:3: audit.on_failure must be refuse or continue",
        ),
        (
            "pseudonym = \"md5\"\n",
            ErrorKind::ConfigInvalid,
            "skm.toml:3: audit.pseudonym must be hmac-sha256 or hmac-sm3",
        ),
        ("keep_days = 30\n", ErrorKind::ConfigInvalid, "skm.toml:3: audit.keep_days needs rotate_daily = true"),
        ("rotate_bytes = 10\n", ErrorKind::ConfigInvalid, "skm.toml:3: audit.rotate_bytes must be from 65536"),
        ("keepdays = 30\n", ErrorKind::ConfigInvalid, "skm.toml:3: audit.keepdays is not a known key"),
    ] {
        let error = parse(more).unwrap_err();
        assert_eq!(error.kind(), kind, "{more}");
        assert!(error.message().contains(said), "{error}");
        assert!(!error.message().contains("5a5a") && !error.message_zh().contains("5a5a"));
    }
    let error = Config::parse("[audit]\nsync = true\n", Path::new("")).unwrap_err();
    assert!(error.message().contains("audit.file is missing"), "{error}");
}
