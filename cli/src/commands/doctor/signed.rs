//! One signed call to each interface, about a person who cannot exist: a platform must refuse it, and how it refuses tells
//! whether it accepted the credentials.

use skm::{Client, Consent, Error, ErrorKind, IdRequest, Interface, ScanRequest, UserTokenRequest};

use super::configured;
use super::finding::Finding;
use crate::problem::Problem;

/// What stands in the audit log for these calls: there is no person who could consent.
const NOTICE: &str = "skm doctor: nobody";
/// Refusals of interface 1 that are about the unit and not about the person: appmark unknown, sign wrong.
const UNIT_REFUSED: [&str; 2] = ["201", "202"];
/// The refusal of interface 4 that is about the body's encryption.
const BODY_UNREADABLE: &str = "400";
/// A number that passes every check: division 990000 does not exist, born on 1900-01-01.
const NOBODY: &str = "990000190001010016";
/// A code that has the shape of one; its host does not exist and is never contacted.
const NO_CODE: &str = "https://skm.invalid/index.html?qrCode=V5ffffffffffffffffffffffffffffffff320000&b=AAAA#/result";

/// Calls every interface that answers.
pub fn examine(client: &Client, reached: &[Interface]) -> Vec<Finding> {
    configured(client.config())
        .into_iter()
        .filter(|interface| *interface != Interface::Display)
        .map(|interface| if reached.contains(&interface) { call(client, interface) } else { unreached(interface) })
        .collect()
}

fn unreached(interface: Interface) -> Finding {
    Finding::skip(
        "call",
        format!("{interface}: not tried, its host does not answer"),
        format!("{interface}:主机无应答,未尝试"),
    )
}

fn call(client: &Client, interface: Interface) -> Finding {
    let consent = Consent::authorised(NOTICE);
    let outcome = match interface {
        Interface::UserToken => client.issue_user_token(&impossible_person(consent)).map(drop),
        Interface::Scan => client.verify_scan(&ScanRequest::new(NO_CODE, consent)).map(drop),
        Interface::Id => client.verify_id(&IdRequest::new(NOBODY, "无名氏", consent)).map(drop),
        Interface::Display => return unreached(interface),
    };
    match outcome {
        Ok(()) => strange(interface),
        Err(error) => judge(interface, error),
    }
}

/// A certificate type, number and mobile that no platform can take for a person's.
fn impossible_person(consent: Consent) -> UserTokenRequest {
    let mut request = UserTokenRequest::new("无名氏", "0", "0", consent);
    request.papers_type = "0".into();
    request.any_mobile = true;
    request
}

fn strange(interface: Interface) -> Finding {
    Finding::warn(
        "call",
        format!("{interface}: the platform accepted a person who cannot exist"),
        format!("{interface}:平台接受了不可能存在的人员"),
    )
    .fix("the credentials work; ask the platform's operator about this", "凭证可用;请就此询问平台运营方")
}

fn judge(interface: Interface, error: Error) -> Finding {
    let code = error.platform_code().unwrap_or_default().to_owned();
    match (error.kind(), interface) {
        (ErrorKind::Refused, Interface::UserToken) if UNIT_REFUSED.contains(&code.as_str()) => {
            Finding::failed("call", error).fix(
                "compare appmark and appword with what your unit was given, character by character",
                "请逐字核对 appmark 与 appword",
            )
        }
        (ErrorKind::Refused, Interface::Id) if code == BODY_UNREADABLE => Finding::failed("call", error).fix(
            "compare body_key with what your unit was given; ask which cipher the platform uses (dialect)",
            "请核对 body_key,并确认平台所用算法(方言)",
        ),
        (ErrorKind::NoAccess, Interface::Id) => Finding::failed("call", error).fix(
            "compare account and auth_key with what your unit was given; are auth_key and body_key swapped?",
            "请核对 account 与 auth_key;auth_key 与 body_key 是否互换?",
        ),
        (ErrorKind::NoAccess, _) => Finding::failed("call", error).fix(
            "compare token and source with what your unit was given; ask whether this machine's address is admitted",
            "请核对 token 与 source,并确认本机地址是否已获准接入",
        ),
        (ErrorKind::ConfigMissing, _) => Finding::failed("call", error),
        (ErrorKind::HttpStatus, _) => Finding::failed("call", error).fix(
            "the host answers but not this path: compare the url with what your unit was given",
            "主机有应答,但路径不对:请核对 url",
        ),
        (ErrorKind::AnswerMalformed, _) => Finding::failed("call", error).fix(
            "something other than the platform answers (a login page of the network?): compare the url",
            "应答者可能不是平台(网络登录页?):请核对 url",
        ),
        (ErrorKind::Refused | ErrorKind::PersonNotFound | ErrorKind::QrNotSkm | ErrorKind::QrExpired, _) => {
            refused_as_it_should(interface, &error)
        }
        _ => Finding::failed("call", Problem::from(error)),
    }
}

fn refused_as_it_should(interface: Interface, error: &Error) -> Finding {
    let code = skm::person::mask::scrub(error.platform_code().unwrap_or_default());
    Finding::ok(
        "call",
        format!("{interface}: credentials accepted; a person who cannot exist was refused [{code}]"),
        format!("{interface}:凭证有效;不存在的人员被拒绝 [{code}]"),
    )
}
