//! Magic values: one way to reach every refusal code on purpose.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};
use skm::dialect::{CodeTable, Dialect};

use crate::people::resident_number;

/// Codes that a mobile number can ask for.
const TOKEN_CODES: RangeInclusive<u16> = 201..=299;
/// Codes that the 32 hex digits of a QR code can ask for.
const SCAN_CODES: RangeInclusive<u16> = 1..=999;
/// Codes that a certificate number can ask for.
const ID_CODES: RangeInclusive<u16> = 400..=599;

/// The mobile number for which interface 1 answers `code` (201 to 299): `19900000` and the code.
pub fn mobile(code: u16) -> String {
    format!("19900000{code:03}")
}

/// The code that a mobile number asks for.
pub fn code_of_mobile(mobile: &str) -> Option<u16> {
    let code = mobile.strip_prefix("19900000")?.parse().ok()?;
    TOKEN_CODES.contains(&code).then_some(code)
}

/// The 32 hex digits of a QR code for which interface 3 answers `code` (1 to 999): zeros and the code.
pub fn identity(code: u16) -> String {
    format!("{code:032}")
}

/// The code that the 32 hex digits of a QR code ask for.
pub fn code_of_identity(identity: &str) -> Option<u16> {
    let code = identity.strip_prefix("00000000000000000000000000000")?.parse().ok()?;
    SCAN_CODES.contains(&code).then_some(code)
}

/// The certificate number for which interface 4 answers `code` (400 to 599): born on 1900-01-01 in the invented
/// division 990000, the code as order number.
pub fn number(code: u16) -> String {
    resident_number(&format!("99000019000101{code:03}"))
}

/// The code that a certificate number asks for.
pub fn code_of_number(text: &str) -> Option<u16> {
    let code = text.strip_prefix("99000019000101")?.get(..3)?.parse().ok()?;
    (ID_CODES.contains(&code) && number(code) == text).then_some(code)
}

/// The magic values of every code that the dialect knows, ready to use.
pub fn list(dialect: &Dialect) -> Value {
    let part = "A".repeat(64);
    let with = |codes: &CodeTable, range: RangeInclusive<u16>, value: &dyn Fn(u16) -> String| -> Map<String, Value> {
        let numbers = codes.iter().filter_map(|(code, _)| code.parse().ok()).filter(|code| range.contains(code));
        numbers.map(|code| (code.to_string(), json!(value(code)))).collect()
    };
    json!({
        "issue_user_token": {
            "how": "a mobile of 19900000 and the code, 201 to 299, with any valid person",
            "mobile": with(&dialect.user_token.codes, TOKEN_CODES, &mobile),
        },
        "verify_scan": {
            "how": "a QR code whose 32 hex digits are zeros and the code, 1 to 999",
            "qr_text": with(&dialect.scan.codes, SCAN_CODES, &|code| crate::codes::text(&identity(code), &part, &dialect.qr)),
        },
        "verify_id": {
            "how": "a certificate number of division 990000, born 1900-01-01, the code (400 to 599) as order number; any name",
            "userid": with(&dialect.id.codes, ID_CODES, &number),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions() {
        for code in [201, 202, 203, 204, 207, 209, 299] {
            assert_eq!(code_of_mobile(&mobile(code)), Some(code));
        }
        for code in [1, 111, 112, 116, 118, 119] {
            assert_eq!(code_of_identity(&identity(code)), Some(code));
        }
        for code in [400, 401, 403, 404, 429, 500] {
            assert_eq!(code_of_number(&number(code)), Some(code));
        }
        assert_eq!(code_of_mobile("19900000000"), None);
        assert_eq!(code_of_identity(&identity(0)), None);
        assert_eq!(code_of_number("320000198506304142"), None);
    }
}
