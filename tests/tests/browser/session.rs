//! How many preflights a browser sends for a session of requests to one page: annotating the
//! handlers of a path costs none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, Responder, delete, get, put, web};
use cors_actix::{Cors, cors, resource};
use cors_tests::server::Server;
use cors_tests::webdriver::{BlankPage, Browser, Outcome};
use serde_json::json;

cors_tests::in_each_engine! {
    a_session_takes_one_preflight_for_each_url,
}

#[cors]
#[get("/attributes/{slug}")]
async fn read() -> impl Responder {
    "read"
}

#[cors]
#[put("/attributes/{slug}")]
async fn write() -> impl Responder {
    "write"
}

#[cors]
#[delete("/attributes/{slug}")]
async fn remove() -> impl Responder {
    "remove"
}

async fn plain() -> impl Responder {
    "plain"
}

/// The method, the last segment, and the header that needs a preflight.
const SESSION: [(&str, &str, &str); 10] = [
    ("GET", "one", "authorization"),
    ("PUT", "one", "content-type"),
    ("GET", "one", "authorization"),
    ("DELETE", "one", "authorization"),
    ("PUT", "two", "content-type"),
    ("PUT", "two", "authorization"),
    ("GET", "two", "authorization"),
    ("DELETE", "three", "authorization"),
    ("PUT", "four", "content-type"),
    ("DELETE", "four", "authorization"),
];

async fn a_session_takes_one_preflight_for_each_url(browser: Browser) -> Outcome {
    let page = BlankPage::serve()?;
    let origin = page.origin("localhost");
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let cors = Cors::builder()
        .origins(vec![origin.clone()])
        .methods(["GET", "PUT", "DELETE"])
        .headers(["authorization", "content-type"])
        .max_age("10m")
        .profile("development")
        .build()?;
    let server = Server::start(1, move || {
        let count = Arc::clone(&counted);
        let counting = from_fn(move |request: ServiceRequest, next: Next<_>| {
            count.fetch_add(usize::from(request.method() == Method::OPTIONS), Ordering::Relaxed);
            pass_on(request, next)
        });
        let routes = web::resource("/plain/{slug}").get(plain).put(plain).delete(plain);
        App::new()
            .service(read)
            .service(write)
            .service(remove)
            .service(resource("/resource/{slug}").get(plain).put(plain).delete(plain))
            .service(routes)
            .wrap(cors.clone())
            .wrap(counting)
    });
    browser.open(&origin).await?;
    // Firefox does not use the first preflights that it caches after it has started: two at most.
    let warm_up = "for (let i = 0; i < 3; i++) await fetch(args.url, { method: 'PUT' });";
    let url = format!("http://{}/plain/warm-up", server.address());
    browser.run(warm_up, json!({ "url": url })).await?;
    asked.store(0, Ordering::Relaxed);
    for kind in ["plain", "attributes", "resource"] {
        let api = format!("http://{}/{kind}/", server.address());
        let answers = browser
            .run(
                "const answers = [];
                 for (const [method, path, header] of args.session) {
                     const headers = { [header]: 'application/json' };
                     const answer = await fetch(args.api + path, { method, headers });
                     answers.push(answer.status);
                 }
                 return answers;",
                json!({ "api": api, "session": SESSION }),
            )
            .await?;
        assert_eq!(answers, json!([200_u16; 10].to_vec()), "{kind}");
        let asked = asked.swap(0, Ordering::Relaxed);
        assert_eq!(asked, 4, "{kind}: one for each URL");
    }
    Ok(())
}

async fn pass_on<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    next.call(request).await
}
