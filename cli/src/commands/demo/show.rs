//! How the demo looks: boxes, arrows and plates on a terminal, the same lines without colour in a pipe.

use std::time::Duration;

use anstyle::{RgbColor, Style};
use skm::{Interface, UserTokenRequest, Verdict};

use super::grid::{Edge, Grid};
use super::page::Picture;
use super::walk::NOTICE;
use super::{Lang, Step, print};
use crate::style::{self, BAD, DIM, GOOD, HEAD, LINE, pad, paint, width};

/// Modules of white around a code, as the QR standard wants it.
const QUIET: usize = 4;

/// Draws the demo, or nothing where the one JSON object is due.
pub struct Show {
    /// Language of the texts.
    pub lang: Lang,
    json: bool,
    columns: usize,
}

impl Show {
    /// A demo in this language.
    pub fn new(lang: Lang, json: bool) -> Show {
        Show { lang, json, columns: style::columns() }
    }

    fn print(&self, text: &str) {
        print(self.json, text);
    }

    /// The head: what this is, where it happens, and whom it is about.
    pub fn welcome(&self, base: &str, person: &UserTokenRequest) {
        let title = self.lang.label("Jiangsu health code", "苏康码");
        let what = self.lang.say("four interfaces, one consenting person", "四个接口,一位明示同意的人员");
        let inside = self.columns - 2;
        let line = |text: &str, style: Style| {
            let text = pad(&format!("  {text}"), inside);
            format!("{}{}{}\n", paint(LINE, "│"), paint(style, &text), paint(LINE, "│"))
        };
        self.print(&format!(
            "\n{}\n{}{}{}\n\n",
            paint(LINE, &format!("╭{}╮", "─".repeat(inside))),
            line(&format!("SKM · {title} · DB32/T 3761.46-2021"), HEAD),
            line(&what, DIM),
            paint(LINE, &format!("╰{}╯", "─".repeat(inside))),
        ));
        let here = self.lang.say("a sandbox inside this process", "本进程内的沙箱");
        let invented = self.lang.say("invented, shown masked", "虚构人员,脱敏显示");
        let explicit = self.lang.label("explicit", "明示同意");
        self.print(&style::table(&[
            (self.lang.label("platform", "平台"), format!("{base}  {}", paint(DIM, &here))),
            (
                self.lang.label("person", "人员"),
                format!("{} {}  {}", person.name, person.number, paint(DIM, &invented)),
            ),
            (self.lang.label("consent", "同意"), format!("{explicit}  {}", paint(DIM, NOTICE))),
        ]));
    }

    /// The head of a step.
    pub fn step(&self, number: &str, interface: Interface, en: &str, zh: &str, clause: &str) {
        let title = format!(" {number}  {} ", self.lang.say(en, zh));
        let name = format!(" {} · {clause} ", interface.name());
        let rule = "─".repeat(self.columns.saturating_sub(4 + width(&title) + width(&name)));
        self.print(&format!(
            "\n{}{}{}{}{}\n",
            paint(LINE, "──"),
            paint(HEAD, &title),
            paint(LINE, &rule),
            paint(DIM, &name),
            paint(LINE, "──"),
        ));
    }

    /// What was sent, masked.
    pub fn sent(&self, head: &str, rows: &[(&str, String)]) {
        let arrow = paint(LINE, "→");
        self.print(&format!("  {arrow} {} {head}\n", paint(DIM, &self.lang.label("sent", "发出"))));
        self.fields(rows);
    }

    /// What came back, and how long it took.
    pub fn got(&self, took: Duration, rows: &[(&str, String)]) {
        let arrow = paint(GOOD, "←");
        self.print(&format!("  {arrow} {} {}\n", paint(DIM, &self.lang.label("got", "返回")), paint(DIM, &time(took))));
        self.fields(rows);
    }

    /// A verdict that came back.
    pub fn verdict(&self, took: Duration, verdict: Verdict, rows: &[(&str, String)]) {
        self.got(took, rows);
        self.print(&format!("    {}\n", style::plate(verdict)));
    }

    /// A remark between two exchanges.
    pub fn note(&self, text: &str) {
        self.print(&format!("  {} {}\n", paint(LINE, "•"), paint(DIM, text)));
    }

    fn fields(&self, rows: &[(&str, String)]) {
        for (label, value) in rows {
            self.print(&format!("      {}  {value}\n", paint(DIM, &pad(label, 13))));
        }
    }

