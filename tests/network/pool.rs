//! Connections between calls: kept as long as they are of use, and no longer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use skm::ErrorKind;

use super::tls::Authority;
use super::{GRACE, GREEN, accept, answer, client, read_request, scan, server, silent};

#[test]
fn an_error_page_does_not_cost_its_connection() {
    let page = "x".repeat(3000);
    let pieces = page.as_bytes().chunks(1000).map(|piece| format!("3e8\r\n{}\r\n", String::from_utf8_lossy(piece)));
    let chunked = format!("Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", pieces.collect::<String>());
    for rest in ["Content-Length: 0\r\n\r\n".to_owned(), format!("Content-Length: 3000\r\n\r\n{page}"), chunked] {
        for status in ["503 Service Unavailable", "302 Found", "404 Not Found"] {
            let (opened, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let (counted, counted_too) = (Arc::clone(&opened), Arc::clone(&asked));
            let whole = format!("HTTP/1.1 {status}\r\n{rest}");
            let port = server(move |mut stream| {
                counted.fetch_add(1, Ordering::Relaxed);
                while read_request(&mut stream).is_some() {
                    counted_too.fetch_add(1, Ordering::Relaxed);
                    let _ = stream.write_all(whole.as_bytes());
                }
            });
            let client = client(&format!("http://127.0.0.1:{port}/"), "retries = 2");
            for _ in 0..5 {
                scan(&client).unwrap_err();
            }
            let asked = asked.load(Ordering::Relaxed);
            assert_eq!(asked, if status.starts_with("503") { 15 } else { 5 }, "{status}");
            assert_eq!(opened.load(Ordering::Relaxed), 1, "{status} {rest:.30}: one connection");
        }
    }
}

#[test]
fn an_error_page_that_stalls_is_not_waited_for() {
    for length in [1000, 99_999_999] {
        let port = server(move |mut stream| {
            read_request(&mut stream);
            let _ = stream.write_all(format!("HTTP/1.1 503 X\r\nContent-Length: {length}\r\n\r\n<html>").as_bytes());
            silent(stream);
        });
        let started = Instant::now();
        let error = scan(&client(&format!("http://127.0.0.1:{port}/"), "retries = 0")).unwrap_err();
        assert_eq!(error.http_status(), Some(503), "{error}");
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }
}

/// Answers everything; then says how long after the last answer the connection ended.
fn answer_until_end(mut stream: impl Read + Write, ended: &mpsc::Sender<Duration>) {
    let mut last = Instant::now();
    while read_request(&mut stream).is_some() {
        answer(&mut stream, GREEN);
        last = Instant::now();
    }
    let _ = ended.send(last.elapsed());
}

#[test]
fn an_idle_connection_is_closed_on_time_though_nobody_calls() {
    let idle = Duration::from_millis(400);
    let http = format!("idle_ms = {}\nretries = 0", idle.as_millis());
    let (sender, ended) = mpsc::channel();
    let plain_sender = sender.clone();
    let plain = server(move |stream| answer_until_end(stream, &plain_sender));
    let authority = Authority::new();
    let config = authority.server_config("127.0.0.1", false);
    let secured = server(move |stream: TcpStream| answer_until_end(accept(&config, stream), &sender));
    for client in [client(&format!("http://127.0.0.1:{plain}/"), &http), authority.client_of(secured, &http)] {
        for _ in 0..2 {
            // In use for longer than it may be idle.
            for _ in 0..6 {
                assert!(scan(&client).unwrap());
                std::thread::sleep(idle / 4);
            }
            assert!(ended.try_recv().is_err(), "it was in use");
            let waited = ended.recv_timeout(Duration::from_secs(5)).unwrap();
            assert!(waited > idle - GRACE && waited < idle + Duration::from_secs(1), "{waited:?}");
        }
    }
}

#[test]
fn a_connection_that_must_not_be_idle_is_closed_at_once() {
    let (sender, ended) = mpsc::channel();
    let port = server(move |stream| answer_until_end(stream, &sender));
    let client = client(&format!("http://127.0.0.1:{port}/"), "idle_ms = 0");
    for _ in 0..3 {
        assert!(scan(&client).unwrap());
        assert!(ended.recv_timeout(Duration::from_secs(5)).unwrap() < Duration::from_secs(1));
    }
}

#[test]
fn many_calls_in_turn_share_what_waits() {
    let opened = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&opened);
    let (sender, _ended) = mpsc::channel();
    let port = server(move |stream| {
        counted.fetch_add(1, Ordering::Relaxed);
        answer_until_end(stream, &sender);
    });
    // So short that the keeper and the calls reach for the same connection again and again.
    let client = client(&format!("http://127.0.0.1:{port}/"), "idle_ms = 2\nmax_connections = 4\nretries = 0");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..200 {
                    assert!(scan(&client).unwrap());
                    std::thread::sleep(Duration::from_micros(round * 20));
                }
            });
        }
    });
    assert!(opened.load(Ordering::Relaxed) >= 4);
}

#[test]
fn an_answer_of_very_many_values_is_no_green_one() {
    let members: String = (0..100_000).map(|number| format!("\"{number}\":{{}},")).collect();
    let body = GREEN.replace("\"level\"", &format!("{members}\"level\""));
    assert!(body.len() > 1_000_000 && body.len() < 1_400_000);
    let port = server(move |mut stream| {
        while read_request(&mut stream).is_some() {
            answer(&mut stream, &body);
        }
    });
    let ends = |http: &str| {
        let client = client(&format!("http://127.0.0.1:{port}/"), &format!("max_answer_bytes = 2000000\n{http}"));
        let started = Instant::now();
        (scan(&client).unwrap_err(), started.elapsed())
    };
    let (error, _) = ends("");
    assert_eq!(error.kind(), ErrorKind::AnswerMalformed, "{error}");
    let (error, took) = ends("deadline_ms = 30");
    assert!(matches!(error.kind(), ErrorKind::AnswerMalformed | ErrorKind::DeadlineExceeded), "{error}");
    assert!(took < Duration::from_millis(30) + GRACE, "{took:?}");
}

#[test]
fn a_head_that_is_too_large_has_its_own_sentence() {
    let long = |line: String, count: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", line.repeat(count));
    let heads = [long(format!("X-Invented: {}\r\n", "a".repeat(1000)), 20), long("X: y\r\n".to_owned(), 200)];
    for head in heads {
        let port = server(move |mut stream| {
            read_request(&mut stream);
            let _ = stream.write_all(head.as_bytes());
            silent(stream);
        });
        let error = scan(&client(&format!("http://127.0.0.1:{port}/"), "")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AnswerTooLarge, "{error}");
        assert!(error.message().contains("head") && !error.message().contains("max_answer_bytes"), "{error}");
    }
    let port = server(|mut stream| {
        while read_request(&mut stream).is_some() {
            answer(&mut stream, &" ".repeat(5000));
        }
    });
    let error = scan(&client(&format!("http://127.0.0.1:{port}/"), "max_answer_bytes = 4096")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AnswerTooLarge, "{error}");
    assert!(error.message().contains("http.max_answer_bytes"), "{error}");
}
