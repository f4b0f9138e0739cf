//! The text of a health-code QR (`url` of table B.1): checked before any call, and made by the platform side.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::dialect::QrRules;
use crate::error::{Error, ErrorKind, Result, safe};

/// A text that is a health code by its shape. Shown as stars.
#[derive(Clone, PartialEq, Eq)]
pub struct QrText {
    text: Zeroizing<String>,
    code: std::ops::Range<usize>,
}

impl QrText {
    /// Strips what scanners add around the text, and checks it.
    ///
    /// # Errors
    /// `input_invalid` for an empty, over-long or damaged text, `qr_not_skm` for another kind of code,
    /// `qr_incomplete` for one that was cut.
    pub fn parse(scanned: &str, rules: &QrRules) -> Result<QrText> {
        let text = scanned.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.is_empty() {
            return Err(Error::input("qr_text", safe!("qr_text is empty: scan again", "qr_text 为空:请重新扫描")));
        }
        if text.len() > rules.max_chars && text.chars().count() > rules.max_chars {
            return Err(Error::input(
                "qr_text",
                safe!("qr_text is longer than {} characters", "qr_text 超过 {} 个字符", rules.max_chars),
            ));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::input(
                "qr_text",
                safe!(
                    "qr_text holds a blank, a control or a non-ASCII character: check the scanner's keyboard layout and input method",
                    "qr_text 含空格、控制字符或非 ASCII 字符:请检查扫码枪的键盘布局与输入法"
                ),
            ));
        }
        let code = code_range(text, &rules.code_key).ok_or(ErrorKind::QrNotSkm)?;
        if !text.ends_with(&rules.ending) {
            return Err(ErrorKind::QrIncomplete.into());
        }
        Ok(QrText { text: Zeroizing::new(text.to_owned()), code })
    }

    /// The whole text, as it is sent. Never logged.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The code's identity: between `qrCode=` and the next `&` or `#`. Never logged.
    pub fn code(&self) -> &str {
        &self.text[self.code.clone()]
    }

    /// The six-digit division code, if the code is of the form `V` + digit + 32 hex + 6 digits.
    pub fn division(&self) -> Option<&str> {
        let code = self.code();
        let body = code.strip_prefix('V').filter(|_| code.is_ascii() && code.len() == 40)?;
        let (version, rest) = body.split_at(1);
        let (hex, division) = rest.split_at(32);
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(version) && digits(division) && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(division)
    }

    /// Makes the text of a code: `page` is the result page's URL without a query, `changing` the part `b` that changes
    /// with time.
    pub fn build(page: &str, code: &str, changing: Option<&str>, rules: &QrRules) -> String {
        const VALUE: &AsciiSet = NON_ALPHANUMERIC;
        let mut text = format!("{page}?{}{code}", rules.code_key);
        if let Some(changing) = changing {
            text.push_str("&b=");
            text.extend(utf8_percent_encode(changing, VALUE));
        }
        text.push_str("#/");
        text.push_str(&rules.ending);
        text
    }
}

fn code_range(text: &str, key: &str) -> Option<std::ops::Range<usize>> {
    let start = text.find(key)? + key.len();
    let length = text[start..].find(['&', '#']).unwrap_or(text.len() - start);
    (length > 0).then(|| start..start + length)
}

impl fmt::Debug for QrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrText(***)")
    }
}
