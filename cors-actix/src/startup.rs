//! What is said when the server starts: reports, and the missing middleware.

use std::sync::Mutex;

use cors_core::Problem;

/// The report about two `Cors` on one application.
pub(crate) const SECOND: &str = "\
error[cors::wrapped-twice]: this application is wrapped with `Cors` twice, so two policies would \
answer for one request
  help: wrap the `App` once, last; scopes and resources are not wrapped: their handlers say what \
differs with `#[cors(...)]`";

/// Reports that the server cannot start.
pub(crate) fn refuse(report: &str) {
    error(&format!("the CORS configuration is wrong, so the server does not start\n{report}"));
}

/// Reports what only the first request could tell.
pub(crate) fn close(report: &str) {
    error(&format!("the CORS configuration is wrong, so no other origin is let in\n{report}"));
}

/// Without a logger the reason would be lost: actix says only that a service
/// cannot start.
fn error(report: &str) {
    once(report, || match log::log_enabled!(log::Level::Error) {
        true => log::error!("{report}"),
        false => eprintln!("{report}"),
    });
}

/// Logs what is suspicious, once in a process.
pub(crate) fn report_warnings(warnings: &[Problem]) {
    for warning in warnings {
        let text = warning.to_string();
        once(&text, || log::warn!("{text}"));
    }
}

/// Every worker comes to the same conclusion; one of them says it.
fn once(text: &str, say: impl FnOnce()) {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut said = SAID.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !said.iter().any(|known| known == text) {
        said.push(text.to_owned());
        say();
    }
}

/// Reports annotated routes that nobody answers for.
pub(crate) fn report_missing_middleware() {
    let report = "error[cors::middleware-missing]: this application has handlers with `#[cors]`, \
                  but no `Cors` answers for them, so no other origin can use them\n  \
                  help: wrap the application, last: `App::new()...wrap(Cors::from_config())`";
    error(report);
}

/// Says that one of two `Cors` does nothing.
pub(crate) fn report_nested() {
    once("nested", || {
        log::warn!(
            "an application is wrapped with `Cors` twice: the outermost one answers, the other \
             does nothing; remove one of the two"
        );
    });
}

/// Says that an annotated route is granted less than its attribute says.
pub(crate) fn report_shadowed(handler: &str, pattern: &str) {
    let text = format!(
        "`{pattern}` also goes to a resource without `#[cors]`, so preflights for `{handler}` are \
         granted only what both policies allow; register that resource after the annotated \
         handlers, or annotate it"
    );
    once(&text, || log::warn!("{text}"));
}
