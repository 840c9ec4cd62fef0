//! A `Cors` around a scope: which handlers it answers for, and what does not start.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_service::{IntoServiceFactory as _, ServiceFactory};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Service, ServiceRequest, ServiceResponse};
use actix_web::guard::Host;
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, Responder, get, put, web};
use cors_actix::{Cors, cors, paths, resource, rules};

const ONE: &str = "https://one.example";
const TWO: &str = "https://two.example";

#[cors]
#[get("/list")]
async fn list() -> impl Responder {
    "list"
}

#[cors(headers += "x-csrf-token")]
#[put("/list")]
async fn replace() -> impl Responder {
    "replace"
}

async fn plain() -> impl Responder {
    "plain"
}

fn cors(origin: &'static str) -> Cors {
    Cors::builder().origins([origin]).build().unwrap()
}

async fn ask<B: MessageBody + 'static>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    (method, path): (&str, &str),
    host: &str,
    origin: &str,
) -> (u16, String) {
    let (method, asked) = match method.split_once(' ') {
        Some((_, asked)) => (Method::OPTIONS, Some(("access-control-request-method", asked))),
        None => (Method::from_bytes(method.as_bytes()).unwrap(), None),
    };
    let request = TestRequest::with_uri(path).method(method);
    let request = request.insert_header(("host", host)).insert_header(("origin", origin));
    let request = asked.into_iter().fold(request, TestRequest::insert_header);
    let response = app.call(request.to_request()).await.unwrap();
    let allowed = response.headers().get("access-control-allow-origin");
    assert!(
        !response.headers().iter().any(|(_, value)| value.len() > 100),
        "nothing of the library reaches the wire: {:?}",
        response.headers()
    );
    let allowed = allowed.map_or("", |value| value.to_str().unwrap()).to_owned();
    (response.status().as_u16(), allowed)
}

#[actix_web::test]
async fn scopes_of_one_prefix_behind_guards_have_configurations_of_their_own() {
    let tenant = |host: &'static str, origin: &'static str| {
        let scope = web::scope("/api/{v}").guard(Host(host));
        let scope = scope.service(list).service(replace).route("/plain", web::get().to(plain));
        cors(origin).around(scope.service(resource("/res").get(plain).put(plain)))
    };
    let app = App::new()
        .service(tenant("t1.example.com", ONE))
        .service(tenant("t2.example.com", TWO))
        .route("/", web::get().to(plain));
    let app = init_service(app).await;
    let paths = ["/api/1/list", "/api/1/res", "/api/1/plain"];
    for (host, mine, other) in [("t1.example.com", ONE, TWO), ("t2.example.com", TWO, ONE)] {
        for path in paths {
            for ask_for in ["GET", "OPTIONS GET", "OPTIONS PUT"] {
                if ask_for.ends_with("PUT") && path.ends_with("plain") {
                    continue;
                }
                let status = if ask_for == "GET" { [200, 200] } else { [204, 403] };
                let at = format!("{host} {ask_for} {path}");
                let answer = ask(&app, (ask_for, path), host, mine).await;
                assert_eq!(answer, (status[0], mine.to_owned()), "{at}");
                assert_eq!(
                    ask(&app, (ask_for, path), host, other).await,
                    (status[1], String::new()),
                    "{at}"
                );
            }
        }
        assert_eq!(ask(&app, ("GET", "/"), host, mine).await, (200, String::new()), "outside");
        let missing = ask(&app, ("GET", "/api/1/missing"), host, mine).await;
        assert_eq!(missing, (404, mine.to_owned()), "inside");
    }
}

/// A library that only has a `ServiceConfig`, and an application with handlers beside it.
#[actix_web::test]
async fn a_part_may_be_configured_by_a_library() {
    fn library(config: &mut web::ServiceConfig) {
        let scope = web::scope("").service(resource("/widgets").get(plain).put(plain));
        let group = paths("/widgets", rules().max_age("1h"));
        config.service(cors(ONE).around(scope.service(group).service(list)));
    }
    let app = App::new()
        .service(web::scope("/lib").configure(library))
        .service(cors(TWO).around(web::scope("/api").service(list)))
        .default_service(web::to(HttpResponse::NotFound));
    let app = init_service(app).await;
    assert_eq!(ask(&app, ("OPTIONS PUT", "/lib/widgets"), "x.example", ONE).await.0, 204);
    assert_eq!(ask(&app, ("OPTIONS PUT", "/lib/widgets"), "x.example", TWO).await.0, 403);
    assert_eq!(ask(&app, ("GET", "/lib/list"), "x.example", ONE).await, (200, ONE.to_owned()));
    assert_eq!(ask(&app, ("GET", "/api/list"), "x.example", ONE).await, (200, String::new()));
    assert_eq!(ask(&app, ("GET", "/api/list"), "x.example", TWO).await, (200, TWO.to_owned()));
}

