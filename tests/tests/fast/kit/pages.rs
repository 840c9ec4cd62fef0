//! What pages of other origins do with an application, and what failing assertions show.

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorUnauthorized;
use actix_web::http::header::LOCATION;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, get, post, put, web};
use cors_actix::test::browser::{
    Enctype, Navigation, ResponseKind, Url, WireRequest, WireResponse,
};
use cors_actix::test::{Body, Credentials, Engine, Mode, TestPage};
use cors_actix::{Cors, cors};
use cors_tests::client::{Protocol, send};
use cors_tests::server::Server;

const APP: &str = "https://app.example";

#[cors(headers += "x-csrf-token")]
#[put("/orders/{id}")]
async fn replace_order(body: String) -> impl Responder {
    format!("saved {body}")
}

#[cors(credentials, enforce)]
#[post("/transfer")]
async fn transfer(request: HttpRequest) -> impl Responder {
    let cookie = request.headers().get("cookie").map(|it| it.to_str().unwrap().to_owned());
    cookie.unwrap_or_else(|| "no session".to_owned())
}

#[get("/away")]
async fn away() -> impl Responder {
    HttpResponse::Found().insert_header((LOCATION, "https://third.example/status")).finish()
}

fn policy() -> Cors {
    Cors::builder().origins([APP]).max_age("10m").build().unwrap()
}

fn routes(app: &mut web::ServiceConfig) {
    app.service(replace_order)
        .service(transfer)
        .service(away)
        .route("/status", web::get().to(HttpResponse::Ok));
}

#[actix_web::test]
async fn a_page_sends_bodies_and_caches_preflights() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut page = TestPage::new(APP);
    let put = page.request("PUT", "/orders/7").header("X-CSRF-Token", "1").body(Body::text("all"));
    let outcome = page.fetch(&app, &put).await;
    assert_eq!(outcome.assert_status(200).body, b"saved all");
    assert!(outcome.preflight().is_some());
    assert!(page.fetch(&app, &put).await.preflight().is_none(), "cached");
    page.browser().advance(600);
    assert!(page.fetch(&app, &put).await.preflight().is_some(), "over");
}

#[actix_web::test]
async fn a_page_has_cookies_and_forms() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut page = TestPage::new(APP);
    let url = Url::parse(&page.url("/")).unwrap();
    page.browser().set_cookie(&url, "session=7; Secure; SameSite=None");
    let post = page.request("POST", "/transfer").credentials(Credentials::Include);
    assert_eq!(page.fetch(&app, &post).await.assert_readable().body, b"session=7");

    // A form of another site gets there without a preflight; `enforce` refuses it.
    let mut other = TestPage::new("https://other.example").engine(Engine::Chromium);
    let form = Navigation::post(&other.url("/transfer"), Enctype::TextPlain, &[("a", "1")]);
    let outcome = other.navigate(&app, &form).await;
    assert_eq!(outcome.actual().unwrap().response.status, 403);
    let mut own = TestPage::new("https://localhost:8080");
    own.navigate(&app, &form).await.assert_status(200);
}

#[actix_web::test]
async fn a_redirect_to_a_third_origin_comes_from_null() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut page = TestPage::new(APP);
    let get = page.request("GET", "/away");
    let outcome = page.fetch(&app, &get).await;
    assert_eq!(outcome.assert_blocked().code(), "actual-origin: no-allow-origin");
    assert_eq!(outcome.exchanges[1].request.header("origin").as_deref(), Some("null"));
    let opaque = page.fetch(&app, &get.mode(Mode::NoCors)).await;
    assert_eq!(opaque.result.as_ref().unwrap().kind, ResponseKind::Opaque);
}

#[actix_web::test]
async fn a_request_that_no_server_can_read_is_a_400() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut page = TestPage::new(APP);
    let request = page.request("PUT", "/orders/7").header("X-CSRF-Token", "\u{1}");
    let outcome = page.fetch(&app, &request).await;
    assert_eq!(outcome.actual().unwrap().response.status, 400);
    let request = page.request("PUT", "/orders/7").header("X-CSRF-Token", "\u{20ac}");
    page.fetch(&app, &request).await.assert_blocked();
}

