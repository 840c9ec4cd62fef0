//! Middleware that raises, swaps, repeats and withholds, at every place around the edge.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_service::{Service, Transform};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse, forward_ready};
use actix_web::error::{ErrorForbidden, ErrorServiceUnavailable, ErrorUnauthorized};
use actix_web::http::{Method, StatusCode, Uri, header};
use actix_web::middleware::{
    Compress, Condition, DefaultHeaders, ErrorHandlerResponse, ErrorHandlers, Logger, Next,
    NormalizePath, from_fn,
};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpRequest, HttpResponse, get, put, web};
use cors_actix::cors;
use futures_util::future::{Ready, ready};

use super::given::*;

/// Raises an error, before or after what is inside, if the request has the parameter.
async fn raises(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match request.query_string() {
        "before" => return Err(ErrorUnauthorized("who are you?")),
        "after" => {
            next.call(request).await?;
            return Err(ErrorForbidden("not you"));
        }
        "short" => return Ok(request.into_response(HttpResponse::ImATeapot().finish())),
        "swap" => {
            let response = next.call(request).await?;
            return Ok(response.into_response(HttpResponse::Accepted().body("another")));
        }
        "headers" => {
            let mut response = next.call(request).await?.map_into_boxed_body();
            response
                .headers_mut()
                .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
            return Ok(response);
        }
        _ => {}
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// The status of each kind of error.
const TROUBLES: [(&str, u16); 5] =
    [("before", 401), ("after", 403), ("short", 418), ("swap", 202), ("headers", 200)];

#[cors(origins += "https://beta.example")]
#[get("/wrapped", wrap = "from_fn(raises)")]
async fn wrapped() -> &'static str {
    "wrapped"
}

#[actix_web::test]
async fn errors_of_inner_middleware_have_the_policy_of_the_route() {
    let in_app =
        init_service(App::new().configure(routes).wrap(from_fn(raises)).wrap(policy())).await;
    let in_scope =
        App::new().service(web::scope("").wrap(from_fn(raises)).configure(routes)).wrap(policy());
    let in_scope = init_service(in_scope).await;
    for (trouble, status) in TROUBLES {
        for (path, app_reads, beta_reads) in
            [(PLAIN, true, false), (OPEN, true, true), (SHUT, false, false)]
        {
            for (origin, reads) in [(APP, app_reads), (BETA, beta_reads)] {
                let target = format!("{path}?{trouble}");
                // A response that replaces another one carries no route, and may be that of an
                // un-annotated resource: it is readable where both policies allow it.
                let reads = reads && (trouble != "swap" || app_reads && origin == APP);
                let got = answer(&in_app, get_from(&target, origin), origin).await;
                assert_eq!(got, (status, reads), "{target} from {origin}, in the application");
                let got = answer(&in_scope, get_from(&target, origin), origin).await;
                assert_eq!(got, (status, reads), "{target} from {origin}, in a scope");
            }
        }
        assert_in_order(&in_app, trouble).await;
        assert_in_order(&in_scope, trouble).await;
    }
}

#[actix_web::test]
async fn a_removed_origin_leaves_the_decision_as_it_was() {
    let app = App::new().configure(routes).wrap(from_fn(without_origin)).wrap(policy());
    let app = init_service(app).await;
    for (path, app_reads, beta_reads) in
        [(PLAIN, true, false), (OPEN, true, true), (SHUT, false, false)]
    {
        for (origin, reads) in [(APP, app_reads), (BETA, beta_reads)] {
            assert_eq!(answer(&app, get_from(path, origin), origin).await, (200, reads), "{path}");
        }
    }
}

async fn without_origin(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    request.headers_mut().remove(header::ORIGIN);
    next.call(request).await
}

#[actix_web::test]
async fn errors_in_a_resource_have_its_own_policy() {
    let app = App::new().configure(routes).service(wrapped).wrap(policy());
    let app = init_service(app).await;
    for (trouble, status) in TROUBLES {
        let target = format!("/wrapped?{trouble}");
        for origin in [APP, BETA] {
            assert_eq!(answer(&app, get_from(&target, origin), origin).await, (status, true));
        }
        let evil = "https://evil.example";
        assert_eq!(answer(&app, get_from(&target, evil), evil).await, (status, false));
        assert_in_order(&app, trouble).await;
    }
}

#[actix_web::test]
async fn errors_of_outer_middleware_have_no_cors_headers_and_change_no_state() {
    let app = App::new().configure(routes).wrap(policy()).wrap(from_fn(raises));
    let app = init_service(app).await;
    for (trouble, status, reads) in [
        ("before", 401, false),
        // Another error takes the place of the response that was decorated.
        ("after", 403, false),
        ("short", 418, false),
    ] {
        let target = format!("{OPEN}?{trouble}");
        assert_eq!(answer(&app, get_from(&target, APP), APP).await, (status, reads));
        assert_in_order(&app, trouble).await;
    }
}

#[actix_web::test]
async fn an_error_rendered_by_outer_middleware_keeps_its_headers() {
    let app = App::new().configure(routes).wrap(from_fn(raises)).wrap(policy());
    let app = init_service(app).await;
    for (path, reads) in [(OPEN, true), (PLAIN, false), (SHUT, false)] {
        for (trouble, status) in [("before", 401), ("after", 403)] {
            let error = app.call(get_from(&format!("{path}?{trouble}"), BETA)).await;
            let response = error.err().unwrap().error_response();
            assert_eq!(response.status().as_u16(), status);
            let allowed = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(allowed.is_some(), reads, "{path}?{trouble}");
        }
    }
    assert_in_order(&app, "an error that was rendered outside").await;
}

/// A middleware of its own kind: what it does is a function of the service inside.
struct With<F>(F);

struct WithService<S, F> {
    service: Rc<S>,
    act: F,
}

type Answered = Pin<Box<dyn Future<Output = Result<ServiceResponse<BoxBody>, Error>>>>;

impl<S, F> Transform<S, ServiceRequest> for With<F>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
    F: Fn(Rc<S>, ServiceRequest) -> Answered + Clone + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = WithService<S, F>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(WithService { service: Rc::new(service), act: self.0.clone() }))
    }
}

