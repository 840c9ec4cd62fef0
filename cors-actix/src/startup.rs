//! What is said when the server starts: reports, and the missing middleware.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cors_core::Problem;

/// Long enough for an application to be initialised, however slow its data is.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reports that the server cannot start, once in a process.
pub(crate) fn report_error(report: &str) {
    once(report, || {
        if log::log_enabled!(log::Level::Error) {
            log::error!("the CORS configuration is wrong, so the server does not start\n{report}");
        } else {
            // Without a logger the reason would be lost: actix says only that
            // a service cannot start.
            eprintln!("the CORS configuration is wrong, so the server does not start\n{report}");
        }
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

/// Waits until the application must have been initialised, then reports if no
/// `Cors` answers for its annotated routes.
pub(crate) fn report_if_unclaimed(claimed: Arc<AtomicBool>) {
    // Outside a runtime nothing is being started.
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    runtime.spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        if !claimed.load(Ordering::Relaxed) {
            report_missing_middleware();
        }
    });
}

fn report_missing_middleware() {
    let report = "error[cors::middleware-missing]: this application has handlers with `#[cors]`, \
                  but no `Cors` answers for them, so no other origin can use them\n  \
                  help: wrap the application, last: `App::new()...wrap(Cors::from_config())`";
    once(report, || match log::log_enabled!(log::Level::Error) {
        true => log::error!("{report}"),
        false => eprintln!("{report}"),
    });
}

/// Says that one of two `Cors` does nothing.
pub(crate) fn report_nested() {
    once("nested", || {
        log::warn!(
            "an application is wrapped with `Cors` twice: the outermost one answers, this one \
             does nothing; remove one of the two"
        );
    });
}
