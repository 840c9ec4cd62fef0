//! Where the edge cannot know which resource actix will choose, it allows only
//! what every policy that may apply allows; elsewhere it applies the one policy.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::http::StatusCode;
use actix_web::middleware::{NormalizePath, TrailingSlash};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, Responder, delete, get, guard, post, put, web};
use cors_actix::{Cors, cors};

const A: &str = "https://a.example";
const B: &str = "https://b.example";

fn global() -> Cors {
    Cors::try_from_toml_str("[cors]\norigins = \"https://a.example\"\n").unwrap()
}

#[cors(origins += ["https://b.example"])]
#[put("/x")]
async fn open() -> impl Responder {
    "open"
}

#[cors(off)]
#[put("/x")]
async fn off() -> impl Responder {
    "off"
}

#[cors(origins += ["https://b.example"])]
#[get("/")]
async fn root() -> impl Responder {
    "root"
}

#[get("/x")]
async fn plain() -> impl Responder {
    "plain"
}

/// Whether a preflight for the method allows the origin.
macro_rules! preflight {
    ($app:expr, $method:literal, $path:expr, $origin:expr) => {{
        let request = TestRequest::with_uri($path)
            .method(actix_web::http::Method::OPTIONS)
            .insert_header(("origin", $origin))
            .insert_header(("access-control-request-method", $method));
        let response = call_service(&$app, request.to_request()).await;
        response.status().is_success()
    }};
}

/// The body of the handler that ran, and whether the origin can read it.
macro_rules! actual {
    ($app:expr, $method:ident, $path:expr, $origin:expr) => {{
        let method = actix_web::http::Method::$method;
        let request =
            TestRequest::with_uri($path).method(method).insert_header(("origin", $origin));
        let response = call_service(&$app, request.to_request()).await;
        let readable = response.headers().contains_key("access-control-allow-origin");
        let body = actix_web::test::read_body(response).await;
        (String::from_utf8(body.to_vec()).unwrap(), readable)
    }};
}

mod scopes;
mod slashes;

#[actix_web::test]
async fn a_route_at_the_root_does_not_affect_the_others() {
    let app = App::new()
        .service(root)
        .service(open)
        .service(web::scope("/s").service(root).service(open))
        .wrap(global());
    let app = init_service(app).await;
    for path in ["/x", "/s/x"] {
        assert!(preflight!(app, "PUT", path, B), "{path}");
    }
    for path in ["/", "/s/"] {
        assert!(preflight!(app, "GET", path, B), "{path}");
    }
}

#[actix_web::test]
async fn an_unannotated_method_of_the_path_does_not_affect_the_annotated_one() {
    let app = init_service(App::new().service(plain).service(open).wrap(global())).await;
    assert!(preflight!(app, "PUT", "/x", B));
    assert!(preflight!(app, "GET", "/x", A));
    assert!(!preflight!(app, "GET", "/x", B));
    assert_eq!(actual!(app, GET, "/x", B), ("plain".to_owned(), false));
    assert_eq!(actual!(app, PUT, "/x", B), ("open".to_owned(), true));
}

#[actix_web::test]
async fn an_unannotated_resource_of_the_same_path_shadows_the_annotated_one() {
    let app = App::new()
        .service(web::resource("/x").route(web::put().to(|| async { "bare" })))
        .service(open)
        .wrap(global());
    let app = init_service(app).await;
    assert!(!preflight!(app, "PUT", "/x", B));
    assert!(preflight!(app, "PUT", "/x", A));
    assert_eq!(actual!(app, PUT, "/x", B), ("bare".to_owned(), false));
}

#[actix_web::test]
async fn an_unannotated_resource_between_annotated_ones_is_learned_when_it_runs() {
    #[cors]
    #[get("/x")]
    async fn first() -> impl Responder {
        "first"
    }
    let app = App::new()
        .service(first)
        .service(web::resource("/x").guard(guard::Put()).to(|| async { "bare" }))
        .service(open)
        .wrap(global());
    let app = init_service(app).await;
    // What a page of a disallowed origin causes teaches nothing.
    assert_eq!(actual!(app, PUT, "/x", B), ("bare".to_owned(), false));
    assert!(preflight!(app, "PUT", "/x", B));
    assert_eq!(actual!(app, PUT, "/x", A), ("bare".to_owned(), true));
    assert!(!preflight!(app, "PUT", "/x", B));
}

