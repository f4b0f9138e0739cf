//! Interface 3, 苏康码扫码核验接口 (Annex B).

use skm::ErrorKind;
use skm::dialect::{Dialect, QrRules};
use skm::interfaces::qr::QrText;
use skm::person::mask;
use skm::platform::{self, ScanAnswer};
use zeroize::Zeroizing;

use super::{Asked, check_content_type, check_method, read_pairs, required, shown};
use crate::codes::{self, CodeState};
use crate::faults::Interface;
use crate::magic;
use crate::people::Person;
use crate::reply::{Content, Heard, Refusal, Reply, read_back};
use crate::text::Say;
use crate::world::World;

const FAILED: u16 = 1;
const EXPIRED: u16 = 111;
const NOT_SKM: u16 = 112;
const TOKEN_WRONG: u16 = 116;
const SOURCE_WRONG: u16 = 118;
const UPDATE_REQUIRED: u16 = 119;

/// Table B.1.
const ROWS: [&str; 7] = ["url", "source", "position", "verifierDept", "verifierName", "verifierPhone", "token"];

/// Answers one request.
pub fn answer(world: &mut World, asked: &Asked) -> Reply {
    let mut heard = Heard::default();
    let outcome = verify(world, asked, &mut heard);
    let success = world.dialect.scan.success.clone();
    let (code, say, status, content) = match outcome {
        Ok(content) => (success, Say::new("成功", "verified"), 200, content),
        Err(Refusal { code, say, status }) => {
            let code = code.spelled(&world.dialect.scan.codes, &success, &Dialect::built_in().scan.codes);
            let content = platform::scan_refusal(&code, &say.to_string(), &world.dialect);
            (code, say, status, content.expect("no refusal has the code of a success"))
        }
    };
    Reply {
        interface: Interface::VerifyScan,
        code,
        say,
        fields: heard.fields,
        person: heard.person,
        status,
        content: Content::Json(read_back(&content)),
    }
}

/// The body of a success.
fn verify(world: &World, asked: &Asked, heard: &mut Heard) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    check_method(world, Interface::VerifyScan, asked, FAILED)?;
    check_content_type(asked, "application/x-www-form-urlencoded", FAILED)?;
    let pairs = read_pairs(asked.body, &ROWS, FAILED, world.lenient)?;
    for name in ROWS {
        required(&pairs, name, FAILED)?;
    }
    let call = platform::read_scan(asked.body).map_err(|error| Refusal::unread(FAILED, &error))?;
    heard.note("source", shown(&call.source));
    heard.note("position", mask::hidden(&call.position));
    heard.note("verifierDept", shown(&call.verifier_dept));
    heard.note("verifierName", mask::name(call.verifier_name.expose()));
    heard.note("verifierPhone", mask::phone(call.verifier_phone.expose()));
    if call.token.expose() != world.credentials.unit_token {
        return Err(Refusal::new(
            TOKEN_WRONG,
            "无访问权限:token 不是本单位的访问令牌(不要使用接口 1 的用户令牌)",
            "no access: token is not the unit's access token (the user token of interface 1 is another thing)",
        ));
    }
    if call.source != world.credentials.source {
        return Err(Refusal::new(SOURCE_WRONG, "无访问权限:source 不是本单位", "no access: source is not this unit"));
    }
    check_position(&call.position)?;
    let person = check_code(world, asked, call.qr_text.expose(), heard)?;
    if person.update_required {
        return Err(Refusal::new(
            UPDATE_REQUIRED,
            "请本人先更新信息",
            "the person must update their information first",
        ));
    }
    Ok(describe(world, person))
}

fn check_position(position: &str) -> Result<(), Refusal> {
    let parts: Vec<&str> = position.split(',').collect();
    if parts.len() == 4 && parts.iter().all(|part| !part.trim().is_empty()) {
        return Ok(());
    }
    if position.contains('\u{ff0c}') {
        return Err(Refusal::new(
            FAILED,
            "position 使用了全角逗号:应为半角逗号",
            "position uses full-width commas: ascii commas are needed",
        ));
    }
    Err(Refusal::new(
        FAILED,
        "position 应为 省,市,区,街道 四段",
        "position must be province,city,district,street: four parts",
    ))
}

fn not_skm(zh: &str, en: &str) -> Refusal {
    Refusal::new(NOT_SKM, format!("不是苏康码:{zh}"), format!("not a health code: {en}"))
}

fn check_code<'a>(world: &'a World, asked: &Asked, url: &str, heard: &mut Heard) -> Result<&'a Person, Refusal> {
    let rules = &world.dialect.qr;
    let qr = read_code(url, rules)?;
    let Some((version, identity)) = split(qr.code()) else {
        return Err(not_skm(
            "码值应为 V、版本号、32 位十六进制和区划 320000(旧版 V2 码没有区划)",
            "the code must be V, a version digit, 32 hex digits and the division 320000 (an old V2 code has none)",
        ));
    };
    let is_refusal = |code: &u16| code.to_string() != world.dialect.scan.success;
    if let Some(code) = magic::code_of_identity(identity).filter(is_refusal) {
        return Err(Refusal::magic(code, ("二维码", "code")));
    }
    let person = world.people.by_identity(identity).filter(|_| matches!(version, b'2' | b'5'));
    let Some(person) = person else {
        return Err(not_skm("不是本平台签发", "not issued by this platform"));
    };
    heard.person = Some(person.number.clone());
    heard.note("name", mask::name(&person.name));
    heard.note("idcardNo", mask::certificate(&person.number));
    if version == b'2' {
        return Err(Refusal::new(
            EXPIRED,
            "旧版 V2 码没有时间部分,请刷新",
            "an old V2 code without a time part: refresh it",
        ));
    }
    let rest = url.split_once(rules.code_key.as_str()).map_or("", |(_, rest)| rest);
    check_fresh(world, asked, url, identity, changing_part(rest)?).map(|()| person)
}

