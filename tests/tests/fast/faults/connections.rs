//! Trouble on real connections: bodies that never end, clients that leave, a server that stops.

use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, get, post, web};
use cors_actix::cors;
use cors_tests::client::{Protocol, Reply, Wire, send};
use cors_tests::server::Server;

use super::given::{APP, BETA, policy, routes};

#[cors(origins += "https://beta.example")]
#[post("/upload")]
async fn upload(body: web::Bytes) -> HttpResponse {
    HttpResponse::Ok().body(body.len().to_string())
}

#[cors(origins += "https://beta.example", enforce)]
#[post("/guarded")]
async fn guarded(body: web::Bytes) -> HttpResponse {
    HttpResponse::Ok().body(body.len().to_string())
}

struct Missing;

#[cors(origins += "https://beta.example")]
#[get("/data")]
async fn data(_: web::Data<Missing>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// How long the handler takes, so that a client can leave and a server stop while it runs.
const SLOW: Duration = Duration::from_millis(300);

#[cors(origins += "https://beta.example")]
#[get("/slow")]
async fn slow() -> HttpResponse {
    actix_web::rt::time::sleep(SLOW).await;
    HttpResponse::Ok().body("slow")
}

#[cors(origins += "https://beta.example")]
#[get("/upgrade")]
async fn upgrade(
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let (response, _session, _messages) = actix_ws::handle(&request, body)?;
    Ok(response)
}

fn serve() -> Server {
    Server::start(1, || {
        App::new()
            .app_data(web::PayloadConfig::new(1_000))
            .configure(routes)
            .service(upload)
            .service(guarded)
            .service(data)
            .service(slow)
            .service(upgrade)
            .service(web::scope("/inside").default_service(web::to(HttpResponse::Gone)))
            .default_service(web::to(HttpResponse::PaymentRequired))
            .wrap(policy())
    })
}

/// Status, and whether the origin can read the response, of which all headers are checked.
fn seen(reply: &Reply, origin: &str) -> (u16, bool) {
    let readable = [
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", "etag"),
        ("vary", "Origin"),
    ];
    match &*reply.cors_headers() {
        [] | [("vary", "Origin")] => (reply.status, false),
        headers if headers == readable => (reply.status, true),
        _ => panic!("no policy sends this: {reply:?}"),
    }
}

fn ask(server: &Server, path: &str, origin: &str) -> (u16, bool) {
    let origin_line: [(&str, &[u8]); 1] = [("origin", origin.as_bytes())];
    seen(&send(server.address(), Protocol::Http1, "GET", path, &origin_line), origin)
}

fn assert_in_order(server: &Server, after: &str) {
    for (path, app, beta) in
        [("/open", true, true), ("/shut", false, false), ("/plain", true, false)]
    {
        assert_eq!(ask(server, path, APP), (200, app), "{path} after {after}");
        assert_eq!(ask(server, path, BETA), (200, beta), "{path} after {after}");
    }
}

fn head(method: &str, path: &str, origin: &str, more: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: api.example\r\norigin: {origin}\r\n{more}\r\n")
}

const ENDLESS: &str = "transfer-encoding: chunked\r\n";

#[test]
fn a_response_does_not_wait_for_a_body_that_never_ends() {
    let server = serve();
    let asks = format!("access-control-request-method: POST\r\n{ENDLESS}");
    let evil = "https://evil.example";
    let mut open = Vec::new();
    for (method, path, origin, more, status) in [
        ("OPTIONS", "/upload", BETA, &*asks, 204),
        ("OPTIONS", "/upload", evil, &asks, 403),
        ("POST", "/guarded", evil, ENDLESS, 403),
        ("POST", "/nowhere", APP, ENDLESS, 402),
    ] {
        let mut wire = Wire::open(server.address()).unwrap();
        wire.write(head(method, path, origin, more)).unwrap();
        wire.write("5\r\nhello\r\n").unwrap();
        let reply = wire.read(method).unwrap();
        assert_eq!(reply.status, status, "{method} {path}: {reply:?}");
        let allowed = reply.header("access-control-allow-origin");
        assert_eq!(allowed.as_deref(), (origin != evil).then_some(origin), "{method} {path}");
        // It may go on sending for as long as it likes.
        let _ = wire.write("5\r\nhello\r\n".repeat(1_000));
        open.push(wire);
        assert_in_order(&server, "a body without end");
    }
}

#[test]
fn errors_of_extractors_have_the_policy_of_the_route() {
    let server = serve();
    let large = format!("content-length: 2000\r\n\r\n{}", "x".repeat(2_000));
    let broken = format!("{ENDLESS}\r\nnot a chunk\r\n");
    for (more, status) in [(&*large, 413), (&broken, 400)] {
        for (origin, readable) in [(APP, true), (BETA, true), ("https://evil.example", false)] {
            let mut wire = Wire::open(server.address()).unwrap();
            let head = head("POST", "/upload", origin, "").trim_end().to_owned();
            wire.write(format!("{head}\r\n{more}")).unwrap();
            let reply = wire.read("POST").unwrap();
            assert_eq!(seen(&reply, origin), (status, readable), "{origin}");
        }
        assert_in_order(&server, "a body that was refused");
    }
    assert_eq!(ask(&server, "/data", BETA), (500, true), "data that is not registered");
    assert_eq!(ask(&server, "/nowhere", APP), (402, true));
    assert_eq!(ask(&server, "/nowhere", BETA), (402, false));
    assert_eq!(ask(&server, "/inside/x", APP), (410, true));
    assert_eq!(ask(&server, "/inside/x", BETA), (410, false));
    assert_in_order(&server, "errors");
}

#[test]
fn disconnected_clients_leave_nothing_behind() {
    let server = serve();
    let asks = "access-control-request-method: POST\r\n";
    let whole = [
        head("OPTIONS", "/upload", BETA, asks),
        head("GET", "/slow", BETA, ""),
        head("POST", "/upload", BETA, "content-length: 100\r\n"),
        head("GET", "/open", BETA, ""),
    ];
    for request in &whole {
        // In the middle of the head, at its end, and with more behind it.
        for length in [10, request.len() / 2, request.len() - 2, request.len()] {
            let mut wire = Wire::open(server.address()).unwrap();
            wire.write(&request[..length]).unwrap();
            drop(wire);
        }
        let mut wire = Wire::open(server.address()).unwrap();
        wire.write(request.repeat(50)).unwrap();
        drop(wire);
        assert_in_order(&server, "a client that left");
    }
    std::thread::sleep(2 * SLOW);
    assert_in_order(&server, "handlers whose clients had left");
}

#[test]
fn an_upgrade_does_not_affect_later_requests() {
    let server = serve();
    let key = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
               sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let mut open = Vec::new();
    for origin in [APP, BETA, "https://evil.example"] {
        let mut wire = Wire::open(server.address()).unwrap();
        wire.write(head("GET", "/upgrade", origin, key)).unwrap();
        let reply = wire.read("GET").unwrap();
        assert_eq!((reply.status, reply.cors_headers()), (101, Vec::new()));
        open.push(wire);
        assert_in_order(&server, "an upgrade");
    }
    // The same route without an upgrade is a response like any other.
    assert_eq!(ask(&server, "/upgrade", BETA), (400, true));
}

#[test]
fn a_stopping_server_completes_requests_in_progress() {
    let server = serve();
    let mut wire = Wire::open(server.address()).unwrap();
    wire.write(head("GET", "/slow", BETA, "")).unwrap();
    // Until the handler runs.
    std::thread::sleep(SLOW / 3);
    let stopping = std::thread::spawn(move || server.stop());
    assert_eq!(seen(&wire.read("GET").unwrap(), BETA), (200, true));
    stopping.join().unwrap();
}
