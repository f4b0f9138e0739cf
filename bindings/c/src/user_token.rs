//! Interfaces 1 and 2: real-name data in, user token out; the page's URL for a token.

use std::ffi::c_char;
use std::mem::offset_of;
use std::time::{Duration, SystemTime};

use skm::person::Sex;
use skm::{Consent, UserToken, UserTokenRequest};

use crate::boundary::{self, Out, SizedStruct};
use crate::client::{borrow, skm_client};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::text::{CText, Encoding, lend, skm_text};

/// The person agreed in this place (明示同意).
pub const SKM_CONSENT_EXPLICIT: i32 = 0;
/// The person authorised it beforehand (授权同意).
pub const SKM_CONSENT_AUTHORISED: i32 = 1;

// Truth values of requests are bits of one 64-bit member: a struct that ended in padding could not grow safely.

/// Flag: lifts a 15-digit resident identity number to 18.
pub const SKM_FLAG_LIFT_15: u64 = 1;
/// Flag: lets mobile numbers pass that are not of the mainland.
pub const SKM_FLAG_ANY_MOBILE: u64 = 2;

pub(crate) fn check_flags(flags: u64, known: u64) -> Result<(), Failure> {
    if flags & !known == 0 {
        return Ok(());
    }
    Err(Failure::input("flags", "flags holds a bit that this request does not know", "flags 含有该请求不支持的标志"))
}

/// The end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// The consent members that requests share. A missing notice is left to the core, which says `consent_missing`.
pub(crate) fn consent(notice: *const c_char, kind: i32, given_at: u64, encoding: Encoding) -> Result<Consent, Failure> {
    let notice = boundary::optional(notice, "consent", encoding)?.unwrap_or_default();
    let consent = match kind {
        SKM_CONSENT_EXPLICIT => Consent::explicit(notice),
        SKM_CONSENT_AUTHORISED => Consent::authorised(notice),
        _ => {
            return Err(Failure::input(
                "consent",
                "consent_kind must be SKM_CONSENT_EXPLICIT or SKM_CONSENT_AUTHORISED",
                "consent_kind 须为 SKM_CONSENT_EXPLICIT 或 SKM_CONSENT_AUTHORISED",
            ));
        }
    };
    if given_at == 0 {
        return Ok(consent);
    }
    // Later times have no spelling in the evidence log.
    if given_at > LAST_SECOND {
        let (en, zh) = ("consent_given_at is not a time", "consent_given_at 不是有效时间");
        return Err(Failure::input("consent", en, zh));
    }
    Ok(consent.given_at(SystemTime::UNIX_EPOCH + Duration::from_secs(given_at)))
}

/// What interface 1 is asked (table A.2). Begin with SKM_TOKEN_REQUEST_INIT. Texts are the caller's and are only read
/// during the call; optional members are left out of the message when NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct skm_token_request {
    /// Set by SKM_TOKEN_REQUEST_INIT.
    pub struct_size: usize,
    /// Full name; required.
    pub name: *const c_char,
    /// Certificate number; required.
    pub number: *const c_char,
    /// Mobile number; required, mainland unless SKM_FLAG_ANY_MOBILE.
    pub mobile: *const c_char,
    /// The notice under which the person agreed, such as `notice A-12`; required. No personal data.
    pub consent_notice: *const c_char,
    /// SKM_CONSENT_EXPLICIT or SKM_CONSENT_AUTHORISED.
    pub consent_kind: i32,
    /// When consent was given, in seconds since 1970; 0 means at the time of the call.
    pub consent_given_at: u64,
    /// Certificate type; NULL means `1`, resident identity card.
    pub papers_type: *const c_char,
    /// Email address; may be NULL.
    pub email: *const c_char,
    /// Fixed-line telephone; may be NULL.
    pub phone: *const c_char,
    /// `1` male, `0` female; may be NULL.
    pub sex: *const c_char,
    /// `yyyy-MM-dd`; may be NULL.
    pub birth_date: *const c_char,
    /// Postal address; may be NULL.
    pub address: *const c_char,
    /// Postal code; may be NULL.
    pub post: *const c_char,
    /// 0, or SKM_FLAG_LIFT_15 and SKM_FLAG_ANY_MOBILE joined with `|`.
    pub flags: u64,
}

// SAFETY: `repr(C)`, begins with its size, holds only numbers and pointers.
unsafe impl SizedStruct for skm_token_request {
    const FIRST_SIZE: usize = offset_of!(skm_token_request, papers_type);
}

