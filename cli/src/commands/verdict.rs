//! What interfaces 3 and 4 answered, in the one shape that both commands print.

use serde::Serialize;
use skm::person::{CertificateNumber, PersonName, PersonalText, Phone, mask};
use skm::{IdResult, JsonObject, ScanResult, Verdict};

use crate::exit;
use crate::output::{self, Outcome};
use crate::style;

/// Members that an interface does not have are null; the id member is the only one that differs.
#[derive(Serialize)]
struct Json<'a> {
    ok: bool,
    verdict: &'static str,
    level: &'static str,
    name: Option<&'a str>,
    #[serde(flatten)]
    id: IdMember<'a>,
    phone: Option<&'a str>,
    tip: Option<&'a str>,
    travel: Option<&'a str>,
    reason: Option<&'a str>,
    extra: &'a JsonObject,
}

#[derive(Serialize)]
#[serde(untagged)]
enum IdMember<'a> {
    Masked { id_number_masked: Option<&'a str> },
    Plain { number: &'a str },
}

/// Interface 3.
pub(super) fn of_scan(result: &ScanResult, show: bool) -> Outcome {
    let json = Json {
        ok: true,
        verdict: result.verdict().as_str(),
        level: result.level().as_str(),
        name: result.name.as_ref().map(PersonName::expose),
        id: IdMember::Masked { id_number_masked: result.id_number_masked.as_ref().map(CertificateNumber::expose) },
        phone: result.phone.as_ref().map(Phone::expose),
        tip: result.tip.as_ref().map(PersonalText::expose),
        travel: None,
        reason: None,
        extra: &result.extra,
    };
    // The platform has masked name and number already; what it left is masked again.
    let rows = [
        ("name 姓名", result.name.as_ref().map(ToString::to_string)),
        ("number 证件号码", result.id_number_masked.as_ref().map(ToString::to_string)),
        ("phone 电话", result.phone.as_ref().map(ToString::to_string)),
        ("tip 提示", words(result.tip.as_ref(), show)),
        ("more 其他", names(&result.extra)),
    ];
    Outcome::new(&json, text(result.verdict(), rows)).exit(exit::of_verdict(result.verdict()))
}

/// Interface 4.
pub(super) fn of_id(result: &IdResult, show: bool) -> Outcome {
    let json = Json {
        ok: true,
        verdict: result.verdict().as_str(),
        level: result.level().as_str(),
        name: Some(result.name.expose()),
        id: IdMember::Plain { number: result.number.expose() },
        phone: None,
        tip: None,
        travel: result.travel.as_ref().map(PersonalText::expose),
        reason: result.reason.as_ref().map(PersonalText::expose),
        extra: &result.extra,
    };
    let rows = [
        ("name 姓名", Some(result.name.to_string())),
        ("number 证件号码", Some(result.number.to_string())),
        ("travel 行程", words(result.travel.as_ref(), show)),
        ("reason 原因", words(result.reason.as_ref(), show)),
        ("more 其他", names(&result.extra)),
    ];
    Outcome::new(&json, text(result.verdict(), rows)).exit(exit::of_verdict(result.verdict()))
}

/// What the platform wrote, or that it wrote something.
fn words(text: Option<&PersonalText>, show: bool) -> Option<String> {
    let text = text.map(PersonalText::expose).filter(|text| !text.is_empty())?;
    Some(output::free_text(text, show))
}

/// Members outside the standard: only their names, since nobody knows what they hold.
fn names(extra: &JsonObject) -> Option<String> {
    let names = extra.keys().map(|name| mask::scrub(name)).collect::<Vec<_>>().join(", ");
    Some(names).filter(|names| !names.is_empty())
}

fn text(verdict: Verdict, rows: [(&str, Option<String>); 5]) -> String {
    let rows: Vec<(String, String)> = rows
        .into_iter()
        .filter_map(|(label, value)| value.filter(|value| !value.is_empty()).map(|value| (label.to_owned(), value)))
        .collect();
    let advice = match verdict {
        Verdict::Green => "",
        Verdict::Yellow | Verdict::Red => "  not green: follow the rules of this place · 非绿码:按现场规定处置",
        _ => "  nothing is known: not green · 未取得结果:不得视为绿码",
    };
    format!("{}{advice}\n{}", style::plate(verdict), style::table(&rows))
}
