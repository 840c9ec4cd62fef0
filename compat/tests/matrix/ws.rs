//! `actix-ws`: handshakes, which browsers open for any page unless `enforce` is set.

use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, get, web};
use cors_actix::{cors, resource};

use crate::exchange::{BETA, EVIL, check, policy, send};

fn accept(request: &HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    let (response, session, _messages) = actix_ws::handle(request, body)?;
    actix_web::rt::spawn(session.close(None));
    Ok(response)
}

#[cors(origins += "https://beta.example.com", credentials)]
#[get("/open")]
async fn open(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    accept(&request, body)
}

#[cors(origins += "https://beta.example.com", credentials, enforce)]
async fn enforced(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    accept(&request, body)
}

fn handshake(path: &str) -> TestRequest {
    TestRequest::get()
        .uri(path)
        .insert_header(("host", "api.example.com"))
        .insert_header(("connection", "upgrade"))
        .insert_header(("upgrade", "websocket"))
        .insert_header(("sec-websocket-version", "13"))
        .insert_header(("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="))
}

#[actix_web::test]
async fn handshakes_have_no_headers_and_enforce_refuses_other_origins() {
    let app = App::new().service(open).service(resource("/enforced").get(enforced)).wrap(policy());
    let app = init_service(app).await;

    let accepted = [("/open", BETA), ("/open", EVIL), ("/enforced", BETA)];
    for (path, origin) in accepted {
        let response = send(&app, handshake(path).insert_header(("origin", origin))).await;
        assert_eq!(response.status, 101, "{path} {origin}");
        assert_eq!(response.header("access-control-allow-origin"), "", "{path} {origin}");
        assert_eq!(response.header("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
    let refused = send(&app, handshake("/enforced").insert_header(("origin", EVIL))).await;
    assert_eq!(refused.status, 403);
    refused.assert_unreadable();

    check(&app, 400, || TestRequest::get().uri("/open")).await;
    let no_handshake = TestRequest::get().uri("/enforced").insert_header(("origin", BETA));
    let no_handshake = send(&app, no_handshake).await;
    assert_eq!(no_handshake.status, 400);
    no_handshake.assert_readable_by(BETA);
}
