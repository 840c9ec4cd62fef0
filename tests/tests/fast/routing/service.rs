//! The middleware among others, over real connections: errors, early returns,
//! authentication, compression, files, WebSockets, HTTP/2, several workers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::SocketAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{ErrorInternalServerError, ErrorUnauthorized};
use actix_web::middleware::{Compress, Condition, Logger, Next, NormalizePath, from_fn};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, get, post, put, web};
use cors_actix::{Cors, cors};
use cors_tests::client::{Protocol, Reply, send};
use cors_tests::server::Server;

const APP: &str = "https://app.example";
const BETA: &str = "https://beta.example";
const UNLISTED: &str = "https://unlisted.example";

fn policy() -> Cors {
    let text = r#"
        [cors]
        origins = ["https://app.example"]
        headers = ["authorization"]
        [[cors.paths]]
        match = "/sockets/**"
        enforce = true
    "#;
    Cors::try_from_toml_str(text).unwrap()
}

#[cors(origins += ["https://beta.example"])]
#[get("/account")]
async fn account() -> impl Responder {
    "account"
}

#[cors(origins += ["https://beta.example"])]
#[put("/account")]
async fn put_account() -> Result<HttpResponse, Error> {
    Err(ErrorInternalServerError("it broke"))
}

#[cors(origins += ["https://beta.example"])]
#[get("/panics")]
async fn early(_: web::Json<u32>) -> impl Responder {
    "extracted"
}

/// Refuses every request without a token, also a preflight.
async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match request.headers().contains_key("authorization") {
        true => next.call(request).await,
        false => Err(ErrorUnauthorized("who are you?")),
    }
}

/// Refuses as the one above, with a response instead of an error.
async fn turn_away(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match request.headers().contains_key("authorization") {
        true => Ok(next.call(request).await?.map_into_boxed_body()),
        false => Ok(request.into_response(HttpResponse::Unauthorized().body("who are you?"))),
    }
}

fn get_from(server: &Server, path: &str, origin: &str) -> Reply {
    send(server.address(), Protocol::Http1, "GET", path, &[("origin", origin.as_bytes())])
}

fn preflight(
    address: SocketAddr,
    protocol: Protocol,
    path: &str,
    method: &str,
    origin: &str,
) -> Reply {
    let headers: [(&str, &[u8]); 2] =
        [("origin", origin.as_bytes()), ("access-control-request-method", method.as_bytes())];
    send(address, protocol, "OPTIONS", path, &headers)
}

fn assert_readable(reply: &Reply, status: u16, origin: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    let expected = [("access-control-allow-origin", origin), ("vary", "Origin")];
    assert_eq!(reply.cors_headers(), expected, "{reply:?}");
}

fn assert_unreadable(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(reply.cors_headers(), [("vary", "Origin")], "{reply:?}");
}

#[test]
fn a_401_of_an_inner_middleware_has_the_policy_of_the_route() {
    let as_error = Server::start(1, || {
        App::new().service(account).service(put_account).wrap(from_fn(authenticate)).wrap(policy())
    });
    let as_response = Server::start(1, || {
        App::new().service(account).service(put_account).wrap(from_fn(turn_away)).wrap(policy())
    });
    let in_a_scope = Server::start(1, || {
        App::new()
            .service(web::scope("").wrap(from_fn(authenticate)).service(account))
            .wrap(policy())
    });
    for server in [&as_error, &as_response, &in_a_scope] {
        assert_readable(&get_from(server, "/account", APP), 401, APP);
        assert_readable(&get_from(server, "/account", BETA), 401, BETA);
        assert_unreadable(&get_from(server, "/account", UNLISTED), 401);
        let reply = preflight(server.address(), Protocol::Http1, "/account", "GET", BETA);
        assert_eq!(reply.status, 204, "authentication must not see a preflight: {reply:?}");
    }
    // An un-annotated path behind the same middleware is under the global policy.
    assert_unreadable(&get_from(&as_error, "/elsewhere", BETA), 401);
    assert_readable(&get_from(&as_error, "/elsewhere", APP), 401, APP);
}

