//! Virtual hosts: routes and groups for some hosts only, selected before routing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_service::{IntoServiceFactory, ServiceFactory};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, HttpServiceFactory, Service, ServiceResponse};
use actix_web::guard::Host;
use actix_web::http::{Method, StatusCode};
use actix_web::{App, Error, HttpResponse, Responder, get, put, test, web};
use cors_actix::{Cors, cors, paths, rules};

const ONE: &str = "https://one.example";
const TWO: &str = "https://two.example";

mod one {
    use super::*;

    #[cors(host = "t1.example.com", origins = "https://one.example", credentials)]
    #[get("/list")]
    pub(super) async fn list() -> impl Responder {
        "one"
    }
}

mod two {
    use super::*;

    #[cors(host = ["t2.example.com", "*.two.example"], origins = "https://two.example")]
    pub(super) mod api {
        use super::*;

        #[cors(enforce)]
        #[get("/list")]
        pub(in super::super) async fn list() -> impl Responder {
            "two"
        }
    }
}

/// Two products behind guards, as in actix's own guide.
fn tenants() -> impl HttpServiceFactory {
    (
        web::scope("/api").guard(Host("t1.example.com")).service(one::list),
        web::scope("/api").guard(Host("t2.example.com")).service(two::api::list),
    )
}

async fn ask<B: MessageBody>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    (method, path): (Method, &str),
    host: &str,
    origin: &str,
) -> (StatusCode, Option<String>) {
    let mut request = test::TestRequest::with_uri(path)
        .method(method.clone())
        .insert_header(("host", host))
        .insert_header(("origin", origin));
    if method == Method::OPTIONS {
        request = request.insert_header(("access-control-request-method", "GET"));
    }
    let response = test::call_service(app, request.to_request()).await;
    let allowed = response.headers().get("access-control-allow-origin");
    (response.status(), allowed.map(|value| value.to_str().unwrap().to_owned()))
}

#[actix_web::test]
async fn a_preflight_has_the_policy_of_the_handler_of_its_host() {
    let cors = Cors::builder().build().unwrap();
    let app = test::init_service(App::new().service(tenants()).wrap(cors)).await;
    for (host, origin, allowed) in [
        ("t1.example.com", ONE, true),
        ("t1.example.com:8080", ONE, true),
        // Guards compare byte for byte, so no handler is routed to.
        ("T1.example.com", ONE, false),
        ("t1.example.com.", ONE, false),
        ("t1.example.com", TWO, false),
        ("t2.example.com", TWO, true),
        ("t2.example.com", ONE, false),
        ("t3.example.com", ONE, false),
        ("t3.example.com", TWO, false),
        ("t1.example.com/", ONE, false),
    ] {
        let answer = ask(&app, (Method::OPTIONS, "/api/list"), host, origin).await;
        let expected = match allowed {
            true => (StatusCode::NO_CONTENT, Some(origin.to_owned())),
            false => (StatusCode::FORBIDDEN, None),
        };
        assert_eq!(answer, expected, "{host} {origin}");
    }
}

#[actix_web::test]
async fn enforce_on_one_host_refuses_nothing_on_another() {
    let cors = Cors::builder().build().unwrap();
    let app = test::init_service(App::new().service(tenants()).wrap(cors)).await;
    let get = (Method::GET, "/api/list");
    assert_eq!(
        ask(&app, get.clone(), "t1.example.com", ONE).await,
        (StatusCode::OK, Some(ONE.to_owned()))
    );
    assert_eq!(ask(&app, get.clone(), "t1.example.com", TWO).await, (StatusCode::OK, None));
    assert_eq!(
        ask(&app, get.clone(), "t2.example.com", TWO).await,
        (StatusCode::OK, Some(TWO.to_owned()))
    );
    assert_eq!(ask(&app, get, "t2.example.com", ONE).await, (StatusCode::FORBIDDEN, None));
}

/// Without `host`, nothing tells before routing which of the two runs.
#[actix_web::test]
async fn enforce_is_decided_at_the_route_where_a_guard_chooses() {
    #[cors(origins = ["https://one.example"])]
    async fn open() -> &'static str {
        "open"
    }
    #[cors(origins = ["https://two.example"], enforce)]
    async fn enforced() -> &'static str {
        "enforced"
    }
    let scope = |host: &'static str| web::scope("/api").guard(actix_web::guard::Host(host));
    let app = App::new()
        .service(scope("t1.example.com").service(cors_actix::resource("/list").get(open)))
        .service(scope("t2.example.com").service(cors_actix::resource("/list").get(enforced)))
        .wrap(Cors::builder().build().unwrap());
    let app = test::init_service(app).await;
    let get = (Method::GET, "/api/list");
    for (host, origin, status, allowed) in [
        ("t1.example.com", ONE, StatusCode::OK, Some(ONE)),
        ("t1.example.com", TWO, StatusCode::OK, None),
        ("t2.example.com", TWO, StatusCode::OK, Some(TWO)),
        ("t2.example.com", ONE, StatusCode::FORBIDDEN, None),
    ] {
        let answer = ask(&app, get.clone(), host, origin).await;
        assert_eq!(answer, (status, allowed.map(str::to_owned)), "{host} {origin}");
    }
}

