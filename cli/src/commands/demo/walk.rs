//! The walk: token → page URL → the code that the page shows → scan verdict → ID verdict.

use std::time::Instant;

use skm::{Client, Consent, IdRequest, Interface, ScanRequest, UserToken, UserTokenRequest};
use skm_sandbox::{Level, Person, Sandbox};

use super::page::Page;
use super::show::Show;
use super::{Step, person};
use crate::problem::Problem;

/// The notice that the invented person agreed to.
pub const NOTICE: &str = "demo notice 1";

/// The consent of the invented person.
pub fn consent() -> Consent {
    Consent::explicit(NOTICE)
}

/// Walks the green person through all four; a step that fails ends the walk.
pub fn four_interfaces(client: &Client, sandbox: &Sandbox, show: &Show) -> Result<Vec<Step>, Problem> {
    let green = person(sandbox, Level::Green)?;
    let (user, token_step) = token(client, &green, show)?;
    let (qr, page_steps) = display(client, sandbox, &user, show)?;
    let mut steps = vec![token_step];
    steps.extend(page_steps);
    steps.push(scan(client, &qr, show)?);
    steps.push(id(client, &green, show)?);
    Ok(steps)
}

/// A fresh URL of the page.
pub fn page_url(client: &Client, sandbox: &Sandbox) -> Result<String, Problem> {
    let user = client.issue_user_token(&token_request(&person(sandbox, Level::Green)?))?;
    Ok(client.display_url(&user)?.expose().to_owned())
}

/// The request of interface 1 about a person.
pub fn token_request(person: &Person) -> UserTokenRequest {
    UserTokenRequest::new(&*person.name, &*person.number, &*person.mobile, consent())
}

/// The request of interface 4 about a person.
pub fn id_request(person: &Person) -> IdRequest {
    IdRequest::new(&*person.number, &*person.name, consent())
}

fn token(client: &Client, green: &Person, show: &Show) -> Result<(UserToken, Step), Problem> {
    let request = token_request(green);
    let unit = client.config().user_token()?;
    show.step("1", Interface::UserToken, "issue a user token", "生成用户令牌", "Annex A");
    let started = Instant::now();
    let user = client.issue_user_token(&request)?;
    let took = started.elapsed();
    show.sent(
        &format!("POST {}{}", unit.url, client.config().dialect.user_token.path),
        &[
            ("appmark", "***".to_owned()),
            ("time, sign", "MD5(appmark + appword + time)".to_owned()),
            ("name", request.name.to_string()),
            ("papersnumber", request.number.to_string()),
            ("mobile", request.mobile.to_string()),
        ],
    );
    let uuid = user.uuid.as_ref().map_or("-".to_owned(), ToString::to_string);
    show.got(took, &[("token", user.token.to_string()), ("uuid", uuid)]);
    let title = show.lang.label("issue a user token", "生成用户令牌");
    Ok((user, Step::new("issue_user_token", title, "issued", "issued", took)))
}

/// Interface 2, and what a browser and a scanner make of it: the text of the code.
fn display(client: &Client, sandbox: &Sandbox, user: &UserToken, show: &Show) -> Result<(String, [Step; 2]), Problem> {
    let unit = client.config().display()?;
    show.step("2", Interface::Display, "show the code", "亮码", "clause 6.2");
    let started = Instant::now();
    let url = client.display_url(user)?;
    let took = started.elapsed();
    let path = &client.config().dialect.display_path;
    show.sent(&show.lang.say("no network call is made", "不发起网络调用"), &[]);
    show.got(took, &[("url", format!("{}{path}?token={url}&uuid={url}", unit.url))]);
    let made = Step::new("display_url", show.lang.label("make the page's URL", "生成亮码地址"), "ready", "ready", took);

    show.note(&show.lang.say("a web view opens the page", "用户端打开页面"));
    let started = Instant::now();
    let (page, title) = Page::open(&sandbox.base_url(), &url, user)?;
    let shown = page.refresh()?;
    let took = started.elapsed();
    let life_s = shown.life_ms / 1000;
    show.got(
        took,
        &[
            ("page", title),
            ("level", shown.level.clone()),
            ("name", shown.name.clone()),
            ("number", shown.number.clone()),
            ("code", show.lang.say(&format!("valid for {life_s} s"), &format!("有效期 {life_s} 秒"))),
        ],
    );
    let started = Instant::now();
    let picture = shown.picture()?;
    let qr = picture.decode()?;
    let read_took = started.elapsed();
    show.picture(&picture);
    let text = client.check_qr(&qr)?;
    let division = text.division().unwrap_or("-").to_owned();
    show.note(&show.lang.say("a scanner reads the picture", "扫码枪识读图片"));
    show.got(read_took, &[("qr_text", "***".to_owned()), ("division", division)]);
    let title = show.lang.label("the page's code is read", "页面亮码与识读");
    let read = Step::new("page", title, "green", &shown.level, took + read_took);
    Ok((qr, [made, read]))
}

fn scan(client: &Client, qr: &str, show: &Show) -> Result<Step, Problem> {
    let request = ScanRequest::new(qr, consent());
    let unit = client.config().scan()?;
    show.step("3", Interface::Scan, "verify the scanned code", "扫码核验", "Annex B");
    let started = Instant::now();
    let result = client.verify_scan(&request)?;
    let took = started.elapsed();
    show.sent(
        &format!("POST {}{}", unit.url, client.config().dialect.scan.path),
        &[
            ("url", request.qr_text.to_string()),
            ("source", unit.source.clone()),
            ("position", unit.position.clone().unwrap_or_default()),
            ("verifierName", unit.verifier_name.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("token", unit.token.to_string()),
        ],
    );
    let verdict = result.verdict();
    show.verdict(
        took,
        verdict,
        &[
            ("level", result.level().to_string()),
            ("name", result.name.unwrap_or_default().to_string()),
            ("idcardNo", result.id_number_masked.unwrap_or_default().to_string()),
            ("tip", result.tip.unwrap_or_default().expose().to_owned()),
        ],
    );
    let title = show.lang.label("verify the scanned code", "扫码核验");
    Ok(Step::new("verify_scan", title, "green", verdict.as_str(), took))
}

fn id(client: &Client, green: &Person, show: &Show) -> Result<Step, Problem> {
    let request = id_request(green);
    let (unit, dialect) = (client.config().id()?, &client.config().dialect.id);
    show.step("4", Interface::Id, "verify number and name", "证件号码核验", "Annexes C, D");
    let started = Instant::now();
    let result = client.verify_id(&request)?;
    let took = started.elapsed();
    show.sent(
        &format!("POST {}{}", unit.url, dialect.path),
        &[
            (dialect.auth_header.as_str(), "Base64(E(authKey, account)) ***".to_owned()),
            ("body", "Base64(E(bodyKey, JSON)) ***".to_owned()),
            ("userid", request.number.to_string()),
            ("name", request.name.to_string()),
        ],
    );
    let verdict = result.verdict();
    show.verdict(
        took,
        verdict,
        &[
            ("levelData", result.level().to_string()),
            ("userid", result.number.to_string()),
            ("name", result.name.to_string()),
            ("xcValue", result.travel.unwrap_or_default().expose().to_owned()),
        ],
    );
    let title = show.lang.label("verify number and name", "证件号码核验");
    Ok(Step::new("verify_id", title, "green", verdict.as_str(), took))
}
