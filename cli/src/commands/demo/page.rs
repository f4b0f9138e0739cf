//! The demo's web view and its scanner: opens the page as a browser would, gets the picture of the code as the page's
//! script does, and reads the code's text from the picture.

use std::collections::HashSet;
use std::time::Duration;

use serde::Deserialize;
use skm::person::PersonalText;
use skm::{DisplayUrl, ErrorKind, UserToken};

use crate::problem::Problem;

/// Longest wait for the page.
const PATIENCE: Duration = Duration::from_secs(5);

/// One open page.
pub struct Page {
    agent: ureq::Agent,
    code_url: String,
    request: String,
}

/// What the page shows.
#[derive(Deserialize)]
pub struct Shown {
    svg: String,
    /// The level's word.
    pub level: String,
    /// Masked.
    pub name: String,
    /// Masked.
    pub number: String,
    /// Milliseconds until the code expires.
    pub life_ms: i64,
}

impl Page {
    /// Opens the page and gives its title.
    pub fn open(base: &str, url: &DisplayUrl, user: &UserToken) -> Result<(Page, String), Problem> {
        // Not the proxy of the environment, which the client takes by itself: the page is on this machine.
        let agent: ureq::Agent =
            ureq::Agent::config_builder().proxy(None).timeout_global(Some(PATIENCE)).build().into();
        let html = agent.get(url.expose()).call().and_then(|mut answer| answer.body_mut().read_to_string());
        let html = html.map_err(|_| page_failed("it cannot be opened", "无法打开"))?;
        let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        let title = title.map(|(title, _)| title.trim().to_owned()).unwrap_or_default();
        let request = serde_json::json!({
            "token": user.token.expose(),
            "uuid": user.uuid.as_ref().map(PersonalText::expose),
            "page": "skm-demo",
        });
        Ok((Page { agent, code_url: format!("{base}/h5/code"), request: request.to_string() }, title))
    }

    /// A fresh code, as the page's script asks for it; the one before it ends.
    pub fn refresh(&self) -> Result<Shown, Problem> {
        let body = self.agent.post(&self.code_url).content_type("application/json").send(&self.request);
        let body = body.and_then(|mut answer| answer.body_mut().read_to_string());
        body.ok()
            .and_then(|body| serde_json::from_str(&body).ok())
            .ok_or_else(|| page_failed("it shows no code", "未显示二维码"))
    }
}

fn page_failed(en: &str, zh: &str) -> Problem {
    Problem::new(ErrorKind::AnswerMalformed, format!("the page: {en}"), format!("亮码页面:{zh}"))
}

/// The modules of a QR code, seen in a picture.
pub struct Picture {
    dark: HashSet<(usize, usize)>,
    /// Modules on a side, without the quiet zone.
    pub side: usize,
}

impl Shown {
    /// Looks at the picture.
    pub fn picture(&self) -> Result<Picture, Problem> {
        Picture::of_svg(&self.svg).ok_or_else(|| page_failed("its picture is not a QR code", "图片不是二维码"))
    }
}

impl Picture {
    /// Reads squares `M<left> <top>h<side>…` of an SVG path.
    fn of_svg(svg: &str) -> Option<Picture> {
        let path = svg.rsplit_once(" d=\"")?.1.split('"').next()?;
        let square = |text: &str| -> Option<(usize, usize, usize)> {
            let (left, rest) = text.split_once(' ')?;
            let (top, rest) = rest.split_once('h')?;
            Some((left.parse().ok()?, top.parse().ok()?, rest.split('v').next()?.parse().ok()?))
        };
        let squares: Vec<_> = path.split('M').skip(1).map(square).collect::<Option<_>>()?;
        let &(left, top, step) = squares.iter().min_by_key(|(left, top, _)| (*top, *left))?;
        let place = |at: usize, from: usize| at.checked_sub(from)?.checked_div(step);
        let dark: HashSet<_> =
            squares.iter().map(|&(x, y, _)| Some((place(x, left)?, place(y, top)?))).collect::<Option<_>>()?;
        let side = dark.iter().map(|&(x, y)| x.max(y) + 1).max()?;
        Some(Picture { dark, side })
    }

    /// Whether a module is dark; the quiet zone is not.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark.contains(&(x, y))
    }

    /// The text of the code.
    pub fn decode(&self) -> Result<String, Problem> {
        let grid = rqrr::SimpleGrid::from_func(self.side, |x, y| self.is_dark(x, y));
        let decoded = rqrr::Grid::new(grid).decode();
        decoded.map(|(_, text)| text).map_err(|_| page_failed("its picture cannot be read", "图片无法识读"))
    }
}
