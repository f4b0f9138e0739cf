//! What is written: the configuration, who may read it, and whether its keys can be right.

use std::path::{Path, PathBuf};

use skm::error::ShownPath;
use skm::{Config, ErrorKind, Interface};

use super::configured;
use super::finding::Finding;

/// Keys whose value is a secret.
const SECRETS: [&str; 6] = ["appword", "token", "account", "auth_key", "body_key", "key"];

/// Looks at the file; the configuration, if it can be used.
pub fn examine(file: &Path) -> (Vec<Finding>, Option<Config>) {
    let name = ShownPath::of(file);
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(error) if !file.exists() => {
            let finding = Finding::failed("file", error).fix(
                format!("name your configuration with --config, or write one: skm config init {name}"),
                format!("用 --config 指定配置文件,或生成一份:skm config init {name}"),
            );
            return (vec![finding], None);
        }
        Err(error) => {
            let check = if error.kind() == ErrorKind::KeyInvalid { "keys" } else { "file" };
            return (vec![Finding::failed(check, error)], None);
        }
    };
    let mut findings = vec![Finding::ok("file", format!("{name} is well-formed"), format!("{name} 格式正确"))];
    findings.push(interfaces(&config));
    findings.extend(permissions(file));
    findings.extend(keys(&config));
    findings.extend(plain_http(&config));
    findings.push(audit(&config));
    (findings, Some(config))
}

fn interfaces(config: &Config) -> Finding {
    let names = configured(config).into_iter().map(Interface::name).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        let error = skm::Error::new(ErrorKind::ConfigMissing);
        return Finding::failed("interfaces", error).fix(
            "add a section for each interface your unit may call: [user_token], [display], [scan], [id]",
            "请为获准调用的接口添加相应小节:[user_token]、[display]、[scan]、[id]",
        );
    }
    Finding::ok("interfaces", names.clone(), format!("已配置:{names}"))
}

/// The configuration holds secrets, or names files that do: others must not read them.
fn permissions(file: &Path) -> Vec<Finding> {
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(file).unwrap_or_default());
    let table: toml::Table = text.parse().unwrap_or_default();
    let base = file.parent().unwrap_or(Path::new(""));
    let keys = || table.values().filter_map(toml::Value::as_table).flatten();
    let is_secret = |key: &str, value: &toml::Value| SECRETS.contains(&key) || (key == "proxy" && has_password(value));
    let holds_secret = keys().any(|(key, value)| is_secret(key, value));
    let is_secret_file =
        |key: &str| key.strip_suffix("_file").is_some_and(|key| SECRETS.contains(&key) || key == "client_key");
    let named = keys().filter(|(key, _)| is_secret_file(key)).filter_map(|(_, value)| value.as_str());
    let mut private: Vec<PathBuf> = named.map(|path| base.join(path)).collect();
    if holds_secret {
        private.push(file.to_owned());
    }
    private.iter().map(|file| readable_by_owner_alone(file)).collect()
}

/// `http://user:pass@host:port`.
fn has_password(proxy: &toml::Value) -> bool {
    proxy.as_str().and_then(|url| url.rsplit_once('@')).is_some()
}

#[cfg(unix)]
fn readable_by_owner_alone(file: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt;

    let name = ShownPath::of(file);
    let mode = std::fs::metadata(file).map(|metadata| metadata.permissions().mode() & 0o777).unwrap_or(0);
    if mode & 0o077 == 0 {
        return Finding::ok("permissions", format!("{name} is its owner's alone"), format!("{name} 仅所有者可读"));
    }
    Finding::warn(
        "permissions",
        format!("{name} holds secrets and others may read or change it ({mode:o})"),
        format!("{name} 含密钥,其他用户可读或可改({mode:o})"),
    )
    .fix(format!("chmod 600 {name}"), format!("执行 chmod 600 {name}"))
}

#[cfg(not(unix))]
fn readable_by_owner_alone(file: &Path) -> Finding {
    let name = ShownPath::of(file);
    Finding::skip(
        "permissions",
        format!("{name}: see that only its owner can read it"),
        format!("{name}:请确认仅所有者可读"),
    )
}

/// The keys decode; two that are the same were probably pasted twice.
fn keys(config: &Config) -> Option<Finding> {
    let id = config.id.as_ref()?;
    const PROBE: &[u8] = b"one key or two?";
    if id.auth_cipher.seal(PROBE) == id.body_cipher.seal(PROBE) {
        let finding = Finding::warn("keys", "auth_key and body_key are the same", "auth_key 与 body_key 相同");
        return Some(finding.fix(
            "platforms give two keys: compare both with what your unit was given",
            "平台通常下发两个不同的密钥:请与下发内容核对",
        ));
    }
    Some(Finding::ok("keys", "auth_key and body_key are 16 bytes each", "auth_key 与 body_key 均为 16 字节"))
}

fn plain_http(config: &Config) -> Option<Finding> {
    let (key, _) = config.urls().into_iter().find(|(_, url)| !url.is_https() && !url.is_loopback())?;
    let finding = Finding::warn(
        "http",
        format!("{key} is plain http: everyone on the way can read names and numbers and change answers"),
        format!("{key} 为明文 http:途中任何人都能读取个人信息并篡改应答"),
    );
    Some(finding.fix("use https; take http.allow_http away", "请改用 https,并删除 http.allow_http"))
}

fn audit(config: &Config) -> Finding {
    match &config.audit {
        Some(_) => Finding::ok("audit", "calls leave evidence in the audit log", "调用会写入审计日志"),
        None => Finding::skip("audit", "no audit log is configured ([audit] file)", "未配置审计日志([audit] file)"),
    }
}
