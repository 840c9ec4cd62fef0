//! The allocations of a request: none in the engine, and none more at the edge.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, Responder, get, put, web};
use allocation_counter::measure;
use cors_actix::{Cors, cors};
use cors_core::{
    Config, Coverage, Decision, Element, Op, Policy, Request, RequestField, Rules, Setting, Source,
};
use futures_util::FutureExt as _;

/// A request whose lines cost nothing to look at.
struct Lines<'l> {
    method: &'static [u8],
    origin: Option<&'l [u8]>,
    requested_method: Option<&'l [u8]>,
    requested_headers: &'l [&'l [u8]],
}

impl Request for Lines<'_> {
    fn method(&self) -> &[u8] {
        self.method
    }

    fn lines(&self, field: RequestField) -> impl Iterator<Item = &[u8]> {
        let (single, many): (_, &[&[u8]]) = match field {
            RequestField::Origin => (self.origin, &[]),
            RequestField::RequestMethod => (self.requested_method, &[]),
            RequestField::RequestHeaders => (None, self.requested_headers),
            _ => (None, &[]),
        };
        single.into_iter().chain(many.iter().copied())
    }
}

fn actual(origin: Option<&str>) -> Lines<'_> {
    Lines {
        method: b"GET",
        origin: origin.map(str::as_bytes),
        requested_method: None,
        requested_headers: &[],
    }
}

fn preflight<'l>(origin: &'l str, method: &'l str, headers: &'l [&'l [u8]]) -> Lines<'l> {
    Lines {
        method: b"OPTIONS",
        origin: Some(origin.as_bytes()),
        requested_method: Some(method.as_bytes()),
        requested_headers: headers,
    }
}

/// Header names of eight bytes, `x-000000` and so on.
fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("x-{i:06}")).collect()
}

/// A policy with everything in it; by way of `Rules`, to avoid 10 000 lines of TOML.
fn policy(origins: usize, headers: usize) -> Arc<Policy> {
    let here = Source::caller();
    let plain = |text: String| Element::plain(text, here.clone());
    let many = (0..origins).map(|i| plain(format!("https://tenant-{i}.example")));
    let others = [
        plain("https://app.example".to_owned()),
        plain("https://*.sub.example".to_owned()),
        Element::regex(r"https://pr-[0-9]+\.preview\.example", here.clone()),
    ];
    let origins: Vec<_> = many.chain(others).collect();
    let rules = Rules::new(here.clone())
        .list(Setting::Origins, Op::Set, origins, here.clone())
        .list(Setting::Methods, Op::Set, ["GET", "PUT"], here.clone())
        .list(Setting::Headers, Op::Set, names(headers), here.clone())
        .list(Setting::Expose, Op::Set, ["etag"], here.clone())
        .flag(Setting::Credentials, true, here.clone())
        .max_age(600, here);
    Arc::clone(Config::new(rules).resolve().unwrap().global())
}

/// How often deciding and answering allocates, and what was decided.
fn cost(policy: &Policy, request: &Lines<'_>) -> (u64, Decision) {
    let work = || {
        let decision = policy.decide(request);
        for coverage in [Coverage::WholePath, Coverage::RequestedMethod] {
            let answer = policy.answer(decision, coverage);
            answer.headers().for_each(|header| {
                black_box(header);
            });
            black_box((answer.common(answer), answer.vary().value()));
        }
        decision
    };
    // A regular expression makes room for its work the first time.
    let decision = work();
    let allocations = measure(|| {
        black_box(work());
    });
    (allocations.count_total, decision)
}

