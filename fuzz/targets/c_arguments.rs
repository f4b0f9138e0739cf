//! C arguments: NULL, garbage, other encodings and wrong sizes in every function that takes a text, bytes or a struct.
//! What is refused has a number, texts and no result; what is given can be read and freed; nothing is green.
#![no_main]

use std::ffi::{CStr, CString, c_char};
use std::ptr::{null, null_mut};
use std::sync::LazyLock;

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use skm_c::cancel::*;
use skm_c::checks::*;
use skm_c::cipher::*;
use skm_c::client::*;
use skm_c::config::*;
use skm_c::error::*;
use skm_c::id::*;
use skm_c::many::*;
use skm_c::mask::*;
use skm_c::pending::*;
use skm_c::platform_gateway::*;
use skm_c::platform_id::*;
use skm_c::platform_scan::*;
use skm_c::scan::*;
use skm_c::text::*;
use skm_c::user_token::*;
use skm_c::verdict::*;
use skm_c::version::*;

const UNIT: &str = r#"
[user_token]
url = "https://127.0.0.1:1/gateway"
appmark = "fuzz"
appword = "fuzz-word"
[display]
url = "https://127.0.0.1:1/page"
[scan]
url = "https://127.0.0.1:1/scan"
source = "fuzz"
token = "fuzz-token"
position = "p,c,d,s"
verifier_dept = "fuzz"
verifier_name = "fuzz"
verifier_phone = "13800000000"
[id]
url = "https://127.0.0.1:1/id"
account = "fuzz"
auth_key = "MDEyMzQ1Njc4OWFiY2RlZg=="
body_key = "MDEyMzQ1Njc4OWFiY2RlZg=="
organize_location = "nowhere"
apply_type = "fuzz"
[http]
retries = 0
"#;

/// Clients in UTF-8 and GBK whose calls are cancelled before they begin: arguments are read, nothing is connected to.
struct Clients([usize; 2]);

static CLIENTS: LazyLock<Clients> = LazyLock::new(|| {
    let toml = CString::new(UNIT).expect("no NUL");
    let (mut cancel, mut client, mut cancelled) = (null_mut(), null_mut(), null_mut());
    assert_eq!(skm_cancel_new(&mut cancel, null_mut()), 0);
    assert_eq!(skm_client_parse(toml.as_ptr(), null(), &mut client, null_mut()), 0);
    // SAFETY: just made by the library, which boxed it.
    let cancel = Some(unsafe { Box::from_raw(cancel) });
    assert_eq!(skm_client_with_cancel(client, cancel.as_deref(), &mut cancelled, null_mut()), 0);
    skm_cancel_cancel(cancel.as_deref());
    skm_cancel_free(cancel);
    skm_client_free(client);
    let mut gbk = null_mut();
    assert_eq!(skm_client_with_encoding(cancelled, SKM_ENCODING_GBK, &mut gbk, null_mut()), 0);
    Clients([cancelled as usize, gbk as usize])
});

/// Arguments taken from the input; texts and structs live as long as this.
struct Given<'a> {
    input: Unstructured<'a>,
    texts: Vec<CString>,
    structs: Vec<Vec<u64>>,
}

