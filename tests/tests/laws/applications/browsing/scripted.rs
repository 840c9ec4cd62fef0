//! What is read of the answer of a middleware that does odd things with requests and responses.

use cors_browser::{FetchRequest, Mode, Outcome};
use cors_tests::script::Act;
use proptest::prelude::*;

use super::{Ran, Verdict, Visit, is_files, wish};
use crate::applications::Tally;
use crate::applications::routes::Place;
use crate::applications::served::{place_of, written_by};

impl<'v> Visit<'v> {
    /// What a middleware has called, rewritten, kept or raised: the response is under the policy of
    /// the route that wrote it, on the path that was routed then.
    pub(super) fn scripted(
        &mut self,
        page: &str,
        request: &FetchRequest,
        meant: &Ran<'_>,
        outcome: &Outcome,
        tally: &mut Tally,
    ) -> Verdict {
        let mut count = |what| *tally.entry(what).or_default() += 1;
        let Some(actual) = outcome.actual() else { return Ok(()) };
        count("answered by a script");
        let response = &actual.response;
        let path = self.path(request);
        let writer = written_by(response);
        let leaf_at = |place: &Place| self.leaves.iter().find(|leaf| leaf.place == *place);
        let is_annotated =
            |place: &Place| leaf_at(place).is_some_and(|leaf| leaf.route().is_some());
        // What it shows may be taken for what was received, as it is shown again.
        let key = (path.clone(), request.method.clone());
        let allowed = response.header("access-control-allow-origin").is_some();
        match &writer {
            Some((Some(place), _)) if is_annotated(place) => {
                self.seen.retain(|seen| !seen.is_of(&key.0, &key.1));
            }
            _ if response.is_ok() && allowed => {
                self.uncertain.insert(key);
            }
            _ => {}
        }
        let is_read = request.mode != Mode::NoCors && page != request.url.origin();
        if !is_read || !outcome.is_readable() {
            return Ok(());
        }
        count("readable behind a script");
        let include = wish(page, request).include;
        let host = request.url.host();
        let acts = self.script(request);
        // Responses that were put together tell all of their writers.
        let mut names: Vec<_> =
            response.headers.iter().filter(|(name, _)| name == "x-ran").collect();
        names.dedup();
        for (_, name) in names {
            let Some(place) = place_of(name) else { continue };
            let Some(leaf) = leaf_at(&place).filter(|leaf| leaf.route().is_some()) else {
                continue;
            };
            let paths: Vec<_> =
                response.headers.iter().filter(|(name, _)| name == "x-path").collect();
            // Routed a second time from where the first left off, a route may run for a path that
            // is none of its own.
            let shares = |path: &str| {
                let policy = self.policy(Some(leaf), path, host)?;
                Ok::<_, TestCaseError>(!leaf.matches(path) || policy.shares_with(page, include))
            };
            let mut any = false;
            for (_, path) in paths {
                any |= shares(path)?;
            }
            prop_assert!(any, "read, though {name} wrote some of it\n{acts:?}\n{response:?}");
        }
        let calls = || acts.iter().filter(|act| matches!(act, Act::Call | Act::Spawn)).count();
        match writer {
            Some((place, ran_path)) => {
                let leaf = place.as_ref().and_then(leaf_at);
                let policy = self.policy(leaf, &ran_path, host)?;
                if policy.shares_with(page, include) {
                    return Ok(());
                }
                let is_annotated = leaf.is_some_and(|leaf| leaf.route().is_some());
                // Nothing is known of an un-annotated writer when its request is gone, or shows
                // another path than it was routed by and no resource, or one of all paths.
                let is_hidden = |act: &Act| match act {
                    Act::Fresh(_)
                    | Act::Race(_)
                    | Act::Attach(_)
                    | Act::Keep
                    | Act::KeepWhole
                    | Act::SendKept
                    | Act::CopyInsert
                    | Act::CopyAppend
                    | Act::Store
                    | Act::Replay
                    | Act::FromError
                    | Act::ErrorResponse
                    | Act::RaiseResponse => true,
                    Act::Path(_) | Act::RestorePath => leaf.is_none_or(is_files),
                    _ => false,
                };
                // A default service has answered another method, or a request that was routed a
                // second time from where the first left off: with the method put back, or as if
                // never routed, nothing tells that from what the middleware answers itself.
                let is_reset =
                    leaf.is_none() && (calls() > 1 || acts.contains(&Act::RestoreMethod));
                let is_gone = acts.iter().any(is_hidden) && ran_path != path;
                let is_foreign = is_annotated && leaf.is_some_and(|leaf| !leaf.matches(&ran_path));
                let unknown = is_foreign
                    || !is_annotated && (is_gone || is_reset)
                    || self.is_out_of_reach(meant, &path, request);
                prop_assert!(
                    unknown,
                    "read, though {place:?} wrote it on {ran_path} under {policy:?}\n{acts:?}\n\
                     {response:?}"
                );
                count("excused: a plain resource behind a request that is gone");
            }
            None => {
                let shares = meant.policy.shares_with(page, include);
                // Routed a second time from where the first left off, it may look as if a route of
                // an empty path in a scope of an empty path had run.
                let is_routed_twice = calls() > 1;
                let excused = is_routed_twice
                    || self.is_excused(meant, &path, request)
                    || self.is_out_of_reach(meant, &path, request);
                prop_assert!(
                    shares || excused,
                    "read what a middleware made, though {:?} {:?}\n{acts:?}\n{response:?}",
                    meant.leaf,
                    meant.policy
                );
                if !shares {
                    count("excused: a middleware's response behind the guard of a scope");
                }
            }
        }
        Ok(())
    }

    fn script(&self, request: &FetchRequest) -> &'v [Act] {
        &self.application.scripts[usize::from(request.url.target().ends_with("?s1"))]
    }
}
