//! Interface 4: certificate number and name in, level out.

use std::ffi::c_char;
use std::mem::offset_of;

use skm::person::PersonalText;
use skm::{IdRequest, IdResult};

use crate::boundary::{self, Out, SizedStruct};
use crate::client::{borrow, skm_client};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::scan::extra_json;
use crate::text::{Encoding, Texts, lend_from};
use crate::user_token::{SKM_FLAG_LIFT_15, check_flags, consent};
use crate::verdict::{SKM_LEVEL_UNKNOWN, SKM_VERDICT_UNVERIFIED, level_number, skm_level, skm_verdict, verdict_number};

/// What interface 4 is asked (table C.2). Begin with SKM_ID_REQUEST_INIT. Texts are the caller's and are only read
/// during the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct skm_id_request {
    /// Set by SKM_ID_REQUEST_INIT.
    pub struct_size: usize,
    /// Certificate number; required.
    pub number: *const c_char,
    /// Full name; required.
    pub name: *const c_char,
    /// The notice under which the person agreed, such as `notice A-12`; required. No personal data.
    pub consent_notice: *const c_char,
    /// SKM_CONSENT_EXPLICIT or SKM_CONSENT_AUTHORISED.
    pub consent_kind: i32,
    /// When consent was given, in seconds since 1970; 0 means at the time of the call.
    pub consent_given_at: u64,
    /// Certificate type of table A.2, which decides how the number is checked; NULL means `1`, resident identity card.
    pub papers_type: *const c_char,
    /// Place or unit; NULL means the configuration's.
    pub organize_location: *const c_char,
    /// Kind of application; NULL means the configuration's.
    pub apply_type: *const c_char,
    /// 0 or SKM_FLAG_LIFT_15.
    pub flags: u64,
}

// SAFETY: `repr(C)`, begins with its size, holds only numbers and pointers.
unsafe impl SizedStruct for skm_id_request {
    const FIRST_SIZE: usize = offset_of!(skm_id_request, papers_type);
}

pub(crate) fn read(request: *const skm_id_request, encoding: Encoding) -> Result<IdRequest, Failure> {
    let given = boundary::sized(request, "request")?;
    let optional = |text, field| boundary::optional(text, field, encoding).map(|text| text.map(|t| t.into_owned()));
    let consent = consent(given.consent_notice, given.consent_kind, given.consent_given_at, encoding)?;
    let number = boundary::required(given.number, "number", encoding)?;
    let name = boundary::required(given.name, "name", encoding)?;
    let mut asked = IdRequest::new(number, name, consent);
    if let Some(papers_type) = optional(given.papers_type, "papers_type")? {
        asked.papers_type = papers_type.into();
    }
    asked.organize_location = optional(given.organize_location, "organize_location")?;
    asked.apply_type = optional(given.apply_type, "apply_type")?;
    check_flags(given.flags, SKM_FLAG_LIFT_15)?;
    asked.lift_15 = given.flags & SKM_FLAG_LIFT_15 != 0;
    Ok(asked)
}

/// What interface 4 answers (Annex C). Never changes; its texts are in the encoding of the client and are lent until
/// skm_id_result_free().
pub struct skm_id_result {
    verdict: skm_verdict,
    level: skm_level,
    texts: Texts<5>,
}

// Where each text is.
const NUMBER: usize = 0;
const NAME: usize = 1;
const TRAVEL: usize = 2;
const REASON: usize = 3;
const EXTRA_JSON: usize = 4;

impl skm_id_result {
    pub(crate) fn new(result: &IdResult, encoding: Encoding) -> skm_id_result {
        let extra = extra_json(&result.extra);
        let mut texts = [None; 5];
        texts[NUMBER] = Some(result.number.expose());
        texts[NAME] = Some(result.name.expose());
        texts[TRAVEL] = result.travel.as_ref().map(PersonalText::expose);
        texts[REASON] = result.reason.as_ref().map(PersonalText::expose);
        texts[EXTRA_JSON] = std::str::from_utf8(&extra).ok();
        skm_id_result {
            verdict: verdict_number(result.verdict()),
            level: level_number(result.level()),
            texts: Texts::new(texts, encoding),
        }
    }
}

/// Interface 4 (Annexes C and D): asks for the level of a person by certificate number and name. Blocks for the
/// client's deadline at most. The result goes to `*result`. Any thread.
///
/// Errors: any row of the table of statuses; none of them is green.
#[unsafe(no_mangle)]
pub extern "C" fn skm_verify_id(
    client: *const skm_client,
    request: *const skm_id_request,
    result: *mut *mut skm_id_result,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_verify_id", error, || {
        let client = borrow(client)?;
        let out = Out::new(result, "result")?;
        let asked = read(request, client.encoding).map_err(|failure| failure.worded_in(client.encoding))?;
        let answer = client.core.verify_id(&asked);
        let answer = answer.map_err(|error| Failure::from(error).worded_in(client.encoding))?;
        out.give(skm_id_result::new(&answer, client.encoding));
        Ok(())
    })
}

/// What to do at the gate; SKM_VERDICT_UNVERIFIED for NULL. Any thread, as for all getters of a result.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_result_verdict(result: Option<&skm_id_result>) -> skm_verdict {
    fence("skm_id_result_verdict", SKM_VERDICT_UNVERIFIED, || {
        result.map_or(SKM_VERDICT_UNVERIFIED, |result| result.verdict)
    })
}

/// The level; SKM_LEVEL_UNKNOWN for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_result_level(result: Option<&skm_id_result>) -> skm_level {
    fence("skm_id_result_level", SKM_LEVEL_UNKNOWN, || result.map_or(SKM_LEVEL_UNKNOWN, |result| result.level))
}

/// `userid`: always the number that was asked for. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_result_number(result: Option<&skm_id_result>) -> *const c_char {
    lend_from("skm_id_result_number", result, |result| &result.texts, NUMBER)
}

/// `name`. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_result_name(result: Option<&skm_id_result>) -> *const c_char {
    lend_from("skm_id_result_name", result, |result| &result.texts, NAME)
}

/// `xcValue`: travel record text; NULL if the platform left it out.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_result_travel(result: Option<&skm_id_result>) -> *const c_char {
    lend_from("skm_id_result_travel", result, |result| &result.texts, TRAVEL)
}

/// `exceptionCodeReason`: why a code is not green; NULL if the platform left it out.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_result_reason(result: Option<&skm_id_result>) -> *const c_char {
    lend_from("skm_id_result_reason", result, |result| &result.texts, REASON)
}

/// Members that the standard does not name, as one JSON object; `{}` if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_result_extra_json(result: Option<&skm_id_result>) -> *const c_char {
    lend_from("skm_id_result_extra_json", result, |result| &result.texts, EXTRA_JSON)
}

/// Wipes and frees a result. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_id_result_free(result: Option<Box<skm_id_result>>) {
    fence("skm_id_result_free", (), || drop(result));
}