#[actix_web::test]
async fn a_default_service_is_under_the_global_policy() {
    let tenant = guard::Header("x-tenant", "1");
    let app = App::new()
        .service(web::scope("/s").guard(tenant).service(open))
        .default_service(web::to(|| async { HttpResponse::Ok().body("default") }))
        .wrap(global());
    let app = init_service(app).await;
    assert_eq!(actual!(app, PUT, "/s/x", B), ("default".to_owned(), false));
    assert_eq!(actual!(app, PUT, "/s/x", A), ("default".to_owned(), true));
}

#[actix_web::test]
async fn a_pattern_with_more_parameters_than_one_may_have_is_still_known() {
    #[cors(off)]
    #[delete("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}")]
    async fn deep() -> impl Responder {
        "deep"
    }
    let scope = web::scope("/v1/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}").service(deep);
    let app = init_service(App::new().service(scope).wrap(global())).await;
    let path = "/v1/1/2/3/4/5/6/7/8/1/2/3/4/5/6/7/8/9";
    assert_eq!(actual!(app, DELETE, path, A), ("deep".to_owned(), false));
    assert!(!preflight!(app, "DELETE", path, A));
}

#[actix_web::test]
async fn a_handler_that_calls_another_application_leaves_its_policy_alone() {
    let outer = web::to(|| async {
        let enforcing = "[cors]\norigins = \"https://a.example\"\nenforce = true\n";
        let inner = App::new()
            .default_service(web::to(|| async { "inner" }))
            .wrap(Cors::try_from_toml_str(enforcing).unwrap());
        let inner = init_service(inner).await;
        let request = TestRequest::get().insert_header(("origin", B)).to_request();
        call_service(&inner, request).await.status().as_str().to_owned()
    });
    let app = init_service(App::new().default_service(outer).wrap(global())).await;
    assert_eq!(actual!(app, GET, "/", A), ("403".to_owned(), true));
}

#[actix_web::test]
async fn a_catch_all_does_not_affect_the_routes_before_it() {
    #[cors(origins = ["https://c.example"])]
    #[get("/{tail:.*}")]
    async fn spa() -> impl Responder {
        "spa"
    }
    #[cors(origins = ["https://b.example"])]
    #[get("/api/items")]
    async fn items() -> impl Responder {
        "items"
    }
    let app = App::new().service(root).service(items).service(spa).wrap(global());
    let app = init_service(app).await;
    assert!(preflight!(app, "GET", "/api/items", B));
    assert!(preflight!(app, "GET", "/elsewhere", "https://c.example"));
    assert_eq!(actual!(app, GET, "/api/items", B), ("items".to_owned(), true));
}

#[actix_web::test]
async fn parameters_may_be_named_differently_on_one_path() {
    #[get("/users/{id}")]
    async fn user() -> impl Responder {
        "user"
    }
    #[cors(origins = ["https://b.example"])]
    #[put("/users/{user_id}")]
    async fn put_user() -> impl Responder {
        "put"
    }
    let app = init_service(App::new().service(user).service(put_user).wrap(global())).await;
    assert!(preflight!(app, "PUT", "/users/7", B));
    assert!(!preflight!(app, "GET", "/users/7", B));
}

#[actix_web::test]
async fn a_group_that_is_off_stays_off_for_a_route_that_is_also_elsewhere() {
    #[cors(origins += ["https://b.example"])]
    #[get("/{slug}/x")]
    async fn page() -> impl Responder {
        "page"
    }
    let text = "[cors]\norigins = \"https://a.example\"\n\
                [[cors.paths]]\nmatch = \"/internal/**\"\noff = true\n";
    let cors = Cors::try_from_toml_str(text).unwrap();
    let app = init_service(App::new().service(page).wrap(cors)).await;
    assert!(preflight!(app, "GET", "/public/x", B));
    assert!(!preflight!(app, "GET", "/internal/x", B));
    assert!(!preflight!(app, "GET", "/internal/x", A));
}

