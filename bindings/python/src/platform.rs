//! The operator's side: check a sign, open what a unit sent, seal an answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyString;
use skm::error::{KeyName, SafeText};
use skm::person::{PersonalText, Secret};
use skm::platform::{
    IdAnswer, IdKeys, ScanAnswer, TimeFault, check_time, id_answer, read_scan, read_user_token, scan_answer,
};
use skm::wire::Method;
use skm::wire::cipher::{Algorithm, Cipher as CoreCipher};
use skm::wire::sign;
use skm::{Dialect, ErrorKind, JsonObject, Level};
use zeroize::Zeroizing;

use crate::error::{argument, raise};
use crate::fence::{fence, fenced};
use crate::request::moment;
use crate::rules::dialect;
use crate::text::{optional, required};

/// `MD5(appmark + appword + time)` in lower-case hex.
#[pyfunction]
pub fn make_sign(appmark: &Bound<'_, PyAny>, appword: &Bound<'_, PyAny>, time: &Bound<'_, PyAny>) -> PyResult<String> {
    let appword: Secret = required("appword", appword)?;
    let (mark, stamp): (String, String) = (required("appmark", appmark)?, required("time", time)?);
    fenced(time.py(), || sign::sign(&mark, &appword, &stamp))
}

/// Whether the sign is right, in any case; in constant time.
#[pyfunction]
pub fn sign_matches(
    appmark: &Bound<'_, PyAny>,
    appword: &Bound<'_, PyAny>,
    time: &Bound<'_, PyAny>,
    given: &Bound<'_, PyAny>,
) -> PyResult<bool> {
    let (mark, stamp): (String, String) = (required("appmark", appmark)?, required("time", time)?);
    let (word, sign): (Secret, Secret) = (required("appword", appword)?, required("sign", given)?);
    fenced(given.py(), || sign::matches(&mark, &word, &stamp, sign.expose()))
}

/// None for a time within the window, else the fault's name and by how many seconds the caller is ahead.
#[pyfunction]
#[pyo3(signature = (time, now, window, dialect_path=None))]
pub fn time_fault(
    py: Python<'_>,
    time: &Bound<'_, PyAny>,
    now: f64,
    window: f64,
    dialect_path: Option<PathBuf>,
) -> PyResult<Option<(&'static str, Option<i64>)>> {
    let dialect = dialect(py, dialect_path)?;
    let now = moment(py, "now", now)?;
    let time: String = required("time", time)?;
    let window = Duration::try_from_secs_f64(window).unwrap_or_default();
    fenced(py, || match check_time(&time, &dialect.user_token, now, window) {
        Ok(()) => None,
        Err(TimeFault::OutsideWindow(ahead)) => Some(("outside_window", Some(ahead))),
        Err(_) => Some(("format", None)),
    })
}

/// The five parameters of interface 1.
#[pyfunction]
#[pyo3(signature = (method, content_type, query, body))]
pub fn read_user_token_call<'py>(
    py: Python<'py>,
    method: &Bound<'py, PyAny>,
    content_type: &Bound<'py, PyAny>,
    query: &Bound<'py, PyAny>,
    body: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    let method = match required::<String>("method", method)?.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        _ => {
            let text = SafeText::new("method must be GET or POST", "method 须为 GET 或 POST", &[]);
            return Err(argument(py, ErrorKind::InputInvalid, "method", text));
        }
    };
    let content_type: Option<String> = optional("content_type", content_type)?;
    let query: Option<PersonalText> = optional("query", query)?;
    let query = query.as_ref().map(PersonalText::expose);
    let call =
        fence(|| read_user_token(method, content_type.as_deref(), query, body)).map_err(|error| raise(py, &error))?;
    let (mark, stamp, name) = (call.appmark.as_str(), call.time.as_str(), call.servicename.as_str());
    (mark, stamp, call.sign.expose(), name, call.params.expose()).into_bound_py_any(py)
}