impl Given<'_> {
    fn text(&mut self) -> Result<*const c_char> {
        if self.input.ratio(1, 16)? {
            return Ok(null());
        }
        let bytes: &[u8] = self.input.arbitrary()?;
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        self.texts.push(CString::new(&bytes[..end]).expect("cut at NUL"));
        Ok(self.texts[self.texts.len() - 1].as_ptr())
    }

    /// Bytes of exactly the length that goes with them, so that a read beyond them is seen.
    fn bytes(&mut self) -> Result<(*const u8, usize)> {
        if self.input.ratio(1, 16)? {
            return Ok((null(), self.input.arbitrary()?));
        }
        let bytes: &[u8] = self.input.arbitrary()?;
        let words = self.structs.len();
        self.structs.push(vec![0; bytes.len().div_ceil(8).max(1)]);
        let place = self.structs[words].as_mut_ptr().cast::<u8>();
        // SAFETY: at least as long as the bytes.
        unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok((place, bytes.len()))
    }

    fn client(&mut self) -> Result<*const skm_client> {
        Ok(match self.input.int_in_range(0..=8)? {
            0 => null(),
            n => CLIENTS.0[n % 2] as *const skm_client,
        })
    }

    /// A struct of any size it may claim, its tail zero or not, as an older or newer header has it.
    fn sized<T: Copy>(&mut self, value: T) -> Result<*const T> {
        if self.input.ratio(1, 16)? {
            return Ok(null());
        }
        let size = if self.input.ratio(3, 4)? { size_of::<T>() } else { self.input.int_in_range(0..=5000)? };
        let tail = if self.input.ratio(1, 8)? { u64::MAX } else { 0 };
        let mut words = vec![tail; size.div_ceil(8).max(1)];
        let known = size.min(size_of::<T>());
        // SAFETY: both have `known` bytes.
        unsafe { words.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping((&raw const value).cast(), known) };
        words[0] = size as u64;
        self.structs.push(words);
        Ok(self.structs[self.structs.len() - 1].as_ptr().cast())
    }

    fn scan_request(&mut self) -> Result<*const skm_scan_request> {
        let request = skm_scan_request {
            struct_size: 0,
            qr_text: self.text()?,
            consent_notice: self.text()?,
            consent_kind: self.input.int_in_range(-1..=2)?,
            consent_given_at: self.input.arbitrary()?,
            position: self.text()?,
            verifier_dept: self.text()?,
            verifier_name: self.text()?,
            verifier_phone: self.text()?,
        };
        self.sized(request)
    }

    fn id_request(&mut self) -> Result<*const skm_id_request> {
        let request = skm_id_request {
            struct_size: 0,
            number: self.text()?,
            name: self.text()?,
            consent_notice: self.text()?,
            consent_kind: self.input.int_in_range(-1..=2)?,
            consent_given_at: self.input.arbitrary()?,
            papers_type: self.text()?,
            organize_location: self.text()?,
            apply_type: self.text()?,
            flags: self.input.arbitrary()?,
        };
        self.sized(request)
    }

    fn token_request(&mut self) -> Result<*const skm_token_request> {
        let request = skm_token_request {
            struct_size: 0,
            name: self.text()?,
            number: self.text()?,
            mobile: self.text()?,
            consent_notice: self.text()?,
            consent_kind: self.input.int_in_range(-1..=2)?,
            consent_given_at: self.input.arbitrary()?,
            papers_type: self.text()?,
            email: self.text()?,
            phone: self.text()?,
            sex: self.text()?,
            birth_date: self.text()?,
            address: self.text()?,
            post: self.text()?,
            flags: self.input.arbitrary()?,
        };
        self.sized(request)
    }
}

/// Reads a text to its NUL, so that a missing one is seen.
fn read(text: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: NULL or lent by the library.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes().to_vec())
}

/// Makes one call with a place for its result and one for its error, and holds it to the contract of both.
fn made<T>(call: impl FnOnce(*mut *mut T, *mut *mut skm_error) -> skm_status) -> Option<Box<T>> {
    let (mut out, mut error) = (null_mut(), null_mut());
    let status = call(&mut out, &mut error);
    refused(status, error);
    assert_eq!(status == 0, !out.is_null(), "a result exactly on success");
    // SAFETY: given by the library, boxed there; clients are not made here.
    (!out.is_null()).then(|| unsafe { Box::from_raw(out) })
}

