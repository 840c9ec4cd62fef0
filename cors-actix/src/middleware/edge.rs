//! The state of an edge: its application, and what it records.
//!
//! It is put together when the application is initialised, with the routes that
//! are registered then; the first request confirms whose these are.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::{ResourceMap, ServiceRequest};
use cors_core::{Decision, Policy, Verdict};

use super::nesting;
use crate::lookup::{PolicyDecision, PolicyLookup, UnansweredRoutes, WorkerState};
use crate::observe::log::{self, StartupReport};
use crate::observe::{Refusal, Shard};
use crate::process::ProcessState;
#[cfg(feature = "inspector")]
use crate::registration::InspectorPaths;
use crate::registration::{AppRoutes, Claim, Part};

/// The state of an edge.
#[derive(Debug)]
pub(crate) struct Edge {
    process: Arc<ProcessState>,
    /// The application that was initialised when this edge was, and its policies.
    routes: Option<Rc<AppRoutes>>,
    /// Whether that is a whole application, and not a scope of one.
    wraps_app: bool,
    worker: Rc<WorkerState>,
    confirmed: OnceCell<ConfirmedApp>,
    counts: Arc<Shard>,
    /// Whether it was logged that a handler sets headers of the middleware.
    warned: Cell<bool>,
    /// Registers this edge on the thread.
    _alive: Rc<()>,
}

/// The application as the first request confirmed it.
#[derive(Debug)]
pub(super) struct ConfirmedApp {
    pub(super) worker: Rc<WorkerState>,
    pub(super) map: ResourceMap,
    /// Where the application has it; only compared.
    address: *const ResourceMap,
    /// Empty for the edge of an application or a part of one.
    unanswered: UnansweredRoutes,
    #[cfg(feature = "inspector")]
    inspectors: Vec<InspectorPaths>,
}

impl ConfirmedApp {
    /// Whether a request is for an inspector, by its path: it is not counted and
    /// not logged. Whether the response is one of an inspector, the response shows.
    #[cfg(feature = "inspector")]
    #[inline]
    pub(super) fn is_inspected(&self, request: &ServiceRequest) -> bool {
        let path = || request.match_info().as_str();
        !self.inspectors.is_empty() && self.inspectors.iter().any(|paths| paths.contain(path()))
    }

    /// There is no inspector.
    #[cfg(not(feature = "inspector"))]
    #[inline]
    pub(super) const fn is_inspected(&self, _: &ServiceRequest) -> bool {
        false
    }
}

/// Why a `Cors` does not start, as far as is known while applications are being
/// initialised.
#[derive(Debug)]
pub(super) struct StartupRefusal {
    report: StartupReport,
    /// The application that the report is about, if it has annotated routes.
    app: Option<Rc<AppRoutes>>,
    /// Whether the application is one that another `Cors` has claimed.
    taken: bool,
}

impl StartupRefusal {
    /// The report that prevents the server from starting, now that the middleware is
    /// known not to be missing.
    pub(super) fn into_report(self) -> StartupReport {
        self.app.iter().for_each(|app| app.set_claimed(true));
        self.report
    }

    /// Whether this does not concern another application.
    pub(super) const fn is_certain(&self) -> bool {
        self.app.is_none()
    }

    /// Whether the application turned out to be another one's.
    pub(super) fn is_of_another(&self) -> bool {
        self.app.as_ref().is_some_and(|app| match self.taken {
            // It cannot be complete while the middleware around it is not.
            true => !app.is_initialising(),
            false => app.is_claimed() || !app.is_initialising(),
        })
    }
}

