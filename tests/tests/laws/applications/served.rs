//! From the description to services of actix, in this process: the application as it is written,
//! and a twin of it without CORS, in which actix alone decides what runs.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::LazyLock;

use actix_files::Files;
use actix_http::Request;
use actix_service::{IntoServiceFactory as _, Service, ServiceFactory};
use actix_web::body::MessageBody;
use actix_web::dev::{
    AppConfig, AppService, HttpServiceFactory, ServiceRequest, ServiceResponse, fn_service,
};
use actix_web::error::ErrorUnauthorized;
use actix_web::guard::{self, Guard as _, GuardContext};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Condition, Next, NormalizePath, TrailingSlash, from_fn};
use actix_web::rt::SystemRunner;
use actix_web::test::TestRequest;
use actix_web::{App, Error, HttpRequest, HttpResponse, Resource, Route as ActixRoute, web};
use cors_actix::__private::{Handler, Mark, Resource as Registered, register};
use cors_actix::core::Source;
use cors_actix::{Cors, CorsHandler, bundle};
use cors_browser::{WireRequest, WireResponse};
use cors_tests::client::{Reply, Streams};
use cors_tests::script::Script;
use cors_tests::server::Server;
use tempfile::TempDir;

use super::description::{self, Application, Guard, Kind, Mode, Plain, Route, Scope};
use super::routes::Place;

/// Answers one request.
pub(crate) type Site = Box<dyn Fn(&WireRequest) -> WireResponse>;

/// The application behind `cors`, unless it refuses to start.
pub(crate) fn with_cors(
    system: &Rc<SystemRunner>,
    application: &Application,
    cors: &Cors,
) -> Option<Site> {
    // As `init_service` does, which would panic.
    let starting = app(application, cors).into_factory().new_service(AppConfig::default());
    let service = system.block_on(starting).ok()?;
    Some(site(system, service))
}

/// Two applications on one thread, each behind a `Cors` of its own: the routes of both are
/// registered before either of them has started, and the later one starts first.
pub(crate) fn together(
    system: &Rc<SystemRunner>,
    [one, other]: [(&Application, &Cors); 2],
) -> [Option<Site>; 2] {
    let begin = |(application, cors): (&Application, &Cors)| {
        app(application, cors).into_factory().new_service(AppConfig::default())
    };
    let (one, other) = (begin(one), begin(other));
    let other = system.block_on(other).ok();
    let one = system.block_on(one).ok();
    [one, other].map(|service| Some(site(system, service?)))
}

/// The application on a real server, asked over HTTP/2, where `Host` is `:authority`.
pub(crate) fn over_http2(application: &Application, cors: &Cors) -> Site {
    let (application, cors) = (application.clone(), cors.clone());
    let server = Server::start(1, move || app(&application, &cors));
    let streams = RefCell::new(Streams::open(server.address()).unwrap());
    Box::new(move |wire| {
        let _ = &server;
        let field = |(name, value): &'_ (String, String)| match name.eq_ignore_ascii_case("host") {
            true => (":authority".to_owned(), value.clone()),
            false => (name.clone(), value.clone()),
        };
        let fields: Vec<_> = wire.headers.iter().map(field).collect();
        let fields: Vec<_> = fields.iter().map(|(n, v)| (&**n, v.as_bytes())).collect();
        let asked = (&*wire.method, wire.target(), &*fields);
        let mut replies = streams.borrow_mut().send(&[asked]).unwrap();
        let Reply { status, mut headers, body } = replies.remove(0);
        headers.push((BODY.to_owned(), body));
        WireResponse { status, headers, body: Vec::new() }
    })
}

fn app(
    application: &Application,
    cors: &Cors,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let mounted = mounted(application, true);
    let status = application.default_status;
    let scripts = application.scripts.clone();
    let script = Script::by(move |request| match request.query_string() {
        "s0" => scripts[0].clone(),
        "s1" => scripts[1].clone(),
        _ => Vec::new(),
    });
    App::new()
        .service(mounted)
        .default_service(web::to(move |request| respond(request, "default".to_owned(), status)))
        .wrap(normalize(application.normalizes))
        .wrap(from_fn(deny))
        .wrap(script)
        .wrap(cors.clone())
        .wrap(normalize(application.normalizes_outside))
}

