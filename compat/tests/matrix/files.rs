//! `actix-files`: a directory, which has the policy of its path, and a single file.

use actix_files::{Files, NamedFile};
use actix_web::dev::{ServiceRequest, ServiceResponse, fn_service};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, get};
use cors_actix::{cors, resource};

use crate::exchange::{APP, BETA, EVIL, check, check_preflights, policy, policy_with_group, send};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/matrix");

fn file() -> Result<NamedFile, Error> {
    Ok(NamedFile::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))?.use_etag(true))
}

#[cors(origins += "https://beta.example.com", credentials, expose += "content-range")]
#[get("/manifest")]
async fn manifest() -> Result<NamedFile, Error> {
    file()
}

#[cors(origins += "https://beta.example.com", credentials)]
async fn missing() -> Result<NamedFile, Error> {
    Ok(NamedFile::open("/there/is/no/such/file")?)
}

#[actix_web::test]
async fn files_have_the_policy_of_their_path() {
    let app = App::new()
        .service(manifest)
        .service(resource("/missing").get(missing))
        .service(Files::new("/static", DIRECTORY))
        .wrap(policy_with_group("/static/**"));
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/static/main.rs").await;
    check_preflights(&app, "GET", "/manifest").await;
    check_preflights(&app, "GET", "/missing").await;

    let served = check(&app, 200, || TestRequest::get().uri("/static/main.rs")).await;
    assert!(served.body.contains("mod files;"));
    let etag = served.header("etag");
    let again = || TestRequest::get().uri("/static/main.rs").insert_header(("if-none-match", etag));
    check(&app, 304, again).await;
    check(&app, 404, || TestRequest::get().uri("/static/missing.rs")).await;
    check(&app, 405, || TestRequest::put().uri("/static/main.rs")).await;

    let part = || TestRequest::get().uri("/manifest").insert_header(("range", "bytes=0-8"));
    let part = check(&app, 206, part).await;
    assert_eq!(part.body, "[package]");
    assert_eq!(part.header("access-control-expose-headers"), "content-range");
    let beyond = || TestRequest::get().uri("/manifest").insert_header(("range", "bytes=99999-"));
    check(&app, 416, beyond).await;
    check(&app, 404, || TestRequest::get().uri("/missing")).await;
}

/// A frontend at the root, with its first page for unknown paths, behind the handlers.
#[actix_web::test]
async fn files_at_the_root_leave_the_handlers_their_policies() {
    let pages = Files::new("/", DIRECTORY).index_file("main.rs").default_handler(fn_service(
        |request: ServiceRequest| async {
            let page = NamedFile::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))?;
            let (request, _) = request.into_parts();
            let response = page.into_response(&request);
            Ok(ServiceResponse::new(request, response))
        },
    ));
    let app = App::new()
        .service(manifest)
        .service(resource("/missing").get(missing))
        .service(pages)
        .wrap(policy());
    let app = init_service(app).await;

    check_preflights(&app, "GET", "/manifest").await;
    check_preflights(&app, "GET", "/missing").await;
    check(&app, 200, || TestRequest::get().uri("/manifest")).await;
    check(&app, 404, || TestRequest::get().uri("/missing")).await;
    for path in ["/", "/main.rs", "/of/the/frontend"] {
        let page = |origin| TestRequest::get().uri(path).insert_header(("origin", origin));
        for origin in [APP, BETA, EVIL] {
            let page = send(&app, page(origin)).await;
            assert_eq!(page.status, 200, "{path}");
            match origin {
                APP => page.assert_readable_by(APP),
                _ => page.assert_unreadable(),
            }
        }
    }
}
