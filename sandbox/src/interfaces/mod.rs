//! The interfaces of the standard as a strict platform answers them: one file each. Pure but for the state they are
//! given: a request and a time in, a decision out.
//!
//! [`skm::platform`] reads, checks signs, opens and answers, as it does for any operator. Before it reads, the form of a
//! request is held to the specification, so that a refusal says what is wrong with it; a lenient sandbox leaves that out
//! where a real platform would not look.

pub mod id;
mod members;
pub mod scan;
pub mod user_token;

use axum::http::{HeaderMap, Method, header};
use skm::person::{CertificateFault, ResidentId};

use crate::faults::Interface;
use crate::reply::Refusal;
use crate::text::Say;
use crate::world::{CallTime, World, today};

/// One request, as it came.
pub struct Asked<'a> {
    /// HTTP method.
    pub method: &'a Method,
    /// What follows `?`.
    pub query: &'a str,
    /// Header lines.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
    /// The platform's time.
    pub time: CallTime,
}

impl Asked<'_> {
    /// The header `content-type`.
    fn content_type(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    }
}

/// Refuses any other method with HTTP status 405 and the code for wrong arguments.
fn check_method(world: &World, interface: Interface, asked: &Asked, code: u16) -> Result<(), Refusal> {
    let allowed = world.allowed_method(interface);
    // A gateway that takes parameters takes them from a query and from a form alike.
    let is_either = world.lenient && interface == Interface::IssueUserToken;
    if asked.method.as_str() == allowed || (is_either && matches!(asked.method.as_str(), "GET" | "POST")) {
        return Ok(());
    }
    let say = Say::new(format!("请求方法应为 {allowed}"), format!("the method must be {allowed}"));
    Err(Refusal { status: 405, ..Refusal::because(code, say) })
}

/// Refuses another content type; a charset must be UTF-8.
fn check_content_type(asked: &Asked, wanted: &str, code: u16) -> Result<(), Refusal> {
    let wanted = wanted.split(';').next().unwrap_or_default().trim();
    let given = asked.content_type().unwrap_or_default();
    let mut parts = given.split(';').map(str::trim);
    if !parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(wanted)) {
        return Err(Refusal::new(
            code,
            format!("Content-Type 应为 {wanted}"),
            format!("the content-type must be {wanted}"),
        ));
    }
    let charset = parts.find_map(|part| part.to_ascii_lowercase().strip_prefix("charset=").map(str::to_owned));
    if charset.is_some_and(|charset| !matches!(charset.trim_matches('"'), "utf-8" | "utf8")) {
        return Err(Refusal::new(code, "字符集应为 UTF-8", "the charset must be utf-8"));
    }
    Ok(())
}

/// The pairs of a form or query, in order. Refuses bytes that are not UTF-8 and a name twice; unless lenient, names not in
/// `known` and another order than that of `known`.
fn read_pairs(
    text: &[u8],
    known: &[&'static str],
    code: u16,
    lenient: bool,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let mut pairs: Vec<(&'static str, String)> = Vec::new();
    for (name, value) in form_urlencoded::parse(text) {
        if value.contains('\u{fffd}') {
            return Err(Refusal::new(
                code,
                format!("{} 不是 UTF-8(可能是 GBK 编码)", shown(&name)),
                format!("{} is not utf-8 (gbk, perhaps)", shown(&name)),
            ));
        }
        let Some(name) = known.iter().find(|known| **known == name) else {
            if lenient {
                continue;
            }
            return Err(unknown_name(&name, code));
        };
        if pairs.iter().any(|(seen, _)| seen == name) {
            return Err(Refusal::new(code, format!("{name} 出现两次"), format!("{name} stands there twice")));
        }
        pairs.push((name, value.into_owned()));
    }
    if !lenient {
        check_order(&pairs, known, code)?;
    }
    Ok(pairs)
}

/// Refuses names in another order than that of `known`, which holds all of them.
fn check_order(pairs: &[(&str, String)], known: &[&str], code: u16) -> Result<(), Refusal> {
    let mut rest = known.iter();
    match pairs.iter().find(|(name, _)| !rest.any(|known| known == name)) {
        None => Ok(()),
        Some((name, _)) => Err(Refusal::new(
            code,
            format!("{name} 的次序不对,应依次为 {}", known.join("、")),
            format!("{name} stands in the wrong place: the order is {}", known.join(", ")),
        )),
    }
}

fn unknown_name(name: &str, code: u16) -> Refusal {
    if name == "b" {
        return Refusal::new(
            code,
            "多出参数 b:url 没有做 URL 编码,被其中的 & 截断",
            "a parameter b is too much: url was not percent-encoded, its & cut it in two",
        );
    }
    Refusal::new(
        code,
        format!("参数 {} 不在接口定义中", shown(name)),
        format!("the parameter {} is not part of the interface", shown(name)),
    )
}

/// A name that came from outside, fit to be repeated.
fn shown(name: &str) -> String {
    let short: String = name.chars().take(40).collect();
    skm::person::mask::scrub(&short)
}

/// The value of a required pair; missing and empty are refused.
fn required<'a>(pairs: &'a [(&'static str, String)], name: &'static str, code: u16) -> Result<&'a str, Refusal> {
    match pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()) {
        Some(value) if !value.trim().is_empty() => Ok(value),
        Some(_) => {
            Err(Refusal::new(code, format!("必填项 {name} 为空"), format!("the required field {name} is empty")))
        }
        None => Err(Refusal::new(code, format!("缺少必填项 {name}"), format!("the required field {name} is missing"))),
    }
}

/// A certificate number of any type: GB 11643 for type 1, a final X in upper case unless lenient; else 1 to 32 visible
/// ASCII characters.
fn check_number(papers_type: &str, number: &str, time: CallTime, code: u16, lenient: bool) -> Result<(), Refusal> {
    if papers_type != "1" {
        let fine = (1..=32).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_graphic());
        return if fine {
            Ok(())
        } else {
            Err(Refusal::new(
                code,
                "证件号码应为 1 至 32 个可见 ASCII 字符",
                "the certificate number must be 1 to 32 visible ascii characters",
            ))
        };
    }
    let fault = match ResidentId::parse(number, today(time.now)) {
        Ok(id) if number.ends_with('x') && id.number().expose().eq_ignore_ascii_case(number) && !lenient => {
            return Err(Refusal::new(
                code,
                "证件号码末位的 x 应以大写 X 发送",
                "the final x of the certificate number must be sent as X",
            ));
        }
        Ok(id) if id.number().expose() == number => return Ok(()),
        // What card readers put around a number is the client's to strip.
        Ok(_) => CertificateFault::Character,
        Err(fault) => fault,
    };
    let (zh, en) = match fault {
        CertificateFault::Length => ("证件号码应为 18 位", "the certificate number must have 18 characters"),
        CertificateFault::BirthDate => {
            ("证件号码中的出生日期无效", "the birth date in the certificate number is not real or not past")
        }
        CertificateFault::CheckDigit => {
            ("证件号码校验位不符", "the check character of the certificate number does not fit")
        }
        _ => ("证件号码只能由数字和末位 X 组成", "the certificate number must be digits and a final X"),
    };
    Err(Refusal::new(code, zh, en))
}
