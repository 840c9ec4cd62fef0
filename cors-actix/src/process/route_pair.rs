//! Two annotated routes of one pattern: whether preflights can be answered for both.
//!
//! A preflight does not show which of two guarded routes will run, and browsers cache its answer
//! by URL. So policies of one pattern that differ are an error or a warning.

use std::collections::BTreeSet;
use std::sync::Arc;

use cors_core::{ByHost, Code, HostClass, Policy, Problem, Resolver};

use super::compiled::CompiledRoute;
use super::policy_interner::PolicyIndex;
use crate::registration::RouteDescriptor;

/// Two routes that match the same paths.
pub(super) struct RoutePair<'r> {
    pub(super) earlier: &'r RouteDescriptor,
    pub(super) later: &'r RouteDescriptor,
    pub(super) resolver: &'r Resolver,
}

impl RoutePair<'_> {
    /// The problems of the two under one pattern, on any host.
    pub(super) fn compare(
        &self,
        policies: &[Arc<Policy>],
        mine: &ByHost<CompiledRoute>,
        theirs: &ByHost<CompiledRoute>,
    ) -> Option<Problem> {
        let classes = |by_host: &ByHost<CompiledRoute>| -> BTreeSet<HostClass> {
            by_host.differing().map(|(host, _)| host).collect()
        };
        let differing = &classes(mine) | &classes(theirs);
        std::iter::once(HostClass::OTHER).chain(differing).find_map(|host| {
            let problem = self.compare_on(policies, mine.get(host), theirs.get(host))?;
            Some(match self.resolver.host_name(host) {
                Some(name) => problem.with_note(format!("on the host `{name}`")),
                None => problem,
            })
        })
    }

    fn compare_on(
        &self,
        policies: &[Arc<Policy>],
        mine: &CompiledRoute,
        theirs: &CompiledRoute,
    ) -> Option<Problem> {
        let Self { earlier, later, resolver: _ } = self;
        let is_elsewhere =
            |route: &RouteDescriptor, on: &CompiledRoute| on.is_excluded && route.may_be_guarded();
        if is_elsewhere(earlier, mine) || is_elsewhere(later, theirs) {
            return None;
        }
        let policy = |index: &PolicyIndex| &policies[index.get()];
        let mut pairs = mine.policies.iter().zip(theirs.policies.iter());
        let both = earlier.methods().iter().find(|method| later.serves(method.as_bytes()));
        if let Some(method) = both {
            // A guard may distinguish the two.
            let may_differ = earlier.may_be_guarded() || later.may_be_guarded();
            return match may_differ {
                false => {
                    let differ = pairs
                        .any(|(mine, theirs)| !policy(mine).is_alike_for(policy(theirs), method));
                    differ.then(|| self.conflict(method))
                }
                true => {
                    let exclude = |(mine, theirs)| policy(mine).excludes_origins_of(policy(theirs));
                    pairs.any(exclude).then(|| self.no_common_origin(method))
                }
            };
        }
        let share = |(mine, theirs)| policy(mine).shares_preflights_with(policy(theirs));
        let (mine, theirs) = pairs.find(|(mine, theirs)| !share((*mine, *theirs)))?;
        let [mine, theirs] = [mine, theirs].map(|index| policy(index).passes_through());
        Some(match mine == theirs {
            true => self.shared_cache(),
            false => self.shared_cache_of_handler(mine),
        })
    }

    fn conflict(&self, method: &str) -> Problem {
        let (mine, theirs) = self.names();
        let pattern = &self.later.pattern;
        let message = format!(
            "`{mine}` and `{theirs}` both serve {method} `{pattern}` under different policies, so \
             a preflight cannot tell which one counts"
        );
        Problem::error(Code::CONFLICTING_ROUTES, self.later.handler.source(), message)
            .with_note_at(format!("`{mine}` is here"), self.earlier.handler.source())
            .with_help("register one of the two, or give both the same policy")
    }

    fn no_common_origin(&self, method: &str) -> Problem {
        let (mine, theirs) = self.names();
        let pattern = &self.later.pattern;
        let message = format!(
            "`{mine}` and `{theirs}` both serve {method} `{pattern}` and allow no origin in \
             common; guards are evaluated after preflights, so every preflight is refused"
        );
        Problem::warning(Code::NO_COMMON_ORIGIN, self.later.handler.source(), message)
            .about_route(pattern)
            .with_note_at(format!("`{mine}` is here"), self.earlier.handler.source())
            .with_help(
                "if their guards distinguish virtual hosts, add `host = \"…\"` to both; otherwise \
                 give both an origin in common",
            )
    }

    fn shared_cache(&self) -> Problem {
        let (mine, theirs) = self.names();
        let pattern = &self.later.pattern;
        let message = format!(
            "`{mine}` and `{theirs}` serve `{pattern}` with different `headers`, `max_age` or \
             `credentials`, but browsers remember preflights by URL: a header that one allows may \
             then be sent to the other without asking"
        );
        Problem::warning(Code::SHARED_PREFLIGHT_CACHE, self.later.handler.source(), message)
            .about_route(pattern)
            .with_note_at(format!("`{mine}` is here"), self.earlier.handler.source())
            .with_help("give both the same, or set `max_age = 0` on both")
    }

    /// Only one of the two is `passthrough`: the earlier one or the later one.
    fn shared_cache_of_handler(&self, is_earlier: bool) -> Problem {
        let (mine, theirs) = self.names();
        let (passing, other) = if is_earlier { (mine, theirs) } else { (theirs, mine) };
        let pattern = &self.later.pattern;
        let message = format!(
            "`{passing}` and `{other}` serve `{pattern}`, and only `{passing}` is `passthrough`; \
             browsers remember preflights by URL, so what is answered to a preflight for `{passing}` \
             also applies to requests that reach `{other}`"
        );
        Problem::warning(Code::SHARED_PREFLIGHT_CACHE, self.later.handler.source(), message)
            .about_route(pattern)
            .with_note_at(format!("`{mine}` is here"), self.earlier.handler.source())
            .with_help(format!(
                "make both `passthrough`, or neither; or answer preflights for `{passing}` with \
                 `Access-Control-Max-Age: 0`"
            ))
    }

    fn names(&self) -> (&'static str, &'static str) {
        (self.earlier.handler.name, self.later.handler.name)
    }
}
