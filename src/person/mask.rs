//! Masking: the only place that decides how personal data is shown.
//!
//! Characters are Unicode scalar values.

/// A name: the first character, then one `*` for each further one. `张三丰` → `张**`.
pub fn name(text: &str) -> String {
    keep(text, 1, 0)
}

/// A certificate number: the first 3 and last 2 kept, one `*` each between; 5 or fewer characters are all stars.
pub fn certificate(text: &str) -> String {
    if text.chars().count() <= 5 { stars(text) } else { keep(text, 3, 2) }
}

/// A phone number: `138****1234` for 11 digits, else only the last 2 kept; 2 or fewer are all stars.
pub fn phone(text: &str) -> String {
    match text.chars().count() {
        0..=2 => stars(text),
        11 if text.bytes().all(|byte| byte.is_ascii_digit()) => keep(text, 3, 4),
        _ => keep(text, 0, 2),
    }
}

/// Anything else personal: shown as present, nothing more.
pub fn hidden(_: &str) -> String {
    "***".to_owned()
}

/// A text from outside with its numbers hidden: one line, at most 200 characters; every run of letters, digits (full-width
/// ones too) and what people write between them that holds five or more digits, and every run of twenty or more letters,
/// is `***`. Names stay: words cannot be told from names.
pub fn scrub(text: &str) -> String {
    let mut shown = String::new();
    let mut run = String::new();
    let characters: Vec<char> = text.chars().take(200).collect();
    for (at, &character) in characters.iter().enumerate() {
        if is_joined(character) || (is_mark(character) && is_inside_number(&characters, at)) {
            run.push(character);
            continue;
        }
        flush(&mut run, &mut shown);
        shown.push(if character.is_control() { ' ' } else { character });
    }
    flush(&mut run, &mut shown);
    shown
}

/// What a number, a telephone, a date, a key or a token is written with.
fn is_joined(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, ' ' | '-' | '.' | '/' | '+' | '_' | '=' | '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ')
}

/// What stands between the digits of a number, but also between words.
fn is_mark(character: char) -> bool {
    matches!(character, ',' | '(' | ')' | ':' | '，' | '（' | '）' | '：')
}

/// Whether the nearest characters on both sides are digits, marks and blanks passed over.
fn is_inside_number(characters: &[char], at: usize) -> bool {
    let passed = |character: &&char| **character == ' ' || is_mark(**character);
    let before = characters[..at].iter().rev().find(|character| !passed(character));
    let after = characters[at + 1..].iter().find(|character| !passed(character));
    [before, after].iter().all(|found| found.is_some_and(|character| character.is_numeric()))
}

fn flush(run: &mut String, shown: &mut String) {
    let digits = run.chars().filter(|c| c.is_numeric()).count();
    let long_word = run.split(' ').any(|word| word.chars().count() >= 20);
    shown.push_str(if digits >= 5 || long_word { "***" } else { run });
    run.clear();
}

fn stars(text: &str) -> String {
    "*".repeat(text.chars().count())
}

fn keep(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    text.chars()
        .enumerate()
        .map(|(at, character)| if at < head || at + tail >= length { character } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::scrub;

    #[test]
    fn scrub_hides_numbers_and_keeps_words() {
        assert_eq!(scrub("系统繁忙"), "系统繁忙");
        assert_eq!(scrub("code 203: sign\nwrong"), "code 203: sign wrong");
        let words = "code 203: sign (of appmark) wrong, 3 tries left at 9:30";
        assert_eq!(scrub(words), words);
        for telling in [
            "32000019850630414X",
            "320000 1985 0630 4142",
            "138-0000-1234",
            "138 0000 1234",
            "138,0000,1234",
            "138, 0000, 1234",
            "138(0000)1234",
            "138:0000:1234",
            "138，0000（1234",
            "１３８００００１２３４",
            "1985-06-30",
            "AAECAwQFBgcICQoLDA0ODw==",
            "abcdefghijklmnopqrstuvwxyz",
        ] {
            let shown = scrub(&format!("查无此人:{telling}。"));
            assert_eq!(shown, "查无此人:***。", "{telling}");
        }
    }
}
