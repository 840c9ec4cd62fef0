//! The routes of the applications, all with the same handler.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::{HttpResponse, HttpResponseBuilder, guard, web};
use cors_actix::__private::{Handler, Mark, Resource, Rules, Source, register};

/// The path of one route; requests go to the last of an application.
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
pub(crate) struct Plain(usize);

impl Plain {
    pub(crate) fn all(count: usize) -> impl FnOnce(&mut web::ServiceConfig) {
        move |app| {
            for number in 0..count {
                app.service(Self(number));
            }
        }
    }
}

impl HttpServiceFactory for Plain {
    fn register(self, app: &mut AppService) {
        let resource = actix_web::Resource::new(path(self.0)).name("handler");
        resource.guard(guard::Any(guard::Get()).or(guard::Put())).to(handler).register(app);
    }
}

/// A route with `#[cors]` above: the expansion of the attribute.
pub(crate) struct Annotated(usize);

impl Annotated {
    pub(crate) fn all(count: usize) -> impl FnOnce(&mut web::ServiceConfig) {
        move |app| {
            for number in 0..count {
                app.service(Self(number));
            }
        }
    }
}

struct Marked(usize);

impl HttpServiceFactory for Marked {
    fn register(self, app: &mut AppService) {
        let resource = actix_web::Resource::new(path(self.0)).name("handler");
        let resource = resource.guard(guard::Any(guard::Get()).or(guard::Put())).wrap(Mark::take());
        resource.to(handler).register(app);
    }
}

impl HttpServiceFactory for Annotated {
    fn register(self, app: &mut AppService) {
        let path: &'static str = path(self.0).leak();
        let resource = Resource::new(path, ["GET", "PUT"]);
        let handler = Handler::new("handler", [resource]).rules(Rules::new(Source::caller()));
        register(Marked(self.0), app, handler);
    }
}