/// A status and its error belong together.
fn refused(status: skm_status, error: *mut skm_error) {
    assert_eq!(status == 0, error.is_null(), "an error exactly on failure");
    assert_ne!(status, 900, "an internal error");
    if error.is_null() {
        return;
    }
    // SAFETY: given by the library.
    let error = unsafe { Box::from_raw(error) };
    let told = Some(&*error);
    assert_eq!(skm_error_number(told), status);
    let message = read(skm_error_message(told)).expect("a message");
    assert!(!message.is_empty() && !message.contains(&b'\n'));
    assert!(read(skm_error_message_zh(told)).is_some_and(|text| !text.is_empty()));
    for text in [skm_error_name(told), skm_error_field(told), skm_error_reason(told), skm_error_interface(told)] {
        read(text);
    }
    for text in [skm_error_platform_code(told), skm_error_platform_text(told)] {
        assert_eq!(read(text), None, "no platform was asked");
    }
    read(skm_error_when_unreachable(told));
    assert!(!skm_error_audit_failed(told), "no log is kept");
    skm_error_free(Some(error));
}

fn shown(text: Option<Box<skm_text>>) {
    if let Some(text) = text {
        let bytes = read(skm_text_value(Some(&text))).expect("a text");
        assert_eq!(bytes.len(), skm_text_length(Some(&text)));
        skm_text_free(Some(text));
    }
}

