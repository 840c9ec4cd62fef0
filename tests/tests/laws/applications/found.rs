//! What the search has found, each as small as it gets.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::guard::Host;
use actix_web::http::Method;
use actix_web::middleware::{Next, NormalizePath, from_fn};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpResponse, Responder, get, put, web};
use cors_actix::{Cors, cors};

const B: &str = "https://b.example";

fn global() -> Cors {
    Cors::try_from_toml_str("[cors]\norigins = \"https://a.example\"\n").unwrap()
}

#[cors(origins += ["https://b.example"])]
#[get("/{id}")]
async fn read() -> impl Responder {
    "read"
}

#[cors(origins += ["https://b.example"])]
#[put("/{id}")]
async fn write() -> impl Responder {
    "write"
}

#[cors(origins += ["https://b.example"])]
#[put("/orders/{id}")]
async fn write_order() -> impl Responder {
    "write"
}

/// The status of a preflight for `PUT`.
macro_rules! preflight {
    ($app:expr, $path:expr $(, $host:expr)?) => {{
        let request = TestRequest::with_uri($path)
            .method(Method::OPTIONS)
            $(.insert_header($host))?
            .insert_header(("origin", B))
            .insert_header(("access-control-request-method", "PUT"));
        call_service(&$app, request.to_request()).await.status().as_u16()
    }};
}

#[actix_web::test]
async fn a_parameter_earlier_in_a_scope_takes_nothing_from_the_routes_after_it() {
    let users = web::scope("/users").service(read).service(write);
    let app = init_service(App::new().service(users).wrap(global())).await;
    assert_eq!(preflight!(app, "/users/7"), 204);
}

#[actix_web::test]
async fn a_parameter_that_nobody_annotated_takes_nothing_from_longer_paths() {
    #[get("/{page}")]
    async fn page() -> impl Responder {
        "page"
    }
    let app = App::new().service(page).service(write_order).wrap(global());
    let app = init_service(app).await;
    assert_eq!(preflight!(app, "/orders/7"), 204);
}

#[actix_web::test]
async fn what_is_registered_behind_a_route_outside_all_scopes_takes_nothing_from_it() {
    #[cors]
    #[put("/{id}")]
    async fn later() -> impl Responder {
        "later"
    }
    let tail = web::resource("/{tail:.*}").guard(actix_web::guard::Get());
    let scope = web::scope("/orders").service(tail.to(|| async { "tail" })).service(later);
    let app = init_service(App::new().service(write_order).service(scope).wrap(global())).await;
    assert_eq!(preflight!(app, "/orders/7"), 204);
}

#[actix_web::test]
async fn an_empty_path_outside_all_scopes_is_not_the_root() {
    #[cors(origins += ["https://b.example"])]
    #[put("")]
    async fn never() -> impl Responder {
        "never"
    }
    #[cors]
    #[get("/")]
    async fn root() -> impl Responder {
        "root"
    }
    let found = web::to(|| async { "plain" });
    let app = App::new().service(never).service(root).default_service(found).wrap(global());
    let app = init_service(app).await;
    let request = TestRequest::put().uri("/").to_request();
    let response = call_service(&app, request).await;
    assert_eq!(actix_web::test::read_body(response).await, "plain");
    assert_eq!(preflight!(app, "/"), 403);
}

#[actix_web::test]
async fn a_scope_that_takes_the_path_leaves_nothing_to_what_is_registered_behind_it() {
    #[cors(origins += ["https://b.example"])]
    #[put("/{tail:.*}")]
    async fn everything() -> impl Responder {
        "everything"
    }
    let users = web::scope("/users").service(read);
    let users = users.default_service(web::to(|| async { "default of the scope" }));
    let app = init_service(App::new().service(users).service(everything).wrap(global())).await;
    let request = TestRequest::put().uri("/users/7").to_request();
    let response = call_service(&app, request).await;
    assert_eq!(actix_web::test::read_body(response).await, "default of the scope");
    assert_eq!(preflight!(app, "/users/7"), 403);
    assert_eq!(preflight!(app, "/elsewhere"), 204);
}

