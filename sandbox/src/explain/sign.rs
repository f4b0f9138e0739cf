//! Why a sign does not match (table A.1: `MD5(appmark + appword + time)`).

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};

use super::time;
use crate::credentials::hex;
use crate::text::Say;

/// What was sent, and the secret it should have been made with.
pub struct Signed<'a> {
    /// As sent.
    pub appmark: &'a str,
    /// The sandbox's secret.
    pub appword: &'a str,
    /// As sent.
    pub time: &'a str,
    /// As sent.
    pub params: &'a str,
    /// As sent.
    pub servicename: &'a str,
    /// As sent.
    pub sign: &'a str,
}

/// Names the likely mistake.
pub fn explain(signed: &Signed) -> Say {
    by_length(signed.sign)
        .or_else(|| candidates(signed).into_iter().find(|(texts, _)| texts.fits(signed.sign)).map(|(_, say)| say))
        .or_else(|| by_digest(signed))
        .unwrap_or_else(|| {
            Say::new(
                "未识别出常见错误:请核对应用密钥 appword,签名为 MD5(appmark+appword+time) 的小写十六进制",
                "no usual mistake fits: check the appword; the sign is the lower-case hex MD5 of appmark + appword + time",
            )
        })
}

fn by_length(sign: &str) -> Option<Say> {
    let is_hex = sign.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (sign.len(), is_hex) {
        (32, true) => None,
        (40, true) => Some(wrong_digest("SHA-1", 40)),
        (64, true) => Some(wrong_digest("SHA-256 或 SM3 / or SM3", 64)),
        (16, true) => Some(Say::new(
            "sign 只有 16 位:应为完整的 32 位 MD5",
            "the sign has 16 characters: the whole 32-character md5 is needed",
        )),
        (24, false) if sign.ends_with("==") => {
            Some(Say::new("sign 是 Base64:应为 32 位十六进制", "the sign is base64: 32 hex characters are needed"))
        }
        (length, _) => Some(Say::new(
            format!("sign 不是 32 位十六进制(现为 {length} 个字符)"),
            format!("the sign is not 32 hex characters (it has {length})"),
        )),
    }
}

fn wrong_digest(name: &str, length: usize) -> Say {
    Say::new(
        format!("sign 有 {length} 位,像是 {name}:应使用 MD5(32 位)"),
        format!("the sign has {length} characters, as of {name}: md5 has 32"),
    )
}

/// One or several byte strings that the sign may have been made from.
struct Texts(Vec<Vec<u8>>);

impl Texts {
    fn one(text: String) -> Texts {
        Texts(vec![text.into_bytes()])
    }

    fn fits(&self, sign: &str) -> bool {
        self.0.iter().any(|text| hex(&Md5::digest(text)).eq_ignore_ascii_case(sign))
    }
}

fn candidates(signed: &Signed) -> Vec<(Texts, Say)> {
    let mut all = orders(signed);
    all.extend(missing_or_extra(signed));
    all.extend(separators(signed));
    all.extend(cases(signed));
    all.extend(encodings(signed));
    all.extend(other_times(signed));
    all
}

fn orders(Signed { appmark: a, appword: w, time: t, .. }: &Signed) -> Vec<(Texts, Say)> {
    let say = |order: &str| {
        Say::new(
            format!("拼接顺序错误:用了 {order},应为 appmark+appword+time"),
            format!("wrong order: {order} was signed, it must be appmark+appword+time"),
        )
    };
    [
        (format!("{a}{t}{w}"), "appmark+time+appword"),
        (format!("{w}{a}{t}"), "appword+appmark+time"),
        (format!("{w}{t}{a}"), "appword+time+appmark"),
        (format!("{t}{a}{w}"), "time+appmark+appword"),
        (format!("{t}{w}{a}"), "time+appword+appmark"),
    ]
    .into_iter()
    .map(|(text, order)| (Texts::one(text), say(order)))
    .collect()
}

