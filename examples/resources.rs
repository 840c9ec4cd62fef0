//! An application whose routes are registered by builders: nested scopes, `configure`, resources
//! with several methods, a rate limit and authentication around a part of them, static files, and
//! a gateway whose upstream server answers CORS itself.
//!
//! ```text
//! cargo run --example resources
//! curl -i -X OPTIONS http://127.0.0.1:8080/api/v1/orders/7 -H 'Origin: https://beta.example.com' \
//!      -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: content-type'
//! ```
//!
//! `PUT /api/v1/orders/{id}` allows one origin more than `GET`; `/api/v1/reports` also allows the
//! origin of the partner, with another policy for `DELETE`; `/api/v1/admin` allows no other origin.
//! Preflights are answered before `limit_rate` and `authenticate` could refuse them, and pages can
//! read their 429 and 401. The files under `/assets` have the policy of a group, and what is under
//! `/gateway` is left alone, preflights included. Every policy is logged at startup.

use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use actix_files::Files;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, RETRY_AFTER,
};
use actix_web::middleware::{Logger, Next, from_fn};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, Responder, guard, web};
use cors_actix::{Cors, cors, resource, route, rules};

const CONFIG: &str = r#"
[cors]
origins = ["https://app.example.com"]
headers = ["content-type", "authorization"]
credentials = true
max_age = "10m"

[[cors.paths]]
match = "/assets/**"
origins = "any"
credentials = false

[[cors.paths]]
match = "/gateway/**"
passthrough = true
"#;

mod orders {
    use actix_web::{HttpResponse, Responder, web};
    use cors_actix::{cors, resource};

    async fn list() -> impl Responder {
        "[]"
    }

    async fn create() -> impl Responder {
        HttpResponse::Created().finish()
    }

    async fn show(id: web::Path<u32>) -> impl Responder {
        format!("order {id}")
    }

    #[cors(origins += "https://beta.example.com", credentials)]
    async fn replace(id: web::Path<u32>) -> impl Responder {
        format!("order {id} saved")
    }

    pub(crate) fn configure(config: &mut web::ServiceConfig) {
        config
            .service(resource("/orders").get(list).post(create))
            .service(resource("/orders/{id}").name("order").get(show).put(replace));
    }
}

async fn report() -> impl Responder {
    "id;total"
}

async fn delete_report() -> impl Responder {
    HttpResponse::NoContent()
}

/// Of no interest to pages of other origins.
#[cors(off)]
async fn admin() -> impl Responder {
    "admin"
}

/// Refuses requests without a token.
async fn authenticate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if request.headers().contains_key(AUTHORIZATION) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let response = HttpResponse::Unauthorized().body("a token is needed\n");
    Ok(request.into_response(response).map_into_right_body())
}

/// The requests of a worker in the present second.
#[derive(Default)]
struct Rate {
    second: u64,
    requests: u32,
}

/// Refuses more than twenty requests in a second.
async fn limit_rate<B: MessageBody + 'static>(
    rate: web::Data<Mutex<Rate>>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let now = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    let requests = {
        let mut rate = rate.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = if rate.second == now { rate.requests.saturating_add(1) } else { 1 };
        *rate = Rate { second: now, requests };
        requests
    };
    if requests <= 20 {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let response = HttpResponse::TooManyRequests().insert_header((RETRY_AFTER, "1")).finish();
    Ok(request.into_response(response).map_into_right_body())
}

/// In the place of a proxy. Its upstream server decides who may read, and answers preflights.
async fn gateway(request: HttpRequest) -> impl Responder {
    let mut response = HttpResponse::Ok();
    response.insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "https://anywhere.example"));
    if request.method() == Method::OPTIONS {
        response.insert_header((ACCESS_CONTROL_ALLOW_METHODS, "PUT"));
    }
    response.body("from upstream")
}

fn api(config: &mut web::ServiceConfig) {
    let reports = resource("/reports")
        .cors(rules().origins_add(["https://partner.example.com"]).credentials(true))
        .get(report)
        .route(
            route(Method::DELETE, delete_report).cors(rules().origins(["https://app.example.com"])),
        );
    let internal = web::scope("/admin")
        .guard(guard::Header("x-internal", "1"))
        .service(resource("").get(admin));
    config.configure(orders::configure).service(reports).service(internal);
}

/// The application, for `main` and for tests.
fn configure(config: &mut web::ServiceConfig) {
    let v1 = web::scope("/v1").wrap(from_fn(authenticate)).configure(api);
    let api = web::scope("/api")
        .app_data(web::Data::new(Mutex::new(Rate::default())))
        .wrap(from_fn(limit_rate))
        .service(v1);
    config
        .service(api)
        .service(web::scope("/gateway").default_service(web::to(gateway)))
        .service(Files::new("/assets", concat!(env!("CARGO_MANIFEST_DIR"), "/quickstart")));
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    env_logger::init_from_env(env_logger::Env::default().default_filter_or("cors_actix=info"));
    let cors = Cors::try_from_toml_str(CONFIG).map_err(std::io::Error::other)?;
    let app = move || App::new().configure(configure).wrap(Logger::default()).wrap(cors.clone());
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8080);
    let server = HttpServer::new(app).bind(("127.0.0.1", port))?;
    println!("listening on http://{}", server.addrs()[0]);
    server.run().await
}
