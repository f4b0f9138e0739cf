//! One signed call to each interface, about a person who cannot exist: a platform must refuse it, and how it refuses tells
//! whether it accepted the credentials.

use skm::{Client, Consent, Error, ErrorKind, IdRequest, Interface, ScanRequest, UserTokenRequest};

use super::configured;
use super::finding::Finding;
use crate::problem::Problem;

/// What stands in the audit log for these calls: there is no person who could consent.
const NOTICE: &str = "skm doctor: nobody";
/// What the meaning of a code speaks of, in the dialect's English, when it is about what the unit was given.
const UNIT_WORDS: [&str; 10] =
    ["appmark", "appword", "sign", "signature", "auth", "account", "key", "body", "token", "source"];
/// What it speaks of when it is about the person: then the credentials were accepted.
const PERSON_WORDS: [&str; 6] = ["person", "name", "certificate", "mobile", "phone", "profile"];
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
        Interface::Scan => client.verify_scan(&impossible_code(client, consent)).map(drop),
        Interface::Id => client.verify_id(&IdRequest::new(NOBODY, "无名氏", consent)).map(drop),
        _ => return unreached(interface),
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

/// A code that is nobody's, and a verifier even where the configuration leaves that to each call.
fn impossible_code(client: &Client, consent: Consent) -> ScanRequest {
    let given = client.config().scan.as_ref();
    let mut request = ScanRequest::new(NO_CODE, consent);
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

fn judge(interface: Interface, error: Error) -> Finding {
    match (error.kind(), refused_for(&error)) {
        (ErrorKind::HttpStatus, _) => Finding::failed("call", error).fix(
            "the host answers but not this path: compare the url with what your unit was given",
            "主机有应答,但路径不对:请核对 url",
        ),
        (ErrorKind::AnswerMalformed, _) => Finding::failed("call", error).fix(
            "something other than the platform answers (a login page of the network?): compare the url",
            "应答者可能不是平台(网络登录页?):请核对 url",
        ),
        (kind, Some(Reason::Unit)) => {
            let (fix, fix_zh) = compare(interface, kind);
            Finding::failed("call", error).fix(fix, fix_zh)
        }
        (_, Some(Reason::Person)) => refused_as_it_should(interface, &error),
        (_, Some(Reason::Unknown)) => refused_somehow(&error),
        (_, None) => Finding::failed("call", Problem::from(error)),
    }
}

/// What a refusal is about, as far as the dialect tells.
enum Reason {
    /// What the unit was given.
    Unit,
    /// The person or the code: the credentials were accepted.
    Person,
    /// It may be either.
    Unknown,
}

/// By the dialect's error of the code, or by what it says the code means; `None` if nothing was refused.
fn refused_for(error: &Error) -> Option<Reason> {
    match error.kind() {
        ErrorKind::NoAccess => Some(Reason::Unit),
        ErrorKind::PersonNotFound | ErrorKind::QrNotSkm | ErrorKind::QrExpired | ErrorKind::UpdateRequired => {
            Some(Reason::Person)
        }
        ErrorKind::Refused => {
            let meaning = meaning(&error.message(), error.kind().text()).unwrap_or_default().to_ascii_lowercase();
            let speaks_of =
                |words: &[&str]| meaning.split(|c: char| !c.is_alphanumeric()).any(|it| words.contains(&it));
            Some(match (speaks_of(&UNIT_WORDS), speaks_of(&PERSON_WORDS)) {
                (true, _) => Reason::Unit,
                (false, true) => Reason::Person,
                (false, false) => Reason::Unknown,
            })
        }
        _ => None,
    }
}

/// What the dialect says a code means: between the error's own text and the code.
fn meaning<'a>(message: &'a str, text: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(text)?;
    rest.strip_prefix(": ")?.rsplit_once(" [").map(|(meaning, _)| meaning)
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

/// Neither the code's error nor its meaning tells whether the credentials were accepted.
fn refused_somehow(error: &Error) -> Finding {
    let listed = meaning(&error.message(), error.kind().text()).is_some();
    let (unlisted, unlisted_zh) = match listed {
        true => ("", ""),
        false => (" (the dialect does not list this code)", "(方言未列出此代码)"),
    };
    Finding::warn(
        "call",
        format!("{error}{unlisted}: whether the credentials were accepted cannot be told from it"),
        format!("{}{unlisted_zh}:无法据此判断凭证是否有效", error.technical_zh()),
    )
    .fix(
        "ask the platform's operator what this code means; write it into the dialect, as no_access if it is about credentials",
        "请向平台运营方确认此代码的含义,并写入方言文件;若与凭证有关,写为 no_access",
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
