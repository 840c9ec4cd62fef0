//! `#[cors]` on modules: who inherits it, what overrides it, and which policy then answers for a
//! request to a real server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use actix_web::{App, Responder, delete, get, post, put, routes, scope, web};
use cors_actix::{Cors, cors};
use cors_tests::client::{Protocol, Reply, send};
use cors_tests::server::Server;

const GLOBAL: &str = r#"
[cors]
origins = ["https://app.example"]
expose = ["x-global"]

[cors.policies.partner]
origins = ["https://partner.example"]

[[cors.paths]]
match = "/grouped/**"
expose = { add = ["x-group"] }
"#;

const APP: &str = "https://app.example";
const ADMIN: &str = "https://admin.example";
const OPS: &str = "https://ops.example";
const PARTNER: &str = "https://partner.example";

#[cors(origins = ["https://admin.example"], methods -= DELETE, max_age = 60)]
#[scope("/admin")]
mod admin {
    use super::*;

    #[get("/orders")]
    pub(super) async fn list() -> impl Responder {
        "list"
    }

    /// Adds to the rules of the module.
    #[cors(origins += "https://ops.example", expose += "x-route")]
    #[put("/orders")]
    pub(super) async fn replace() -> impl Responder {
        "replace"
    }

    /// Says the same as nothing.
    #[cors]
    #[post("/orders")]
    pub(super) async fn create() -> impl Responder {
        "create"
    }

    /// A method that the module removes.
    #[delete("/orders")]
    pub(super) async fn remove() -> impl Responder {
        "remove"
    }

    #[cors(off)]
    #[routes]
    #[get("/secrets")]
    #[get("/keys")]
    pub(super) async fn secrets() -> impl Responder {
        "secrets"
    }

    #[cors(policy = "partner")]
    #[get("/partner")]
    pub(super) async fn partner() -> impl Responder {
        "partner"
    }

    /// `#[scope]` does not reach in here, and `#[cors]` does.
    pub(super) mod deeper {
        use super::*;

        #[get("/deeper")]
        pub(in super::super) async fn handler() -> impl Responder {
            "deeper"
        }
    }

    #[cors(origins += "https://ops.example", max_age = 5)]
    #[scope("/inner")]
    pub(super) mod inner {
        use super::*;

        #[get("/inherits")]
        pub(in super::super) async fn inherits() -> impl Responder {
            "inherits"
        }

        #[cors(origins -= "https://admin.example")]
        #[get("/narrows")]
        pub(in super::super) async fn narrows() -> impl Responder {
            "narrows"
        }
    }
}

/// The order of the two does not matter to the handlers.
#[scope("/closed")]
#[cors(off)]
mod closed {
    use super::*;

    #[get("/by-module")]
    pub(super) async fn by_module() -> impl Responder {
        "closed"
    }

    #[cors(origins = ["https://ops.example"])]
    #[get("/but-this")]
    pub(super) async fn but_this() -> impl Responder {
        "open"
    }
}

/// Needs no `#[scope]`.
#[cors(expose += ["x-module"])]
mod plain {
    use super::*;

    #[cors(expose += ["x-route"])]
    #[get("/layers")]
    pub(super) async fn layers() -> impl Responder {
        "layers"
    }
}

fn services(config: &mut web::ServiceConfig) {
    use admin::{deeper, inner};
    config
        .service((admin::list, admin::replace, admin::create, admin::remove))
        .service((admin::secrets, admin::partner, deeper::handler))
        .service((inner::inherits, inner::narrows))
        .service((closed::by_module, closed::but_this, plain::layers));
}

/// Every handler at the root, in nested scopes, and in a group of paths.
fn serve() -> Server {
    let cors = Cors::try_from_toml_str(GLOBAL).unwrap();
    Server::start(1, move || {
        let nested = web::scope("/{tenant}").service(web::scope("/v1").configure(services));
        App::new()
            .service(web::scope("/grouped").configure(services))
            .service(web::scope("/t").service(nested))
            .configure(services)
            .wrap(cors.clone())
    })
}

/// The three places where [`serve`] mounts everything.
const PREFIXES: [&str; 3] = ["", "/t/acme/v1", "/grouped"];

fn preflight(server: &Server, path: &str, origin: &str, method: &str) -> Reply {
    let headers = [("origin", origin), ("access-control-request-method", method)];
    request(server, "OPTIONS", path, &headers)
}

fn actual(server: &Server, path: &str, origin: &str, method: &str) -> Reply {
    request(server, method, path, &[("origin", origin)])
}

fn request(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    send(server.address(), Protocol::Http1, method, path, &headers)
}

