//! From the requests of the model of browsers to those of actix-web, and back.

use actix_web::Error;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use cors_browser::{HeaderLines, WireRequest, WireResponse};

/// Sends a request to an application under test.
///
/// An `Err` is rendered as actix-web does on a real server. A request that no server of HTTP can
/// read is answered by a 400, as there.
pub(super) async fn send<S, B>(app: &S, wire: &WireRequest) -> WireResponse
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let Some(request) = request(wire) else { return WireResponse::new(400, &[]) };
    match app.call(request).await {
        Ok(response) => {
            let (_, response) = response.into_parts();
            let (status, headers) = (response.status().as_u16(), lines(response.headers()));
            // A body that fails ends early.
            let body = to_bytes(response.into_body()).await.unwrap_or_default().to_vec();
            WireResponse { status, headers, body }
        }
        Err(error) => {
            let response = error.error_response();
            let (status, headers) = (response.status().as_u16(), lines(response.headers()));
            let body = to_bytes(response.into_body()).await.unwrap_or_default().to_vec();
            WireResponse { status, headers, body }
        }
    }
}

fn request(wire: &WireRequest) -> Option<actix_http::Request> {
    let method = Method::from_bytes(wire.method.as_bytes()).ok()?;
    wire.target().parse::<actix_web::http::Uri>().ok()?;
    let mut request = TestRequest::with_uri(wire.target()).method(method);
    for (name, value) in &wire.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        request = request.append_header((name, encode(value)?));
    }
    Some(request.set_payload(wire.body.clone()).to_request())
}

// Fetch "isomorphic encode": a character is a byte.
fn encode(value: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}

// "Isomorphic decode".
fn lines(headers: &HeaderMap) -> HeaderLines {
    let decode = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    headers.iter().map(|(name, value)| (name.to_string(), decode(value))).collect()
}
