//! The entries behind `SkmClient`.

use std::path::Path;
use std::time::{Duration, SystemTime};

use jni::objects::{JClass, JObject, JString};
use jni::sys::jlong;
use jni::{Env, EnvUnowned};
use serde_json::Value;
use skm::clock::{Clock, SystemClock, believable};
use skm::config::Config;
use skm::error::SafeText;
use skm::person::{CertificateNumber, PapersType, PersonName, PersonalText, Phone, Secret, Sex};
use skm::wire::json;
use skm::{Cancel, Client, Consent, Error, ErrorKind, IdRequest, JsonObject, ScanRequest, UserToken, UserTokenRequest};
use zeroize::Zeroizing;

use crate::fence::{Failure, Result, Strings, answer, fenced};
use crate::handle;
use crate::text::{self, fields, required, typed};

/// Reads a configuration as `ConfigSource` gives it: a form and its parts.
pub(crate) fn config(env: &mut Env<'_>, form: &JString<'_>, parts: &Strings<'_>) -> Result<Config> {
    let form = required(text::read(env, form, "form")?, "form")?;
    if form.as_str() == "keys" {
        return config_of_keys(text::list(env, parts, "properties")?);
    }
    let [first, second] = fields(env, parts, ["configuration", "base"])?;
    let first = required(first, "configuration")?;
    let config = match form.as_str() {
        "file" => Config::load(first.as_str())?,
        _ => Config::parse(&first, second.as_deref().map_or(Path::new(""), Path::new))?,
    };
    Ok(config)
}

fn config_of_keys(pairs: Vec<Option<Zeroizing<String>>>) -> Result<Config> {
    let mut builder = Config::builder();
    let mut pairs = pairs.into_iter();
    while let (Some(key), Some(value)) = (pairs.next(), pairs.next()) {
        builder = builder.set(&required(key, "key")?, typed::<String>(required(value, "value")?));
    }
    Ok(builder.build()?)
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_clientOpen<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    form: JString<'local>,
    parts: Strings<'local>,
) -> jlong {
    fenced(env, |env| Ok(handle::give(Client::new(config(env, &form, &parts)?)?)))
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_clientDeadlineMs<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    client: jlong,
) -> jlong {
    fenced(env, |_| {
        // SAFETY: `Handle` holds the client open.
        let client = unsafe { handle::get::<Client>(client) }?;
        Ok(jlong::try_from(client.deadline().as_millis()).unwrap_or(jlong::MAX))
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_clientMaxConnections<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    client: jlong,
) -> jlong {
    fenced(env, |_| {
        // SAFETY: `Handle` holds the client open.
        let client = unsafe { handle::get::<Client>(client) }?;
        Ok(jlong::try_from(client.config().http.max_connections).unwrap_or(jlong::MAX))
    })
}

/// What the venue decided, for failures on Java's side: `stay_shut` or `call_person`.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_clientWhenUnreachable<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    client: jlong,
) -> JString<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the client open.
        let client = unsafe { handle::get::<Client>(client) }?;
        Ok(text::write(env, client.config().when_unreachable.as_str())?)
    })
}

/// Records that could not be written to the evidence log.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_clientAuditFailures<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    client: jlong,
) -> jlong {
    fenced(env, |_| {
        // SAFETY: `Handle` holds the client open.
        let client = unsafe { handle::get::<Client>(client) }?;
        Ok(jlong::try_from(client.audit_failures()).unwrap_or(jlong::MAX))
    })
}

/// Ends running calls; the memory stays until `clientFree`.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_clientClose<'local>(env: EnvUnowned<'local>, _: JClass<'local>, client: jlong) {
    fenced(env, |_| {
        // SAFETY: `Handle` closes before it frees.
        let client = unsafe { handle::get::<Client>(client) }?;
        client.close();
        Ok(())
    });
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_clientFree<'local>(env: EnvUnowned<'local>, _: JClass<'local>, client: jlong) {
    fenced(env, |_| {
        // SAFETY: `Handle` frees once, after the last call has left.
        unsafe { handle::free::<Client>(client) };
        Ok(())
    });
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_cancelNew<'local>(env: EnvUnowned<'local>, _: JClass<'local>) -> jlong {
    fenced(env, |_| Ok(handle::give(Cancel::new())))
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_cancelFire<'local>(env: EnvUnowned<'local>, _: JClass<'local>, cancel: jlong) {
    fenced(env, |_| {
        // SAFETY: `Handle` fires before it frees.
        let cancel = unsafe { handle::get::<Cancel>(cancel) }?;
        cancel.cancel();
        Ok(())
    });
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_cancelFree<'local>(env: EnvUnowned<'local>, _: JClass<'local>, cancel: jlong) {
    fenced(env, |_| {
        // SAFETY: `Handle` frees once, after the last call has left.
        unsafe { handle::free::<Cancel>(cancel) };
        Ok(())
    });
}

