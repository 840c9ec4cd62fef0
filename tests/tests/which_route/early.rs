//! Responses of a middleware inside, before anything was routed.

use actix_web::test::init_service;
use actix_web::{App, HttpResponse, get, web};
use cors_actix::{Cors, cors};
use cors_tests::script::Act::Answer;
use cors_tests::script::Script;

use crate::given::*;

/// Outside of all scopes it is certain which route was meant.
#[actix_web::test]
async fn an_early_response_in_the_place_of_a_certain_route_is_readable_under_its_policy() {
    for (acts, status) in [
        (&[Answer(200)][..], 200),
        (&[Answer(302)], 302),
        (&[Answer(304)], 304),
        (&[Answer(401)], 401),
        (&[Answer(404)], 404),
        (&[Answer(405)], 405),
        (&[Answer(503)], 503),
    ] {
        for variant in VARIANTS {
            let app = App::new().configure(routes).wrap(Script::new(acts)).wrap(variant.cors());
            let app = init_service(app).await;
            for (name, path) in [("open", "/open"), ("narrow", "/narrow"), ("shut", "/shut")] {
                for origin in ORIGINS {
                    for method in ["GET", "HEAD"] {
                        let request = request(method, path, origin).to_request();
                        let seen = see(&app, variant, origin, request).await;
                        let allowed = variant.allows(name, path, origin);
                        assert_eq!(
                            (seen.status, seen.readable),
                            (status, allowed),
                            "{method} {path} {variant:?} {origin}"
                        );
                    }
                }
            }
        }
    }
}

/// Names that both policies expose are exposed, one by one.
#[actix_web::test]
async fn an_unannotated_resource_behind_the_guard_of_a_scope_exposes_what_is_common() {
    #[cors(expose = ["etag", "x-one"])]
    #[get("/x")]
    async fn guarded() -> HttpResponse {
        HttpResponse::Ok().body("guarded")
    }
    let text = "[cors]\norigins = [\"https://app.example\"]\nexpose = [\"etag\", \"x-two\"]\n";
    let has_x_a = actix_web::guard::Header("x-a", "1");
    let app = App::new()
        .service(web::scope("/api").guard(has_x_a).service(guarded))
        .service(web::scope("/api").route("/x", web::get().to(HttpResponse::Ok)))
        .wrap(Cors::try_from_toml_str(text).unwrap());
    let app = init_service(app).await;
    for sends_x_a in [false, true] {
        let asked = request("GET", "/api/x", APP);
        let asked = if sends_x_a { asked.insert_header(("x-a", "1")) } else { asked };
        let response = actix_web::test::call_service(&app, asked.to_request()).await;
        let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("access-control-allow-origin"), Some(APP));
        let exposed = header("access-control-expose-headers").unwrap_or_default();
        let exposes = |name| exposed.split(", ").any(|exposed| exposed == name);
        assert!(exposes("etag"), "{sends_x_a}: {:?}", response.headers());
        assert!(!exposes(if sends_x_a { "x-two" } else { "x-one" }), "{exposed}");
    }
}
