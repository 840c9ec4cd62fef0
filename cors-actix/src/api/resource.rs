//! Resources whose handlers are registered by method, each with a policy of its own.

use std::borrow::Cow;
use std::fmt::{self, Debug};
use std::rc::Rc;
use std::sync::Arc;

use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt as _, Transform, apply};
use actix_web::body::MessageBody;
use actix_web::dev::{AppService, HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::{Error, web};
use cors_core::{Rules, Source};

use super::rules::CorsRules;
use crate::registration::{self, CorsHandler, Handler, Mark, MarkedMethods, MethodName};

/// A resource that knows its methods: what [`resource`] returns.
#[must_use = "a resource does nothing until it is registered with `service`"]
pub struct CorsResource<R = actix_web::Resource> {
    resource: R,
    path: Cow<'static, str>,
    name: Option<String>,
    /// Each builds on those before.
    rules: Vec<Rules>,
    routes: Vec<CorsRoute>,
    is_guarded: bool,
    is_wrapped: bool,
}

/// One route of a [`CorsResource`]: what [`route`] returns.
#[must_use = "a route does nothing until it is given to a resource"]
pub struct CorsRoute {
    route: actix_web::Route,
    methods: Vec<Method>,
    handler: Handler,
    /// Each builds on those before.
    rules: Vec<Rules>,
    is_guarded: bool,
}

/// A resource like that of [`actix_web::web::resource`], whose handlers have policies.
///
/// Its handlers are plain async functions, or functions with `#[cors(...)]` and no route
/// attribute. Each is registered for its methods, so preflights allow what is served, and
/// two methods of one path may have different policies. The routes are merged with the
/// configuration and checked at startup, and appear in the table of policies, as those
/// with route attributes do.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, test, web};
/// use cors_actix::{Cors, cors, resource};
///
/// async fn list() -> impl Responder {
///     HttpResponse::Ok().body("[]")
/// }
///
/// #[cors(origins += "https://beta.example")]
/// async fn replace(_id: web::Path<u32>) -> impl Responder {
///     HttpResponse::NoContent()
/// }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// let cors = Cors::builder().origins(["https://app.example"]).build()?;
/// let orders = web::scope("/api")
///     .service(resource("/orders").get(list))
///     .service(resource("/orders/{id}").get(list).put(replace));
/// let app = test::init_service(App::new().service(orders).wrap(cors)).await;
///
/// let preflight = test::TestRequest::with_uri("/api/orders/7")
///     .method(actix_web::http::Method::OPTIONS)
///     .insert_header(("origin", "https://beta.example"))
///     .insert_header(("access-control-request-method", "PUT"))
///     .to_request();
/// let response = test::call_service(&app, preflight).await;
/// assert_eq!(response.status(), 204);
/// assert_eq!(response.headers().get("access-control-allow-methods").unwrap(), "PUT");
/// # Ok(())
/// # }
/// ```
///
/// Rules can also be given here, for the whole resource or for one method:
///
/// ```
/// use actix_web::http::Method;
/// use actix_web::{HttpResponse, Responder};
/// use cors_actix::{resource, route, rules};
///
/// # async fn show() -> impl Responder { HttpResponse::Ok() }
/// # async fn replace() -> impl Responder { HttpResponse::Ok() }
/// let profile = resource("/profile")
///     .cors(rules().origins_add(["https://partner.example"]))
///     .get(show)
///     .route(route(Method::PUT, replace).cors(rules().origins(["https://admin.example"])));
/// # let _ = profile;
/// ```
///
/// # Differences from actix-web
///
/// There is one path, not a list, and no route for all methods: name them with [`route`].
/// A resource without a [name](CorsResource::name) gets one, which is unspecified.
pub fn resource(path: impl Into<Cow<'static, str>>) -> CorsResource {
    let path = path.into();
    CorsResource {
        resource: web::resource(&*path),
        path,
        name: None,
        rules: Vec::new(),
        routes: Vec::new(),
        is_guarded: false,
        is_wrapped: false,
    }
}

/// A route of a [`resource`] for some methods, which may have guards, middleware and rules
/// of its own.
///
/// ```
/// use actix_web::http::Method;
/// use actix_web::{HttpResponse, guard};
/// use cors_actix::{resource, route};
///
/// let search = route([Method::GET, Method::POST], HttpResponse::Ok)
///     .guard(guard::Header("accept", "application/json"));
/// let resource = resource("/search").route(search);
/// # let _ = resource;
/// # async fn unused() -> impl actix_web::Responder { HttpResponse::Ok() }
/// ```
#[track_caller]
pub fn route<M>(methods: impl IntoMethods, handler: impl CorsHandler<M>) -> CorsRoute {
    let mut methods = methods.into_methods();
    let mut seen = Vec::new();
    methods.retain(|method| {
        let is_new = !seen.contains(method);
        seen.push(method.clone());
        is_new
    });
    let any = methods.iter().cloned().map(guard::Method);
    let is_served = any.fold(guard::Any(guard::fn_guard(|_| false)), |any, next| any.or(next));
    let route = match &methods[..] {
        // actix takes `Allow` from its guard.
        [only] => web::method(only.clone()),
        _ => web::route().guard(is_served),
    };
    let (route, handler) = handler.handle(route, Source::caller());
    CorsRoute { route, methods, handler, rules: Vec::new(), is_guarded: false }
}

/// A method, or several of them.
pub trait IntoMethods {
    #[doc(hidden)]
    fn into_methods(self) -> Vec<Method>;
}

impl IntoMethods for Method {
    fn into_methods(self) -> Vec<Method> {
        vec![self]
    }
}

impl IntoMethods for Vec<Method> {
    fn into_methods(self) -> Vec<Method> {
        self
    }
}

impl<const N: usize> IntoMethods for [Method; N] {
    fn into_methods(self) -> Vec<Method> {
        self.into()
    }
}

impl CorsRoute {
    /// The rules of this route here, on top of those of its handler, and of those that were
    /// given before.
    pub fn cors(mut self, rules: CorsRules) -> Self {
        self.rules.push(rules.rules);
        self
    }

    /// Adds a guard: a request that it turns away is for the next route of the resource.
    pub fn guard(self, guard: impl Guard + 'static) -> Self {
        Self { route: self.route.guard(guard), is_guarded: true, ..self }
    }

    /// Wraps the handler in a middleware.
    pub fn wrap<M, B>(self, middleware: M) -> Self
    where
        M: Transform<
                actix_service::boxed::BoxService<ServiceRequest, ServiceResponse, Error>,
                ServiceRequest,
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        B: MessageBody + 'static,
    {
        Self { route: self.route.wrap(middleware), ..self }
    }

    fn serves(&self, method: &Method) -> bool {
        self.methods.contains(method)
    }

    /// The handler as it is registered here.
    fn describe(&self, of: &ResourceDescription<'_>) -> Handler {
        let methods = self.methods.iter().map(method_name).collect();
        let resource = registration::Resource::of_route(of.path.clone(), methods);
        let resource = resource.named(of.name.to_owned()).within(of.all_methods);
        let resource = match of.is_guarded || self.is_guarded {
            true => resource.guarded(),
            false => resource,
        };
        self.handler.clone().at(resource, of.rules, &self.rules)
    }
}

/// What all routes of a resource have in common.
struct ResourceDescription<'r> {
    path: &'r Cow<'static, str>,
    name: &'r str,
    rules: &'r [Rules],
    all_methods: &'r Arc<[MethodName]>,
    is_guarded: bool,
}