impl Edge {
    /// Joins the application that is being initialised with its policies.
    ///
    /// # Errors
    ///
    /// The report about what keeps the server from starting.
    pub(super) fn join(process: &Arc<ProcessState>) -> Result<Self, StartupRefusal> {
        if let Some(app) = AppRoutes::initialising_part() {
            return Err(StartupRefusal {
                report: StartupReport::WrappedTwice,
                app: Some(app),
                taken: true,
            });
        }
        // Claimed also with a bad configuration: a missing `Cors` is not the problem then.
        match AppRoutes::claim_newest() {
            Claim::Nothing => Self::join_unannotated(process, true),
            Claim::Taken(app) => Err(StartupRefusal {
                report: StartupReport::WrappedTwice,
                app: Some(app),
                taken: true,
            }),
            Claim::Certain(app) => match WorkerState::join(process, Some(&app)) {
                Ok(worker) => Ok(Self::new(process, Some(app), worker, true)),
                Err(error) => {
                    app.set_claimed(false);
                    Err(StartupRefusal {
                        report: StartupReport::Configuration(error),
                        app: Some(app),
                        taken: false,
                    })
                }
            },
            // The first request confirms the application; until then, and if that
            // fails, nothing is allowed.
            Claim::Uncertain(app) => {
                let worker = WorkerState::join(process, Some(&app));
                let worker = worker.unwrap_or_else(|_| WorkerState::closed(process, Some(&app)));
                Ok(Self::new(process, Some(app), worker, true))
            }
        }
    }

    /// Joins a part of an application with its policies.
    ///
    /// # Errors
    ///
    /// The report about what keeps the server from starting.
    pub(super) fn join_part(
        process: &Arc<ProcessState>,
        part: Part,
    ) -> Result<Self, StartupRefusal> {
        let refused = |report| StartupRefusal { report, app: None, taken: false };
        let Some(app) = AppRoutes::claim_part(part) else {
            return Err(refused(StartupReport::WrappedTwice));
        };
        let worker = WorkerState::join(process, Some(&app));
        let worker = worker.map_err(|error| refused(StartupReport::Configuration(error)))?;
        Ok(Self::new(process, Some(app), worker, false))
    }

    /// Joins an application in which nothing is annotated.
    ///
    /// # Errors
    ///
    /// The report about what is wrong with the configuration.
    pub(super) fn join_unannotated(
        process: &Arc<ProcessState>,
        wraps_app: bool,
    ) -> Result<Self, StartupRefusal> {
        match WorkerState::join(process, None) {
            Ok(worker) => Ok(Self::new(process, None, worker, wraps_app)),
            Err(error) => Err(StartupRefusal {
                report: StartupReport::Configuration(error),
                app: None,
                taken: false,
            }),
        }
    }

    fn new(
        process: &Arc<ProcessState>,
        routes: Option<Rc<AppRoutes>>,
        worker: WorkerState,
        wraps_app: bool,
    ) -> Self {
        let alive = nesting::note_edge();
        Self {
            process: Arc::clone(process),
            routes,
            wraps_app,
            worker: Rc::new(worker),
            confirmed: OnceCell::new(),
            counts: process.counters().shard(),
            warned: Cell::new(false),
            _alive: alive,
        }
    }

    /// The resources of the application, as soon as there was a request.
    pub(crate) fn map(&self) -> Option<&ResourceMap> {
        self.confirmed.get().map(|confirmed| &confirmed.map)
    }

    /// Whether a handler with `#[cors]` may run for a path that this edge does not answer for.
    pub(crate) fn is_unanswered(&self, path: &str) -> bool {
        self.confirmed.get().is_some_and(|confirmed| confirmed.unanswered.may_run(path))
    }

    /// Whether a request is one of the application, and not one that a middleware has made.
    pub(super) fn is_of_app(&self, request: &HttpRequest) -> bool {
        let is_same = |app: &ConfirmedApp| std::ptr::eq(app.address, request.resource_map());
        self.confirmed.get().is_some_and(is_same)
    }