fn missing_or_extra(signed: &Signed) -> Vec<(Texts, Say)> {
    let Signed { appmark: a, appword: w, time: t, params: p, servicename: s, .. } = signed;
    vec![
        (
            Texts(vec![format!("{a}{t}").into_bytes(), format!("{t}{a}").into_bytes()]),
            Say::new("签名中缺少应用密钥 appword", "the secret is missing: appword was not signed"),
        ),
        (
            Texts(vec![format!("{a}{w}").into_bytes(), format!("{w}{a}").into_bytes()]),
            Say::new("签名中缺少时间戳 time", "the time is missing: only appmark and appword were signed"),
        ),
        (
            Texts(vec![format!("{w}{t}").into_bytes(), format!("{t}{w}").into_bytes()]),
            Say::new("签名中缺少 appmark", "the appmark is missing: only appword and time were signed"),
        ),
        (
            Texts(
                [
                    format!("{a}{w}{t}{p}"),
                    format!("{a}{w}{p}{t}"),
                    format!("{p}{a}{w}{t}"),
                    format!("{a}{p}{w}{t}"),
                    format!("{a}{w}{t}{s}{p}"),
                    format!("{a}{t}{s}{p}{w}"),
                    format!("{a}{w}{s}{p}{t}"),
                    format!("{a}{w}{s}{t}{p}"),
                ]
                .map(String::into_bytes)
                .to_vec(),
            ),
            Say::new("params 也被签名了:params 不参与签名", "params was signed too: it is not part of the sign"),
        ),
        (
            Texts(vec![format!("{a}{w}{t}{s}").into_bytes(), format!("{a}{w}{s}{t}").into_bytes()]),
            Say::new("servicename 也被签名了:它不参与签名", "servicename was signed too: it is not part of the sign"),
        ),
        (
            Texts(
                [
                    format!("{a}{w}\n{t}"),
                    format!("{a}{w}\r\n{t}"),
                    format!("{a}{w}{t}\n"),
                    format!("{a}{w}{t}\r\n"),
                    format!("{a}\n{w}{t}"),
                    format!("{a} {w} {t} "),
                    format!("{a}{w} {t}"),
                    format!("{a}\"{w}\"{t}"),
                ]
                .map(String::into_bytes)
                .to_vec(),
            ),
            Say::new(
                "签名文本中混入了换行、空格或引号(常见于从文件读取密钥时)",
                "a line break, blank or quote was signed along (often from reading the secret from a file)",
            ),
        ),
    ]
}

fn separators(Signed { appmark: a, appword: w, time: t, .. }: &Signed) -> Vec<(Texts, Say)> {
    let mut all: Vec<(Texts, Say)> = ["&", ",", "|", "-", "_", ":", ";", ".", "+", " ", "\n", "#", "/"]
        .into_iter()
        .map(|separator| {
            let shown = separator.escape_debug();
            (
                Texts::one([*a, *w, *t].join(separator)),
                Say::new(
                    format!("拼接时使用了分隔符 \"{shown}\":应直接相连"),
                    format!("the separator \"{shown}\" was used: the three are joined without one"),
                ),
            )
        })
        .collect();
    all.push((
        Texts(
            [
                format!("appmark={a}&appword={w}&time={t}"),
                format!("appmark={a}&time={t}&appword={w}"),
                format!("appmark={a}&time={t}&key={w}"),
                format!("appmark{a}appword{w}time{t}"),
            ]
            .map(String::into_bytes)
            .to_vec(),
        ),
        Say::new("签名中写入了参数名:只拼接三个值", "names were signed: only the three values are joined"),
    ));
    all
}

fn cases(Signed { appmark: a, appword: w, time: t, .. }: &Signed) -> Vec<(Texts, Say)> {
    let (lower, upper) = (|text: &str| text.to_lowercase(), |text: &str| text.to_uppercase());
    vec![
        (
            Texts(vec![format!("{}{w}{t}", upper(a)).into_bytes(), format!("{}{w}{t}", lower(a)).into_bytes()]),
            Say::new("签名前改变了 appmark 的大小写", "the case of appmark was changed before signing"),
        ),
        (
            Texts(vec![format!("{a}{}{t}", upper(w)).into_bytes(), format!("{a}{}{t}", lower(w)).into_bytes()]),
            Say::new("签名前改变了 appword 的大小写", "the case of appword was changed before signing"),
        ),
        (
            Texts([upper(&format!("{a}{w}{t}")), lower(&format!("{a}{w}{t}"))].map(String::into_bytes).to_vec()),
            Say::new("签名前把整个文本转换了大小写", "the case of the whole text was changed before signing"),
        ),
    ]
}