fn method_name(method: &Method) -> MethodName {
    Cow::Owned(method.as_str().to_owned())
}

macro_rules! methods {
    ($($method:ident $name:ident;)*) => {$(
        #[doc = concat!("The handler for `", stringify!($name), "` requests.")]
        #[track_caller]
        pub fn $method<M>(self, handler: impl CorsHandler<M>) -> Self {
            self.route(route(Method::$name, handler))
        }
    )*};
}

impl<R> CorsResource<R> {
    methods! {
        get GET;
        head HEAD;
        post POST;
        put PUT;
        patch PATCH;
        delete DELETE;
    }

    /// Adds a route: the first one for the method of a request whose guards let it pass
    /// handles it.
    pub fn route(mut self, route: CorsRoute) -> Self {
        self.routes.push(route);
        self
    }

    /// The rules of all routes of this resource, below those of their handlers, and on top
    /// of those that were given before.
    pub fn cors(mut self, rules: CorsRules) -> Self {
        self.rules.push(rules.rules);
        self
    }

    /// The name of the resource, for [`HttpRequest::url_for`](actix_web::HttpRequest::url_for).
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    fn map<T>(self, map: impl FnOnce(R) -> T) -> CorsResource<T> {
        let Self { resource, path, name, rules, routes, is_guarded, is_wrapped } = self;
        let resource = map(resource);
        CorsResource { resource, path, name, rules, routes, is_guarded, is_wrapped }
    }
}

