//! The routes of an application with their policies, and which may apply.
//!
//! Built at startup, when every rule of every annotated route is merged with
//! the configuration and checked. The order is that of registration, in which
//! actix tries its resources.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::ResourceMap;
use cors_core::{ByGroup, Coverage, Error, Problem, Resolver};

use crate::entry::Entry;
use crate::response::PreparedPolicy;
use crate::route::{Route, RouteId};

/// Every policy of an application, by route and path.
#[derive(Debug)]
pub(crate) struct Table {
    resolver: Arc<Resolver>,
    fallback: ByGroup<Rc<PreparedPolicy>>,
    entries: Vec<Entry>,
    by_id: HashMap<RouteId, usize>,
    names: HashSet<&'static str>,
    /// Whether a `NormalizePath` that adds slashes may lead to an annotated route.
    has_slashes: bool,
    enforces: bool,
}

/// The policies that may apply to a request, usually one.
#[derive(Debug)]
pub(crate) struct Candidates<'t> {
    pub(crate) first: &'t PreparedPolicy,
    /// With more than one, only what all of them allow is granted.
    pub(crate) rest: Vec<&'t PreparedPolicy>,
    pub(crate) coverage: Coverage,
}

impl Table {
    /// Merges, checks and indexes; gives the warnings along.
    ///
    /// # Errors
    ///
    /// All problems of all routes at once.
    pub(crate) fn build(
        resolver: &Arc<Resolver>,
        routes: &[Rc<Route>],
    ) -> Result<(Self, Vec<Problem>), Error> {
        let mut problems = resolver.warnings().to_vec();
        let mut entries: Vec<Entry> = Vec::with_capacity(routes.len());
        for route in routes {
            let twin = entries.iter().rev().find(|entry| entry.route.is_twin_of(route));
            let Some(entry) = Entry::new(route, twin, resolver, &mut problems) else { continue };
            for earlier in entries.iter().filter(|earlier| earlier.is_like(&entry)) {
                problems.extend(earlier.compare(&entry));
            }
            entries.push(entry);
        }
        let warnings = Error::check(problems)?;

        let fallback = resolver.fallback().map(|policy| Rc::new(PreparedPolicy::new(policy)));
        let enforces = fallback
            .iter()
            .chain(entries.iter().flat_map(|entry| entry.policies.iter()))
            .any(|prepared| prepared.policy.enforces());
        let by_id = entries.iter().enumerate().map(|(i, entry)| (entry.route.id, i)).collect();
        let names = entries.iter().map(|entry| entry.route.name()).collect();
        let has_slashes =
            entries.iter().any(|entry| entry.pattern.len() > 1 && entry.pattern.ends_with('/'));
        let resolver = Arc::clone(resolver);
        let table = Self { resolver, fallback, entries, by_id, names, has_slashes, enforces };
        Ok((table, warnings))
    }

    /// Whether any policy refuses requests before the handler runs.
    pub(crate) const fn enforces(&self) -> bool {
        self.enforces
    }

    /// The status of a successful preflight.
    pub(crate) fn preflight_status(&self) -> u16 {
        self.resolver.preflight_status()
    }

    /// The policy of a path that no annotated route serves.
    pub(crate) fn fallback(&self, path: &str) -> &PreparedPolicy {
        self.fallback.get(self.resolver.group_of(path))
    }

    /// The policy of a route that ran.
    pub(crate) fn of_route(&self, id: RouteId, path: &str) -> Option<&PreparedPolicy> {
        let entry = &self.entries[*self.by_id.get(&id)?];
        Some(entry.policies.get(self.resolver.group_of(path)))
    }

