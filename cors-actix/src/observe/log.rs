//! Log events about the configuration: when the server starts, when it is
//! reloaded, and when a route is allowed less than its attribute configures.
//!
//! A report about an application that cannot start is always visible: on stderr
//! where neither a `tracing` subscriber nor a logger takes it.

use std::fmt;
#[cfg(feature = "watch")]
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cors_core::{Code, Error, Problem, Setting, Severity, Source};
use tracing::metadata::Kind;
use tracing::{debug, error, info, warn};

use super::policy_table::{PolicyDiff, PolicyTable};
use super::reports;

/// The target of all these events, which filters name: it stays when files move.
const TARGET: &str = "cors_actix";

/// Whether an event of this level and [`TARGET`] is taken by the subscriber or,
/// where none was ever set, by the logger that `tracing` hands it on to.
macro_rules! is_enabled {
    ($tracing:ident, $log:ident) => {
        match tracing::dispatcher::has_been_set() {
            true => {
                tracing::enabled!(kind: Kind::EVENT, target: TARGET, tracing::Level::$tracing)
            }
            false => log::log_enabled!(target: TARGET, log::Level::$log),
        }
    };
}

/// The report about two `Cors` on one application.
const SECOND: &str = "\
error[cors::wrapped-twice]: this application is wrapped with `Cors` twice, so two policies would \
answer for one request
  help: wrap the `App` once, last, and declare with `#[cors(...)]` what differs for a handler or module; \
or put a `Cors` around each of several scopes, none of which lies in another: \
`.service(cors.around(web::scope(\"/api\")))`";

/// What keeps a server from starting.
#[derive(Debug)]
pub(crate) enum StartupReport {
    Configuration(Error),
    WrappedTwice,
}

impl StartupReport {
    fn problems(&self) -> &[Problem] {
        match self {
            Self::Configuration(error) => error.problems(),
            Self::WrappedTwice => &[],
        }
    }

    /// The codes of all errors, each once, for an alert.
    fn codes(&self) -> String {
        match self {
            Self::Configuration(error) => codes(error.problems()),
            Self::WrappedTwice => Code::WRAPPED_TWICE.to_string(),
        }
    }
}

impl fmt::Display for StartupReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(error) => error.fmt(f),
            Self::WrappedTwice => f.write_str(SECOND),
        }
    }
}

fn codes(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.severity() == Severity::Error);
    let mut codes: Vec<_> = errors.map(|problem| problem.code().as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.join(",")
}

/// Reports that the server cannot start: once for each application, although
/// every worker fails with it.
pub(crate) fn refuse(cause: &StartupReport) {
    // A worker that comes second fails after the first has written, since the process may then end.
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let text = format!("the CORS configuration is wrong, so the server does not start\n{cause}");
    report_once(&text, cause);
}

/// Reports what only the first request could show.
pub(crate) fn close(error: Error) {
    let cause = StartupReport::Configuration(error);
    let text = format!("the CORS configuration is wrong, so no other origin is allowed\n{cause}");
    report_once(&text, &cause);
}

fn report_once(text: &str, cause: &StartupReport) {
    if reports::is_first(text) {
        cause.problems().iter().for_each(problem);
        report(text, &cause.codes());
    }
}

/// Logs a report, or prints it where the log would drop it: actix only reports
/// that a service cannot start.
fn report(text: &str, codes: &str) {
    match is_enabled!(ERROR, Error) {
        true => error!(target: TARGET, codes, "{text}"),
        false => eprintln!("{text}"),
    }
}

/// Logs one problem with its parts as fields. The readable report has its own event, so this
/// one has a lower level and a target of its own: a log of text contains each problem once.
fn problem(problem: &Problem) {
    let source = problem.source();
    let position = source.position();
    // A variable, or a key of the settings of an application.
    let place = position.is_none().then(|| source.to_string());
    debug!(
        target: "cors_actix::problems",
        code = problem.code().as_str(),
        severity = match problem.severity() {
            Severity::Warning => "warning",
            Severity::Error => "error",
        },
        setting = problem.setting().map(Setting::name),
        route = problem.route(),
        file = position.map(|(file, ..)| file),
        line = position.map(|(_, line, _)| line),
        column = position.map(|(.., column)| column),
        place,
        help = problem.help(),
        "{}",
        problem.message()
    );
}

/// Logs warnings about a suspicious configuration.
pub(crate) fn warnings(warnings: &[Problem]) {
    for warning in warnings {
        problem(warning);
        warn!(target: TARGET, code = warning.code().as_str(), "{}", warning.report());
    }
}

