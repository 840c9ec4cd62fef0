//! The authentication of the guide's example: a middleware that raises an `Err`.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorUnauthorized;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;

/// Accepts requests without credentials, so that most tests need none.
pub(crate) async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match request.headers().contains_key(AUTHORIZATION) {
        true => Err(ErrorUnauthorized("unknown")),
        false => next.call(request).await,
    }
}