fn one(given: &mut Given<'_>) -> Result<()> {
    match given.input.int_in_range(0..=21)? {
        0 => {
            let (number, lift) = (given.text()?, given.input.arbitrary()?);
            if let Some(id) = made(|out, error| skm_check_id_number(number, lift, out, error)) {
                assert_eq!(read(skm_id_number_value(Some(&id))).map(|text| text.len()), Some(18));
                read(skm_id_number_birth_date(Some(&id)));
                read(skm_id_number_sex(Some(&id)));
                skm_id_number_free(Some(id));
            }
        }
        1 => {
            let (client, text) = (given.client()?, given.text()?);
            if let Some(qr) = made(|out, error| skm_check_qr(client, text, out, error)) {
                assert!(read(skm_qr_text(Some(&qr))).is_some() && read(skm_qr_code(Some(&qr))).is_some());
                read(skm_qr_division(Some(&qr)));
                skm_qr_free(Some(qr));
            }
        }
        2 => {
            let (mark, word, time) = (given.text()?, given.text()?, given.text()?);
            shown(made(|out, error| skm_sign(mark, word, time, out, error)));
            let (sign, mut right, mut error) = (given.text()?, false, null_mut());
            refused(skm_check_sign(mark, word, time, sign, &mut right, &mut error), error);
        }
        3 => {
            let (algorithm, key, iv) = (given.text()?, given.bytes()?, given.input.arbitrary::<[u8; 16]>()?);
            let iv = if given.input.arbitrary()? { iv.as_ptr() } else { null() };
            let cipher = made(|out, error| skm_cipher_new(algorithm, key.0, key.1, iv, out, error));
            let (plain, sealed) = (given.bytes()?, given.text()?);
            let borrowed = cipher.as_deref();
            shown(made(|out, error| skm_cipher_seal(borrowed, plain.0.cast(), plain.1, out, error)));
            shown(made(|out, error| skm_cipher_open(borrowed, sealed, out, error)));
            skm_cipher_free(cipher);
        }
        4 => {
            let mut config = made(|out, error| skm_config_new(out, error)).expect("an empty configuration");
            for _ in 0..given.input.int_in_range(0..=6)? {
                let (key, value, mut error) = (given.text()?, given.text()?, null_mut());
                // Files that a configuration may name are not part of this.
                if read(key)
                    .is_some_and(|key| key.ends_with(b"_file") || key.starts_with(b"audit") || key == b"dialect")
                {
                    continue;
                }
                refused(skm_config_set(Some(&mut config), key, value, &mut error), error);
            }
            let (mut client, mut error) = (null_mut(), null_mut());
            refused(skm_client_new(Some(&config), &mut client, &mut error), error);
            skm_client_free(client);
            skm_config_free(Some(config));
        }
        5 => {
            let (client, request) = (given.client()?, given.scan_request()?);
            assert!(made(|out, error| skm_verify_scan(client, request, out, error)).is_none());
        }
        6 => {
            let (client, request) = (given.client()?, given.id_request()?);
            assert!(made(|out, error| skm_verify_id(client, request, out, error)).is_none());
        }
        7 => {
            let (client, request) = (given.client()?, given.token_request()?);
            assert!(made(|out, error| skm_issue_user_token(client, request, out, error)).is_none());
        }
        8 => {
            let (client, token, uuid) = (given.client()?, given.text()?, given.text()?);
            shown(made(|out, error| skm_display_url(client, token, uuid, out, error)));
        }
        9 => {
            let text = given.text()?;
            shown(made(|out, error| skm_mask_name(text, out, error)));
            shown(made(|out, error| skm_mask_certificate(text, out, error)));
            shown(made(|out, error| skm_mask_phone(text, out, error)));
        }
        10 => {
            let (gbk, text) = (given.bytes()?, given.text()?);
            shown(made(|out, error| skm_text_from_gbk(gbk.0.cast(), gbk.1, out, error)));
            shown(made(|out, error| skm_text_to_gbk(text, out, error)));
        }
        11 => {
            let (method, kind, query, body) = (given.text()?, given.text()?, given.text()?, given.bytes()?);
            let received =
                made(|out, error| skm_platform_read_user_token(method, kind, query, body.0, body.1, out, error));
            let call = received.as_deref();
            for text in [skm_user_token_call_appmark(call), skm_user_token_call_time(call)] {
                assert_eq!(read(text).is_some(), call.is_some());
            }
            read(skm_user_token_call_params(call));
            read(skm_user_token_call_servicename(call));
            let (word, mut right, mut error) = (given.text()?, false, null_mut());
            refused(skm_user_token_call_check_sign(call, word, &mut right, &mut error), error);
            let (client, window, mut ahead, mut error) = (given.client()?, given.input.arbitrary()?, 0, null_mut());
            refused(skm_user_token_call_check_time(call, client, window, &mut ahead, &mut error), error);
            skm_user_token_call_free(received);
        }
        12 => {
            let (client, auth, body) = (given.client()?, given.bytes()?, given.bytes()?);
            let keys = made(|out, error| skm_id_keys_new(client, auth.0, auth.1, body.0, body.1, out, error));
            let (header, sealed) = (given.text()?, given.bytes()?);
            shown(made(|out, error| skm_id_keys_open_auth(keys.as_deref(), header, out, error)));
            let call = made(|out, error| skm_id_keys_open_body(keys.as_deref(), sealed.0, sealed.1, out, error));
            assert_eq!(read(skm_id_call_number(call.as_deref())).is_some(), call.is_some());
            read(skm_id_call_name(call.as_deref()));
            skm_id_call_free(call);
            let answer = skm_id_answer {
                struct_size: 0,
                number: given.text()?,
                name: given.text()?,
                level: given.text()?,
                travel: given.text()?,
                reason: given.text()?,
            };
            let answer = given.sized(answer)?;
            shown(made(|out, error| skm_id_keys_seal_answer(keys.as_deref(), answer, out, error)));
            skm_id_keys_free(keys);
        }
        13 => {
            let body = given.bytes()?;
            let received = made(|out, error| skm_platform_read_scan(body.0, body.1, out, error));
            let call = received.as_deref();
            for text in [skm_scan_call_qr_text(call), skm_scan_call_token(call), skm_scan_call_verifier_phone(call)] {
                assert_eq!(read(text).is_some(), call.is_some());
            }
            skm_scan_call_free(received);
        }
        14 => {
            let (abi, version, mut error) = (given.input.arbitrary()?, given.text()?, null_mut());
            refused(skm_check_version(abi, version, &mut error), error);
        }
        15 => {
            let number: i32 = given.input.arbitrary()?;
            assert_eq!(skm_verdict_is_green(number), number == SKM_VERDICT_GREEN);
            let names = [skm_verdict_name(number), skm_level_name(number), skm_status_name(number)];
            for text in [names[0], names[1], names[2], skm_status_text(number), skm_status_text_zh(number)] {
                read(text);
            }
            skm_status_retryable(number);
            skm_status_at(given.input.arbitrary()?);
        }
        16 => {
            let (client, deadline, encoding) = (given.client()?, given.input.arbitrary()?, given.input.arbitrary()?);
            let (mut changed, mut error) = (null_mut(), null_mut());
            refused(skm_client_with_deadline(client, deadline, &mut changed, &mut error), error);
            skm_client_free(changed);
            let (mut changed, mut error) = (null_mut(), null_mut());
            refused(skm_client_with_encoding(client, encoding, &mut changed, &mut error), error);
            skm_client_free(changed);
        }
        17 => {
            let toml = given.text()?;
            let names_files = |text: Vec<u8>| {
                let text = String::from_utf8_lossy(&text).into_owned();
                text.contains("_file") || text.contains("dialect") || text.contains("audit") || text.contains('\\')
            };
            if read(toml).is_some_and(names_files) {
                return Ok(());
            }
            let (mut client, mut error) = (null_mut(), null_mut());
            refused(skm_client_parse(toml, null(), &mut client, &mut error), error);
            skm_client_free(client);
        }
        18 => {
            let (client, request) = (given.client()?, given.scan_request()?);
            submitted(
                |out, error| skm_submit_scan(client, request, None, null_mut(), out, error),
                skm_pending_scan_result,
            );
        }
        19 => {
            let (client, request) = (given.client()?, given.id_request()?);
            submitted(|out, error| skm_submit_id(client, request, None, null_mut(), out, error), skm_pending_id_result);
        }
        20 => {
            let (client, request) = (given.client()?, given.token_request()?);
            submitted(
                |out, error| skm_submit_user_token(client, request, None, null_mut(), out, error),
                skm_pending_user_token,
            );
        }
        _ => {
            let (client, first, second) = (given.client()?, given.id_request()?, given.id_request()?);
            let requests = [first, second, null()];
            let (count, mut error) = (given.input.int_in_range(0..=3)?, null_mut());
            let workers = given.input.int_in_range(0..=3)?;
            let status =
                skm_verify_many_ids(client, requests.as_ptr(), count, workers, Some(id_row), null_mut(), &mut error);
            refused(status, error);

            let (first, second) = (given.scan_request()?, given.scan_request()?);
            let (requests, mut error) = ([first, second, null()], null_mut());
            let status =
                skm_verify_many_scans(client, requests.as_ptr(), count, workers, Some(row), null_mut(), &mut error);
            refused(status, error);
        }
    }
    Ok(())
}

