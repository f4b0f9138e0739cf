//! The four interfaces end to end, every refusal of the tables, batches and submitted calls, against the sandbox.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/platform.rs"]
mod platform;

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use platform::{client, consent, id_request, person, scan_request, start, token_request};
use skm::{
    BatchOptions, Cancel, Check, Checked, ErrorKind, IdRequest, IdResult, Level as SkmLevel, ScanRequest, Unverified,
    Verdict, WhenUnreachable,
};
use skm_sandbox::{
    ClockSetting, DataForm, Fault, IdData, Interface, Kind, Level, LevelForm, Options, Sandbox, Settings,
};

#[test]
fn one_person_through_all_four() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let someone = person(&sandbox, Level::Green);
    let user = client.issue_user_token(&token_request(&someone)).unwrap();
    let url = client.display_url(&user).unwrap();
    assert!(url.expose().starts_with(&sandbox.base_url()) && url.expose().contains("token="));
    let scanned = client.verify_scan(&scan_request(&sandbox, &someone)).unwrap();
    assert!(scanned.is_green());
    let masked = scanned.id_number_masked.unwrap();
    let masked = masked.expose();
    assert!(masked.contains("****") && masked.starts_with(&someone.number[..4]), "{masked}");
    let verified = client.verify_id(&id_request(&someone)).unwrap();
    assert!(verified.is_green());
    assert_eq!(verified.number.expose(), someone.number);
    assert_eq!(sandbox.journal().len(), 3);
}

#[test]
fn every_level_gives_its_verdict_and_only_green_is_green() {
    let sandbox = start();
    let client = client(&sandbox, "");
    for (level, verdict) in [
        (Level::Green, Verdict::Green),
        (Level::Yellow, Verdict::Yellow),
        (Level::Red, Verdict::Red),
        (Level::Unknown, Verdict::Unverified(Unverified::LevelUnknown)),
    ] {
        let someone = person(&sandbox, level);
        assert_eq!(client.verify_scan(&scan_request(&sandbox, &someone)).unwrap().verdict(), verdict);
        let result = client.verify_id(&id_request(&someone)).unwrap();
        assert_eq!(result.verdict(), verdict);
        assert_eq!(result.is_green(), level == Level::Green);
    }
}

#[test]
fn every_way_of_wrapping_an_answer() {
    let person_green = |sandbox: &Sandbox| person(sandbox, Level::Green);
    for data_form in [DataForm::Object, DataForm::String, DataForm::StringTwice] {
        for (level_form, id_data) in [(LevelForm::Word, IdData::Sealed), (LevelForm::Digit, IdData::Plain)] {
            let settings = Settings { data_form, level_form, id_data, ..Settings::default() };
            let sandbox = Sandbox::start(Options { settings, ..Options::on_free_port() }).unwrap();
            let client = client(&sandbox, "");
            let someone = person_green(&sandbox);
            client.issue_user_token(&token_request(&someone)).unwrap();
            assert!(client.verify_scan(&scan_request(&sandbox, &someone)).unwrap().is_green());
            assert!(client.verify_id(&id_request(&someone)).unwrap().is_green());
        }
    }
}

fn magic_qr(code: u16) -> String {
    let part = "A".repeat(64);
    format!("https://skm.example.invalid/healthAct/index.html?qrCode=V5{code:032}320000&b={part}#/result")
}

#[test]
fn every_refusal_of_interface_3() {
    let sandbox = start();
    let client = client(&sandbox, "");
    for (code, kind) in [
        (1, ErrorKind::Refused),
        (111, ErrorKind::QrExpired),
        (112, ErrorKind::QrNotSkm),
        (116, ErrorKind::NoAccess),
        (118, ErrorKind::NoAccess),
        (119, ErrorKind::UpdateRequired),
        (117, ErrorKind::Refused),
    ] {
        let error = client.verify_scan(&ScanRequest::new(magic_qr(code), consent())).unwrap_err();
        assert_eq!((error.kind(), error.platform_code()), (kind, Some(code.to_string().as_str())));
        assert_eq!(error.attempts(), 1, "{code}: a refusal is an answer");
    }
}

