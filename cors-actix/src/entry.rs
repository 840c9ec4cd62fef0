//! One annotated route in the table: what it matches, and its policies.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::{ResourceDef, ResourceMap};
use cors_core::{ByGroup, Code, Policy, Problem, Resolver};

use crate::response::PreparedPolicy;
use crate::route::Route;
use crate::startup;

/// actix's limit for one pattern; several in a row may have more.
const MAX_PARAMETERS: usize = 16;

/// An annotated route, its full pattern and its policies.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) route: Rc<Route>,
    /// The pattern with all scopes, such as `/api/{tenant}/users/{id}`.
    pub(crate) pattern: String,
    pub(crate) policies: ByGroup<Rc<PreparedPolicy>>,
    /// The pattern with numbers for the names of its parameters.
    anonymous: String,
    matcher: ResourceDef,
    /// The pattern of the scopes around the route, such as `/api/{tenant}`.
    scopes: String,
    /// `None` where actix's limit forbids one pattern for all scopes.
    scopes_matcher: Option<ResourceDef>,
    /// Whether a resource that nobody annotated was seen to serve in its place.
    shadowed: Cell<bool>,
    /// Whether it was said that the route is shadowed.
    reported: Cell<bool>,
}

impl Entry {
    /// Merges and checks the rules of a route; `None` if its application is gone.
    ///
    /// `twin` is another resource of the same handler, which has the same
    /// policies under the same pattern.
    pub(crate) fn new(
        route: &Rc<Route>,
        twin: Option<&Self>,
        resolver: &Resolver,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let scopes = route.scopes()?;
        let pattern = format!("{scopes}{}", route.local_pattern());
        let policies = match twin {
            Some(twin) if twin.pattern == pattern => twin.policies.clone(),
            _ => {
                let merged = cors_core::Route {
                    pattern: &pattern,
                    serves: &route.methods_here(),
                    handler_serves: &route.methods_anywhere(),
                    rules: &route.handler.rules,
                };
                let policies = resolver.route(merged, problems);
                policies.map(|policy: &Arc<Policy>| Rc::new(PreparedPolicy::new(policy)))
            }
        };
        Some(Self {
            route: Rc::clone(route),
            matcher: matcher(&pattern),
            anonymous: anonymous(&pattern).0,
            pattern,
            policies,
            scopes_matcher: scopes_matcher(&scopes),
            scopes,
            shadowed: Cell::new(false),
            reported: Cell::new(false),
        })
    }

    /// Whether the path is one of this route's.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }

    /// Whether the route serves this method.
    pub(crate) fn serves(&self, method: &[u8]) -> bool {
        self.route.methods().iter().any(|served| served.as_bytes() == method)
    }

    /// A resource is named after its handler, unless its attribute says otherwise.
    pub(crate) fn is_named(&self, name: Option<&str>) -> bool {
        name == Some(self.route.name())
    }

    /// Whether a parameter of the route may stand for slashes: `{tail}*`, or one
    /// with a regular expression of its own.
    pub(crate) fn takes_slashes(&self) -> bool {
        self.pattern.ends_with('*') || self.anonymous.contains(':')
    }

    /// Whether the two match the same paths, whatever their parameters are called.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.anonymous == other.anonymous
    }

    /// Whether a pattern matches the same paths as this route.
    pub(crate) fn has_pattern(&self, pattern: &str) -> bool {
        self.pattern == pattern || self.anonymous == anonymous(pattern).0
    }

    /// Whether the scopes around the route are those that actix chooses first
    /// for the path, guards apart: their anchor is found, and is this one.
    pub(crate) fn is_reachable(&self, path: &str, map: &ResourceMap) -> bool {
        let anchor = &self.route.anchor;
        let found = self
            .scopes_length(path)
            .and_then(|length| map.match_pattern(&format!("{}{anchor}", &path[..length])));
        found.is_some_and(|found| found == format!("{}{anchor}", self.scopes))
    }

    /// How much of the path belongs to the scopes around the route.
    fn scopes_length(&self, path: &str) -> Option<usize> {
        match self.scopes.is_empty() {
            true => Some(0),
            false => self.scopes_matcher.as_ref()?.find_match(path),
        }
    }

    /// Whether this route lies in the same scope as an earlier one or further
    /// in, both being reachable.
    pub(crate) fn is_within_scopes_of(&self, earlier: &Self) -> bool {
        self.scopes.starts_with(&earlier.scopes)
    }

    pub(crate) const fn is_shadowed(&self) -> bool {
        self.shadowed.get()
    }

    /// Remembers that a resource which nobody annotated served this path.
    ///
    /// Where the scopes take up the whole path, it may have been a middleware of
    /// theirs that answered.
    pub(crate) fn learn_shadowed(&self, path: &str) {
        if self.scopes_length(path) != Some(path.len()) {
            self.shadowed.set(true);
            self.report_shadowed();
        }
    }

    /// Says once that the route is granted less than its attribute says.
    pub(crate) fn report_shadowed(&self) {
        if !self.reported.replace(true) {
            startup::report_shadowed(self.route.handler.name, &self.pattern);
        }
    }

    /// What is wrong with two routes of one pattern.
    pub(crate) fn compare(&self, later: &Self) -> Option<Problem> {
        let (mine, theirs) =
            (self.route.handler.rules.source(), later.route.handler.rules.source());
        let (pattern, mine_name, their_name) =
            (&later.pattern, self.route.handler.name, later.route.handler.name);
        let pairs = || self.policies.iter().zip(later.policies.iter());
        let both = self.route.methods().iter().find(|method| later.serves(method.as_bytes()));
        if let Some(method) = both {
            let differ = pairs().any(|(mine, theirs)| mine.policy != theirs.policy);
            // A guard, of a resource or of a scope, may tell the two apart.
            let may_differ =
                [self, later].iter().any(|entry| entry.route.is_guarded() || !entry.route.is_root);
            return (differ && !may_differ).then(|| {
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
            mine.policy.shares_preflights_with(&theirs.policy)
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

/// A matcher for a full pattern.
fn matcher(pattern: &str) -> ResourceDef {
    match anonymous(pattern) {
        (anonymous, parameters) if parameters <= MAX_PARAMETERS => ResourceDef::new(anonymous),
        // Beyond what one pattern can hold: everything below its literal part,
        // so that it is never missed.
        _ => {
            let literal = pattern.split('{').next().unwrap_or_default();
            let (segments, _) = literal.rsplit_once('/').unwrap_or_default();
            ResourceDef::prefix(segments.to_owned())
        }
    }
}

/// A matcher for the part of a path that belongs to scopes.
fn scopes_matcher(scopes: &str) -> Option<ResourceDef> {
    let (anonymous, parameters) = anonymous(scopes);
    (parameters <= MAX_PARAMETERS).then(|| ResourceDef::prefix(anonymous))
}

/// The pattern with numbers for the names of its parameters, and how many there
/// are. Scopes may repeat a name, which one pattern may not.
fn anonymous(pattern: &str) -> (String, usize) {
    let mut anonymous = String::with_capacity(pattern.len());
    let (mut rest, mut parameters) = (pattern, 0);
    while let Some((before, after)) = rest.split_once('{') {
        let end = parameter_end(after);
        let regex = after[..end].find(':').map_or("", |colon| &after[colon..end]);
        anonymous.push_str(&format!("{before}{{p{parameters}{regex}"));
        parameters += 1;
        rest = &after[end..];
    }
    anonymous.push_str(rest);
    (anonymous, parameters)
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