const PREFLIGHT_VARY: (&str, &str) =
    ("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

#[track_caller]
fn assert_allowed(reply: &Reply, origin: &str, method: &str, max_age: Option<&str>) {
    let mut expected = vec![
        ("access-control-allow-methods", method),
        ("access-control-allow-origin", origin),
        PREFLIGHT_VARY,
    ];
    if let Some(max_age) = max_age {
        expected.insert(2, ("access-control-max-age", max_age));
    }
    assert_eq!((reply.status, reply.cors_headers()), (204, expected));
}

#[track_caller]
fn assert_refused(reply: &Reply) {
    assert_eq!((reply.status, reply.cors_headers()), (403, vec![PREFLIGHT_VARY]));
}

#[test]
fn a_handler_without_an_attribute_inherits_that_of_its_module() {
    let server = serve();
    for prefix in PREFIXES {
        for (path, method) in
            [("/admin/orders", "GET"), ("/admin/orders", "POST"), ("/deeper", "GET")]
        {
            let path = format!("{prefix}{path}");
            let reply = preflight(&server, &path, ADMIN, method);
            assert_allowed(&reply, ADMIN, method, Some("60"));
            assert_refused(&preflight(&server, &path, APP, method));
            assert_refused(&preflight(&server, &path, OPS, method));

            let expose = if prefix == "/grouped" { "x-global, x-group" } else { "x-global" };
            let reply = actual(&server, &path, ADMIN, method);
            let readable = vec![
                ("access-control-allow-origin", ADMIN),
                ("access-control-expose-headers", expose),
                ("vary", "Origin"),
            ];
            assert_eq!((reply.status, reply.cors_headers()), (200, readable), "{path}");
            let reply = actual(&server, &path, APP, method);
            assert_eq!((reply.status, reply.cors_headers()), (200, vec![("vary", "Origin")]));
        }
    }
}

#[test]
fn a_handler_overrides_its_module() {
    let server = serve();
    for prefix in PREFIXES {
        let orders = format!("{prefix}/admin/orders");
        for origin in [ADMIN, OPS] {
            let reply = preflight(&server, &orders, origin, "PUT");
            assert_allowed(&reply, origin, "PUT", Some("60"));
        }
        assert_refused(&preflight(&server, &orders, APP, "PUT"));

        let partner = format!("{prefix}/admin/partner");
        assert_allowed(&preflight(&server, &partner, PARTNER, "GET"), PARTNER, "GET", None);
        assert_refused(&preflight(&server, &partner, ADMIN, "GET"));
    }
}

#[test]
fn a_method_removed_by_the_module_is_not_allowed() {
    let server = serve();
    let reply = preflight(&server, "/admin/orders", ADMIN, "DELETE");
    // What browsers send without asking is all that is left to list.
    let expected = vec![
        ("access-control-allow-methods", "GET, HEAD, POST"),
        ("access-control-allow-origin", ADMIN),
        ("access-control-max-age", "0"),
        PREFLIGHT_VARY,
    ];
    assert_eq!((reply.status, reply.cors_headers()), (204, expected));
}

#[test]
fn off_closes_a_handler_of_an_open_module_and_a_module_of_open_handlers() {
    let server = serve();
    for prefix in PREFIXES {
        for path in ["/admin/secrets", "/admin/keys", "/closed/by-module"] {
            let path = format!("{prefix}{path}");
            for origin in [APP, ADMIN, OPS] {
                assert_refused(&preflight(&server, &path, origin, "GET"));
                let reply = actual(&server, &path, origin, "GET");
                assert_eq!((reply.status, reply.cors_headers()), (200, vec![]), "{path}");
            }
        }
        let path = format!("{prefix}/closed/but-this");
        assert_allowed(&preflight(&server, &path, OPS, "GET"), OPS, "GET", None);
        assert_refused(&preflight(&server, &path, APP, "GET"));
    }
}

#[test]
fn a_module_in_a_module_lies_between_it_and_its_handlers() {
    let server = serve();
    for prefix in PREFIXES {
        // actix does not prefix the routes of an inner scope with the outer one.
        let inherits = format!("{prefix}/inner/inherits");
        for origin in [ADMIN, OPS] {
            let reply = preflight(&server, &inherits, origin, "GET");
            assert_allowed(&reply, origin, "GET", Some("5"));
        }
        assert_refused(&preflight(&server, &inherits, APP, "GET"));

        let narrows = format!("{prefix}/inner/narrows");
        assert_allowed(&preflight(&server, &narrows, OPS, "GET"), OPS, "GET", Some("5"));
        assert_refused(&preflight(&server, &narrows, ADMIN, "GET"));
    }
}

#[test]
fn global_group_module_and_route_are_merged_in_this_order() {
    let server = serve();
    for (prefix, expose) in [
        ("", "x-global, x-module, x-route"),
        ("/t/acme/v1", "x-global, x-module, x-route"),
        ("/grouped", "x-global, x-group, x-module, x-route"),
    ] {
        let reply = actual(&server, &format!("{prefix}/layers"), APP, "GET");
        let expected = vec![
            ("access-control-allow-origin", APP),
            ("access-control-expose-headers", expose),
            ("vary", "Origin"),
        ];
        assert_eq!(reply.cors_headers(), expected, "{prefix}");
    }
}

#[test]
fn two_applications_merge_one_module_with_policies_of_their_own() {
    let serve = |text: &str| {
        let cors = Cors::try_from_toml_str(text).unwrap();
        Server::start(1, move || {
            App::new().service((plain::layers, admin::list)).wrap(cors.clone())
        })
    };
    let first = serve("[cors]\norigins = \"https://app.example\"\n");
    let second = serve("[cors]\norigins = \"https://ops.example\"\nexpose = [\"x-total\"]\n");
    for (server, allowed, refused, expose) in
        [(&first, APP, OPS, "x-module, x-route"), (&second, OPS, APP, "x-module, x-route, x-total")]
    {
        let reply = actual(server, "/layers", allowed, "GET");
        assert_eq!(reply.header("access-control-expose-headers").as_deref(), Some(expose));
        assert_eq!(reply.header("access-control-allow-origin").as_deref(), Some(allowed));
        assert_eq!(actual(server, "/layers", refused, "GET").cors_headers().len(), 1);
        let reply = preflight(server, "/admin/orders", ADMIN, "GET");
        assert_allowed(&reply, ADMIN, "GET", Some("60"));
    }
}
