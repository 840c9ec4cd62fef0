//! State that all workers share: one configuration, and the policies of each
//! application under it.
//!
//! The first worker to register an application has its policies compiled; the
//! others find them here. A reload compiles the policies of every live
//! application again and puts them in place only if all of them are valid. No
//! request waits for that: it looks at one pointer.
//!
//! Lookup decides which of the policies apply to a request.
//!
//! May import: `observe`, `registration`.

mod compiled;
#[cfg(feature = "config")]
mod config_file;
mod explain;
#[cfg(feature = "inspector")]
mod inspection;
mod live_sets;
mod loader;
mod policy_interner;
mod route_pair;
#[cfg(feature = "watch")]
mod settle;
mod siblings;
#[cfg(feature = "watch")]
mod watch;

pub(crate) use compiled::{CompiledApp, closed_policy};
#[cfg(feature = "config")]
pub(crate) use config_file::{ConfigFile, DEFAULT_PATH};
pub(crate) use live_sets::{FeedLoop, LoadError};
pub(crate) use loader::{ConfigSource, LoadedConfig, Loader};
pub(crate) use policy_interner::PolicyIndex;
pub(crate) use siblings::SiblingSet;
#[cfg(feature = "watch")]
pub use watch::WatchGuard;

#[cfg(feature = "introspection")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwap;
use cors_core::{Error, LiveSet, Problem, Resolver};

use crate::observe::{
    Counters, LiveRecords, PolicyDiff, PolicyTable, Refusals, ReloadCounter, RouteCounters,
    RouteCounts, RouteShard, log,
};
use crate::registration::AppDescriptor;
#[cfg(feature = "introspection")]
use crate::registration::ServedPath;

/// The configuration of one [`Cors`](crate::Cors) and its clones.
#[derive(Debug)]
pub(crate) struct ProcessState {
    /// Where the configuration comes from.
    loader: Loader,
    /// Locked from reading a configuration until it is in place.
    reloading: Mutex<()>,
    state: Mutex<State>,
    counters: Counters,
    reloads: ReloadCounter,
    refusals: Refusals,
    #[cfg(feature = "inspector")]
    inspection: inspection::Inspection,
    live: LiveRecords,
}

#[derive(Debug)]
struct State {
    /// A configuration that could not be read is reported at startup.
    resolver: Result<Arc<Resolver>, Error>,
    from: ConfigSource,
    /// Each lives as long as a worker serves it.
    apps: Vec<Weak<AppPolicies>>,
}

/// One application: its routes, and their policies as of now.
#[derive(Debug)]
pub(crate) struct AppPolicies {
    /// Identifies the application in the process.
    number: u32,
    descriptor: AppDescriptor,
    current: Arc<ArcSwap<CompiledApp>>,
    counters: RouteCounters,
    /// What actix-web reports about the rest, after the first request.
    #[cfg(feature = "introspection")]
    unannotated: OnceLock<Vec<ServedPath>>,
}

/// A configuration that was put in the place of another one.
struct Replacement {
    warnings: Vec<Problem>,
    from: ConfigSource,
    resolver: Arc<Resolver>,
    before: PolicyTable,
}

impl ProcessState {
    /// The policies of a configuration that was read by `loader`.
    ///
    /// # Errors
    ///
    /// All problems of the configuration.
    pub(crate) fn load(loader: Loader, loaded: LoadedConfig) -> Result<Self, Error> {
        let LoadedConfig { config, from } = loaded;
        Ok(Self::new(Ok(Arc::new(config.resolve()?)), loader, from))
    }

    /// A configuration that could not be read, which is reported at startup.
    pub(crate) fn failed(error: Error, loader: Loader) -> Self {
        let from = loader.failed();
        Self::new(Err(error), loader, from)
    }

    fn new(resolver: Result<Arc<Resolver>, Error>, loader: Loader, from: ConfigSource) -> Self {
        #[cfg(feature = "inspector")]
        let local = resolver.clone().ok();
        let state = Mutex::new(State { resolver, from, apps: Vec::new() });
        let process = Self {
            loader,
            reloading: Mutex::default(),
            state,
            counters: Counters::default(),
            reloads: ReloadCounter::default(),
            refusals: Refusals::default(),
            live: LiveRecords::default(),
            #[cfg(feature = "inspector")]
            inspection: inspection::Inspection::default(),
        };
        #[cfg(feature = "inspector")]
        local.iter().for_each(|resolver| process.note_profile(resolver));
        process
    }

    pub(crate) const fn counters(&self) -> &Counters {
        &self.counters
    }

    pub(crate) const fn reloads(&self) -> &ReloadCounter {
        &self.reloads
    }

    pub(crate) const fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    pub(crate) const fn loader(&self) -> &Loader {
        &self.loader
    }

