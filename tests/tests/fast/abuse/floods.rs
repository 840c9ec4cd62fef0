//! Many requests, each of them different: what is kept of them is bounded, and none costs more
//! allocations than an honest one.

use actix_http::Request;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpResponse, get, web};
use allocation_counter::{AllocationInfo, measure};
use cors_actix::{Cors, cors};
use futures_util::FutureExt as _;

const CONFIG: &str = r#"
[cors]
origins = ["https://app.example", "https://*.sub.example"]
headers = ["x-a"]

[[cors.paths]]
match = "/internal/**"
enforce = true
"#;

#[cors(origins += "https://beta.example")]
#[get("/items/{id}")]
async fn item() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// A logger that enables the level of refusals, and discards the lines.
struct Forget;

impl log::Log for Forget {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}

type Line<'l> = (HeaderName, &'l str);

fn request(method: &Method, path: &str, lines: &[Line<'_>]) -> Request {
    let mut request = Request::new();
    let head = request.head_mut();
    head.method = method.clone();
    head.uri = Uri::from_maybe_shared(received(path)).unwrap();
    for (name, value) in lines {
        let value = HeaderValue::from_maybe_shared(received(value)).unwrap();
        head.headers_mut().append(name.clone(), value);
    }
    request
}

/// A part of a shared buffer, as a server has read it: to clone it counts a reference.
fn received(text: &str) -> web::Bytes {
    let buffer = web::Bytes::from(text.as_bytes().to_vec());
    buffer.clone()
}

async fn serve<S, B>(app: &S, request: Request) -> u16
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
{
    app.call(request).now_or_never().unwrap().unwrap().status().as_u16()
}

/// One of many: its origin, path, method and headers are of its own.
fn nth(i: usize) -> Request {
    let origin = match i % 5 {
        0 => format!("https://{i}.evil.example"),
        1 => format!("https://{i}.sub.example"),
        2 => format!("garbage {i}"),
        3 => format!("https://sub.example:{i}"),
        _ => "https://app.example".to_owned(),
    };
    let path = match i % 7 {
        0 => format!("/items/{i}"),
        1 => format!("//items//{i}/"),
        2 => format!("/internal/{i}"),
        3 => format!("/x/../internal%2F{i}"),
        _ => format!("/{i}/nothing"),
    };
    let method = format!("M{i}");
    let (asked, list) = (format!("X{i}"), format!("x-a, x-{i}"));
    let asks = [
        (header::ORIGIN, &*origin),
        (header::ACCESS_CONTROL_REQUEST_METHOD, &*asked),
        (header::ACCESS_CONTROL_REQUEST_HEADERS, &*list),
    ];
    match i % 3 {
        0 => request(&Method::OPTIONS, &path, &asks),
        1 => request(&Method::from_bytes(method.as_bytes()).unwrap(), &path, &asks[..1]),
        _ => request(&Method::GET, &path, &asks[..1]),
    }
}

#[actix_web::test]
async fn a_flood_of_different_requests_keeps_bounded_memory() {
    log::set_logger(&Forget).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let cors = Cors::try_from_toml_str(CONFIG).unwrap();
    let app = init_service(App::new().service(item).wrap(cors.clone())).await;
    let flood = |from: usize, count: usize| {
        measure(|| {
            for i in from..from + count {
                serve(&app, nth(i)).now_or_never().unwrap();
            }
        })
    };
    // Pools are filled, and the lines of this minute logged.
    let AllocationInfo { bytes_current: first, .. } = flood(0, 2_000);
    let AllocationInfo { bytes_current: second, .. } = flood(2_000, 30_000);
    assert!(first < 256 * 1_024, "{first} bytes kept of the first requests");
    assert!(second <= 0, "{second} bytes kept of 30 000 requests");
    let counted: u64 = cors.counts().iter().map(|(_, count)| count).sum();
    assert_eq!(counted, 32_000);
}

/// How often one request allocates, once pools are filled and its refusal was logged.
async fn allocations<S, B>(app: &S, method: &Method, path: &str, lines: &[Line<'_>]) -> (u64, u16)
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
{
    let mut counted = (0, 0);
    for _ in 0..3 {
        let request = request(method, path, lines);
        let mut status = 0;
        let AllocationInfo { count_total, .. } =
            measure(|| status = serve(app, request).now_or_never().unwrap());
        counted = (count_total, status);
    }
    counted
}

#[actix_web::test]
async fn abusive_requests_add_no_allocation() {
    const PATH: &str = "/items/7";
    const ASKS: Line<'_> = (header::ACCESS_CONTROL_REQUEST_METHOD, "GET");
    const APP: Line<'_> = (header::ORIGIN, "https://app.example");
    let asked = |list: &'static str| [APP, ASKS, (header::ACCESS_CONTROL_REQUEST_HEADERS, list)];
    let leak = |text: String| &*Box::leak(text.into_boxed_str());

    let names: Vec<_> = (0..10_000).map(|i| format!("x-{i:05}")).collect();
    let names = asked(leak(names.join(",")));
    let known = asked(leak(vec!["x-a"; 10_000].join(",")));
    let commas = asked(leak(",".repeat(120_000)));
    let spaces = asked(leak(" ".repeat(120_000)));
    let lines: Vec<_> =
        asked("x-a").into_iter().chain((0..20_000).map(|_| asked("x-a")[2].clone())).collect();
    let method = [APP, (header::ACCESS_CONTROL_REQUEST_METHOD, leak("P".repeat(64_000)))];
    let twice = [APP, APP, ASKS, ASKS];
    let labels =
        [(header::ORIGIN, leak("https://".to_owned() + &"a.".repeat(32_000) + "sub.example"))];
    let label =
        [(header::ORIGIN, leak("https://".to_owned() + &"a".repeat(64_000) + ".sub.example"))];
    let bytes = [(header::ORIGIN, "https://\u{430}pp.example")];
    let tab = [(header::ORIGIN, "https://app.example\thttps://app.example")];

    let cors = Cors::try_from_toml_str(CONFIG).unwrap();
    let with =
        init_service(App::new().service(web::resource("/items/7").to(HttpResponse::Ok)).wrap(cors))
            .await;
    let without = App::new().service(web::resource("/items/7").to(HttpResponse::Ok));
    let without = init_service(without).await;
    for (name, lines) in [("labels", &labels), ("label", &label), ("bytes", &bytes), ("tab", &tab)]
    {
        let bare = allocations(&without, &Method::GET, PATH, lines).await;
        assert_eq!(allocations(&with, &Method::GET, PATH, lines).await, bare, "{name}");
        let preflight = [lines[0].clone(), ASKS];
        let got = allocations(&with, &Method::OPTIONS, PATH, &preflight).await;
        assert_eq!(got, (1, 403), "a preflight from {name}");
    }
    for path in ["/items/8", "/items/7/", "/.well-known/x"] {
        let bare = allocations(&without, &Method::GET, path, &[APP]).await;
        assert_eq!(allocations(&with, &Method::GET, path, &[APP]).await, bare, "{path}");
    }
    // actix takes one allocation to receive any request.
    let preflights: [(&str, &[Line<'_>], u16); 7] = [
        ("names", &names, 204),
        ("known names", &known, 204),
        ("commas", &commas, 204),
        ("spaces", &spaces, 204),
        ("lines", &lines, 204),
        ("method", &method, 204),
        ("twice", &twice, 403),
    ];
    for (name, lines, expected) in preflights {
        assert_eq!(
            allocations(&with, &Method::OPTIONS, PATH, lines).await,
            (1, expected),
            "{name}"
        );
    }
}
