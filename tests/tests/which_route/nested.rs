//! Handlers that call another application and return its response.

use std::rc::Rc;

use actix_service::fn_service;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::middleware::Condition;
use actix_web::test::init_service;
use actix_web::{App, Error, HttpRequest, HttpResponse, get, web};
use cors_actix::cors;
use cors_tests::script::Act::{Attach, Call, RestorePath, Spawn};
use cors_tests::script::{Act, Script};

use crate::given::*;

type Future = std::pin::Pin<Box<dyn std::future::Future<Output = Answer>>>;
type Answer = Result<ServiceResponse<BoxBody>, Error>;

/// An application inside another one.
#[derive(Clone)]
struct Nested(Rc<dyn Fn(actix_http::Request) -> Future>);

impl Nested {
    /// With a `Cors` of its own, or without.
    async fn new(cors: Option<Variant>) -> Self {
        let policy = cors.unwrap_or(Variant::Listed).cors();
        let app = App::new().configure(routes).wrap(Condition::new(cors.is_some(), policy));
        let app = Rc::new(init_service(app).await);
        Self(Rc::new(move |request| {
            let app = Rc::clone(&app);
            Box::pin(async move { Ok(app.call(request).await?.map_into_boxed_body()) })
        }))
    }

    /// Asks it for the path behind `/nested`, with the same headers.
    async fn ask(&self, request: &HttpRequest) -> Answer {
        let path = request.path().trim_start_matches("/nested").to_owned();
        let origin = request.headers().get("origin").unwrap().to_str().unwrap();
        let asked = crate::given::request(request.method().as_str(), &path, origin);
        let asked = match request.headers().get("x-fail") {
            Some(value) => asked.insert_header(("x-fail", value.clone())),
            None => asked,
        };
        (self.0)(asked.to_request()).await
    }
}

#[cors(policy = "open")]
#[get("/nested/{tail:.*}")]
async fn passes_on(nested: web::Data<Nested>, request: HttpRequest) -> Result<HttpResponse, Error> {
    Ok(nested.ask(&request).await?.into_parts().1)
}

/// How the outer application calls the inner one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outer {
    /// Its default service returns the whole of what it gets.
    WholeResponse,
    /// Its default service gives it the outer request.
    OwnRequest,
    /// An annotated handler returns the response.
    Annotated,
}

async fn check(outer: Outer, acts: &'static [Act], mine: Variant, theirs: Option<Variant>) {
    let nested = Nested::new(theirs).await;
    let default = {
        let nested = nested.clone();
        fn_service(move |request: ServiceRequest| {
            let nested = nested.clone();
            async move {
                let (request, _) = request.into_parts();
                let response = nested.ask(&request).await?;
                Ok(match outer {
                    Outer::WholeResponse => response,
                    _ => ServiceResponse::new(request, response.into_parts().1),
                })
            }
        })
    };
    let app = App::new().app_data(web::Data::new(nested)).configure(|app| {
        if outer == Outer::Annotated {
            app.service(passes_on);
        }
    });
    let app = app.configure(routes).default_service(default);
    let app = init_service(app.wrap(Script::new(acts)).wrap(mine.cors())).await;
    for (name, path) in [
        ("open", "/open"),
        ("shut", "/shut"),
        ("narrow", "/narrow"),
        ("plain", "/plain"),
        ("item", "/internal/item"),
    ] {
        for origin in ORIGINS {
            for fails in [false, true] {
                let asked = request("GET", &format!("/nested{path}"), origin);
                let asked = if fails { asked.insert_header(("x-fail", "1")) } else { asked };
                let shape = match (mine, theirs) {
                    (Variant::Cookies, Some(Variant::Cookies)) => Variant::Cookies,
                    // What is not annotated is left to the outer one.
                    (mine, None) => mine,
                    _ => Variant::Any,
                };
                let seen = see(&app, shape, origin, asked.to_request()).await;
                let at = format!("{outer:?} {acts:?} {mine:?} {theirs:?} {path} {origin} {fails}");
                if !fails {
                    assert_eq!(seen.ran(), (name, path), "{at}");
                }
                let my_name = if outer == Outer::Annotated { "open" } else { "plain" };
                let mine = mine.allows(my_name, "/nested", origin);
                let both = match theirs {
                    Some(theirs) => mine && theirs.allows(name, path, origin),
                    None => mine && name == "plain",
                };
                assert!(both || !seen.readable, "{at}");
                if acts.is_empty() && outer != Outer::WholeResponse {
                    assert_eq!(seen.readable, both, "{at}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn a_response_of_a_nested_application_is_readable_where_both_allow_it() {
    for outer in [Outer::WholeResponse, Outer::OwnRequest, Outer::Annotated] {
        for mine in VARIANTS {
            for theirs in [None].into_iter().chain(VARIANTS.map(Some)) {
                check(outer, &[], mine, theirs).await;
                // Another `Cors` that a task of its own calls is not seen: SECURITY.md, "What is
                // weak".
                if theirs.is_none() {
                    check(outer, &[Spawn], mine, theirs).await;
                }
            }
            check(outer, &[Call, Attach("/open")], mine, Some(mine)).await;
            check(outer, &[Spawn, RestorePath], mine, None).await;
        }
    }
}

/// One `Cors` for both: the path behind the handler is in a group that is `off`.
#[actix_web::test]
async fn a_nested_application_with_the_same_cors_allows_nothing_more() {
    let cors = Variant::Listed.cors();
    let plain = || HttpResponse::Ok().body("plain");
    let inner = App::new().default_service(web::to(move || async move { plain() }));
    let inner = Rc::new(init_service(inner.wrap(cors.clone())).await);
    let default = fn_service(move |request: ServiceRequest| {
        let inner = Rc::clone(&inner);
        async move {
            let (request, _) = request.into_parts();
            let path = request.path().trim_start_matches("/nested").to_owned();
            let asked = crate::given::request("GET", &path, APP).to_request();
            let response = inner.call(asked).await?.map_into_boxed_body();
            Ok(ServiceResponse::new(request, response.into_parts().1))
        }
    });
    let app = init_service(App::new().default_service(default).wrap(cors)).await;
    for (path, readable) in [("/nested/x", true), ("/nested/internal/x", false)] {
        let asked = request("GET", path, APP).to_request();
        let seen = see(&app, Variant::Listed, APP, asked).await;
        assert_eq!((&*seen.body, seen.readable), ("plain", readable), "{path}");
    }
}
