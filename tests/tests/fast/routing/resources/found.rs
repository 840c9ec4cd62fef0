//! What attacks on resources have found, each as small as it gets.

use std::cell::Cell;
use std::rc::Rc;

use super::*;

/// Lines of the carrier, or any secret, on a response.
async fn leaks<B: MessageBody + 'static>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    request: TestRequest,
) -> Vec<String> {
    let response = match app.call(request.to_request()).await {
        Ok(response) => response.map_into_boxed_body().into_parts().1,
        Err(error) => error.error_response(),
    };
    let values = response.headers().get_all("access-control-max-age");
    values.map(|value| format!("{value:?} {}", value.to_str().unwrap_or("?"))).collect()
}

fn header_guard(name: &'static str) -> impl guard::Guard {
    guard::fn_guard(move |at| at.head().headers.contains_key(name))
}

async fn status_and_runs(cors: Cors) -> (u16, u32) {
    let ran = Rc::new(Cell::new(0));
    let seen = Rc::clone(&ran);
    let plain = web::resource("/x").to(move || {
        seen.set(seen.get() + 1);
        async { "plain" }
    });
    let app = App::new()
        .service(resource("/x").guard(header_guard("x-one")).get(list))
        .service(resource("/x").guard(header_guard("x-two")).get(share))
        .service(plain)
        .wrap(cors);
    let app = init_service(app).await;
    let (status, _) = answer(&app, actual("/x", PARTNER, "GET")).await;
    (status, ran.get())
}

/// Answers with the response of another application, which has a `Cors` of its own.
async fn forwarded() -> HttpResponse {
    let inner = Cors::builder().origins([APP, PARTNER]).build().unwrap();
    let inner = init_service(App::new().route("/", web::get().to(list)).wrap(inner)).await;
    let request = actual("/", PARTNER, "GET").to_request();
    inner.call(request).await.unwrap().into_parts().1.map_into_boxed_body()
}

async fn starts(resource: cors_actix::CorsResource) -> bool {
    let cors = Cors::builder().origins([APP]).build().unwrap();
    let outcome = actix_web::rt::spawn(async move {
        use actix_service::{IntoServiceFactory as _, ServiceFactory as _};
        let app = App::new().service(resource).wrap(cors);
        app.into_factory().new_service(actix_web::dev::AppConfig::default()).await.is_ok()
    });
    outcome.await.unwrap()
}

#[actix_web::test]
async fn enforce_refuses_for_a_default_service_behind_guarded_routes() {
    let base = || Cors::builder().origins([APP]).enforce(true);
    assert_eq!(status_and_runs(base().build().unwrap()).await, (403, 0), "default");
    assert_eq!(status_and_runs(base().methods(["GET"]).build().unwrap()).await, (403, 0), "GET");
    assert_eq!(status_and_runs(base().methods_any().build().unwrap()).await, (403, 0), "any");
}

#[actix_web::test]
async fn enforce_refuses_where_a_route_has_the_very_policy_of_the_path() {
    let ran = Rc::new(Cell::new(0));
    let seen = Rc::clone(&ran);
    let default = web::to(move || {
        seen.set(seen.get() + 1);
        async { "default" }
    });
    let usual = || [Method::GET, Method::HEAD, Method::POST];
    let x = resource("/x")
        .route(route(usual(), list).guard(header_guard("x-one")))
        .route(route(usual(), share).guard(header_guard("x-two")))
        .default_service(default);
    let cors = Cors::builder().origins([APP]).enforce(true).build().unwrap();
    let app = init_service(App::new().service(x).wrap(cors)).await;
    let status = answer(&app, actual("/x", PARTNER, "GET")).await.0;
    assert_eq!((status, ran.get()), (403, 0));
}

#[actix_web::test]
async fn enforce_refuses_for_a_default_service_of_the_application() {
    let ran = Rc::new(Cell::new(0));
    let seen = Rc::clone(&ran);
    let default = web::to(move || {
        seen.set(seen.get() + 1);
        async { "default" }
    });
    let x = resource("/x")
        .route(route(Method::GET, list).guard(header_guard("x-one")))
        .route(route(Method::GET, share).guard(header_guard("x-two")))
        .default_service(default);
    let cors = Cors::builder().origins([APP]).methods(["GET"]).enforce(true).build().unwrap();
    let app = init_service(App::new().service(x).wrap(cors)).await;
    let status = answer(&app, actual("/x", PARTNER, "GET")).await.0;
    assert_eq!((status, ran.get()), (403, 0));
}

