//! What interfaces 3 and 4 answered: for people here, as JSON by the core.

use skm::person::{PersonalText, mask};
use skm::{IdResult, JsonObject, Measured, ScanResult, Verdict};

use crate::exit;
use crate::output::{self, Outcome};
use crate::problem::Problem;
use crate::style;

/// Interface 3.
pub(super) fn of_scan(measured: &Measured<ScanResult>, show: bool) -> Result<Outcome, Problem> {
    let result = measured.result.as_ref().map_err(Clone::clone)?;
    // The platform has masked name and number already; what it left is masked again.
    let rows = [
        ("name 姓名", result.name.as_ref().map(ToString::to_string)),
        ("number 证件号码", result.id_number_masked.as_ref().map(ToString::to_string)),
        ("phone 电话", result.phone.as_ref().map(ToString::to_string)),
        ("tip 提示", words(result.tip.as_ref(), show)),
        ("more 其他", names(&result.extra)),
    ];
    let json = skm::json::outcome(measured, false);
    Ok(Outcome::of_core(&json, text(result.verdict(), rows)).exit(exit::of_verdict(result.verdict())))
}

/// Interface 4.
pub(super) fn of_id(measured: &Measured<IdResult>, show: bool) -> Result<Outcome, Problem> {
    let result = measured.result.as_ref().map_err(Clone::clone)?;
    let rows = [
        ("name 姓名", Some(result.name.to_string())),
        ("number 证件号码", Some(result.number.to_string())),
        ("travel 行程", words(result.travel.as_ref(), show)),
        ("reason 原因", words(result.reason.as_ref(), show)),
        ("more 其他", names(&result.extra)),
    ];
    let json = skm::json::outcome(measured, false);
    Ok(Outcome::of_core(&json, text(result.verdict(), rows)).exit(exit::of_verdict(result.verdict())))
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
