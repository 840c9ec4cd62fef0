//! The guide's examples for those who come from Express, and whose origins are only known at run
//! time.

use super::apps::{Ours, ask};
use super::page::toml_after;

// On the page:
use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(replace, origins = any, headers = any_with_authorization)]
#[get("/feed")]
async fn feed() -> impl Responder {
    "[]"
}
// Not on the page.

// On the page:
use cors_actix::core::{Config, Element, Source};
use cors_actix::{Cors, Error};

/// Call it with the origins of the database, whenever they change. In `file`, the text of
/// `cors.toml`, they are a set: `origins = ["https://app.example.com", { set = "tenants" }]`.
fn allow_tenants(cors: &Cors, file: &str, tenants: Vec<String>) -> Result<(), Error> {
    let here = Source::caller();
    let tenants = tenants.into_iter().map(|it| Element::plain(it, here.clone())).collect();
    cors.apply(&Config::from_toml(file, "cors.toml").set("tenants", tenants, here))?;
    Ok(())
}
// Not on the page.

const APP: Ours = Ours {
    services: |app| {
        app.service(feed);
    },
    cors: || Cors::try_from_toml_str(&toml_after("### One policy for all").text),
};

const V3: &str = "vary: Access-Control-Request-Headers, Access-Control-Request-Method, Origin";

#[test]
fn a_separate_route_responds_to_its_own_preflights() {
    let server = APP.start();
    let lines = ["Origin: https://other.example", "Access-Control-Request-Method: GET"];
    let mut lines: Vec<_> = lines.map(str::to_owned).into();
    assert_eq!(ask(&server, "OPTIONS /orders", &lines), ["403", V3]);
    lines.push("Access-Control-Request-Headers: x-any".to_owned());
    let allowed = ["204", "allow-headers: x-any", "allow-methods: GET", "allow-origin: *", V3];
    assert_eq!(ask(&server, "OPTIONS /feed", &lines), allowed);
    assert_eq!(ask(&server, "GET /feed", &lines[..1]), ["200", "allow-origin: *"]);
}

#[test]
fn tenants_are_added_while_the_server_runs() {
    let file =
        "[cors]\norigins = [{ set = \"tenants\" }, \"https://own.example\"]\ncredentials = true\n";
    let first = Config::from_toml(file, "cors.toml");
    let here = Source::caller();
    let tenant = Element::plain("https://first.example", here.clone());
    let cors = Cors::new(&first.set("tenants", vec![tenant], here)).expect("an origin");
    let ours = cors.clone();
    let server =
        cors_tests::server::Server::start(1, move || actix_web::App::new().wrap(ours.clone()));
    let origin = |tenant: &str| [format!("Origin: https://{tenant}.example")];
    let admitted = |tenant| {
        let origin = format!("allow-origin: https://{tenant}.example");
        ["404".to_owned(), "allow-credentials: true".to_owned(), origin, "vary: Origin".to_owned()]
    };
    assert_eq!(ask(&server, "GET /", &origin("second")), ["404", "vary: Origin"]);
    assert_eq!(ask(&server, "GET /", &origin("first")), admitted("first"));
    allow_tenants(&cors, file, vec!["https://second.example".to_owned()]).expect("an origin");
    assert_eq!(ask(&server, "GET /", &origin("second")), admitted("second"));
    // What the file sets stays.
    assert_eq!(ask(&server, "GET /", &origin("own")), admitted("own"));
    assert_eq!(ask(&server, "GET /", &origin("first")), ["404", "vary: Origin"]);
    // What is wrong changes nothing.
    assert!(allow_tenants(&cors, file, vec!["https://third.example/".to_owned()]).is_err());
    assert_eq!(ask(&server, "GET /", &origin("second")), admitted("second"));
}
