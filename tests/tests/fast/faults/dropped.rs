//! Futures that are dropped at every point at which they wait, or that end in a panic: polled by
//! hand, on one thread, beside others that go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpResponse, get};
use cors_actix::{Cors, cors};

use super::given::*;

/// Waits before and after whatever is inside.
async fn waits_around(
    request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody>,
) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, Error> {
    actix_web::rt::task::yield_now().await;
    let response = next.call(request).await;
    actix_web::rt::task::yield_now().await;
    response
}

#[actix_web::test]
async fn a_future_may_be_dropped_at_every_await() {
    let app =
        init_service(App::new().configure(routes).wrap(from_fn(waits_around)).wrap(policy())).await;
    let mut context = Context::from_waker(Waker::noop());
    // Two waits of the middleware, three of the handler.
    for polls in 0..=5 {
        let request = request(Method::PUT, OPEN, BETA).to_request();
        let mut future = Box::pin(Service::call(&app, request));
        for _ in 0..polls {
            assert!(future.as_mut().poll(&mut context).is_pending(), "{polls} polls");
        }
        drop(future);
        assert_in_order(&app, "a request that was given up").await;
    }
}

#[actix_web::test]
async fn interleaved_requests_keep_their_own_policies() {
    let app =
        init_service(App::new().configure(routes).wrap(from_fn(waits_around)).wrap(policy())).await;
    let call = |request| Box::pin(Service::call(&app, request));
    let mut context = Context::from_waker(Waker::noop());
    let asked =
        [(Method::PUT, OPEN), (Method::GET, SHUT), (Method::GET, PLAIN), (Method::GET, OPEN)];
    let reads = [true, false, false, true];
    // Each order in which four requests can take their turns first.
    for first in 0..24 {
        let mut futures: Vec<_> = asked
            .iter()
            .zip(reads)
            .map(|((method, path), reads)| {
                (Some(call(request(method.clone(), path, BETA).to_request())), reads)
            })
            .collect();
        futures.rotate_left(first % 4);
        futures.swap(0, first / 4 % 3 + 1);
        let mut unanswered = futures.len();
        while unanswered > 0 {
            for (future, reads) in &mut futures {
                let Some(waiting) = future else { continue };
                if let Poll::Ready(response) = waiting.as_mut().poll(&mut context) {
                    assert_eq!(seen(response.unwrap().response(), BETA), (200, *reads));
                    (*future, unanswered) = (None, unanswered - 1);
                }
            }
        }
    }
}

#[cors(origins += "https://beta.example")]
#[get("/panics")]
async fn panics() -> HttpResponse {
    actix_web::rt::task::yield_now().await;
    panic!("a handler's own fault (expected by this test)")
}

#[actix_web::test]
async fn a_panic_leaves_nothing_behind() {
    let app = init_service(App::new().configure(routes).service(panics).wrap(policy())).await;
    let mut context = Context::from_waker(Waker::noop());
    for path in ["/panics", OPEN] {
        let mut future = Box::pin(Service::call(&app, get_from(path, BETA)));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            while future.as_mut().poll(&mut context).is_pending() {}
        }));
        assert_eq!(panicked.is_err(), path == "/panics");
        drop(catch_unwind(AssertUnwindSafe(|| drop(future))));
        assert_in_order(&app, "a panic").await;
    }
}

/// Gives the handler no time, and answers in its place.
async fn hurries(
    request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody + 'static>,
) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, Error> {
    let mut inside = Box::pin(next.call(request));
    let once = std::future::poll_fn(|context| Poll::Ready(inside.as_mut().poll(context))).await;
    match once {
        Poll::Ready(response) => Ok(response?.map_into_boxed_body()),
        Poll::Pending => {
            drop(inside);
            Err(actix_web::error::ErrorGatewayTimeout("too late"))
        }
    }
}

#[actix_web::test]
async fn a_timeout_is_under_the_policy_of_the_route_that_took_too_long() {
    let app =
        init_service(App::new().configure(routes).wrap(from_fn(hurries)).wrap(policy())).await;
    let put = || request(Method::PUT, OPEN, BETA).to_request();
    assert_eq!(answer(&app, put(), BETA).await, (504, true));
    assert_eq!(
        answer(&app, request(Method::PUT, OPEN, "https://evil.example").to_request(), "").await,
        (504, false)
    );
    assert_in_order(&app, "a timeout").await;
}

#[actix_web::test]
async fn a_request_keeps_its_policies_during_a_reload() {
    let cors = policy();
    let app = init_service(App::new().configure(routes).wrap(cors.clone())).await;
    let mut slow = pin!(Service::call(&app, request(Method::PUT, OPEN, APP).to_request()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(slow.as_mut().poll(&mut context).is_pending());

    let closed = Cors::builder().origins(["https://new.example"]).config();
    cors.apply(&closed).unwrap();
    let now = answer(&app, get_from(PLAIN, APP), APP).await;
    assert_eq!(now, (200, false), "a new request is under the new policy");

    let response = loop {
        if let Poll::Ready(response) = slow.as_mut().poll(&mut context) {
            break response.unwrap();
        }
    };
    assert_eq!(seen(response.response(), APP), (200, true));
    assert_eq!(answer(&app, get_from(OPEN, APP), APP).await, (200, false));
}

#[actix_web::test]
async fn a_future_may_outlive_its_application() {
    let app = init_service(App::new().configure(routes).wrap(policy())).await;
    let mut future = Box::pin(Service::call(&app, request(Method::PUT, OPEN, BETA).to_request()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    drop(app);
    // Another application takes its place on the thread meanwhile.
    let other = init_service(App::new().configure(routes).wrap(policy())).await;
    assert_in_order(&other, "an application that is gone").await;
    let response = loop {
        if let Poll::Ready(response) = future.as_mut().poll(&mut context) {
            break response.unwrap();
        }
    };
    assert_eq!(seen(response.response(), BETA), (200, true));
    drop(response);
    assert_in_order(&other, "an application that is gone").await;
}
