//! Interface 3: the text of a scanned code in, level out.

use std::ffi::c_char;
use std::mem::offset_of;

use skm::person::{CertificateNumber, PersonName, PersonalText, Phone};
use skm::wire::json;
use skm::{Consent, JsonObject, ScanRequest, ScanResult};
use zeroize::Zeroizing;

use crate::boundary::{self, Out, SizedStruct};
use crate::client::{borrow, skm_client};
use crate::error::{skm_error, skm_status};
use crate::failure::Failure;
use crate::fence::{call, fence};
use crate::text::{Encoding, Texts, lend_from};
use crate::user_token::consent;
use crate::verdict::{SKM_LEVEL_UNKNOWN, SKM_VERDICT_UNVERIFIED, level_number, skm_level, skm_verdict, verdict_number};

/// What interface 3 is asked (table B.1). Begin with SKM_SCAN_REQUEST_INIT. Texts are the caller's and are only read
/// during the call. The four members of the verifier are taken from the configuration where they are NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct skm_scan_request {
    /// Set by SKM_SCAN_REQUEST_INIT.
    pub struct_size: usize,
    /// The full text of the scanned code; required.
    pub qr_text: *const c_char,
    /// The notice under which the person agreed, such as `notice A-12`; required. No personal data.
    pub consent_notice: *const c_char,
    /// SKM_CONSENT_EXPLICIT or SKM_CONSENT_AUTHORISED.
    pub consent_kind: i32,
    /// When consent was given, in seconds since 1970; 0 means at the time of the call.
    pub consent_given_at: u64,
    /// Where: `province,city,district,street`; may be NULL.
    pub position: *const c_char,
    /// The verifying unit; may be NULL.
    pub verifier_dept: *const c_char,
    /// The verifying person; may be NULL.
    pub verifier_name: *const c_char,
    /// That person's phone; may be NULL.
    pub verifier_phone: *const c_char,
}

// SAFETY: `repr(C)`, begins with its size, holds only numbers and pointers.
unsafe impl SizedStruct for skm_scan_request {
    const FIRST_SIZE: usize = offset_of!(skm_scan_request, position);
}

pub(crate) fn read(request: *const skm_scan_request, encoding: Encoding) -> Result<ScanRequest, Failure> {
    let given = boundary::sized(request, "request")?;
    let optional = |text, field| boundary::optional(text, field, encoding).map(|text| text.map(|t| t.into_owned()));
    let consent: Consent = consent(given.consent_notice, given.consent_kind, given.consent_given_at, encoding)?;
    let qr_text = boundary::required(given.qr_text, "qr_text", encoding)?;
    let mut asked = ScanRequest::new(qr_text, consent);
    asked.position = optional(given.position, "position")?;
    asked.verifier_dept = optional(given.verifier_dept, "verifier_dept")?;
    asked.verifier_name = optional(given.verifier_name, "verifier_name")?.map(Into::into);
    asked.verifier_phone = optional(given.verifier_phone, "verifier_phone")?.map(Into::into);
    Ok(asked)
}

/// What interface 3 answers (table B.3). Never changes; its texts are in the encoding of the client and are lent until
/// skm_scan_result_free(). Name, number and phone are as masked by the platform.
pub struct skm_scan_result {
    verdict: skm_verdict,
    level: skm_level,
    texts: Texts<6>,
}

// Where each text is.
const NAME: usize = 0;
const ID_NUMBER_MASKED: usize = 1;
const PHONE: usize = 2;
const TIP: usize = 3;
const QR_CODE: usize = 4;
const EXTRA_JSON: usize = 5;

