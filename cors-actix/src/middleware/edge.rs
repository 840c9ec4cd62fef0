//! The edge of an application: where preflights end and responses pass.
//!
//! As an actix `Transform` it builds the table of routes when the application
//! is initialised, and refuses to start with a bad one. As a `Service` it
//! answers preflights, refuses what `enforce` refuses, and hands everything
//! else on to be decorated by [`CorsFuture`].

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_service::{Service, Transform};
use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{RequestHead, ResourceMap, ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderValue;
use cors_core::Request;
use futures_util::future::{Ready, ready};

use super::after::{After, Applied};
use super::future::CorsFuture;
use super::short_circuit::Question;
use crate::api::Cors;
use crate::http::{Head, Kept};
use crate::lookup::{Live, Table, Why};
use crate::observe::{Refusal, Shard, log};
use crate::process::Shared;
use crate::registration::{AlreadyClaimed, AppRoutes, mark};

impl<S, B> Transform<S, ServiceRequest> for Cors
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = CorsService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        // Claimed also with a bad configuration: a missing `Cors` is not the problem then.
        let app = AppRoutes::claim_newest();
        let app = app.map_err(|AlreadyClaimed| log::SECOND.to_owned());
        let built = app.and_then(|routes| {
            let live = Live::join(&self.shared, routes.as_deref());
            let live = live.map_err(|error| error.to_string())?;
            Ok(Edge {
                shared: Arc::clone(&self.shared),
                routes,
                live: Rc::new(live),
                settled: OnceCell::new(),
                counts: self.shared.counters().shard(),
                warned: Cell::new(false),
            })
        });
        ready(match built {
            Ok(edge) => Ok(CorsService { service, edge: Rc::new(edge) }),
            Err(report) => {
                log::refuse(&report);
                Err(())
            }
        })
    }
}

/// The middleware as a service: what [`Cors`] becomes in each worker.
#[derive(Debug)]
pub struct CorsService<S> {
    service: S,
    edge: Rc<Edge>,
}

/// What the edge knows of its application.
#[derive(Debug)]
pub(crate) struct Edge {
    shared: Arc<Shared>,
    /// The application that was initialised when this edge was, and its policies.
    routes: Option<Rc<AppRoutes>>,
    live: Rc<Live>,
    settled: OnceCell<Settled>,
    counts: Arc<Shard>,
    /// Whether it was said that a handler sets headers of the middleware.
    warned: Cell<bool>,
}

/// A request that was judged.
pub(crate) struct Judged<'j> {
    pub(crate) table: &'j Table,
    /// Path and method.
    pub(crate) target: (&'j str, &'j [u8]),
    pub(crate) origin: Option<&'j HeaderValue>,
    /// Looks whether it comes from a page of the server itself.
    pub(crate) is_own: &'j dyn Fn() -> bool,
}

/// What only the first request can tell for certain.
#[derive(Debug)]
struct Settled {
    live: Rc<Live>,
    map: ResourceMap,
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
        if mark::is_watched(watched) {
            log::nested();
            return CorsFuture::Inside { inner: self.service.call(request), after: None };
        }
        let Settled { live, map } = self.edge.settle(&request);
        let table = live.table();
        let head = Head::of(request.head());
        let question =
            Question { edge: &self.edge, table: &table, map, head: &head, request: &request };
        let early = match head.is_preflight() {
            true => Some(question.answer_preflight()),
            false if table.compiled().enforces() => question.refuse(),
            false => None,
        };
        if let Some(response) = early {
            let response = request.into_response(response.map_into_right_body());
            return CorsFuture::Early { response: Some(response) };
        }
        let policy = match table.sole() {
            Some(sole) => Applied::Sole(question.judge(sole)),
            None => {
                let routed = request.match_info().get_ref();
                Applied::ToBeSeen(Kept::of(&head, routed, table.compiled().enforces()))
            }
        };
        let edge = Rc::clone(&self.edge);
        let mut after = After { edge, policy, table, request: watched, seen: None };
        let inner = mark::watch(watched, &mut after.seen, || self.service.call(request));
        CorsFuture::Inside { inner, after: Some(after) }
    }
}

impl Edge {
    /// The resources of the application, as soon as there was a request.
    pub(crate) fn map(&self) -> Option<&ResourceMap> {
        self.settled.get().map(|settled| &settled.map)
    }

    /// Settles whose routes these are: a request knows its application.
    fn settle(&self, request: &ServiceRequest) -> &Settled {
        self.settled.get_or_init(|| {
            let map = request.resource_map().clone();
            let live = match &self.routes {
                Some(app) if app.serves(request.request()) => Rc::clone(&self.live),
                _ => match AppRoutes::claim_for(request.request()) {
                    None if self.routes.is_none() => Rc::clone(&self.live),
                    app => Rc::new(self.join_late(app.as_deref())),
                },
            };
            live.entries().report_shadowed(&map);
            Settled { live, map }
        })
    }

    /// It is too late not to start: nobody is let in then.
    fn join_late(&self, routes: Option<&AppRoutes>) -> Live {
        Live::join(&self.shared, routes).unwrap_or_else(|error| {
            log::close(&error.to_string());
            Live::closed(&self.shared, routes)
        })
    }

    /// Counts a decision, and says why, if it was a refusal.
    pub(crate) fn record<'j>(
        &self,
        Why { decision, policy }: Why<'_>,
        judged: impl FnOnce() -> Judged<'j>,
    ) {
        self.counts.count(decision);
        if let Some(denial) = decision.denial() {
            let Judged { table, target, origin, is_own } = judged();
            let (path, method) = target;
            let handler = || table.entries().handler_of(path, method);
            let (origin, handler) = (origin.map_or(&[][..], HeaderValue::as_bytes), &handler);
            let refusal = Refusal { denial, origin, target, policy, is_own, handler };
            self.shared.refusals().say(&refusal);
        }
    }

    /// Says once that the headers of a handler were taken off.
    pub(crate) fn warn_about_handler_headers(&self, path: &str) {
        if !self.warned.replace(true) {
            tracing::warn!(
                "a handler of `{path}` sets `Access-Control-*` headers of its own; they were \
                 replaced, because the policy of `Cors` decides (said once)"
            );
        }
    }
}
