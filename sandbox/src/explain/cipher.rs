//! Why an `auth` or a body of interface 4 (Annex D) cannot be opened.
//!
//! This is a padding oracle by design, which a platform must never be: the keys here are invented.

use aes::cipher::{Array, BlockCipherDecrypt, BlockSizeUser, KeyInit, typenum::U16};
use aes::{Aes128, Aes192};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sm4::Sm4;

use crate::text::Say;

/// The keys that were meant, and what was really configured.
pub struct Opening<'a> {
    /// The key this text must be sealed with.
    pub key: &'a [u8; 16],
    /// The other of `auth_key` and `body_key`.
    pub other_key: &'a [u8; 16],
    /// The name of the cipher that is right, such as `aes-128-ecb`.
    pub cipher: &'a str,
    /// The initialisation vector of the CBC modes.
    pub iv: &'a [u8; 16],
    /// Which plaintexts make sense.
    pub fits: &'a dyn Fn(&[u8]) -> bool,
    /// What they are called, in Chinese and English.
    pub expected: (&'a str, &'a str),
}

/// Names the likely mistake.
pub fn explain(sealed: &str, opening: &Opening) -> Say {
    if let Some(say) = by_shape(sealed, opening) {
        return say;
    }
    let Some(bytes) = base64(sealed) else {
        return Say::new("不是 Base64 文本", "the text is not base64");
    };
    if bytes.is_empty() || bytes.len() % 16 != 0 {
        let length = bytes.len();
        return Say::new(
            format!("密文解码后为 {length} 字节,不是 16 的整数倍:被截断,或不是分组加密"),
            format!("the ciphertext has {length} bytes, not a multiple of 16: cut short, or not a block cipher"),
        );
    }
    by_trial(&bytes, opening).or_else(|| opened_in_vain(&bytes, opening)).unwrap_or_else(|| {
        Say::new(
            "未识别出常见错误:请核对密钥、算法与填充方式",
            "no usual mistake fits: check the keys, the cipher and the padding",
        )
    })
}

/// A note on a text that was accepted although a strict receiver would complain.
pub fn tolerated(sealed: &str) -> Option<Say> {
    if sealed.trim() != sealed || sealed.contains(['\n', '\r']) {
        return Some(Say::new(
            "已接受,但 Base64 中含换行或空白,建议去掉",
            "accepted, but the base64 holds line breaks or white space: leave them out",
        ));
    }
    sealed.contains(['-', '_']).then(|| {
        Say::new("已接受,但使用了 URL 安全的 Base64 字母表", "accepted, but the url-safe base64 alphabet was used")
    })
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let plain: String = text
        .chars()
        .filter(|character| !character.is_ascii_whitespace() && *character != '=')
        .map(|character| match character {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let padding = "=".repeat((4 - plain.len() % 4) % 4);
    STANDARD.decode(plain + &padding).ok()
}

fn by_shape(sealed: &str, opening: &Opening) -> Option<Say> {
    let text = sealed.trim();
    if text.is_empty() {
        return Some(Say::new("内容为空", "the text is empty"));
    }
    if (opening.fits)(text.as_bytes()) {
        return Some(Say::new("内容是明文:需要加密", "the text is plain: it must be encrypted"));
    }
    if text.starts_with('"') && text.ends_with('"') {
        return Some(Say::new("密文外多了引号:应只有密文本身", "quotes stand around the ciphertext: send it bare"));
    }
    if text.starts_with('{') {
        return Some(Say::new("密文被包在 JSON 中:应只有密文本身", "the ciphertext is wrapped in json: send it bare"));
    }
    if ["%2B", "%2F", "%3D", "%2b", "%2f", "%3d"].iter().any(|escape| text.contains(escape)) {
        return Some(Say::new("密文被做了 URL 编码:应原样发送", "the ciphertext is percent-encoded: send it as it is"));
    }
    if text.contains('=')
        && text.split_once('=').is_some_and(|(key, rest)| !rest.is_empty() && !rest.starts_with('=') && key.len() < 16)
    {
        return Some(Say::new("内容像表单:应只有密文本身", "the text looks like a form: send the ciphertext alone"));
    }
    if text.len().is_multiple_of(32) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(Say::new("密文是十六进制:应为 Base64", "the ciphertext is hex: base64 is needed"));
    }
    None
}

struct Key<'a> {
    bytes: &'a [u8],
    mistake: Option<Say>,
}

