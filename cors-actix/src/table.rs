//! The routes of an application with their policies, and which may apply.
//!
//! Built at startup, when every rule of every annotated route is merged with
//! the configuration and checked. The order is that of registration, in which
//! actix tries its resources.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::{ResourceDef, ResourceMap};
use cors_core::{ByGroup, Code, Coverage, Error, Policy, Problem, Resolver};

use crate::registration::{Route, RouteId};
use crate::response::PreparedPolicy;

/// actix's limit for one pattern; several in a row may have more.
const MAX_PARAMETERS: usize = 16;

/// Every policy of an application, by route and path.
#[derive(Debug)]
pub(crate) struct Table {
    resolver: Arc<Resolver>,
    fallback: Policies,
    entries: Vec<Entry>,
    by_id: HashMap<RouteId, usize>,
    enforces: bool,
}

type Policies = ByGroup<Rc<PreparedPolicy>>;

#[derive(Debug)]
struct Entry {
    route: Rc<Route>,
    pattern: String,
    matcher: ResourceDef,
    policies: Policies,
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
            let Some(pattern) = route.pattern() else { continue };
            let twin = entries.iter().rev().find(|entry| entry.route.is_twin_of(route));
            let policies = match twin {
                Some(twin) if twin.pattern == pattern => twin.policies.clone(),
                _ => {
                    let merged = cors_core::Route {
                        pattern: &pattern,
                        serves: &route.methods_here(),
                        handler_serves: &route.methods_anywhere(),
                        rules: &route.handler.rules,
                    };
                    prepare(&resolver.route(merged, &mut problems))
                }
            };
            let entry =
                Entry { route: Rc::clone(route), matcher: matcher(&pattern), pattern, policies };
            for earlier in entries.iter().filter(|earlier| earlier.pattern == entry.pattern) {
                problems.extend(earlier.compare(&entry));
            }
            entries.push(entry);
        }
        let warnings = Error::check(problems)?;

        let fallback = prepare(resolver.fallback());
        let enforces = fallback
            .iter()
            .chain(entries.iter().flat_map(|entry| entry.policies.iter()))
            .any(|prepared| prepared.policy.enforces());
        let by_id = entries.iter().enumerate().map(|(i, entry)| (entry.route.id, i)).collect();
        let table = Self { resolver: Arc::clone(resolver), fallback, entries, by_id, enforces };
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

    /// Whether the resource of this pattern and name is an annotated one.
    pub(crate) fn is_annotated(&self, pattern: Option<&str>, name: Option<&str>) -> bool {
        self.entries.iter().any(|entry| Some(&*entry.pattern) == pattern && entry.is_named(name))
    }

    /// The policies that may apply before routing has told which one does.
    pub(crate) fn candidates(
        &self,
        path: &str,
        method: &[u8],
        map: &ResourceMap,
    ) -> Candidates<'_> {
        let mut found = Found { policies: Vec::new(), siblings: false };
        self.find(path, method, map, &mut found);
        if !self.entries.is_empty() {
            // A `NormalizePath` inside may route the request elsewhere.
            for variant in self.variants(path) {
                self.find(&variant, method, map, &mut found);
            }
        }
        let mut policies = found.policies.into_iter();
        let first = policies.next().unwrap_or_else(|| self.fallback(path));
        let rest: Vec<_> = policies.collect();
        let coverage = match found.siblings || !rest.is_empty() {
            true => Coverage::RequestedMethod,
            false => Coverage::WholePath,
        };
        Candidates { first, rest, coverage }
    }

    fn find<'t>(&'t self, path: &str, method: &[u8], map: &ResourceMap, found: &mut Found<'t>) {
        let group = self.resolver.group_of(path);
        let matching = || self.entries.iter().filter(|entry| entry.matcher.is_match(path));
        let mut certain = false;
        for entry in matching() {
            if !certain && entry.serves(method) {
                found.add(entry.policies.get(group));
                certain = !entry.route.is_guarded();
            }
        }
        let annotated = matching().next().is_some();
        if !certain || self.is_shadowed(path, map, matching()) {
            found.add(self.fallback.get(group));
        }
        if annotated {
            let mut policies = matching().map(|entry| entry.policies.get(group));
            let chosen = found.policies.first().copied();
            found.siblings |=
                policies.any(|other| chosen.is_none_or(|c| !std::ptr::eq(c, &**other)));
        }
    }

    /// Whether actix may route the path to a resource that nobody annotated.
    ///
    /// Before routing, actix tells the first resource that matches the path.
    fn is_shadowed<'e>(
        &self,
        path: &str,
        map: &ResourceMap,
        mut matching: impl Iterator<Item = &'e Entry>,
    ) -> bool {
        let (pattern, name) = (map.match_pattern(path), map.match_name(path));
        !matching.any(|entry| pattern.as_ref() == Some(&entry.pattern) && entry.is_named(name))
    }

    /// The paths that `NormalizePath` may make of this one.
    fn variants(&self, path: &str) -> Vec<String> {
        let mut variants = Vec::new();
        let merged = match path.contains("//") {
            true => {
                let mut merged = path.to_owned();
                while merged.contains("//") {
                    merged = merged.replace("//", "/");
                }
                variants.push(merged.clone());
                merged
            }
            false => path.to_owned(),
        };
        match merged.strip_suffix('/') {
            Some("") => {}
            Some(trimmed) => variants.push(trimmed.to_owned()),
            None if self.entries.iter().any(|entry| entry.pattern.ends_with('/')) => {
                variants.push(format!("{merged}/"));
            }
            None => {}
        }
        variants
    }
}

