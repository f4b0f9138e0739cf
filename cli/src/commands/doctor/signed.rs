//! One signed call to each interface, about a person who cannot exist: a platform must refuse it, and how it refuses tells
//! whether it accepted the credentials.
//!
//! Interface 1 makes a profile of a person it does not know (快捷资料创建), and a platform may take more than it should: it is
//! called only on demand. Interfaces 3 and 4 ask.

use skm::dialect::{CodeTable, Dialect};
use skm::error::Owner;
use skm::interfaces::qr::QrText;
use skm::{Client, Consent, Error, ErrorKind, IdRequest, Interface, ScanRequest, UserTokenRequest};

use super::configured;
use super::finding::Finding;
use crate::problem::Problem;

/// What stands in the audit log for these calls: there is no person who could consent.
const NOTICE: &str = "skm doctor: nobody";
/// A number that passes every check: division 990000 does not exist, born on 1900-01-01.
const NOBODY: &str = "990000190001010016";
/// The page of a code that is nobody's; its host does not exist and is never contacted.
const NO_PAGE: &str = "https://skm.invalid/index.html";
/// What stands in that code.
const NO_CODE: &str = "V5ffffffffffffffffffffffffffffffff320000";

/// Calls every interface that answers; interface 1 only if `all` may be called.
pub fn examine(client: &Client, reached: &[Interface], all: bool) -> Vec<Finding> {
    configured(client.config())
        .into_iter()
        .filter(|interface| *interface != Interface::Display)
        .map(|interface| match interface {
            _ if !reached.contains(&interface) => unreached(interface),
            Interface::UserToken if !all => not_called(interface),
            _ => call(client, interface),
        })
        .collect()
}

fn unreached(interface: Interface) -> Finding {
    Finding::skip(
        "call",
        format!("{interface}: not tried, its host does not answer"),
        format!("{interface}:主机无应答,未尝试"),
    )
}

fn not_called(interface: Interface) -> Finding {
    Finding::skip(
        "call",
        format!("{interface}: not tried, since the platform may make a profile of what it is sent; --call tries it"),
        format!("{interface}:未尝试,因平台可能据此创建资料;加 --call 可尝试"),
    )
}

fn call(client: &Client, interface: Interface) -> Finding {
    let consent = Consent::authorised(NOTICE);
    let outcome = match interface {
        Interface::UserToken => client.issue_user_token(&impossible_person(consent)).map(drop),
        Interface::Scan => client.verify_scan(&impossible_code(client, consent)).map(drop),
        Interface::Id => client.verify_id(&IdRequest::new(NOBODY, "无名氏", consent)).map(drop),
        _ => return unreached(interface),
    };
    match outcome {
        Ok(()) => strange(interface),
        Err(error) => judge(interface, error, codes(&client.config().dialect, interface)),
    }
}

/// The refusal codes of an interface; interface 2 has none, and is not called.
fn codes(dialect: &Dialect, interface: Interface) -> &CodeTable {
    match interface {
        Interface::UserToken => &dialect.user_token.codes,
        Interface::Scan | Interface::Display => &dialect.scan.codes,
        Interface::Id => &dialect.id.codes,
    }
}

/// A certificate type, number and mobile that no platform can take for a person's.
fn impossible_person(consent: Consent) -> UserTokenRequest {
    let mut request = UserTokenRequest::new("无名氏", "0", "0", consent);
    request.papers_type = "0".into();
    request.any_mobile = true;
    request
}