/// Logs the effective policies, if the event is taken: as text, and each row as fields.
pub(crate) fn table(table: impl FnOnce() -> PolicyTable) {
    if !is_enabled!(INFO, Info) {
        return;
    }
    let table = table();
    let (profile, file) = (table.profile(), table.file());
    for row in table.rows() {
        let value = |setting| row.get(setting).map(|cell| cell.value().to_string());
        tracing::debug!(
            target: "cors_actix::policies",
            profile,
            file,
            path = row.label(),
            handler = row.handler(),
            methods = value(Setting::Methods),
            origins = value(Setting::Origins),
            credentials = value(Setting::Credentials),
            headers = value(Setting::Headers),
            expose = value(Setting::Expose),
            max_age = value(Setting::MaxAge),
            enforce = value(Setting::Enforce),
            private_network = value(Setting::PrivateNetwork),
            "effective CORS policy"
        );
    }
    info!(target: TARGET, "the effective CORS policies\n{table}");
}

/// Logs that CORS is disabled at this place.
pub(crate) fn disabled(source: &Source, has_limits: bool) {
    let headers = match has_limits {
        false => "no header is added or removed",
        true => {
            "no header is added, and `Access-Control-*` headers of handlers are removed, because \
             they are not checked against `[cors.limits]`"
        }
    };
    info!(
        target: TARGET,
        "CORS is disabled: `enabled = false` is set at {source}; {headers}, and preflights reach the \
         handlers"
    );
}

/// Logs where the configuration comes from that an application starts with:
/// once, although every worker starts with it.
pub(crate) fn loaded(source: &str, path: Option<&str>, profile: Option<&str>) {
    if is_enabled!(INFO, Info) && is_news(&format!("{source} {path:?} {profile:?}")) {
        info!(target: TARGET, source, path, profile, "CORS configuration loaded");
    }
}

/// Logs that another configuration is in force.
pub(crate) fn reloaded(source: &str, path: Option<&str>, profile: Option<&str>) {
    info!(target: TARGET, source, path, profile, "CORS configuration reloaded");
}

/// Logs what a reload changed.
pub(crate) fn changed(diff: &PolicyDiff) {
    match (diff.is_empty(), diff.opens()) {
        (true, _) => info!(target: TARGET, "the effective CORS policies are the same"),
        (false, opens) => {
            info!(target: TARGET, opens, "the effective CORS policies changed\n{diff}")
        }
    }
}

/// Logs what the policies that are only reported on would change.
pub(crate) fn report_only(diff: &PolicyDiff) {
    match diff.is_empty() {
        true => info!(target: TARGET, "the CORS policies under `report_only` are those in force"),
        false => info!(target: TARGET, "the CORS policies under `report_only` differ\n{diff}"),
    }
}

/// Logs that a variable is empty and therefore counts as unset.
#[cfg(feature = "config")]
pub(crate) fn empty_variable(name: &str) {
    debug!(target: TARGET, variable = name, "this CORS variable is empty, so it counts as unset");
}

/// Logs why a changed file did not take effect.
#[cfg(feature = "watch")]
pub(crate) fn not_reloaded(error: &Error) {
    error.problems().iter().for_each(problem);
    let codes = codes(error.problems());
    error!(target: TARGET, codes, "the changed CORS configuration is wrong, so the old one stays\n{error}");
}

/// Logs that a file is not applied because it may be half of one.
#[cfg(feature = "watch")]
pub(crate) fn truncated(path: &Path) {
    warn!(
        target: TARGET,
        path = %path.display(),
        "the CORS configuration file has only the beginning of the configuration in force, so it \
         may have been truncated to be written again, and is not applied; if the lines were \
         removed on purpose, call `Cors::reload` or replace the file by rename"
    );
}

/// Logs that changes are found by looking only.
#[cfg(feature = "watch")]
pub(crate) fn no_events(error: &notify::Error) {
    warn!(target: TARGET, "no file events ({error}): the CORS configuration is looked at every few seconds");
}

