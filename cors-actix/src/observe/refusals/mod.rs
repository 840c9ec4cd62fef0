//! Logs why requests are refused, with a limited number of lines.
//!
//! Each origin, reason and route is a warning once in a [`WINDOW`], and at most [`MOST`]
//! of them are logged in a window; the others are counted. A client that sends a
//! million origins causes a hundred lines a minute, and eight bytes for each line. What the
//! inspector shows is kept apart from the log: it does not depend on the level of the log.

#[cfg(feature = "inspector")]
mod recent;

#[cfg(feature = "inspector")]
use recent::RecentRefusals;
#[cfg(feature = "inspector")]
pub(crate) use recent::{RecentRefusal, RefusalReport};

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, TryLockError};
use std::time::{Duration, Instant};

use actix_web::http::header::HeaderValue;
use cors_core::{Denial, Explanation, Policy, Step};

/// How long an origin and a reason are not logged again for a route.
const WINDOW: Duration = Duration::from_secs(60);

/// How many different ones are logged in a window.
const MOST: usize = 100;

/// How many characters are shown of a value from the request.
const LONGEST: usize = 200;

/// The target of all these events, which filters name: it stays when files move.
const TARGET: &str = "cors_actix::refusals";

/// A refused request, as far as it is logged.
pub(crate) struct Refusal<'r> {
    pub(crate) origin: Option<&'r HeaderValue>,
    pub(crate) path: &'r str,
    pub(crate) method: &'r [u8],
    /// Whether it is same-origin: browsers do not refuse such a request, so it is
    /// not logged.
    pub(crate) is_own: &'r dyn Fn() -> bool,
    /// Explains the decision of a policy about the request.
    pub(crate) explain: &'r dyn Fn(&Policy) -> Explanation,
    /// The `Host` that `enforce` compared with `Origin`, if that decided.
    pub(crate) compared_host: Option<&'r [u8]>,
}

/// The refusals that were logged in the current window.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    // Keyed: otherwise a client could find origins whose hashes collide.
    hasher: RandomState,
    window: Mutex<Window>,
    #[cfg(feature = "inspector")]
    recent: RecentRefusals,
}

/// Whether a refusal is reported on only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum RefusalKind {
    Refused,
    ReportOnly,
}

#[derive(Debug, Default)]
struct Window {
    began: Option<Instant>,
    logged: HashSet<u64>,
    suppressed: u64,
}

impl Refusals {
    /// Logs it as a warning, if it is new in this window, or else for debugging. `policy`
    /// refused it, and is that of the annotated handler `handler`, if there is one.
    pub(crate) fn log(
        &self,
        refusal: &Refusal<'_>,
        denial: Denial,
        policy: &Policy,
        handler: Option<&'static str>,
    ) {
        self.write(RefusalKind::Refused, refusal, denial, policy, handler);
    }

    /// Logs a request that `policy`, a policy that is only reported on, would refuse.
    pub(crate) fn log_reported(
        &self,
        refusal: &Refusal<'_>,
        denial: Denial,
        policy: &Policy,
        handler: Option<&'static str>,
    ) {
        self.write(RefusalKind::ReportOnly, refusal, denial, policy, handler);
    }

    /// The latest refusals, for the inspector.
    #[cfg(feature = "inspector")]
    pub(crate) const fn recent(&self) -> &RecentRefusals {
        &self.recent
    }

