//! The inspector: a page for developers that shows the policies of the running server, explains
//! requests, and lists refusals as they happen.
//!
//! `access.rs` decides who may read it, `serve.rs` which path is what, and `json.rs` what the
//! page gets as JSON; `page.html`, `page.css` and `page.js` are the page. A new section is a field
//! in `json.rs`, an element of `page.html` and a function of `page.js`.
//!
//! May import: `api`, `observe`, `process`, `registration`.

mod access;
mod json;
mod serve;

use std::fmt::{self, Debug};
use std::future::{Ready, ready};
use std::sync::Arc;

use actix_service::{Service, ServiceFactory};
use actix_web::dev::{
    AppService, HttpServiceFactory, ResourceDef, ServiceRequest, ServiceResponse,
};
use actix_web::{Error, web};
use cors_core::{Code, Origin, Problem, Source};

use access::Access;

use crate::api::Cors;
use crate::observe::log;
use crate::process::ProcessState;
use crate::registration::{InspectorPath, register_inspector};

/// A page that shows the policies of the running server: what [`Cors::inspector`] returns.
#[derive(Clone)]
#[must_use = "an inspector does nothing until it is registered with `service`"]
pub struct Inspector {
    process: Arc<ProcessState>,
    path: String,
    access: Access,
    source: Source,
    problems: Vec<Problem>,
}

impl Cors {
    /// The inspector at a path, to be registered as a service: a page with the table of
    /// policies, explanations of requests, the latest refusals, reloads and counters.
    ///
    /// It is served in a local profile, which is one with `loopback = true`, at `localhost`, the
    /// names below it and loopback addresses. Elsewhere it answers 404, as if it were not
    /// registered. Register it before services that take every path, such as `Files`.
    ///
    /// ```
    /// use actix_web::{App, test};
    /// use cors_actix::Cors;
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), cors_actix::Error> {
    /// let cors = |profile| {
    ///     let text = "[cors]\norigins = ['https://app.example']\nprofiles.development.loopback = true";
    ///     Cors::try_from_toml_str(&format!("{text}\nprofile = '{profile}'"))
    /// };
    /// for (profile, status) in [("development", 200), ("production", 404)] {
    ///     let cors = cors(profile)?;
    ///     let app = App::new().service(cors.inspector("/__cors")).wrap(cors);
    ///     let app = test::init_service(app).await;
    ///     let request = test::TestRequest::with_uri("/__cors").insert_header(("host", "localhost:8080"));
    ///     assert_eq!(test::call_service(&app, request.to_request()).await.status(), status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The data of the page are below it, as JSON: `table.json`, `status.json`, and
    /// `explain.json?origin=https://app.example&method=PUT&path=/orders&headers=x-id`.
    ///
    /// # Security
    ///
    /// The inspector discloses the policies with the files and lines that set them, the names of
    /// handlers, and what is logged of refused requests. No page of another origin can read it,
    /// whatever the policies allow, and it cannot be framed. Every client that can connect to the
    /// server can read it, because `Host` protects from pages only: let a server for development listen on a
    /// loopback address.
    ///
    /// # Errors
    ///
    /// A path without a leading slash or with `{`, and a wrong host, are reported when the server
    /// starts.
    #[track_caller]
    pub fn inspector(&self, path: impl Into<String>) -> Inspector {
        let (path, source) = (path.into(), Source::caller());
        let problems = check_path(&path, &source).into_iter().collect();
        let access = Access::default();
        Inspector { process: Arc::clone(&self.process), path, access, source, problems }
    }
}