pub(super) fn site<B: MessageBody + 'static>(
    system: &Rc<SystemRunner>,
    service: impl Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
) -> Site {
    let system = Rc::clone(system);
    Box::new(move |wire| match system.block_on(service.call(request(wire))) {
        Ok(response) => recorded(response.into_parts().1),
        // As actix does with an error that reaches it.
        Err(error) => recorded(error.error_response()),
    })
}

/// The same services in the same order, and nothing else.
pub(crate) fn without_cors(system: &Rc<SystemRunner>, application: &Application) -> Site {
    let mounted = mounted(application, false);
    let status = application.default_status;
    let app = App::new()
        .service(mounted)
        .default_service(web::to(move |request| respond(request, "default".to_owned(), status)))
        .wrap(normalize(application.normalizes))
        .wrap(normalize(application.normalizes_outside));
    site(system, system.block_on(actix_web::test::init_service(app)))
}

/// The annotated route or other resource that ran, by its place; `None` where it was none of them.
pub(crate) fn ran(response: &WireResponse) -> Option<Place> {
    place_of(&response.header("x-ran")?)
}

/// The place of this name, unless it is that of a default service.
pub(crate) fn place_of(name: &str) -> Option<Place> {
    (name != "default").then(|| numbers(name))
}

fn request(wire: &WireRequest) -> Request {
    let method = Method::from_bytes(wire.method.as_bytes()).unwrap();
    let request = TestRequest::with_uri(wire.target()).method(method);
    let headers = wire.headers.iter();
    headers.fold(request, |request, (n, v)| request.append_header((&**n, &**v))).to_request()
}

/// With what the body says, as a header that is none.
fn recorded<B: MessageBody>(response: HttpResponse<B>) -> WireResponse {
    let headers = response.headers().iter();
    let text = |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap().to_owned();
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    let status = response.status().as_u16();
    let body = response.into_body().try_into_bytes().unwrap_or_default();
    headers.push((BODY.to_owned(), String::from_utf8(body.to_vec()).unwrap()));
    WireResponse { status, headers, body: Vec::new() }
}

/// Stands for the body among the headers of a recorded response.
pub(crate) const BODY: &str = "x-body";

/// Who wrote the body, as by `respond`: its place, or `default`, and the path that was routed.
pub(crate) fn written_by(response: &WireResponse) -> Option<(Option<Place>, String)> {
    let body = response.header(BODY)?;
    let (place, path) = body.strip_prefix("ran ")?.split_once(' ')?;
    Some((place_of(place), path.to_owned()))
}

fn numbers(place: &str) -> Place {
    place.split('.').map(|number| number.parse().unwrap()).collect()
}

fn normalize(mode: Option<Mode>) -> Condition<NormalizePath> {
    let slashes = match mode {
        None | Some(Mode::Trim) => TrailingSlash::Trim,
        Some(Mode::MergeOnly) => TrailingSlash::MergeOnly,
        Some(Mode::Always) => TrailingSlash::Always,
    };
    Condition::new(mode.is_some(), NormalizePath::new(slashes))
}

/// What every handler does: it returns its name, and the path by which it was routed.
async fn respond(request: HttpRequest, name: String, status: u16) -> HttpResponse {
    let body = format!("ran {name} {}", request.path());
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    if request.method() != Method::OPTIONS {
        // It is replaced, except under `passthrough`.
        response.insert_header(("access-control-allow-origin", "*"));
    }
    response
        .insert_header(("x-ran", name))
        .insert_header(("x-path", request.path()))
        .insert_header(("etag", "\"1\""))
        .insert_header(("x-total", "7"))
        .body(body)
}

/// A middleware that refuses before any route, by a response or by an error.
async fn deny<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<actix_web::body::EitherBody<B>>, Error> {
    match request.query_string() {
        "early" => {
            let response = HttpResponse::Unauthorized().finish();
            Ok(request.into_response(response).map_into_right_body())
        }
        "error" => Err(ErrorUnauthorized("an error")),
        _ => Ok(next.call(request).await?.map_into_left_body()),
    }
}