#[test]
fn every_refusal_of_interface_1() {
    let sandbox = start();
    let client = client(&sandbox, "");
    for code in [201, 202, 203, 204, 207, 209, 299, 250] {
        let mut request = token_request(&person(&sandbox, Level::Green));
        request.mobile = format!("19900000{code}").into();
        let error = client.issue_user_token(&request).unwrap_err();
        assert_eq!((error.kind(), error.platform_code()), (ErrorKind::Refused, Some(code.to_string().as_str())));
    }
}

#[test]
fn every_refusal_of_interface_4() {
    let sandbox = start();
    let client = client(&sandbox, "retries = 0");
    let magic = [
        ("400", ErrorKind::Refused),
        ("401", ErrorKind::NoAccess),
        ("403", ErrorKind::NoAccess),
        ("404", ErrorKind::PersonNotFound),
        ("429", ErrorKind::Busy),
        ("500", ErrorKind::Refused),
    ];
    for (code, kind) in magic {
        let number = resident_number(&format!("99000019000101{code}"));
        let error = client.verify_id(&IdRequest::new(number, "测试", consent())).unwrap_err();
        assert_eq!((error.kind(), error.platform_code()), (kind, Some(code)));
    }
}

/// The 17 digits with their check character.
fn resident_number(digits: &str) -> String {
    let today = jiff::civil::date(2100, 1, 1);
    let fits = |check: &char| skm::person::ResidentId::parse(&format!("{digits}{check}"), today).is_ok();
    let check = "0123456789X".chars().find(fits).unwrap();
    format!("{digits}{check}")
}

#[test]
fn a_wrong_clock_is_measured_not_guessed() {
    for seconds in [-3600_i64, 3600] {
        let sandbox = start();
        let client = client(&sandbox, "");
        let fault = Fault { seconds: Some(seconds), ..Fault::new(Interface::IssueUserToken, Kind::Clock) };
        sandbox.add_fault(fault).unwrap();
        let error = client.issue_user_token(&token_request(&person(&sandbox, Level::Green))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ClockSkew);
        let offset = error.clock_offset_s().unwrap();
        assert!((offset + seconds).abs() <= 5, "{offset} for {seconds}");
        assert_eq!(error.platform_code(), Some("202"));
    }
}

#[test]
fn a_frozen_platform_and_a_frozen_client_agree() {
    let now = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_609_473_600);
    let clock = ClockSetting::Frozen(1_609_473_600);
    let sandbox = Sandbox::start(Options { clock, ..Options::on_free_port() }).unwrap();
    let config = skm::Config::parse(&sandbox.config_toml(), std::path::Path::new("")).unwrap();
    let client = skm::Client::with_clock(config, std::sync::Arc::new(skm::clock::FrozenClock(now))).unwrap();
    client.issue_user_token(&token_request(&person(&sandbox, Level::Green))).unwrap();
}

#[test]
fn input_is_refused_before_anything_is_sent() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let someone = person(&sandbox, Level::Green);
    let kind = |result: skm::Result<skm::IdResult>| {
        let error = result.unwrap_err();
        (error.kind(), error.field().map(str::to_owned))
    };
    let verify = |number: &str, name: &str, notice: &str| {
        kind(client.verify_id(&IdRequest::new(number, name, skm::Consent::explicit(notice))))
    };
    assert_eq!(verify(&someone.number, &someone.name, " "), (ErrorKind::ConsentMissing, None));
    assert_eq!(verify("320000198506304143", "李四", "A-12"), (ErrorKind::InputInvalid, Some("number".to_owned())));
    assert_eq!(verify(&someone.number, "", "A-12"), (ErrorKind::InputInvalid, Some("name".to_owned())));
    assert_eq!(verify(&someone.number, "李\u{0}四", "A-12"), (ErrorKind::InputInvalid, Some("name".to_owned())));
    assert_eq!(
        verify(&someone.number, &"长".repeat(100_000), "A-12"),
        (ErrorKind::InputInvalid, Some("name".to_owned()))
    );
    let in_milliseconds = std::time::UNIX_EPOCH + Duration::from_secs(1_609_473_600_000);
    let when = skm::Consent::explicit("A-12").given_at(in_milliseconds);
    let error = client.verify_id(&IdRequest::new(someone.number.as_str(), someone.name.as_str(), when)).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InputInvalid, Some("consent")));
    let mut request = token_request(&someone);
    request.mobile = "025-83660000".into();
    assert_eq!(client.issue_user_token(&request).unwrap_err().field(), Some("mobile"));
    request.mobile = someone.mobile.as_str().into();
    for birth_date in ["1985-02-30", "+1985-2-01", "-000100-01-01", "19850201", "1985-02-01T00:00"] {
        request.birth_date = Some(birth_date.into());
        assert_eq!(client.issue_user_token(&request).unwrap_err().field(), Some("birth_date"), "{birth_date}");
    }
    assert!(sandbox.journal().is_empty());
}

