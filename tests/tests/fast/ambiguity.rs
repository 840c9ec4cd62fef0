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
async fn scopes_distinguished_by_a_guard_allow_what_both_allow() {
    let tenant = || guard::Header("x-tenant", "1");
    let app = App::new()
        .service(web::scope("/{a}").guard(tenant()).service(open))
        .service(web::scope("/{b}").service(off))
        .wrap(global());
    let app = init_service(app).await;
    assert!(!preflight!(app, "PUT", "/t/x", B));
    assert_eq!(actual!(app, PUT, "/t/x", B), ("off".to_owned(), false));
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
async fn unknown_paths_behind_a_guard_have_the_global_policy_too() {
    let tenant = || guard::Header("x-tenant", "1");
    let absence = |status| web::to(move || async move { HttpResponse::new(status) });
    for status in [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED] {
        let app = App::new()
            .service(web::scope("/s").guard(tenant()).service(open))
            .default_service(absence(status))
            .wrap(global());
        let app = init_service(app).await;
        assert!(!actual!(app, PUT, "/s/x", B).1, "{status}");
        assert!(actual!(app, PUT, "/s/x", A).1, "{status}");
    }
}

#[actix_web::test]
async fn a_scope_takes_its_path_also_from_behind_another_method() {
    #[cors]
    #[delete("/{id}")]
    async fn remove() -> impl Responder {
        "removed"
    }
    #[cors]
    #[get("")]
    async fn inside() -> impl Responder {
        "inside"
    }
    #[cors(origins += ["https://b.example"])]
    #[post("/{tail:.*}")]
    async fn rest() -> impl Responder {
        "rest"
    }
    let default = web::to(|| async { HttpResponse::Ok().body("default") });
    let app = App::new()
        .service(remove)
        .service(web::scope("/a").service(inside).default_service(default))
        .service(rest)
        .wrap(global());
    let app = init_service(app).await;
    assert!(!preflight!(app, "POST", "/a", B));
    assert_eq!(actual!(app, POST, "/a", B), ("default".to_owned(), false));
    // It has no effect on other paths.
    assert_eq!(actual!(app, POST, "/a", A), ("default".to_owned(), true));
    assert!(preflight!(app, "POST", "/z", B));
    assert_eq!(actual!(app, POST, "/z", B), ("rest".to_owned(), true));
}

#[actix_web::test]
async fn a_scope_behind_another_of_the_same_path_is_never_reached() {
    #[cors]
    #[get("/x")]
    async fn first() -> impl Responder {
        "first"
    }
    let gone = || web::to(|| async { HttpResponse::Ok().body("default of the first") });
    let app = App::new()
        .service(web::scope("/api").service(first).default_service(gone()))
        .service(web::scope("/api").service(open))
        .wrap(global());
    let app = init_service(app).await;
    assert!(!preflight!(app, "PUT", "/api/x", B));
    assert_eq!(actual!(app, PUT, "/api/x", B), ("default of the first".to_owned(), false));
}

#[actix_web::test]
async fn a_scope_that_takes_the_whole_path_decides() {
    #[cors(off)]
    #[put("")]
    async fn all() -> impl Responder {
        "all"
    }
    let app = App::new().service(web::scope("/{t:.*}").service(open).service(all)).wrap(global());
    let app = init_service(app).await;
    assert!(!preflight!(app, "PUT", "/a/x", B));
}

#[actix_web::test]
async fn paths_that_are_normalised_inside_stay_in_their_group() {
    let text = "[cors]\norigins = \"https://a.example\"\n\
                [[cors.paths]]\nmatch = \"/admin/**\"\noff = true\n\
                [[cors.paths]]\nmatch = \"/own/**\"\nenforce = true\n";
    let app = App::new()
        .default_service(web::to(|| async { "ran" }))
        .wrap(NormalizePath::trim())
        .wrap(Cors::try_from_toml_str(text).unwrap());
    let trim = init_service(app).await;
    for path in ["/admin/x", "//admin/x", "/admin//x", "//admin//x/"] {
        assert!(!preflight!(trim, "POST", path, A), "{path}");
    }
    for path in ["/own/x", "//own/x", "/own//x/"] {
        let (body, _) = actual!(trim, GET, path, B);
        assert_ne!(body, "ran", "{path}");
    }
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
async fn a_response_of_scope_middleware_is_not_learned_as_a_resource() {
    #[cors(origins = ["https://b.example"])]
    #[get("")]
    async fn index() -> impl Responder {
        "index"
    }
    let scope = web::scope("/api")
        .wrap(actix_web::middleware::from_fn(
            |request: actix_web::dev::ServiceRequest,
             next: actix_web::middleware::Next<actix_web::body::BoxBody>| async move {
                match request.headers().contains_key("authorization") {
                    true => next.call(request).await,
                    false => Ok(request.into_response(HttpResponse::Found().finish())),
                }
            },
        ))
        .service(index);
    let app = init_service(App::new().service(scope).wrap(global())).await;
    assert!(preflight!(app, "GET", "/api", B));
    assert_eq!(actual!(app, GET, "/api", "https://unlisted.example").0, "");
    assert!(preflight!(app, "GET", "/api", B));
}

#[actix_web::test]
async fn virtual_hosts_have_their_own_policies_when_they_run() {
    #[cors(origins = ["https://b.example"])]
    #[get("/x")]
    async fn of_b() -> impl Responder {
        "b"
    }
    #[cors]
    #[get("/x")]
    async fn of_a() -> impl Responder {
        "a"
    }
    let app = App::new()
        .service(web::scope("").guard(guard::Header("x-host", "b")).service(of_b))
        .service(web::scope("").guard(guard::Header("x-host", "a")).service(of_a))
        .wrap(global());
    let app = init_service(app).await;
    let to = |host, origin| {
        TestRequest::get()
            .uri("/x")
            .insert_header(("x-host", host))
            .insert_header(("origin", origin))
    };
    for (host, origin, readable) in
        [("a", A, true), ("a", B, false), ("b", B, true), ("b", A, false)]
    {
        let response = call_service(&app, to(host, origin).to_request()).await;
        let allowed = response.headers().contains_key("access-control-allow-origin");
        assert_eq!(allowed, readable, "{host} {origin}");
    }
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
async fn a_catch_all_does_not_hide_what_a_normalised_path_leads_to() {
    #[cors(origins = ["https://c.example"])]
    #[get("/{tail:.*}")]
    async fn spa() -> impl Responder {
        "spa"
    }
    #[cors(origins = ["https://b.example"])]
    #[get("/admin/items")]
    async fn items() -> impl Responder {
        "items"
    }
    let c = "https://c.example";
    let app = App::new().service(items).service(spa).wrap(NormalizePath::trim()).wrap(global());
    let app = init_service(app).await;
    for path in ["/admin/items/", "//admin/items", "/admin//items/"] {
        assert!(!preflight!(app, "GET", path, c), "{path}");
        assert_eq!(actual!(app, GET, path, c), ("items".to_owned(), false), "{path}");
    }
    for path in ["/elsewhere", "/elsewhere/", "//elsewhere"] {
        assert!(preflight!(app, "GET", path, c), "{path}");
    }
}

#[actix_web::test]
async fn a_slash_that_is_added_inside_is_looked_up_with_it() {
    #[cors(off)]
    #[get("/items/")]
    async fn items() -> impl Responder {
        "items"
    }
    let always = NormalizePath::new(TrailingSlash::Always);
    let app = init_service(App::new().service(items).service(open).wrap(always).wrap(global()));
    let app = app.await;
    for path in ["/items", "/items/"] {
        assert!(!preflight!(app, "GET", path, A), "{path}");
        assert_eq!(actual!(app, GET, path, A), ("items".to_owned(), false), "{path}");
    }
    assert!(preflight!(app, "GET", "/elsewhere", A));
}

#[actix_web::test]
async fn slashes_that_are_merged_and_added_inside_are_looked_up_together() {
    #[cors(off)]
    #[get("/items/")]
    async fn items() -> impl Responder {
        "items"
    }
    let always = NormalizePath::new(TrailingSlash::Always);
    let app = init_service(App::new().service(items).wrap(always).wrap(global())).await;
    for path in ["//items", "///items", "//items/", "/items//"] {
        assert!(!preflight!(app, "GET", path, A), "{path}");
        assert_eq!(actual!(app, GET, path, A), ("items".to_owned(), false), "{path}");
    }
}

#[actix_web::test]
async fn a_slash_that_is_added_inside_leads_to_a_parameter_that_may_be_empty() {
    #[cors(origins = ["https://c.example"], enforce)]
    #[get("/files/{tail:.*}")]
    async fn files() -> impl Responder {
        "files"
    }
    #[cors(origins = ["https://c.example"], enforce)]
    #[get("/more/{tail}*")]
    async fn more() -> impl Responder {
        "more"
    }
    let always = NormalizePath::new(TrailingSlash::Always);
    let app = App::new().service(files).service(more).wrap(always).wrap(global());
    let app = init_service(app).await;
    for path in ["/files", "//files", "/files/x", "/more", "//more", "/more/x"] {
        assert!(!preflight!(app, "GET", path, A), "{path}");
        let (body, readable) = actual!(app, GET, path, A);
        assert!(!readable && !["files", "more"].contains(&&*body), "{path}: {body}");
    }
}

#[actix_web::test]
async fn an_encoded_slash_does_not_end_a_parameter() {
    #[cors(origins += ["https://b.example"])]
    #[put("/users/{id:[^/]+}")]
    async fn user() -> impl Responder {
        "user"
    }
    #[cors(origins += ["https://b.example"])]
    #[put("/teams/{id}")]
    async fn team() -> impl Responder {
        "team"
    }
    let groups = "[cors]\norigins = \"https://a.example\"\n\
                  [[cors.paths]]\nmatch = \"/users/**\"\nexpose = \"x-users\"\n\
                  [[cors.paths]]\nmatch = \"/teams/**\"\nexpose = \"x-teams\"\n";
    for cors in [global(), Cors::try_from_toml_str(groups).unwrap()] {
        let app = init_service(App::new().service(user).service(team).wrap(cors)).await;
        for path in ["7", "a%40b", "a%2Fb", "c%2B%2B", "100%25", "%2E%2E%2Fx", "a.b", ".env"] {
            for kind in ["user", "team"] {
                let path = format!("/{kind}s/{path}");
                assert!(preflight!(app, "PUT", &path, B), "{path}");
                assert_eq!(actual!(app, PUT, &path, B), (kind.to_owned(), true), "{path}");
            }
        }
    }
}

#[actix_web::test]
async fn a_route_of_the_application_may_serve_what_a_guarded_scope_rejects() {
    #[cors(off)]
    #[put("/api/x")]
    async fn behind() -> impl Responder {
        "behind"
    }
    let tenant = guard::Header("x-tenant", "1");
    let app = App::new()
        .service(web::scope("/api").guard(tenant).service(open))
        .service(behind)
        .wrap(global());
    let app = init_service(app).await;
    assert!(!preflight!(app, "PUT", "/api/x", B));
    assert_eq!(actual!(app, PUT, "/api/x", B), ("behind".to_owned(), false));
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
async fn a_response_of_scope_middleware_is_readable_where_all_policies_allow_it() {
    #[cors(origins = ["https://b.example"])]
    #[get("")]
    async fn index() -> impl Responder {
        "index"
    }
    let scope = web::scope("/api")
        .wrap(actix_web::middleware::from_fn(
            |request: actix_web::dev::ServiceRequest,
             _: actix_web::middleware::Next<actix_web::body::BoxBody>| async move {
                Ok(request.into_response(HttpResponse::Unauthorized().body("early")))
            },
        ))
        .service(index);
    let app = init_service(App::new().service(scope).wrap(global())).await;
    for path in ["/api", "/%61pi", "/ap%69"] {
        for origin in [A, B] {
            let early = ("early".to_owned(), false);
            assert_eq!(actual!(app, GET, path, origin), early, "{path} from {origin}");
        }
    }
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