/// The client of one call: with its own deadline in milliseconds (0: the configuration's) and its cancellation (0: none).
///
/// # Safety
/// `Handle` holds both numbers open for the call.
unsafe fn of_call(client: jlong, cancel: jlong, deadline_ms: jlong) -> Result<Client> {
    // SAFETY: as the caller promises.
    let mut client = unsafe { handle::get::<Client>(client) }?.clone();
    if let Ok(deadline @ 1..) = u64::try_from(deadline_ms) {
        client = client.with_deadline(Duration::from_millis(deadline));
    }
    if cancel != 0 {
        // SAFETY: as the caller promises.
        client = client.with_cancel(unsafe { handle::get::<Cancel>(cancel) }?.clone());
    }
    Ok(client)
}

/// A text that may be missing, as it is taken.
type Member = Option<Zeroizing<String>>;

/// Consent as `Consent.fill()` gives it. A missing one is left to the core to refuse.
fn consent(kind: Member, notice: Member, given_ms: Member) -> Result<Consent> {
    let notice: String = notice.map(typed).unwrap_or_default();
    let consent = match kind.as_deref().map(String::as_str) {
        Some("authorised") => Consent::authorised(notice),
        _ => Consent::explicit(notice),
    };
    match given_ms {
        Some(ms) => Ok(consent.given_at(given_at(&ms)?)),
        None => Ok(consent),
    }
}

/// Never "now" for a time that cannot be read: the evidence log would hold what nobody said.
fn given_at(ms: &str) -> Result<SystemTime> {
    let since = ms.parse::<i64>().ok().and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
    since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)).ok_or_else(|| {
        let (en, zh) = ("consent: givenAt must be a time after 1970", "consent:givenAt 须晚于 1970 年");
        Failure::Argument(Error::with(ErrorKind::InputInvalid, SafeText::new(en, zh, &[])), "consent")
    })
}

/// Refuses a consent that no call would take, where it is given.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_checkConsent<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    parts: Strings<'local>,
) {
    fenced(env, |env| {
        let [kind, notice, given] = fields(env, &parts, ["consent"; 3])?;
        let consent = consent(kind, notice, given)?;
        let now = if consent.when().is_some() { believable(&SystemClock)? } else { SystemClock.now() };
        Ok(consent.check(now)?)
    });
}