impl<T> CorsResource<actix_web::Resource<T>>
where
    T: ServiceFactory<ServiceRequest, Config = (), Error = Error, InitError = ()>,
{
    /// Adds a guard: a request that it turns away is for a later resource.
    pub fn guard(self, guard: impl Guard + 'static) -> Self {
        Self { is_guarded: true, ..self }.map(|resource| resource.guard(guard))
    }

    /// Adds data for the handlers of this resource.
    pub fn app_data<U: 'static>(self, data: U) -> Self {
        self.map(|resource| resource.app_data(data))
    }

    /// Wraps the resource in a middleware; what it answers has the policy of the route for
    /// the method.
    pub fn wrap<M, B>(
        self,
        middleware: M,
    ) -> CorsResource<
        actix_web::Resource<
            impl ServiceFactory<
                ServiceRequest,
                Config = (),
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            >,
        >,
    >
    where
        M: Transform<
                T::Service,
                ServiceRequest,
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        B: MessageBody,
    {
        Self { is_wrapped: true, ..self }.map(|resource| resource.wrap(middleware))
    }

    /// What answers requests of methods that no route serves, instead of a 405. Its policy
    /// is that of the path, as for anything without an attribute.
    pub fn default_service<F, U>(self, service: F) -> Self
    where
        F: IntoServiceFactory<U, ServiceRequest>,
        U: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error>
            + 'static,
        U::InitError: Debug,
    {
        let service = service.into_factory().map_init_err(|error| {
            log::error!("the default service of a resource cannot be created: {error:?}");
        });
        let service = apply(Mark::unannotated(), service);
        self.map(|resource| resource.default_service(service))
    }
}

impl<T, B> HttpServiceFactory for CorsResource<actix_web::Resource<T>>
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    fn register(self, app: &mut AppService) {
        if self.routes.is_empty() {
            let Self { resource, name, .. } = self;
            // Nothing here is annotated.
            return match name {
                Some(name) => resource.name(&name).register(app),
                None => resource.register(app),
            };
        }
        let name = self.name.clone().unwrap_or_else(|| registration::resource_name(app));
        let marks = registration::register_routes(app, self.describe(&name));
        let Self { mut resource, routes, is_wrapped, .. } = self;
        let mut by_method = Vec::new();
        let alone: Vec<bool> = routes.iter().map(|route| is_alone(route, &routes)).collect();
        for ((route, mark), is_alone) in routes.into_iter().zip(marks).zip(alone) {
            let CorsRoute { route, methods, .. } = route;
            // What a middleware of the resource makes of a request is not known outside.
            let is_marked = is_wrapped || !is_alone;
            resource = resource.route(match is_marked {
                true => route.wrap(Mark::of_route(Rc::clone(&mark))),
                false => route,
            });
            if is_alone {
                by_method.push(MarkedMethods { methods, route: mark });
            }
        }
        resource.name(&name).wrap(Mark::of_resource(by_method)).register(app);
    }
}

impl<R> CorsResource<R> {
    fn describe(&self, name: &str) -> Vec<Handler> {
        let Self { path, rules, routes, is_guarded, .. } = self;
        let methods = routes.iter().flat_map(|route| &route.methods).map(method_name);
        let all_methods = methods.collect();
        let described = ResourceDescription {
            path,
            name,
            rules,
            all_methods: &all_methods,
            is_guarded: *is_guarded,
        };
        routes.iter().map(|route| route.describe(&described)).collect()
    }
}

/// Whether the method of a request alone decides that the route handles it.
fn is_alone(route: &CorsRoute, routes: &[CorsRoute]) -> bool {
    let serves_same = |other: &CorsRoute| route.methods.iter().any(|method| other.serves(method));
    !route.is_guarded && routes.iter().filter(|other| serves_same(other)).count() == 1
}

impl<R> Debug for CorsResource<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, name, rules, routes, .. } = self;
        let mut shown = f.debug_struct("CorsResource");
        shown.field("path", path).field("name", name).field("rules", rules).field("routes", routes);
        shown.finish_non_exhaustive()
    }
}

impl Debug for CorsRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { methods, handler, rules, .. } = self;
        let mut shown = f.debug_struct("CorsRoute");
        shown.field("methods", methods).field("handler", handler).field("rules", rules);
        shown.finish_non_exhaustive()
    }
}