#[test]
fn errors_of_handlers_and_extractors_and_unknown_paths_are_readable() {
    let server = Server::start(1, || App::new().service(put_account).service(early).wrap(policy()));
    let address = server.address();
    let beta: [(&str, &[u8]); 1] = [("origin", BETA.as_bytes())];
    assert_readable(&send(address, Protocol::Http1, "PUT", "/account", &beta), 500, BETA);
    assert_readable(&get_from(&server, "/panics", BETA), 400, BETA);
    assert_readable(&get_from(&server, "/nowhere", APP), 404, APP);
    assert_unreadable(&get_from(&server, "/nowhere", BETA), 404);
}

#[test]
fn both_protocols_get_the_same_responses_from_every_worker() {
    let server = Server::start(3, || App::new().service(account).wrap(policy()));
    for _ in 0..12 {
        for protocol in [Protocol::Http1, Protocol::Http2] {
            let reply = preflight(server.address(), protocol, "/account", "GET", BETA);
            assert_eq!(reply.status, 204);
            assert_eq!(reply.header("access-control-allow-origin").as_deref(), Some(BETA));
            let headers: [(&str, &[u8]); 1] = [("origin", BETA.as_bytes())];
            let reply = send(server.address(), protocol, "GET", "/account", &headers);
            assert_readable(&reply, 200, BETA);
            assert_eq!(reply.body, "account");
        }
    }
}

async fn socket(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    let (response, _session, _messages) = actix_ws::handle(&request, body)?;
    Ok(response)
}

#[test]
fn it_works_with_other_middleware_files_and_websockets() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.txt"), "a file of some length".repeat(100)).unwrap();
    let files = directory.path().to_owned();
    let server = Server::start(1, move || {
        App::new()
            .service(account)
            .route("/sockets/echo", web::get().to(socket))
            .route("/open-socket", web::get().to(socket))
            .service(actix_files::Files::new("/files", &files))
            .wrap(Compress::default())
            .wrap(Condition::new(true, Logger::default()))
            .wrap(NormalizePath::trim())
            .wrap(policy())
    });
    let address = server.address();
    let gzip = |path: &str, origin: &str| {
        let headers: [(&str, &[u8]); 2] =
            [("origin", origin.as_bytes()), ("accept-encoding", b"gzip")];
        send(address, Protocol::Http1, "GET", path, &headers)
    };

    let file = gzip("/files/a.txt", APP);
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-encoding").as_deref(), Some("gzip"));
    assert_eq!(file.header("access-control-allow-origin").as_deref(), Some(APP));
    let vary = file.header("vary").unwrap().to_ascii_lowercase();
    assert!(vary.contains("accept-encoding") && vary.contains("origin"), "{vary}");
    assert_readable(&get_from(&server, "/files/gone.txt", APP), 404, APP);

    // `NormalizePath` inside: the request is for `/account` all the same.
    let reply = get_from(&server, "//account/", BETA);
    assert_readable(&reply, 200, BETA);
    let reply = preflight(address, Protocol::Http1, "/account/", "GET", APP);
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin").as_deref()),
        (204, Some(APP))
    );
    // Outside, without it, BETA would not be allowed: only what both allow is allowed.
    assert_eq!(preflight(address, Protocol::Http1, "/account/", "GET", BETA).status, 403);

    let upgrade = |path: &str, origin: &str| {
        let headers: [(&str, &[u8]); 5] = [
            ("origin", origin.as_bytes()),
            ("connection", b"upgrade"),
            ("upgrade", b"websocket"),
            ("sec-websocket-version", b"13"),
            ("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        raw_status(address, path, &headers)
    };
    let open = upgrade("/open-socket", UNLISTED);
    assert!(open.starts_with("HTTP/1.1 101"), "{open}");
    assert!(!open.to_ascii_lowercase().contains("access-control"), "101 is not decorated: {open}");
    assert!(upgrade("/sockets/echo", APP).starts_with("HTTP/1.1 101"));
    assert!(upgrade("/sockets/echo", UNLISTED).starts_with("HTTP/1.1 403"));
}

/// The head of a response, for upgrades that an HTTP client would take over.
fn raw_status(address: SocketAddr, path: &str, headers: &[(&str, &[u8])]) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
    let mut request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n").into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(format!("{name}: ").as_bytes());
        request.extend_from_slice(value);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).unwrap();
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

