//! Spellings of a path against the groups of `cors.toml`: what serves a resource may read a path
//! more generously than actix routes it, and a page may send any spelling that it can fetch.

use std::fs;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorUnauthorized;
use actix_web::middleware::{Next, NormalizePath, from_fn};
use actix_web::{App, Error, HttpResponse, get, web};
use cors_actix::{Cors, cors};
use cors_tests::client::{Reply, Wire};
use cors_tests::server::Server;

/// Everything is open to one origin, but for what lies in two groups.
const CONFIG: &str = r#"
[cors]
origins = "https://app.example"
headers = "x-a"

[[cors.paths]]
match = "/internal/**"
off = true

[[cors.paths]]
match = "/report.txt"
off = true

[[cors.paths]]
match = "/c++/**"
off = true
"#;

/// `CONFIG` with `enforce`: disallowed origins may not even send a request to the two paths.
const ENFORCED: &str = r#"
[cors]
origins = "https://app.example"

[[cors.paths]]
match = "/internal/**"
origins = "https://other.example"
enforce = true

[[cors.paths]]
match = "/report.txt"
origins = "https://other.example"
enforce = true

[[cors.paths]]
match = "/c++/**"
origins = "https://other.example"
enforce = true
"#;

/// Spellings of `/internal/secret.txt`, `/report.txt` and `/c++/secret.txt`, and what resembles them.
const SPELLINGS: [&str; 36] = [
    "/internal/secret.txt",
    "//internal/secret.txt",
    "///internal/secret.txt",
    "/internal//secret.txt",
    "//internal//secret.txt",
    "/internal/secret.txt/",
    "//internal/secret.txt//",
    "/%69nternal/secret.txt",
    "/%2569nternal/secret.txt",
    "//%69nternal/secret.txt",
    "/internal%2Fsecret.txt",
    "/internal%2fsecret.txt",
    "/%2Finternal/secret.txt",
    "/internal/./secret.txt",
    "/./internal/secret.txt",
    "/public/../internal/secret.txt",
    "/public/%2e%2e/internal/secret.txt",
    "/public/..%2finternal/secret.txt",
    "/public%2F..%2Finternal/secret.txt",
    "/public/x/../../internal/secret.txt",
    "/../internal/secret.txt",
    "/internal/..;/internal/secret.txt",
    "/internal;x=1/secret.txt",
    "/internal\\secret.txt",
    "/INTERNAL/secret.txt",
    "/internal/secret.txt?x=/public",
    "/internal/secret.txt#/public",
    "http://evil.example/internal/secret.txt",
    "http://evil.example//internal/secret.txt",
    "/report.txt",
    "/report.txt/",
    "//report.txt",
    "/c++/secret.txt",
    "/c%2B%2B/secret.txt",
    "/c%2B+//secret.txt",
    "/c%2b%2b%2Fsecret.txt",
];

fn ask(server: &Server, method: &str, target: &str, origin: &str, more: &str) -> Reply {
    let mut wire = Wire::open(server.address()).unwrap();
    let host = server.address();
    let request =
        format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\n{more}\r\n");
    wire.write(request).unwrap();
    wire.read(method).unwrap()
}

fn is_readable(reply: &Reply) -> bool {
    reply.header("access-control-allow-origin").is_some()
}

/// Requests the secret in every spelling, and returns how many of them led to it.
fn spellings_of_the_secret(open: &Server, enforced: &Server) -> usize {
    let mut served = 0;
    for target in SPELLINGS {
        let reply = ask(open, "GET", target, "https://app.example", "");
        let preflight = "access-control-request-method: PUT\r\n";
        let preflight = ask(open, "OPTIONS", target, "https://app.example", preflight);
        let unlisted = ask(enforced, "GET", target, "https://unlisted.example", "");
        assert_ne!(unlisted.body, "secret", "{target}: enforce allows a disallowed origin");
        if reply.body == "secret" {
            served += 1;
            assert!(!is_readable(&reply), "{target}: {reply:?}");
            assert_eq!(preflight.status, 403, "{target}: {preflight:?}");
            assert_eq!(unlisted.status, 403, "{target}: {unlisted:?}");
        }
    }
    for server in [open, enforced] {
        let reply = ask(server, "GET", "/public/open.txt", "https://app.example", "");
        assert!(is_readable(&reply) && reply.body == "open", "{reply:?}");
    }
    served
}

