//! Constants and names of `http` in the lists of the attribute.
#![allow(unreachable_pub)]

use actix_web::http::{Method, header};
use actix_web::{App, Responder, get};
use cors_actix::cors;

const APP: &str = "https://app.example";
const PARTNERS: &[&str] = &["https://a.example", "https://b.example"];
const PAIR: [&str; 2] = ["https://c.example", "https://d.example"];

mod verbs {
    pub const READ: &[&str] = &["GET"];
}

#[cors(
    origins = [APP, PARTNERS, crate::constants::PAIR, "https://e.example"],
    methods = [self::verbs::READ, Method::GET],
    headers = [header::CONTENT_TYPE],
    expose = header::ETAG,
)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

/// Fragments of a macro, which the compiler hands on in invisible groups.
macro_rules! handler {
    ($name:ident, $origins:expr, $headers:expr, $age:expr, $host:literal) => {
        #[cors(host = $host, origins = $origins, headers = $headers, max_age = $age)]
        #[get("/by-macro")]
        async fn $name() -> impl Responder {
            "hello"
        }
    };
}
handler!(by_macro_list, ["https://a.example", APP], [header::CONTENT_TYPE], "10m", "a.example");
handler!(by_macro_element, "https://a.example", "x-a", 600, "b.example");
handler!(by_macro_constant, crate::constants::PARTNERS, header::ETAG, 60, "c.example");

const HOST: &str = "t1.example.com";

#[cors(host = HOST, origins = APP)]
#[get("/on-one-host")]
async fn on_one_host() -> impl Responder {
    "hello"
}

#[cors(host = [HOST, "*.example.org:8443"], off)]
#[get("/on-hosts")]
async fn on_hosts() -> impl Responder {
    "hello"
}

pub(crate) fn main() {
    let _ = App::new().service(on_one_host).service(on_hosts);
    let _ = App::new().service(handler);
    let _ = App::new().service((by_macro_list, by_macro_element, by_macro_constant));
}