/// Refuses what is no certificate type, where it is given.
#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_checkPapersType<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    papers_type: JString<'local>,
) {
    fenced(env, |env| {
        let papers_type = required(text::read(env, &papers_type, "papers_type")?, "papers_type")?;
        Ok(typed::<PapersType>(papers_type).check()?)
    });
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_issueUserToken<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    client: jlong,
    cancel: jlong,
    deadline_ms: jlong,
    request: Strings<'local>,
) -> JObject<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds both open.
        let client = unsafe { of_call(client, cancel, deadline_ms) }?;
        let names = [
            "consent",
            "consent",
            "consent",
            "name",
            "papers_type",
            "number",
            "mobile",
            "email",
            "phone",
            "sex",
            "birth_date",
            "address",
            "post",
            "any_mobile",
            "lift_15",
        ];
        let [
            kind,
            notice,
            given,
            name,
            papers_type,
            number,
            mobile,
            email,
            phone,
            sex,
            birth_date,
            address,
            post,
            any,
            lift,
        ] = fields(env, &request, names)?;
        let consent = consent(kind, notice, given)?;
        let mut request = UserTokenRequest::new(
            typed::<PersonName>(required(name, "name")?),
            typed::<CertificateNumber>(required(number, "number")?),
            typed::<Phone>(required(mobile, "mobile")?),
            consent,
        );
        if let Some(papers_type) = papers_type {
            request.papers_type = typed(papers_type);
        }
        request.email = email.map(typed);
        request.phone = phone.map(typed);
        request.sex = sex.map(|code| Sex::from_code(&code)).transpose()?;
        request.birth_date = birth_date.map(typed);
        request.address = address.map(typed);
        request.post = post.map(typed);
        request.any_mobile = any.is_some();
        request.lift_15 = lift.is_some();
        let user = client.issue_user_token(&request)?;
        answer(env, &[Some(user.token.expose()), user.uuid.as_ref().map(|uuid| uuid.expose())])
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_displayUrl<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    client: jlong,
    user: Strings<'local>,
) -> JObject<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the client open.
        let client = unsafe { handle::get::<Client>(client) }?;
        let [token, uuid] = fields(env, &user, ["token", "uuid"])?;
        let user = UserToken::new(typed::<Secret>(required(token, "token")?), uuid.map(typed));
        let url = client.display_url(&user)?;
        answer(env, &[Some(url.expose())])
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_verifyScan<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    client: jlong,
    cancel: jlong,
    deadline_ms: jlong,
    request: Strings<'local>,
) -> JObject<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds both open.
        let client = unsafe { of_call(client, cancel, deadline_ms) }?;
        let names = [
            "consent",
            "consent",
            "consent",
            "qr_text",
            "position",
            "verifier_dept",
            "verifier_name",
            "verifier_phone",
        ];
        let [kind, notice, given, qr_text, position, dept, name, phone] = fields(env, &request, names)?;
        let mut request =
            ScanRequest::new(typed::<PersonalText>(required(qr_text, "qr_text")?), consent(kind, notice, given)?);
        request.position = position.map(typed);
        request.verifier_dept = dept.map(typed);
        request.verifier_name = name.map(typed);
        request.verifier_phone = phone.map(typed);
        let result = client.verify_scan(&request)?;
        let extra = extra(&result.extra);
        let mut parts = vec![
            Some(result.level().as_str()),
            Some(result.verdict().as_str()),
            result.name.as_ref().map(PersonName::expose),
            result.id_number_masked.as_ref().map(CertificateNumber::expose),
            result.phone.as_ref().map(Phone::expose),
            result.tip.as_ref().map(PersonalText::expose),
            result.qr_code.as_ref().map(PersonalText::expose),
        ];
        parts.extend(extra.iter().map(|text| Some(text.as_str())));
        answer(env, &parts)
    })
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_verifyId<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    client: jlong,
    cancel: jlong,
    deadline_ms: jlong,
    request: Strings<'local>,
) -> JObject<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds both open.
        let client = unsafe { of_call(client, cancel, deadline_ms) }?;
        let names = [
            "consent",
            "consent",
            "consent",
            "number",
            "name",
            "papers_type",
            "organize_location",
            "apply_type",
            "lift_15",
        ];
        let [kind, notice, given, number, name, papers_type, location, apply_type, lift] =
            fields(env, &request, names)?;
        let consent = consent(kind, notice, given)?;
        let mut request = IdRequest::new(
            typed::<CertificateNumber>(required(number, "number")?),
            typed::<PersonName>(required(name, "name")?),
            consent,
        );
        if let Some(papers_type) = papers_type {
            request.papers_type = typed(papers_type);
        }
        request.organize_location = location.map(typed);
        request.apply_type = apply_type.map(typed);
        request.lift_15 = lift.is_some();
        let result = client.verify_id(&request)?;
        let extra = extra(&result.extra);
        let mut parts = vec![
            Some(result.level().as_str()),
            Some(result.verdict().as_str()),
            Some(result.number.expose()),
            Some(result.name.expose()),
            result.travel.as_ref().map(PersonalText::expose),
            result.reason.as_ref().map(PersonalText::expose),
        ];
        parts.extend(extra.iter().map(|text| Some(text.as_str())));
        answer(env, &parts)
    })
}

/// Members the standard does not name: key, value, key, value. A text is given as it is, anything else as JSON.
fn extra(members: &JsonObject) -> Vec<Zeroizing<String>> {
    let written = |value: &_| String::from_utf8(json::write(value).to_vec()).unwrap_or_default();
    let pair = |(key, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| written(value), str::to_owned);
        [Zeroizing::new(key.clone()), Zeroizing::new(value)]
    };
    members.iter().flat_map(pair).collect()
}

#[unsafe(no_mangle)]
extern "system" fn Java_io_skm_Native_checkQr<'local>(
    env: EnvUnowned<'local>,
    _: JClass<'local>,
    client: jlong,
    scanned: JString<'local>,
) -> JObject<'local> {
    fenced(env, |env| {
        // SAFETY: `Handle` holds the client open.
        let client = unsafe { handle::get::<Client>(client) }?;
        let scanned = required(text::read(env, &scanned, "qr_text")?, "qr_text")?;
        let qr = client.check_qr(&scanned)?;
        answer(env, &[Some(qr.expose()), Some(qr.code()), qr.division()])
    })
}