    /// The policies of an application, compiled unless another worker serves the
    /// same one.
    ///
    /// # Errors
    ///
    /// All problems of all routes at once.
    pub(crate) fn join(&self, descriptor: AppDescriptor) -> Result<Arc<AppPolicies>, Error> {
        let (from, profile) = self.origin();
        from.log_loaded(profile.as_deref());
        let mut state = self.state();
        let resolver = state.resolver.clone()?;
        let known = state.live().find(|app| app.descriptor == descriptor);
        if let Some(known) = known {
            return Ok(known);
        }
        let (compiled, warnings) = CompiledApp::build(&resolver, &descriptor)?;
        // What was filled in before may not be accepted by the routes.
        Error::check(resolver.check_live_content())?;
        let app = AppPolicies::new(descriptor, compiled);
        state.add(&app);
        // A logger may call back, for example for the table.
        drop(state);
        log::warnings(&warnings);
        if let Some(source) = resolver.disabled() {
            log::disabled(source, resolver.has_limits());
            return Ok(app);
        }
        if let Some(diff) = self.report_only_diff() {
            log::report_only(&diff);
        }
        log::table(|| {
            let mut table = PolicyTable::new(profile, from.file());
            let compiled = app.current.load();
            compiled.describe(&app.descriptor, &mut table);
            table.push_fallback(compiled.resolver(), app.descriptor.scope());
            table
        });
        Ok(app)
    }

    /// An application that serves although its rules are invalid: it allows no origin
    /// until a configuration takes effect with which they are valid.
    pub(crate) fn join_closed(&self, descriptor: AppDescriptor) -> Arc<AppPolicies> {
        let compiled = CompiledApp::closed(&descriptor);
        let app = AppPolicies::new(descriptor, compiled);
        self.state().add(&app);
        app
    }

    /// Replaces the configuration for all workers and applications, or leaves
    /// everything as it is. `load` is called while no other replacement is under
    /// way, so that what was read last is in force; with `None` nothing changes. Returns what
    /// differs.
    ///
    /// # Errors
    ///
    /// Those of `load`, and all problems of the configuration and of all routes.
    pub(crate) fn replace(
        &self,
        load: impl FnOnce() -> Result<Option<LoadedConfig>, Error>,
    ) -> Result<PolicyDiff, Error> {
        let replaced = self.try_replace(load);
        if !matches!(replaced, Ok(None)) {
            self.reloads.note(replaced.is_ok());
        }
        let Some(Replacement { warnings, from, resolver, before }) = replaced? else {
            return Ok(PolicyDiff::default());
        };
        // Nothing is logged under a lock: a logger may call back.
        log::warnings(&warnings);
        from.log_reloaded(resolver.profile());
        if let Some(source) = resolver.disabled() {
            log::disabled(source, resolver.has_limits());
        }
        let diff = before.diff(&self.describe());
        log::changed(&diff);
        if let Some(diff) = self.report_only_diff() {
            log::report_only(&diff);
        }
        Ok(diff)
    }

    fn try_replace(
        &self,
        load: impl FnOnce() -> Result<Option<LoadedConfig>, Error>,
    ) -> Result<Option<Replacement>, Error> {
        let _reloading = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(LoadedConfig { config, from }) = load()? else { return Ok(None) };
        let in_force = self.state().resolver.clone();
        let resolver = Arc::new(match in_force {
            Ok(in_force) => config.resolve_after(&in_force)?,
            Err(_) => config.resolve()?,
        });
        let before = self.describe();
        let warnings = self.put(Arc::clone(&resolver), from.clone())?;
        Ok(Some(Replacement { warnings, from, resolver, before }))
    }

    /// The profile of the configuration in force.
    pub(crate) fn profile(&self) -> Option<String> {
        self.origin().1
    }

    /// Where the configuration in force was read, and its profile.
    fn origin(&self) -> (ConfigSource, Option<String>) {
        let state = self.state();
        let profile = state.resolver.as_ref().ok().and_then(|resolver| resolver.profile());
        let profile = profile.map(str::to_owned);
        (state.from.clone(), profile)
    }

    /// The content of the file from which the configuration in force was read.
    #[cfg(feature = "watch")]
    fn file_in_force(&self) -> Option<Arc<[u8]>> {
        match &self.state().from {
            ConfigSource::File { content, .. } => content.clone(),
            ConfigSource::Code | ConfigSource::Environment => None,
        }
    }

    fn put(&self, resolver: Arc<Resolver>, from: ConfigSource) -> Result<Vec<Problem>, Error> {
        let mut state = self.state();
        let apps: Vec<_> = state.live().collect();
        let mut next = Vec::with_capacity(apps.len());
        let mut problems = resolver.warnings().to_vec();
        for app in &apps {
            match CompiledApp::build(&resolver, &app.descriptor) {
                Ok((compiled, warnings)) => {
                    problems.extend(warnings);
                    next.push(Arc::new(compiled));
                }
                Err(error) => problems.extend(error.problems().iter().cloned()),
            }
        }
        // By the rules of all routes now; nothing changes the content meanwhile.
        problems.extend(resolver.check_live_content());
        let warnings = resolver.check(problems)?;
        for (app, compiled) in apps.iter().zip(next) {
            app.current.store(compiled);
        }
        #[cfg(feature = "inspector")]
        self.note_profile(&resolver);
        let before = std::mem::replace(&mut state.resolver, Ok(Arc::clone(&resolver)));
        for gone in before.iter().flat_map(|before| before.live_sets()) {
            let keeps =
                |set: &LiveSet| set.name() == gone.name() && set.is_keyed() == gone.is_keyed();
            if !resolver.live_sets().any(keeps) {
                self.live.forget(gone.name());
            }
        }
        state.from = from;
        Ok(warnings)
    }