/// The seven parameters of interface 3, in the order of table B.1.
#[pyfunction]
pub fn read_scan_call<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let call = fence(|| read_scan(body)).map_err(|error| raise(py, &error))?;
    (
        call.qr_text.expose(),
        call.source.as_str(),
        call.position.as_str(),
        call.verifier_dept.as_str(),
        call.verifier_name.expose(),
        call.verifier_phone.expose(),
        call.token.expose(),
    )
        .into_bound_py_any(py)
}

fn sixteen(py: Python<'_>, field: &'static str, bytes: &[u8]) -> PyResult<[u8; 16]> {
    bytes.try_into().map_err(|_| {
        let length = bytes.len();
        let text = SafeText::new("{} must be 16 bytes, not {}", "{} 须为 16 字节,而不是 {}", &[&field, &length]);
        argument(py, ErrorKind::KeyInvalid, field, text)
    })
}

/// A cipher with its key, expanded once.
#[pyclass(frozen, module = "skm._native")]
pub struct Cipher(CoreCipher);

#[pymethods]
impl Cipher {
    #[new]
    fn new(py: Python<'_>, algorithm: &Bound<'_, PyAny>, key: &[u8], iv: &[u8]) -> PyResult<Cipher> {
        let algorithm = Algorithm::from_name(&required::<String>("algorithm", algorithm)?).ok_or_else(|| {
            let names: Vec<&str> = Algorithm::ALL.iter().map(|known| known.name()).collect();
            let names = KeyName::list(&names);
            let text = SafeText::new("algorithm must be one of {}", "algorithm 须为 {} 之一", &[&names]);
            argument(py, ErrorKind::InputInvalid, "algorithm", text)
        })?;
        let (key, iv) = (sixteen(py, "key", key)?, sixteen(py, "iv", iv)?);
        fenced(py, || Cipher(CoreCipher::new(algorithm, &key, &iv)))
    }

    /// Base64 of the encrypted bytes.
    fn seal(&self, py: Python<'_>, plain: &[u8]) -> PyResult<String> {
        fenced(py, || self.0.seal(plain))
    }

    /// The text inside.
    fn open<'py>(&self, py: Python<'py>, sealed: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
        let sealed: String = required("sealed", sealed)?;
        let opened = fence(|| self.0.open(&sealed).map_err(|_| ErrorKind::AnswerUnreadable.into()));
        let plain = opened.map_err(|error| raise(py, &error))?;
        Ok(PyString::new(py, &plain))
    }
}

/// The two ciphers of one downstream unit, and the edition it speaks.
#[pyclass(frozen, module = "skm._native")]
pub struct Keys {
    keys: IdKeys,
    dialect: Arc<Dialect>,
}

#[pymethods]
impl Keys {
    /// Keys as a configuration writes them, in the dialect's encoding.
    #[new]
    #[pyo3(signature = (auth_key, body_key, dialect_path=None))]
    fn new(
        py: Python<'_>,
        auth_key: &Bound<'_, PyAny>,
        body_key: &Bound<'_, PyAny>,
        dialect_path: Option<PathBuf>,
    ) -> PyResult<Keys> {
        let dialect = dialect(py, dialect_path)?;
        let (auth, body): (Secret, Secret) = (required("auth_key", auth_key)?, required("body_key", body_key)?);
        let keys = fence(|| IdKeys::from_text(auth.expose(), body.expose(), &dialect.id));
        keys.map(|keys| Keys { keys, dialect }).map_err(|error| raise(py, &error))
    }