#[test]
fn a_file_that_a_group_closes_is_closed_however_its_path_is_spelt() {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("internal/secret.txt", "secret"),
        ("report.txt", "secret"),
        ("c++/secret.txt", "secret"),
        ("public/open.txt", "open"),
        ("public/x/y.txt", "open"),
    ] {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let [open, enforced] = [CONFIG, ENFORCED].map(|config| {
        let (files, cors) = (directory.path().to_owned(), Cors::try_from_toml_str(config).unwrap());
        Server::start(1, move || {
            App::new().service(actix_files::Files::new("/", &files)).wrap(cors.clone())
        })
    });
    assert_eq!(spellings_of_the_secret(&open, &enforced), 23);
}

/// Normalises a path as an object store does: empty and dot segments are skipped.
async fn look_up(key: web::Path<String>) -> HttpResponse {
    let mut segments = Vec::new();
    for segment in key.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    match &*segments.join("/") {
        "internal/secret.txt" | "report.txt" | "c++/secret.txt" => {
            HttpResponse::Ok().body("secret")
        }
        _ => HttpResponse::Ok().body("open"),
    }
}

/// Named as all are, it opens what it serves; the groups that are `off` stay closed.
#[cors(origins = "https://app.example")]
#[get("/{key:.*}")]
async fn every_path(key: web::Path<String>) -> HttpResponse {
    look_up(key).await
}

#[test]
fn a_handler_of_every_path_opens_no_group_however_its_path_is_spelt() {
    let plain = [CONFIG, ENFORCED].map(|config| {
        let cors = Cors::try_from_toml_str(config).unwrap();
        Server::start(1, move || {
            App::new().route("/{key:.*}", web::get().to(look_up)).wrap(cors.clone())
        })
    });
    let annotated = [CONFIG, ENFORCED].map(|config| {
        let cors = Cors::try_from_toml_str(config).unwrap();
        Server::start(1, move || App::new().service(every_path).wrap(cors.clone()))
    });
    for [open, enforced] in [plain, annotated] {
        assert_eq!(spellings_of_the_secret(&open, &enforced), 31);
    }
}

#[cors(headers += "x-b")]
#[get("/{area}/report")]
async fn report() -> &'static str {
    "secret"
}

/// Turns a response that has been made into an error.
async fn after_all(
    request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody>,
) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, Error> {
    let response = next.call(request).await?;
    match response.headers().contains_key("x-never") {
        true => Ok(response),
        false => Err(ErrorUnauthorized("secret")),
    }
}

#[test]
fn an_error_behind_a_normalised_path_is_no_more_open_than_the_response() {
    let closed =
        "[[cors.paths]]\nmatch = \"/internal/report\"\norigins = \"https://other.example\"\n";
    let config = format!("[cors]\norigins = \"https://app.example\"\n{closed}");
    let cors = Cors::try_from_toml_str(&config).unwrap();
    let server = Server::start(1, move || {
        App::new()
            .service(report)
            .wrap(from_fn(after_all))
            .wrap(NormalizePath::trim())
            .wrap(cors.clone())
    });
    for target in
        ["/internal/report", "//internal/report", "/internal//report/", "/internal/report/"]
    {
        let reply = ask(&server, "GET", target, "https://app.example", "");
        assert_eq!((reply.status, &*reply.body), (401, "secret"), "{target}");
        assert!(!is_readable(&reply), "{target}: {reply:?}");
    }
    assert!(is_readable(&ask(&server, "GET", "//public//report/", "https://app.example", "")));
}
