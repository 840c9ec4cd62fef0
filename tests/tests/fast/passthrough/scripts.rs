//! Random scripts of middleware around handlers that are `passthrough` and one that is not: the
//! headers of that one never stay, and `enforce` lets no page of another origin reach it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use actix_web::dev::Service as _;
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpRequest, HttpResponse, route, web};
use cors_actix::{Cors, cors, rules};
use cors_tests::script::{Act, Script};

const OTHER: &str = "https://other.example";
thread_local! { static RAN: Cell<bool> = const { Cell::new(false) }; }

fn answer(name: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("access-control-allow-origin", "*"))
        .insert_header(("access-control-max-age", "600"))
        .insert_header(("x-ran", name))
        .finish()
}
#[cors(origins = ["https://app.example"])]
#[route("/strict/{x}", method = "GET", method = "POST", method = "OPTIONS")]
async fn strict() -> HttpResponse {
    RAN.set(true);
    answer("strict")
}
#[cors(passthrough)]
#[route("/pass/{x:.*}", method = "GET", method = "POST", method = "OPTIONS")]
async fn pass() -> HttpResponse {
    answer("pass")
}
#[cors(passthrough)]
#[route("/in", method = "GET", method = "POST", method = "OPTIONS")]
async fn pass_in() -> HttpResponse {
    answer("pass")
}
async fn plain(request: HttpRequest) -> HttpResponse {
    let _ = request;
    answer("plain")
}
async fn gateway() -> HttpResponse {
    answer("gateway")
}

#[actix_web::test]
async fn no_script_lets_the_strict_handler_pass() {
    let acts = [
        Act::Call,
        Act::Spawn,
        Act::Race("/strict/a"),
        Act::Path("/strict/a"),
        Act::Path("/pass/a"),
        Act::Path("/gateway/a"),
        Act::Path("/plain/a"),
        Act::RestorePath,
        Act::Reset,
        Act::Method("POST"),
        Act::RestoreMethod,
        Act::Fresh("/strict/a"),
        Act::Fresh("/plain/a"),
        Act::Fresh("/gateway/a"),
        Act::Fresh("/pass/a"),
        Act::Keep,
        Act::KeepWhole,
        Act::SendKept,
        Act::Attach("/gateway/a"),
        Act::Attach("/pass/a"),
        Act::Raise,
        Act::RaiseResponse,
        Act::FromError,
        Act::ErrorResponse,
        Act::Answer(200),
        Act::Answer(403),
        Act::MapBody,
    ];
    let mut found: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for enforce in [false, true] {
        let current: Rc<RefCell<Vec<Act>>> = Rc::default();
        let shared = Rc::clone(&current);
        let script = Script::by(move |_| shared.borrow().clone());
        let cors = Cors::builder()
            .origins(["https://app.example"])
            .enforce(enforce)
            .paths("/gateway/**", rules().passthrough())
            .build()
            .unwrap();
        let app = init_service(
            App::new()
                .service(strict)
                .service(pass)
                .service(web::scope("/s").service(pass_in).default_service(web::to(plain)))
                .service(web::resource("/plain/{x}").to(plain))
                .service(web::scope("/gateway").default_service(web::to(gateway)))
                .default_service(web::to(plain))
                .wrap(script)
                .wrap(cors),
        )
        .await;
        let mut state = 88172645463325252_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let total: u64 = std::env::var("SCRIPTS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
        for n in 0..total {
            let length = 1 + (n % 6) as usize;
            let script: Vec<Act> =
                (0..length).map(|_| acts[(random() % acts.len() as u64) as usize]).collect();
            let own_request = script.iter().all(|act| !matches!(act, Act::Fresh(_) | Act::Race(_)));
            *current.borrow_mut() = script.clone();
            for path in ["/gateway/a", "/pass/a", "/strict/a", "/plain/a", "/s/in", "/s/x"] {
                for (method, preflight) in
                    [(Method::GET, false), (Method::POST, false), (Method::OPTIONS, true)]
                {
                    RAN.set(false);
                    let mut request = TestRequest::with_uri(path)
                        .method(method.clone())
                        .insert_header(("origin", OTHER));
                    if preflight {
                        request = request.insert_header(("access-control-request-method", "POST"));
                    }
                    let (ran, open) = match app.call(request.to_request()).await {
                        Ok(response) => seen(response.headers()),
                        Err(error) => seen(error.error_response().headers()),
                    };
                    let mut note = |what: String| {
                        let entry = found.entry(what).or_insert((0, format!("{script:?}")));
                        entry.0 += 1;
                        let text = format!("{script:?}");
                        if text.len() < entry.1.len() {
                            entry.1 = text;
                        }
                    };
                    if open && matches!(&*ran, "strict") {
                        note(format!("enforce={enforce} {method} {path}: headers of {ran} stay"));
                    }
                    if enforce && RAN.get() && own_request {
                        note(format!("enforce={enforce} {method} {path}: strict ran"));
                    }
                }
            }
        }
    }
    for (what, (times, script)) in &found {
        println!("{times:>6} {what}\n         {script}");
    }
    assert!(found.is_empty());
}

fn seen(headers: &actix_web::http::header::HeaderMap) -> (String, bool) {
    assert!(headers.iter().all(|(_, value)| value.len() < 100));
    let ran = headers.get("x-ran").map_or("", |it| it.to_str().unwrap()).to_owned();
    (ran, headers.get("access-control-allow-origin").is_some_and(|it| it == "*"))
}
