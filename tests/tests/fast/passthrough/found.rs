//! `passthrough` where it meets other policies, other producers of responses, and reloads.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::dev::Service as _;
use actix_web::guard::Host;
use actix_web::http::Method;
use actix_web::middleware::{NormalizePath, TrailingSlash};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpRequest, HttpResponse, delete, get, post, put, route, web};
use cors_actix::{Cors, CorsBuilder, cors, limits, paths, resource, rules};
use cors_tests::script::{Act, Script};

const APP: &str = "https://app.example";
const OTHER: &str = "https://other.example";

/// An upstream server that sends all CORS headers with every response.
async fn upstream(_: HttpRequest) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("access-control-allow-origin", "*"))
        .insert_header(("access-control-allow-methods", "PUT, DELETE"))
        .finish()
}

/// The same, with `Access-Control-Max-Age`.
async fn upstream_with_age(_: HttpRequest) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("access-control-allow-origin", "*"))
        .insert_header(("access-control-max-age", "600"))
        .finish()
}

fn builder() -> CorsBuilder {
    Cors::builder().origins([APP])
}

type Site<'s> = (Cors, fn(&mut ServiceConfig), &'s [Act]);

async fn send(site: &Site<'_>, line: &str, headers: &[(&str, &str)]) -> String {
    let (cors, configure, acts) = site;
    let script = Script::new(acts);
    let app = App::new().configure(configure).wrap(script).wrap(cors.clone());
    let app = init_service(app).await;
    let (methods, path) = line.rsplit_once(' ').unwrap();
    let (method, asked) = match methods.split_once(' ') {
        Some((_, asked)) => (Method::OPTIONS, Some(("access-control-request-method", asked))),
        None => (Method::from_bytes(methods.as_bytes()).unwrap(), None),
    };
    let request = TestRequest::with_uri(path).method(method);
    let request = headers.iter().fold(request, |it, header| it.append_header(*header));
    let request = asked.into_iter().fold(request, TestRequest::insert_header);
    match app.call(request.to_request()).await {
        Ok(response) => told(response.status().as_u16(), response.headers()),
        Err(error) => {
            let response = error.error_response();
            told(response.status().as_u16(), response.headers())
        }
    }
}

fn told(status: u16, headers: &actix_web::http::header::HeaderMap) -> String {
    let lines = headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().unwrap();
        assert!(value.len() < 100, "nothing of the library reaches the wire: {name}: {value}");
        let short = name.as_str().strip_prefix("access-control-allow-");
        let is_about_cors = name.as_str().starts_with("access-control") || name == "vary";
        is_about_cors.then(|| format!("{}: {value}", short.unwrap_or(name.as_str())))
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    format!("{status} {}", lines.join("; ")).trim_end().to_owned()
}

async fn ask(site: &Site<'_>, line: &str, origin: &str) -> String {
    send(site, line, &[("origin", origin)]).await
}

const OPEN: &str = "200 methods: PUT, DELETE; origin: *";

#[cors(passthrough)]
#[route("/aged/{tail:.*}", method = "OPTIONS", method = "GET")]
async fn aged(request: HttpRequest) -> HttpResponse {
    upstream_with_age(request).await
}

#[actix_web::test]
async fn a_handler_may_send_max_age_with_every_response() {
    // `Cors` removes no header of a handler that is `passthrough`: many servers send all
    // their CORS headers with every response, `Access-Control-Max-Age` included.
    let cors = builder().paths("/gateway/**", rules().passthrough()).build().unwrap();
    let site: Site<'_> = (
        cors,
        |app| {
            app.service(aged).service(web::resource("/gateway/{id}").to(upstream_with_age));
        },
        &[],
    );
    for line in ["GET /gateway/a", "GET /aged/a"] {
        let expected = "200 access-control-max-age: 600; origin: *";
        assert_eq!(ask(&site, line, OTHER).await, expected, "{line}");
    }
}

