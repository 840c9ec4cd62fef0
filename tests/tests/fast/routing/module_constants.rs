//! Constants in the attribute of a module have the value that they have beside the module.

use actix_web::App;
use actix_web::http::header::ETAG;
use actix_web::test::init_service;
use cors_actix::core::Setting;
use cors_actix::{Cors, cors};

const ORIGINS: &[&str] = &["https://a.example", "https://b.example"];
const HEADER: &str = "x-outer";

#[cors(origins = [ORIGINS, "https://c.example"], headers = HEADER, expose = ETAG)]
mod api {
    use actix_web::{Responder, get};
    use cors_actix::cors;

    /// An origin by the same name, which the attribute of the module does not mean.
    const ORIGINS: &str = "https://inner.example";
    const HEADER: &str = "x-inner";

    #[get("/inherits")]
    pub(super) async fn inherits() -> impl Responder {
        "hello"
    }

    #[cors(origins += ORIGINS)]
    #[get("/extends")]
    pub(super) async fn extends() -> impl Responder {
        "hello"
    }

    #[cors(headers += HEADER)]
    pub(super) mod deeper {
        use actix_web::{Responder, get};

        #[get("/deeper")]
        pub(crate) async fn handler() -> impl Responder {
            "hello"
        }
    }
}

#[actix_web::test]
async fn a_constant_of_a_module_is_the_one_beside_it() {
    let cors = Cors::builder().build().unwrap();
    let app = App::new().service((api::inherits, api::extends, api::deeper::handler));
    let _app = init_service(app.wrap(cors.clone())).await;
    let table = cors.table();
    let value = |path: &str, setting| {
        let row = table.rows().iter().find(|row| row.label() == path).unwrap();
        row.get(setting).unwrap().value().to_string()
    };
    let outer = "https://a.example, https://b.example, https://c.example";
    assert_eq!(value("/inherits", Setting::Origins), outer);
    assert_eq!(value("/extends", Setting::Origins), format!("{outer}, https://inner.example"));
    assert_eq!(value("/deeper", Setting::Headers), "x-inner, x-outer");
    assert_eq!(value("/deeper", Setting::Expose), "etag");
}
