//! The text of a health-code QR (`url` of table B.1): checked before any call, and made by the platform side.
//!
//! A gate must not open for the person before. So a text that holds more than one code, or parts of two, is refused
//! here as far as it can be seen from the text alone; of the rest the platform is the judge.

use std::fmt;
use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::dialect::QrRules;
use crate::error::{Error, ErrorKind, Result, safe};
use crate::person::clean;

/// A text that is a health code by its shape. Shown as stars.
#[derive(Clone, PartialEq, Eq)]
pub struct QrText {
    text: Zeroizing<String>,
    code: Range<usize>,
}

impl QrText {
    /// Strips what scanners add around the text, and checks it.
    ///
    /// # Errors
    /// `input_invalid` for an empty, over-long or damaged text, for one that a scanner's keyboard setting has changed and
    /// for more than one code in one text; `qr_not_skm` for another kind of code; `qr_incomplete` for one that was cut.
    pub fn parse(scanned: &str, rules: &QrRules) -> Result<QrText> {
        let text = unframed(scanned);
        check_characters(text, rules)?;
        let marks = Marks::count(text, &rules.code_key);
        if marks.are_of_two_codes() {
            return Err(two_codes());
        }
        if is_retyped(text, &rules.code_key, &marks) {
            return Err(retyped());
        }
        let code = code_range(text, &rules.code_key).ok_or(ErrorKind::QrNotSkm)?;
        if !text.ends_with(&rules.ending) {
            return Err(ErrorKind::QrIncomplete.into());
        }
        check_shape(text, &code, rules)?;
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

/// The text without what scanners put around it: blanks and control characters, an AIM prefix (`]Q` and a digit), an
/// ECI escape (`\` and six digits).
fn unframed(scanned: &str) -> &str {
    let text = clean::framed(scanned);
    let text = without_escape(text, "]Q", 1);
    without_escape(text, "\\", 6)
}

fn without_escape<'a>(text: &'a str, mark: &str, digits: usize) -> &'a str {
    let escaped = text.strip_prefix(mark).and_then(|rest| rest.split_at_checked(digits));
    match escaped {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => text,
    }
}

fn check_characters(text: &str, rules: &QrRules) -> Result<()> {
    if text.is_empty() {
        return Err(invalid(safe!("qr_text is empty: scan again", "qr_text 为空:请重新扫描")));
    }
    if text.len() > rules.max_chars && text.chars().count() > rules.max_chars {
        return Err(invalid(safe!(
            "qr_text is longer than {} characters: scan one code at a time",
            "qr_text 超过 {} 个字符:请一次只扫一个码",
            rules.max_chars
        )));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid(safe!(
            "qr_text holds a blank, a control or a non-ASCII character: check the scanner's keyboard layout and input method",
            "qr_text 含空格、控制字符或非 ASCII 字符:请检查扫码枪的键盘布局与输入法"
        )));
    }
    Ok(())
}

/// How often a text holds what one code holds once.
struct Marks {
    schemes: usize,
    keys: usize,
    fragments: usize,
    encoded_schemes: usize,
    encoded_keys: usize,
    encoded_fragments: usize,
}

impl Marks {
    fn count(text: &str, key: &str) -> Marks {
        // Counted without regard to case: the second code may have been read under another setting.
        let lower = Zeroizing::new(text.to_ascii_lowercase());
        let key = key.to_ascii_lowercase();
        let encoded_key = utf8_percent_encode(&key, NON_ALPHANUMERIC).to_string().to_ascii_lowercase();
        let count = |mark: &str| lower.matches(mark).count();
        Marks {
            schemes: count("://"),
            keys: count(&key),
            fragments: count("#"),
            encoded_schemes: count("%3a%2f%2f"),
            encoded_keys: count(&encoded_key),
            encoded_fragments: count("%23"),
        }
    }