/// Two handlers for one path, and between them a scope that takes it.
macro_rules! hidden_by {
    ($scope:expr, $path:expr) => {{
        let services = App::new().service(read).service($scope).service(write);
        let app = init_service(services.wrap(global())).await;
        let request = TestRequest::put().uri($path).to_request();
        let status = call_service(&app, request).await.status();
        (status.as_u16(), preflight!(app, $path))
    }};
}

#[actix_web::test]
async fn a_scope_between_two_handlers_of_a_path_hides_the_second() {
    #[cors]
    #[get("/health")]
    async fn health() -> impl Responder {
        "health"
    }
    assert_eq!(hidden_by!(web::scope("/{version}").service(health), "/7"), (404, 403));
    let nested = || web::scope("/v1").service(health);
    assert_eq!(hidden_by!(web::scope("/{version}").service(nested()), "/7"), (404, 403));
    assert_eq!(hidden_by!(web::scope("").service(health), "/7"), (404, 403));
    assert_eq!(hidden_by!(web::scope("").service(nested()), "/7"), (404, 403));
    assert_eq!(hidden_by!(web::scope("/v1").service(health), "/7"), (200, 204));
    assert_eq!(hidden_by!(web::scope("/v1").service(nested()), "/7"), (200, 204));
}

#[actix_web::test]
async fn a_guard_of_a_scope_without_a_path_leads_to_the_routes_outside() {
    #[cors]
    #[put("/{name}")]
    async fn closed() -> impl Responder {
        "closed"
    }
    let guarded = || web::scope("").guard(actix_web::guard::Header("x-a", "1")).service(write);
    let app = App::new().service(guarded()).service(closed).wrap(global());
    let app = init_service(app).await;
    let request = TestRequest::put().uri("/7").to_request();
    let response = call_service(&app, request).await;
    assert_eq!(actix_web::test::read_body(response).await, "closed");
    assert_eq!(preflight!(app, "/7"), 403);
}

#[actix_web::test]
async fn a_path_is_normalised_for_routes_behind_a_guarded_scope_too() {
    #[cors(origins += ["https://b.example"])]
    #[put("/files/{tail:.*}")]
    async fn files() -> impl Responder {
        "files"
    }
    #[cors]
    #[put("/files")]
    async fn list() -> impl Responder {
        "list"
    }
    let guarded = web::scope("").guard(actix_web::guard::Header("x-a", "1")).service(files);
    let app = App::new().service(guarded).service(list).wrap(NormalizePath::trim());
    let app = init_service(app.wrap(global())).await;
    let request = TestRequest::put().uri("/files/").to_request();
    let response = call_service(&app, request).await;
    assert_eq!(actix_web::test::read_body(response).await, "list");
    assert_eq!(preflight!(app, "/files/"), 403);
}

#[actix_web::test]
async fn a_route_for_another_host_hides_nothing_that_is_registered_before_it() {
    #[cors(host = "t1.example")]
    #[put("/{id}")]
    async fn of_tenant() -> impl Responder {
        "of the tenant"
    }
    let plain = web::resource("/orders/{id}").route(web::put().to(|| async { "plain" }));
    let tenant = web::scope("/orders").guard(Host("t1.example")).service(of_tenant);
    let app = App::new().service(plain).service(tenant).service(write_order).wrap(global());
    let app = init_service(app).await;
    let host = ("host", "api.example");
    let request = TestRequest::put().uri("/orders/7").insert_header(host).to_request();
    let response = call_service(&app, request).await;
    assert_eq!(actix_web::test::read_body(response).await, "plain");
    assert_eq!(preflight!(app, "/orders/7", host), 403);
}

