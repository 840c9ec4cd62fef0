//! Which paths a resource matches, and which resources may run for a request, as actix matches and
//! as far as it can be told before routing. Nothing here calls the library.

use std::sync::LazyLock;

use super::description::{
    Application, Guard, Kind, Mode, ONE_OR_TWO, Plain, Resource, Route, Scope, Service,
};

// --- paths

/// Whether a pattern of actix matches the whole path.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    leftovers(pattern, path).iter().any(|rest| rest.is_empty())
}

/// What scopes leave of a path, if they take it. actix matches scope by scope: each takes as much
/// as it can, up to a slash or the end, and nothing gives anything back.
pub(crate) fn behind<'p>(scopes: &[&str], path: &'p str) -> Option<&'p str> {
    scopes.iter().try_fold(path, |path, scope| {
        let ends = |rest: &&str| rest.is_empty() || rest.starts_with('/');
        leftovers(scope, path).into_iter().find(ends)
    })
}

/// What may be left of a path behind a pattern, the least first.
fn leftovers<'p>(pattern: &str, path: &'p str) -> Vec<&'p str> {
    let Some(open) = pattern.find('{') else {
        return path.strip_prefix(pattern).into_iter().collect();
    };
    let close = open + pattern[open..].find('}').unwrap();
    let Some(rest) = path.strip_prefix(&pattern[..open]) else { return Vec::new() };
    // `{name:.*}` stands for anything, `{name}` for one segment that is not empty, and
    // [`ONE_OR_TWO`] for one or two of these.
    let most = match pattern[open..close].split_once(':') {
        Some((_, ".*")) => usize::MAX,
        Some(_) => 2,
        None => 1,
    };
    let is_taken = |end: &usize| {
        let mut segments = rest[..*end].split('/');
        most == usize::MAX
            || segments.clone().count() <= most && segments.all(|segment| !segment.is_empty())
    };
    let ends = (0..=rest.len()).rev().filter(is_taken);
    ends.flat_map(|end| leftovers(&pattern[close + 1..], &rest[end..])).collect()
}

/// The path as actix routes it.
pub(crate) fn routed(application: &Application, path: &str) -> String {
    normalized(application.normalizes, &received(application, path))
}

/// The path as it reaches `Cors`.
pub(crate) fn received(application: &Application, path: &str) -> String {
    normalized(application.normalizes_outside, path)
}

fn normalized(mode: Option<Mode>, path: &str) -> String {
    let mut path = match mode {
        None => return path.to_owned(),
        Some(Mode::Trim) => path.trim_end_matches('/').to_owned(),
        Some(Mode::MergeOnly) => path.to_owned(),
        Some(Mode::Always) => format!("{path}/"),
    };
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

/// Whether no `NormalizePath` that does not add a slash would change the path.
pub(crate) fn is_normal(path: &str) -> bool {
    !path.contains("//") && (path == "/" || !path.ends_with('/'))
}

/// Whether one slash more would lead to a resource: a `NormalizePath` might add it.
pub(crate) fn gains_by_a_slash(services: &[Service], path: &str) -> bool {
    let longer = format!("{path}/");
    leaves(services).iter().any(|leaf| {
        leaf.may_match(&longer) && (leaf.pattern().ends_with('/') || !leaf.matches(path))
    })
}

/// Enough paths to tell any two patterns of the pools apart.
pub(crate) fn all_paths() -> &'static [String] {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut all = vec![String::new(), "/".to_owned()];
        let mut level = vec![String::new()];
        for _ in 0..4 {
            let next = level.iter().flat_map(|path| ["a", "b", "z"].map(|s| format!("{path}/{s}")));
            level = next.collect();
            all.extend(level.iter().cloned());
        }
        let with_slash: Vec<_> = all[2..].iter().map(|path| format!("{path}/")).collect();
        all.extend(with_slash);
        let scopes = all[2..].iter().filter(|path| path.matches('/').count() < 4);
        let scopes = scopes.filter(|path| !path.ends_with('/')).chain([&all[0]]);
        let doubled: Vec<_> =
            scopes.flat_map(|path| ["//a", "//a/"].map(|end| format!("{path}{end}"))).collect();
        all.extend(doubled);
        all
    });
    &ALL
}

// --- routes

/// A place in the tree of services, by the number at each level.
pub(crate) type Place = Vec<usize>;

/// Every service but scopes, with its place, and the patterns and guards of its scopes.
pub(crate) fn leaves(services: &[Service]) -> Vec<Leaf<'_>> {
    tree(services).0
}