    /// The code itself, where there is a terminal wide enough to draw it; two modules in one character.
    pub fn picture(&self, picture: &Picture) {
        let side = picture.side + 2 * QUIET;
        if !(style::is_terminal() && style::has_colour() && side + 6 <= self.columns) {
            let modules = picture.side;
            self.fields(&[(
                "qr",
                format!("{modules}×{modules}, {}", self.lang.say("drawn on a terminal", "在终端上绘出")),
            )]);
            return;
        }
        let paper =
            Style::new().bg_color(Some(RgbColor(255, 255, 255).into())).fg_color(Some(RgbColor(11, 107, 58).into()));
        let dark = |x: usize, y: usize| x >= QUIET && y >= QUIET && picture.is_dark(x - QUIET, y - QUIET);
        for y in (0..side).step_by(2) {
            let cell = |x| match (dark(x, y), dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            };
            let line: String = (0..side).map(cell).collect();
            self.print(&format!("      {}\n", paint(paper, &line)));
        }
    }

    /// The head of the closing part.
    pub fn refusals(&self) {
        let title = format!(" {} ", self.lang.say("and what is not green", "以及:什么不是绿码"));
        let rule = "─".repeat(self.columns.saturating_sub(2 + width(&title)));
        self.print(&format!("\n{}{}{}\n", paint(LINE, "──"), paint(HEAD, &title), paint(LINE, &rule)));
    }

    /// One thing that was not green.
    pub fn refusal(&self, step: &Step) {
        let mark = mark(step.is_held());
        let outcome = outcome(&step.outcome, 17);
        let took = format!("{:>9}", milliseconds(step.took_ms));
        self.print(&format!("  {mark} {}  {outcome} {}\n", pad(&step.title, 46), paint(DIM, &took)));
    }

    /// The table at the end.
    pub fn summary(&self, walked: &[Step], refused: &[Step]) {
        let grid = Grid([1, 38, 16, 10]);
        let [_, titles, outcomes, times] = grid.0;
        let head = |en: &str, zh: &str, columns: usize| paint(HEAD, &pad(&self.lang.label(en, zh), columns));
        let held = refused.iter().filter(|step| step.is_held()).count();

        let mut text = format!("\n{}", grid.edge(Edge::Top));
        let heads = [head("step", "步骤", titles), head("outcome", "结果", outcomes), head("time", "用时", times)];
        let [step, came, time] = heads;
        text.push_str(&grid.row([" ".to_owned(), step, came, time]));
        text.push_str(&grid.edge(Edge::Middle));
        for step in walked {
            let took = format!("{:>times$}", milliseconds(step.took_ms));
            let cells = [mark(step.as_expected), pad(&step.title, titles), outcome(&step.outcome, outcomes), took];
            text.push_str(&grid.row(cells));
        }
        text.push_str(&grid.edge(Edge::Middle));
        let title = pad(&self.lang.label("not green, as it must be", "均非绿码"), titles);
        let count = pad(&format!("{held}/{}", refused.len()), outcomes);
        text.push_str(&grid.row([mark(held == refused.len()), title, count, " ".repeat(times)]));
        text.push_str(&grid.edge(Edge::Bottom));
        self.print(&text);
    }

    /// The last lines.
    pub fn farewell(&self, base: &str, url: Option<&str>) -> String {
        let Some(url) = url else {
            let next =
                self.lang.say("skm demo --serve shows the page in a browser", "skm demo --serve 可在浏览器中查看页面");
            return format!("\n  {}\n\n", paint(DIM, &next));
        };
        let rows = [
            (self.lang.label("page", "页面"), url.to_owned()),
            (self.lang.label("journal", "请求日志"), format!("{base}/_sandbox/journal.html")),
            (self.lang.label("end", "结束"), "Ctrl-C".to_owned()),
        ];
        format!("\n{}\n", style::table(&rows))
    }
}

/// A tick or a cross.
fn mark(good: bool) -> String {
    if good { paint(GOOD, "✔") } else { paint(BAD, "✘") }
}

/// An outcome in its colour, filled up.
fn outcome(outcome: &str, columns: usize) -> String {
    let style = match outcome {
        "green" | "issued" | "ready" => GOOD,
        "yellow" => style::WARN,
        "red" => BAD,
        _ => Style::new(),
    };
    paint(style, &pad(outcome, columns))
}

fn time(took: Duration) -> String {
    milliseconds(took.as_secs_f64() * 1e3)
}

fn milliseconds(ms: f64) -> String {
    format!("{ms:.2} ms")
}
