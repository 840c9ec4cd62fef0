//! The compared libraries, each as an application with the same routes.

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpRequest, HttpResponse, web};
use cors_actix::Cors;
use futures_util::FutureExt as _;

use crate::idle::Idle;
use crate::request::{Ask, allowed_headers};
use crate::routes::{self, Annotated, Layout, Plain};
use crate::scale;
use crate::tower;

/// One way to answer for CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// No CORS at all: the others are compared with this.
    Bare,
    /// A middleware that does nothing: the cost of any middleware in its place.
    Idle,
    /// The handler writes the headers, as far as it can be done by hand.
    ByHand,
    ActixCors,
    /// Not annotated: only the global policy.
    Global,
    /// Every route is annotated.
    Routes,
    /// Each key in the path has origins of its own; `origins` is the number of keys.
    Keyed,
    /// Each group of paths has origins of its own; `origins` is the number of groups.
    Grouped,
    /// An axum router without CORS, which `TowerHttp` is compared with.
    Axum,
    /// An axum router with the `CorsLayer` of tower-http.
    TowerHttp,
}

/// How large the configuration and the application are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) routes: usize,
    pub(crate) layout: Layout,
    pub(crate) origins: usize,
    /// Patterns such as `https://*.tenant-7.example`.
    pub(crate) wildcards: usize,
}

/// An application that takes a request and drops the response.
pub(crate) enum Serve {
    Actix(Box<dyn Fn(Request)>),
    Tower(tower::Application),
}

impl Contender {
    pub(crate) const ALL: [Self; 10] = [
        Self::Bare,
        Self::Idle,
        Self::ByHand,
        Self::ActixCors,
        Self::Global,
        Self::Routes,
        Self::Keyed,
        Self::Grouped,
        Self::Axum,
        Self::TowerHttp,
    ];

    /// Those of the table; the others are measured by themselves.
    pub(crate) fn in_table() -> impl Iterator<Item = Self> {
        let alone = [Self::Keyed, Self::Grouped];
        Self::ALL.into_iter().filter(move |contender| !alone.contains(contender))
    }

    /// The application without CORS that this one is compared with.
    pub(crate) const fn bare(self) -> Self {
        match self {
            Self::Axum | Self::TowerHttp => Self::Axum,
            _ => Self::Bare,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Idle => "idle middleware",
            Self::ByHand => "by hand",
            Self::ActixCors => "actix-cors",
            Self::Global => "cors-actix",
            Self::Routes => "annotated",
            Self::Keyed => "keyed",
            Self::Grouped => "grouped",
            Self::Axum => "axum",
            Self::TowerHttp => "tower-http",
        }
    }

    /// The application, initialised.
    pub(crate) fn start(self, ask: Ask, size: Size) -> Serve {
        let plain = || size.layout.register(size.routes, Plain);
        actix_web::rt::System::new().block_on(async {
            match self {
                Self::Bare => serve(init_service(App::new().configure(plain())).await),
                Self::Idle => {
                    let app = App::new().configure(plain()).wrap(Idle);
                    serve(init_service(app).await)
                }
                Self::ByHand => serve(init_service(App::new().configure(by_hand)).await),
                Self::ActixCors => {
                    let app = App::new().configure(plain()).wrap(actix_cors(ask, size));
                    serve(init_service(app).await)
                }
                Self::Global => {
                    let app = App::new().configure(plain()).wrap(cors_actix(ask, size));
                    serve(init_service(app).await)
                }
                Self::Routes => {
                    let app = App::new()
                        .configure(size.layout.register(size.routes, Annotated::new))
                        .wrap(cors_actix(ask, size));
                    serve(init_service(app).await)
                }
                Self::Keyed => {
                    let cors = scale::keyed().headers(allowed_headers(ask)).max_age(600).build();
                    let cors = cors.expect("a valid configuration");
                    let tenants = cors.keyed("tenants").expect("a keyed set");
                    tenants.replace_all(scale::keys(size.origins)).expect("valid origins");
                    let app = App::new().configure(plain()).wrap(cors);
                    serve(init_service(app).await)
                }
                Self::Grouped => {
                    let cors = scale::groups(size.origins).headers(allowed_headers(ask));
                    let cors = cors.max_age(600).build().expect("a valid configuration");
                    let app = App::new().configure(plain()).wrap(cors);
                    serve(init_service(app).await)
                }
                Self::Axum => Serve::Tower(tower::Application::bare(ask)),
                Self::TowerHttp => Serve::Tower(tower::Application::with_cors(ask, origins(size))),
            }
        })
    }
}

fn serve<S, B>(app: S) -> Serve
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
{
    Serve::Actix(Box::new(move |request| {
        let response = app.call(request).now_or_never().expect("an answer at once");
        // Abuse is refused, by each in its own way.
        assert!(!response.expect("a response").status().is_server_error());
    }))
}

/// The origins of the configuration: one that requests come from, and others.
fn origins(size: Size) -> impl Iterator<Item = String> {
    let others = (1..size.origins).map(|i| format!("https://tenant-{i}.example"));
    let wildcards = (0..size.wildcards).map(|i| format!("https://*.tenant-{i}.example"));
    std::iter::once("https://app.example".to_owned()).chain(others).chain(wildcards)
}

fn cors_actix(ask: Ask, size: Size) -> Cors {
    let cors = Cors::builder()
        .origins(origins(size).collect::<Vec<_>>())
        .methods(["GET", "PUT"])
        .headers(allowed_headers(ask))
        .max_age(600);
    cors.build().expect("a valid configuration")
}

/// It has no patterns for subdomains.
fn actix_cors(ask: Ask, size: Size) -> actix_cors::Cors {
    let cors = actix_cors::Cors::default()
        .allowed_methods(["GET", "PUT"])
        .allowed_headers(allowed_headers(ask))
        .max_age(600)
        .block_on_origin_mismatch(false);
    origins(Size { wildcards: 0, ..size }).fold(cors, |cors, origin| cors.allowed_origin(&origin))
}

/// Sends the headers that the edge sends, and compares only the origin.
fn by_hand(app: &mut web::ServiceConfig) {
    async fn get(request: HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::VARY, HeaderValue::from_static("Origin")));
        if let Some(origin) = request.headers().get(header::ORIGIN)
            && origin == "https://app.example"
        {
            response.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()));
        }
        routes::page(&mut response)
    }
    async fn preflight(request: HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::NoContent();
        if let Some(origin) = request.headers().get(header::ORIGIN) {
            let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS);
            let asked = asked.cloned().unwrap_or(HeaderValue::from_static(""));
            response
                .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()))
                .insert_header((
                    header::ACCESS_CONTROL_ALLOW_METHODS,
                    HeaderValue::from_static("GET, PUT"),
                ))
                .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, asked))
                .insert_header((header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")))
                .insert_header((
                    header::VARY,
                    HeaderValue::from_static(
                        "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
                    ),
                ));
        }
        response.finish()
    }
    app.service(
        web::resource(routes::path(0))
            .route(web::get().to(get))
            .route(web::method(actix_web::http::Method::OPTIONS).to(preflight)),
    );
}
