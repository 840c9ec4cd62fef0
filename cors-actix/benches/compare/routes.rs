//! The routes of the applications, all with the same handler.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::{HttpResponse, HttpResponseBuilder, Scope, guard, web};
use cors_actix::__private::{Handler, Mark, Resource, Rules, Source, register};
use cors_actix::bundle;

/// Where the routes are registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Outside all scopes; each pattern is a path.
    Root,
    /// In one scope; every other pattern has a parameter, that of the last route too.
    Scope,
    /// The same, registered as a bundle.
    Bundle,
}

impl Layout {
    pub(crate) const ALL: [Self; 3] = [Self::Root, Self::Scope, Self::Bundle];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Scope => "scope",
            Self::Bundle => "bundle",
        }
    }

    /// The path of a request for the last of so many routes.
    pub(crate) fn last_path(self, count: usize) -> String {
        match self {
            Self::Root => path(count - 1),
            Self::Scope | Self::Bundle => format!("/api{}/42", path(count - 1)),
        }
    }

    /// The pattern of one of so many routes.
    fn pattern(self, number: usize, count: usize) -> String {
        match self {
            Self::Scope | Self::Bundle if (count - number) % 2 == 1 => {
                format!("{}/{{id}}", path(number))
            }
            _ => path(number),
        }
    }

    /// Registers so many routes.
    pub(crate) fn register<T: HttpServiceFactory + 'static>(
        self,
        count: usize,
        route: impl Fn(String) -> T + 'static,
    ) -> impl FnOnce(&mut web::ServiceConfig) {
        let routes = (0..count).map(move |number| route(self.pattern(number, count)));
        move |app| {
            match self {
                Self::Root => routes.fold(app, web::ServiceConfig::service),
                Self::Scope => app.service(routes.fold(web::scope("/api"), Scope::service)),
                Self::Bundle => {
                    let routes = routes.collect::<Vec<_>>();
                    app.service(web::scope("/api").service(bundle(routes)))
                }
            };
        }
    }
}

/// The path of one route.
pub(crate) fn path(number: usize) -> String {
    format!("/route-{number}")
}

/// The response of every handler.
pub(crate) fn page(response: &mut HttpResponseBuilder) -> HttpResponse {
    response.content_type("text/plain; charset=utf-8").body("ok")
}

async fn handler() -> HttpResponse {
    page(&mut HttpResponse::Ok())
}

/// A route as `#[get]` and the like register it.
pub(crate) struct Plain(pub(crate) String);

impl HttpServiceFactory for Plain {
    fn register(self, app: &mut AppService) {
        let resource = actix_web::Resource::new(self.0).name("handler");
        resource.guard(guard::Any(guard::Get()).or(guard::Put())).to(handler).register(app);
    }
}

/// A route with `#[cors]` above: the expansion of the attribute.
pub(crate) struct Annotated {
    pub(crate) path: String,
    pub(crate) rules: Rules,
}

impl Annotated {
    /// Without rules of its own.
    pub(crate) fn new(path: String) -> Self {
        Self { path, rules: Rules::new(Source::caller()) }
    }
}

struct Marked(&'static str);

impl HttpServiceFactory for Marked {
    fn register(self, app: &mut AppService) {
        let resource = actix_web::Resource::new(self.0).name("handler");
        let resource = resource.guard(guard::Any(guard::Get()).or(guard::Put())).wrap(Mark::take());
        resource.to(handler).register(app);
    }
}

impl HttpServiceFactory for Annotated {
    fn register(self, app: &mut AppService) {
        let path: &'static str = self.path.leak();
        let resource = Resource::new(path, ["GET", "PUT"]);
        let handler = Handler::new("handler", [resource]).rules(self.rules);
        register(Marked(path), app, handler);
    }
}