fn by_trial(bytes: &[u8], opening: &Opening) -> Option<Say> {
    let text = STANDARD.encode(opening.key);
    let other_text = STANDARD.encode(opening.other_key);
    let swapped = Say::new(
        "用了另一把密钥:authKey 与 bodyKey 弄反了",
        "the other key was used: auth_key and body_key are swapped",
    );
    let as_text = Say::new(
        "把密钥的 Base64 文本直接当作密钥:应先解码为 16 字节",
        "the key's base64 text was used as the key: decode it to 16 bytes first",
    );
    let keys = [
        Key { bytes: opening.key, mistake: None },
        Key { bytes: opening.other_key, mistake: Some(swapped) },
        Key { bytes: &text.as_bytes()[..16], mistake: Some(as_text.clone()) },
        Key { bytes: text.as_bytes(), mistake: Some(as_text.clone()) },
        Key { bytes: other_text.as_bytes(), mistake: Some(as_text) },
    ];
    keys.iter().find_map(|key| try_key(bytes, key, opening))
}

fn try_key(bytes: &[u8], key: &Key, opening: &Opening) -> Option<Say> {
    let mut trials = raw_plaintexts(bytes, key.bytes, opening.iv);
    // The right cipher first: a single block looks the same in ECB and in CBC with a zero iv.
    trials.sort_by_key(|(name, _)| *name != opening.cipher);
    trials.into_iter().find_map(|(name, raw)| {
        let judged = |(padding, plain)| Some((padding, judge(plain, opening)?));
        let (padding, inside) = unpad(&raw).into_iter().find_map(judged)?;
        // AES-192 is only ever tried for a key that is text: that mistake says it all.
        let cipher = (name != opening.cipher && key.bytes.len() == 16).then(|| other_cipher(name, opening.cipher));
        let mistakes = [key.mistake.clone(), cipher, padding, inside];
        mistakes.into_iter().flatten().reduce(|said, more| said.and(&more))
    })
}

fn other_cipher(used: &str, needed: &str) -> Say {
    Say::new(
        format!("算法或模式不同:用了 {used},应为 {needed}"),
        format!("another cipher or mode: {used} was used, {needed} is needed"),
    )
}

/// What is inside, if key, cipher and padding are right: for whoever checks its form.
pub fn plain(sealed: &str, opening: &Opening) -> Option<Vec<u8>> {
    let bytes = base64(sealed).filter(|bytes| !bytes.is_empty() && bytes.len().is_multiple_of(16))?;
    as_meant(&bytes, opening)
}

fn as_meant(bytes: &[u8], opening: &Opening) -> Option<Vec<u8>> {
    let (_, raw) =
        raw_plaintexts(bytes, opening.key, opening.iv).into_iter().find(|(name, _)| *name == opening.cipher)?;
    unpad(&raw).into_iter().find(|(mistake, _)| mistake.is_none()).map(|(_, plain)| plain.to_vec())
}

/// Key, cipher and padding are right, but not what is inside.
fn opened_in_vain(bytes: &[u8], opening: &Opening) -> Option<Say> {
    let plain = as_meant(bytes, opening)?;
    let text = std::str::from_utf8(&plain).ok()?;
    let (zh, en) = opening.expected;
    let say = Say::new(format!("可以解密,但内容不是{zh}"), format!("it can be opened, but does not hold {en}"));
    Some(if is_base64_of_text(text) { say.and(&encoded_first()) } else { say })
}

fn encoded_first() -> Say {
    Say::new("明文先做了 Base64 再加密:应直接加密", "the plain text was base64-encoded before encryption")
}

/// Whether a text is the Base64 of another text. One that was meant as it is hardly ever decodes to nothing but visible
/// characters.
fn is_base64_of_text(text: &str) -> bool {
    let visible = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    base64(text).is_some_and(|inner| inner.len() >= 8 && inner.iter().all(visible))
}

