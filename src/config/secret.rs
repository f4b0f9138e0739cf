//! Secrets of the configuration: given in the file, in a file of their own, or in the environment; exactly one of them.

use std::path::Path;

use zeroize::Zeroizing;

use super::IoReason;
use crate::dialect::KeyEncoding;
use crate::error::{Result, safe};
use crate::person::Secret;
use crate::settings::{Found, Settings};

/// A secret under `key`, `key_file` or `key_env`.
pub(crate) fn required(settings: &mut Settings, key: &str, base: &Path) -> Result<Found<Secret>> {
    let place = settings.place(key);
    let direct = settings.text(key)?;
    let file = settings.text(&format!("{key}_file"))?;
    let env = settings.text(&format!("{key}_env"))?;
    let found = match (direct, file, env) {
        (Some(found), None, None) => found,
        (None, Some(file), None) => from_file(settings, file, base)?,
        (None, None, Some(env)) => from_env(settings, env)?,
        (None, None, None) => {
            let detail = safe!(
                "{} is missing: give it, or its _file or _env form",
                "缺少 {}:请给出该值,或其 _file、_env 形式",
                place
            );
            return Err(settings.error(detail));
        }
        (direct, file, env) => {
            let first = direct.or(file).or(env).map_or(place, |found| found.place);
            let detail = safe!(
                "{} is given twice: keep one of the plain, _file and _env forms",
                "{} 重复给出:明文、_file、_env 只能保留一种",
                first
            );
            return Err(settings.error(detail));
        }
    };
    if found.value.is_empty() || found.value.chars().any(char::is_control) {
        let detail = safe!("{} must be one line of text, not empty", "{} 须为一行非空文本", found.place);
        return Err(settings.error(detail));
    }
    Ok(Found { value: Secret::from(found.value.as_str()), place: found.place })
}

fn from_file(settings: &Settings, file: Found<Zeroizing<String>>, base: &Path) -> Result<Found<Zeroizing<String>>> {
    let text = std::fs::read_to_string(base.join(file.value.as_str())).map_err(|error| {
        let reason = IoReason::of(&error);
        settings.error(safe!("{} names a file that cannot be read ({})", "{} 所指文件无法读取({})", file.place, reason))
    })?;
    let text = Zeroizing::new(text);
    // Editors on Windows begin a file with a byte order mark.
    let line = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
    Ok(Found { value: Zeroizing::new(line.to_owned()), place: file.place })
}

fn from_env(settings: &Settings, env: Found<Zeroizing<String>>) -> Result<Found<Zeroizing<String>>> {
    match std::env::var(env.value.as_str()) {
        Ok(text) => Ok(Found { value: Zeroizing::new(text), place: env.place }),
        Err(_) => Err(settings.error(safe!(
            "{} names an environment variable that is not set",
            "{} 所指的环境变量未设置",
            env.place
        ))),
    }
}

/// A 16-byte key in the dialect's encoding.
pub(super) fn key(
    settings: &mut Settings,
    key: &str,
    base: &Path,
    encoding: KeyEncoding,
) -> Result<Zeroizing<[u8; 16]>> {
    let found = required(settings, key, base)?;
    encoding.decode(found.value.expose()).ok_or_else(|| encoding.refuse(found.place))
}