    /// The account in the `auth` header.
    fn open_auth<'py>(&self, py: Python<'py>, header: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
        let header: Zeroizing<String> = required("auth", header)?;
        let account = fence(|| self.keys.open_auth(&header)).map_err(|error| raise(py, &error))?;
        Ok(PyString::new(py, account.expose()))
    }

    /// number, name, organizeLocation, applyType.
    fn open_body<'py>(&self, py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let body = fence(|| self.keys.open_body(body)).map_err(|error| raise(py, &error))?;
        let (place, kind) = (body.organize_location.as_deref(), body.apply_type.as_deref());
        (body.number.expose(), body.name.expose(), place, kind).into_bound_py_any(py)
    }

    /// What `data` of the answer carries.
    fn seal_answer(
        &self,
        number: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        level: &Bound<'_, PyAny>,
        travel: &Bound<'_, PyAny>,
        reason: &Bound<'_, PyAny>,
    ) -> PyResult<String> {
        let py = reason.py();
        let (number, name): (PersonalText, PersonalText) = (required("number", number)?, required("name", name)?);
        let level: PersonalText = required("level", level)?;
        let (travel, reason): (Option<PersonalText>, Option<PersonalText>) =
            (optional("travel", travel)?, optional("reason", reason)?);
        let (travel, reason) = (travel.as_ref().map(PersonalText::expose), reason.as_ref().map(PersonalText::expose));
        let answer = IdAnswer::new(number.expose(), name.expose(), level.expose()).with(travel, reason);
        fenced(py, || self.keys.seal_answer(&answer))
    }

    /// The body of a success, in the words of the unit's edition; `level` is a level's own name.
    fn answer(
        &self,
        number: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        level: &Bound<'_, PyAny>,
        travel: &Bound<'_, PyAny>,
        reason: &Bound<'_, PyAny>,
    ) -> PyResult<String> {
        let py = reason.py();
        let (number, name): (PersonalText, PersonalText) = (required("number", number)?, required("name", name)?);
        let level = named_level(&required::<String>("level", level)?);
        let (travel, reason): (Option<PersonalText>, Option<PersonalText>) =
            (optional("travel", travel)?, optional("reason", reason)?);
        let (travel, reason) = (travel.as_ref().map(PersonalText::expose), reason.as_ref().map(PersonalText::expose));
        let alphabet = &self.dialect.level;
        let word = alphabet.word(level).unwrap_or(IdAnswer::unknown(alphabet));
        let answer = IdAnswer::new(number.expose(), name.expose(), word).with(travel, reason);
        fenced(py, || text(&id_answer(&answer, &self.keys, &self.dialect)))
    }
}

/// The body of a success of interface 3; `level` is a level's own name, `extra` a JSON object.
#[pyfunction]
#[pyo3(signature = (level, name, id_number_masked, phone, tip, qr_code, extra, dialect_path=None))]
#[allow(clippy::too_many_arguments, reason = "the members of table B.3")]
pub fn scan_answer_body(
    level: &Bound<'_, PyAny>,
    name: &Bound<'_, PyAny>,
    id_number_masked: &Bound<'_, PyAny>,
    phone: &Bound<'_, PyAny>,
    tip: &Bound<'_, PyAny>,
    qr_code: &Bound<'_, PyAny>,
    extra: &Bound<'_, PyAny>,
    dialect_path: Option<PathBuf>,
) -> PyResult<String> {
    let py = level.py();
    let dialect = dialect(py, dialect_path)?;
    let level = named_level(&required::<String>("level", level)?);
    let members: [(&str, &Bound<'_, PyAny>); 5] =
        [("name", name), ("id_number_masked", id_number_masked), ("phone", phone), ("tip", tip), ("qr_code", qr_code)];
    let mut texts: [Option<PersonalText>; 5] = Default::default();
    for (text, (field, value)) in texts.iter_mut().zip(members) {
        *text = optional(field, value)?;
    }
    let extra: PersonalText = required("extra", extra)?;
    let extra = JsonObject::parse(extra.expose().as_bytes()).map_err(|_| {
        argument(
            py,
            ErrorKind::InputInvalid,
            "extra",
            SafeText::new("extra is not a JSON object", "extra 不是 JSON 对象", &[]),
        )
    })?;
    let [name, id_number_masked, phone, tip, qr_code] =
        texts.each_ref().map(|it| it.as_ref().map(PersonalText::expose));
    let level = dialect.level.word(level);
    let answer = ScanAnswer { name, id_number_masked, level, phone, tip, qr_code, extra: Some(&extra) };
    fenced(py, || text(&scan_answer(&answer, &dialect)))
}

/// What is no colour's name is unknown.
fn named_level(name: &str) -> Level {
    let colours = [Level::Green, Level::Yellow, Level::Red];
    colours.into_iter().find(|level| level.as_str() == name).unwrap_or_default()
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