/// `None` if a plaintext makes no sense; else what is odd about it, if anything.
fn judge(plain: &[u8], opening: &Opening) -> Option<Option<Say>> {
    if (opening.fits)(plain) {
        return Some(None);
    }
    let (decoded, _, broken) = encoding_rs::GBK.decode(plain);
    if !broken && std::str::from_utf8(plain).is_err() && (opening.fits)(decoded.as_bytes()) {
        return Some(Some(Say::new("明文是 GBK 编码:应为 UTF-8", "the plain text is gbk: utf-8 is needed")));
    }
    let inner = base64(std::str::from_utf8(plain).ok()?)?;
    (opening.fits)(&inner).then(|| Some(encoded_first()))
}

/// The plaintexts that a padding rule leaves, and what is wrong with the rule.
fn unpad(raw: &[u8]) -> Vec<(Option<Say>, &[u8])> {
    let mut all = Vec::new();
    let count = usize::from(*raw.last().unwrap_or(&0));
    if (1..=16).contains(&count)
        && raw.len() >= count
        && raw[raw.len() - count..].iter().all(|byte| usize::from(*byte) == count)
    {
        all.push((None, &raw[..raw.len() - count]));
    }
    let trimmed = |byte: u8| {
        let end = raw.iter().rposition(|it| *it != byte).map_or(0, |at| at + 1);
        &raw[..end]
    };
    if raw.last() == Some(&0) {
        all.push((Some(Say::new("用了零填充:应为 PKCS#7", "zero padding was used: pkcs#7 is needed")), trimmed(0)));
    }
    if raw.last() == Some(&b' ') {
        all.push((
            Some(Say::new("用空格补齐:应为 PKCS#7", "blanks were used as padding: pkcs#7 is needed")),
            trimmed(b' '),
        ));
    }
    all.push((
        Some(Say::new(
            "没有填充:即使长度正好也需 PKCS#7",
            "no padding was used: pkcs#7 is needed even for whole blocks",
        )),
        raw,
    ));
    all
}

/// The bytes under each cipher and mode that a key of this length allows.
fn raw_plaintexts(bytes: &[u8], key: &[u8], iv: &[u8; 16]) -> Vec<(&'static str, Vec<u8>)> {
    if key.len() == 24 {
        return Aes192::new_from_slice(key)
            .map(|cipher| vec![("aes-192-ecb", ecb(&cipher, bytes))])
            .unwrap_or_default();
    }
    let (Ok(aes), Ok(sm4)) = (Aes128::new_from_slice(key), Sm4::new_from_slice(key)) else { return Vec::new() };
    let (aes, sm4) = (ecb(&aes, bytes), ecb(&sm4, bytes));
    vec![
        ("aes-128-cbc", cbc(&aes, bytes, iv)),
        ("aes-128-cbc (iv = 0)", cbc(&aes, bytes, &[0; 16])),
        ("aes-128-cbc (iv = key)", cbc(&aes, bytes, key)),
        ("sm4-cbc", cbc(&sm4, bytes, iv)),
        ("sm4-cbc (iv = 0)", cbc(&sm4, bytes, &[0; 16])),
        ("sm4-cbc (iv = key)", cbc(&sm4, bytes, key)),
        ("aes-128-ecb", aes),
        ("sm4-ecb", sm4),
    ]
}

fn ecb<C: BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>>(cipher: &C, bytes: &[u8]) -> Vec<u8> {
    bytes
        .chunks_exact(16)
        .flat_map(|chunk| {
            let mut block: Array<u8, U16> = Array::try_from(chunk).expect("chunks of 16");
            cipher.decrypt_block(&mut block);
            <[u8; 16]>::from(block)
        })
        .collect()
}

/// CBC is ECB and one exclusive-or with the block before.
fn cbc(decrypted: &[u8], bytes: &[u8], iv: &[u8]) -> Vec<u8> {
    let before = iv.iter().chain(bytes);
    decrypted.iter().zip(before).map(|(byte, before)| byte ^ before).collect()
}