#[test]
fn deciding_allocates_nothing() {
    let (few, many) = (policy(0, 128), policy(10_000, 128));
    let any = "[cors]\norigins = \"any\"\nmethods = \"any\"\nheaders = \"any\"\n";
    let any = Config::from_toml(any, "cors.toml").resolve().unwrap();

    let app = "https://app.example";
    let asked = names(64);
    let two = asked[..2].join(",");
    let twenty = asked[..20].join(", ");
    let twenty_lines: Vec<&[u8]> = asked[..20].iter().map(|name| name.as_bytes()).collect();
    // All 64 names, and space up to the last byte that is read.
    let mut full = asked.join(",").into_bytes();
    full.resize(8_192, b' ');
    let over = [full.clone(), b" ".to_vec()].concat();
    let long_origin = format!("https://{}.sub.example", ["a"; 100].join("."));

    let requests: Vec<(&str, Lines<'_>, Option<&str>)> = vec![
        ("no origin", actual(None), None),
        ("allowed", actual(Some(app)), None),
        ("denied", actual(Some("https://evil.example")), Some("origin-not-allowed")),
        ("null", actual(Some("null")), Some("null-origin")),
        ("not an origin", actual(Some("https://app.example/")), Some("origin-not-allowed")),
        ("subdomain", actual(Some("https://a.b.sub.example")), None),
        ("subdomain of many labels", actual(Some(&long_origin)), None),
        ("regex", actual(Some("https://pr-7.preview.example")), None),
        ("no regex", actual(Some("https://pr-x.preview.example")), Some("origin-not-allowed")),
        ("preflight", preflight(app, "PUT", &[]), None),
    ];
    let two = [two.as_bytes()];
    let twenty = [twenty.as_bytes()];
    let full = [&*full];
    let over = [&*over];
    let unlisted: [&[u8]; 1] = [b"x-evil"];
    let garbage: [&[u8]; 1] = [b"\xff \x01"];
    let lists: Vec<(&str, Lines<'_>, Option<&str>)> = vec![
        ("2 headers", preflight(app, "PUT", &two), None),
        ("20 headers", preflight(app, "PUT", &twenty), None),
        ("20 lines", preflight(app, "PUT", &twenty_lines), None),
        ("8 KiB of headers", preflight(app, "PUT", &full), None),
        ("more than 8 KiB", preflight(app, "PUT", &over), Some("bad-header-list")),
        ("refused header", preflight(app, "PUT", &unlisted), Some("header-not-allowed")),
        ("no header", preflight(app, "PUT", &garbage), Some("bad-header-list")),
        ("refused method", preflight(app, "PATCH", &two), Some("method-not-allowed")),
        (
            "refused origin",
            preflight("https://evil.example", "PUT", &two),
            Some("origin-not-allowed"),
        ),
    ];
    for (name, request, denial) in requests.iter().chain(&lists) {
        for (policies, policy) in [("few", &few), ("10 000", &many)] {
            let (allocations, decision) = cost(policy, request);
            assert_eq!(decision.denial().map(|d| d.code()), *denial, "{name}, {policies} origins");
            assert_eq!(allocations, 0, "{name}, {policies} origins");
        }
        assert_eq!(cost(any.global(), request).0, 0, "{name}, any");
    }
    let last = actual(Some("https://tenant-9999.example"));
    let (allocations, decision) = cost(&many, &last);
    assert_eq!((allocations, decision.denial()), (0, None));
}

/// The allocations of one request from the arrival at the application to its response.
async fn through<S, B>(app: &S, method: &Method, lines: &[Line]) -> (u64, StatusCode)
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    let mut counted = (0, StatusCode::OK);
    // The first ones fill pools and confirm what only a request can show.
    for _ in 0..5 {
        let mut request = TestRequest::default().method(method.clone()).to_request();
        // Values that a server has read are slices of its buffer, and cost nothing to clone;
        // so do these, other than those that `TestRequest` makes of text.
        let head = request.head_mut();
        head.uri = Uri::from_static("/x");
        for (name, value) in [("host", "api.example"), ("accept", "*/*")].iter().chain(lines) {
            let (name, value) = (HeaderName::from_static(name), HeaderValue::from_static(value));
            head.headers_mut().append(name, value);
        }
        let mut response = None;
        let count = measure(|| response = app.call(request).now_or_never());
        let response = response.and_then(Result::ok).expect("an answer at once");
        counted = (count.count_total, response.status());
    }
    counted
}

type Line = (&'static str, &'static str);

const ENFORCED: &str = "[cors]\norigins = [\"https://app.example\"]\nenforce = true\n";

