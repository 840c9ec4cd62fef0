//! Paths that a middleware normalises, or that contain encoded slashes.

use super::*;

#[actix_web::test]
async fn paths_that_are_normalised_inside_stay_in_their_group() {
    let text = "[cors]\norigins = \"https://a.example\"\n\
                [[cors.paths]]\nmatch = \"/admin/**\"\noff = true\n\
                [[cors.paths]]\nmatch = \"/own/**\"\nenforce = true\n";
    let app = App::new()
        .default_service(web::to(|| async { "ran" }))
        .wrap(NormalizePath::trim())
        .wrap(Cors::try_from_toml_str(text).unwrap());
    let trim = init_service(app).await;
    for path in ["/admin/x", "//admin/x", "/admin//x", "//admin//x/"] {
        assert!(!preflight!(trim, "POST", path, A), "{path}");
    }
    for path in ["/own/x", "//own/x", "/own//x/"] {
        let (body, _) = actual!(trim, GET, path, B);
        assert_ne!(body, "ran", "{path}");
    }
}

#[actix_web::test]
async fn a_catch_all_does_not_hide_what_a_normalised_path_leads_to() {
    #[cors(origins = ["https://c.example"])]
    #[get("/{tail:.*}")]
    async fn spa() -> impl Responder {
        "spa"
    }
    #[cors(origins = ["https://b.example"])]
    #[get("/admin/items")]
    async fn items() -> impl Responder {
        "items"
    }
    let c = "https://c.example";
    let app = App::new().service(items).service(spa).wrap(NormalizePath::trim()).wrap(global());
    let app = init_service(app).await;
    for path in ["/admin/items/", "//admin/items", "/admin//items/"] {
        assert!(!preflight!(app, "GET", path, c), "{path}");
        assert_eq!(actual!(app, GET, path, c), ("items".to_owned(), false), "{path}");
    }
    for path in ["/elsewhere", "/elsewhere/", "//elsewhere"] {
        assert!(preflight!(app, "GET", path, c), "{path}");
    }
}

#[actix_web::test]
async fn a_slash_that_is_added_inside_is_looked_up_with_it() {
    #[cors(off)]
    #[get("/items/")]
    async fn items() -> impl Responder {
        "items"
    }
    let always = NormalizePath::new(TrailingSlash::Always);
    let app = init_service(App::new().service(items).service(open).wrap(always).wrap(global()));
    let app = app.await;
    for path in ["/items", "/items/"] {
        assert!(!preflight!(app, "GET", path, A), "{path}");
        assert_eq!(actual!(app, GET, path, A), ("items".to_owned(), false), "{path}");
    }
    assert!(preflight!(app, "GET", "/elsewhere", A));
}

#[actix_web::test]
async fn slashes_that_are_merged_and_added_inside_are_looked_up_together() {
    #[cors(off)]
    #[get("/items/")]
    async fn items() -> impl Responder {
        "items"
    }
    let always = NormalizePath::new(TrailingSlash::Always);
    let app = init_service(App::new().service(items).wrap(always).wrap(global())).await;
    for path in ["//items", "///items", "//items/", "/items//"] {
        assert!(!preflight!(app, "GET", path, A), "{path}");
        assert_eq!(actual!(app, GET, path, A), ("items".to_owned(), false), "{path}");
    }
}

#[actix_web::test]
async fn a_slash_that_is_added_inside_leads_to_a_parameter_that_may_be_empty() {
    #[cors(origins = ["https://c.example"], enforce)]
    #[get("/files/{tail:.*}")]
    async fn files() -> impl Responder {
        "files"
    }
    #[cors(origins = ["https://c.example"], enforce)]
    #[get("/more/{tail}*")]
    async fn more() -> impl Responder {
        "more"
    }
    let always = NormalizePath::new(TrailingSlash::Always);
    let app = App::new().service(files).service(more).wrap(always).wrap(global());
    let app = init_service(app).await;
    for path in ["/files", "//files", "/files/x", "/more", "//more", "/more/x"] {
        assert!(!preflight!(app, "GET", path, A), "{path}");
        let (body, readable) = actual!(app, GET, path, A);
        assert!(!readable && !["files", "more"].contains(&&*body), "{path}: {body}");
    }
}

#[actix_web::test]
async fn an_encoded_slash_does_not_end_a_parameter() {
    #[cors(origins += ["https://b.example"])]
    #[put("/users/{id:[^/]+}")]
    async fn user() -> impl Responder {
        "user"
    }
    #[cors(origins += ["https://b.example"])]
    #[put("/teams/{id}")]
    async fn team() -> impl Responder {
        "team"
    }
    let groups = "[cors]\norigins = \"https://a.example\"\n\
                  [[cors.paths]]\nmatch = \"/users/**\"\nexpose = \"x-users\"\n\
                  [[cors.paths]]\nmatch = \"/teams/**\"\nexpose = \"x-teams\"\n";
    for cors in [global(), Cors::try_from_toml_str(groups).unwrap()] {
        let app = init_service(App::new().service(user).service(team).wrap(cors)).await;
        for path in ["7", "a%40b", "a%2Fb", "c%2B%2B", "100%25", "%2E%2E%2Fx", "a.b", ".env"] {
            for kind in ["user", "team"] {
                let path = format!("/{kind}s/{path}");
                assert!(preflight!(app, "PUT", &path, B), "{path}");
                assert_eq!(actual!(app, PUT, &path, B), (kind.to_owned(), true), "{path}");
            }
        }
    }
}
