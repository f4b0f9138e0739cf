//! Requests: made once from Python's arguments, then called or submitted.

use std::time::{Duration, SystemTime};

use pyo3::prelude::*;
use pyo3::types::PyAny;
use skm::clock::{Clock, SystemClock, believable};
use skm::error::SafeText;
use skm::person::{CertificateNumber, PapersType, PersonName, PersonalText, Phone, Sex};
use skm::{Client, Consent, ErrorKind, IdRequest, ScanRequest, UserTokenRequest};

use crate::answer::Answer;
use crate::error::{argument, raise};
use crate::fence::fence;
use crate::text::{optional, required};

type Any<'a, 'py> = &'a Bound<'py, PyAny>;

/// A checked-in request of interface 1, 3 or 4. Not shown: it holds personal data.
#[pyclass(frozen, module = "skm._native")]
pub struct Request(Kind);

enum Kind {
    UserToken(UserTokenRequest),
    Scan(ScanRequest),
    Id(IdRequest),
}

impl Request {
    /// A copy of the request as a call that can run on any thread.
    pub fn to_call(&self) -> impl FnOnce(&Client) -> skm::Result<Answer> + Send + 'static {
        let kind = match &self.0 {
            Kind::UserToken(request) => Kind::UserToken(request.clone()),
            Kind::Scan(request) => Kind::Scan(request.clone()),
            Kind::Id(request) => Kind::Id(request.clone()),
        };
        move |client| kind.run(client)
    }

    /// Makes the call on this thread.
    pub fn run(&self, client: &Client) -> skm::Result<Answer> {
        self.0.run(client)
    }
}

impl Kind {
    fn run(&self, client: &Client) -> skm::Result<Answer> {
        match self {
            Kind::UserToken(request) => client.issue_user_token(request).map(Answer::UserToken),
            Kind::Scan(request) => client.verify_scan(request).map(Answer::Scan),
            Kind::Id(request) => client.verify_id(request).map(Answer::Id),
        }
    }
}

/// Consent as `skm.Consent` hands it over: whether explicit, the notice, and when in seconds since 1970.
#[derive(FromPyObject)]
struct ConsentParts<'py>(bool, Bound<'py, PyAny>, Option<f64>);

fn consent(value: Any<'_, '_>) -> PyResult<Consent> {
    let py = value.py();
    let Ok(ConsentParts(explicit, notice, when)) = value.extract::<ConsentParts<'_>>() else {
        let text = SafeText::new(
            "give consent=skm.Consent.explicit(\"…\") or skm.Consent.authorised(\"…\")",
            "请给出 consent=skm.Consent.explicit(\"…\") 或 skm.Consent.authorised(\"…\")",
            &[],
        );
        return Err(argument(py, ErrorKind::ConsentMissing, "consent", text));
    };
    let notice: String = required("consent", &notice)?;
    let consent = if explicit { Consent::explicit(notice) } else { Consent::authorised(notice) };
    let Some(seconds) = when else { return Ok(consent) };
    Ok(consent.given_at(moment(py, "consent", seconds)?))
}

/// Refuses a consent that no call would take, where it is given.
#[pyfunction]
pub fn check_consent(parts: Any<'_, '_>) -> PyResult<()> {
    let (py, consent) = (parts.py(), consent(parts)?);
    let checked = fence(|| {
        let clock = SystemClock;
        let now = if consent.when().is_some() { believable(&clock)? } else { clock.now() };
        consent.check(now)
    });
    checked.map_err(|error| raise(py, &error))
}

/// Refuses what is no certificate type, where it is given.
fn papers_type_of(value: Any<'_, '_>) -> PyResult<PapersType> {
    let papers_type: PapersType = required("papers_type", value)?;
    papers_type.check().map_err(|error| raise(value.py(), &error))?;
    Ok(papers_type)
}

/// The moment that is so many seconds after the start of 1970.
///
/// # Errors
/// `input_invalid` for one before it, or one that no clock can show.
pub fn moment(py: Python<'_>, field: &'static str, seconds: f64) -> PyResult<SystemTime> {
    let since = Duration::try_from_secs_f64(seconds).ok().and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
    since.ok_or_else(|| {
        let text = SafeText::new("{} must be a moment after 1970", "{} 须晚于 1970 年", &[&field]);
        argument(py, ErrorKind::InputInvalid, field, text)
    })
}

/// Interface 3.
#[pyfunction]
pub fn scan_request(
    consent_parts: Any<'_, '_>,
    qr_text: Any<'_, '_>,
    position: Any<'_, '_>,
    verifier_dept: Any<'_, '_>,
    verifier_name: Any<'_, '_>,
    verifier_phone: Any<'_, '_>,
) -> PyResult<Request> {
    let mut request = ScanRequest::new(required::<PersonalText>("qr_text", qr_text)?, consent(consent_parts)?);
    request.position = optional("position", position)?;
    request.verifier_dept = optional("verifier_dept", verifier_dept)?;
    request.verifier_name = optional("verifier_name", verifier_name)?;
    request.verifier_phone = optional("verifier_phone", verifier_phone)?;
    Ok(Request(Kind::Scan(request)))
}

/// Interface 4.
#[pyfunction]
pub fn id_request(
    consent_parts: Any<'_, '_>,
    number: Any<'_, '_>,
    name: Any<'_, '_>,
    papers_type: Any<'_, '_>,
    organize_location: Any<'_, '_>,
    apply_type: Any<'_, '_>,
    lift_15: bool,
) -> PyResult<Request> {
    let mut request = IdRequest::new(
        required::<CertificateNumber>("number", number)?,
        required::<PersonName>("name", name)?,
        consent(consent_parts)?,
    );
    request.papers_type = papers_type_of(papers_type)?;
    request.organize_location = optional("organize_location", organize_location)?;
    request.apply_type = optional("apply_type", apply_type)?;
    request.lift_15 = lift_15;
    Ok(Request(Kind::Id(request)))
}

/// Interface 1.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "table A.2 has ten rows")]
pub fn user_token_request(
    consent_parts: Any<'_, '_>,
    name: Any<'_, '_>,
    number: Any<'_, '_>,
    mobile: Any<'_, '_>,
    papers_type: Any<'_, '_>,
    email: Any<'_, '_>,
    phone: Any<'_, '_>,
    sex: Any<'_, '_>,
    birth_date: Any<'_, '_>,
    address: Any<'_, '_>,
    post: Any<'_, '_>,
    any_mobile: bool,
    lift_15: bool,
) -> PyResult<Request> {
    let mut request = UserTokenRequest::new(
        required::<PersonName>("name", name)?,
        required::<CertificateNumber>("number", number)?,
        required::<Phone>("mobile", mobile)?,
        consent(consent_parts)?,
    );
    request.papers_type = papers_type_of(papers_type)?;
    request.email = optional("email", email)?;
    request.phone = optional("phone", phone)?;
    let code: Option<PersonalText> = optional("sex", sex)?;
    let sex = code.map(|code| Sex::from_code(code.expose())).transpose();
    request.sex = sex.map_err(|error| raise(post.py(), &error))?;
    request.birth_date = optional("birth_date", birth_date)?;
    request.address = optional("address", address)?;
    request.post = optional("post", post)?;
    request.any_mobile = any_mobile;
    request.lift_15 = lift_15;
    Ok(Request(Kind::UserToken(request)))
}