#[cors(origins = ["https://admin.example"], enforce)]
#[post("/{tenant}/delete")]
async fn strict(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[cors(off)]
#[get("/{tenant}/secret")]
async fn secret(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[actix_web::test]
async fn a_route_with_rules_of_its_own_does_not_pass_through_in_a_group() {
    // The client chooses the path, so a group may not take the rules of a
    // handler away that is not `passthrough` itself. (For `off` it may: that narrows.)
    let cors = builder().paths("/gateway/**", rules().passthrough()).build().unwrap();
    let site: Site<'_> = (
        cors,
        |app| {
            app.service(strict).service(secret);
        },
        &[],
    );
    assert_eq!(ask(&site, "POST /acme/delete", OTHER).await, "403 vary: Origin");
    assert_eq!(ask(&site, "GET /acme/secret", OTHER).await, "200");
    assert_eq!(ask(&site, "GET /gateway/secret", OTHER).await, "200");
    assert_eq!(ask(&site, "POST /gateway/delete", OTHER).await, "403 vary: Origin");
}

#[cors(passthrough, host = "gw.example.com")]
#[route("/hosted", method = "OPTIONS", method = "GET", method = "PUT")]
async fn hosted(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[cors(passthrough)]
#[route("/partly/{tail:.*}", method = "OPTIONS", method = "GET", method = "PUT")]
async fn partly(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[actix_web::test]
async fn enforce_elsewhere_refuses_no_preflight_that_passes_through() {
    // The route is under `enforce` on other hosts and in a group only.
    let cors = builder().enforce(true).paths("/partly/closed/**", rules().off()).build().unwrap();
    let site: Site<'_> = (
        cors,
        |app| {
            app.service(hosted).service(partly);
        },
        &[],
    );
    let gw = [("host", "gw.example.com"), ("origin", OTHER)];
    assert_eq!(send(&site, "PUT /hosted", &gw).await, OPEN);
    assert_eq!(send(&site, "OPTIONS PUT /hosted", &gw).await, OPEN);
    assert_eq!(ask(&site, "PUT /partly/a", OTHER).await, OPEN);
    assert_eq!(ask(&site, "OPTIONS PUT /partly/a", OTHER).await, OPEN);
    assert_eq!(ask(&site, "PUT /partly/closed/a", OTHER).await, "403 vary: Origin");
    assert!(ask(&site, "OPTIONS PUT /partly/closed/a", OTHER).await.starts_with("403 vary"));
    let other = [("host", "other.example.com"), ("origin", OTHER)];
    assert_eq!(send(&site, "PUT /hosted", &other).await, "403 vary: Origin");
    // The host cannot be told, so that of the other policy counts.
    for hosts in [["gw.example.com", "www.example.com"], ["www.example.com", "gw.example.com"]] {
        let headers = [("host", hosts[0]), ("host", hosts[1]), ("origin", OTHER)];
        assert_eq!(send(&site, "PUT /hosted", &headers).await, "403 vary: Origin");
        assert!(send(&site, "OPTIONS PUT /hosted", &headers).await.starts_with("403 vary"));
    }
}

#[cors(passthrough)]
#[put("/split")]
async fn split_put(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[cors]
#[route("/split", method = "OPTIONS")]
async fn split_options(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[actix_web::test]
async fn headers_of_a_handler_that_is_not_passthrough_are_removed_from_answers_to_preflights() {
    // The preflight is for PUT, which is `passthrough`; what answers it is not.
    let site: Site<'_> = (
        builder().build().unwrap(),
        |app| {
            app.service(split_put).service(split_options);
        },
        &[],
    );
    let answer = ask(&site, "OPTIONS PUT /split", OTHER).await;
    assert!(!answer.contains("origin: *"), "{answer}");
}

#[cors]
#[route("/strict-options", method = "OPTIONS", method = "GET")]
async fn strict_options(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[actix_web::test]
async fn a_preflight_that_is_led_elsewhere_keeps_no_headers_of_a_strict_handler() {
    let cors = builder().paths("/gateway/**", rules().passthrough()).build().unwrap();
    let site: Site<'_> = (
        cors,
        |app| {
            app.service(strict_options).default_service(web::to(upstream));
        },
        &[Act::Path("/strict-options"), Act::Call],
    );
    let answer = ask(&site, "GET /gateway/a", OTHER).await;
    assert!(!answer.contains("origin: *"), "{answer}");
    let answer = ask(&site, "OPTIONS PUT /gateway/a", OTHER).await;
    assert!(!answer.contains("origin: *"), "{answer}");
}

async fn plain(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[actix_web::test]
async fn spellings_of_paths_do_not_lead_out_of_a_group_unseen() {
    let cors = builder().enforce(true).paths("/gateway/**", rules().passthrough()).build().unwrap();
    let configure: fn(&mut ServiceConfig) = |app| {
        app.service(web::resource("/plain").to(plain))
            .service(web::resource("/gatewayx").to(plain))
            .service(web::scope("/{s}").default_service(web::to(plain)))
            .default_service(web::to(plain));
    };
    for mode in [TrailingSlash::Trim, TrailingSlash::Always, TrailingSlash::MergeOnly] {
        let app = App::new().configure(configure).wrap(NormalizePath::new(mode)).wrap(cors.clone());
        let inside = init_service(app).await;
        let app = App::new().configure(configure).wrap(cors.clone()).wrap(NormalizePath::new(mode));
        let outside = init_service(app).await;
        for path in [
            "/gateway/../plain",
            "/gateway/%2e%2e/plain",
            "/gateway/%2E./plain",
            "/gateway/..%2Fplain",
            "/gateway%2F..%2Fplain",
            "//gateway/..//plain",
            "/gateway/a/../../plain/",
            "/plain",
            "/plain/",
            "//plain",
            "/gatewayx",
            "/GATEWAY/a",
            "/gatewa%79x",
            "/gateway%2f..",
            "/a/%2e%2e/gateway%00",
            "/gateway;/../plain",
            "/gateway",
        ] {
            for (name, is_inside) in [("inside", true), ("outside", false)] {
                for method in [Method::GET, Method::POST] {
                    let request = TestRequest::with_uri(path)
                        .method(method)
                        .insert_header(("origin", OTHER))
                        .to_request();
                    let answer = match is_inside {
                        true => inside
                            .call(request)
                            .await
                            .map(|it| told(it.status().as_u16(), it.headers())),
                        false => outside
                            .call(request)
                            .await
                            .map(|it| told(it.status().as_u16(), it.headers())),
                    };
                    let answer = answer.unwrap();
                    if path == "/gateway" {
                        continue;
                    }
                    assert!(
                        !answer.contains("origin: *") && answer.starts_with("403"),
                        "{mode:?} {name} {path}: {answer}"
                    );
                }
            }
        }
    }
}

#[actix_web::test]
async fn hosts_of_groups_are_told_apart() {
    let cors = Cors::builder().origins([APP]).enforce(true).build().unwrap();
    let site: Site<'_> = (
        cors,
        |app| {
            app.service(paths("/**", rules().passthrough()).host("gw.example.com"));
            app.service(
                web::scope("/a").guard(Host("gw.example.com")).default_service(web::to(upstream)),
            )
            .service(web::scope("/a").default_service(web::to(upstream)));
        },
        &[],
    );
    let open = [("host", "gw.example.com"), ("origin", OTHER)];
    assert_eq!(send(&site, "PUT /a/x", &open).await, OPEN);
    assert_eq!(send(&site, "OPTIONS PUT /a/x", &open).await, OPEN);
    for hosts in [
        &["www.example.com"][..],
        &["gw.example.com", "www.example.com"],
        &["www.example.com", "gw.example.com"],
        &["gw.example.com."],
        &["GW.example.com@www.example.com"],
        &["www.example.com, gw.example.com"],
        &["gw.example.com/"],
        &["gw.example.com#"],
        &[" "],
        &[],
    ] {
        let mut headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        headers.push(("origin", OTHER));
        let answer = send(&site, "PUT /a/x", &headers).await;
        assert!(answer.starts_with("403"), "{hosts:?} {answer}");
        let answer = send(&site, "OPTIONS PUT /a/x", &headers).await;
        assert!(answer.starts_with("403"), "{hosts:?} {answer}");
    }
    // An absolute target, with another `Host`.
    let answer = send(
        &site,
        "PUT http://gw.example.com/a/x",
        &[("host", "www.example.com"), ("origin", OTHER)],
    )
    .await;
    assert!(answer.starts_with("403"), "{answer}");
    let answer = send(&site, "PUT http://www.example.com/a/x", &open).await;
    assert!(answer.starts_with("403"), "{answer}");
}

#[cors(origins = ["https://app.example"])]
#[delete("/gateway/orders")]
async fn delete_order(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[cors(replace, origins = ["https://app.example"])]
#[get("/gateway/replaced")]
async fn replaced(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[actix_web::test]
async fn rules_above_a_group_that_passes_through_apply() {
    let cors = builder().enforce(true).paths("/gateway/**", rules().passthrough()).build().unwrap();
    let site: Site<'_> = (
        cors,
        |app| {
            app.service(delete_order).service(replaced).default_service(web::to(upstream));
        },
        &[],
    );
    assert_eq!(ask(&site, "GET /gateway/x", OTHER).await, OPEN);
    assert_eq!(ask(&site, "DELETE /gateway/orders", OTHER).await, "403 vary: Origin");
    assert!(ask(&site, "OPTIONS DELETE /gateway/orders", OTHER).await.starts_with("403 vary"));
    assert_eq!(ask(&site, "GET /gateway/replaced", OTHER).await, "200 vary: Origin");
    for asked in [["DELETE", "PUT"], ["PUT", "DELETE"]] {
        let lines = asked.map(|method| ("access-control-request-method", method));
        let headers = [("origin", OTHER), lines[0], lines[1]];
        let answer = send(&site, "OPTIONS /gateway/orders", &headers).await;
        assert!(answer.starts_with("403"), "{asked:?} {answer}");
    }
    let twice = [("origin", OTHER), ("origin", APP)];
    assert_eq!(send(&site, "DELETE /gateway/orders", &twice).await, "403 vary: Origin");
    assert!(send(&site, "OPTIONS DELETE /gateway/orders", &twice).await.starts_with("403 vary"));
}

#[test]
fn limits_apply_to_groups_of_the_application() {
    use actix_service::{IntoServiceFactory as _, ServiceFactory as _};
    use actix_web::dev::AppConfig;
    let starts = |cors: Cors, configure: fn(&mut ServiceConfig)| {
        let app = App::new().configure(configure).wrap(cors).into_factory();
        actix_web::rt::System::new().block_on(app.new_service(AppConfig::default())).is_ok()
    };
    let cors = |limits| builder().limits(limits).build().unwrap();
    let group: fn(&mut ServiceConfig) = |app| {
        app.service(paths("/tus/**", rules().passthrough()));
        app.service(delete_order);
    };
    let handler: fn(&mut ServiceConfig) = |app| {
        app.service(hosted);
    };
    let of_resource: fn(&mut ServiceConfig) = |app| {
        app.service(
            resource("/upload")
                .route(cors_actix::route(Method::PUT, upstream).cors(rules().passthrough())),
        );
    };
    for configure in [group, handler, of_resource] {
        assert!(!starts(cors(limits().max_age("1h")), configure));
        assert!(starts(cors(limits().max_age("1h").passthrough(true)), configure));
        let narrow =
            limits().passthrough(true).route_overrides(cors_actix::core::Overrides::Narrow);
        assert!(!starts(cors(narrow), configure), "narrow");
        let none = limits().passthrough(true).route_overrides(cors_actix::core::Overrides::None);
        assert!(!starts(cors(none), configure), "none");
    }
}

#[cors(passthrough)]
#[get("/fails/{name}")]
async fn fails(name: web::Path<String>) -> Result<HttpResponse, actix_web::Error> {
    let response = HttpResponse::Conflict()
        .insert_header(("access-control-allow-origin", "*"))
        .insert_header(("access-control-max-age", "7"))
        .finish();
    Err(actix_web::error::InternalError::from_response(name.into_inner(), response).into())
}

#[cors]
#[get("/fails-strictly")]
async fn fails_strictly() -> Result<HttpResponse, actix_web::Error> {
    fails_with("strict".to_owned())
}

fn fails_with(name: String) -> Result<HttpResponse, actix_web::Error> {
    let response = HttpResponse::Conflict()
        .insert_header(("access-control-allow-origin", "*"))
        .insert_header(("access-control-max-age", "7"))
        .finish();
    Err(actix_web::error::InternalError::from_response(name, response).into())
}

#[actix_web::test]
async fn errors_of_handlers_are_left_alone_where_they_pass_through() {
    let configure: fn(&mut ServiceConfig) = |app| {
        app.service(fails).service(fails_strictly);
    };
    let cors = || builder().build().unwrap();
    for acts in
        [&[][..], &[Act::Call], &[Act::Call, Act::FromError], &[Act::Call, Act::RaiseResponse]]
    {
        let site: Site<'_> = (cors(), configure, acts);
        let answer = ask(&site, "GET /fails/a", OTHER).await;
        if acts.len() < 2 {
            assert_eq!(answer, "409 access-control-max-age: 7; origin: *");
        }
        let answer = ask(&site, "GET /fails-strictly", OTHER).await;
        assert!(!answer.contains("origin: *"), "{acts:?} {answer}");
    }
}

#[cors(passthrough)]
#[get("/silent")]
async fn silent() -> HttpResponse {
    HttpResponse::Ok().body("for no page")
}

#[cors]
#[get("/outer")]
async fn outer() -> HttpResponse {
    let cors = Cors::builder().origins([OTHER]).build().unwrap();
    let app = init_service(App::new().service(silent).wrap(cors)).await;
    let request = TestRequest::with_uri("/silent").insert_header(("origin", APP));
    let response = app.call(request.to_request()).await.unwrap();
    response.into_parts().1.map_into_boxed_body()
}

#[actix_web::test]
async fn an_outer_application_allows_no_more_than_a_handler_that_passes_through() {
    // The handler further in decides, and allows no page. (Edges know of each other if there
    // is more than one when the request comes in.)
    let _other = init_service(App::new().wrap(builder().build().unwrap())).await;
    let site: Site<'_> = (
        builder().build().unwrap(),
        |app| {
            app.service(outer);
        },
        &[],
    );
    assert_eq!(ask(&site, "GET /outer", APP).await, "200 vary: Origin");
}

#[actix_web::test]
async fn a_guard_or_another_scope_keeps_others_from_passing_through() {
    let cors = builder().enforce(true).build().unwrap();
    let site: Site<'_> = (
        cors,
        |app| {
            app.service(
                resource("/guarded")
                    .guard(actix_web::guard::Header("x-a", "1"))
                    .route(cors_actix::route(Method::PUT, upstream).cors(rules().passthrough())),
            )
            .service(web::resource("/guarded").to(upstream));
        },
        &[],
    );
    assert!(ask(&site, "OPTIONS PUT /guarded", OTHER).await.starts_with("403"));
    assert_eq!(ask(&site, "PUT /guarded", OTHER).await, "403 vary: Origin");
}

#[cors(passthrough)]
#[route("/in", method = "GET", method = "OPTIONS")]
async fn in_part(request: HttpRequest) -> HttpResponse {
    upstream(request).await
}

#[actix_web::test]
async fn a_cors_around_a_scope_lets_pass() {
    let cors = builder().enforce(true).paths("/part/gw/**", rules().passthrough()).build().unwrap();
    let scope = web::scope("/part")
        .service(in_part)
        .service(web::scope("/gw").default_service(web::to(upstream)))
        .default_service(web::to(upstream));
    let app = init_service(App::new().service(cors.around(scope))).await;
    for (path, passes) in [
        ("/part/in", true),
        ("/part/gw/a", true),
        ("/part/other", false),
        ("/part/gw/../in", false),
        ("/part//in", false),
    ] {
        for preflight in [false, true] {
            let request = TestRequest::with_uri(path).insert_header(("origin", OTHER));
            let request = match preflight {
                true => request
                    .method(Method::OPTIONS)
                    .insert_header(("access-control-request-method", "GET")),
                false => request,
            };
            let response = app.call(request.to_request()).await.unwrap();
            let answer = told(response.status().as_u16(), response.headers());
            assert_eq!(answer == OPEN, passes, "{path} {preflight} {answer}");
        }
    }
}

#[cors(passthrough)]
#[post("/hook")]
async fn hook() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// What a middleware answers in the place of a handler that is left alone was meant for no page
/// of another origin, also if the request looks like one for something else by then.
#[actix_web::test]
async fn an_answer_in_the_place_of_a_passthrough_handler_is_read_by_no_page() {
    let configure: fn(&mut ServiceConfig) = |app| {
        app.service(hook).route("/plain", web::post().to(upstream));
    };
    let cors = || builder().credentials(true).build().unwrap();
    let read = "401 credentials: true; origin: https://app.example; vary: Origin";
    let rows: [(&str, &[Act], &str); 5] = [
        ("POST /hook", &[Act::Answer(401)], "401"),
        ("POST /hook", &[Act::Path("/plain"), Act::Answer(401)], "401 vary: Origin"),
        ("POST /hook", &[Act::Path("/missing"), Act::Answer(401)], "401 vary: Origin"),
        ("POST /plain", &[Act::Path("/hook"), Act::Answer(401)], "401 vary: Origin"),
        ("POST /plain", &[Act::Answer(401)], read),
    ];
    for (line, acts, expected) in rows {
        let site = (cors(), configure, acts);
        assert_eq!(ask(&site, line, APP).await, expected, "{line} {acts:?}");
    }
}
