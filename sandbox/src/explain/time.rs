//! What a `time` that is not in the dialect's format probably is, and by how much a clock is off.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ZonedDateTime};

use crate::text::Say;

/// The spellings seen in the field: strftime pattern, Chinese and English name.
const SPELLINGS: [(&str, &str, &str); 6] = [
    ("%Y%m%d%H%M%S", " yyyyMMddHHmmss ", "yyyyMMddHHmmss"),
    ("%Y-%m-%d%H:%M:%S", " yyyy-MM-ddHH:mm:ss ", "yyyy-MM-ddHH:mm:ss"),
    ("%Y-%m-%d %H:%M:%S", " yyyy-MM-dd HH:mm:ss ", "yyyy-MM-dd HH:mm:ss"),
    ("%Y-%m-%dT%H:%M:%S", " yyyy-MM-ddTHH:mm:ss ", "yyyy-MM-ddTHH:mm:ss"),
    ("%Y/%m/%d %H:%M:%S", " yyyy/MM/dd HH:mm:ss ", "yyyy/MM/dd HH:mm:ss"),
    ("%Y%m%d%I%M%S", " yyyyMMddhhmmss(12 小时制 hh)", "yyyyMMddhhmmss with the 12-hour hh"),
];

/// The moment a text means, if it is spelled in a known way; civil times are taken as China's.
fn moment(text: &str) -> Option<(Timestamp, &'static str)> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && text.len() == 13 {
        return Some((Timestamp::from_millisecond(text.parse().ok()?).ok()?, "epoch milliseconds"));
    }
    if digits && text.len() == 10 {
        return Some((Timestamp::from_second(text.parse().ok()?).ok()?, "epoch seconds"));
    }
    SPELLINGS[..5].iter().find_map(|(pattern, _, name)| {
        let civil: DateTime = DateTime::strptime(pattern, text).ok()?;
        // Reading tolerates blanks; only a text that is written back the same is of this spelling.
        (civil.strftime(pattern).to_string() == text).then_some(())?;
        Some((Offset::constant(8).to_timestamp(civil).ok()?, *name))
    })
}

/// Other spellings of the moment that `text` means: text, Chinese and English name.
pub fn respellings(text: &str) -> Vec<(String, String, String)> {
    let Some((moment, _)) = moment(text) else { return Vec::new() };
    let zoned = |offset: i8| -> ZonedDateTime { moment.to_zoned_datetime(TimeZone::fixed(Offset::constant(offset))) };
    let (china, utc) = (zoned(8), zoned(0));
    let mut all = vec![
        (moment.as_millisecond().to_string(), "毫秒时间戳".to_owned(), "epoch milliseconds".to_owned()),
        (moment.as_second().to_string(), "秒级时间戳".to_owned(), "epoch seconds".to_owned()),
    ];
    for (pattern, zh, en) in SPELLINGS {
        all.push((china.strftime(pattern).to_string(), zh.to_owned(), en.to_owned()));
        all.push((utc.strftime(pattern).to_string(), format!("{zh}且时区为 UTC"), format!("{en} in utc")));
    }
    all
}

/// What a `time` in a wrong format looks like.
pub fn explain_format(text: &str) -> Say {
    match moment(text) {
        Some((_, name)) => Say::new(
            format!("time 的写法是 {name},与本平台的格式不同"),
            format!("time is spelled as {name}, which is not this platform's format"),
        ),
        None => Say::new("time 无法识别", "time is in no known format"),
    }
}

/// Why a time is outside the window; `ahead_s` is how far the caller's clock is ahead of the platform's.
pub fn explain_skew(ahead_s: i64, window_s: i64) -> Say {
    let (zh, en) = if ahead_s > 0 { ("快", "ahead of") } else { ("慢", "behind") };
    let off = ahead_s.abs();
    let say = Say::new(
        format!("time 比平台时间{zh} {off} 秒,超出允许的 {window_s} 秒"),
        format!("time is {off} s {en} the platform's clock; {window_s} s are allowed"),
    );
    let zone_hours = (ahead_s + ahead_s.signum() * 900) / 3600;
    let near_an_hour = (ahead_s - zone_hours * 3600).abs() <= window_s;
    if zone_hours == -8 && near_an_hour {
        return say.and(&Say::new(
            "差约 8 小时:time 用了 UTC,应为北京时间 UTC+8",
            "about 8 hours: time is in utc, china's utc+8 is needed",
        ));
    }
    if zone_hours != 0 && near_an_hour {
        return say.and(&Say::new(
            format!("差约 {zone_hours} 小时:可能用了其他时区或 12 小时制"),
            format!("about {zone_hours} hours: another time zone, or 12-hour hh, was probably used"),
        ));
    }
    say.and(&Say::new("请校准本机时钟", "set the machine's clock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_skews_are_named() {
        assert!(explain_format("1609473600000").en.contains("milliseconds"));
        assert!(explain_format("2021-01-01 12:00:00").en.contains("yyyy-MM-dd HH:mm:ss"));
        assert!(explain_format("yesterday").en.contains("no known format"));
        assert!(explain_skew(-8 * 3600, 300).en.contains("utc"));
        assert!(explain_skew(-8 * 3600 - 20, 300).en.contains("in utc"));
        assert!(explain_skew(9 * 3600, 300).en.contains("about 9 hours"));
        assert!(explain_skew(400, 300).en.contains("400 s ahead"));
        assert!(explain_skew(-400, 300).en.contains("behind"));
        assert!(explain_skew(-400, 300).en.contains("set the machine's clock"));
    }
}
