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

/// Listens at the level at which refusals are said, and forgets.
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
    head.uri = Uri::try_from(path).unwrap();
    for (name, value) in lines {
        // A slice of a shared buffer, as a server has read it: cloning counts a reference.
        let value = web::Bytes::from(value.as_bytes().to_vec());
        head.headers_mut().append(name.clone(), HeaderValue::from_maybe_shared(value).unwrap());
    }
    request
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
async fn a_flood_of_different_requests_leaves_next_to_nothing() {
    log::set_logger(&Forget).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let cors = Cors::from_toml_str(CONFIG).unwrap();
    let app = init_service(App::new().service(item).wrap(cors.clone())).await;
    let flood = |from: usize, count: usize| {
        measure(|| {
            for i in from..from + count {
                serve(&app, nth(i)).now_or_never().unwrap();
            }
        })
    };
    // Pools are filled, and the lines of this minute said.
    let AllocationInfo { bytes_current: first, .. } = flood(0, 2_000);
    let AllocationInfo { bytes_current: second, .. } = flood(2_000, 30_000);
    assert!(first < 256 * 1_024, "{first} bytes kept of the first requests");
    assert!(second <= 0, "{second} bytes kept of 30 000 requests");
    let counted: u64 = cors.counts().iter().map(|(_, count)| count).sum();
    assert_eq!(counted, 32_000);
}