pub(crate) fn read(request: *const skm_token_request, encoding: Encoding) -> Result<UserTokenRequest, Failure> {
    let given = boundary::sized(request, "request")?;
    let optional = |text, field| boundary::optional(text, field, encoding).map(|text| text.map(|t| t.into_owned()));
    let consent = consent(given.consent_notice, given.consent_kind, given.consent_given_at, encoding)?;
    let name = boundary::required(given.name, "name", encoding)?;
    let number = boundary::required(given.number, "number", encoding)?;
    let mobile = boundary::required(given.mobile, "mobile", encoding)?;
    let mut asked = UserTokenRequest::new(name, number, mobile, consent);
    if let Some(papers_type) = optional(given.papers_type, "papers_type")? {
        asked.papers_type = papers_type.into();
    }
    asked.email = optional(given.email, "email")?.map(Into::into);
    asked.phone = optional(given.phone, "phone")?.map(Into::into);
    asked.sex = boundary::optional(given.sex, "sex", encoding)?.map(|code| Sex::from_code(&code)).transpose()?;
    asked.birth_date = optional(given.birth_date, "birth_date")?.map(Into::into);
    asked.address = optional(given.address, "address")?.map(Into::into);
    asked.post = optional(given.post, "post")?;
    check_flags(given.flags, SKM_FLAG_LIFT_15 | SKM_FLAG_ANY_MOBILE)?;
    asked.lift_15 = given.flags & SKM_FLAG_LIFT_15 != 0;
    asked.any_mobile = given.flags & SKM_FLAG_ANY_MOBILE != 0;
    Ok(asked)
}

/// What interface 1 answers (table A.4). Both parts are opaque; the token is a credential. Never changes; texts are
/// lent until skm_user_token_free().
pub struct skm_user_token {
    token: CText,
    uuid: Option<CText>,
}

impl skm_user_token {
    pub(crate) fn new(user: &UserToken) -> skm_user_token {
        skm_user_token {
            token: CText::utf8(user.token.expose()),
            uuid: CText::some(user.uuid.as_ref().map(|uuid| uuid.expose()), Encoding::Utf8),
        }
    }
}

/// Interface 1 (Annex A): sends a consenting person's real-name data, gets a token for the page. Blocks for the
/// client's deadline at most. The result goes to `*user`. Any thread.
///
/// Errors: any row of the table of statuses. Never repeated once the platform may have seen the request.
#[unsafe(no_mangle)]
pub extern "C" fn skm_issue_user_token(
    client: *const skm_client,
    request: *const skm_token_request,
    user: *mut *mut skm_user_token,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_issue_user_token", error, || {
        let client = borrow(client)?;
        let out = Out::new(user, "user")?;
        let asked = read(request, client.encoding).map_err(|failure| failure.worded_in(client.encoding))?;
        let answer = client.core.issue_user_token(&asked);
        let answer = answer.map_err(|error| Failure::from(error).worded_in(client.encoding))?;
        out.give(skm_user_token::new(&answer));
        Ok(())
    })
}

/// The user's token: a credential, never log it. NULL for NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_token(user: Option<&skm_user_token>) -> *const c_char {
    lend("skm_user_token_token", user, |user| Some(&user.token))
}

/// The user's id at the platform; NULL if it gave none. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_uuid(user: Option<&skm_user_token>) -> *const c_char {
    lend("skm_user_token_uuid", user, |user| user.uuid.as_ref())
}

/// Wipes and frees a user token. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_user_token_free(user: Option<Box<skm_user_token>>) {
    fence("skm_user_token_free", (), || drop(user));
}

/// Interface 2 (clause 6.2): the URL of the page for a user token; no network call is made. `uuid` may be NULL. The URL
/// is a credential: give it to the web view, never to a log. `token` and `uuid` are read as skm_user_token gives them,
/// in UTF-8 whatever the client's encoding. The new text goes to `*url`. Any thread.
///
/// Errors: SKM_ERROR_CONFIG_MISSING, SKM_ERROR_INPUT_INVALID, SKM_ERROR_INPUT_ENCODING, SKM_ERROR_NULL_ARGUMENT,
/// SKM_ERROR_CLOSED.
#[unsafe(no_mangle)]
pub extern "C" fn skm_display_url(
    client: *const skm_client,
    token: *const c_char,
    uuid: *const c_char,
    url: *mut *mut skm_text,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_display_url", error, || {
        let client = borrow(client)?;
        let out = Out::new(url, "url")?;
        // As skm_user_token gives them: opaque, never in the client's encoding.
        let token = boundary::required(token, "token", Encoding::Utf8)?;
        let uuid = boundary::optional(uuid, "uuid", Encoding::Utf8)?;
        let user = UserToken::new(token.into_owned(), uuid.map(Into::into));
        let made = client.core.display_url(&user);
        let made = made.map_err(|error| Failure::from(error).worded_in(client.encoding))?;
        out.give(skm_text::new(made.expose(), Encoding::Utf8));
        Ok(())
    })
}
