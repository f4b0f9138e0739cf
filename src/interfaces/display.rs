//! Interface 2, 苏康码亮码接口 (clause 6.2): the URL of the H5 page. No network call is made.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::config::DisplayUnit;
use crate::error::{Error, Result, safe};
use crate::interfaces::user_token::UserToken;
use crate::person::PersonalText;

/// RFC 3986: everything but the unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The page's URL with a user token in it: a credential. Shown as stars.
#[derive(Clone, PartialEq, Eq)]
pub struct DisplayUrl(Zeroizing<String>);

impl DisplayUrl {
    /// The URL itself, for a web view. Keep it out of logs.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DisplayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DisplayUrl(***)")
    }
}

impl fmt::Display for DisplayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Builds the URL: `token` required, `uuid` optional, both percent-encoded; the page's own query and fragment stay.
///
/// # Errors
/// `input_invalid` for an empty token.
pub fn url(unit: &DisplayUnit, user: &UserToken) -> Result<DisplayUrl> {
    if user.token.expose().is_empty() {
        return Err(Error::input(
            "token",
            safe!("token is empty: issue a user token first", "token 为空:请先生成用户令牌"),
        ));
    }
    let page = unit.url.as_str();
    let (page, fragment) = page.split_at(page.find('#').unwrap_or(page.len()));
    let separator = match page.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let uuid = user.uuid.as_ref().map_or("", PersonalText::expose);
    // Room for all of it at once: growing would leave copies behind.
    let most = unit.url.as_str().len() + 3 * (user.token.expose().len() + uuid.len()) + "&token=&uuid=".len();
    let mut url = Zeroizing::new(String::with_capacity(most));
    url.extend([page, separator, "token="]);
    url.extend(utf8_percent_encode(user.token.expose(), RESERVED));
    if !uuid.is_empty() {
        url.push_str("&uuid=");
        url.extend(utf8_percent_encode(uuid, RESERVED));
    }
    url.push_str(fragment);
    Ok(DisplayUrl(url))
}