#[cors(enforce)]
#[post("/transfer")]
async fn transfer() -> impl Responder {
    "transferred"
}

#[test]
fn enforce_refuses_other_origins_and_allows_same_origin_pages() {
    let server = Server::start(1, || App::new().service(transfer).wrap(policy()));
    let address = server.address();
    let own = format!("http://{address}");
    let post = |headers: &[(&str, &str)]| {
        let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
        let reply = send(address, Protocol::Http1, "POST", "/transfer", &headers);
        (reply.status, reply.body)
    };
    let done = (200, "transferred".to_owned());
    assert_eq!(post(&[("origin", APP)]), done);
    assert_eq!(post(&[("origin", UNLISTED)]).0, 403);
    assert_eq!(post(&[]), done, "curl sends no origin");
    assert_eq!(post(&[("origin", &own)]), done, "a page of this very host");
    assert_eq!(post(&[("origin", UNLISTED), ("sec-fetch-site", "same-origin")]), done);
    assert_eq!(post(&[("origin", &own), ("sec-fetch-site", "cross-site")]).0, 403);
}

#[test]
fn a_conflict_between_layers_prevents_the_server_from_starting() {
    #[cors(origins += ["https://partner.example"])]
    #[get("/export")]
    async fn export() -> impl Responder {
        "export"
    }
    #[cors(policy = "partnr")]
    #[get("/typo")]
    async fn typo() -> impl Responder {
        "typo"
    }
    let cors = Cors::try_from_toml_str(
        "[cors]\norigins = \"https://app.example\"\ncredentials = true\n[cors.policies.partner]\n",
    )
    .unwrap();
    let server =
        Server::start(2, move || App::new().service(export).service(typo).wrap(cors.clone()));
    let error = server.join().unwrap_err();
    assert!(error.to_string().contains("Can not start server service"), "{error}");
}

#[test]
fn a_configuration_that_cannot_be_read_keeps_the_server_from_starting() {
    // Never in the working directory of a test.
    assert!(!std::path::Path::new("cors.toml").exists());
    let error = Cors::try_from_config().unwrap_err();
    assert_eq!(error.problems()[0].code().as_str(), "cors::unreadable-file");
    let server = Server::start(1, || App::new().wrap(Cors::from_config()));
    assert!(server.join().is_err());
}

#[test]
fn an_application_that_is_wrapped_twice_does_not_start() {
    let twice = Server::start(1, || App::new().service(account).wrap(policy()).wrap(policy()));
    assert!(twice.join().is_err());
    let in_a_scope = Server::start(1, || {
        App::new().service(web::scope("/s").wrap(policy()).service(account)).wrap(policy())
    });
    assert!(in_a_scope.join().is_err());
}

#[get("/boom")]
async fn boom() -> &'static str {
    panic!("a handler's own fault (expected by this test)")
}

#[test]
fn a_handler_that_panics_does_not_switch_cors_off() {
    let server = Server::start(1, || App::new().service(transfer).service(boom).wrap(policy()));
    let address = server.address();
    let unlisted: [(&str, &[u8]); 1] = [("origin", UNLISTED.as_bytes())];
    let send_transfer = || send(address, Protocol::Http1, "POST", "/transfer", &unlisted).status;
    assert_eq!(send_transfer(), 403);
    let connection = std::thread::spawn(move || {
        send(address, Protocol::Http1, "GET", "/boom", &[("origin", b"https://app.example")])
    });
    assert!(connection.join().is_err(), "actix closes the connection");
    assert_eq!(send_transfer(), 403);
    assert_eq!(preflight(address, Protocol::Http1, "/transfer", "POST", APP).status, 204);
}