#[actix_web::test]
async fn who_answers_before_a_path_is_normalised_answers_for_both_readings() {
    let text = "[cors]\norigins = \"https://b.example\"\n\
                [[cors.paths]]\nmatch = \"/internal/**\"\noff = true\n";
    let from_memory = from_fn(async |request: ServiceRequest, _: Next<BoxBody>| {
        Ok::<_, Error>(request.into_response(HttpResponse::Ok().body("secret")))
    });
    let app = App::new()
        .default_service(web::to(|| async { "never" }))
        .wrap(NormalizePath::trim())
        .wrap(from_memory)
        .wrap(Cors::try_from_toml_str(text).unwrap());
    let app = init_service(app).await;
    for (path, readable) in [("/public", true), ("/internal/x", false), ("//internal/x", false)] {
        let request = TestRequest::with_uri(path).insert_header(("origin", B)).to_request();
        let response = call_service(&app, request).await;
        let allowed = response.headers().contains_key("access-control-allow-origin");
        assert_eq!(allowed, readable, "{path}");
    }
}

/// What a handler that is for another host lies beside must not be taken for what runs here.
#[actix_web::test]
async fn a_scope_for_another_host_does_not_open_the_next_one() {
    #[cors(origins = ["https://b.example"])]
    #[put("/{id}")]
    async fn open() -> impl Responder {
        "open"
    }
    #[cors(host = "t1.example", origins = ["https://b.example"])]
    #[put("/{name}")]
    async fn tied() -> impl Responder {
        "tied"
    }
    #[cors(origins = ["https://a.example"], enforce)]
    #[put("/{id}")]
    async fn strict() -> impl Responder {
        "strict"
    }
    let tenant = web::scope("/api").guard(Host("t1.example")).service(open).service(tied);
    let app = App::new().service(tenant).service(web::scope("/api").service(strict));
    let app = init_service(app.wrap(global())).await;
    assert_eq!(preflight!(app, "/api/7", ("host", "t2.example")), 403);
    let request = TestRequest::put().uri("/api/7").insert_header(("host", "t2.example"));
    let request = request.insert_header(("origin", B)).to_request();
    assert_eq!(call_service(&app, request).await.status().as_u16(), 403, "it is enforced");
}

#[actix_web::test]
async fn files_at_the_root_close_no_preflight() {
    let directory = tempfile::tempdir().unwrap();
    let files = actix_files::Files::new("/", directory.path());
    let app = App::new().service(write_order).service(files).wrap(global());
    let app = init_service(app).await;
    assert_eq!(preflight!(app, "/orders/7"), 204);
}

/// The one around a scope does not see the responses of the routes outside, and takes nothing off.
#[actix_web::test]
async fn a_cors_around_a_scope_leaves_nothing_on_responses_outside() {
    for path in ["", "/api"] {
        let inner = web::resource("/x").to(|| async { "x" });
        let scope = web::scope(path).wrap(global()).service(inner);
        let app = init_service(App::new().service(read).service(scope)).await;
        for path in [format!("{path}/x"), "/7".to_owned()] {
            let request = TestRequest::with_uri(&path).to_request();
            let response = call_service(&app, request).await;
            assert!(!response.headers().contains_key("access-control-max-age"), "{path}");
        }
    }
}

#[actix_web::test]
async fn an_error_of_an_unannotated_resource_behind_a_changed_path_has_its_policy() {
    #[cors(origins += ["https://b.example"])]
    #[get("/public/{tail:.*}")]
    async fn public() -> impl Responder {
        "public"
    }
    let missing = from_fn(async |_: ServiceRequest, _: Next<BoxBody>| {
        Err::<actix_web::dev::ServiceResponse<BoxBody>, _>(actix_web::error::ErrorNotFound(
            "account 42",
        ))
    });
    let change = from_fn(async |mut request: ServiceRequest, next: Next<BoxBody>| {
        let uri: actix_web::http::Uri = "/private".parse().unwrap();
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
        next.call(request).await
    });
    let private = web::resource("/private").wrap(missing).to(|| async { "private" });
    let app = App::new().service(public).service(private).wrap(change).wrap(global());
    let app = init_service(app).await;
    let request = TestRequest::with_uri("/public/x").insert_header(("origin", B)).to_request();
    let response = match actix_web::dev::Service::call(&app, request).await {
        Ok(response) => response.response().headers().clone(),
        Err(error) => error.error_response().headers().clone(),
    };
    assert!(!response.contains_key("access-control-allow-origin"), "{response:?}");
}
