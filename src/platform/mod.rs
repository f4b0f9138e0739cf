//! The other side of the wire: for operators who re-issue interfaces 3 and 4 under the right of second packaging
//! (二封授权, clause 7), and for the sandbox. The same rules as the client's, in the other direction.

mod gateway;
mod id;
mod scan;

pub use gateway::{TimeFault, UserTokenCall, check_sign, check_time, read_user_token};
pub use id::{IdAnswer, IdBody, IdKeys, id_answer, id_refusal};
pub use scan::{ScanAnswer, ScanCall, read_scan, scan_answer, scan_refusal};

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use crate::error::{Error, Result, safe};

/// The pairs of a form, each name once.
struct Form(HashMap<String, String>);

impl Form {
    fn read(text: &[u8]) -> Result<Form> {
        // Escapes decode to whole characters exactly if the decoded text as a whole is UTF-8: separators are ASCII.
        if percent_encoding::percent_decode(text).decode_utf8().is_err() {
            return Err(Error::input("body", safe!("the form is not UTF-8", "表单不是 UTF-8")));
        }
        let mut pairs = HashMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if pairs.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Error::input("body", safe!("a form name occurs twice", "表单参数重复")));
            }
        }
        Ok(Form(pairs))
    }

    /// `wire` is the parameter's name in the form, `field` ours.
    fn take(&mut self, wire: &'static str, field: &'static str) -> Result<String> {
        self.0.remove(wire).ok_or_else(|| missing(field, wire))
    }
}

fn missing(field: &'static str, wire: &'static str) -> Error {
    Error::input(field, safe!("{} is missing", "缺少 {}", wire))
}

/// A platform code in an answer: a number if a number reads back to the same text, as `0` and `200` do; else a text.
struct Code<'a>(&'a str);

impl<'a> Code<'a> {
    /// The code of a refusal, which must not be that of a success.
    fn of_refusal(code: &'a str, success: &str) -> Result<Code<'a>> {
        if code.is_empty() || code == success {
            let detail = safe!(
                "a refusal cannot have the code of a success, or none",
                "拒绝应答不能使用成功代码,也不能没有代码"
            );
            return Err(Error::input("code", detail));
        }
        Ok(Code(code))
    }
}

impl Serialize for Code<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse::<i64>() {
            Ok(number) if number.to_string() == self.0 => serializer.serialize_i64(number),
            _ => serializer.serialize_str(self.0),
        }
    }
}