impl<S, F> Service<ServiceRequest> for WithService<S, F>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
    F: Fn(Rc<S>, ServiceRequest) -> Answered,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Answered;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        (self.act)(Rc::clone(&self.service), request)
    }
}

/// Sends a request that was answered to another path.
fn redirect(request: HttpRequest, path: &'static str) -> ServiceRequest {
    let mut request = ServiceRequest::from_request(request);
    let uri = Uri::from_static(path);
    request.head_mut().uri = uri.clone();
    request.match_info_mut().get_mut().update(&uri);
    request.match_info_mut().reset();
    request
}

/// Calls the service for the request, discards the response and calls it for another path.
fn calls_twice<S>(service: Rc<S>, request: ServiceRequest) -> Answered
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    Box::pin(async move {
        let then = match request.query_string() {
            "plain" => PLAIN,
            "shut" => SHUT,
            "open" => OPEN,
            "nowhere" => "/nowhere",
            _ => return service.call(request).await,
        };
        let (request, _) = service.call(request).await?.into_parts();
        service.call(redirect(request, then)).await
    })
}

#[actix_web::test]
async fn of_two_calls_the_policy_of_the_sent_response_applies() {
    let app = App::new().configure(routes).wrap(With(calls_twice)).wrap(policy());
    let app = init_service(app).await;
    let reads =
        [("plain", 200, false), ("shut", 200, false), ("open", 200, true), ("nowhere", 404, false)];
    for path in [PLAIN, SHUT, OPEN, "/nowhere"] {
        for (then, status, beta_reads) in reads {
            let target = format!("{path}?{then}");
            let got = answer(&app, get_from(&target, BETA), BETA).await;
            assert_eq!(got, (status, beta_reads), "{target}");
        }
    }
    assert_in_order(&app, "two calls").await;
}

/// A path, and what is left of it.
const LONG: &str = "/plain/open";

/// Asks for a part of the path next, which lies at the same address.
fn calls_with_fewer_headers<S>(service: Rc<S>, request: ServiceRequest) -> Answered
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    Box::pin(async move {
        let (request, _) = service.call(redirect(request.into_parts().0, LONG)).await?.into_parts();
        service.call(redirect(request, &LONG[..PLAIN.len()])).await
    })
}

