//! What scanners, card readers and files put around a text, and how a name is written: one rule for every door
//! (sections 3 and 6 of the specification). What is sent, compared and recorded has been through here.

use std::borrow::Cow;

use crate::error::{Error, Result, safe};

/// The dot between the parts of a name: what platforms store.
const DOT: char = '\u{b7}';

/// White space by Unicode, zero-width characters and the byte order mark.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// A text without white space, zero-width characters and NUL at both ends: card readers pad with them.
#[must_use]
pub fn text(given: &str) -> &str {
    given.trim_matches(|character| is_blank(character) || character == '\0')
}

/// A number or a scanned text without white space, zero-width and control characters at both ends.
#[must_use]
pub fn framed(given: &str) -> &str {
    given.trim_matches(|character: char| is_blank(character) || character.is_control())
}

/// A name as it is sent. With `middle_dot`, what stands for the dot between two Han characters becomes U+00B7.
///
/// # Errors
/// `input_invalid` naming the place of a private-use character: a card reader's own code, which no platform can know.
pub(crate) fn name<'a>(field: &'static str, given: &'a str, middle_dot: bool) -> Result<Cow<'a, str>> {
    let name = text(given);
    if let Some(at) = name.chars().position(is_private_use) {
        return Err(Error::input(
            field,
            safe!(
                "{}: character {} is of the private use area, the card reader's own code for a rare character: type the name from the card",
                "{} 的第 {} 个字符是读卡器自定义的私用区字符(生僻字):请按证件手工输入姓名",
                field,
                at + 1
            ),
        ));
    }
    if middle_dot && name.chars().any(is_dot_stand_in) {
        return Ok(Cow::Owned(with_middle_dots(name)));
    }
    Ok(Cow::Borrowed(name))
}

fn with_middle_dots(name: &str) -> String {
    // No character becomes longer: the text never grows and leaves no copy behind.
    let mut written = String::with_capacity(name.len());
    let mut before = None;
    let mut rest = name.chars().peekable();
    while let Some(character) = rest.next() {
        let between = before.is_some_and(is_han) && rest.peek().copied().is_some_and(is_han);
        written.push(if between && is_dot_stand_in(character) { DOT } else { character });
        before = Some(character);
    }
    written
}

fn is_dot_stand_in(character: char) -> bool {
    matches!(character, '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}' | '\u{ff65}' | '\u{ff0e}')
}

fn is_private_use(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// The blocks of the script Han; Unicode keeps planes 2 and 3 for it.
fn is_han(character: char) -> bool {
    matches!(
        character,
        '\u{2e80}'..='\u{2fdf}'
            | '\u{3005}'
            | '\u{3007}'
            | '\u{3021}'..='\u{3029}'
            | '\u{3038}'..='\u{303b}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3fffd}'
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn what_pads_a_text_is_stripped_and_what_is_inside_stays() {
        let white = (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| c.is_whitespace());
        for pad in white.chain(['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\0']) {
            assert_eq!(text(&format!("{pad}{pad}诸葛 亮{pad}")), "诸葛 亮", "{pad:?}");
            assert_eq!(text(&format!("诸{pad}葛")), format!("诸{pad}葛"), "{pad:?}");
        }
        for control in (0..=0x9f).filter_map(char::from_u32).filter(|c| c.is_control()) {
            assert_eq!(framed(&format!("{control}32{control}")), "32", "{control:?}");
            assert_eq!(framed(&format!("3{control}2")), format!("3{control}2"), "{control:?}");
        }
        assert_eq!(text("\u{2}王"), "\u{2}王", "a name is not framed by a scanner");
    }

    #[test]
    fn a_stand_in_for_the_dot_is_written_as_the_dot_between_two_han_characters_only() {
        let name = |given: &str| super::name("name", given, true).unwrap().into_owned();
        for dot in ['\u{2022}', '\u{2027}', '\u{2219}', '\u{22c5}', '\u{30fb}', '\u{ff65}', '\u{ff0e}', DOT] {
            assert_eq!(name(&format!("阿卜{dot}买{dot}提")), "阿卜·买·提");
            assert_eq!(name(&format!("\u{20bb7}{dot}〇")), "\u{20bb7}·〇");
            for as_given in [format!("{dot}阿"), format!("阿{dot}"), format!("A{dot}阿"), format!("阿 {dot}买")] {
                assert_eq!(name(&as_given), as_given);
            }
            let given = format!("阿{dot}买");
            assert_eq!(super::name("name", &given, false).unwrap(), given);
        }
        for as_given in ["J. O'Brien", "阿.买", "阿-买"] {
            assert_eq!(name(as_given), as_given);
        }
    }

    #[test]
    fn a_private_use_character_is_named_by_its_place() {
        for private in ['\u{e000}', '\u{f8ff}', '\u{f0000}', '\u{ffffd}', '\u{100000}', '\u{10fffd}'] {
            let error = name("name", &format!(" 王{private}"), true).unwrap_err();
            assert_eq!(error.field(), Some("name"));
            for (message, place) in [(error.message(), "character 2 "), (error.technical_zh(), "第 2 个")] {
                assert!(message.contains(place) && !message.contains(private), "{message}");
            }
        }
        for allowed in ['\u{d7ff}', '\u{f900}', '\u{2a6d6}', '\u{e0100}'] {
            name("name", &format!("王{allowed}"), true).unwrap();
        }
    }
}
