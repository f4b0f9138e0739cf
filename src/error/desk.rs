//! The sentence for the person at the desk: what to do now, in plain Chinese.

use super::{Error, ErrorKind, Reason};

/// The most exact sentence there is: the error's own, then by reason, then by field or status, then by kind.
pub(super) fn sentence(error: &Error) -> String {
    if let Some(own) = error.0.desk {
        return own.to_owned();
    }
    if let Some(by_reason) = error.reason().and_then(by_reason) {
        return by_reason.to_owned();
    }
    match error.kind() {
        ErrorKind::InputInvalid => match error.field().and_then(label) {
            Some(label) => format!("{label}有误,请核对后重试"),
            None if error.field() == Some("qr_text") => SCAN_AGAIN.to_owned(),
            None => error.kind().desk_zh().to_owned(),
        },
        ErrorKind::HttpStatus if !error.is_retryable() => "平台拒绝了请求,请联系管理员".to_owned(),
        kind => kind.desk_zh().to_owned(),
    }
}

/// Two codes in one read, or a scanner set wrongly: the person cannot correct what was scanned.
const SCAN_AGAIN: &str = "扫描到的内容有误,请重新扫描,仍不行请检查扫码枪";

/// Where the reason changes what to do now.
const fn by_reason(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::Resolving | Reason::Connecting => Some("无法连接平台,请检查网络后重试"),
        Reason::Tunnelling => Some("网络代理不通,请联系管理员"),
        Reason::NoDescriptors | Reason::NoThreads | Reason::NoFreeConnection => {
            Some("同时进行的操作过多,请稍后重试,仍不行请联系管理员")
        }
        Reason::Expired | Reason::NotYetValid => {
            Some("无法与平台建立安全连接,请核对本机的日期和时间,仍不行请联系管理员")
        }
        _ => None,
    }
}

/// What a form calls a member that the person or the desk can correct (section 11).
fn label(field: &str) -> Option<&'static str> {
    Some(match field {
        "number" => "证件号码",
        "name" => "姓名",
        "papers_type" => "证件类型",
        "mobile" => "手机号码",
        "email" => "电子邮箱",
        "phone" => "电话号码",
        "sex" => "性别",
        "birth_date" => "出生日期",
        "address" => "地址",
        "post" => "邮政编码",
        "position" => "核验地点",
        "verifier_dept" => "核验单位",
        "verifier_name" => "核验人员姓名",
        "verifier_phone" => "核验人员电话",
        "organize_location" => "所在单位",
        "apply_type" => "申请类型",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::safe;
    use crate::interfaces::Interface;
    use crate::person::CertificateFault;

    fn assert_for_the_desk(error: Error) {
        let error = error.during(Interface::Scan, 2);
        let shown = error.message_zh();
        assert!(!shown.is_empty() && !shown.chars().any(|c| c.is_ascii_alphanumeric() || c.is_control()), "{shown}");
        assert!(shown.chars().all(|c| c == ',' || !c.is_ascii()), "{shown}");
        assert!(error.message().starts_with("verify_scan: ") && error.technical_zh().starts_with("verify_scan: "));
    }

    #[test]
    fn no_kind_reason_field_or_status_says_a_technical_word_at_the_desk() {
        let detail = || safe!("https://host.example at {}", "https://host.example 位于 {}", "skm.toml");
        for kind in ErrorKind::ALL {
            assert_for_the_desk(Error::with(*kind, detail()));
            for reason in Reason::ALL {
                assert_for_the_desk(Error::with(*kind, detail()).because(*reason));
            }
        }
        for field in ["number", "name", "qr_text", "verifier_dept", "consent", "struct_size", "anything"] {
            assert_for_the_desk(Error::input(field, detail()));
        }
        for fault in [CertificateFault::Character, CertificateFault::Length, CertificateFault::CheckDigit] {
            assert_for_the_desk(Error::input("number", detail()).at_desk(fault.desk_zh()));
        }
        for status in [403, 429, 503] {
            assert_for_the_desk(Error::status(status));
        }
        assert_for_the_desk(Error::refusal(ErrorKind::Refused, "201", Some("appmark unknown"), Some(detail())));
    }

    #[test]
    fn a_reason_changes_the_sentence_where_it_changes_what_to_do() {
        let plain = Error::new(ErrorKind::DeadlineExceeded).message_zh();
        for reason in [Reason::Resolving, Reason::NoDescriptors, Reason::NoThreads] {
            assert_ne!(Error::new(ErrorKind::DeadlineExceeded).because(reason).message_zh(), plain);
        }
        assert_eq!(Error::new(ErrorKind::DeadlineExceeded).because(Reason::Waiting).message_zh(), plain);
    }
}