/// Calls again with `GET`, if that was not the method.
fn calls_with_get<S>(service: Rc<S>, request: ServiceRequest) -> Answered
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    Box::pin(async move {
        let path = match request.path() {
            OPEN => OPEN,
            _ => LONG,
        };
        let (request, _) = service.call(redirect(request.into_parts().0, path)).await?.into_parts();
        let mut request = redirect(request, path);
        request.head_mut().method = Method::GET;
        service.call(request).await
    })
}

#[actix_web::test]
async fn of_two_similar_calls_the_policy_of_the_sent_response_applies() {
    #[cors(origins += "https://beta.example")]
    #[get("/plain/open")]
    async fn long() -> &'static str {
        "long"
    }
    #[cors(origins += "https://beta.example")]
    #[put("/plain/open")]
    async fn put_long() -> &'static str {
        "put"
    }
    #[get("/plain/open")]
    async fn plain_long() -> &'static str {
        "plain"
    }
    let less = App::new()
        .configure(routes)
        .service(long)
        .wrap(With(calls_with_fewer_headers))
        .wrap(policy());
    let less = init_service(less).await;
    assert_eq!(answer(&less, get_from("/", BETA), BETA).await, (200, false), "a part of the path");
    assert_eq!(answer(&less, get_from("/", APP), APP).await, (200, true));

    let app = App::new().configure(routes).service(put_long).service(plain_long);
    let app = init_service(app.wrap(With(calls_with_get)).wrap(policy())).await;
    for (path, beta_reads) in [(LONG, false), (OPEN, true)] {
        let put = || request(Method::PUT, path, BETA).to_request();
        assert_eq!(answer(&app, put(), BETA).await, (200, beta_reads), "{path} by another method");
    }
}

/// Puts another path in the place of the one that is routed, and leaves the head as it was sent.
async fn routes_elsewhere(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    request.match_info_mut().get_mut().update(&Uri::from_static(SHUT));
    next.call(request).await
}

#[actix_web::test]
async fn an_error_is_under_the_policy_of_the_path_that_is_routed() {
    let app = App::new()
        .configure(routes)
        .wrap(from_fn(raises))
        .wrap(policy())
        .wrap(from_fn(routes_elsewhere));
    let app = init_service(app).await;
    for (trouble, status) in TROUBLES {
        let target = format!("{OPEN}?{trouble}");
        for origin in [APP, BETA] {
            let got = answer(&app, get_from(&target, origin), origin).await;
            assert_eq!(got, (status, false), "{target} from {origin}");
        }
    }
}

/// Lets another task call the service.
fn spawns<S>(service: Rc<S>, request: ServiceRequest) -> Answered
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    Box::pin(async move {
        let task = actix_web::rt::spawn(async move { service.call(request).await });
        task.await.unwrap()
    })
}

#[actix_web::test]
async fn a_service_that_another_task_calls_is_under_the_policy_of_the_route() {
    let app = App::new().configure(routes).wrap(With(spawns)).wrap(policy());
    let app = init_service(app).await;
    for (path, app_reads, beta_reads) in
        [(PLAIN, true, false), (OPEN, true, true), (SHUT, false, false)]
    {
        assert_eq!(answer(&app, get_from(path, APP), APP).await, (200, app_reads), "{path}");
        assert_eq!(answer(&app, get_from(path, BETA), BETA).await, (200, beta_reads), "{path}");
    }
}

/// Keeps each request until the next one comes, which then calls the service for both.
fn handles_for_another<S>(service: Rc<S>, request: ServiceRequest) -> Answered
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
{
    thread_local! {
        static WAITING: RefCell<Option<ServiceRequest>> = const { RefCell::new(None) };
        static ANSWERED: RefCell<Option<Result<ServiceResponse<BoxBody>, Error>>> =
            const { RefCell::new(None) };
    }
    if request.query_string() == "waits" {
        WAITING.replace(Some(request));
        return Box::pin(async {
            loop {
                match ANSWERED.take() {
                    Some(answer) => return answer,
                    None => actix_web::rt::task::yield_now().await,
                }
            }
        });
    }
    Box::pin(async move {
        if let Some(waiting) = WAITING.take() {
            ANSWERED.replace(Some(service.call(waiting).await));
        }
        match request.query_string() {
            "refused" => Err(ErrorServiceUnavailable("later")),
            _ => service.call(request).await,
        }
    })
}