#[actix_web::test]
async fn edits_of_methods_below_a_route_find_the_safelisted_ones() {
    #[cors]
    #[put("/x")]
    async fn put_only() -> impl Responder {
        "put"
    }
    let text = "[cors]\norigins = \"https://a.example\"\nmethods = { remove = [\"POST\"] }\n\
                [[cors.paths]]\nmatch = \"/x\"\nmethods = { remove = [\"GET\"] }\n";
    let app = App::new().service(put_only).wrap(Cors::try_from_toml_str(text).unwrap());
    let app = init_service(app).await;
    assert!(preflight!(app, "PUT", "/x", A));
}

#[actix_web::test]
async fn an_unannotated_attribute_of_a_wider_pattern_shadows_the_annotated_one() {
    #[put("/{anything:[a-z]+}")]
    async fn wide() -> impl Responder {
        "wide"
    }
    let app = init_service(App::new().service(wide).service(open).wrap(global())).await;
    assert!(!preflight!(app, "PUT", "/x", B));
    assert!(preflight!(app, "PUT", "/x", A));
    assert_eq!(actual!(app, PUT, "/x", B), ("wide".to_owned(), false));
}

#[actix_web::test]
async fn braces_in_the_regular_expression_of_a_parameter_nest() {
    #[cors(off)]
    #[put("/years/{year:[0-9]{2}[0-9]{2}}/{rest:(a|b{2})}")]
    async fn year() -> impl Responder {
        "year"
    }
    let app = init_service(App::new().service(year).wrap(global())).await;
    for path in ["/years/2024/a", "/years/2024/bb"] {
        assert!(!preflight!(app, "PUT", path, A), "{path}");
        assert_eq!(actual!(app, PUT, path, A), ("year".to_owned(), false), "{path}");
    }
    assert!(preflight!(app, "GET", "/years/24/a", A), "without a resource");
}

#[actix_web::test]
async fn of_two_candidates_the_shorter_max_age_is_sent() {
    #[cors(max_age = 600)]
    #[put("/x")]
    async fn long() -> impl Responder {
        "long"
    }
    #[cors(max_age = 60)]
    #[put("/{x}")]
    async fn short() -> impl Responder {
        "short"
    }
    let guarded = web::scope("").guard(guard::Header("x-tenant", "1")).service(long);
    let app = init_service(App::new().service(guarded).service(short).wrap(global())).await;
    let request = TestRequest::with_uri("/x")
        .method(actix_web::http::Method::OPTIONS)
        .insert_header(("origin", A))
        .insert_header(("access-control-request-method", "PUT"));
    let response = call_service(&app, request.to_request()).await;
    assert_eq!(response.headers().get("access-control-max-age").unwrap(), "60");
}

#[actix_web::test]
async fn a_method_without_an_annotated_route_is_the_only_one_allowed() {
    #[cors(off)]
    #[post("/x")]
    async fn post_only() -> impl Responder {
        "post"
    }
    let app = init_service(App::new().service(plain).service(post_only).wrap(global())).await;
    let request = TestRequest::with_uri("/x")
        .method(actix_web::http::Method::OPTIONS)
        .insert_header(("origin", A))
        .insert_header(("access-control-request-method", "GET"));
    let response = call_service(&app, request.to_request()).await;
    // A browser caches what is listed, and POST has another policy.
    assert_eq!(response.headers().get("access-control-allow-methods").unwrap(), "GET");
}

#[actix_web::test]
async fn a_nested_edge_leaves_everything_to_the_outer_one() {
    let enforcing = "[cors]\norigins = \"https://b.example\"\nenforce = true\n";
    let inner = Cors::try_from_toml_str(enforcing).unwrap();
    let scope = web::scope("/s").wrap(inner).default_service(web::to(|| async { "ran" }));
    let app = init_service(App::new().service(scope).wrap(global())).await;
    assert_eq!(actual!(app, GET, "/s/x", A), ("ran".to_owned(), true));
    assert_eq!(actual!(app, GET, "/s/x", B), ("ran".to_owned(), false));
}
