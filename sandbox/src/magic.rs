//! Magic values: one way to reach every refusal code on purpose.

use serde_json::{Map, Value, json};

use crate::people::resident_number;

/// Codes of interface 1 that have a meaning in the default dialect.
pub const TOKEN_CODES: [u16; 7] = [201, 202, 203, 204, 207, 209, 299];
/// Codes of interface 3.
pub const SCAN_CODES: [u16; 6] = [1, 111, 112, 116, 118, 119];
/// Codes of interface 4.
pub const ID_CODES: [u16; 6] = [400, 401, 403, 404, 429, 500];

/// The mobile number for which interface 1 answers `code` (201 to 299): `19900000` and the code.
pub fn mobile(code: u16) -> String {
    format!("19900000{code:03}")
}

/// The code that a mobile number asks for.
pub fn code_of_mobile(mobile: &str) -> Option<u16> {
    let code = mobile.strip_prefix("19900000")?.parse().ok()?;
    (201..=299).contains(&code).then_some(code)
}

/// The 32 hex digits of a QR code for which interface 3 answers `code` (1 to 999): zeros and the code.
pub fn identity(code: u16) -> String {
    format!("{code:032}")
}

/// The code that the 32 hex digits of a QR code ask for.
pub fn code_of_identity(identity: &str) -> Option<u16> {
    let code = identity.strip_prefix("00000000000000000000000000000")?.parse().ok()?;
    (code > 0).then_some(code)
}

/// The certificate number for which interface 4 answers `code` (400 to 599): born on 1900-01-01 in the invented
/// division 990000, the code as order number.
pub fn number(code: u16) -> String {
    resident_number(&format!("99000019000101{code:03}"))
}

/// The code that a certificate number asks for.
pub fn code_of_number(text: &str) -> Option<u16> {
    let code = text.strip_prefix("99000019000101")?.get(..3)?.parse().ok()?;
    ((400..=599).contains(&code) && number(code) == text).then_some(code)
}

/// Every magic value, ready to use.
pub fn list() -> Value {
    let part = "A".repeat(64);
    let with = |codes: &[u16], value: &dyn Fn(u16) -> Value| -> Map<String, Value> {
        codes.iter().map(|code| (code.to_string(), value(*code))).collect()
    };
    json!({
        "issue_user_token": {
            "how": "a mobile of 19900000 and the code, 201 to 299, with any valid person",
            "mobile": with(&TOKEN_CODES, &|code| json!(mobile(code))),
        },
        "verify_scan": {
            "how": "a QR code whose 32 hex digits are zeros and the code, 1 to 999",
            "qr_text": with(&SCAN_CODES, &|code| json!(crate::codes::text(&identity(code), &part))),
        },
        "verify_id": {
            "how": "a certificate number of division 990000, born 1900-01-01, the code (400 to 599) as order number; any name",
            "userid": with(&ID_CODES, &|code| json!(number(code))),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions() {
        for code in TOKEN_CODES {
            assert_eq!(code_of_mobile(&mobile(code)), Some(code));
        }
        for code in SCAN_CODES {
            assert_eq!(code_of_identity(&identity(code)), Some(code));
        }
        for code in ID_CODES {
            assert_eq!(code_of_number(&number(code)), Some(code));
        }
        assert_eq!(code_of_mobile("19900000000"), None);
        assert_eq!(code_of_identity(&identity(0)), None);
        assert_eq!(code_of_number("320000198506304142"), None);
    }
}
