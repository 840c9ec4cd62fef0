//! Equivalent applications, with actix-cors and with this library.
//!
//! The table of methods on the page quotes these calls and attributes, and `methods.rs` sees to it
//! that it quotes nothing else.

use actix_web::{HttpResponse, Responder, delete, get, put, web};
use cors_actix::{cors, origin, regex};

use super::apps::{Ours, Theirs};
use super::{after, before};

/// The pair that a case of `differences.toml` names.
pub(crate) fn pair(name: &str) -> (Theirs, Ours) {
    let theirs = |cors| Theirs { services, cors };
    let ours = |cors| Ours { services, cors };
    match name {
        "typical" => (before::THEIRS, after::OURS),
        "default" => {
            (theirs(actix_cors::Cors::default), ours(|| cors_actix::Cors::builder().build()))
        }
        "permissive" => (
            theirs(actix_cors::Cors::permissive),
            ours(|| cors_actix::Cors::try_from_toml_str(DEVELOPMENT)),
        ),
        "any" => (
            theirs(|| {
                actix_cors::Cors::default()
                    .allow_any_origin()
                    .send_wildcard()
                    .allow_any_method()
                    .allow_any_header()
                    .expose_any_header()
            }),
            ours(|| {
                cors_actix::Cors::builder()
                    .origins_any()
                    .methods_any()
                    .headers_any_with_authorization()
                    .expose_any()
                    .build()
            }),
        ),
        "any origin" => (
            theirs(|| actix_cors::Cors::default().allow_any_origin()),
            ours(|| cors_actix::Cors::builder().origins_any().build()),
        ),
        "listed" => (theirs(listed), ours(|| rules().build())),
        "function" => (
            theirs(|| {
                actix_cors::Cors::default().allowed_origin_fn(|origin, _| {
                    let origin = origin.as_bytes();
                    origin.starts_with(b"https://")
                        && (origin.ends_with(b".example.com") || origin.ends_with(b".example.org"))
                })
            }),
            ours(|| {
                cors_actix::Cors::builder()
                    .origins([
                        origin("https://*.example.com"),
                        regex(r"https://pr-\d+\.example\.org"),
                    ])
                    .build()
            }),
        ),
        "blocking" => (
            theirs(|| listed().block_on_origin_mismatch(true)),
            ours(|| rules().enforce(true).build()),
        ),
        "preflights disabled" => {
            (theirs(|| listed().disable_preflight()), ours(|| rules().build()))
        }
        "vary disabled" => (theirs(|| listed().disable_vary_header()), ours(|| rules().build())),
        "nested" => (
            Theirs { services: nested, cors: listed },
            Ours { services: annotated, cors: || rules().build() },
        ),
        "route" => (
            Theirs { services: wrapping, cors: || listed().disable_preflight() },
            Ours { services: annotated, cors: || rules().build() },
        ),
        _ => panic!("no pair is named {name}"),
    }
}

/// The names that [`pair`] knows.
pub(crate) const NAMES: [&str; 12] = [
    "typical",
    "default",
    "permissive",
    "any",
    "any origin",
    "listed",
    "function",
    "blocking",
    "preflights disabled",
    "vary disabled",
    "nested",
    "route",
];

fn listed() -> actix_cors::Cors {
    actix_cors::Cors::default()
        .allowed_origin("https://app.example.com")
        .allowed_methods(["GET", "PUT"])
        .allowed_header("content-type")
        .allowed_headers(["content-type", "x-csrf-token"])
        .expose_headers(["x-total"])
        .supports_credentials()
        .max_age(3600)
}

fn rules() -> cors_actix::CorsBuilder {
    cors_actix::Cors::builder()
        .origins(["https://app.example.com"])
        .methods(["GET", "PUT"])
        .headers(["content-type", "x-csrf-token"])
        .expose(["x-total"])
        .credentials(true)
        .private_network(true)
        .max_age(3600)
}

const DEVELOPMENT: &str = r#"
[cors]
profile = "development"
origins = ["https://app.example.com"]
expose = ["x-total"]
credentials = true

[cors.profiles.development]
loopback = true
"#;

fn services(app: &mut web::ServiceConfig) {
    app.route("/orders", web::get().to(orders)).route("/orders/{id}", web::put().to(saved));
    app.route("/own", web::get().to(own_headers));
}

async fn orders() -> impl Responder {
    HttpResponse::Ok().insert_header(("x-total", "0")).body("[]")
}

async fn saved() -> impl Responder {
    "saved"
}

/// Says of itself what a cache and a browser are to know.
async fn own_headers() -> impl Responder {
    HttpResponse::Ok()
        .append_header(("Vary", "Accept"))
        .append_header(("Vary", "Accept-Encoding"))
        .append_header(("Access-Control-Allow-Origin", "*"))
        .finish()
}

/// A scope with a policy of its own, within an application that has one.
fn nested(app: &mut web::ServiceConfig) {
    let cors = actix_cors::Cors::default().allow_any_origin().send_wildcard().allow_any_method();
    app.service(web::scope("/feed").wrap(cors).route("", web::delete().to(saved)));
}

fn annotated(app: &mut web::ServiceConfig) {
    app.service(feed);
}

/// The equivalent of both of the others.
#[cors(replace, origins = any)]
#[delete("/feed")]
async fn feed() -> impl Responder {
    "saved"
}

fn wrapping(app: &mut web::ServiceConfig) {
    app.service(wrapped);
}

#[delete("/feed", wrap = "actix_cors::Cors::default().allow_any_origin().send_wildcard()")]
async fn wrapped() -> impl Responder {
    "saved"
}

/// The column of attributes, each on a handler that it is right for.
#[allow(dead_code, reason = "not registered: that they compile is the test")]
pub(crate) mod attributes {
    use super::*;

    #[cors(origins = "https://app.example.com")]
    #[get("/")]
    async fn origin() -> impl Responder {
        ""
    }

    #[cors(origins = any)]
    #[get("/")]
    async fn origins_any() -> impl Responder {
        ""
    }

    #[cors(origins = regex(r"https://pr-\d+\.example\.org"))]
    #[get("/")]
    async fn origin_regex() -> impl Responder {
        ""
    }

    #[cors(methods = PUT)]
    #[put("/")]
    async fn methods() -> impl Responder {
        ""
    }

    #[cors(methods = any)]
    #[put("/")]
    async fn methods_any() -> impl Responder {
        ""
    }

    #[cors(headers = ["content-type", "x-csrf-token"])]
    #[put("/")]
    async fn headers() -> impl Responder {
        ""
    }

    #[cors(headers = any_with_authorization)]
    #[put("/")]
    async fn headers_any() -> impl Responder {
        ""
    }

    #[cors(expose = "x-total")]
    #[get("/")]
    async fn expose() -> impl Responder {
        ""
    }

    #[cors(expose = any)]
    #[get("/")]
    async fn expose_any() -> impl Responder {
        ""
    }

    #[cors(max_age = "1h")]
    #[get("/")]
    async fn max_age() -> impl Responder {
        ""
    }

    #[cors(credentials)]
    #[get("/")]
    async fn credentials() -> impl Responder {
        ""
    }

    #[cors(enforce)]
    #[get("/")]
    async fn enforce() -> impl Responder {
        ""
    }

    #[cors(private_network)]
    #[get("/")]
    async fn private_network() -> impl Responder {
        ""
    }
}
