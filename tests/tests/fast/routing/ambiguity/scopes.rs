//! Routes in scopes, whose guards are not known before routing.

use super::*;

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