#[actix_web::test]
async fn a_route_that_runs_for_another_host_has_no_layer_of_its_own() {
    let cors = Cors::builder().origins([TWO]).build().unwrap();
    // No guard: the handler runs for every host, and its attribute is for one.
    let app = test::init_service(App::new().service(one::list).wrap(cors)).await;
    for method in [Method::GET, Method::OPTIONS] {
        let ask = |host, origin| ask(&app, (method.clone(), "/list"), host, origin);
        assert_eq!(ask("t1.example.com", ONE).await.1.as_deref(), Some(ONE));
        assert_eq!(ask("t1.example.com", TWO).await.1, None);
        assert_eq!(ask("other.example", ONE).await.1, None);
        assert_eq!(ask("other.example", TWO).await.1.as_deref(), Some(TWO));
    }
}

#[actix_web::test]
async fn groups_in_code_are_for_their_hosts() {
    let cors = Cors::builder()
        .group(paths("/static/**", rules().origins([TWO])).host(["t2.example.com"]))
        .build()
        .unwrap();
    let scope = |host, origin| {
        web::scope("/api")
            .guard(Host(host))
            .service(paths("/**", rules().origins([origin])).host(host))
            .route("/list", web::get().to(HttpResponse::Ok))
    };
    let app = App::new()
        .service(scope("t1.example.com", ONE))
        .service(scope("t2.example.com", TWO))
        .wrap(cors);
    let app = test::init_service(app).await;
    for method in [Method::GET, Method::OPTIONS] {
        let ask = |path, host, origin| ask(&app, (method.clone(), path), host, origin);
        assert_eq!(ask("/api/list", "t1.example.com", ONE).await.1.as_deref(), Some(ONE));
        assert_eq!(ask("/api/list", "t1.example.com", TWO).await.1, None);
        assert_eq!(ask("/api/list", "t2.example.com", TWO).await.1.as_deref(), Some(TWO));
        assert_eq!(ask("/static/x", "t2.example.com", TWO).await.1.as_deref(), Some(TWO));
        assert_eq!(ask("/static/x", "t1.example.com", TWO).await.1, None);
    }
}

mod methods {
    use super::*;

    #[cors(host = "t1.example.com", origins = "https://one.example", max_age = 60)]
    #[get("/shared")]
    pub(super) async fn read() -> impl Responder {
        "read"
    }

    #[cors]
    #[put("/shared")]
    pub(super) async fn write() -> impl Responder {
        "write"
    }
}

#[actix_web::test]
async fn the_table_has_a_row_for_each_host_that_differs() {
    let cors = Cors::builder().origins([TWO]).max_age(60).build().unwrap();
    let services = (tenants(), methods::read, methods::write);
    let _app = test::init_service(App::new().service(services).wrap(cors.clone())).await;
    let table = cors.table();
    let rows: Vec<_> = table.rows().iter().map(|row| row.label()).collect();
    assert_eq!(
        rows,
        [
            "/api/list on t1.example.com",
            "/api/list",
            "/api/list on *.two.example",
            "/api/list on t2.example.com",
            "/api/list",
            "/shared on t1.example.com",
            "/shared",
            "/shared",
            "everything else",
        ]
    );
    let text = serde_json::to_string(&table).unwrap();
    assert!(text.contains(r#""path":"/api/list on t1.example.com""#), "{text}");
}

mod same {
    use super::*;

    #[cors(host = "t2.example.com", origins = "https://two.example")]
    #[get("/shared")]
    pub(super) async fn read() -> impl Responder {
        "same"
    }
}

#[actix_web::test]
async fn two_routes_of_one_path_for_different_hosts_need_a_guard() {
    let cors = || Cors::builder().build().unwrap();
    let unguarded = App::new().service((methods::read, same::read)).wrap(cors());
    assert!(starts(unguarded).await.is_err());
    let guarded = App::new()
        .service(web::scope("").guard(Host("t1.example.com")).service(methods::read))
        .service(web::scope("").guard(Host("t2.example.com")).service(same::read))
        .wrap(cors());
    assert!(starts(guarded).await.is_ok());
}

async fn starts<S, B>(app: impl IntoServiceFactory<S, actix_http::Request>) -> Result<(), ()>
where
    S: ServiceFactory<
            actix_http::Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        >,
{
    app.into_factory().new_service(AppConfig::default()).await.map(drop)
}
