//! A server with several policies, and requests of which every right answer is known.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorUnauthorized;
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, HttpResponse, get, post, put, web};
use cors_actix::core::Config;
use cors_actix::cors;
use cors_tests::client::{Asked, Reply, Streams, Wire};

/// Two configurations that differ in one group.
pub(crate) fn configurations() -> [Config; 2] {
    ["https://old.example", "https://new.example"].map(|origin| {
        let text = format!(
            "[cors]
            origins = [\"https://app.example\", \"https://*.sub.example\"]
            headers = \"x-a\"
            expose = \"etag\"
            max_age = 600

            [[cors.paths]]
            match = \"/open/**\"
            origins = \"any\"

            [[cors.paths]]
            match = \"/guarded\"
            enforce = true

            [[cors.paths]]
            match = \"/changing\"
            origins = \"{origin}\"

            [cors.sets]
            live = {{ live = true }}

            [[cors.paths]]
            match = \"/live\"
            origins = {{ set = \"live\" }}
            "
        );
        Config::from_toml(&text, "cors.toml")
    })
}

/// What the live set contains, by turns.
pub(crate) const LIVE: [&[&str]; 2] = [&["https://even.example"], &["https://odd.example"]];

#[cors(origins += "https://beta.example", credentials)]
#[get("/items/{id}")]
async fn item(id: web::Path<u32>) -> String {
    id.to_string()
}

#[cors(headers += "x-b")]
#[put("/items/{id}")]
async fn replace_item(_: web::Path<u32>) -> HttpResponse {
    HttpResponse::NoContent().finish()
}

#[cors(off)]
#[get("/closed")]
async fn closed() -> &'static str {
    "closed"
}

#[cors]
#[post("/guarded")]
async fn guarded() -> &'static str {
    "guarded"
}

async fn turn_away(
    _: ServiceRequest,
    _: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    Err::<ServiceResponse, _>(ErrorUnauthorized("who are you?"))
}

pub(crate) fn services(app: &mut web::ServiceConfig) {
    app.service(item)
        .service(replace_item)
        .service(closed)
        .service(guarded)
        .route("/changing", web::get().to(HttpResponse::Ok))
        .route("/live", web::get().to(HttpResponse::Ok))
        .service(web::resource("/only-get").route(web::get().to(HttpResponse::Ok)))
        .service(
            web::scope("/private")
                .wrap(from_fn(turn_away))
                .route("/x", web::get().to(HttpResponse::Ok)),
        )
        .route("/open/{name}", web::get().to(HttpResponse::Ok));
}

/// A request, and every answer that is right.
pub(crate) struct Probe {
    pub(crate) method: &'static str,
    pub(crate) target: &'static str,
    lines: &'static [(&'static str, &'static [u8])],
    pub(crate) answers: &'static [Answer],
}

/// Status, and all headers that are about CORS, sorted.
type Answer = (u16, &'static [(&'static str, &'static str)]);

macro_rules! probe {
    ($method:literal $target:literal $($name:literal: $value:literal),* => $($answers:expr),+) => {
        Probe {
            method: $method,
            target: $target,
            lines: &[$(($name, $value)),*],
            answers: &[$($answers),+],
        }
    };
}

const ALLOW: &str = "access-control-allow-origin";
const EXPOSE: (&str, &str) = ("access-control-expose-headers", "etag");
const VARY: (&str, &str) = ("vary", "Origin");
const ASKED: (&str, &str) =
    ("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
const MAX_AGE: (&str, &str) = ("access-control-max-age", "600");
const WITH_CREDENTIALS: (&str, &str) = ("access-control-allow-credentials", "true");
const X_A: (&str, &str) = ("access-control-allow-headers", "x-a");
const SAFELISTED: (&str, &str) = ("access-control-allow-methods", "GET, HEAD, POST");
const APP: (&str, &str) = (ALLOW, "https://app.example");
const BETA: (&str, &str) = (ALLOW, "https://beta.example");

pub(crate) const PROBES: &[Probe] = &[
    probe!("GET" "/items/7" => (200, &[VARY])),
    probe!("GET" "/items/7" "origin": b"https://beta.example" =>
        (200, &[WITH_CREDENTIALS, BETA, EXPOSE, VARY])),
    probe!("GET" "/items/7?x=1" "origin": b"https://evil.example" => (200, &[VARY])),
    probe!("GET" "/items/x" "origin": b"https://app.example" =>
        (404, &[WITH_CREDENTIALS, APP, EXPOSE, VARY])),
    probe!("PUT" "/items/8" "origin": b"https://a.b.sub.example" =>
        (204, &[(ALLOW, "https://a.b.sub.example"), EXPOSE, VARY])),
    probe!("PUT" "/items/8" "origin": b"https://beta.example" => (204, &[VARY])),
    probe!("OPTIONS" "/items/9"
    "origin": b"https://app.example",
    "access-control-request-method": b"PUT",
    "access-control-request-headers": b"x-a,x-b" =>
    (204, &[
        ("access-control-allow-headers", "x-a,x-b"),
        ("access-control-allow-methods", "PUT"),
        APP, MAX_AGE, ASKED,
    ])),
    probe!("OPTIONS" "/items/9"
        "origin": b"https://beta.example",
        "access-control-request-method": b"PUT" => (403, &[ASKED])),
    probe!("OPTIONS" "/items/9"
    "origin": b"https://beta.example",
    "access-control-request-method": b"GET",
    "access-control-request-headers": b"x-a" =>
    (204, &[
        WITH_CREDENTIALS, X_A, ("access-control-allow-methods", "GET"), BETA, MAX_AGE, ASKED,
    ])),
    probe!("OPTIONS" "/nowhere"
        "origin": b"https://app.example",
        "access-control-request-method": b"DELETE" =>
        (204, &[X_A, SAFELISTED, APP, ("access-control-max-age", "0"), ASKED])),
    probe!("GET" "/closed" "origin": b"https://app.example" => (200, &[])),
    probe!("POST" "/guarded" "origin": b"https://app.example" => (200, &[APP, EXPOSE, VARY])),
    probe!("POST" "/guarded" "origin": b"https://evil.example" => (403, &[VARY])),
    probe!("POST" "/guarded"
        "origin": b"https://own.example", "sec-fetch-site": b"same-origin" => (200, &[VARY])),
    probe!("GET" "/open/7" "origin": b"https://evil.example" => (200, &[(ALLOW, "*"), EXPOSE])),
    probe!("GET" "/open/7" => (200, &[(ALLOW, "*"), EXPOSE])),
    probe!("GET" "/nowhere" "origin": b"https://app.example" => (404, &[APP, EXPOSE, VARY])),
    probe!("POST" "/only-get" "origin": b"https://app.example" => (405, &[APP, EXPOSE, VARY])),
    probe!("GET" "/private/x" "origin": b"https://app.example" => (401, &[APP, EXPOSE, VARY])),
    probe!("GET" "/private/x" "origin": b"https://evil.example" => (401, &[VARY])),
    probe!("GET" "/changing" "origin": b"https://old.example" =>
        (200, &[(ALLOW, "https://old.example"), EXPOSE, VARY]), (200, &[VARY])),
    probe!("OPTIONS" "/changing"
        "origin": b"https://new.example", "access-control-request-method": b"GET" =>
        (204, &[X_A, SAFELISTED, (ALLOW, "https://new.example"), MAX_AGE, ASKED]),
        (403, &[ASKED])),
    probe!("GET" "/live" "origin": b"https://even.example" =>
        (200, &[(ALLOW, "https://even.example"), EXPOSE, VARY]), (200, &[VARY])),
];

impl Probe {
    fn bytes(&self) -> Vec<u8> {
        let Self { method, target, lines, .. } = self;
        let mut bytes = format!("{method} {target} HTTP/1.1\r\nhost: api.example\r\n").into_bytes();
        if matches!(*method, "POST" | "PUT") {
            bytes.extend_from_slice(b"content-length: 0\r\n");
        }
        for (name, value) in *lines {
            bytes.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }

    /// Which of the answers it is.
    fn check(&self, reply: &Reply) -> usize {
        let got = (reply.status, &*reply.cors_headers());
        let which = self.answers.iter().position(|answer| *answer == got);
        which.unwrap_or_else(|| panic!("{} {} {reply:?}", self.method, self.target))
    }
}

/// A client of one kind that sends so many probes at once, each time beginning with another one,
/// as often as there is a turn.
pub(crate) fn ask_http1(
    address: SocketAddr,
    turns: impl Iterator<Item = ()>,
    at_once: usize,
    seen: &Seen,
) {
    let mut wire = Wire::open(address).unwrap();
    let requests: Vec<_> = PROBES.iter().map(Probe::bytes).collect();
    let mut next = 0;
    for () in turns {
        let turn: Vec<_> = (0..at_once).map(|i| (next + i) % PROBES.len()).collect();
        next += at_once;
        wire.write(turn.iter().flat_map(|i| requests[*i].clone()).collect::<Vec<_>>()).unwrap();
        for i in turn {
            seen.count(i, PROBES[i].check(&wire.read(PROBES[i].method).unwrap()));
        }
    }
}

/// A client that sends all probes at once, on one connection.
pub(crate) fn ask_http2(address: SocketAddr, turns: impl Iterator<Item = ()>, seen: &Seen) {
    let mut streams = Streams::open(address).unwrap();
    let asked: Vec<Asked<'_>> =
        PROBES.iter().map(|probe| (probe.method, probe.target, probe.lines)).collect();
    for () in turns {
        for (i, reply) in streams.send(&asked).unwrap().iter().enumerate() {
            seen.count(i, PROBES[i].check(reply));
        }
    }
}

/// How often each probe was answered in each of the ways that are right.
#[derive(Default)]
pub(crate) struct Seen([[AtomicUsize; 2]; PROBES.len()]);

impl Seen {
    fn count(&self, probe: usize, answer: usize) {
        self.0[probe][answer].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn total(&self) -> usize {
        self.0.iter().flatten().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// Each answer of each probe has been seen.
    pub(crate) fn assert_complete(&self) {
        for (probe, counts) in PROBES.iter().zip(&self.0) {
            for (which, count) in counts.iter().enumerate().take(probe.answers.len()) {
                let count = count.load(Ordering::Relaxed);
                assert!(count > 0, "{} {}: never answer {which}", probe.method, probe.target);
            }
        }
    }
}

/// The memory of the process, in KiB; `None` where the system does not report it.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let (_, rest) = status.split_once("VmRSS:")?;
    rest.split_whitespace().next()?.parse().ok()
}
