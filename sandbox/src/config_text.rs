//! A complete `skm.toml` for a client of this sandbox, with the keys that `skm config init` writes.

use skm::dialect::KeyEncoding;

use crate::credentials::hex;
use crate::world::World;

/// The first line of every configuration that a sandbox writes, and of no other: whoever finds it may replace the file.
pub const CONFIG_MARK: &str = "# A client of the SKM sandbox. Every key below is invented and worth nothing elsewhere.";

/// The configuration as TOML text.
pub fn write(world: &World, base: &str, dialect_name: &str) -> String {
    let given = &world.credentials;
    let dialect = &world.dialect;
    let key = |bytes: &[u8; 16], base64: String| match dialect.id.key_encoding {
        KeyEncoding::Base64 => base64,
        KeyEncoding::Hex => hex(bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let text = |value: &str| toml::Value::from(value).to_string();
    let url = |path: &str| text(&format!("{base}{path}"));
    let allow_http = !(base.contains("//127.") || base.contains("//[::1]"));
    format!(
        r#"{CONFIG_MARK}
dialect = {dialect}

[user_token]
url = {gateway}
appmark = {appmark}
appword = {appword}

[display]
url = {page}

[scan]
url = {scan}
source = {source}
token = {token}
position = "江苏省,无锡市,梁溪区,示范路1号"
verifier_dept = "示范医院"
verifier_name = "示范员"
verifier_phone = "17700000000"

[id]
url = {id}
account = {account}
auth_key = {auth_key}
body_key = {body_key}
organize_location = "示范医院"
apply_type = "人行闸机通道"

[http]
deadline_ms = 5000
allow_http = {allow_http}

# [audit]
# file = "skm-audit.jsonl"
"#,
        dialect = text(dialect_name),
        gateway = url(&dialect.user_token.path),
        appmark = text(&given.appmark),
        appword = text(&given.appword),
        page = url(&dialect.display_path),
        scan = url(&dialect.scan.path),
        source = text(&given.source),
        token = text(&given.unit_token),
        id = url(&dialect.id.path),
        account = text(&given.account),
        auth_key = text(&key(&given.auth_key, given.auth_key_base64())),
        body_key = text(&key(&given.body_key, given.body_key_base64())),
    )
}