/// The place of every scope, and its pattern within the patterns of those around it.
pub(crate) type Scopes = Vec<(Place, Vec<&'static str>)>;

pub(crate) fn tree(services: &[Service]) -> (Vec<Leaf<'_>>, Scopes) {
    fn walk<'a>(
        services: &'a [Service],
        around: (&[&'static str], &[Guard], &[usize], bool),
        leaves: &mut Vec<Leaf<'a>>,
        scopes: &mut Scopes,
    ) {
        let (prefixes, guards, at, shares_anchor) = around;
        for (number, service) in services.iter().enumerate() {
            let place = [at, &[number]].concat();
            match service {
                Service::Scope(Scope { prefix, guard, services, is_bundle, .. }) => {
                    let prefixes = [prefixes, &[*prefix]].concat();
                    scopes.push((place.clone(), prefixes.clone()));
                    let guards: Vec<_> = guards.iter().copied().chain(*guard).collect();
                    let around = (&*prefixes, &*guards, &*place, *is_bundle);
                    walk(services, around, leaves, scopes);
                }
                service => {
                    let (scopes, guards) = (prefixes.to_vec(), guards.to_vec());
                    let leaf = |place, local, route: Option<&'a Route>, guard: Option<Guard>| {
                        let (scopes, guards) = (scopes.clone(), guards.clone());
                        let is_guarded = guard.or(route.and_then(|route| route.guard)).is_some();
                        let scope = at.to_vec();
                        Leaf {
                            place,
                            scope,
                            shares_anchor,
                            scopes,
                            guards,
                            local,
                            service,
                            route,
                            is_guarded,
                        }
                    };
                    match service {
                        Service::Route(route) => {
                            let second = [&*place, &[1]].concat();
                            leaves.push(leaf(place, route.pattern, Some(route), None));
                            let also = route.also.map(|also| leaf(second, also, Some(route), None));
                            leaves.extend(also);
                        }
                        Service::Resource(Resource { pattern, guard, routes, .. }) => {
                            for (number, route) in routes.iter().enumerate() {
                                let place = [&*place, &[number]].concat();
                                leaves.push(leaf(place, *pattern, Some(route), *guard));
                            }
                        }
                        Service::Plain(plain) if plain.kind == Kind::Files => {
                            leaves.push(leaf(place, plain.mount_path(), None, None));
                        }
                        Service::Plain(plain) => {
                            leaves.push(leaf(place, plain.pattern, None, None));
                        }
                        Service::Scope(_) => unreachable!("matched above"),
                    }
                }
            }
        }
    }
    let (mut leaves, mut scopes) = (Vec::new(), Vec::new());
    walk(services, (&[], &[], &[], true), &mut leaves, &mut scopes);
    (leaves, scopes)
}

#[derive(Clone, Debug)]
pub(crate) struct Leaf<'a> {
    pub(crate) place: Place,
    /// The place of the scope that it is registered in; empty outside of all scopes.
    scope: Place,
    /// Whether it is registered outside of all scopes, or in a bundle.
    shares_anchor: bool,
    pub(crate) scopes: Vec<&'static str>,
    /// Those of the scopes.
    guards: Vec<Guard>,
    local: &'static str,
    pub(crate) service: &'a Service,
    route: Option<&'a Route>,
    /// Whether it has a guard of its own.
    is_guarded: bool,
}

impl<'a> Leaf<'a> {
    pub(crate) const fn route(&self) -> Option<&'a Route> {
        self.route
    }

    pub(crate) fn pattern(&self) -> String {
        format!("{}{}", self.scopes.concat(), self.local)
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        behind(&self.scopes, path).is_some_and(|rest| match self.service {
            Service::Plain(Plain { kind: Kind::Files, .. }) => {
                behind(&[self.local], rest).is_some()
            }
            _ => matches(self.local, rest),
        })
    }

    /// Whether a `host` of the route, or of its module, is another one than that of a request, and
    /// a guard may tell hosts apart: then the route is taken not to be there.
    pub(crate) fn is_excluded(&self, host: &str) -> bool {
        self.route().is_some_and(|route| {
            let may_be_guarded = !self.is_root() || self.is_guarded;
            may_be_guarded && !route.layers().all(|layer| layer.applies_on(host))
        })
    }

    /// Whether the guard of a scope may turn a request away, other than one on a host that the
    /// route tells.
    pub(crate) fn may_be_turned_away(&self) -> bool {
        let is_told = |guard: &Guard| match (guard, self.route()) {
            (Guard::Host(host), Some(route)) => {
                route.layers().any(|layer| layer.host == Some(*host))
            }
            _ => false,
        };
        !self.guards.iter().all(is_told)
    }

    fn is_root(&self) -> bool {
        self.scopes.is_empty()
    }

    /// Whether both patterns match the same paths: names of parameters do not matter.
    pub(crate) fn has_pattern(&self, pattern: &str) -> bool {
        let anonymous = |pattern: &str| pattern.replace("{id}", "{}").replace("{t}", "{}");
        anonymous(&self.pattern()) == anonymous(pattern)
    }

    /// Whether the path matches if the scopes end where they do, or elsewhere: where one ends
    /// behind [`ONE_OR_TWO`] cannot be seen from outside.
    fn may_match(&self, path: &str) -> bool {
        self.matches(path) || self.scopes.contains(&ONE_OR_TWO) && matches(&self.pattern(), path)
    }

    /// Whether this is an annotated route that serves the path and the method only if its scopes
    /// end elsewhere.
    fn may_be_divided_for(&self, path: &str, method: &str) -> bool {
        let serves = self.route().is_some_and(|route| route.methods.contains(&method));
        serves && !self.matches(path) && self.may_match(path)
    }

    /// Whether this is an annotated route that serves the path and the method.
    pub(crate) fn is_annotated_for(&self, path: &str, method: &str) -> bool {
        let serves = self.route().is_some_and(|route| route.methods.contains(&method));
        serves && self.matches(path)
    }
}

