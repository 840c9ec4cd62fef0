//! Handlers that `cors_actix::resource` registers: policies by method, preflights, tables, and what
//! lies around the routes of a resource.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod found;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::error::ErrorUnauthorized;
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, delete, get, guard, put, web};
use cors_actix::{Cors, cors, paths, resource, route, rules};
use cors_browser::{Browser, FetchRequest, Url, WireRequest, WireResponse};
use cors_tests::client::{Protocol, send};
use cors_tests::webdriver::Example;

const APP: &str = "https://app.example";
const PARTNER: &str = "https://partner.example";

async fn list() -> impl Responder {
    "list"
}

#[cors(headers += "x-csrf-token")]
async fn replace() -> impl Responder {
    "replace"
}

#[cors(origins += "https://partner.example")]
async fn share() -> impl Responder {
    "share"
}

#[cors(off)]
async fn drop_all() -> impl Responder {
    "drop"
}

async fn fail() -> Result<HttpResponse, Error> {
    Err(ErrorUnauthorized("an error of the handler"))
}

fn cors() -> Cors {
    Cors::builder().origins([APP]).headers(["content-type"]).build().unwrap()
}

/// The status, and some headers, in lower case and in order.
async fn answer<B: MessageBody + 'static>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    request: TestRequest,
) -> (u16, String) {
    let response = match app.call(request.to_request()).await {
        Ok(response) => response.map_into_boxed_body().into_parts().1,
        Err(error) => error.error_response(),
    };
    let names = ["origin", "credentials", "methods", "headers", "max-age"];
    let value = |name: &&str| {
        let value = response.headers().get(format!("access-control-allow-{name}"));
        let value = value.or_else(|| response.headers().get(format!("access-control-{name}")));
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let values: Vec<_> = names.iter().filter_map(value).collect();
    (response.status().as_u16(), values.join(" | "))
}

fn preflight(path: &str, origin: &str, method: &str) -> TestRequest {
    TestRequest::with_uri(path)
        .method(Method::OPTIONS)
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", method))
}

fn actual(path: &str, origin: &str, method: &str) -> TestRequest {
    TestRequest::with_uri(path)
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .insert_header(("origin", origin))
}

fn allowed(status: u16, values: &str) -> (u16, String) {
    (status, values.to_owned())
}

#[actix_web::test]
async fn each_method_of_a_resource_has_the_policy_of_its_handler() {
    let orders =
        resource("/orders/{id}").get(list).put(replace).post(share).delete(drop_all).patch(fail);
    let app = App::new().service(web::scope("/{tenant}").service(orders)).wrap(cors());
    let app = init_service(app).await;
    let path = "/t/orders/7";

    assert_eq!(answer(&app, actual(path, APP, "GET")).await, allowed(200, APP));
    assert_eq!(answer(&app, actual(path, PARTNER, "GET")).await, allowed(200, ""));
    assert_eq!(answer(&app, actual(path, PARTNER, "POST")).await, allowed(200, PARTNER));
    assert_eq!(answer(&app, actual(path, APP, "DELETE")).await, allowed(200, ""));
    let error = answer(&app, actual(path, APP, "PATCH")).await;
    assert_eq!(error, allowed(401, APP), "an error of a handler");
    let unserved = answer(&app, actual(path, APP, "PURGE")).await;
    assert_eq!(unserved, allowed(405, APP), "the policy of the path");

    let put = preflight(path, APP, "PUT")
        .insert_header(("access-control-request-headers", "x-csrf-token"));
    assert_eq!(answer(&app, put).await, allowed(204, &format!("{APP} | PUT | x-csrf-token")));
    let patch = preflight(path, APP, "PATCH")
        .insert_header(("access-control-request-headers", "x-csrf-token"));
    let (status, headers) = answer(&app, patch).await;
    assert_eq!(status, 204);
    assert!(!headers.contains("x-csrf-token"), "of another method: {headers}");
    assert_eq!(answer(&app, preflight(path, PARTNER, "PUT")).await, allowed(403, ""));
    assert_eq!(answer(&app, preflight(path, APP, "DELETE")).await, allowed(403, ""));
}

#[actix_web::test]
async fn methods_under_equal_policies_are_allowed_together() {
    let app = App::new()
        .service(resource("/orders").get(list).put(list).delete(list).post(share))
        .service(resource("/items").get(list).put(list).delete(list))
        .wrap(cors());
    let app = init_service(app).await;
    let together = allowed(204, &format!("{APP} | GET, PUT, DELETE | content-type"));
    let alone = allowed(204, &format!("{APP} | PUT"));
    assert_eq!(answer(&app, preflight("/items", APP, "GET")).await, together);
    let put = allowed(204, &format!("{APP} | PUT, GET, DELETE | content-type"));
    assert_eq!(answer(&app, preflight("/items", APP, "PUT")).await, put);
    assert_eq!(answer(&app, preflight("/orders", APP, "PUT")).await, alone, "POST differs");
}

#[actix_web::test]
async fn rules_can_be_given_for_a_resource_and_for_one_method() {
    let orders = resource("/orders")
        .cors(rules().origins_add([PARTNER]).credentials(true))
        .get(list)
        .put(replace)
        .route(route(Method::DELETE, replace).cors(rules().origins([PARTNER]).max_age("1h")));
    let cors = cors();
    let app = init_service(App::new().service(orders).wrap(cors.clone())).await;

    let with_cookies = format!("{PARTNER} | true");
    assert_eq!(answer(&app, actual("/orders", PARTNER, "GET")).await, allowed(200, &with_cookies));
    assert_eq!(answer(&app, actual("/orders", APP, "DELETE")).await, allowed(200, ""));
    let delete = preflight("/orders", PARTNER, "DELETE")
        .insert_header(("access-control-request-headers", "x-csrf-token"));
    let (status, headers) = answer(&app, delete).await;
    assert_eq!(status, 204);
    assert_eq!(headers, format!("{PARTNER} | true | DELETE | x-csrf-token | 3600"));

    let table = cors.table();
    let rows: Vec<_> = table
        .rows()
        .iter()
        .map(|row| (row.label(), row.serves().join(" "), row.handler().is_some()))
        .collect();
    let expected = [("/orders", "GET"), ("/orders", "PUT"), ("/orders", "DELETE")];
    let mut expected: Vec<_> = expected.map(|(path, it)| (path, it.to_owned(), true)).into();
    expected.push(("everything else", String::new(), false));
    assert_eq!(rows, expected);
    let handler = table.rows()[1].handler().unwrap();
    assert!(handler.ends_with("resources::replace"), "{handler}");
}

#[actix_web::test]
async fn what_a_middleware_of_a_resource_answers_has_the_policy_of_the_method() {
    async fn refuse<B: MessageBody + 'static>(
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<actix_web::body::EitherBody<B>>, Error> {
        match request.query_string() {
            "early" => {
                let response = HttpResponse::Unauthorized().finish();
                Ok(request.into_response(response).map_into_right_body())
            }
            "error" => Err(ErrorUnauthorized("an error")),
            _ => Ok(next.call(request).await?.map_into_left_body()),
        }
    }
    let orders = resource("/orders")
        .get(list)
        .post(share)
        .put(list)
        .default_service(web::to(HttpResponse::ImATeapot))
        .wrap(from_fn(refuse));
    let group = paths("/orders", rules().origins(["https://else.example"]));
    let shared = Cors::builder().build().unwrap();
    let open = rules().origins([APP]);
    let app = App::new().service(group).service(orders.cors(open)).wrap(shared);
    let app = init_service(app).await;
    for query in ["early", "error"] {
        let path = format!("/orders?{query}");
        assert_eq!(answer(&app, actual(&path, APP, "GET")).await, allowed(401, APP));
        assert_eq!(answer(&app, actual(&path, PARTNER, "GET")).await, allowed(401, ""));
        assert_eq!(answer(&app, actual(&path, PARTNER, "POST")).await, allowed(401, PARTNER));
    }
    let default = answer(&app, actual("/orders", APP, "PURGE")).await;
    assert_eq!(default, allowed(418, ""), "the default service has the policy of the path");
    let default = answer(&app, actual("/orders", "https://else.example", "PURGE")).await;
    assert_eq!(default, allowed(418, "https://else.example"));
}

/// A middleware of the resource that makes another method of the one that was sent.
#[actix_web::test]
async fn headers_follow_the_route_that_runs_behind_a_changed_method() {
    let orders = resource("/orders").get(list).post(share).delete(drop_all).wrap(from_fn(
        |mut request: ServiceRequest, next: Next<_>| {
            let method = Method::from_bytes(request.query_string().as_bytes()).unwrap();
            request.head_mut().method = method;
            async move { next.call(request).await }
        },
    ));
    let app = init_service(App::new().service(orders).wrap(cors())).await;
    for (query, expected) in [("POST", PARTNER), ("GET", ""), ("DELETE", "")] {
        let request = actual(&format!("/orders?{query}"), PARTNER, "POST");
        assert_eq!(answer(&app, request).await, allowed(200, expected), "{query}");
    }
}

#[actix_web::test]
async fn guards_choose_among_the_routes_of_a_method() {
    let json = || guard::Header("accept", "application/json");
    let orders = resource("/orders")
        .route(route(Method::GET, share).guard(json()))
        .get(list)
        .route(route([Method::PUT, Method::PATCH], replace).guard(json()));
    let app = init_service(App::new().service(orders).wrap(cors())).await;

    let accepting = |request: TestRequest| request.insert_header(("accept", "application/json"));
    let request = || actual("/orders", PARTNER, "GET");
    assert_eq!(answer(&app, accepting(request())).await, allowed(200, PARTNER));
    assert_eq!(answer(&app, request()).await, allowed(200, ""));
    let refused = answer(&app, actual("/orders", APP, "PUT")).await;
    assert_eq!(refused.0, 405, "no route is left");
    let both = answer(&app, preflight("/orders", PARTNER, "GET")).await;
    assert_eq!(both, allowed(403, ""), "either may run");
}

#[actix_web::test]
async fn a_resource_hides_later_routes_of_its_path() {
    #[cors(origins = any)]
    #[delete("/orders")]
    async fn hidden() -> impl Responder {
        "hidden"
    }
    let app = App::new()
        .service(resource("/orders").get(list))
        .service(hidden)
        .wrap(Cors::builder().origins([APP]).methods(["DELETE"]).build().unwrap());
    let app = init_service(app).await;
    let refused = answer(&app, preflight("/orders", PARTNER, "DELETE")).await;
    assert_eq!(refused, allowed(403, ""), "a 405 has the policy of the path");
    let delete = answer(&app, actual("/orders", PARTNER, "DELETE")).await;
    assert_eq!(delete, allowed(405, ""));
}

#[actix_web::test]
async fn resources_have_names_data_guards_and_several_places() {
    async fn described(request: HttpRequest, data: web::Data<String>) -> String {
        let url = request.url_for("order", ["7"]).unwrap();
        format!("{} {} {}", data.as_str(), url.path(), request.match_pattern().unwrap())
    }
    fn part(config: &mut web::ServiceConfig) {
        config.service(
            resource("orders/{id}")
                .name("order")
                .app_data(web::Data::new("data".to_owned()))
                .get(described)
                .guard(guard::Header("x-version", "2")),
        );
        config.service(resource("/orders/{id}").get(share));
    }
    let app = App::new().service(web::scope("/api").configure(part)).wrap(cors());
    let app = init_service(app).await;
    let request = actual("/api/orders/1", APP, "GET").insert_header(("x-version", "2"));
    let response = try_call_service(&app, request.to_request()).await.unwrap();
    let body = actix_web::test::read_body(response).await;
    assert_eq!(body, "data /api/orders/7 /api/orders/{id}");
    let older = answer(&app, actual("/api/orders/1", PARTNER, "GET")).await;
    assert_eq!(older, allowed(200, PARTNER));
}

#[actix_web::test]
async fn mistakes_about_resources_are_reported_at_their_places() {
    #[cors(methods = [PUT])]
    async fn writes() -> impl Responder {
        "writes"
    }
    let report = |resource: cors_actix::CorsResource| async {
        let cors = Cors::builder().origins([APP]).build().unwrap();
        let before = cors.clone();
        let outcome = actix_web::rt::spawn(async move {
            use actix_service::{IntoServiceFactory as _, ServiceFactory as _};
            let app = App::new().service(resource).wrap(cors);
            let config = actix_web::dev::AppConfig::default();
            app.into_factory().new_service(config).await.is_ok()
        });
        let _ = before;
        outcome.await.unwrap()
    };
    assert!(!report(resource("/a").get(writes)).await, "`writes` may not be registered for GET");
    assert!(report(resource("/a").put(writes)).await);
    let conflict = resource("/a").get(share).get(list);
    assert!(!report(conflict).await, "two handlers of one method under different policies");
    let open = rules().origins_any().credentials(true);
    assert!(!report(resource("/a").get(list).cors(open)).await, "any origin with credentials");
}

/// The session of ten requests that a small editor makes: how many preflights it takes.
#[test]
fn a_session_takes_no_more_preflights_than_without_attributes() {
    #[cors]
    #[get("/articles/{slug}")]
    async fn read() -> impl Responder {
        "read"
    }
    #[cors]
    #[put("/articles/{slug}")]
    async fn write() -> impl Responder {
        "write"
    }
    #[cors]
    #[delete("/articles/{slug}")]
    async fn remove() -> impl Responder {
        "remove"
    }
    let attributed = |config: &mut web::ServiceConfig| {
        config.service(web::scope("/api/{v}").service(read).service(write).service(remove));
    };
    let resources = |config: &mut web::ServiceConfig| {
        let articles = resource("/articles/{slug}").get(list).put(list).delete(list);
        config.service(web::scope("/api/{v}").service(articles));
    };
    let plain = |config: &mut web::ServiceConfig| {
        let articles = web::resource("/articles/{slug}").get(list).put(list).delete(list);
        config.service(web::scope("/api/{v}").service(articles));
    };
    let counts = [preflights(attributed), preflights(resources), preflights(plain)];
    assert_eq!(counts, [4; 3], "one for each URL");
}

fn preflights(configure: fn(&mut web::ServiceConfig)) -> usize {
    let system = actix_web::rt::System::new();
    let cors = Cors::builder()
        .origins([APP])
        .methods(["GET", "PUT", "DELETE"])
        .headers(["authorization", "content-type"])
        .max_age("10m")
        .build()
        .unwrap();
    let app = system.block_on(init_service(App::new().configure(configure).wrap(cors)));
    let mut asked = 0;
    let mut network = |wire: &WireRequest| {
        asked += usize::from(wire.method == "OPTIONS");
        let method = Method::from_bytes(wire.method.as_bytes()).unwrap();
        let request = TestRequest::with_uri(wire.target()).method(method);
        let lines = wire.headers.iter();
        let request = lines.fold(request, |it, (n, v)| it.append_header((&**n, &**v)));
        let response = system.block_on(app.call(request.to_request())).unwrap();
        let text =
            |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap().to_owned();
        let headers = response.headers().iter().map(|(n, v)| (n.to_string(), text(v))).collect();
        WireResponse { status: response.status().as_u16(), headers, body: Vec::new() }
    };
    let mut browser = Browser::new();
    let session = [
        ("GET", "/one", "authorization"),
        ("PUT", "/one", "content-type"),
        ("GET", "/one", "authorization"),
        ("DELETE", "/one", "authorization"),
        ("PUT", "/two", "content-type"),
        ("PUT", "/two", "authorization"),
        ("GET", "/two", "authorization"),
        ("DELETE", "/three", "authorization"),
        ("PUT", "/four", "content-type"),
        ("DELETE", "/four", "authorization"),
    ];
    for (method, path, header) in session {
        let url = Url::parse(&format!("https://api.example/api/1/articles{path}")).unwrap();
        let request = FetchRequest::new(method, url).header(header, "application/json");
        let outcome = browser.fetch(&mut network, APP, &request);
        assert!(outcome.is_readable(), "{method} {path}: {outcome:?}");
    }
    asked
}

/// `examples/resources.rs`, with the requests in its documentation.
#[test]
fn the_example_answers_as_its_description_says() {
    let server = Example::start::<&str>("resources", [], &[("PORT", "0")]).unwrap();
    let address = server.line_after("listening on http://").unwrap().parse().unwrap();
    let ask = |method: &str, path: &str, origin: &str, lines: &[(&str, &str)]| {
        let lines = lines.iter().map(|(name, value)| (*name, value.as_bytes()));
        let lines: Vec<_> = [("origin", origin.as_bytes())].into_iter().chain(lines).collect();
        let reply = send(address, Protocol::Http1, method, path, &lines);
        let allowed = reply.header("access-control-allow-origin").unwrap_or_default();
        (reply.status, allowed)
    };
    let preflight = |path: &str, origin: &str, method: &str| {
        let lines = [
            ("access-control-request-method", method),
            ("access-control-request-headers", "content-type"),
        ];
        ask("OPTIONS", path, origin, &lines)
    };
    let [beta, partner] = ["https://beta.example.com", "https://partner.example.com"];
    let app = "https://app.example.com";
    for (path, origin, method, expected) in [
        ("/api/v1/orders/7", beta, "PUT", (204, beta)),
        ("/api/v1/orders/7", beta, "GET", (403, "")),
        ("/api/v1/reports", partner, "GET", (204, partner)),
        ("/api/v1/reports", partner, "DELETE", (403, "")),
        ("/api/v1/admin", app, "GET", (403, "")),
        ("/assets/page.js", "https://any.example", "GET", (204, "*")),
        ("/gateway/orders", app, "PUT", (200, "https://anywhere.example")),
    ] {
        let answer = preflight(path, origin, method);
        assert_eq!((answer.0, &*answer.1), expected, "{method} {path} {origin}");
    }
    assert_eq!(ask("GET", "/api/v1/orders", app, &[]), (401, app.to_owned()));
    let token = [("authorization", "Bearer 1")];
    assert_eq!(ask("GET", "/api/v1/orders", app, &token), (200, app.to_owned()));
    let anywhere = "https://anywhere.example".to_owned();
    assert_eq!(ask("GET", "/gateway/orders", app, &[]), (200, anywhere));
    let mut answers = (0..2_000).map(|_| ask("GET", "/api/v1/orders", app, &token));
    assert_eq!(answers.find(|answer| answer.0 != 200), Some((429, app.to_owned())));
}
