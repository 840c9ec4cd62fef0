//! The edge of an application: where preflights end and responses pass.
//!
//! As an actix `Transform` it joins routes and policies when the application
//! is initialised, and refuses to start with a bad one. As a `Service` it
//! answers preflights, refuses what `enforce` refuses, and hands everything
//! else on to be decorated by [`CorsFuture`].
//!
//! Lookup decides which policies may apply, and the core what they decide. No room
//! imports the middleware.
//!
//! May import: `api`, `http`, `lookup`, `observe`, `process`, `registration`.

mod after;
mod edge;
mod future;
#[cfg(feature = "introspection")]
mod introspection;
mod joining;
mod nesting;
mod short_circuit;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_service::{Service, Transform};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage as _};
use cors_core::Request as _;

use after::{PolicyChoice, ResponseContext};
use edge::{ConfirmedApp, Edge};
use future::CorsFuture;
use joining::Joining;
use nesting::Nesting;
use short_circuit::{EdgeRequest, EnforceOutcome};

use crate::api::{Cors, CorsBuilder};
use crate::http::{Head, RequestSnapshot};
use crate::lookup::EnforceContext;
use crate::observe::log;
use crate::registration::carried::Producer;

/// The middleware as a service: what [`Cors`] becomes in each worker.
#[derive(Debug)]
pub struct CorsService<S> {
    service: S,
    edge: Rc<Edge>,
}

impl<S, B> Transform<S, ServiceRequest> for Cors
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = CorsService<S>;
    type InitError = ();
    type Future = Joining<S>;

    fn new_transform(&self, service: S) -> Self::Future {
        self.presence.note_used();
        Joining::new(Arc::clone(&self.process), self.part, service)
    }
}

impl<S, B> Transform<S, ServiceRequest> for CorsBuilder
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = CorsService<S>;
    type InitError = ();
    type Future = Joining<S>;

    fn new_transform(&self, service: S) -> Self::Future {
        Cors::of_workers(self.config_ref()).new_transform(service)
    }
}

impl<S, B> Service<ServiceRequest> for CorsService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = CorsFuture<S::Future, B>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let watched: *const RequestHead = request.head();
        let nesting = Nesting::of(request.head());
        if nesting == Nesting::SameRequest {
            log::nested();
            let inner = self.service.call(request);
            return CorsFuture::Inside { inner, request: watched, context: None };
        }
        let confirmed = self.edge.confirm_app(&request);
        let ConfirmedApp { worker, map, .. } = confirmed;
        let lookup = worker.lookup();
        let head = Head::of(request.head());
        let is_inspected = confirmed.is_inspected(&request);
        let edge_request = EdgeRequest {
            edge: &self.edge,
            lookup: &lookup,
            map,
            head: &head,
            request: &request,
            is_recorded: !is_inspected,
        };
        let mut at_route = false;
        let is_disabled = lookup.compiled().is_disabled();
        let is_preflight = head.is_preflight();
        let early = match is_preflight {
            _ if is_disabled => None,
            true if is_inspected => Some(short_circuit::refuse_preflight()),
            true => edge_request.answer_preflight(),
            false if lookup.compiled().enforces() => match edge_request.enforce() {
                EnforceOutcome::Refused(refusal) => Some(refusal),
                enforced => {
                    at_route = matches!(enforced, EnforceOutcome::AtRoute);
                    None
                }
            },
            false => None,
        };
        if let Some(mut response) = early {
            if nesting == Nesting::OtherRequest {
                Producer::AnotherEdge.attach(&mut response.extensions_mut());
            }
            let response = request.into_response(response.map_into_right_body());
            return CorsFuture::Early { response: Some(response) };
        }
        let snapshot = || {
            let (routed, hosts) = (request.match_info().get_ref(), lookup.hosts_of(&head));
            RequestSnapshot::of(&head, hosts, routed, lookup.compiled().enforces())
        };
        let policy = match lookup.sole() {
            _ if is_disabled => PolicyChoice::Disabled,
            _ if is_preflight => PolicyChoice::Passthrough(lookup.hosts_of(&head)),
            Some(sole) => PolicyChoice::Single(edge_request.judge(sole)),
            None => PolicyChoice::ByRoute(snapshot()),
        };
        if at_route {
            let undecided = EnforceContext { lookup: Rc::clone(&lookup), received: snapshot() };
            request.extensions_mut().insert(undecided);
        }
        let edge = Rc::clone(&self.edge);
        let recorded = Cell::new(is_inspected);
        let context = ResponseContext { edge, policy, lookup, nesting, recorded };
        let inner = nesting::call(watched, || self.service.call(request));
        CorsFuture::Inside { inner, request: watched, context: Some(context) }
    }
}
