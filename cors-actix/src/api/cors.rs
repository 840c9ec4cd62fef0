//! `Cors`: the middleware as an application writes it.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use cors_core::{Config, Error, PageRequest, Source};

use super::builder::CorsBuilder;
use crate::observe::{
    Counts, ExplainedPolicy, PolicyDiff, PolicyTable, Presence, Reloads, ReportOnlyCounts,
    RouteCounts, exposition,
};
#[cfg(feature = "watch")]
use crate::process::WatchGuard;
use crate::process::{ConfigSource, LoadedConfig, Loader, ProcessState};
use crate::registration::Part;

/// CORS for a whole application: wrap the `App` with it, last.
///
/// It is `Clone + Send + Sync`: build it once, outside the factory closure, or
/// let [`Cors::from_config`] do so.
///
/// ```
/// use actix_web::{App, HttpResponse, test, web};
/// use cors_actix::Cors;
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), cors_actix::Error> {
/// let cors = Cors::builder().origins(["https://app.example"]).credentials(true).build()?;
/// let app = App::new().route("/", web::get().to(HttpResponse::Ok)).wrap(cors);
/// let app = test::init_service(app).await;
///
/// let request = test::TestRequest::get().insert_header(("origin", "https://app.example"));
/// let response = test::call_service(&app, request.to_request()).await;
/// assert_eq!(response.headers().get("access-control-allow-credentials").unwrap(), "true");
/// # Ok(())
/// # }
/// ```
///
/// # Constructors
///
/// A constructor `from_…` never fails: with a configuration that is wrong, the server does not
/// start, and the report is logged. Each has a twin `try_from_…`, which returns the problems
/// instead. [`Cors::new`] and [`CorsBuilder::build`] have no twin and return them, too.
///
/// `wrap` takes a `Cors` or a [`CorsBuilder`], and no `Result`: end the call with `?`, or leave
/// out `build()`.
///
/// # Errors
///
/// A problem that shows only when the rules of an annotated handler meet the
/// configuration is found when the server starts: the full report is logged
/// (or printed, without a logger) and `HttpServer::run` returns an error.
#[derive(Clone, Debug)]
pub struct Cors {
    pub(crate) process: Arc<ProcessState>,
    /// The part of an application that this is around; `None` for a whole one.
    pub(crate) part: Option<Part>,
    pub(crate) presence: Presence,
}

impl Cors {
    /// Builds the policy in code.
    #[track_caller]
    pub fn builder() -> CorsBuilder {
        CorsBuilder::new()
    }

    /// The policy of a configuration that was put together elsewhere.
    ///
    /// For settings that the users of an application write, see
    /// [`Config::lenient`](cors_core::Config::lenient).
    ///
    /// ```
    /// use cors_actix::Cors;
    /// use cors_actix::core::{Config, Op, Rules, Setting, Source};
    ///
    /// let here = Source::caller();
    /// let rules = Rules::new(here.clone()).list(Setting::Origins, Op::Set, ["https://app.example"], here);
    /// let cors = Cors::new(&Config::new(rules))?;
    /// # let _ = cors;
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All problems of the configuration at once.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let loaded = LoadedConfig { config: config.clone(), from: ConfigSource::Code };
        Ok(Self::of(ProcessState::load(Loader::Fixed, loaded)?))
    }

    /// The policy of a configuration whose problems are reported when the server starts.
    pub(super) fn or_failed(config: &Config) -> Self {
        Self::new(config)
            .unwrap_or_else(|error| Self::of(ProcessState::failed(error, Loader::Fixed)))
    }

    /// The policy of a builder that each worker wraps its application with: one for all
    /// workers whose builders are equal, so that it is reported, logged and counted once.
    pub(crate) fn of_workers(config: &Config) -> Self {
        static SHARED: Mutex<Vec<(Config, Weak<ProcessState>)>> = Mutex::new(Vec::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|(_, process)| process.strong_count() > 0);
        let known = shared.iter().find(|(known, _)| known == config);
        if let Some(process) = known.and_then(|(_, process)| process.upgrade()) {
            return Self { process, part: None, presence: Presence::new() };
        }
        let cors = Self::or_failed(config);
        shared.push((config.clone(), Arc::downgrade(&cors.process)));
        cors
    }

    pub(super) fn of(process: ProcessState) -> Self {
        Self { process: Arc::new(process), part: None, presence: Presence::new() }
    }

    pub(super) fn of_part(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }

    /// Puts another configuration in the place of this one, for all workers at
    /// once.
    ///
    /// It is merged with every annotated route and checked as at startup. Only a
    /// valid whole takes effect; otherwise everything stays as it is. A request
    /// that is being handled is answered by the policy it began with, and none
    /// waits.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let cors = Cors::builder().origins(["https://app.example"]).build()?;
    /// cors.apply(&Cors::builder().origins(["https://new.example"]).config())?;
    ///
    /// let diff = cors.apply(&Cors::builder().origins_any().config())?;
    /// assert!(diff.opens());
    ///
    /// let wrong = Cors::builder().origins(["https://new.example/"]).config();
    /// assert_eq!(cors.apply(&wrong).unwrap_err().problems()[0].code().as_str(), "cors::trailing-slash");
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All problems at once, also those of routes.
    pub fn apply(&self, config: &Config) -> Result<PolicyDiff, Error> {
        let loaded = || LoadedConfig { config: config.clone(), from: ConfigSource::Code };
        self.process.replace(|| Ok(Some(loaded())))
    }

    /// Explains what happens to a request of a page: for each policy that may apply to the
    /// path, why it may, and the checks with their rules, near misses and what to write.
    ///
    /// Usually there is one. Where guards or the order of registration decide which handler
    /// runs, there are several, and preflights are allowed what all of them allow. Requests
    /// pay nothing for this; it is meant for tools, tests and pages for developers.
    ///
    /// ```
    /// use cors_actix::Cors;
    /// use cors_actix::core::PageRequest;
    ///
    /// let cors = Cors::builder().origins(["https://app.example"]).build()?;
    /// let request = PageRequest::new("https://www.app.example", "GET");
    /// let explained = cors.explain("/orders", &request);
    /// let refusal = explained[0].explanation().refusal().unwrap();
    /// assert_eq!(refusal.near_miss(), Some("`https://app.example` is allowed: only `www.` differs"));
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    ///
    /// The path is compared with the patterns of the handlers as it is; a query is ignored.
    /// While CORS is disabled, this explains what would apply.
    #[must_use]
    pub fn explain(&self, path: &str, request: &PageRequest) -> Vec<ExplainedPolicy> {
        self.process.explain(path, request)
    }

    /// The effective policies: of every annotated route of the applications that are
    /// being served, every group of paths, and everything else.
    ///
    /// It is logged at `info` when an application is initialised; here it is for
    /// programs, such as a test that compares it with an earlier one.
    #[must_use]
    pub fn table(&self) -> PolicyTable {
        self.process.describe()
    }

    /// Whether an application was initialised with it, and is still there.
    #[cfg(feature = "test")]
    pub(crate) fn is_served(&self) -> bool {
        self.process.is_served()
    }

    /// How often each decision was made, by all workers together: for a metrics
    /// exporter.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.process.counters().read()
    }

    /// How often requests for each annotated route were allowed and refused, and for
    /// everything else; of the applications that are being served.
    ///
    /// ```
    /// use actix_web::{App, HttpResponse, Responder, get, test};
    /// use cors_actix::{Cors, cors};
    ///
    /// #[cors]
    /// #[get("/orders")]
    /// async fn orders() -> impl Responder {
    ///     HttpResponse::Ok()
    /// }
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), cors_actix::Error> {
    /// let cors = Cors::builder().origins("https://app.example").build()?;
    /// let app = test::init_service(App::new().service(orders).wrap(cors.clone())).await;
    /// let request = test::TestRequest::with_uri("/orders").insert_header(("origin", "https://evil.example"));
    /// test::call_service(&app, request.to_request()).await;
    ///
    /// let counts = cors.counts_by_route();
    /// assert_eq!((counts[0].path(), counts[0].allowed(), counts[0].refused()), ("/orders", 0, 1));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn counts_by_route(&self) -> Vec<RouteCounts> {
        self.process.counts_by_route()
    }

    /// What the policies under `[cors.report_only]` would open and close; `None` without them.
    ///
    /// ```
    /// use cors_actix::{Cors, rules};
    ///
    /// let listed = rules().origins("https://app.example");
    /// let cors = Cors::builder().origins_any().report_only(listed).build()?;
    /// let diff = cors.report_only_diff().unwrap();
    /// assert_eq!(diff.to_string(), "closes\n  everything else: origins: any");
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    #[must_use]
    pub fn report_only_diff(&self) -> Option<PolicyDiff> {
        self.process.report_only_diff()
    }

    /// How many requests the policies under `[cors.report_only]` would answer otherwise; zeros
    /// without them.
    ///
    /// ```
    /// use actix_web::{App, HttpResponse, test, web};
    /// use cors_actix::Cors;
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), cors_actix::Error> {
    /// let cors = Cors::try_from_toml_str(
    ///     r#"
    ///     [cors]
    ///     origins = "any"
    ///
    ///     [cors.report_only]
    ///     origins = ["https://app.example"]
    ///     "#,
    /// )?;
    /// let app = App::new().route("/", web::get().to(HttpResponse::Ok)).wrap(cors.clone());
    /// let app = test::init_service(app).await;
    /// let request = test::TestRequest::get().insert_header(("origin", "https://other.example"));
    /// let response = test::call_service(&app, request.to_request()).await;
    /// assert!(response.headers().contains_key("access-control-allow-origin"));
    /// assert_eq!(cors.report_only_counts().would_refuse(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn report_only_counts(&self) -> ReportOnlyCounts {
        self.process.counters().read_reported()
    }

    /// How often the configuration was replaced, or could not be.
    #[must_use]
    pub fn reloads(&self) -> Reloads {
        self.process.reloads().read()
    }

    /// All counters in the text format of Prometheus, for an endpoint of your own.
    ///
    /// ```
    /// use cors_actix::Cors;
    ///
    /// let cors = Cors::builder().origins(["https://app.example"]).build()?;
    /// let text = cors.metrics();
    /// let line = r#"cors_decisions_total{kind="preflight",outcome="header-not-allowed"} 0"#;
    /// assert!(text.lines().any(|it| it == line));
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    #[must_use]
    pub fn metrics(&self) -> String {
        let (counts, reported) = (self.counts(), self.report_only_counts());
        let (profile, live) = (self.process.profile(), self.live_sets());
        exposition(&counts, reported, &self.reloads(), profile.as_deref(), &live)
    }

    /// Reads the configuration again, from where it was read first: for a
    /// `SIGHUP` or an endpoint of your own.
    ///
    /// The new configuration takes effect as with [`Cors::apply`]. After `Cors::from_env`,
    /// the environment variables are read again.
    ///
    /// # Errors
    ///
    /// When the file cannot be read any more, all problems of the configuration, and
    /// when the policy was built in code, so that there is nothing to read.
    #[track_caller]
    pub fn reload(&self) -> Result<PolicyDiff, Error> {
        let caller = Source::caller();
        self.process.replace(|| self.process.loader().load(&caller).map(Some))
    }

    /// Reloads whenever the file changes that the configuration was read from,
    /// until the returned guard is dropped.
    ///
    /// A change takes effect as with [`Cors::reload`]: for all workers at once, and
    /// only if the whole configuration is valid. What is wrong is logged as an
    /// error, and the policy stays as it is, also while the file is missing.
    ///
    /// Replace the file by renaming another one over it: that takes effect at once.
    /// A file that is written in place is read when it has not changed for 2
    /// seconds, and no program has had it open for writing for 60 seconds at most
    /// (on Linux; elsewhere that is not known). Content that is only the beginning
    /// of the configuration in force is not applied and logged as a warning: the
    /// file may have been truncated to be written again. If the lines were removed
    /// on purpose, call [`Cors::reload`] or replace the file by rename.
    ///
    /// ```no_run
    /// use actix_web::{App, HttpServer};
    /// use cors_actix::Cors;
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let cors = Cors::try_from_config()?;
    /// let _watching = cors.watch()?;
    /// HttpServer::new(move || App::new().wrap(cors.clone()))
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the policy was built in code or read from environment variables, so that
    /// there is no file, and when no thread can be started.
    #[cfg(feature = "watch")]
    #[track_caller]
    pub fn watch(&self) -> Result<WatchGuard, Error> {
        WatchGuard::start(&self.process, &Source::caller())
    }
}
