//! Certificate numbers: resident identity cards by GB 11643-1999, others by shape only.

use std::fmt;

use jiff::civil::Date;

use crate::error::{Error, Result, Words, safe};
use crate::person::{CertificateNumber, clean};

/// `paperstype` of table A.2: one to eight digits. Types that the table does not know pass through. Any text can be made
/// one, so that a request can be filled in any order; a call refuses what is none, [`PapersType::check`] says it earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PapersType(String);

impl PapersType {
    /// 居民身份证.
    pub const RESIDENT_ID: &'static str = "1";

    /// The value as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can be a certificate type.
    ///
    /// # Errors
    /// `input_invalid` naming `papers_type`.
    pub fn check(&self) -> Result<()> {
        if (1..=8).contains(&self.0.len()) && self.0.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(());
        }
        Err(Error::input(
            "papers_type",
            safe!(
                "papers_type must be the number of a certificate type, such as 1 (resident identity card) or 2 (passport)",
                "papers_type 须为证件类型的数字代码,如 1(居民身份证)、2(护照)"
            ),
        ))
    }

    /// Whether numbers of this type follow GB 11643.
    pub fn is_resident_id(&self) -> bool {
        self.0 == Self::RESIDENT_ID
    }
}

impl Default for PapersType {
    fn default() -> Self {
        PapersType(Self::RESIDENT_ID.to_owned())
    }
}

impl<T: Into<String>> From<T> for PapersType {
    fn from(value: T) -> Self {
        PapersType(clean::text(&value.into()).to_owned())
    }
}

/// Sex as the certificate number encodes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sex {
    /// Even order number; `0` in table A.2.
    Female,
    /// Odd order number; `1` in table A.2.
    Male,
}

impl Sex {
    /// `female` or `male`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Sex::Female => "female",
            Sex::Male => "male",
        }
    }

    /// As table A.2 has it: `0` female, `1` male.
    pub const fn code(self) -> &'static str {
        match self {
            Sex::Female => "0",
            Sex::Male => "1",
        }
    }

    /// The sex that [`Sex::code`] stands for.
    ///
    /// # Errors
    /// `input_invalid`, field `sex`, for any other text.
    pub fn from_code(code: &str) -> Result<Sex> {
        match clean::text(code) {
            "0" => Ok(Sex::Female),
            "1" => Ok(Sex::Male),
            _ => Err(Error::input("sex", safe!("sex must be 1 (male) or 0 (female)", "sex 须为 1(男)或 0(女)"))),
        }
    }
}

/// Why a resident identity number is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateFault {
    /// A character other than digits and a final X.
    Character,
    /// Not 18 characters (or 15, where the caller allows that).
    Length,
    /// Not a real date, or one in the future.
    BirthDate,
    /// The check character does not fit.
    CheckDigit,
}

impl CertificateFault {
    /// `character`, `length`, `birth_date` or `check_digit`.
    pub const fn as_str(self) -> &'static str {
        match self {
            CertificateFault::Character => "character",
            CertificateFault::Length => "length",
            CertificateFault::BirthDate => "birth_date",
            CertificateFault::CheckDigit => "check_digit",
        }
    }

    /// What is wrong and what would be right, in English and in Chinese.
    pub const fn text(self) -> (&'static str, &'static str) {
        match self {
            CertificateFault::Character => ("only digits and a final X are allowed", "只允许数字及末位 X"),
            CertificateFault::Length => ("18 characters are needed", "应为 18 位"),
            CertificateFault::BirthDate => ("the birth date in it is not a real past date", "其中的出生日期无效"),
            CertificateFault::CheckDigit => {
                ("the check character does not fit: it was mistyped", "校验位不符:号码有误")
            }
        }
    }
}

impl CertificateFault {
    /// For the person at the desk.
    pub(crate) const fn desk_zh(self) -> &'static str {
        match self {
            CertificateFault::Length => "证件号码的位数不对,请核对后重试",
            CertificateFault::BirthDate => "证件号码中的出生日期无效,请核对后重试",
            CertificateFault::CheckDigit => "证件号码的校验位不符,请核对后重试",
            _ => "证件号码有误,请核对后重试",
        }
    }
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A checked resident identity number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidentId {
    number: CertificateNumber,
    birth_date: Date,
    sex: Sex,
}

