//! The recipe with `Timing-Allow-Origin`.

// On the page:
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpServer};
use cors_actix::Cors;

const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

async fn timing(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    headers.remove(TIMING_ALLOW_ORIGIN); // of a handler
    if let Some(origin) = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).cloned() {
        headers.insert(TIMING_ALLOW_ORIGIN, origin);
    }
    Ok(response)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new().wrap(Cors::from_config()).wrap(from_fn(timing)))
        .bind(("127.0.0.1", 8080))?
        .run()
        .await
}
// Not on the page.

/// The middleware of the page.
pub(super) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    timing(request, next).await
}