    /// Whether the resource that a request matched is an annotated one, as far
    /// as its name and pattern tell.
    pub(crate) fn may_be_annotated(&self, request: &HttpRequest) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        // A name costs less to ask for than a pattern, which is put together anew.
        let Some(name) = request.match_name().filter(|name| self.names.contains(name)) else {
            return false;
        };
        let pattern = request.match_pattern();
        let mut named = self.entries.iter().filter(|entry| entry.is_named(Some(name)));
        named.any(|entry| Some(&entry.pattern) == pattern.as_ref())
    }

    /// The policies that may apply before routing has told which one does.
    ///
    /// Ambiguity never widens: where it cannot be told here which resource actix
    /// will choose, all of them count.
    pub(crate) fn candidates(
        &self,
        path: &str,
        method: &[u8],
        map: &ResourceMap,
    ) -> Candidates<'_> {
        let mut found = self.found(path, method, map);
        // A `NormalizePath` inside may route the request elsewhere.
        if !found.as_sent {
            if self.has_slashes && !path.ends_with('/') {
                self.find(&format!("{path}/"), method, map, &mut found);
            }
            for variant in normalised(path) {
                if !self.find(&variant, method, map, &mut found) {
                    found.add(self.fallback(&variant));
                }
            }
        }
        found.into_candidates(self.fallback(path))
    }

    /// The same for a path that is not going to change any more.
    pub(crate) fn candidates_as_routed(
        &self,
        path: &str,
        method: &[u8],
        map: &ResourceMap,
    ) -> Candidates<'_> {
        self.found(path, method, map).into_candidates(self.fallback(path))
    }

    fn found<'t>(&'t self, path: &str, method: &[u8], map: &ResourceMap) -> Found<'t> {
        let mut found = Found::default();
        if !self.find(path, method, map, &mut found) {
            found.add(self.fallback(path));
        }
        found
    }

    /// Adds the policies of the annotated routes that may serve the path, and
    /// tells whether there are any.
    fn find<'t>(
        &'t self,
        path: &str,
        method: &[u8],
        map: &ResourceMap,
        found: &mut Found<'t>,
    ) -> bool {
        let group = self.resolver.group_of(path);
        let matching = || self.entries.iter().filter(|entry| entry.matches(path));
        let serving = || matching().filter(|entry| entry.serves(method));
        let Some(first) = serving().next() else {
            found.siblings |= matching().next().is_some();
            return false;
        };
        let mut certain: Option<&Entry> = None;
        let mut doubtful = false;
        for entry in serving() {
            // Within a scope the first resource that serves a request gets it.
            // Another scope gets it if a guard turns it away from this one.
            let reachable = entry.is_reachable(path, map);
            if certain.is_some_and(|first| reachable && entry.is_within_scopes_of(first)) {
                continue;
            }
            found.add(entry.policies.get(group));
            if certain.is_none() {
                doubtful |= !reachable || entry.route.is_guarded() || entry.is_shadowed();
                certain = Some(entry).filter(|_| !doubtful);
            }
        }
        if !doubtful && self.is_shadowed(path, method, map, first) {
            first.report_shadowed();
            doubtful = true;
        }
        if doubtful {
            found.add(self.fallback.get(group));
        }
        let first = first.policies.get(group);
        found.siblings |= matching().any(|entry| !Rc::ptr_eq(entry.policies.get(group), first));
        found.as_sent |= certain.is_some_and(|entry| !doubtful && !entry.takes_slashes());
        true
    }

    /// Whether actix may route the path to a resource other than `chosen`, of
    /// which the table knows nothing.
    ///
    /// Before routing, actix tells the first resource that matches the path.
    fn is_shadowed(&self, path: &str, method: &[u8], map: &ResourceMap, chosen: &Entry) -> bool {
        let (Some(pattern), name) = (map.match_pattern(path), map.match_name(path)) else {
            return true;
        };
        let mut entries = self.entries.iter();
        match entries.find(|entry| entry.pattern == pattern && entry.is_named(name)) {
            // Its scope may take the whole path where ours takes a part.
            Some(first) => first.serves(method) && first.pattern != chosen.pattern,
            // A route attribute without `#[cors]` names its resource and guards
            // its method: it leaves other methods of the same pattern alone.
            None => name.is_none() || !chosen.has_pattern(&pattern),
        }
    }

    /// Remembers that a resource which nobody annotated served a request that an
    /// annotated route was thought to serve.
    pub(crate) fn learn(&self, path: &str, method: &[u8], map: &ResourceMap) {
        let serving = |entry: &&Entry| entry.serves(method) && entry.matches(path);
        if let Some(entry) = self.entries.iter().find(serving)
            && !entry.is_shadowed()
            && entry.is_reachable(path, map)
            && !self.is_shadowed(path, method, map, entry)
        {
            entry.learn_shadowed(path);
        }
    }

    /// Says which routes share their path with a resource that nobody annotated,
    /// as far as their pattern is a path.
    pub(crate) fn report_shadowed(&self, map: &ResourceMap) {
        for entry in self.entries.iter().filter(|entry| !entry.pattern.contains(['{', '*'])) {
            let mut methods = entry.route.methods().iter();
            if methods.any(|method| self.is_shadowed(&entry.pattern, method.as_bytes(), map, entry))
            {
                entry.report_shadowed();
            }
        }
    }
}

impl<'t> Candidates<'t> {
    /// One policy, for certain.
    pub(crate) const fn only(first: &'t PreparedPolicy) -> Self {
        Self { first, rest: Vec::new(), coverage: Coverage::WholePath }
    }

    /// The same, or else this policy.
    pub(crate) fn or(mut self, other: &'t PreparedPolicy) -> Self {
        if !std::ptr::eq(self.first, other) {
            self.rest.push(other);
        }
        self
    }
}

/// Policies gathered for one request.
#[derive(Default)]
struct Found<'t> {
    first: Option<&'t PreparedPolicy>,
    /// Those that differ from the first; nearly always empty.
    rest: Vec<&'t PreparedPolicy>,
    /// Whether a route certainly serves the path with the very slashes that were
    /// sent: with a `NormalizePath` inside, that route would be of no use.
    as_sent: bool,
    /// Whether other methods of the path are under other policies.
    siblings: bool,
}

impl<'t> Found<'t> {
    fn add(&mut self, policy: &'t PreparedPolicy) {
        let first = *self.first.get_or_insert(policy);
        if !std::ptr::eq(first, policy)
            && !self.rest.iter().any(|known| std::ptr::eq(*known, policy))
        {
            self.rest.push(policy);
        }
    }

    fn into_candidates(self, fallback: &'t PreparedPolicy) -> Candidates<'t> {
        let Self { first, rest, as_sent: _, siblings } = self;
        let coverage = match siblings || !rest.is_empty() {
            true => Coverage::RequestedMethod,
            false => Coverage::WholePath,
        };
        Candidates { first: first.unwrap_or(fallback), rest, coverage }
    }
}

/// What a `NormalizePath` that merges and trims slashes may make of a path.
fn normalised(path: &str) -> impl Iterator<Item = String> {
    let merged = path.contains("//").then(|| {
        let mut merged = path.replace("//", "/");
        while merged.contains("//") {
            merged = merged.replace("//", "/");
        }
        merged
    });
    let trimmed =
        merged.as_deref().unwrap_or(path).strip_suffix('/').filter(|path| !path.is_empty());
    let trimmed = trimmed.map(str::to_owned);
    merged.into_iter().chain(trimmed)
}
