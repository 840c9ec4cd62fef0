//! Servers that are none, or that are hostile.

use std::net::TcpListener;

use super::{found, probe, probe_as};
use crate::command::cors;
use crate::servers::{head, raw};

#[test]
fn what_is_no_http_is_explained_and_nothing_hangs() {
    let many: String = (0..5_000).map(|n| format!("X-{n}: 1\r\n")).collect();
    let long = "a".repeat(10 << 20);
    for bytes in [
        Vec::new(),
        b"hello\r\n\r\n".to_vec(),
        b"\x00\x01\x02\x03".to_vec(),
        b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(),
        b"HTTP/1.1 999999 x\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nbad header line\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n".to_vec(),
        format!("HTTP/1.1 200 OK\r\n{many}\r\n").into_bytes(),
        format!("HTTP/1.1 200 OK\r\nX-Long: {long}\r\n\r\n").into_bytes(),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        let server = raw(move |_| bytes.clone());
        let output = probe(&server.url("/"), &[]);
        assert_eq!(output.status, 2, "{shown}: {output:?}");
        assert!(output.stderr.contains("error[not-http]"), "{shown}: {}", output.stderr);
    }
}

#[test]
fn a_response_that_never_begins_ends_with_the_timeout() {
    use std::io::{Read as _, Write as _};
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 1_000]);
                while stream.write_all(&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)).is_ok() {}
            });
        }
    });
    let begin = std::time::Instant::now();
    let output = probe(&format!("http://{address}/"), &["--timeout", "1"]);
    assert_eq!(output.status, 2);
    assert!(output.stderr.contains("error[timeout]"), "{}", output.stderr);
    assert!(begin.elapsed() < std::time::Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn a_body_without_an_end_is_not_read() {
    let server = raw(|_| {
        let mut answer =
            b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\ntransfer-encoding: chunked\r\n\r\n"
                .to_vec();
        answer.extend(std::iter::repeat_n(&b"5\r\nhello\r\n"[..], 1_000_000).flatten());
        answer
    });
    assert_eq!(found(&server.url("/"), &[]), (0, vec![]));
}

#[test]
fn control_characters_of_a_server_do_not_reach_the_terminal() {
    let server = raw(|_| {
        let mut answer =
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nAccess-Control-Allow-Origin: ".to_vec();
        answer.extend(b"https://\x9b31m\xe2\x80\xae\r\n\r\n");
        answer
    });
    for format in ["text", "github"] {
        let output = probe(&server.url("/"), &["--color", "never", "--format", format]);
        assert_eq!(output.status, 1);
        assert!(!output.stdout.chars().any(|c| c.is_control() && c != '\n'), "{:?}", output.stdout);
        assert!(output.stdout.contains("\\u{9b}31m"), "{}", output.stdout);
    }
}

#[test]
fn a_connection_that_is_refused_is_explained() {
    let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    for format in ["text", "json", "github"] {
        let output = probe(&format!("http://{address}/"), &["--format", format]);
        assert_eq!(output.status, 2, "{output:?}");
        let text = output.stdout + &output.stderr;
        assert!(
            text.contains("not-connected") && text.contains("no connection to 127.0.0.1"),
            "{text}"
        );
    }
}

#[test]
fn a_host_without_an_address_is_explained() {
    let output = probe("http://no-such-host.invalid/", &[]);
    assert_eq!(output.status, 2);
    // A resolver that answers for everything leads elsewhere, or nowhere.
    assert!(output.stderr.contains("unknown-host"), "{}", output.stderr);
}

#[test]
fn wrong_urls_and_requests_have_status_2() {
    for (url, more, expected) in [
        (
            "api.example.com/orders",
            &[][..],
            "write the scheme, too: `https://api.example.com/orders`",
        ),
        ("ftp://api.example.com/", &[], "`http://` and `https://` only"),
        ("http://", &[], "is no URL of HTTP"),
        ("", &[], "is no URL of HTTP"),
        ("http://user:password@127.0.0.1/", &[], "a user name or a password"),
        ("http://127.0.0.1:1/", &["--method", "TRACE"], "no page may use the method `TRACE`"),
        ("http://127.0.0.1:1/", &["--method", "a b"], "is no method"),
        ("http://127.0.0.1:1/", &["--header", "a b: c"], "is malformed"),
        ("http://127.0.0.1:1/", &["--header", "a: b\nc"], "malformed"),
        ("http://127.0.0.1:1/", &["--ca", "no-such-file.pem"], "no-such-file.pem"),
        ("http://127.0.0.1:1/", &["--timeout", "0"], "is not in 1..=600"),
        ("http://127.0.0.1:1/", &["--http1", "--http2"], "cannot be used with"),
    ] {
        let output = cors(&[&["probe", url, "--origin", "https://app.example.com"], more].concat());
        assert_eq!(output.status, 2, "{url} {more:?}: {output:?}");
        assert!(output.stderr.contains(expected), "{url} {more:?}: {}", output.stderr);
    }
    let server = raw(|_| head(200, &[]));
    assert_eq!(probe_as(&server.url("/"), "app.example.com", &[]).status, 2);
}
