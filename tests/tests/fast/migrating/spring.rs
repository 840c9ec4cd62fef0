//! The guide's example for those who come from `@CrossOrigin`.

use cors_actix::Cors;

use super::apps::{Ours, ask};
use super::page::toml_after;

// On the page:
use actix_web::{Responder, get, put, scope};
use cors_actix::cors;

#[cors(
    origins = "https://app.example.com",
    headers = any_with_authorization,
    max_age = 3600,
    enforce,
)]
#[scope("/orders")]
mod orders {
    use super::*;

    #[get("")]
    pub async fn list() -> impl Responder {
        "[]"
    }

    #[cors(origins += "https://admin.example.com", headers = "x-csrf-token", credentials)]
    #[put("/{id}")]
    pub async fn replace() -> impl Responder {
        "saved"
    }
}
// Not on the page.

#[test]
fn class_and_method_are_combined_as_spring_does() {
    const ORDERS: Ours = Ours {
        services: |app| {
            app.service(orders::list).service(orders::replace);
        },
        cors: || Cors::try_from_toml_str(&toml_after("## From Spring's `@CrossOrigin`").text),
    };
    let server = ORDERS.start();
    let preflight = |path: &str, method: &str, origin: &str, header: &str| {
        let lines = [
            format!("Origin: {origin}"),
            format!("Access-Control-Request-Method: {method}"),
            format!("Access-Control-Request-Headers: {header}"),
        ];
        ask(&server, &format!("OPTIONS {path}"), &lines)
    };
    const V3: &str = "vary: Access-Control-Request-Headers, Access-Control-Request-Method, Origin";
    let cases = [
        (
            preflight("/orders", "GET", "https://app.example.com", "authorization"),
            &[
                "204",
                "allow-headers: authorization",
                "allow-methods: GET",
                "allow-origin: https://app.example.com",
                "max-age: 3600",
                V3,
            ][..],
        ),
        (preflight("/orders", "GET", "https://admin.example.com", "x-csrf-token"), &["403", V3]),
        (
            preflight("/orders/7", "PUT", "https://admin.example.com", "x-csrf-token"),
            &[
                "204",
                "allow-credentials: true",
                "allow-headers: x-csrf-token",
                "allow-methods: PUT",
                "allow-origin: https://admin.example.com",
                "max-age: 3600",
                V3,
            ],
        ),
        (
            preflight("/orders/7", "PUT", "https://app.example.com", "x-csrf-token"),
            &[
                "204",
                "allow-credentials: true",
                "allow-headers: x-csrf-token",
                "allow-methods: PUT",
                "allow-origin: https://app.example.com",
                "max-age: 3600",
                V3,
            ],
        ),
        (
            preflight("/health", "GET", "https://status.example.com", "x-any"),
            &[
                "204",
                "allow-headers: x-any",
                "allow-methods: GET, HEAD, POST",
                "allow-origin: https://status.example.com",
                "max-age: 1800",
                V3,
            ],
        ),
    ];
    let get = |path: &str, origin: &str| {
        ask(&server, &format!("GET {path}"), &[format!("Origin: {origin}")])
    };
    assert_eq!(get("/orders", "https://admin.example.com"), ["403", "vary: Origin"]);
    assert_eq!(get("/health", "https://app.example.com"), ["403", "vary: Origin"]);
    assert_eq!(get("/elsewhere", "https://app.example.com"), ["404"]);
    for (answer, expected) in cases {
        assert_eq!(answer, expected);
    }
}
