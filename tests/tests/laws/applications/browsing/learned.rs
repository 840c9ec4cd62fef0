//! What the edge has seen to run, as far as the law takes it into account.

use cors_browser::{FetchRequest, Outcome};

use super::{Ran, Visit, ran};
use crate::applications::routes::Place;

impl Visit<'_> {
    /// A success that a page of another origin caused, and may read, teaches what runs; it is
    /// forgotten when the route that was meant runs again.
    pub(super) fn learn(
        &mut self,
        outcome: &Outcome,
        runs: &Ran<'_>,
        path: &str,
        request: &FetchRequest,
    ) {
        let Some(actual) = outcome.actual() else { return };
        let (path, method) = (path.to_owned(), request.method.clone());
        let meant = self.meant(&path, request);
        let meant: Vec<_> = meant.into_iter().map(|leaf| leaf.place.clone()).collect();
        match runs.leaf.as_ref().filter(|leaf| leaf.route().is_some()) {
            Some(leaf) if ran(&actual.response).as_ref() == Some(&leaf.place) => {
                if meant.first() == Some(&leaf.place) {
                    self.seen.retain(|seen| !seen.is_of(&path, &method));
                    if meant.len() == 1 {
                        self.uncertain.remove(&(path, method));
                    }
                }
            }
            Some(_) => {}
            None => {
                let is_cors = actual.request.header("origin").is_some();
                let allowed = actual.response.header("access-control-allow-origin").is_some();
                if actual.response.is_ok() && allowed && is_cors && !runs.policy.passthrough {
                    // A default service has no place.
                    let place = runs.leaf.as_ref().map(|leaf| leaf.place.clone());
                    let place = place.unwrap_or_default();
                    self.seen.insert(Seen::new(place, &path, request));
                    self.uncertain.insert((path, method));
                }
            }
        }
    }
}

/// What served a method of a path on a host.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Seen {
    place: Place,
    path: String,
    method: String,
    host: String,
}

impl Seen {
    pub(super) fn new(place: Place, path: &str, request: &FetchRequest) -> Self {
        let (method, host) = (request.method.clone(), request.url.host().to_owned());
        Self { place, path: path.to_owned(), method, host }
    }

    pub(super) fn is_of(&self, path: &str, method: &str) -> bool {
        self.path == path && self.method == method
    }
}