#[test]
fn a_batch_keeps_order_and_survives_failed_rows() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let (green, red) = (person(&sandbox, Level::Green), person(&sandbox, Level::Red));
    let row = |at: usize| match at % 3 {
        0 => Check::Id(id_request(&green)),
        1 => Check::Id(id_request(&red)),
        _ => Check::Id(IdRequest::new("not a number", "李四", consent())),
    };
    let (tell, told) = channel();
    let options = BatchOptions::new().with_workers(8).with_progress(move |progress| tell.send(progress).unwrap());
    let results: Vec<_> = client.verify_many((0..300).map(row), options).collect();
    assert_eq!(results.len(), 300);
    for (at, result) in results.iter().enumerate() {
        match at % 3 {
            0 => assert_eq!(result.as_ref().unwrap().verdict(), Verdict::Green),
            1 => assert_eq!(result.as_ref().unwrap().verdict(), Verdict::Red),
            _ => assert_eq!(result.as_ref().unwrap_err().kind(), ErrorKind::InputInvalid),
        }
    }
    let last = told.iter().last().unwrap();
    assert_eq!((last.done, last.green, last.failed), (300, 100, 100));
}

#[test]
fn a_batch_takes_no_more_rows_than_it_has_room_for() {
    let sandbox = start();
    let client = client(&sandbox, "");
    let green = person(&sandbox, Level::Green);
    let given = std::cell::Cell::new(0_u32);
    let rows = std::iter::repeat_with(|| {
        given.set(given.get() + 1);
        Check::Id(id_request(&green))
    });
    let mut batch = client.verify_many(rows, BatchOptions::new().with_workers(4));
    assert!(matches!(batch.next(), Some(Ok(Checked::Id(_)))));
    assert!(given.get() <= 20, "{} rows were taken for one result", given.get());
}

#[test]
fn a_cancelled_batch_ends_at_once_and_says_so_for_every_row() {
    let sandbox = start();
    let client = client(&sandbox, "deadline_ms = 60000");
    sandbox.add_fault(Fault::new(Interface::VerifyId, Kind::Stall)).unwrap();
    let green = person(&sandbox, Level::Green);
    let cancel = Cancel::new();
    let options = BatchOptions::new().with_workers(4).with_cancel(cancel.clone());
    let rows = (0..50).map(|_| Check::Id(id_request(&green)));
    let started = Instant::now();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        cancel.cancel();
    });
    let kinds: Vec<_> = client.verify_many(rows, options).map(|result| result.unwrap_err().kind()).collect();
    assert_eq!(kinds, vec![ErrorKind::Closed; 50]);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn submitted_calls_end_once_each_by_result_deadline_or_cancel() {
    let sandbox = start();
    let client = client(&sandbox, "max_connections = 2");
    let green = person(&sandbox, Level::Green);
    let (done, results) = channel();
    let submit = |deadline: u64, name: &'static str| {
        let (request, done) = (id_request(&green), done.clone());
        client
            .with_deadline(Duration::from_millis(deadline))
            .submit(move |client| client.verify_id(&request), move |result| done.send((name, result)).unwrap())
            .unwrap()
    };
    submit(5000, "quick");
    let (name, result) = results.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!((name, result.unwrap().level()), ("quick", SkmLevel::Green));

    sandbox.add_fault(Fault::new(Interface::VerifyId, Kind::Stall)).unwrap();
    let started = Instant::now();
    let first = submit(60_000, "stalled");
    let second = submit(60_000, "stalled");
    submit(300, "waited for a thread");
    let (name, result) = results.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!((name, result.unwrap_err().kind()), ("waited for a thread", ErrorKind::DeadlineExceeded));
    assert!(started.elapsed() < Duration::from_millis(450), "{:?}", started.elapsed());
    first.cancel();
    second.cancel();
    for _ in 0..2 {
        let (name, result) = results.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!((name, result.unwrap_err().kind()), ("stalled", ErrorKind::Closed));
    }
    assert!(results.try_recv().is_err(), "each call ends once");
}