#[actix_web::test]
async fn nested_requests_do_not_share_policies() {
    let app = App::new().configure(routes).wrap(With(handles_for_another)).wrap(policy());
    let app = init_service(app).await;
    for (path, status) in [(PLAIN, 200), ("/plain?refused", 503), (SHUT, 200), ("/nowhere", 404)] {
        let waiting = answer(&app, get_from("/open?waits", BETA), BETA);
        let driving = answer(&app, get_from(path, BETA), BETA);
        let (waited, drove) = futures_util::future::join(waiting, driving).await;
        assert_eq!(waited.0, 200);
        assert_eq!(drove, (status, false), "{path} got the policy of `open`");
    }
    assert_in_order(&app, "a request that another one drove").await;
}

/// An error handler that adds a header to the response.
fn adds_a_header<B>(mut response: ServiceResponse<B>) -> Result<ErrorHandlerResponse<B>, Error> {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(ErrorHandlerResponse::Response(response.map_into_left_body()))
}

/// The middleware of actix-web, inside and outside of the edge.
#[actix_web::test]
async fn middleware_of_actix_may_be_inside_or_outside() {
    macro_rules! in_both_orders {
        ($middleware:expr) => {{
            let inside = App::new().configure(routes).wrap($middleware).wrap(policy());
            let inside = init_service(inside).await;
            assert_in_order(&inside, concat!(stringify!($middleware), " inside")).await;
            let outside = App::new().configure(routes).wrap(policy()).wrap($middleware);
            let outside = init_service(outside).await;
            assert_in_order(&outside, concat!(stringify!($middleware), " outside")).await;
        }};
    }
    in_both_orders!(Logger::default());
    in_both_orders!(NormalizePath::trim());
    in_both_orders!(Condition::new(true, Logger::default()));
    in_both_orders!(Condition::new(false, Logger::default()));
    in_both_orders!(DefaultHeaders::new().add(("x-version", "1")));
    in_both_orders!(ErrorHandlers::new().handler(StatusCode::NOT_FOUND, adds_a_header));
    in_both_orders!(Compress::default());
    let conditional = App::new().configure(routes).wrap(Condition::new(true, policy()));
    assert_in_order(&init_service(conditional).await, "a condition").await;
}

/// Outer middleware is responsible for its own responses: one that replaces a response also replaces
/// its headers.
#[actix_web::test]
async fn a_response_replaced_by_outer_middleware_has_no_cors_headers() {
    fn replaces<B>(response: ServiceResponse<B>) -> Result<ErrorHandlerResponse<B>, Error> {
        let response = response.into_response(HttpResponse::NotFound().body("nothing here"));
        Ok(ErrorHandlerResponse::Response(response.map_into_right_body()))
    }
    let outside = App::new()
        .configure(routes)
        .wrap(policy())
        .wrap(ErrorHandlers::new().handler(StatusCode::NOT_FOUND, replaces));
    let outside = init_service(outside).await;
    assert_eq!(answer(&outside, get_from("/nowhere", APP), APP).await, (404, false));
    assert_eq!(answer(&outside, get_from(OPEN, BETA), BETA).await, (200, true));
    let inside = App::new()
        .configure(routes)
        .wrap(ErrorHandlers::new().handler(StatusCode::NOT_FOUND, replaces))
        .wrap(policy());
    assert_in_order(&init_service(inside).await, "a response that was replaced inside").await;
}

#[actix_web::test]
async fn a_nested_edge_leaves_the_policy_to_the_outer_one() {
    let unlisted =
        || cors_actix::Cors::builder().origins(["https://other.example"]).build().unwrap();
    let scope = web::scope("/scope").wrap(unlisted()).route("/x", web::get().to(HttpResponse::Ok));
    let resource = web::resource("/resource").wrap(unlisted()).to(HttpResponse::Ok);
    let app = App::new().service(scope).service(resource).wrap(from_fn(raises)).wrap(policy());
    let app = init_service(app).await;
    for path in ["/scope/x", "/resource"] {
        for (origin, reads) in [(APP, true), ("https://other.example", false)] {
            assert_eq!(answer(&app, get_from(path, origin), origin).await, (200, reads), "{path}");
            for (trouble, status) in TROUBLES {
                let target = format!("{path}?{trouble}");
                let got = answer(&app, get_from(&target, origin), origin).await;
                assert_eq!(got, (status, reads), "{target}");
            }
        }
    }
}
