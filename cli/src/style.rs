//! Colours and columns. Colours are always written and taken out again by the stream where nobody would see them (a pipe,
//! `NO_COLOR`, a dumb terminal).

use std::io::IsTerminal;

use anstyle::{AnsiColor, Color, Style};
use skm::Verdict;
use unicode_width::UnicodeWidthStr;

/// Good.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Look here.
pub const WARN: Style = AnsiColor::Yellow.on_default().bold();
/// Bad.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// A heading.
pub const HEAD: Style = AnsiColor::Cyan.on_default().bold();
/// Less important.
pub const DIM: Style = Style::new().dimmed();
/// Frames and arrows.
pub const LINE: Style = AnsiColor::Cyan.on_default();

/// Widest line that is drawn.
const WIDEST: usize = 96;

/// A text in a style.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Columns a text takes; Chinese characters take two. The text holds no colour.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// A text filled up with blanks to a number of columns.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Columns to draw in: the terminal's, between 60 and 96; 80 in a pipe.
pub fn columns() -> usize {
    let found = terminal_size::terminal_size().filter(|_| is_terminal());
    found.map_or(80, |(columns, _)| usize::from(columns.0)).clamp(60, WIDEST)
}

/// Whether a person looks at standard output.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether colours reach standard output.
pub fn has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// Lines of label and value, the values under each other.
pub fn table(rows: &[(String, String)]) -> String {
    let widest = rows.iter().map(|(label, _)| width(label)).max().unwrap_or(0);
    rows.iter().map(|(label, value)| format!("  {}  {value}\n", paint(DIM, &pad(label, widest)))).collect()
}

/// A verdict as a plate: the word stands beside the colour, for those who do not see the colour.
pub fn plate(verdict: Verdict) -> String {
    let (colour, word) = match verdict {
        Verdict::Green => (AnsiColor::Green, "GREEN 绿码"),
        Verdict::Yellow => (AnsiColor::Yellow, "YELLOW 黄码"),
        Verdict::Red => (AnsiColor::Red, "RED 红码"),
        _ => (AnsiColor::White, "UNVERIFIED 未核验"),
    };
    let plate = Style::new().bg_color(Some(Color::Ansi(colour))).fg_color(Some(Color::Ansi(AnsiColor::Black))).bold();
    paint(plate, &format!(" {word} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(width("苏康码"), 6);
        assert_eq!(pad("苏", 4), "苏  ");
        assert_eq!(pad("toolong", 4), "toolong");
    }
}