#[test]
fn a_call_that_never_got_a_thread_leaves_its_record_and_carries_what_the_venue_decided() {
    let sandbox = start();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit.jsonl");
    let more = format!("[audit]\nfile = {log:?}\n[gate]\nwhen_unreachable = \"call_person\"");
    let client = client(&sandbox, &format!("max_connections = 1\n{more}"));
    sandbox.add_fault(Fault::new(Interface::VerifyId, Kind::Stall)).unwrap();
    let green = person(&sandbox, Level::Green);
    let (done, results) = channel();
    let submit = |deadline: u64| {
        let (request, done) = (id_request(&green), done.clone());
        let client = client.with_deadline(Duration::from_millis(deadline));
        client.submit(move |client| client.verify_id(&request), move |result| done.send(result).unwrap()).unwrap()
    };
    let stalled = submit(60_000);
    submit(200);
    let error = results.recv_timeout(Duration::from_secs(5)).unwrap().unwrap_err();
    assert_eq!(
        (error.kind(), error.when_unreachable()),
        (ErrorKind::DeadlineExceeded, Some(WhenUnreachable::CallPerson))
    );
    // The caller is told first.
    let written = || std::fs::read_to_string(&log).unwrap();
    let begun = Instant::now();
    while written().is_empty() && begun.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let records = written();
    assert!(records.lines().count() == 1 && records.contains("deadline_exceeded"), "{records}");
    stalled.cancel();
    assert_eq!(results.recv_timeout(Duration::from_secs(5)).unwrap().unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn a_callback_that_panics_costs_no_other_call_its_deadline() {
    let sandbox = start();
    let client = client(&sandbox, "max_connections = 1");
    sandbox.add_fault(Fault::new(Interface::VerifyId, Kind::Stall)).unwrap();
    let green = person(&sandbox, Level::Green);
    let (done, results) = channel();
    let submit = |deadline: u64, name: &'static str| {
        let (request, done) = (id_request(&green), done.clone());
        let done = move |result: skm::Result<IdResult>| {
            done.send((name, result.unwrap_err().kind())).unwrap();
            if name == "panics" {
                // Without a word: what printing a backtrace takes is not what is measured here.
                std::panic::resume_unwind(Box::new(()));
            }
        };
        let client = client.with_deadline(Duration::from_millis(deadline));
        client.submit(move |client| client.verify_id(&request), done).unwrap()
    };
    let stalled = submit(60_000, "stalled");
    submit(200, "panics");
    submit(200, "same pass");
    submit(400, "later pass");
    let started = Instant::now();
    let mut ended: Vec<_> = (0..3).map(|_| results.recv_timeout(Duration::from_secs(5)).unwrap()).collect();
    ended.sort_unstable();
    let late = ErrorKind::DeadlineExceeded;
    assert_eq!(ended, [("later pass", late), ("panics", late), ("same pass", late)]);
    assert!(started.elapsed() < Duration::from_millis(550), "{:?}", started.elapsed());
    stalled.cancel();
    assert_eq!(results.recv_timeout(Duration::from_secs(5)).unwrap(), ("stalled", ErrorKind::Closed));
}

#[test]
fn a_deadline_beyond_the_clock_is_far_away() {
    let sandbox = start();
    let client = client(&sandbox, "").with_deadline(Duration::MAX);
    assert!(client.verify_id(&id_request(&person(&sandbox, Level::Green))).unwrap().is_green());
}

#[test]
fn sixty_four_threads_share_one_client() {
    let sandbox = start();
    let client = client(&sandbox, "max_connections = 8");
    let green = person(&sandbox, Level::Green);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert!(client.verify_id(&id_request(&green)).unwrap().is_green());
                }
            });
        }
    });
    assert_eq!(sandbox.journal().len(), 320);
}