    /// Confirms whose routes these are: a request knows its application.
    pub(super) fn confirm_app(&self, request: &ServiceRequest) -> &ConfirmedApp {
        self.confirmed.get_or_init(|| {
            let address: *const ResourceMap = request.resource_map();
            let map = request.resource_map().clone();
            let (worker, app) = match &self.routes {
                Some(app) if app.serves(request.request()) => {
                    (Rc::clone(&self.worker), Some(Rc::clone(app)))
                }
                // A `Cors` around a scope that is not a part answers for nothing annotated.
                None if !self.wraps_app => (Rc::clone(&self.worker), None),
                _ => match AppRoutes::claim_for(request.request()) {
                    None if self.routes.is_none() => (Rc::clone(&self.worker), None),
                    app => (Rc::new(self.join_late(app.as_deref())), app),
                },
            };
            let unanswered = match &app {
                None if !self.wraps_app => UnansweredRoutes::of(request.request()),
                _ => UnansweredRoutes::default(),
            };
            #[cfg(feature = "inspector")]
            let inspectors = app.map(|app| app.inspectors()).unwrap_or_default();
            #[cfg(not(feature = "inspector"))]
            drop(app);
            let info = request.match_info();
            let is_part = self.routes.as_ref().is_some_and(|app| app.is_part());
            // A scope has routes outside, which this edge does not see.
            match is_part || self.wraps_app && info.unprocessed().len() == info.as_str().len() {
                true => worker.join_routes(),
                false if worker.routes().is_empty() => {}
                false => log::wraps_scope(),
            }
            worker.routes().report_shadowed(&map);
            worker.routes().report_out_of_reach();
            #[cfg(feature = "introspection")]
            super::introspection::note(request, &worker, |_pattern| {
                #[cfg(feature = "inspector")]
                return inspectors.iter().any(|paths| paths.have_pattern(_pattern));
                #[cfg(not(feature = "inspector"))]
                false
            });
            ConfirmedApp {
                worker,
                map,
                address,
                unanswered,
                #[cfg(feature = "inspector")]
                inspectors,
            }
        })
    }

    /// Joins an application that is already running: if that fails, it is too late not to
    /// start, so no origin is allowed.
    fn join_late(&self, routes: Option<&AppRoutes>) -> WorkerState {
        WorkerState::join(&self.process, routes).unwrap_or_else(|error| {
            log::close(error);
            WorkerState::closed(&self.process, routes)
        })
    }

    /// Counts a decision about a request, and logs the explanation of a refusal. A browser
    /// also refuses responses to requests with cookies that the policy does not allow.
    pub(crate) fn record<'j>(
        &self,
        lookup: &PolicyLookup,
        PolicyDecision { decision, policy, route }: PolicyDecision<'_>,
        sends_cookies: impl FnOnce() -> bool,
        refusal: impl FnOnce() -> Refusal<'j>,
    ) {
        let cookies = policy.denies_credentials(decision, sends_cookies);
        let decision = match cookies {
            None => decision,
            Some(denial) => Decision::Actual(Verdict::Denied(denial)),
        };
        self.counts.count(decision);
        let denial = decision.denial();
        if let Some(app) = self.confirmed.get() {
            app.worker.counts().count(route, decision, denial.is_some());
        }
        if let Some(denial) = denial {
            let handler = route.map(|route| lookup.routes().handler(route));
            self.process.refusals().log(&refusal(), denial, policy, handler);
        }
    }

    /// Counts and logs what the policies that are only reported on would change.
    pub(crate) fn report<'j>(
        &self,
        lookup: &PolicyLookup,
        active: PolicyDecision<'_>,
        PolicyDecision { decision, policy, route }: PolicyDecision<'_>,
        sends_cookies: impl Fn() -> bool,
        refusal: impl FnOnce() -> Refusal<'j>,
    ) {
        let denial_of = |decision: Decision, policy: &Policy| {
            decision.denial().or_else(|| policy.denies_credentials(decision, &sends_cookies))
        };
        let active = denial_of(active.decision, active.policy);
        let denial = denial_of(decision, policy);
        self.counts.count_reported(active.is_some(), denial.is_some());
        if let (None, Some(denial)) = (active, denial) {
            let handler = route.map(|route| lookup.routes().handler(route));
            self.process.refusals().log_reported(&refusal(), denial, policy, handler);
        }
    }

    /// Logs once that the headers of a handler were replaced.
    pub(crate) fn warn_about_handler_headers(&self, path: &str) {
        if !self.warned.replace(true) {
            tracing::warn!(
                "a handler of `{path}` sets `Access-Control-*` headers of its own; they were \
                 replaced, because the policy of `Cors` decides (logged once)"
            );
        }
    }
}