/// The text as a client must send it: what scanners add is its business to strip.
fn read_code(url: &str, rules: &QrRules) -> Result<QrText, Refusal> {
    let fault = match QrText::parse(url, rules) {
        Ok(code) if code.expose() == url => return Ok(code),
        Ok(_) => {
            return Err(Refusal::new(
                FAILED,
                "url 前后有扫码枪附加的字符(空白、控制字符、BOM、]Q1 等):应在发送前去掉",
                "url has white space, a byte order mark or the like around it: strip what the scanner adds before sending",
            ));
        }
        Err(fault) => fault,
    };
    Err(match fault.kind() {
        ErrorKind::QrNotSkm => not_skm(
            &format!("其中没有 {} 及其后的码值", rules.code_key),
            &format!("it holds no {} with a code behind it", rules.code_key),
        ),
        ErrorKind::QrIncomplete => not_skm(
            &format!("没有以 {} 结尾,扫描不完整", rules.ending),
            &format!("it does not end with {}: scanned incompletely", rules.ending),
        ),
        _ if url.chars().count() > rules.max_chars => Refusal::new(
            FAILED,
            format!("url 超过 {} 个字符", rules.max_chars),
            format!("url is longer than {} characters", rules.max_chars),
        ),
        _ if url.bytes().all(|byte| byte.is_ascii_graphic()) => Refusal::new(
            FAILED,
            "url 含有不止一个二维码(或其片段),或被扫码枪的键盘设置改动",
            "url holds more than one code or parts of two, or was changed by the scanner's keyboard setting",
        ),
        _ => Refusal::new(
            FAILED,
            "url 含空格、控制字符或非 ASCII 字符(b 中的空格:少做了一次 URL 编码,%2B 到达时已被解码)",
            "url holds a blank, a control or a non-ascii character (a blank in b: url was not percent-encoded once \
             more, its %2B arrived decoded)",
        ),
    })
}

/// Version and identity of `V5<32 hex>320000` or `V2<32 hex>`.
fn split(code: &str) -> Option<(u8, &str)> {
    let version = *code.as_bytes().get(1).filter(|byte| byte.is_ascii_digit())?;
    let (identity, division) = code.strip_prefix('V')?.get(1..)?.split_at_checked(32)?;
    let is_hex = identity.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_here = division == codes::DIVISION || (version == b'2' && division.is_empty());
    (is_hex && is_here).then_some((version, identity))
}

fn changing_part(rest: &str) -> Result<String, Refusal> {
    let query = rest.split('#').next().unwrap_or_default();
    let raw = query.split('&').find_map(|pair| pair.strip_prefix("b="));
    let Some(raw) = raw else {
        return Err(Refusal::new(NOT_SKM, "不是苏康码:缺少 b 部分", "not a health code: the part b is missing"));
    };
    if raw.contains(['+', '/']) {
        return Err(Refusal::new(
            FAILED,
            "url 少做了一次 URL 编码:b 中的 %2B 到达时已被解码",
            "url was not percent-encoded once more: the %2B in b arrived decoded",
        ));
    }
    let pair = format!("b={raw}");
    let part = form_urlencoded::parse(pair.as_bytes()).next().map(|(_, part)| part.into_owned());
    Ok(part.unwrap_or_default())
}

fn check_fresh(world: &World, asked: &Asked, url: &str, identity: &str, part: String) -> Result<(), Refusal> {
    match world.codes.state(url, identity, &part, asked.time.now) {
        CodeState::Valid => Ok(()),
        CodeState::Expired(seconds) => Err(Refusal::new(
            EXPIRED,
            format!("二维码已过期 {seconds} 秒,请刷新"),
            format!("the code expired {seconds} s ago: refresh it"),
        )),
        CodeState::Replaced => Err(Refusal::new(
            EXPIRED,
            "二维码已过期:页面已显示新码",
            "the code has expired: its page shows a newer one",
        )),
        CodeState::OtherText => Err(not_skm("与签发的文本不完全一致", "it is not exactly the text that was issued")),
        CodeState::NeverIssued if part.contains('%') => {
            Err(Refusal::new(FAILED, "url 多做了一次 URL 编码", "url was percent-encoded once too often"))
        }
        CodeState::NeverIssued => Err(Refusal::new(
            EXPIRED,
            "二维码已过期:b 部分不是本平台现行签发的",
            "the code has expired: its part b is not in circulation",
        )),
    }
}

/// Table B.3.
fn describe(world: &World, person: &Person) -> Zeroizing<Vec<u8>> {
    let answer = ScanAnswer {
        name: Some(&person.name),
        id_number_masked: Some(&platform_mask(&person.number)),
        level: Some(&person.level.spelled(world.settings.level_form, &world.dialect.level)),
        phone: Some(&mask::phone(&person.mobile)),
        tip: Some(person.level.tip()),
        qr_code: Some(&codes::code(&person.identity)),
        extra: None,
    };
    platform::scan_answer(&answer, &world.dialect)
}

/// The platform's own masking in this answer: first 4 and last 4 kept.
fn platform_mask(number: &str) -> String {
    let length = number.chars().count();
    let keep = if length > 8 { 4 } else { 1 };
    let shown = |(at, character)| if at < keep || at + keep >= length { character } else { '*' };
    number.chars().enumerate().map(shown).collect()
}