// --- which of them runs, as far as it can be told before routing

/// A route that may run, or something un-annotated.
pub(crate) type Runs<'a> = Option<Leaf<'a>>;

/// Everything that may run for a path and a method, if any guard may accept or reject, and a resource
/// that is not annotated may serve any method.
///
/// Every scope may have a guard, for all that can be seen from outside. So where a scope has a
/// route that certainly serves the request, annotated routes of other scopes still may.
///
/// Routes for other hosts are not there. Where all are, no guard may be, for all that is known.
pub(crate) fn may_run<'a>(
    services: &'a [Service],
    path: &str,
    method: &str,
    host: &str,
) -> Vec<Runs<'a>> {
    let (mut leaves, scopes) = tree(services);
    let serves = |leaf: &Leaf<'_>| {
        leaf.is_annotated_for(path, method) || leaf.may_be_divided_for(path, method)
    };
    let of_hosts: Vec<_> = leaves.iter().filter(|leaf| serves(leaf)).cloned().collect();
    if !of_hosts.is_empty() && of_hosts.iter().all(|leaf| leaf.is_excluded(host)) {
        return of_hosts.into_iter().map(Some).chain([None]).collect();
    }
    leaves.retain(|leaf| !serves(leaf) || !leaf.is_excluded(host));
    let mut walk = Walk { path, method, leaves, scopes, found: Vec::new() };
    let perhaps = walk.leaves.iter().filter(|leaf| leaf.may_be_divided_for(path, method));
    let perhaps: Vec<_> = perhaps.cloned().map(Some).collect();
    if !walk.through(services, &[], &[], Before::Nothing) || !perhaps.is_empty() {
        walk.found.push(None);
    }
    walk.found.extend(perhaps);
    walk.found
}

/// What is known to serve the request already.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    /// A route of another scope, which may have a guard.
    ElsewhereServed,
    /// A route of the same scope.
    ServedHere,
}

