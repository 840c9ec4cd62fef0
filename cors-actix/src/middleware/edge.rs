//! What the edge knows of its application, and what it records.
//!
//! It is put together when the application is initialised, with the routes that
//! are registered then; the first request confirms whose these are.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::{ResourceMap, ServiceRequest};
use actix_web::http::header::HeaderValue;

use crate::lookup::{PolicyLookup, Why, WorkerState};
use crate::observe::{Refusal, Shard, log};
use crate::process::ProcessState;
use crate::registration::{AlreadyClaimed, AppRoutes};

/// What the edge knows of its application.
#[derive(Debug)]
pub(crate) struct Edge {
    process: Arc<ProcessState>,
    /// The application that was initialised when this edge was, and its policies.
    routes: Option<Rc<AppRoutes>>,
    worker: Rc<WorkerState>,
    confirmed: OnceCell<ConfirmedApp>,
    counts: Arc<Shard>,
    /// Whether it was said that a handler sets headers of the middleware.
    warned: Cell<bool>,
}

/// A request that was judged.
pub(crate) struct Judged<'j> {
    pub(crate) lookup: &'j PolicyLookup,
    /// Path and method.
    pub(crate) target: (&'j str, &'j [u8]),
    pub(crate) origin: Option<&'j HeaderValue>,
    /// Looks whether it comes from a page of the server itself.
    pub(crate) is_own: &'j dyn Fn() -> bool,
}

/// The application as the first request confirmed it.
#[derive(Debug)]
pub(super) struct ConfirmedApp {
    pub(super) worker: Rc<WorkerState>,
    pub(super) map: ResourceMap,
}

impl Edge {
    /// Joins the application that is being initialised with its policies.
    ///
    /// # Errors
    ///
    /// The report about what keeps the server from starting.
    pub(super) fn join(process: &Arc<ProcessState>) -> Result<Self, String> {
        // Claimed also with a bad configuration: a missing `Cors` is not the problem then.
        let routes = AppRoutes::claim_newest();
        let routes = routes.map_err(|AlreadyClaimed| log::SECOND.to_owned())?;
        let worker =
            WorkerState::join(process, routes.as_deref()).map_err(|error| error.to_string())?;
        Ok(Self {
            process: Arc::clone(process),
            routes,
            worker: Rc::new(worker),
            confirmed: OnceCell::new(),
            counts: process.counters().shard(),
            warned: Cell::new(false),
        })
    }

    /// The resources of the application, as soon as there was a request.
    pub(crate) fn map(&self) -> Option<&ResourceMap> {
        self.confirmed.get().map(|confirmed| &confirmed.map)
    }

    /// Confirms whose routes these are: a request knows its application.
    pub(super) fn confirm_app(&self, request: &ServiceRequest) -> &ConfirmedApp {
        self.confirmed.get_or_init(|| {
            let map = request.resource_map().clone();
            let worker = match &self.routes {
                Some(app) if app.serves(request.request()) => Rc::clone(&self.worker),
                _ => match AppRoutes::claim_for(request.request()) {
                    None if self.routes.is_none() => Rc::clone(&self.worker),
                    app => Rc::new(self.join_late(app.as_deref())),
                },
            };
            worker.routes().report_shadowed(&map);
            ConfirmedApp { worker, map }
        })
    }

    /// It is too late not to start: nobody is let in then.
    fn join_late(&self, routes: Option<&AppRoutes>) -> WorkerState {
        WorkerState::join(&self.process, routes).unwrap_or_else(|error| {
            log::close(&error.to_string());
            WorkerState::closed(&self.process, routes)
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
            let Judged { lookup, target, origin, is_own } = judged();
            let (path, method) = target;
            let handler = || lookup.routes().handler_of(path, method);
            let (origin, handler) = (origin.map_or(&[][..], HeaderValue::as_bytes), &handler);
            let refusal = Refusal { denial, origin, target, policy, is_own, handler };
            self.process.refusals().say(&refusal);
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