impl skm_scan_result {
    pub(crate) fn new(result: &ScanResult, encoding: Encoding) -> skm_scan_result {
        let extra = extra_json(&result.extra);
        let mut texts = [None; 6];
        texts[NAME] = result.name.as_ref().map(PersonName::expose);
        texts[ID_NUMBER_MASKED] = result.id_number_masked.as_ref().map(CertificateNumber::expose);
        texts[PHONE] = result.phone.as_ref().map(Phone::expose);
        texts[TIP] = result.tip.as_ref().map(PersonalText::expose);
        texts[QR_CODE] = result.qr_code.as_ref().map(PersonalText::expose);
        texts[EXTRA_JSON] = std::str::from_utf8(&extra).ok();
        skm_scan_result {
            verdict: verdict_number(result.verdict()),
            level: level_number(result.level()),
            texts: Texts::new(texts, encoding),
        }
    }
}

/// As received: it may be personal.
pub(crate) fn extra_json(extra: &JsonObject) -> Zeroizing<Vec<u8>> {
    if extra.is_empty() { Zeroizing::new(b"{}".to_vec()) } else { json::write(extra) }
}

/// Interface 3 (Annex B): asks for the level behind a scanned code. Blocks for the client's deadline at most. The
/// result goes to `*result`. Any thread.
///
/// Errors: any row of the table of statuses; none of them is green.
#[unsafe(no_mangle)]
pub extern "C" fn skm_verify_scan(
    client: *const skm_client,
    request: *const skm_scan_request,
    result: *mut *mut skm_scan_result,
    error: *mut *mut skm_error,
) -> skm_status {
    call("skm_verify_scan", error, || {
        let client = borrow(client)?;
        let out = Out::new(result, "result")?;
        let asked = read(request, client.encoding).map_err(|failure| failure.worded_in(client.encoding))?;
        let answer = client.core.verify_scan(&asked);
        let answer = answer.map_err(|error| Failure::from(error).worded_in(client.encoding))?;
        out.give(skm_scan_result::new(&answer, client.encoding));
        Ok(())
    })
}

/// What to do at the gate; SKM_VERDICT_UNVERIFIED for NULL. Any thread, as for all getters of a result.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_result_verdict(result: Option<&skm_scan_result>) -> skm_verdict {
    fence("skm_scan_result_verdict", SKM_VERDICT_UNVERIFIED, || {
        result.map_or(SKM_VERDICT_UNVERIFIED, |result| result.verdict)
    })
}

/// The level; SKM_LEVEL_UNKNOWN for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_result_level(result: Option<&skm_scan_result>) -> skm_level {
    fence("skm_scan_result_level", SKM_LEVEL_UNKNOWN, || result.map_or(SKM_LEVEL_UNKNOWN, |result| result.level))
}

/// `name`; NULL if the platform left it out, as for the other texts.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_result_name(result: Option<&skm_scan_result>) -> *const c_char {
    lend_from("skm_scan_result_name", result, |result| &result.texts, NAME)
}

/// `idcardNo`, masked by the platform.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_result_id_number_masked(result: Option<&skm_scan_result>) -> *const c_char {
    lend_from("skm_scan_result_id_number_masked", result, |result| &result.texts, ID_NUMBER_MASKED)
}

/// `phone`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_result_phone(result: Option<&skm_scan_result>) -> *const c_char {
    lend_from("skm_scan_result_phone", result, |result| &result.texts, PHONE)
}

/// `tip`: advice for the person, led by the colour word. Never decide by it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_result_tip(result: Option<&skm_scan_result>) -> *const c_char {
    lend_from("skm_scan_result_tip", result, |result| &result.texts, TIP)
}

/// `qrCode`.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_result_qr_code(result: Option<&skm_scan_result>) -> *const c_char {
    lend_from("skm_scan_result_qr_code", result, |result| &result.texts, QR_CODE)
}

/// Members that the standard does not name, as one JSON object; `{}` if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_result_extra_json(result: Option<&skm_scan_result>) -> *const c_char {
    lend_from("skm_scan_result_extra_json", result, |result| &result.texts, EXTRA_JSON)
}

/// Wipes and frees a result. NULL is fine. No other thread may be using it.
#[unsafe(no_mangle)]
pub extern "C" fn skm_scan_result_free(result: Option<Box<skm_scan_result>>) {
    fence("skm_scan_result_free", (), || drop(result));
}