#[actix_web::test]
async fn the_table_names_the_scope() {
    let shared = cors(ONE);
    let app = App::new()
        .service(shared.around(web::scope("/a").service(list)))
        .service(shared.around(web::scope("/b/{id}").service(replace)));
    let _app = init_service(app).await;
    let table = shared.table();
    let labels: Vec<_> = table.rows().iter().map(|row| row.label()).collect();
    let expected =
        ["/a/list", "/b/{id}/list", "everything else in /a", "everything else in /b/{id}"];
    assert_eq!(labels, expected);
}

async fn starts<T, B>(app: App<T>) -> bool
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    app.into_factory().new_service(AppConfig::default()).await.is_ok()
}

#[actix_web::test]
async fn one_cors_inside_another_does_not_start() {
    let part = || cors(ONE).around(web::scope("/api").service(list));
    assert!(starts(App::new().service(part())).await);
    assert!(!starts(App::new().service(part()).wrap(cors(TWO))).await, "around the application");
    let nested = web::scope("/outer").service(part());
    assert!(!starts(App::new().service(cors(TWO).around(nested))).await, "around another scope");
    let wrapped = web::scope("/api").service(web::scope("/v1").wrap(cors(ONE)));
    assert!(!starts(App::new().service(list).service(wrapped).wrap(cors(TWO))).await);
    let mistake =
        web::scope("/api").service(resource("/x").get(plain).cors(rules().origins(["x"])));
    assert!(!starts(App::new().service(cors(ONE).around(mistake))).await, "a wrong rule");
}

/// A plain `wrap` around a scope answers for what has no `#[cors]`; no `Cors` answers
/// for the handlers with one, so they are closed.
#[actix_web::test]
async fn a_wrapped_scope_answers_for_nothing_annotated() {
    let scope = |path: &str, origin| {
        web::scope(path).service(list).route("/plain", web::get().to(plain)).wrap(cors(origin))
    };
    let app = App::new().service(scope("/a", ONE)).service(scope("/b", TWO)).service(replace);
    let app = init_service(app).await;
    for (path, origin) in [("/a", ONE), ("/b", TWO)] {
        let seen = ask(&app, ("GET", &format!("{path}/plain")), "x.example", origin).await;
        assert_eq!(seen, (200, origin.to_owned()));
        let seen = ask(&app, ("GET", &format!("{path}/list")), "x.example", origin).await;
        assert_eq!(seen, (200, String::new()));
    }
}

/// Nor are preflights for them allowed, in any reading of the path: not by a `Cors` around their
/// scope or resource, and not by one around another `Cors`.
#[actix_web::test]
async fn a_wrapped_scope_allows_no_preflight_for_annotated_handlers() {
    #[cors(off)]
    #[put("/off")]
    async fn off() -> impl Responder {
        "off"
    }
    let inner = || cors(TWO).around(web::scope("/part").service(off).service(list));
    let open = || Cors::builder().origins([ONE]).methods(["PUT"]).build().unwrap();
    let scope = web::scope("/a").service(off).service(list).service(inner());
    let scope = scope.route("/plain", web::put().to(plain)).wrap(open());
    let of_resource = resource("/b").get(plain).put(plain).cors(rules().off()).wrap(open());
    let app = init_service(App::new().service(scope).service(of_resource)).await;
    let paths = ["/a/off", "/a//off", "/a/off/", "/a/list", "/a/part/off", "/a/part/list", "/b"];
    for path in paths {
        for method in ["OPTIONS GET", "OPTIONS PUT"] {
            for origin in [ONE, TWO] {
                let seen = ask(&app, (method, path), "x.example", origin).await;
                assert_eq!(seen, (403, String::new()), "{method} {path} {origin}");
            }
        }
    }
    let seen = ask(&app, ("OPTIONS PUT", "/a/plain"), "x.example", ONE).await;
    assert_eq!(seen, (204, ONE.to_owned()));
}