    #[cold]
    fn write(
        &self,
        kind: RefusalKind,
        refusal: &Refusal<'_>,
        denial: Denial,
        policy: &Policy,
        handler: Option<&'static str>,
    ) {
        let Refusal { origin, path, method, is_own, explain, compared_host } = refusal;
        let is_logged = is_enabled(tracing::Level::WARN, log::Level::Warn);
        #[cfg(feature = "inspector")]
        let is_inspected = self.recent.is_kept();
        #[cfg(not(feature = "inspector"))]
        let is_inspected = false;
        if !(is_logged || is_inspected) || is_own() {
            return;
        }
        let origin = origin.map_or(&[][..], HeaderValue::as_bytes);
        let route = (handler, std::ptr::from_ref(policy).addr());
        let key = self.hasher.hash_one((kind, denial.code(), origin, route));
        let now = Instant::now();
        let news = if is_logged { self.is_news(key, now) } else { None };
        #[cfg(feature = "inspector")]
        let is_inspected = is_inspected && self.recent.takes(now);
        let is_debugged = is_logged && is_enabled(tracing::Level::DEBUG, log::Level::Debug);
        if news.is_none() && !is_debugged && !is_inspected {
            return;
        }
        let reason = denial.code();
        let [origin, method] = [origin, method].map(|text| show(&String::from_utf8_lossy(text)));
        let rule = policy.sources(denial.setting());
        let rule = rule.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let rule = if rule.is_empty() { "default" } else { &rule };
        // It shows lists of any length, so a flood of requests must not be explained one by one.
        let explanation = (news.is_some() || is_inspected).then(|| explain(policy));
        let mut steps = explanation.iter().flat_map(Explanation::steps);
        let step = steps.find(|step| step.denial() == Some(denial));
        let requested = step.filter(|_| !denial.is_about_origin()).map(Step::requested);
        let allowed = step.map(Step::allowed_in_short);
        let near_miss = step.and_then(Step::near_miss);
        let help = help(denial, handler).or_else(|| step?.help());
        let path = show(path);
        let host = compared_host.map(|host| show(&String::from_utf8_lossy(host)));
        let hint = match &host {
            None => String::new(),
            Some(host) => format!(
                "; without `Sec-Fetch-Site`, `enforce` compared `Origin` with `Host: {host}`: if this is \
                 a page of this server and a proxy rewrites `Host`, let the proxy pass on the original \
                 one"
            ),
        };
        #[cfg(feature = "inspector")]
        if is_inspected {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            self.recent.keep(RefusalReport {
                report_only: kind == RefusalKind::ReportOnly,
                reason,
                message: format!("{denial}{hint}"),
                origin: origin.clone(),
                method: method.clone(),
                path: path.clone(),
                handler,
                rule: rule.to_owned(),
                requested: owned(requested),
                allowed: allowed.clone(),
                near_miss: owned(near_miss),
                help: owned(help),
            });
        }
        let what = match kind {
            RefusalKind::Refused => "CORS",
            RefusalKind::ReportOnly => "CORS report-only",
        };
        let handler = handler.unwrap_or("-");
        let (host, allowed) = (host.as_deref(), allowed.as_deref());
        match news {
            None if !is_debugged => {}
            None => {
                tracing::debug!(
                    target: TARGET,
                    reason, %origin, %method, %path, %handler, %rule, requested, allowed, near_miss, host, help,
                    "{what}: {denial}{hint}"
                )
            }
            Some(suppressed) => {
                tracing::warn!(
                    target: TARGET,
                    reason, %origin, %method, %path, %handler, %rule, requested, allowed, near_miss, host, help,
                    "{what}: {denial}{hint}"
                );
                if suppressed > 0 {
                    tracing::warn!(
                        target: TARGET,
                        "CORS: {suppressed} other refusals were not logged one by one"
                    );
                }
            }
        }
    }

    /// `None` if this was logged in the window of `now`; otherwise, how many were
    /// not logged in the window before.
    fn is_news(&self, key: u64, now: Instant) -> Option<u64> {
        let mut window = match self.window.try_lock() {
            Ok(window) => window,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Another worker is logging: no request waits for a log line.
            Err(TryLockError::WouldBlock) => return None,
        };
        let mut suppressed = 0;
        if window.began.is_none_or(|began| now.duration_since(began) >= WINDOW) {
            suppressed = window.suppressed;
            *window = Window { began: Some(now), ..Window::default() };
        }
        if window.logged.contains(&key) {
            return None;
        }
        if window.logged.len() >= MOST {
            window.suppressed += 1;
            return None;
        }
        window.logged.insert(key);
        Some(suppressed)
    }
}

/// What to write, where the rule does not show it: nothing is known of the methods that
/// something un-annotated serves.
fn help(denial: Denial, handler: Option<&str>) -> Option<&'static str> {
    (denial == Denial::Method && handler.is_none()).then_some(
        "if a handler without `#[cors]` serves the method, register it with \
         `cors_actix::resource`, or add the method to `methods` of a group of `[[cors.paths]]`",
    )
}

fn is_enabled(level: tracing::Level, log: log::Level) -> bool {
    log <= log::max_level() || level <= tracing::level_filters::LevelFilter::current()
}

/// A value from the request, on one line and not too long.
fn show(text: &str) -> String {
    text.chars().take(LONGEST).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_logged_once_in_a_window() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        assert_eq!(refusals.is_news(1, now), Some(0));
        assert_eq!(refusals.is_news(1, now + WINDOW / 2), None);
        assert_eq!(refusals.is_news(2, now + WINDOW / 2), Some(0));
        assert_eq!(refusals.is_news(1, now + WINDOW), Some(0));
    }

    #[test]
    fn a_flood_of_origins_is_counted_and_not_stored() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        let news = (0..1_000_000).filter(|key| refusals.is_news(*key, now).is_some()).count();
        assert_eq!(news, MOST);
        assert_eq!(refusals.window.lock().map(|window| window.logged.len()).ok(), Some(MOST));
        assert_eq!(refusals.is_news(0, now + WINDOW), Some(1_000_000 - MOST as u64));
    }
}
