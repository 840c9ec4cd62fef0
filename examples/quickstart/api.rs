//! The API: one handler for each kind of policy.
//!
//! `cors.toml` has the global policy; an attribute configures how a handler differs from it.
//! No handler sets an `Access-Control-*` header, and none has an `OPTIONS` route.

use actix_web::{
    Error, HttpRequest, HttpResponse, Responder,
    body::MessageBody,
    cookie::Cookie,
    delete,
    dev::{ServiceRequest, ServiceResponse},
    error::{ErrorForbidden, ErrorUnauthorized},
    get,
    http::header,
    middleware::{Next, from_fn},
    post, put, web,
};
use cors_actix::cors;
use serde_json::{Value, json};

/// Registers every handler, some of them in scopes.
pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.service(profile)
        .service(health)
        .service(clear_cache)
        .service(report)
        .service(feed)
        .service(reindex)
        .service(transfer)
        .service(web::scope("/account").wrap(from_fn(require_token)).service(account))
        .service(web::scope("/api/{tenant}").service(list_orders).service(replace_orders));
}

/// The global policy: the page may send the cookie that the previous response set.
#[cors]
#[get("/profile")]
async fn profile(request: HttpRequest) -> impl Responder {
    let earlier = request.cookie("visits").and_then(|it| it.value().parse::<u32>().ok());
    let visits = earlier.unwrap_or(0).saturating_add(1);
    let cookie = Cookie::build("visits", visits.to_string()).path("/").http_only(true).finish();
    HttpResponse::Ok().cookie(cookie).json(json!({ "name": "Ada", "visits": visits }))
}

/// No attribute: the global policy applies.
#[get("/health")]
async fn health() -> impl Responder {
    web::Json(json!({ "status": "up" }))
}

/// Narrower: of the global origins, only the admin site is allowed.
#[cors(origins -= "http://127.0.0.1:*")]
#[delete("/cache")]
async fn clear_cache() -> impl Responder {
    HttpResponse::NoContent()
}

/// Wider: one more origin. `credentials = true` was set for the global origins only, so the route
/// has to set it as well; without `credentials` here, the server would not start.
#[cors(origins += "http://localhost:*", credentials = false)]
#[post("/reports")]
async fn report(body: web::Json<Value>) -> impl Responder {
    HttpResponse::Created().json(json!({ "stored": body["title"] }))
}

/// Public: a policy that inherits nothing from `cors.toml`.
#[cors(replace, origins = any, expose = ["etag"], max_age = "1d")]
#[get("/feed")]
async fn feed() -> impl Responder {
    HttpResponse::Ok()
        .insert_header((header::ETAG, "\"v7\""))
        .insert_header(("x-build", "2f6c1e"))
        .json(json!({ "items": ["one", "two"] }))
}

/// Off: no script on another origin can read the response. The request itself is still handled:
/// CORS is about reading responses and does not replace authorization.
#[cors(off)]
#[post("/internal/reindex")]
async fn reindex() -> impl Responder {
    HttpResponse::Accepted()
}

/// Enforced: a request from a disallowed origin gets 403, and this handler does not run.
#[cors(enforce)]
#[post("/transfers")]
async fn transfer() -> impl Responder {
    web::Json(json!({ "sent": true }))
}

/// Behind [`require_token`]. A preflight has no token; it is answered before that middleware runs.
#[cors(headers += "authorization")]
#[get("")]
async fn account() -> impl Responder {
    web::Json(json!({ "balance": 42 }))
}

/// Returns an `Err`. The page can still read the 401, and show a login.
async fn require_token(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match request.headers().get(header::AUTHORIZATION) {
        Some(token) if token == "Bearer demo" => next.call(request).await,
        _ => Err(ErrorUnauthorized("a token is needed")),
    }
}

/// One path, two policies. Reading: also `localhost`, without cookies. Browsers cache preflights
/// by URL, for all methods, so `Cors` warns about such a pair unless both set `max_age = 0`.
#[cors(origins += "http://localhost:*", credentials = false, max_age = 0)]
#[get("/orders")]
async fn list_orders(tenant: web::Path<String>) -> impl Responder {
    web::Json(json!({ "tenant": *tenant, "orders": [1, 2, 3] }))
}

/// Writing: only the global origins, with their cookies and a CSRF token.
#[cors(headers += "x-csrf-token", max_age = 0)]
#[put("/orders")]
async fn replace_orders(request: HttpRequest, tenant: web::Path<String>) -> impl Responder {
    match request.headers().contains_key("x-csrf-token") {
        true => Ok(web::Json(json!({ "tenant": *tenant, "saved": true }))),
        false => Err(ErrorForbidden("x-csrf-token is needed")),
    }
}