#[actix_web::test]
async fn an_error_of_a_middleware_is_rendered_as_on_a_server() {
    async fn refuse(
        _: ServiceRequest,
        _: Next<impl actix_web::body::MessageBody>,
    ) -> Result<ServiceResponse, Error> {
        Err(ErrorUnauthorized("no token"))
    }
    let app = init_service(App::new().configure(routes).wrap(from_fn(refuse)).wrap(policy())).await;
    let mut page = TestPage::new(APP);
    let get = page.request("GET", "/status");
    assert_eq!(page.fetch(&app, &get).await.assert_status(401).body, b"no token");
}

#[test]
fn a_page_fetches_from_a_server_that_is_running() {
    let cors = policy();
    let server = Server::start(1, move || App::new().configure(routes).wrap(cors.clone()));
    let address = server.address();
    let client = async |wire: &WireRequest| {
        let headers: Vec<_> = wire.headers.iter().map(|(n, v)| (&**n, v.as_bytes())).collect();
        let reply = send(address, Protocol::Http1, &wire.method, wire.target(), &headers);
        let body = reply.body.into_bytes();
        WireResponse { headers: reply.headers, body, ..WireResponse::new(reply.status, &[]) }
    };
    let mut page = TestPage::new(APP).application_at(&format!("http://{address}"));
    let get = page.request("GET", "/status");
    let mut fetch = std::pin::pin!(page.fetch_with(client, &get));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(outcome) = fetch.as_mut().poll(&mut context) else {
        panic!("the client waits for nothing")
    };
    outcome.assert_status(200);
}

#[actix_web::test]
#[should_panic(expected = "the page cannot read the response, and should
PUT https://localhost:8080/orders/7, by a page of https://other.example
  preflight for PUT https://localhost:8080/orders/7: 403
  blocked: the response to the preflight is not shared: it has no `Access-Control-Allow-Origin` \
(CORS-preflight fetch, step 7)
  fast::kit::pages::replace_order serves PUT `/orders/{id}`
  preflight: the origin is not allowed [origin-not-allowed]
    REFUSED  `https://other.example`; `origins` is https://app.example, set at ")]
async fn an_assertion_that_fails_shows_requests_step_and_policy() {
    let cors = policy();
    let app = init_service(App::new().configure(routes).wrap(cors.clone())).await;
    let mut page = TestPage::new("https://other.example").explained_by(&cors);
    let put = page.request("PUT", "/orders/7");
    page.fetch(&app, &put).await.assert_readable();
}

#[actix_web::test]
#[should_panic(expected = "the page is not blocked, and should be")]
async fn assert_blocked_fails_for_a_readable_response() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut page = TestPage::new(APP);
    let get = page.request("GET", "/status");
    page.fetch(&app, &get).await.assert_blocked();
}

#[actix_web::test]
#[should_panic(expected = "the page is not blocked, and should be")]
async fn assert_blocked_fails_for_an_opaque_response() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut page = TestPage::new("https://other.example");
    let get = page.request("GET", "/status").mode(Mode::NoCors);
    page.fetch(&app, &get).await.assert_blocked();
}

#[actix_web::test]
#[should_panic(expected = "the page cannot read the response")]
async fn assert_readable_fails_for_an_opaque_response() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut page = TestPage::new(APP);
    let get = page.request("GET", "/status").mode(Mode::NoCors);
    page.fetch(&app, &get).await.assert_readable();
}

#[actix_web::test]
#[should_panic(expected = "the request was sent, and should not be")]
async fn assert_not_handled_fails_for_a_simple_request() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut page = TestPage::new("https://other.example");
    let get = page.request("GET", "/status");
    page.fetch(&app, &get).await.assert_not_handled();
}

#[actix_web::test]
#[should_panic(expected = "the status is 404, and should be 200")]
async fn assert_status_fails_for_another_status() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut page = TestPage::new(APP);
    let get = page.request("GET", "/missing");
    page.fetch(&app, &get).await.assert_status(200);
}

#[test]
#[should_panic(expected = "`orders` is no path: it has to begin with `/`")]
fn a_path_without_a_slash_is_refused() {
    let _ = TestPage::new(APP).request("GET", "orders");
}