fn encodings(Signed { appmark: a, appword: w, time: t, .. }: &Signed) -> Vec<(Texts, Say)> {
    let text = format!("{a}{w}{t}");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut all = vec![(
        Texts(vec![utf16]),
        Say::new("签名文本用了 UTF-16:应为 UTF-8", "the text was signed as utf-16: utf-8 is needed"),
    )];
    let (gbk, _, lossy) = encoding_rs::GBK.encode(&text);
    if !text.is_ascii() && !lossy {
        all.push((
            Texts(vec![gbk.into_owned()]),
            Say::new("签名文本用了 GBK 编码:应为 UTF-8", "the text was signed as gbk: utf-8 is needed"),
        ));
    }
    all
}

fn other_times(Signed { appmark: a, appword: w, time: t, .. }: &Signed) -> Vec<(Texts, Say)> {
    time::respellings(t)
        .into_iter()
        .filter(|(text, _, _)| text != t)
        .map(|(text, zh, en)| {
            (
                Texts::one(format!("{a}{w}{text}")),
                Say::new(
                    format!("签名用的时间与发送的 time 写法不同:签名时用了{zh}"),
                    format!("the time that was signed is spelled differently from the one sent: {en} was signed"),
                ),
            )
        })
        .collect()
}

/// The right text under another digest of 32 characters.
fn by_digest(signed: &Signed) -> Option<Say> {
    let text = format!("{}{}{}", signed.appmark, signed.appword, signed.time);
    let same = |hex: String| hex.eq_ignore_ascii_case(signed.sign);
    let md5 = hex(&Md5::digest(&text));
    if same(hex(&Md5::digest(&md5))) || same(hex(&Md5::digest(md5.to_uppercase()))) {
        return Some(Say::new("做了两次 MD5:只做一次", "md5 was applied twice: once is right"));
    }
    let mac = |message: &str| {
        let mut mac = Hmac::<Md5>::new_from_slice(signed.appword.as_bytes()).expect("hmac takes a key of any length");
        mac.update(message.as_bytes());
        hex(&mac.finalize().into_bytes())
    };
    let messages = [format!("{}{}", signed.appmark, signed.time), text];
    messages
        .iter()
        .any(|message| same(mac(message)))
        .then(|| Say::new("用了 HMAC-MD5:应为普通 MD5", "hmac-md5 was used: plain md5 is right"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(made_from: &[u8], sign_of: impl Fn(&[u8]) -> String) -> String {
        let sign = sign_of(made_from);
        explain(&Signed {
            appmark: "示范App",
            appword: "Word7",
            time: "20210101120000",
            params: "{}",
            servicename: "s",
            sign: &sign,
        })
        .en
    }

    #[test]
    fn every_mistake_is_named() {
        let md5 = |text: &[u8]| hex(&Md5::digest(text));
        let named = |text: &str, words: &str| {
            let said = explained(text.as_bytes(), md5);
            assert!(said.contains(words), "{text}: {said}");
        };
        named("Word7示范App20210101120000", "wrong order");
        named("示范App20210101120000", "secret is missing");
        named("示范AppWord7", "time is missing");
        named("示范AppWord720210101120000{}", "params was signed too");
        named("示范AppWord720210101120000s", "servicename was signed too");
        named("示范AppWord7\n20210101120000", "line break");
        named("示范App&Word7&20210101120000", "separator \"&\"");
        named("appmark=示范App&appword=Word7&time=20210101120000", "names were signed");
        named("示范APPWord720210101120000", "case of appmark");
        named("示范Appword720210101120000", "case of appword");
        named("示范AppWord71609473600000", "milliseconds");
        named("示范AppWord71609473600", "epoch seconds");
        named("示范AppWord720210101040000", "utc");
        named("示范AppWord72021-01-01 12:00:00", "yyyy-MM-dd HH:mm:ss");
        named("anything else", "no usual mistake");
        let gbk = encoding_rs::GBK.encode("示范AppWord720210101120000").0;
        assert!(explained(&gbk, md5).contains("gbk"));
    }

    #[test]
    fn other_digests_are_named() {
        let text = "示范AppWord720210101120000".as_bytes();
        let md5 = |text: &[u8]| hex(&Md5::digest(text));
        assert!(explained(text, |_| "a".repeat(40)).contains("SHA-1"));
        assert!(explained(text, |_| "a".repeat(64)).contains("SHA-256"));
        assert!(explained(text, |text| md5(text)[8..24].to_owned()).contains("16 characters"));
        assert!(explained(text, |text| md5(md5(text).as_bytes())).contains("twice"));
    }
}
