//! Secrets of the configuration: given in the file, in a file of their own, or in the environment; exactly one of them.

use std::env::VarError;
use std::path::Path;

use zeroize::Zeroizing;

use crate::dialect::KeyEncoding;
use crate::error::{IoReason, Result, safe};
use crate::person::Secret;
use crate::settings::source::{self, BYTE_ORDER_MARK};
use crate::settings::{Found, Settings};

/// A secret under `key`, `key_file` or `key_env`. In each form alike a byte order mark before it and line breaks behind it
/// are no part of it, and blanks around it are refused: nobody sees them, and the platform would only say "wrong".
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
                "{}{} is missing: give it, or its _file or _env form",
                "{}缺少 {}:请给出该值,或其 _file、_env 形式",
                place.file(),
                place.key()
            );
            return Err(settings.lacks(&place, detail));
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
    let text = found.value.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&found.value).trim_end_matches(['\r', '\n']);
    let bare = text.trim_matches(is_blank);
    let detail = if bare.is_empty() || bare.chars().any(char::is_control) {
        safe!("{} must be one line of text, not empty", "{} 须为一行非空文本", found.place)
    } else if bare.len() != text.len() {
        safe!(
            "{} has a blank, a tab or an invisible character before or behind the secret: remove it",
            "{} 的密钥首尾有空格、制表符或不可见字符:请删除",
            found.place
        )
    } else {
        return Ok(Found { value: Secret::from(text), place: found.place });
    };
    Err(settings.error(detail))
}

fn is_blank(character: char) -> bool {
    let is_zero_width = matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | BYTE_ORDER_MARK);
    is_zero_width || character.is_whitespace()
}

fn from_file(settings: &Settings, file: Found<Zeroizing<String>>, base: &Path) -> Result<Found<Zeroizing<String>>> {
    let bytes = std::fs::read(base.join(file.value.as_str())).map(Zeroizing::new).map_err(|error| {
        let reason = IoReason::of(&error);
        settings.error(safe!("{} names a file that cannot be read ({})", "{} 所指文件无法读取({})", file.place, reason))
    })?;
    let text = source::decode(&bytes)
        .map_err(|wrong| settings.error(safe!("{} names a file: {}", "{} 所指文件:{}", file.place, wrong.text())))?;
    Ok(Found { value: text, place: file.place })
}

fn from_env(settings: &Settings, env: Found<Zeroizing<String>>) -> Result<Found<Zeroizing<String>>> {
    match std::env::var(env.value.as_str()) {
        Ok(text) => Ok(Found { value: Zeroizing::new(text), place: env.place }),
        Err(VarError::NotPresent) => Err(settings.error(safe!(
            "{} names an environment variable that is not set",
            "{} 所指的环境变量未设置",
            env.place
        ))),
        Err(VarError::NotUnicode(bytes)) => {
            drop(Zeroizing::new(bytes.into_encoded_bytes()));
            Err(settings.error(safe!(
                "{} names an environment variable that is not UTF-8",
                "{} 所指的环境变量不是 UTF-8",
                env.place
            )))
        }
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
