//! Handlers without a route attribute, beside everything that may stand beside them.
#![deny(warnings)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![forbid(missing_docs, unreachable_pub)]

use actix_web::http::Method;
use actix_web::{App, HttpRequest, HttpResponse, Responder, guard, middleware, web};
use cors_actix::{CorsResource, CorsRoute, cors, resource, route, rules};

const PARTNERS: &[&str] = &["https://partner.example"];

/// Documented.
#[cors]
async fn list() -> impl Responder {
    "list"
}

#[allow(clippy::unused_async, unused_variables)]
#[tracing::instrument]
#[cors(origins += PARTNERS, headers += "x-csrf-token")]
async fn replace(id: web::Path<u32>, body: String) -> Result<HttpResponse, actix_web::Error> {
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(false)]
#[cors]
async fn absent(missing: Missing) -> impl Responder {}

#[cors(credentials)]
#[cfg(not(false))]
#[expect(unused_variables, reason = "as an extractor it is enough")]
async fn present(request: HttpRequest) -> impl Responder {
    "present"
}

#[deprecated]
#[cors]
async fn deprecated() -> impl Responder {
    "deprecated"
}

#[cors(origins = ["https://app.example"], credentials)]
mod api {
    use actix_web::Responder;
    use cors_actix::cors;

    #[cors(max_age = "10m")]
    pub(super) async fn inherits() -> impl Responder {
        "inherits"
    }

    pub(super) mod inner {
        #[super::cors]
        pub(in super::super) async fn inherits_too() -> impl super::Responder {
            "inherits"
        }
    }

    pub(super) async fn plain() -> impl Responder {
        "plain"
    }
}

fn health() -> std::future::Ready<HttpResponse> {
    std::future::ready(HttpResponse::Ok().finish())
}

async fn generic<T: Default + ToString>() -> impl Responder {
    T::default().to_string()
}

fn orders() -> CorsRoute {
    route([Method::PATCH, Method::DELETE], replace)
        .guard(guard::Header("accept", "*/*"))
        .wrap(middleware::NormalizePath::trim())
        .cors(rules().max_age("1h"))
}

fn part(config: &mut web::ServiceConfig) {
    #[allow(deprecated)]
    let old = resource("/old").get(deprecated);
    config
        .service(old)
        .service(resource("/inner").get(api::inherits).head(api::plain).post(api::inner::inherits_too))
        .service(resource(String::from("/health")).get(health).post(async || "closure"));
}

pub(crate) fn main() {
    let data: CorsResource = resource("/orders/{id}").name("order").app_data(7_u32);
    let resource = data
        .get(list)
        .put(replace)
        .route(orders())
        .route(route(Method::OPTIONS, present))
        .post(generic::<u32>)
        .cors(rules().origins_add(["https://staging.example"]))
        .guard(guard::Host("api.example"))
        .wrap(middleware::Condition::new(false, middleware::Compress::default()))
        .default_service(web::to(HttpResponse::MethodNotAllowed));
    let _ = App::new().service(resource).configure(part);
}