struct Walk<'a, 'p> {
    path: &'p str,
    method: &'p str,
    leaves: Vec<Leaf<'a>>,
    scopes: Scopes,
    found: Vec<Runs<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// Whether an annotated route certainly serves the request here, guards of scopes apart.
    fn through(
        &mut self,
        services: &'a [Service],
        scopes: &[&'static str],
        at: &[usize],
        before: Before,
    ) -> bool {
        let mut before = before;
        let mut served = false;
        for (number, service) in services.iter().enumerate() {
            let place = [at, &[number]].concat();
            match service {
                Service::Scope(Scope { prefix, services, .. }) => {
                    let scopes = [scopes, &[*prefix]].concat();
                    if behind(&scopes, self.path).is_some() {
                        let inside = self.through(services, &scopes, &place, before);
                        if !inside && before == Before::Nothing {
                            self.found.push(None);
                        }
                        served |= inside;
                        if inside && before == Before::Nothing {
                            before = Before::ElsewhereServed;
                        }
                    }
                }
                Service::Route(_) | Service::Resource(_) => {
                    let mine = |leaf: &&Leaf<'_>| leaf.place.starts_with(&place);
                    let mine: Vec<_> = self.leaves.iter().filter(mine).cloned().collect();
                    let serves = |leaf: &Leaf<'_>| leaf.is_annotated_for(self.path, self.method);
                    // It takes the requests of all other methods, too.
                    let takes_unserved = matches!(service, Service::Resource(_))
                        && mine.iter().any(|leaf| leaf.matches(self.path))
                        && !mine.iter().any(serves);
                    if takes_unserved && before == Before::Nothing {
                        self.found.push(None);
                    }
                    for leaf in mine {
                        let is_guarded = leaf.is_guarded;
                        let is_misplaced = self.cannot_be_placed(&leaf);
                        if !leaf.is_annotated_for(self.path, self.method)
                            || before == Before::ServedHere && !is_misplaced
                        {
                            continue;
                        }
                        self.found.push(Some(leaf));
                        // What is not annotated may lie behind a guard, too.
                        if (is_misplaced || is_guarded) && before == Before::Nothing {
                            self.found.push(None);
                        }
                        if !is_guarded && !is_misplaced {
                            served = true;
                            if before == Before::ElsewhereServed {
                                continue;
                            }
                            before = Before::ServedHere;
                            // Outside all scopes nothing else is thinkable.
                            if at.is_empty() {
                                return true;
                            }
                        }
                    }
                }
                Service::Plain(plain) => {
                    let leaf = self.leaves.iter().find(|leaf| leaf.place == place).unwrap();
                    let pattern = leaf.pattern();
                    let other_method = plain.kind == Kind::Attribute
                        && plain.method != self.method
                        && self.first_annotated().is_some_and(|first| first.has_pattern(&pattern));
                    let is_met = leaf.matches(self.path) && !other_method;
                    if before == Before::Nothing && is_met {
                        self.found.push(None);
                    }
                }
            }
        }
        served
    }

    /// Whether something that is registered before an annotated route takes all that lies where the
    /// route lies: a tail, or a scope for any segment. The edge then cannot find out whether the
    /// scopes of the route are the ones that actix walks into, even for paths that are left alone.
    fn cannot_be_placed(&self, leaf: &Leaf<'a>) -> bool {
        let Some(rest) = behind(&leaf.scopes, self.path) else { return false };
        // Where a scope takes what depends on the rest, nothing can be made up.
        if leaf.scopes.contains(&ONE_OR_TWO) {
            return true;
        }
        let beside = format!("{}/?/?/?/?", &self.path[..self.path.len() - rest.len()]);
        // The first annotated route stands for all of a bundle, until one in another scope.
        let annotated = self.leaves.iter().filter(|leaf| leaf.route().is_some());
        let upto = annotated.filter(|other| other.place <= leaf.place).collect::<Vec<_>>();
        let run = upto.rsplit(|other| other.scope != leaf.scope).next().unwrap();
        let place = match leaf.shares_anchor {
            true => &run[0].place,
            false => &leaf.place,
        };
        let leaf_takes = |earlier: &Leaf<'_>| earlier.place < *place && earlier.matches(&beside);
        let scope_takes = |(scope, patterns): &(Place, Vec<&'static str>)| {
            let is_around = place.starts_with(scope);
            scope < place && !is_around && behind(patterns, &beside).is_some()
        };
        self.leaves.iter().any(leaf_takes) || self.scopes.iter().any(scope_takes)
    }

    fn first_annotated(&self) -> Option<&Leaf<'a>> {
        self.leaves.iter().find(|leaf| leaf.is_annotated_for(self.path, self.method))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_actix() {
        for (pattern, path, expected) in [
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/{id}", "/a", true),
            ("/{id}", "/", false),
            ("/{id}", "/a/b", false),
            ("/{id}/b", "/a/b", true),
            ("/{t}/{id}", "/a/b", true),
            ("/{tail:.*}", "/", true),
            ("/{tail:.*}", "/a/b", true),
            ("/{t}/{tail:.*}", "/a/", true),
            ("/{t}/{tail:.*}", "/a", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
            let actix = actix_web::dev::ResourceDef::new(pattern).is_match(path);
            assert_eq!(actix, expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn scopes_take_what_those_of_actix_take() {
        use super::super::description::{PATTERNS, PREFIXES};
        use actix_web::dev::ResourceDef;
        for scope in PREFIXES {
            for path in all_paths() {
                let taken = ResourceDef::prefix(*scope).find_match(path);
                let rest = taken.map(|taken| &path[taken..]);
                assert_eq!(behind(&[scope], path), rest, "{scope} on {path}");
            }
        }
        for pattern in PATTERNS {
            for path in all_paths() {
                let actix = ResourceDef::new(*pattern).is_match(path);
                assert_eq!(matches(pattern, path), actix, "{pattern} on {path}");
            }
        }
    }
}