    /// The effective policies of every application that is served.
    pub(crate) fn describe(&self) -> PolicyTable {
        let state = self.state();
        let resolver = state.resolver.as_ref().ok();
        let profile = resolver.and_then(|resolver| resolver.profile()).map(str::to_owned);
        let table = PolicyTable::new(profile, state.from.file());
        if let Some(source) = resolver.and_then(|resolver| resolver.disabled()) {
            return table.disabled_at(source);
        }
        let apps: Vec<_> = state.live().map(|app| (app.current.load_full(), app)).collect();
        fill(table, &apps, resolver)
    }

    /// The counts of each annotated route of the applications that are being served.
    pub(crate) fn counts_by_route(&self) -> Vec<RouteCounts> {
        let apps: Vec<_> = self.state().live().collect();
        apps.iter().flat_map(|app| app.counts()).collect()
    }

    /// What the policies that are only reported on would change; `None` without them.
    pub(crate) fn report_only_diff(&self) -> Option<PolicyDiff> {
        let state = self.state();
        let resolver = state.resolver.as_ref().ok()?.report_only()?;
        let apps = state.live().filter_map(|app| {
            let reported = app.current.load().report_only().cloned();
            Some((reported?, app))
        });
        let apps: Vec<_> = apps.collect();
        let reported = fill(PolicyTable::new(None, None), &apps, Some(resolver));
        drop(state);
        Some(self.describe().diff(&reported))
    }

    /// Whether there is an application whose policies these are.
    #[cfg(feature = "test")]
    pub(crate) fn is_served(&self) -> bool {
        self.state().live().next().is_some()
    }

    /// A panic while it was locked left nothing half done: policies are put in
    /// place when all are complete.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fills a table with the policies of applications; without any, with those of `resolver`.
fn fill(
    mut table: PolicyTable,
    apps: &[(Arc<CompiledApp>, Arc<AppPolicies>)],
    resolver: Option<&Arc<Resolver>>,
) -> PolicyTable {
    for (compiled, app) in apps {
        compiled.describe(&app.descriptor, &mut table);
        #[cfg(feature = "introspection")]
        compiled.describe_unannotated(app.unannotated.get().into_iter().flatten(), &mut table);
    }
    for (compiled, app) in apps {
        table.push_fallback(compiled.resolver(), app.descriptor.scope());
    }
    if let (Some(resolver), true) = (resolver, apps.is_empty()) {
        table.push_fallback(resolver, None);
    }
    table
}

impl State {
    fn add(&mut self, app: &Arc<AppPolicies>) {
        self.apps.retain(|app| app.strong_count() > 0);
        self.apps.push(Arc::downgrade(app));
    }

    fn live(&self) -> impl Iterator<Item = Arc<AppPolicies>> {
        self.apps.iter().filter_map(Weak::upgrade)
    }
}

impl AppPolicies {
    fn new(descriptor: AppDescriptor, compiled: CompiledApp) -> Arc<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self {
            number,
            descriptor,
            current: Arc::new(ArcSwap::from_pointee(compiled)),
            counters: RouteCounters::default(),
            #[cfg(feature = "introspection")]
            unannotated: OnceLock::new(),
        })
    }

    /// Takes note of the paths without an annotated route, if this is the first time, and
    /// returns the methods that are served there and not allowed.
    #[cfg(feature = "introspection")]
    pub(crate) fn note_unannotated(&self, paths: Vec<ServedPath>) -> Vec<ServedPath> {
        let compiled = self.current.load();
        let blocked = paths.iter().filter_map(|path| compiled.blocked(path)).collect();
        match self.unannotated.set(paths) {
            Ok(()) => blocked,
            Err(_) => Vec::new(),
        }
    }

    /// The counters of a worker.
    pub(crate) fn counters(&self) -> Arc<RouteShard> {
        self.counters.shard(self.descriptor.routes.len())
    }

    fn counts(&self) -> impl Iterator<Item = RouteCounts> {
        let routes = self.descriptor.routes.iter().enumerate().map(|(index, route)| {
            let (path, handler) = (route.pattern.clone(), route.handler.name);
            let serves = route.methods().to_vec();
            RouteCounts::new(path.into(), Some(handler), serves, self.counters.read(index))
        });
        let others = self.counters.read(self.descriptor.routes.len());
        let others = RouteCounts::new("everything else".into(), None, Vec::new(), others);
        routes.chain([others])
    }

    pub(crate) const fn number(&self) -> u32 {
        self.number
    }

    pub(crate) const fn descriptor(&self) -> &AppDescriptor {
        &self.descriptor
    }

    /// The policies as of now, and as they change.
    pub(crate) const fn current(&self) -> &Arc<ArcSwap<CompiledApp>> {
        &self.current
    }
}
