//! What is logged about the configuration: when the server starts, when it is
//! reloaded, and when a route turns out to be granted less than it says.

#[cfg(feature = "watch")]
use std::path::Path;
use std::sync::Mutex;

#[cfg(feature = "watch")]
use cors_core::Error;
use cors_core::Problem;
use tracing::{error, warn};

use super::policy_table::PolicyTable;

/// The report about two `Cors` on one application.
pub(crate) const SECOND: &str = "\
error[cors::wrapped-twice]: this application is wrapped with `Cors` twice, so two policies would \
answer for one request
  help: wrap the `App` once, last; scopes and resources are not wrapped: their handlers say what \
differs with `#[cors(...)]`";

/// Reports that the server cannot start.
pub(crate) fn refuse(report: &str) {
    shout(&format!("the CORS configuration is wrong, so the server does not start\n{report}"));
}

/// Reports what only the first request could tell.
pub(crate) fn close(report: &str) {
    shout(&format!("the CORS configuration is wrong, so no other origin is let in\n{report}"));
}

/// Without anybody who listens the reason would be lost: actix says only that a
/// service cannot start.
fn shout(report: &str) {
    let heard = tracing::dispatcher::has_been_set() || log::log_enabled!(log::Level::Error);
    once(report, || match heard {
        true => error!("{report}"),
        false => eprintln!("{report}"),
    });
}

/// Logs what is suspicious.
pub(crate) fn warnings(warnings: &[Problem]) {
    for warning in warnings {
        warn!("{}", warning.report());
    }
}

/// Logs what holds where, if anybody listens.
pub(crate) fn table(table: impl FnOnce() -> PolicyTable) {
    if tracing::enabled!(tracing::Level::INFO) || log::log_enabled!(log::Level::Info) {
        tracing::info!("the effective CORS policies\n{}", table());
    }
}

/// Says that a changed file took effect.
#[cfg(feature = "watch")]
pub(crate) fn reloaded(path: &Path) {
    tracing::info!("the CORS configuration was read again from `{}`", path.display());
}

/// Says why a changed file did not take effect.
#[cfg(feature = "watch")]
pub(crate) fn not_reloaded(error: &Error) {
    error!("the changed CORS configuration is wrong, so the old one stays\n{error}");
}

/// Says that changes are found by looking only.
#[cfg(feature = "watch")]
pub(crate) fn no_events(error: &notify::Error) {
    warn!("no file events ({error}): the CORS configuration is looked at every few seconds");
}

/// Every worker comes to the same conclusion; one of them says it.
fn once(text: &str, say: impl FnOnce()) {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let is_news = {
        let mut said = SAID.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_news = !said.iter().any(|known| known == text);
        said.extend(is_news.then(|| text.to_owned()));
        is_news
    };
    if is_news {
        say();
    }
}

/// Reports annotated routes that nobody answers for.
pub(crate) fn missing_middleware() {
    let report = "error[cors::middleware-missing]: this application has handlers with `#[cors]`, \
                  but no `Cors` answers for them, so no other origin can use them\n  \
                  help: wrap the application, last: `App::new()...wrap(Cors::from_config())`";
    shout(report);
}

/// Logs that one of two `Cors` does nothing.
pub(crate) fn nested() {
    once("nested", || {
        warn!(
            "an application is wrapped with `Cors` twice: the outermost one answers, the other \
             does nothing; remove one of the two"
        );
    });
}

/// Says that an annotated route is granted less than its attribute says.
pub(crate) fn shadowed(handler: &str, pattern: &str) {
    let text = format!(
        "`{pattern}` also goes to a resource without `#[cors]`, so preflights for `{handler}` are \
         granted only what both policies allow; register that resource after the annotated \
         handlers, or annotate it"
    );
    once(&text, || warn!("{text}"));
}