/// A submitted call of a cancelled client ends, and has no result.
fn submitted<T>(
    submit: impl FnOnce(*mut *mut skm_pending, *mut *mut skm_error) -> skm_status,
    result: extern "C" fn(Option<&skm_pending>, *mut *mut T, *mut *mut skm_error) -> skm_status,
) {
    let (mut pending, mut error) = (null_mut(), null_mut());
    let status = submit(&mut pending, &mut error);
    refused(status, error);
    assert_eq!(status == 0, !pending.is_null(), "a submitted call exactly on success");
    // SAFETY: NULL or given by the library, and not freed before the end of this function.
    let call = unsafe { pending.as_ref() };
    assert!(skm_pending_wait(call, 10_000) && skm_pending_poll(call));
    assert!(made(|out, error| result(call, out, error)).is_none());
    skm_pending_free(pending);
}

extern "C" fn row(
    _: usize,
    status: skm_status,
    result: *const skm_scan_result,
    error: *const skm_error,
    _: *mut std::ffi::c_void,
) -> bool {
    assert!(status != 0 && result.is_null() && !error.is_null(), "a cancelled call has no result");
    true
}

extern "C" fn id_row(
    _: usize,
    status: skm_status,
    result: *const skm_id_result,
    error: *const skm_error,
    _: *mut std::ffi::c_void,
) -> bool {
    assert!(status != 0 && result.is_null() && !error.is_null(), "a cancelled call has no result");
    true
}

fuzz_target!(|data: &[u8]| {
    let mut given = Given { input: Unstructured::new(data), texts: Vec::new(), structs: Vec::new() };
    while !given.input.is_empty() {
        if one(&mut given).is_err() {
            return;
        }
    }
});