// --- services

/// Services as they are registered, each with its place.
struct Mounted {
    services: Vec<description::Service>,
    at: Place,
    annotated: bool,
}

fn mounted(application: &Application, annotated: bool) -> Mounted {
    Mounted { services: application.services.clone(), at: Vec::new(), annotated }
}

impl HttpServiceFactory for Mounted {
    fn register(self, app: &mut AppService) {
        let Self { services, at, annotated } = self;
        for (number, service) in services.into_iter().enumerate() {
            let at = [&*at, &[number]].concat();
            match service {
                description::Service::Scope(scope) => {
                    let Scope { prefix, guard, services, is_bundle, has_default } = scope;
                    let inside = Self { services, at, annotated };
                    let mut mounted = match is_bundle && annotated {
                        true => web::scope(prefix).service(bundle(inside)),
                        false => web::scope(prefix).service(inside),
                    };
                    if let Some(guard) = guard {
                        mounted = mounted.guard(guard::fn_guard(move |c| guard.lets_in(c)));
                    }
                    if has_default {
                        let default =
                            web::to(|request| respond(request, "default".to_owned(), 200));
                        mounted = mounted.default_service(default);
                    }
                    mounted.register(app);
                }
                description::Service::Route(route) => register_route(route, &at, annotated, app),
                description::Service::Resource(resource) => {
                    register_resource(resource, &at, annotated, app);
                }
                description::Service::Plain(plain) => register_plain(&plain, name(&at), app),
            }
        }
    }
}

/// What `#[cors(...)]` above `#[route(...)]`, or above `#[routes]`, expands to.
fn register_route(route: Route, at: &[usize], annotated: bool, app: &mut AppService) {
    let Route { name, pattern, also, methods, guard, module, own } = route;
    let places = [at.to_vec(), [at, &[1]].concat()];
    let patterns = [pattern].into_iter().chain(also);
    let resources = patterns.clone().zip(places).map(|(pattern, place)| {
        (guarded(web::resource(pattern).name(name), &methods, guard), self::name(&place))
    });
    let resources: Vec<_> = resources.collect();
    if !annotated {
        for (resource, place) in resources {
            let handler = move |request| respond(request, place.clone(), 200);
            resource.to(handler).register(app);
        }
        return;
    }
    let registered = patterns.map(|pattern| {
        let registered = Registered::new(pattern, methods.clone()).named(name);
        if guard.is_some() { registered.guarded() } else { registered }
    });
    let described = Handler::new(name, registered.collect::<Vec<_>>());
    let described = module.iter().fold(described, |h, module| h.module(module.to_rules()));
    register(Annotated { resources }, app, described.rules(own.to_rules()));
}

/// The marks are taken while the handler is being registered, as in an expansion.
struct Annotated {
    resources: Vec<(Resource, String)>,
}

impl HttpServiceFactory for Annotated {
    fn register(self, app: &mut AppService) {
        for (resource, place) in self.resources {
            let handler = move |request| respond(request, place.clone(), 200);
            resource.wrap(Mark::take()).to(handler).register(app);
        }
    }
}