const APP: Line = ("origin", "https://app.example");
const EVIL: Line = ("origin", "https://evil.example");
const ASKS: Line = ("access-control-request-method", "GET");

#[cors]
#[get("/x")]
async fn annotated_handler() -> impl Responder {
    HttpResponse::Ok().content_type("text/plain").body("ok")
}

#[get("/x")]
async fn bare_handler() -> impl Responder {
    HttpResponse::Ok().content_type("text/plain").body("ok")
}

/// Other annotated routes, some of which match the same path.
fn others(app: &mut web::ServiceConfig) {
    #[cors]
    #[put("/x")]
    async fn same_path() -> impl Responder {
        HttpResponse::NoContent()
    }
    #[cors]
    #[get("/y/{id}")]
    async fn with_parameter() -> impl Responder {
        HttpResponse::NoContent()
    }
    app.service(same_path).service(with_parameter);
}

/// The allocations that the edge adds to those of the same application without it.
///
/// A request that the edge answers itself is counted whole: actix takes one to receive
/// any request.
#[actix_web::test]
async fn the_edge_adds_no_allocations() {
    type Row<'r> = (&'r str, Method, &'r [Line], u16, u64);
    let without_edge = init_service(App::new().service(bare_handler)).await;

    let names = names(64);
    let config = format!(
        "[cors]\norigins = [\"https://app.example\"]\nexpose = [\"etag\"]\nheaders = {names:?}\n"
    );
    let asks_for = |names: String| {
        [APP, ASKS, ("access-control-request-headers", &*Box::leak(names.into_boxed_str()))]
    };
    let two = asks_for(names[..2].join(","));
    let twenty = asks_for(names[..20].join(", "));
    // All 64 names, and space up to the last byte that is read.
    let full = asks_for(format!("{:<8192}", names.join(",")));
    let over = asks_for(format!("{:<8193}", names.join(",")));

    let rows: [(&str, &[Row<'_>]); 2] = [
        (
            &config,
            &[
                ("no Origin", Method::GET, &[], 200, 0),
                ("simple allowed", Method::GET, &[APP], 200, 0),
                ("simple denied", Method::GET, &[EVIL], 200, 0),
                ("preflight allowed", Method::OPTIONS, &[APP, ASKS], 204, 1),
                ("preflight denied", Method::OPTIONS, &[EVIL, ASKS], 403, 1),
                ("2 headers", Method::OPTIONS, &two, 204, 1),
                ("20 headers", Method::OPTIONS, &twenty, 204, 1),
                ("8 KiB of headers", Method::OPTIONS, &full, 204, 1),
                ("more than 8 KiB", Method::OPTIONS, &over, 204, 1),
            ],
        ),
        (
            ENFORCED,
            &[
                ("no Origin, enforced", Method::GET, &[], 200, 0),
                ("simple allowed, enforced", Method::GET, &[APP], 200, 0),
                ("simple denied, enforced", Method::GET, &[EVIL], 403, 1),
            ],
        ),
    ];
    let mut wrong = String::new();
    for (config, rows) in rows {
        let cors = Cors::try_from_toml_str(config).unwrap();
        // One edge at a time: where edges of a thread differ, each leaves a note on responses.
        let mut of_plain = Vec::new();
        let plain = init_service(App::new().service(bare_handler).wrap(cors.clone())).await;
        for (_, method, lines, ..) in rows {
            of_plain.push(through(&plain, method, lines).await);
        }
        drop(plain);
        let annotated = App::new().service(annotated_handler).configure(others).wrap(cors);
        let annotated = init_service(annotated).await;
        for ((with, got), (name, method, lines, status, expected)) in of_plain.into_iter().zip(rows)
        {
            let without = match got {
                StatusCode::OK => through(&without_edge, method, lines).await.0,
                _ => 0,
            };
            let (with_route, same) = through(&annotated, method, lines).await;
            println!("{name}: {with} allocations, annotated {with_route}, bare {without}");
            assert_eq!((got.as_u16(), same.as_u16()), (*status, *status), "{name}");
            if with - without != *expected || with_route != with {
                let _ = writeln!(wrong, "{name}: {with}, annotated {with_route}, bare {without}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