/// A code that is nobody's, and a verifier even where the configuration leaves that to each call.
fn impossible_code(client: &Client, consent: Consent) -> ScanRequest {
    let given = client.config().scan.as_ref();
    let code = QrText::build(NO_PAGE, NO_CODE, Some("AAAA"), &client.config().dialect.qr);
    let mut request = ScanRequest::new(code, consent);
    request.position = given.and_then(|unit| unit.position.clone()).or_else(|| Some(NOTICE.into()));
    request.verifier_dept = given.and_then(|unit| unit.verifier_dept.clone()).or_else(|| Some(NOTICE.into()));
    request.verifier_name = given.and_then(|unit| unit.verifier_name.clone()).or_else(|| Some(NOTICE.into()));
    request.verifier_phone = given.and_then(|unit| unit.verifier_phone.clone()).or_else(|| Some("0".into()));
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

fn judge(interface: Interface, error: Error, codes: &CodeTable) -> Finding {
    match error.kind() {
        ErrorKind::HttpStatus => Finding::failed("call", error).fix(
            "the host answers but not this path: compare the url with what your unit was given",
            "主机有应答,但路径不对:请核对 url",
        ),
        ErrorKind::AnswerMalformed => Finding::failed("call", error).fix(
            "something other than the platform answers (a login page of the network?): compare the url",
            "应答者可能不是平台(网络登录页?):请核对 url",
        ),
        kind => match owner(&error, codes) {
            Some(Owner::Credentials) => {
                let (fix, fix_zh) = compare(interface, kind);
                Finding::failed("call", error).fix(fix, fix_zh)
            }
            // The platform's own word: what never left this machine says nothing of credentials.
            Some(Owner::Person | Owner::Code) if error.platform_code().is_some() => {
                refused_as_it_should(interface, &error)
            }
            Some(_) => Finding::failed("call", Problem::from(error)),
            None => refused_somehow(&error, codes),
        },
    }
}

/// Who can repair what a call failed of; `None` for a refusal of which nobody says it.
fn owner(error: &Error, codes: &CodeTable) -> Option<Owner> {
    match (error.kind(), error.platform_code()) {
        (ErrorKind::Refused, code) => code.and_then(|code| codes.owner(code)),
        (kind, _) => Some(kind.owner()),
    }
}

/// What to hold against what the unit was given.
fn compare(interface: Interface, kind: ErrorKind) -> (&'static str, &'static str) {
    match (interface, kind) {
        (Interface::UserToken, _) => (
            "compare appmark and appword with what your unit was given, character by character",
            "请逐字核对 appmark 与 appword",
        ),
        (Interface::Id, ErrorKind::Refused) => (
            "compare body_key with what your unit was given; ask which cipher the platform uses (dialect)",
            "请核对 body_key,并确认平台所用算法(方言)",
        ),
        (Interface::Id, _) => (
            "compare account and auth_key with what your unit was given; are auth_key and body_key swapped?",
            "请核对 account 与 auth_key;auth_key 与 body_key 是否互换?",
        ),
        _ => (
            "compare token and source with what your unit was given; ask whether this machine's address is admitted",
            "请核对 token 与 source,并确认本机地址是否已获准接入",
        ),
    }
}

/// The dialect does not tell whether the credentials were accepted.
fn refused_somehow(error: &Error, codes: &CodeTable) -> Finding {
    let (unlisted, unlisted_zh) = match error.platform_code().is_some_and(|code| codes.lists(code)) {
        true => ("", ""),
        false => (" (the dialect does not list this code)", "(方言未列出此代码)"),
    };
    Finding::warn(
        "call",
        format!("{error}{unlisted}: whether the credentials were accepted cannot be told from it"),
        format!("{}{unlisted_zh}:无法据此判断凭证是否有效", error.technical_zh()),
    )
    .fix(
        "ask the platform's operator what this code means; write it into the dialect, with owner = \"credentials\" or \
         owner = \"person\"",
        "请向平台运营方确认此代码的含义,并写入方言文件,注明 owner = \"credentials\" 或 owner = \"person\"",
    )
}

fn refused_as_it_should(interface: Interface, error: &Error) -> Finding {
    let code = error.platform_code().unwrap_or_default();
    Finding::ok(
        "call",
        format!("{interface}: credentials accepted; a person who cannot exist was refused [{code}]"),
        format!("{interface}:凭证有效;不存在的人员被拒绝 [{code}]"),
    )
}
