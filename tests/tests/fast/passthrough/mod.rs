//! `passthrough`: gateways and handlers that answer CORS themselves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod found;
mod scripts;

use actix_web::dev::Service as _;
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpRequest, HttpResponse, get, put, route, web};
use cors_actix::{Cors, CorsBuilder, cors, limits, paths, resource, rules};

const APP: &str = "https://app.example";
const OTHER: &str = "https://other.example";

/// What an upstream server answers: it allows every page.
async fn upstream(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header(("access-control-allow-origin", "*"));
    if request.method() == Method::OPTIONS {
        response.insert_header(("access-control-allow-methods", "PUT, DELETE"));
        response.insert_header(("access-control-max-age", "600"));
    }
    response.finish()
}

#[cors(passthrough)]
#[route("/dav/{tail:.*}", method = "OPTIONS", method = "GET", method = "PUT")]
async fn dav(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[cors]
#[get("/list")]
async fn list(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

mod gateway {
    use actix_web::{HttpRequest, HttpResponse, delete, get};
    use cors_actix::cors;

    #[cors(passthrough)]
    pub(super) mod api {
        use super::{HttpRequest, HttpResponse, cors, delete, get};

        #[cors(passthrough)]
        #[get("/module/own")]
        pub(in super::super) async fn own(request: HttpRequest) -> HttpResponse {
            super::super::upstream(request).await
        }

        #[cors(origins = ["https://app.example"])]
        #[delete("/module/strict")]
        pub(in super::super) async fn strict(request: HttpRequest) -> HttpResponse {
            super::super::upstream(request).await
        }
    }
}

/// A `Cors` and what it is around.
type Site = (Cors, fn(&mut ServiceConfig));

fn builder() -> CorsBuilder {
    Cors::builder().origins([APP])
}

/// The status, and the lines that matter to CORS, of a request or of a preflight
/// (`OPTIONS PUT`) of a page.
async fn ask((cors, configure): &Site, line: &str, origin: &str) -> String {
    let app = init_service(App::new().configure(configure).wrap(cors.clone())).await;
    let (methods, path) = line.rsplit_once(' ').unwrap();
    let (method, asked) = match methods.split_once(' ') {
        Some((_, asked)) => (Method::OPTIONS, Some(("access-control-request-method", asked))),
        None => (Method::from_bytes(methods.as_bytes()).unwrap(), None),
    };
    let request = TestRequest::with_uri(path).method(method).insert_header(("origin", origin));
    let request = asked.into_iter().fold(request, TestRequest::insert_header);
    let response = app.call(request.to_request()).await.unwrap();
    let lines = response.headers().iter().filter_map(|(name, value)| {
        let value = value.to_str().unwrap();
        assert!(value.len() < 100, "nothing of the library reaches the wire: {name}: {value}");
        let short = name.as_str().strip_prefix("access-control-allow-");
        let is_about_cors = name.as_str().starts_with("access-control") || name == "vary";
        is_about_cors.then(|| format!("{}: {value}", short.unwrap_or(name.as_str())))
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    format!("{} {}", response.status().as_u16(), lines.join("; ")).trim_end().to_owned()
}

const OPEN: &str = "200 origin: *";
const AGREED: &str = "200 access-control-max-age: 600; methods: PUT, DELETE; origin: *";

#[actix_web::test]
async fn a_handler_answers_preflights_and_sets_headers_itself() {
    let app: Site = (builder().build().unwrap(), |app| {
        app.service(dav).service(list);
    });
    assert_eq!(ask(&app, "OPTIONS PUT /dav/a", OTHER).await, AGREED);
    for line in ["PUT /dav/a", "GET /dav/a"] {
        assert_eq!(ask(&app, line, OTHER).await, OPEN);
    }
    // Of a method that it does not serve, it is not asked.
    assert_eq!(ask(&app, "OPTIONS DELETE /dav/a", OTHER).await.split(' ').next(), Some("403"));
    assert_eq!(ask(&app, "GET /list", OTHER).await, "200 vary: Origin");
    assert_eq!(ask(&app, "GET /list", APP).await, "200 origin: https://app.example; vary: Origin");
}

#[actix_web::test]
async fn a_group_covers_what_is_not_annotated() {
    let cors = builder().paths("/gateway/**", rules().passthrough()).build().unwrap();
    let app: Site = (cors.clone(), |app| {
        app.service(web::scope("/gateway").default_service(web::to(upstream)))
            .service(web::resource("/plain").to(upstream));
    });
    assert_eq!(ask(&app, "OPTIONS PUT /gateway/orders/1", OTHER).await, AGREED);
    assert_eq!(ask(&app, "GET /gateway/orders", OTHER).await, OPEN);
    assert_eq!(ask(&app, "GET /plain", OTHER).await, "200 vary: Origin");
    // Another spelling leads out of the group, so that one decides.
    assert_eq!(ask(&app, "GET /gateway/../plain", OTHER).await, "200 vary: Origin");
    let table = cors.table();
    assert_eq!(table.rows()[0].label(), "/gateway/**");
    assert!(table.to_string().contains("passthrough"), "{table}");
}

#[actix_web::test]
async fn paths_and_routes_of_a_resource_may_pass_through() {
    let cors = builder().build().unwrap();
    let app: Site = (cors.clone(), |app| {
        app.service(
            resource("/upload")
                .get(upstream)
                .route(cors_actix::route(Method::PUT, upstream).cors(rules().passthrough()))
                .default_service(web::to(upstream)),
        )
        .service(paths("/tus/**", rules().passthrough()))
        .service(web::resource("/tus/{id}").to(upstream));
    });
    assert_eq!(ask(&app, "OPTIONS PUT /upload", OTHER).await, AGREED);
    assert_eq!(ask(&app, "PUT /upload", OTHER).await, OPEN);
    assert_eq!(ask(&app, "GET /upload", OTHER).await, "200 vary: Origin");
    assert_eq!(ask(&app, "OPTIONS DELETE /tus/1", OTHER).await, AGREED);
    assert_eq!(ask(&app, "PATCH /tus/1", OTHER).await, OPEN);
}

#[actix_web::test]
async fn a_module_passes_through_unless_a_handler_sets_origins() {
    let app: Site = (builder().build().unwrap(), |app| {
        app.service(gateway::api::own).service(gateway::api::strict);
    });
    assert_eq!(ask(&app, "GET /module/own", OTHER).await, OPEN);
    assert_eq!(ask(&app, "DELETE /module/strict", OTHER).await, "200 vary: Origin");
}

#[cors(passthrough)]
#[get("/items/{id}")]
async fn item(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[cors]
#[get("/items/special")]
async fn special(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[actix_web::test]
async fn another_policy_that_may_apply_decides() {
    let app: Site = (builder().build().unwrap(), |app| {
        app.service(special).service(item);
    });
    assert_eq!(ask(&app, "GET /items/1", OTHER).await, OPEN);
    assert_eq!(ask(&app, "GET /items/special", OTHER).await, "200 vary: Origin");
    // As a path it is the one, and decoded the other.
    assert_eq!(
        ask(&app, "OPTIONS GET /items/%73pecial", OTHER).await.split(' ').next(),
        Some("403")
    );
}

#[cors(passthrough)]
#[put("/enforced/hook")]
async fn hook(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[actix_web::test]
async fn enforce_refuses_nothing_that_passes_through() {
    let cors = builder().enforce(true).build().unwrap();
    let app: Site = (cors.clone(), |app| {
        app.service(hook).service(web::resource("/enforced/plain").to(upstream));
    });
    assert_eq!(ask(&app, "PUT /enforced/hook", OTHER).await, OPEN);
    assert_eq!(ask(&app, "PUT /enforced/plain", OTHER).await.split(' ').next(), Some("403"));
}

#[actix_web::test]
async fn requests_that_pass_through_are_not_counted() {
    let cors = builder().paths("/gateway/**", rules().passthrough()).build().unwrap();
    let app: Site = (cors.clone(), |app| {
        app.default_service(web::to(upstream));
    });
    for line in ["GET /gateway/a", "OPTIONS PUT /gateway/a"] {
        ask(&app, line, OTHER).await;
    }
    assert!(cors.counts().iter().all(|(_, count)| count == 0));
    ask(&app, "GET /a", OTHER).await;
    assert_eq!(cors.counts().iter().map(|(_, count)| count).sum::<u64>(), 1);
}

#[actix_web::test]
async fn limits_apply_unless_they_accept_it() {
    let with =
        |limits| builder().paths("/gateway/**", rules().passthrough()).limits(limits).build();
    let error = with(limits().max_age("1h")).unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::over-limit");
    assert!(with(limits().max_age("1h").passthrough(true)).is_ok());
}