#[actix_web::test]
async fn enforce_refuses_behind_guards_of_route_attributes() {
    // The same with attributes, and an application's default service.
    #[cors]
    #[get("/x", guard = "one")]
    async fn read() -> impl Responder {
        "read"
    }
    #[cors(origins += "https://partner.example")]
    #[get("/x", guard = "two")]
    async fn read_shared() -> impl Responder {
        "read"
    }
    fn one(at: &guard::GuardContext<'_>) -> bool {
        at.head().headers().contains_key("x-one")
    }
    fn two(at: &guard::GuardContext<'_>) -> bool {
        at.head().headers().contains_key("x-two")
    }
    let ran = Rc::new(Cell::new(0));
    let seen = Rc::clone(&ran);
    let default = web::to(move || {
        seen.set(seen.get() + 1);
        async { "default" }
    });
    let cors = Cors::builder().origins([APP]).methods(["GET"]).enforce(true).build().unwrap();
    let app = init_service(
        App::new().service(read).service(read_shared).default_service(default).wrap(cors),
    )
    .await;
    let status = answer(&app, actual("/x", PARTNER, "GET")).await.0;
    assert_eq!((status, ran.get()), (403, 0));
}

#[actix_web::test]
async fn a_scope_between_two_routes_is_not_answered_for_by_either() {
    #[cors]
    #[get("/api/x")]
    async fn read() -> impl Responder {
        "read"
    }
    #[cors]
    #[put("/api/x")]
    async fn write() -> impl Responder {
        "write"
    }
    #[cors]
    #[get("/y")]
    async fn other() -> impl Responder {
        "other"
    }
    async fn unannotated() -> impl Responder {
        "unannotated"
    }
    let scope = web::scope("/api")
        .service(other)
        .service(web::resource("/x").route(web::put().to(unannotated)));
    let app = App::new()
        .service(read)
        .service(scope)
        .service(write)
        .wrap(Cors::builder().origins([APP]).build().unwrap());
    let app = init_service(app).await;
    let get = answer(&app, preflight("/api/x", APP, "GET")).await;
    assert!(!get.1.contains("PUT"), "what runs for PUT is not `write`: {get:?}");
}

#[actix_web::test]
async fn a_nested_scope_between_two_routes_is_not_answered_for_by_either() {
    #[cors(origins += "https://partner.example")]
    #[get("/v/x")]
    async fn read() -> impl Responder {
        "read"
    }
    #[cors(origins += "https://partner.example")]
    #[put("/v/x")]
    async fn write() -> impl Responder {
        "write"
    }
    let ran = Rc::new(Cell::new(0));
    let seen = Rc::clone(&ran);
    let inner = web::scope("/v").service(resource("/other").get(list)).default_service(web::to(
        move || {
            seen.set(seen.get() + 1);
            async { "default" }
        },
    ));
    let app = App::new()
        .service(web::scope("/api").service(read).service(inner).service(write))
        .wrap(Cors::builder().origins([APP]).build().unwrap());
    let app = init_service(app).await;
    let get = answer(&app, preflight("/api/v/x", PARTNER, "GET")).await;
    assert!(!get.1.contains("PUT"), "{get:?}");
    assert_eq!(answer(&app, actual("/api/v/x", PARTNER, "PUT")).await.0, 200);
    assert_eq!(ran.get(), 1, "the default service of the scope");
}

#[actix_web::test]
async fn a_resource_without_routes_is_not_annotated() {
    async fn default() -> impl Responder {
        "default"
    }
    let app = App::new()
        .service(resource("/x").default_service(web::to(default)))
        .service(resource("/x").put(share))
        .wrap(Cors::builder().origins([APP]).build().unwrap());
    let app = init_service(app).await;
    let put = answer(&app, preflight("/x", PARTNER, "PUT")).await;
    assert_eq!(put, allowed(403, ""));
}

#[actix_web::test]
async fn a_resource_without_routes_hides_a_later_route() {
    #[cors(origins += "https://partner.example")]
    #[put("/x")]
    async fn write() -> impl Responder {
        "write"
    }
    async fn default() -> impl Responder {
        "default"
    }
    let app = App::new()
        .service(resource("/x").default_service(web::to(default)))
        .service(write)
        .wrap(Cors::builder().origins([APP]).build().unwrap());
    let app = init_service(app).await;
    let put = answer(&app, preflight("/x", PARTNER, "PUT")).await;
    assert_eq!(put, allowed(403, ""));
}

#[actix_web::test]
async fn a_conditional_attribute_is_in_its_module() {
    #[cors(origins = ["https://else.example"])]
    mod closed {
        use super::*;
        #[cfg_attr(all(), cors(headers += "x-a"))]
        pub(super) async fn conditional() -> impl Responder {
            "c"
        }
        #[cors]
        pub(super) async fn direct() -> impl Responder {
            "d"
        }
    }
    let app = App::new()
        .service(resource("/c").get(closed::conditional))
        .service(resource("/d").get(closed::direct))
        .wrap(cors());
    let app = init_service(app).await;
    assert_eq!(answer(&app, actual("/d", APP, "GET")).await, allowed(200, ""));
    assert_eq!(answer(&app, actual("/c", APP, "GET")).await, allowed(200, ""));
}