impl Inspector {
    /// Also serves the inspector under this host name, on any port: of a container, of a
    /// machine in the local network.
    ///
    /// `Host` has to be one of these names, because a page of another site can make its own name
    /// resolve to this server (DNS rebinding); it then is same-origin with the server.
    ///
    /// ```
    /// use actix_web::{App, test};
    /// use cors_actix::{Cors, profile};
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), cors_actix::Error> {
    /// let cors = Cors::builder()
    ///     .origins("https://app.example")
    ///     .profiles("development", profile().loopback(true))
    ///     .profile("development")
    ///     .build()?;
    /// let inspector = cors.inspector("/__cors").allow_host("shop.test");
    /// let app = test::init_service(App::new().service(inspector).wrap(cors)).await;
    /// for (host, status) in [("shop.test:8080", 200), ("evil.example:8080", 403)] {
    ///     let request = test::TestRequest::with_uri("/__cors").insert_header(("host", host));
    ///     assert_eq!(test::call_service(&app, request.to_request()).await.status(), status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        let host = host.into();
        self.problems.extend(check_host(&host, &Source::caller()));
        self.access.hosts.push(host);
        self
    }

    /// Also serves the inspector in profiles that are not local, such as `production`.
    ///
    /// Every client that can connect to the server can then read what it discloses. Let it be reached
    /// through a tunnel, for example, or [wrap](actix_web::Scope::wrap) a scope around it with
    /// your authentication. Under another name than `localhost`, it also needs
    /// [`Inspector::allow_host`].
    pub fn danger_serve_in_every_profile(mut self) -> Self {
        self.access.in_every_profile = true;
        self
    }
}

/// What is wrong with the path of an inspector.
fn check_path(path: &str, source: &Source) -> Option<Problem> {
    let is_valid = path.len() > 1
        && path.starts_with('/')
        && !path.ends_with('/')
        && !path.contains("//")
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~@".contains(&byte));
    if is_valid {
        return None;
    }
    let message = format!("`{}` is not a path for the inspector", path.escape_debug());
    let help = "write a path that begins with a slash and does not end with one, of letters, digits, \
                `-`, `.`, `_`, `~` and `@`, for example `cors.inspector(\"/__cors\")`";
    Some(Problem::error(Code::BAD_INSPECTOR, source, message).with_help(help))
}

/// What is wrong with a host under which an inspector is served.
fn check_host(host: &str, source: &Source) -> Option<Problem> {
    let is_valid = Origin::parse(format!("http://{host}").as_bytes()).is_some()
        && access::name_of(host) == Some(host);
    if is_valid {
        return None;
    }
    let message = format!("`{}` is not a host name for the inspector", host.escape_debug());
    let help = "write a host without scheme, port and wildcard, in lower case, for example \
                `.allow_host(\"shop.test\")`";
    Some(Problem::error(Code::BAD_INSPECTOR, source, message).with_help(help))
}

impl HttpServiceFactory for Inspector {
    fn register(self, app: &mut AppService) {
        let Self { process, path, access, source, problems } = self;
        if !problems.is_empty() {
            let definition = ResourceDef::new("");
            return app.register_service(definition, None, BadInspector { problems }, None);
        }
        process.note_inspector(access.in_every_profile);
        let profile = process.profile();
        match (process.is_local(), access.in_every_profile) {
            (true, _) => log::inspector_served(&path),
            (false, false) => log::inspector_not_served(&path, profile.as_deref()),
            (false, true) => log::inspector_exposed(&path, profile.as_deref(), &source),
        }
        let (state, every) = (Arc::clone(&process), access.in_every_profile);
        let is_served = move || every || state.is_local();
        register_inspector(app, InspectorPath::new(path.clone(), is_served.clone()));
        let answer = move |request: actix_web::HttpRequest| {
            ready(match is_served() {
                true => serve::answer(&process, &access, &request),
                false => serve::not_served(),
            })
        };
        let patterns = [path.clone(), format!("{path}/{{tail}}*")];
        web::resource(patterns).route(web::route().to(answer)).register(app);
    }
}

impl Debug for Inspector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process: _, path, access, source, problems } = self;
        let mut shown = f.debug_struct("Inspector");
        shown.field("path", path).field("access", access).field("source", source);
        shown.field("problems", problems).finish_non_exhaustive()
    }
}

/// An inspector that is configured wrongly: the server does not start.
struct BadInspector {
    problems: Vec<Problem>,
}

impl ServiceFactory<ServiceRequest> for BadInspector {
    type Response = ServiceResponse;
    type Error = Error;
    type Config = ();
    type Service = Never;
    type InitError = ();
    type Future = Ready<Result<Never, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        for problem in &self.problems {
            log::refuse(&log::StartupReport::Configuration(problem.clone().into()));
        }
        ready(Err(()))
    }
}

/// The service of an inspector that does not start.
enum Never {}

impl Service<ServiceRequest> for Never {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Ready<Result<ServiceResponse, Error>>;

    actix_service::always_ready!();

    fn call(&self, _: ServiceRequest) -> Self::Future {
        match *self {}
    }
}