    fn are_of_two_codes(&self) -> bool {
        if self.schemes > 1 || self.keys > 1 || self.fragments > 1 {
            return true;
        }
        // Other kinds of codes carry whole addresses, percent-encoded: they are no health codes, but not two.
        let is_health_code = self.keys + self.encoded_keys > 0;
        let (schemes, keys) = (self.schemes + self.encoded_schemes, self.keys + self.encoded_keys);
        is_health_code && (schemes > 1 || keys > 1 || self.fragments + self.encoded_fragments > 1)
    }
}

/// Whether a keyboard setting of the scanner has changed the text: `:` and `/` typed as other characters, capitals for
/// small letters, or the whole text percent-encoded.
fn is_retyped(text: &str, key: &str, marks: &Marks) -> bool {
    let lost_scheme = marks.schemes == 0 && marks.keys > 0;
    let other_case =
        !text.contains(key) && [key.to_ascii_uppercase(), swapped_case(key)].iter().any(|typed| text.contains(typed));
    let encoded = marks.schemes == 0 && marks.encoded_schemes > 0 && marks.encoded_keys > 0;
    lost_scheme || other_case || encoded
}

/// What a keyboard with caps lock on makes of the capitals that a scanner types with shift.
fn swapped_case(key: &str) -> String {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    key.chars().map(swap).collect()
}

fn code_range(text: &str, key: &str) -> Option<Range<usize>> {
    let start = text.find(key)? + key.len();
    let length = text[start..].find(['&', '#']).unwrap_or(text.len() - start);
    (length > 0).then(|| start..start + length)
}

/// Whether the text is one address and nothing else: what is left of a code before it or behind it shows in its scheme,
/// its parameters or its fragment.
fn check_shape(text: &str, code: &Range<usize>, rules: &QrRules) -> Result<()> {
    let (scheme, _) = text.split_once("://").ok_or_else(retyped)?;
    if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        let is_cut = "https".ends_with(scheme) || "http".ends_with(scheme);
        return Err(if is_cut { ErrorKind::QrIncomplete.into() } else { two_codes() });
    }
    let (address, fragment) = text.split_once('#').ok_or(ErrorKind::QrIncomplete)?;
    let ending = rules.ending.rsplit('#').next().unwrap_or_default();
    let is_whole = fragment.strip_prefix('/').unwrap_or(fragment) == ending.strip_prefix('/').unwrap_or(ending);
    if is_whole
        && is_key_at_a_boundary(text, code.start - rules.code_key.len())
        && is_one_query(address, &text[code.clone()])
    {
        return Ok(());
    }
    Err(two_codes())
}

/// Whether the key begins a parameter, and is not the end of a longer word.
fn is_key_at_a_boundary(text: &str, key: usize) -> bool {
    let joined = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
    !(joined(text[..key].chars().next_back()) && joined(text[key..].chars().next()))
}

/// Whether each parameter stands there once, and no value holds the beginning of another address or parameter.
fn is_one_query(address: &str, code: &str) -> bool {
    let Some((_, query)) = address.split_once('?') else { return !code.contains(['/', ':', '=']) };
    let mut names = Vec::new();
    query.split('&').all(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_new = !names.contains(&name);
        names.push(name);
        is_new && !value.trim_end_matches('=').contains(['?', ':', '='])
    }) && !query.contains('?')
        && !code.contains('/')
}

fn two_codes() -> Error {
    invalid(safe!(
        "qr_text holds more than one code, or parts of two: scan one code at a time",
        "qr_text 含有不止一个二维码(或两个码的片段):请一次只扫一个码"
    ))
}

fn retyped() -> Error {
    invalid(safe!(
        "qr_text was changed by the scanner's keyboard setting: set it to the US layout, without capitals lock or conversion of letters",
        "qr_text 被扫码枪的键盘设置改动:请将扫码枪设为美式键盘布局,关闭大写锁定与字符转换"
    ))
}

fn invalid(detail: crate::error::SafeText) -> Error {
    Error::input("qr_text", detail)
}

impl fmt::Debug for QrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrText(***)")
    }
}