/// What `resource(...)` registers, with handlers that have `#[cors(...)]`.
fn register_resource(
    resource: description::Resource,
    at: &[usize],
    annotated: bool,
    app: &mut AppService,
) {
    let description::Resource { pattern, guard, routes, has_default, is_wrapped } = resource;
    let lets_in = move |guard: Guard| guard::fn_guard(move |context| guard.lets_in(context));
    let default = web::to(|request| respond(request, "default".to_owned(), 200));
    let with_places = routes.into_iter().enumerate().map(|(number, route)| {
        let place = name(&[at, &[number]].concat());
        (route, move |request| respond(request, place.clone(), 200))
    });
    let methods = |names: &[&str]| -> Vec<_> {
        names.iter().map(|name| Method::from_bytes(name.as_bytes()).unwrap()).collect()
    };
    if !annotated {
        let mut resource = web::resource(pattern);
        for (Route { methods: served, guard, .. }, handler) in with_places {
            let served = methods(&served);
            let serves = move |context: &GuardContext<'_>| served.contains(&context.head().method);
            let mut route = web::route().guard(guard::fn_guard(serves));
            if let Some(guard) = guard {
                route = route.guard(lets_in(guard));
            }
            resource = resource.route(route.to(handler));
        }
        if let Some(guard) = guard {
            resource = resource.guard(lets_in(guard));
        }
        if has_default {
            resource = resource.default_service(default);
        }
        return resource.register(app);
    }
    let mut resource = cors_actix::resource(pattern);
    for (Route { name, methods: served, guard, module, own, .. }, handler) in with_places {
        let described = Handler::new(name, []);
        let described = module.iter().fold(described, |h, module| h.module(module.to_rules()));
        let handler = Described { handler, described: described.rules(own.to_rules()) };
        let mut route = cors_actix::route(methods(&served), handler);
        if let Some(guard) = guard {
            route = route.guard(lets_in(guard));
        }
        resource = resource.route(route);
    }
    if let Some(guard) = guard {
        resource = resource.guard(lets_in(guard));
    }
    if has_default {
        resource = resource.default_service(default);
    }
    match is_wrapped {
        true => resource.wrap(from_fn(pass_on)).register(app),
        false => resource.register(app),
    }
}

async fn pass_on<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    next.call(request).await
}

/// A handler with a description, as an expansion has it.
struct Described<F> {
    handler: F,
    described: Handler,
}

impl<F, R> CorsHandler<R> for Described<F>
where
    F: Fn(HttpRequest) -> R + Clone + 'static,
    R: Future<Output = HttpResponse> + 'static,
{
    fn handle(self, route: ActixRoute, _: Source) -> (ActixRoute, Handler) {
        (route.to(self.handler), self.described)
    }
}

fn register_plain(plain: &Plain, place: String, app: &mut AppService) {
    let Plain { pattern, method, kind } = *plain;
    let resource = web::resource(pattern);
    let handler = move |request| respond(request, place.clone(), 200);
    let verb = Method::from_bytes(method.as_bytes()).unwrap();
    match kind {
        Kind::Routed => resource.route(web::method(verb).to(handler)).register(app),
        Kind::Guarded => guarded(resource, &[method], None).to(handler).register(app),
        Kind::Attribute => {
            guarded(resource.name("plain"), &[method], None).to(handler).register(app);
        }
        Kind::Files => files(plain, handler).register(app),
        Kind::NamedCatchAll => resource.name("plain").to(handler).register(app),
        Kind::WithDefault => {
            let default = web::to(handler.clone());
            let resource = resource.route(web::method(verb).to(handler));
            resource.default_service(default).register(app);
        }
    }
}

/// No file is there, so that the handler answers.
fn files<F: Future<Output = HttpResponse> + 'static>(
    plain: &Plain,
    handler: impl Fn(HttpRequest) -> F + Clone + 'static,
) -> Files {
    static EMPTY: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().unwrap());
    let answer = move |request: ServiceRequest| {
        let (request, _) = request.into_parts();
        let response = handler(request.clone());
        async move { Ok(ServiceResponse::new(request, response.await)) }
    };
    Files::new(plain.pattern, EMPTY.path()).default_handler(fn_service(answer))
}

fn guarded(resource: Resource, methods: &[&'static str], guard: Option<Guard>) -> Resource {
    let methods = methods.to_vec();
    let serves =
        move |context: &GuardContext<'_>| methods.contains(&context.head().method.as_str());
    let resource = resource.guard(guard::fn_guard(serves));
    match guard {
        Some(guard) => resource.guard(guard::fn_guard(move |context| guard.lets_in(context))),
        None => resource,
    }
}

impl Guard {
    fn lets_in(self, context: &GuardContext<'_>) -> bool {
        match self {
            Self::Query => context.head().uri.query() == Some("t"),
            Self::HeaderXA => guard::Header("x-a", "1").check(context),
            Self::Host(host) => guard::Host(host).check(context),
        }
    }
}

fn name(at: &[usize]) -> String {
    at.iter().map(usize::to_string).collect::<Vec<_>>().join(".")
}
