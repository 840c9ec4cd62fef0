//! The server that is abused, and the only answers that its policy has.

use std::panic::{set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::{App, HttpResponse, web};
use cors_actix::Cors;
use cors_tests::client::{Protocol, Reply, Wire, send};
use cors_tests::server::Server;

pub(crate) const APP: &str = "https://app.example";

const CONFIG: &str = r#"
[cors]
origins = ["https://app.example", "https://*.sub.example", "http://[::1]:*"]
methods = ["GET", "PUT"]
headers = ["x-a", "x-b"]
expose = ["etag"]
credentials = true
max_age = 600

[[cors.paths]]
match = "/enforced"
enforce = true
"#;

/// The kinds of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// actix refuses the bytes, or closes: no policy was applied.
    NotHttp,
    /// A response that no page can read.
    Unreadable,
    /// A response that the page can read.
    Readable,
    /// 403, without CORS headers.
    Refused,
    /// A preflight from an allowed origin that requests too much.
    Denied,
    /// A denied preflight with a list of headers that no browser sends: no headers are listed.
    BadList,
    /// A preflight that is allowed.
    Allowed,
}

/// A server with a policy of everything, whose workers must not panic.
pub(crate) struct Site {
    pub(crate) server: Server,
}

static PANICS: AtomicUsize = AtomicUsize::new(0);

impl Site {
    pub(crate) fn start() -> Self {
        static COUNT_PANICS: Once = Once::new();
        COUNT_PANICS.call_once(|| {
            let usual = take_hook();
            set_hook(Box::new(move |panic| {
                // A test runs in a thread of its name, a worker in one of actix.
                let thread = std::thread::current();
                let in_worker = thread.name().is_none_or(|name| name.starts_with("actix"));
                // Handlers of other tests in this process panic on purpose.
                let on_purpose = panic.location().is_some_and(|at| at.file().contains("tests/"));
                if in_worker && !on_purpose {
                    PANICS.fetch_add(1, Ordering::SeqCst);
                }
                usual(panic);
            }));
        });
        let cors = Cors::try_from_toml_str(CONFIG).unwrap();
        let server = Server::start(1, move || {
            App::new().default_service(web::to(HttpResponse::Ok)).wrap(cors.clone())
        });
        Self { server }
    }

    /// The answer to the bytes of one request, after which nothing more is sent.
    pub(crate) fn answer(&self, method: &str, request: &[u8]) -> Answer {
        let mut wire = Wire::open(self.server.address()).unwrap();
        // It may be refused before all of it is sent.
        let written = wire.write(request).and_then(|()| wire.finish());
        match wire.read(method) {
            Ok(reply) => understand(&reply, APP),
            Err(error) => {
                assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "no answer: {written:?}");
                Answer::NotHttp
            }
        }
    }

    /// The answer to a request with these field lines, which are written as they are.
    pub(crate) fn answer_lines(&self, method: &str, lines: &[&[u8]]) -> Answer {
        let mut request = format!("{method} / HTTP/1.1\r\nHost: api.example\r\n").into_bytes();
        for line in lines {
            request.extend_from_slice(line);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        self.answer(method, &request)
    }

    /// Other clients are served as before, and no worker has panicked.
    pub(crate) fn assert_unharmed(&self) {
        for protocol in [Protocol::Http1, Protocol::Http2] {
            let origin: (&str, &[u8]) = ("origin", APP.as_bytes());
            let asks: (&str, &[u8]) = ("access-control-request-method", b"PUT");
            let reply = send(self.server.address(), protocol, "GET", "/", &[origin]);
            assert_eq!(understand(&reply, APP), Answer::Readable);
            let reply = send(self.server.address(), protocol, "OPTIONS", "/", &[origin, asks]);
            assert_eq!(understand(&reply, APP), Answer::Allowed);
        }
        assert_eq!(PANICS.load(Ordering::SeqCst), 0, "a worker has panicked");
    }
}

/// The kind of an answer. All headers are compared, so that none has a header beyond its policy.
pub(crate) fn understand(reply: &Reply, origin: &str) -> Answer {
    let size: usize = reply.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    assert!(size < 1_024, "a head of {size} bytes: {reply:?}");
    let asked = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    let credentials = [("access-control-allow-credentials", "true")];
    let lists = [
        ("access-control-allow-headers", "x-a, x-b"),
        ("access-control-allow-methods", "GET, PUT"),
    ];
    let origin = [("access-control-allow-origin", origin)];
    // A refusal must not be cached.
    let never = [("access-control-max-age", "0")];
    let denied = [&credentials[..], &lists, &origin, &never, &[("vary", asked)]].concat();
    let max_age = [("access-control-max-age", "600")];
    let allowed = [&credentials[..], &lists, &origin, &max_age, &[("vary", asked)]].concat();
    let bad_list = [&credentials[..], &lists[1..], &origin, &never, &[("vary", asked)]].concat();
    let expose = [("access-control-expose-headers", "etag")];
    let readable = [&credentials[..], &origin, &expose, &[("vary", "Origin")]].concat();
    match (reply.status, &*reply.cors_headers()) {
        (400 | 413 | 414 | 431, []) => Answer::NotHttp,
        (200, [("vary", "Origin")]) => Answer::Unreadable,
        (403, [("vary", vary)]) if *vary == asked || *vary == "Origin" => Answer::Refused,
        (200, headers) if headers == readable => Answer::Readable,
        (204, headers) if headers == bad_list => Answer::BadList,
        (204, headers) if headers == denied => Answer::Denied,
        (204, headers) if headers == allowed => Answer::Allowed,
        _ => panic!("no policy sends this: {reply:?}"),
    }
}