impl ResidentId {
    /// Checks an 18-character number; `today` is the date in China. `x` is accepted and becomes `X`. White space,
    /// zero-width and control characters at both ends are stripped: card readers pad with them.
    pub fn parse(given: &str, today: Date) -> Result<ResidentId, CertificateFault> {
        let text = clean::framed(given);
        if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'X' | b'x')) {
            return Err(CertificateFault::Character);
        }
        let number = text.to_ascii_uppercase();
        let bytes: [u8; 18] = number.as_bytes().try_into().map_err(|_| CertificateFault::Length)?;
        if bytes[..17].contains(&b'X') {
            return Err(CertificateFault::Character);
        }
        let birth_date = birth_date(&number[6..14]).filter(|date| *date <= today).ok_or(CertificateFault::BirthDate)?;
        if bytes[17] != check_character(&bytes[..17]) {
            return Err(CertificateFault::CheckDigit);
        }
        let sex = if (bytes[16] - b'0') % 2 == 1 { Sex::Male } else { Sex::Female };
        Ok(ResidentId { number: number.into(), birth_date, sex })
    }

    /// Lifts the 15-digit form of before 1999 (years 19yy) to 18 and checks it.
    pub fn parse_15(given: &str, today: Date) -> Result<ResidentId, CertificateFault> {
        let text = clean::framed(given);
        if text.len() != 15 {
            return Err(CertificateFault::Length);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CertificateFault::Character);
        }
        let mut number = format!("{}19{}", &text[..6], &text[6..]);
        number.push(char::from(check_character(number.as_bytes())));
        ResidentId::parse(&number, today)
    }

    /// As [`ResidentId::parse`]; a number of 15 characters is lifted where `lift_15` says so.
    pub fn parse_any(given: &str, lift_15: bool, today: Date) -> Result<ResidentId, CertificateFault> {
        let is_old = lift_15 && clean::framed(given).len() == 15;
        if is_old { ResidentId::parse_15(given, today) } else { ResidentId::parse(given, today) }
    }

    /// The number as it is sent: 18 characters, `X` in upper case.
    pub fn number(&self) -> &CertificateNumber {
        &self.number
    }

    /// The date of birth.
    pub fn birth_date(&self) -> Date {
        self.birth_date
    }

    /// The sex.
    pub fn sex(&self) -> Sex {
        self.sex
    }
}

/// Nobody alive was born before; a number that says so was mistyped.
const EARLIEST_YEAR: i16 = 1800;

fn birth_date(text: &str) -> Option<Date> {
    let year = text[..4].parse().ok()?;
    let month = text[4..6].parse().ok()?;
    let day = text[6..].parse().ok()?;
    Date::new(year, month, day).ok().filter(|date| date.year() >= EARLIEST_YEAR)
}

/// ISO 7064 MOD 11-2 over 17 digits.
fn check_character(digits: &[u8]) -> u8 {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    b"10X98765432"[(sum % 11) as usize]
}

/// Checks type and number before they are sent and gives the number's normal form.
pub(crate) fn check(
    papers_type: &PapersType,
    number: &CertificateNumber,
    lift_15: bool,
    today: Date,
) -> Result<CertificateNumber> {
    papers_type.check()?;
    if !papers_type.is_resident_id() {
        return check_other(number.expose());
    }
    ResidentId::parse_any(number.expose(), lift_15, today).map(|id| id.number).map_err(|fault| {
        let (en, zh) = fault.text();
        Error::input("number", safe!("number: {}", "number:{}", Words(en, zh))).at_desk(fault.desk_zh())
    })
}

fn check_other(given: &str) -> Result<CertificateNumber> {
    let text = clean::framed(given);
    if (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.into());
    }
    Err(Error::input(
        "number",
        safe!(
            "number: 1 to 32 visible ASCII characters are needed for this certificate type",
            "number:该证件类型的号码应为 1 至 32 个可见 ASCII 字符"
        ),
    ))
}