#[actix_web::test]
async fn a_preflight_lists_no_method_of_a_guarded_route() {
    #[cors(origins += "https://partner.example")]
    #[actix_web::routes]
    #[get("/x")]
    #[put("/x", guard = "never")]
    async fn both() -> impl Responder {
        "both"
    }
    fn never(_: &guard::GuardContext<'_>) -> bool {
        false
    }
    let app = App::new()
        .service(both)
        .service(web::resource("/x").route(web::put().to(list)))
        .wrap(Cors::builder().origins([APP]).build().unwrap());
    let app = init_service(app).await;
    let get = answer(&app, preflight("/x", PARTNER, "GET")).await;
    assert!(!get.1.contains("PUT"), "{get:?}");
}

#[actix_web::test]
async fn rules_that_are_given_twice_build_on_each_other() {
    let x = resource("/x")
        .cors(rules().origins(["https://else.example"]))
        .cors(rules().max_age("1h"))
        .get(list);
    let app = init_service(App::new().service(x).wrap(cors())).await;
    assert_eq!(answer(&app, actual("/x", APP, "GET")).await, allowed(200, ""));
}

#[actix_web::test]
async fn an_error_that_is_rendered_anew_has_the_policy_of_its_route() {
    async fn catch<B: MessageBody + 'static>(
        mut request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<actix_web::body::EitherBody<B>>, Error> {
        request.head_mut().method = Method::DELETE;
        let original = request.request().clone();
        match next.call(request).await {
            Ok(response) => Ok(response.map_into_left_body()),
            Err(error) => Ok(ServiceResponse::new(original, HttpResponse::from_error(error))
                .map_into_right_body()),
        }
    }
    async fn secret(
        _: ServiceRequest,
        _: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<actix_web::body::BoxBody>, Error> {
        Err(ErrorUnauthorized("secret of DELETE"))
    }
    let orders = resource("/x")
        .post(share)
        .route(route(Method::DELETE, drop_all).wrap(from_fn(secret)))
        .wrap(from_fn(catch));
    let app = init_service(App::new().service(orders).wrap(cors())).await;
    assert_eq!(answer(&app, actual("/x", PARTNER, "POST")).await, allowed(401, ""));
}

#[actix_web::test]
async fn enforce_knows_the_origin_that_was_received() {
    let ran = Rc::new(Cell::new(0));
    let seen = Rc::clone(&ran);
    let handler = move || {
        seen.set(seen.get() + 1);
        async { "x" }
    };
    let x = resource("/x")
        .route(route(Method::GET, handler).guard(header_guard("x-one")).cors(rules().enforce(true)))
        .route(route(Method::GET, share));
    let app = App::new()
        .service(x)
        .wrap(from_fn(|mut request: ServiceRequest, next: Next<_>| {
            request.headers_mut().remove("origin");
            async move { next.call(request).await }
        }))
        .wrap(Cors::builder().origins([APP]).build().unwrap());
    let app = init_service(app).await;
    let one = actual("/x", PARTNER, "GET").insert_header(("x-one", "1"));
    assert_eq!(answer(&app, one).await.0, 403);
    assert_eq!(ran.get(), 0);
}

#[actix_web::test]
async fn a_guarded_route_leads_to_the_next_one_of_its_resource() {
    let json = || guard::Header("accept", "application/json");
    let x = resource("/x").route(route(Method::PUT, list).guard(json())).put(list);
    let app = init_service(App::new().service(x).wrap(cors())).await;
    assert_eq!(answer(&app, preflight("/x", APP, "PUT")).await.1, format!("{APP} | PUT"));
}

#[actix_web::test]
async fn reloaded_rules_are_enforced_at_the_route() {
    let config = |rules: cors_actix::CorsBuilder| rules.config();
    let cors = Cors::builder().origins([APP, PARTNER]).build().unwrap();
    let ran = Rc::new(Cell::new(0));
    let seen = Rc::clone(&ran);
    let handler = move || {
        seen.set(seen.get() + 1);
        async { "x" }
    };
    let orders = resource("/x")
        .route(route(Method::GET, handler.clone()).guard(header_guard("x-one")))
        .route(route(Method::GET, share))
        .put(handler);
    let app = init_service(App::new().service(orders).wrap(cors.clone())).await;
    assert_eq!(answer(&app, actual("/x", PARTNER, "PUT")).await.0, 200);
    cors.apply(&config(Cors::builder().origins([APP]).enforce(true))).unwrap();
    assert_eq!(answer(&app, actual("/x", PARTNER, "PUT")).await.0, 403);
    let one = actual("/x", PARTNER, "GET").insert_header(("x-one", "1"));
    assert_eq!(answer(&app, one).await.0, 403);
    assert_eq!(answer(&app, actual("/x", PARTNER, "GET")).await, allowed(200, PARTNER));
    assert_eq!(ran.get(), 1);
    cors.apply(&config(Cors::builder().origins([PARTNER]))).unwrap();
    let one = actual("/x", PARTNER, "GET").insert_header(("x-one", "1"));
    assert_eq!(answer(&app, one).await.0, 200);
}

#[actix_web::test]
async fn methods_are_allowed_together_within_a_group() {
    let cors =
        Cors::builder().origins([APP]).paths("/api/**", rules().headers(["x-a"])).build().unwrap();
    let app = App::new()
        .service(web::scope("/api").service(resource("/x").get(list).put(list)))
        .service(resource("/{a}/y").get(list).put(list))
        .wrap(cors);
    let app = init_service(app).await;
    let get = answer(&app, preflight("/api/x", APP, "GET")).await;
    assert_eq!(get, allowed(204, &format!("{APP} | GET, PUT | x-a")));
}

#[actix_web::test]
async fn a_handler_that_forwards_a_response_keeps_its_policy() {
    #[cors(origins += "https://partner.example")]
    #[get("/attribute")]
    async fn attributed() -> impl Responder {
        forwarded().await
    }
    let open = || rules().origins_add([PARTNER]);
    let app = App::new()
        .service(attributed)
        .service(resource("/resource").cors(open()).get(forwarded))
        .service(
            resource("/wrapped")
                .cors(open())
                .get(forwarded)
                .wrap(actix_web::middleware::Logger::default()),
        )
        .wrap(cors());
    let app = init_service(app).await;
    let [attribute, plain, wrapped] = ["/attribute", "/resource", "/wrapped"]
        .map(|path| answer(&app, actual(path, PARTNER, "GET")));
    let (attribute, plain, wrapped) = (attribute.await, plain.await, wrapped.await);
    assert_eq!(attribute, allowed(200, PARTNER));
    assert_eq!(wrapped, allowed(200, PARTNER));
    assert_eq!(plain, allowed(200, PARTNER));
}

#[actix_web::test]
async fn methods_of_an_attribute_are_checked_below_rules_of_a_route() {
    #[cors(methods = [PATCH])]
    async fn writes() -> impl Responder {
        "writes"
    }
    let x = resource("/x").route(route(Method::PUT, writes).cors(rules().max_age("1h")));
    assert!(!starts(x).await, "as without `.cors(...)`");
}

#[actix_web::test]
async fn equal_rules_for_one_method_are_no_conflict() {
    assert!(starts(resource("/x").route(route([Method::GET, Method::PUT], list)).put(list)).await);
}

#[actix_web::test]
async fn nothing_of_the_library_reaches_the_wire() {
    use actix_web::middleware::{
        Compress, Condition, DefaultHeaders, ErrorHandlerResponse, ErrorHandlers, Logger,
        NormalizePath,
    };
    let json = || guard::Header("accept", "application/json");
    let handlers = || {
        ErrorHandlers::new().default_handler(|response: ServiceResponse<_>| {
            let (request, _) = response.into_parts();
            let response = ServiceResponse::new(request, HttpResponse::ImATeapot().body("x"));
            Ok(ErrorHandlerResponse::Response(response.map_into_right_body()))
        })
    };
    let make = || {
        resource("/x/{id:\\d{2}}")
            .route(route(Method::GET, share).guard(json()).wrap(Compress::default()))
            .route(route(Method::GET, fail).wrap(Logger::default()))
            .put(fail)
            .post(list)
            .default_service(web::to(fail))
            .wrap(Compress::default())
            .wrap(handlers())
            .wrap(Condition::new(true, DefaultHeaders::new().add(("x-a", "b"))))
            .wrap(Logger::default())
    };
    let app = init_service(
        App::new()
            .service(make())
            .service(web::scope("/s").service(make()))
            .wrap(NormalizePath::trim())
            .wrap(Condition::new(true, cors())),
    )
    .await;
    let none =
        init_service(App::new().service(make()).service(web::scope("/s").service(make()))).await;
    let scoped = init_service(
        App::new().service(make()).service(web::scope("/s").service(make()).wrap(cors())),
    )
    .await;
    for path in ["/x/12", "/s/x/12", "/s/x/12/", "/x/123"] {
        for method in ["GET", "PUT", "POST", "PURGE", "HEAD", "OPTIONS"] {
            let request = || actual(path, APP, method);
            assert_eq!(leaks(&app, request()).await, [""; 0], "{path} {method}");
            assert_eq!(leaks(&none, request()).await, [""; 0], "none {path} {method}");
            assert_eq!(leaks(&scoped, request()).await, [""; 0], "scoped {path} {method}");
        }
    }
}