impl<'t> Candidates<'t> {
    /// The same, or else this policy.
    pub(crate) fn or(mut self, other: &'t PreparedPolicy) -> Self {
        if !std::ptr::eq(self.first, other) {
            self.rest.push(other);
        }
        self
    }
}

/// Policies gathered for one request.
struct Found<'t> {
    policies: Vec<&'t PreparedPolicy>,
    /// Whether other methods of the path are under other policies.
    siblings: bool,
}

impl<'t> Found<'t> {
    fn add(&mut self, policy: &'t PreparedPolicy) {
        if !self.policies.iter().any(|known| std::ptr::eq(*known, policy)) {
            self.policies.push(policy);
        }
    }
}

impl Entry {
    fn serves(&self, method: &[u8]) -> bool {
        self.route.methods().iter().any(|served| served.as_bytes() == method)
    }

    /// A resource is named after its handler, unless its attribute says otherwise.
    fn is_named(&self, name: Option<&str>) -> bool {
        name == Some(self.route.name())
    }

    /// What is wrong with two routes of one pattern.
    fn compare(&self, later: &Self) -> Option<Problem> {
        let (mine, theirs) =
            (self.route.handler.rules.source(), later.route.handler.rules.source());
        let pairs = || self.policies.iter().zip(later.policies.iter());
        let both = self.route.methods().iter().find(|m| later.serves(m.as_bytes()));
        let (pattern, mine_name, their_name) =
            (&self.pattern, self.route.handler.name, later.route.handler.name);
        if let Some(method) = both {
            let differ = pairs().any(|(mine, theirs)| mine.policy != theirs.policy);
            let guarded = self.route.is_guarded() || later.route.is_guarded();
            return (differ && !guarded).then(|| {
                Problem::error(
                    Code::CONFLICTING_ROUTES,
                    theirs,
                    format!(
                        "`{mine_name}` and `{their_name}` both serve {method} `{pattern}` under \
                         different policies, so a preflight cannot tell which one counts"
                    ),
                )
                .with_note_at(format!("`{mine_name}` is here"), mine)
                .with_help("register one of the two, or give both the same policy")
            });
        }
        let share = |(mine, theirs): (&Rc<PreparedPolicy>, &Rc<PreparedPolicy>)| {
            Policy::shares_preflights_with(&mine.policy, &theirs.policy)
        };
        (!pairs().all(share)).then(|| {
            Problem::warning(
                Code::SHARED_PREFLIGHT_CACHE,
                theirs,
                format!(
                    "`{mine_name}` and `{their_name}` serve `{pattern}` with different `headers`, \
                     `max_age` or `credentials`, but browsers remember preflights by URL: a header \
                     that one allows may then be sent to the other without asking"
                ),
            )
            .with_note_at(format!("`{mine_name}` is here"), mine)
            .with_help("give both the same, or say `max_age = 0` on both")
        })
    }
}

fn prepare(policies: &ByGroup<Arc<Policy>>) -> Policies {
    policies.map(|policy| Rc::new(PreparedPolicy::new(policy)))
}

/// A matcher for a full pattern. Scopes may repeat the names of parameters,
/// which one pattern may not, so they are numbered instead.
fn matcher(pattern: &str) -> ResourceDef {
    let mut anonymous = String::with_capacity(pattern.len());
    let (mut rest, mut parameters) = (pattern, 0);
    while let Some((before, after)) = rest.split_once('{') {
        anonymous.push_str(before);
        let end = after.find(['}', ':']).unwrap_or(after.len());
        anonymous.push_str(&format!("{{p{parameters}"));
        parameters += 1;
        let regex_end = parameter_end(after);
        anonymous.push_str(&after[end..regex_end]);
        rest = &after[regex_end..];
    }
    anonymous.push_str(rest);
    if parameters > MAX_PARAMETERS {
        // Beyond what one pattern can hold: matches everything below its first
        // parameter, so that it is never missed.
        let literal = pattern.split('{').next().unwrap_or_default();
        return ResourceDef::prefix(literal.to_owned());
    }
    ResourceDef::new(anonymous)
}

/// Where a parameter ends whose text after `{` is given: braces nest.
fn parameter_end(after: &str) -> usize {
    let mut depth = 1;
    for (index, c) in after.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    after.len()
}