/// Reports annotated routes that no `Cors` answers for, once in the process: the
/// application works, and tests of handlers may have many of these. Where a `Cors` was made
/// that wraps nothing, that is meant.
pub(crate) fn missing_middleware(handlers: &[&str], has_unused: bool) {
    const SHOWN: usize = 5;
    let shown: Vec<_> = handlers.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = match handlers.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = format!("{}{more}", shown.join(", "));
    if has_unused {
        let text = format!(
            "CORS is disabled for {shown}: the `Cors` that was made wraps nothing, as with \
             `Condition::new(false, cors)`; if that is not meant, `.wrap(cors)` is \
             missing"
        );
        if is_news(&text) {
            info!(target: TARGET, "{text}");
        }
        return;
    }
    let text = format!(
        "error[cors::middleware-missing]: no `Cors` answers for {shown}, so no other origin can use \
         these handlers\n  help: wrap the application, last: \
         `App::new()...wrap(Cors::from_config())`; or put a `Cors` around the scope: \
         `.service(cors.around(web::scope(\"/api\")))`"
    );
    if is_news(&text) {
        report(&text, Code::MIDDLEWARE_MISSING.as_str());
    }
}

/// Reports that annotated handlers are in a scope that is wrapped with `Cors`.
pub(crate) fn wraps_scope() {
    let text = "error[cors::middleware-missing]: this application has handlers with `#[cors]`, but \
                `Cors` wraps a scope or a resource, so no other origin can use them\n  help: wrap \
                the application, last: `App::new()...wrap(Cors::from_config())`; or put `Cors` around \
                the scope: `.service(cors.around(web::scope(\"/api\")))`";
    if is_news(text) {
        report(text, Code::MIDDLEWARE_MISSING.as_str());
    }
}

/// Logs where the inspector is.
#[cfg(feature = "inspector")]
pub(crate) fn inspector_served(path: &str) {
    let text = format!("the CORS inspector is served at `{path}`, for `localhost`");
    if is_news(&text) {
        info!(target: TARGET, path, "{text}");
    }
}

/// Logs why the inspector answers 404.
#[cfg(feature = "inspector")]
pub(crate) fn inspector_not_served(path: &str, profile: Option<&str>) {
    let why = match profile {
        Some(profile) => format!("the profile `{profile}` is not local"),
        None => "no profile is local".to_owned(),
    };
    let text = format!(
        "the CORS inspector at `{path}` answers 404, because {why}: for development, choose a profile \
         with `loopback = true`, for example with `CORS_PROFILE=development`"
    );
    if is_news(&text) {
        info!(target: TARGET, path, profile, "{text}");
    }
}

/// Logs that the inspector is served although the profile is not local.
#[cfg(feature = "inspector")]
pub(crate) fn inspector_exposed(path: &str, profile: Option<&str>, source: &Source) {
    let text = format!(
        "the CORS inspector at `{path}` is served although the profile is not local, because \
         `danger_serve_in_every_profile` is called at {source}: it discloses policies, places in files \
         and refused requests to every client that can connect"
    );
    if is_news(&text) {
        warn!(target: TARGET, path, profile, "{text}");
    }
}

/// Logs that one of two `Cors` does nothing.
pub(crate) fn nested() {
    if is_news("nested") {
        warn!(
            target: TARGET,
            "an application is wrapped with `Cors` twice: the outermost one answers, the other \
             does nothing; remove one of the two"
        );
    }
}

/// Warns about methods that are served without `#[cors]`, and that no page may send.
#[cfg(feature = "introspection")]
pub(crate) fn blocked_methods(pattern: &str, methods: &[std::borrow::Cow<'static, str>]) {
    let text = format!(
        "`{pattern}` serves {}, which `methods` does not allow, so no page of another origin can send \
         it; register the handler with `cors_actix::resource`, or add the method to `methods` of a \
         group of `[[cors.paths]]`",
        methods.join(", ")
    );
    if is_news(&text) {
        warn!(target: TARGET, "{text}");
    }
}

/// Logs that an annotated route is allowed less than its attribute configures.
pub(crate) fn shadowed(handler: &str, pattern: &str) {
    let text = format!(
        "`{pattern}` also goes to a resource without `#[cors]`, so preflights for `{handler}` are \
         allowed only what both policies allow; register that resource after the annotated \
         handlers, or annotate it"
    );
    if is_news(&text) {
        warn!(target: TARGET, "{text}");
    }
}

/// Logs that a route never runs.
pub(crate) fn out_of_reach(handler: &str, other: &str, pattern: &str) {
    let text = format!(
        "`{handler}` never runs: the resource of `{other}` is registered earlier and takes the requests \
         of all methods for `{pattern}`, which it answers with 405; register the methods of a path \
         with one resource"
    );
    if is_news(&text) {
        warn!(target: TARGET, "{text}");
    }
}

/// Whether this was not logged before in this process: every worker finds the
/// same.
fn is_news(text: &str) -> bool {
    static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_news = !logged.iter().any(|known| known == text);
    logged.extend(is_news.then(|| text.to_owned()));
    is_news
}
