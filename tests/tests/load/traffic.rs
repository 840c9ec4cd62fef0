//! A server of several workers under mixed traffic: every answer is the whole expected one, while
//! configurations are put in place of one another, and nothing is kept of what has been answered.
//!
//! About 5 000 requests; `LOAD_REQUESTS=1000000` sends so many, which is best done with `--release`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorUnauthorized;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, get, post, put, web};
use cors_actix::core::Config;
use cors_actix::{Cors, cors};
use cors_tests::client::{Asked, Reply, Streams, Wire};
use cors_tests::server::Server;

/// Two configurations that differ in one group.
fn configurations() -> [Config; 2] {
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
            "
        );
        Config::from_toml(&text, "cors.toml")
    })
}

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

fn services(app: &mut web::ServiceConfig) {
    app.service(item)
        .service(replace_item)
        .service(closed)
        .service(guarded)
        .route("/changing", web::get().to(HttpResponse::Ok))
        .service(web::resource("/only-get").route(web::get().to(HttpResponse::Ok)))
        .service(
            web::scope("/private")
                .wrap(from_fn(turn_away))
                .route("/x", web::get().to(HttpResponse::Ok)),
        )
        .route("/open/{name}", web::get().to(HttpResponse::Ok));
}

/// A request, and every answer that is right.
struct Probe {
    method: &'static str,
    target: &'static str,
    lines: &'static [(&'static str, &'static [u8])],
    answers: &'static [Answer],
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

const PROBES: &[Probe] = &[
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

/// A client of one kind that sends all probes in turn, each time beginning with another one.
fn ask_http1(address: SocketAddr, rounds: usize, at_once: usize, seen: &Seen) {
    let mut wire = Wire::open(address).unwrap();
    let requests: Vec<_> = PROBES.iter().map(Probe::bytes).collect();
    let mut next = 0;
    for _ in 0..rounds * PROBES.len() / at_once {
        let turn: Vec<_> = (0..at_once).map(|i| (next + i) % PROBES.len()).collect();
        next += at_once;
        wire.write(turn.iter().flat_map(|i| requests[*i].clone()).collect::<Vec<_>>()).unwrap();
        for i in turn {
            seen.count(i, PROBES[i].check(&wire.read(PROBES[i].method).unwrap()));
        }
    }
}

fn ask_http2(address: SocketAddr, rounds: usize, seen: &Seen) {
    let mut streams = Streams::open(address).unwrap();
    let asked: Vec<Asked<'_>> =
        PROBES.iter().map(|probe| (probe.method, probe.target, probe.lines)).collect();
    for _ in 0..rounds {
        for (i, reply) in streams.send(&asked).unwrap().iter().enumerate() {
            seen.count(i, PROBES[i].check(reply));
        }
    }
}

/// How often each probe was answered in each of the ways that are right.
#[derive(Default)]
struct Seen([[AtomicUsize; 2]; PROBES.len()]);

impl Seen {
    fn count(&self, probe: usize, answer: usize) {
        self.0[probe][answer].fetch_add(1, Ordering::Relaxed);
    }

    fn total(&self) -> usize {
        self.0.iter().flatten().map(|count| count.load(Ordering::Relaxed)).sum()
    }
}

/// The memory of the process, in KiB; `None` where the system does not report it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let (_, rest) = status.split_once("VmRSS:")?;
    rest.split_whitespace().next()?.parse().ok()
}

#[test]
fn every_response_under_load_is_correct() {
    let wanted: usize =
        std::env::var("LOAD_REQUESTS").map_or(5_000, |count| count.parse().unwrap());
    let [old, new] = configurations();
    let cors = Cors::new(&old).unwrap();
    let server = {
        let cors = cors.clone();
        Server::start(3, move || App::new().configure(services).wrap(cors.clone()))
    };
    let address = server.address();
    let seen = Seen::default();
    // Two clients that wait for each answer, two that send many at once, two of HTTP/2.
    let rounds = wanted.div_ceil(2 * 6 * PROBES.len());
    let half = || {
        std::thread::scope(|scope| {
            let clients = [
                scope.spawn(|| ask_http1(address, rounds, 1, &seen)),
                scope.spawn(|| ask_http1(address, rounds, 1, &seen)),
                scope.spawn(|| ask_http1(address, rounds, PROBES.len(), &seen)),
                scope.spawn(|| ask_http1(address, rounds, 2 * PROBES.len(), &seen)),
                scope.spawn(|| ask_http2(address, rounds, &seen)),
                scope.spawn(|| ask_http2(address, rounds, &seen)),
            ];
            let mut reloads = 0;
            while clients.iter().any(|client| !client.is_finished()) {
                cors.apply(if reloads % 2 == 0 { &new } else { &old }).unwrap();
                reloads += 1;
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            reloads
        })
    };
    let mut reloads = half();
    let before = resident();
    reloads += half();
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("{} requests, {reloads} reloads, {before} KiB, then {after}", seen.total());
        assert!(after < before + 16 * 1_024, "{before} KiB, and {after} after as many again");
    }
    assert!(seen.total() >= wanted - 6 * 2 * PROBES.len(), "{} of {wanted}", seen.total());
    assert!(reloads > 10, "{reloads} reloads");
    for (probe, counts) in PROBES.iter().zip(&seen.0) {
        for (which, count) in counts.iter().enumerate().take(probe.answers.len()) {
            let count = count.load(Ordering::Relaxed);
            assert!(count > 0, "{} {}: never answer {which}", probe.method, probe.target);
        }
    }
    // Each request was judged once.
    let judged: u64 = cors.counts().iter().map(|(_, count)| count).sum();
    assert_eq!(judged, seen.total() as u64);
}
