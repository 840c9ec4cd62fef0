//! Which policy a route has, and what it lets a page do: computed from the description alone, by
//! the tables of the README, as plainly as possible. Nothing here calls the library.

use std::sync::LazyLock;

use super::description::{
    Application, Base, Config, GROUPS, Kind, Layer, List, METHODS, Mode, ONE_OR_TWO, ORIGINS,
    PAGES, PARTNERS, PATHS, Route, Scope, Service,
};

/// The policy of one route on one path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Policy {
    off: bool,
    origins: Names,
    null: bool,
    methods: Names,
    headers: Names,
    expose: Names,
    credentials: bool,
    pub(crate) max_age: Option<i64>,
    private_network: bool,
    pub(crate) enforce: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Names {
    Any,
    AnyWithAuthorization,
    Only(Vec<&'static str>),
}

/// Why a configuration must not start.
pub(crate) type Wrong = &'static str;

// --- merging

/// Puts layers on top of each other, lowest first. `serves` is what an annotated route serves.
pub(crate) fn merge(
    layers: &[&Layer],
    policy: &Layer,
    serves: Option<&[&'static str]>,
) -> Result<Policy, Wrong> {
    let mut methods = serves.unwrap_or_default().to_vec();
    methods.extend(["GET", "HEAD", "POST"]);
    methods.sort_unstable();
    methods.dedup();
    let baseline = Policy {
        off: false,
        origins: Names::Only(Vec::new()),
        null: false,
        methods: Names::Only(methods),
        headers: Names::Only(Vec::new()),
        expose: Names::Only(Vec::new()),
        credentials: false,
        max_age: None,
        private_network: false,
        enforce: false,
    };
    let mut merged = baseline.clone();
    for layer in layers {
        let speaks_of_origins = matches!(layer.origins, List::Any | List::Exactly(_));
        // `off` takes permissions away; a refusal is none.
        let nothing = Policy { enforce: merged.enforce, ..baseline.clone() };
        match layer.base {
            Base::Off => {
                merged = Policy { off: true, ..nothing };
                continue;
            }
            Base::Inherit if merged.off && !speaks_of_origins => return Err("below `off`"),
            Base::Inherit if merged.off => merged = nothing,
            Base::Inherit => {}
            Base::Replace => merged = baseline.clone(),
            Base::Policy => {
                merged = baseline.clone();
                merged.put(policy)?;
            }
        }
        merged.put(layer)?;
    }
    merged.check()?;
    if let Some(serves) = serves {
        let serves = serves.iter().copied();
        let allowed = serves.filter(|method| merged.methods.has(method)).collect();
        merged.methods = Names::Only(allowed);
    }
    Ok(merged)
}

impl Policy {
    fn put(&mut self, layer: &Layer) -> Result<(), Wrong> {
        if self.credentials && layer.credentials.is_none() && adds_trust(&self.origins, layer) {
            return Err("credentials are only inherited, and a new origin is trusted");
        }
        let was_empty = self.origins.is_empty();
        self.origins.apply(&layer.origins, expanded, covers)?;
        if matches!(layer.origins, List::Edit { .. }) && !was_empty && self.origins.is_empty() {
            return Err("no origin is left");
        }
        self.methods.apply(&layer.methods, <[_]>::to_vec, |mine, other| mine == other)?;
        self.headers.apply(&layer.headers, <[_]>::to_vec, |mine, other| mine == other)?;
        self.expose.apply(&layer.expose, <[_]>::to_vec, |mine, other| mine == other)?;
        self.credentials = layer.credentials.unwrap_or(self.credentials);
        self.private_network = layer.private_network.unwrap_or(self.private_network);
        self.enforce = layer.enforce.unwrap_or(self.enforce);
        // Whoever replaces the list replaces `null` with it.
        let replaces = matches!(layer.origins, List::Any | List::Exactly(_));
        self.null = layer.null.unwrap_or(self.null && !replaces);
        self.max_age = layer.max_age.or(self.max_age);
        Ok(())
    }

    fn check(&self) -> Result<(), Wrong> {
        let any = self.origins == Names::Any;
        match () {
            () if self.off => Ok(()),
            () if any && self.credentials => Err("any with credentials"),
            () if any && self.private_network => Err("any with private_network"),
            () if self.null && self.credentials => Err("null with credentials"),
            () if self.null && self.private_network => Err("null with private_network"),
            () if self.expose == Names::Any && self.credentials => Err("expose any, credentials"),
            () => Ok(()),
        }
    }
}

impl Names {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::Any | Self::AnyWithAuthorization => true,
            Self::Only(names) => names.contains(&name),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    /// The table of the README: what is inherited meets what is said here.
    fn apply(
        &mut self,
        said: &List,
        expanded: impl Fn(&[&'static str]) -> Vec<&'static str>,
        covers: impl Fn(&str, &str) -> bool,
    ) -> Result<(), Wrong> {
        match (said, &mut *self) {
            (List::Silent, _) => {}
            (List::Any, _) => *self = Self::Any,
            (List::AnyWithAuthorization, _) => *self = Self::AnyWithAuthorization,
            (List::Exactly(list), _) => *self = Self::Only(expanded(list)),
            (List::Edit { .. }, Self::Any | Self::AnyWithAuthorization) => {
                return Err("an edit of `any`");
            }
            (List::Edit { add, remove }, Self::Only(names)) => {
                let remove = expanded(remove);
                if names.is_empty() && !remove.is_empty() {
                    return Err("nothing to remove");
                }
                let absent: Vec<_> = remove.iter().filter(|name| !names.contains(name)).collect();
                names.retain(|name| !remove.contains(name));
                if absent.iter().any(|gone| names.iter().any(|left| covers(left, gone))) {
                    return Err("what is removed is covered by a pattern that stays");
                }
                let new = expanded(add).into_iter().filter(|name| !names.contains(name));
                let new: Vec<_> = new.collect();
                names.extend(new);
            }
        }
        Ok(())
    }
}

fn expanded(list: &[&'static str]) -> Vec<&'static str> {
    let mut all = Vec::new();
    for element in list {
        match *element {
            "@partners" => all.extend(PARTNERS),
            plain => all.push(plain),
        }
    }
    all
}

fn adds_trust(inherited: &Names, layer: &Layer) -> bool {
    let Names::Only(known) = inherited else { return false };
    let said = match &layer.origins {
        List::Silent => return false,
        List::Any | List::AnyWithAuthorization => return true,
        List::Exactly(list) | List::Edit { add: list, .. } => expanded(list),
    };
    !said.iter().all(|new| known.iter().any(|known| covers(known, new)))
}

// --- origins, as strings

/// Whether every origin of one pattern is one of the other. What a regular expression matches
/// cannot be listed: it is covered by itself only.
fn covers(mine: &str, other: &str) -> bool {
    let is_exact = !other.contains('*') && other != "~pr";
    mine == other || is_exact && pattern_matches(mine, other)
}

fn pattern_matches(pattern: &str, origin: &str) -> bool {
    if pattern == "~pr" {
        let number = origin.strip_prefix("https://pr-");
        let number = number.and_then(|rest| rest.strip_suffix(".app.example"));
        return number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    }
    match pattern.split_once('*') {
        None => pattern == origin,
        Some(("http://localhost:", "")) => {
            origin == "http://localhost" || origin.starts_with("http://localhost:")
        }
        // Whole labels, and never the apex: what is left of `*.` is not empty.
        Some((before, after)) => {
            origin.len() > before.len() + after.len()
                && origin.starts_with(before)
                && origin.ends_with(after)
        }
    }
}

// --- what a policy lets a page do

/// What a page asks for across origins, as far as policies are concerned.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) origin: String,
    pub(crate) method: String,
    /// Those that are not safelisted, in lower case.
    pub(crate) headers: Vec<String>,
    pub(crate) include: bool,
    pub(crate) needs_preflight: bool,
}

impl Policy {
    /// Whether the page may read the response.
    pub(crate) fn shares_with(&self, origin: &str, include: bool) -> bool {
        let knows = match &self.origins {
            _ if self.off => false,
            Names::Any | Names::AnyWithAuthorization => return !include,
            Names::Only(_) if origin == "null" => self.null,
            Names::Only(list) => list.iter().any(|pattern| pattern_matches(pattern, origin)),
        };
        knows && (!include || self.credentials)
    }

    /// Whether the origin is allowed at all, with or without credentials.
    pub(crate) fn knows(&self, origin: &str) -> bool {
        self.shares_with(origin, false)
    }

    pub(crate) fn allows_method(&self, method: &str) -> bool {
        matches!(method, "GET" | "HEAD" | "POST") || self.methods.has(method)
    }

    pub(crate) fn allows_header(&self, name: &str) -> bool {
        match &self.headers {
            Names::Any => name != "authorization",
            Names::AnyWithAuthorization => true,
            Names::Only(names) => names.contains(&name),
        }
    }

    /// Whether a page may send this and read the response.
    pub(crate) fn allows(&self, wish: &Wish) -> bool {
        let asked = !wish.needs_preflight
            || self.allows_method(&wish.method)
                && wish.headers.iter().all(|name| self.allows_header(name));
        self.shares_with(&wish.origin, wish.include) && asked
    }

    pub(crate) fn exposes(&self, name: &str) -> bool {
        self.expose.has(name)
    }
}

// --- paths

/// The group of a path: the most specific one, counting literal segments first.
fn group_of<'c>(config: &'c Config, path: &str) -> Option<&'c (&'static str, Layer)> {
    let matching = config.groups.iter().filter(|(pattern, _)| group_matches(pattern, path));
    matching.max_by_key(|(pattern, _)| {
        let segments = pattern.trim_end_matches("/**").split('/').skip(1);
        let literals = segments.filter(|segment| *segment != "*").count();
        (literals, !pattern.ends_with("/**"))
    })
}

/// Whether two paths have the same policy, annotations apart.
pub(crate) fn are_in_one_group(config: &Config, one: &str, other: &str) -> bool {
    group_of(config, one).map(|(pattern, _)| pattern)
        == group_of(config, other).map(|(pattern, _)| pattern)
}

fn group_matches(pattern: &str, path: &str) -> bool {
    let (pattern, is_open) = match pattern.strip_suffix("/**") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut path = path.split('/').skip(1);
    let all = pattern.split('/').skip(1).all(|segment| match path.next() {
        Some(part) => segment == part || segment == "*" && !part.is_empty(),
        None => false,
    });
    all && (is_open || path.next().is_none())
}

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
    let mut path = match application.normalizes {
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

// --- routes

/// A place in the tree of services, by the number at each level.
pub(crate) type Place = Vec<usize>;

/// Every service but scopes, with its place, the pattern of its scopes, and whether one of these
/// has a guard.
pub(crate) fn leaves(services: &[Service]) -> Vec<Leaf<'_>> {
    tree(services).0
}

/// The place of every scope, and its pattern within the patterns of those around it.
pub(crate) type Scopes = Vec<(Place, Vec<&'static str>)>;

pub(crate) fn tree(services: &[Service]) -> (Vec<Leaf<'_>>, Scopes) {
    fn walk<'a>(
        services: &'a [Service],
        around: (&[&'static str], bool, &[usize]),
        leaves: &mut Vec<Leaf<'a>>,
        scopes: &mut Scopes,
    ) {
        let (prefixes, in_guarded_scope, at) = around;
        for (number, service) in services.iter().enumerate() {
            let place = [at, &[number]].concat();
            match service {
                Service::Scope(Scope { prefix, guard, services, .. }) => {
                    let prefixes = [prefixes, &[*prefix]].concat();
                    scopes.push((place.clone(), prefixes.clone()));
                    let around = (&*prefixes, in_guarded_scope || guard.is_some(), &*place);
                    walk(services, around, leaves, scopes);
                }
                service => {
                    let scopes = prefixes.to_vec();
                    let leaf = |place, local| {
                        let scopes = scopes.clone();
                        Leaf { place, scopes, local, in_guarded_scope, service }
                    };
                    match service {
                        Service::Route(Route { pattern, also, .. }) => {
                            let second = [&*place, &[1]].concat();
                            leaves.push(leaf(place, *pattern));
                            leaves.extend(also.map(|also| leaf(second, also)));
                        }
                        Service::Plain(plain) => leaves.push(leaf(place, plain.pattern)),
                        Service::Scope(_) => unreachable!("matched above"),
                    }
                }
            }
        }
    }
    let (mut leaves, mut scopes) = (Vec::new(), Vec::new());
    walk(services, (&[], false, &[]), &mut leaves, &mut scopes);
    (leaves, scopes)
}

#[derive(Clone, Debug)]
pub(crate) struct Leaf<'a> {
    pub(crate) place: Place,
    pub(crate) scopes: Vec<&'static str>,
    local: &'static str,
    pub(crate) in_guarded_scope: bool,
    pub(crate) service: &'a Service,
}

impl<'a> Leaf<'a> {
    pub(crate) fn route(&self) -> Option<&'a Route> {
        match self.service {
            Service::Route(route) => Some(route),
            _ => None,
        }
    }

    pub(crate) fn pattern(&self) -> String {
        format!("{}{}", self.scopes.concat(), self.local)
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        behind(&self.scopes, path).is_some_and(|rest| matches(self.local, rest))
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

/// The policy that holds on a path: of a route, or of what nobody annotated.
pub(crate) fn policy(
    config: &Config,
    leaf: Option<&Leaf<'_>>,
    path: &str,
) -> Result<Policy, Wrong> {
    policy_in(config, leaf, group_of(config, path))
}

fn policy_in(
    config: &Config,
    leaf: Option<&Leaf<'_>>,
    group: Option<&(&'static str, Layer)>,
) -> Result<Policy, Wrong> {
    let mut layers = vec![&config.global];
    layers.extend(group.map(|(_, layer)| layer));
    let Some((leaf, route)) = leaf.and_then(|leaf| Some((leaf, leaf.route()?))) else {
        return merge(&layers, &config.policy, None);
    };
    // What a route says for many paths does not open a group that is `off`.
    let is_closed = group.is_some_and(|(group, layer)| {
        layer.base == Base::Off
            && all_paths().iter().any(|path| leaf.matches(path) && !group_matches(group, path))
    });
    let module = route.module.as_ref().map(|module| narrowed(module, route));
    if !is_closed {
        layers.extend(&module);
        layers.push(&route.own);
    }
    merge(&layers, &config.policy, Some(&route.methods))
}

/// What a module says is for all its handlers: removing what this one does not serve is nothing.
fn narrowed(module: &Layer, route: &Route) -> Layer {
    let mut module = module.clone();
    if let List::Edit { remove, add } = &mut module.methods {
        remove.retain(|method| route.methods.contains(method));
        if remove.is_empty() && add.is_empty() {
            module.methods = List::Silent;
        }
    }
    module
}

/// Whether an application may start, must not, or either: where it depends on paths that a pattern
/// might match for all the library knows.
pub(crate) fn may_start(config: &Config, leaves: &[Leaf<'_>]) -> Option<bool> {
    let routes: Vec<_> = leaves.iter().filter(|leaf| leaf.route().is_some()).collect();
    let groups = || config.groups.iter().map(Some).chain([None]);
    let fallback = groups().all(|group| policy_in(config, None, group).is_ok());
    let real = routes.iter().all(|leaf| {
        let mine = all_paths().iter().filter(|path| leaf.matches(path));
        let mut met: Vec<_> = mine.map(|path| group_of(config, path)).collect();
        met.dedup();
        met.into_iter().all(|group| policy_in(config, Some(leaf), group).is_ok())
    });
    let thinkable = routes
        .iter()
        .all(|leaf| groups().all(|group| policy_in(config, Some(leaf), group).is_ok()));
    match (fallback && real, thinkable && merge(&[&config.policy], &config.policy, None).is_ok()) {
        (false, _) => Some(false),
        (true, true) => Some(true),
        (true, false) => None,
    }
}

/// Enough paths to tell any two patterns of the pools apart.
fn all_paths() -> &'static [String] {
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
        let doubled = ["//a", "//a/", "/a//a", "/b//a", "/z//a", "/a/b//a", "/z/z//a"];
        all.extend(doubled.map(str::to_owned));
        all
    });
    &ALL
}

// --- which of them runs, as far as it can be told before routing

/// A route that may run, or what nobody annotated.
pub(crate) type Runs<'a> = Option<Leaf<'a>>;

/// Everything that may run for a path and a method, if any guard may say yes or no, and a resource
/// that nobody annotated may serve any method.
///
/// Every scope may have a guard, for all that can be seen from outside. So where a scope has a
/// route that certainly serves the request, annotated routes of other scopes still may.
pub(crate) fn may_run<'a>(services: &'a [Service], path: &str, method: &str) -> Vec<Runs<'a>> {
    let (leaves, scopes) = tree(services);
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
                Service::Route(Route { guard, .. }) => {
                    let mine = |leaf: &&Leaf<'_>| leaf.place.starts_with(&place);
                    let mine: Vec<_> = self.leaves.iter().filter(mine).cloned().collect();
                    for leaf in mine {
                        let is_misplaced = self.cannot_be_placed(&leaf);
                        if !leaf.is_annotated_for(self.path, self.method)
                            || before == Before::ServedHere && !is_misplaced
                        {
                            continue;
                        }
                        self.found.push(Some(leaf));
                        // What nobody annotated may lie behind a guard, too.
                        if (is_misplaced || guard.is_some()) && before == Before::Nothing {
                            self.found.push(None);
                        }
                        if guard.is_none() && !is_misplaced {
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
        // Outside all scopes, the first annotated route stands for all until one in a scope.
        let annotated = self.leaves.iter().filter(|leaf| leaf.route().is_some());
        let upto = annotated.filter(|other| other.place <= leaf.place).collect::<Vec<_>>();
        let run = upto.rsplit(|leaf| !leaf.is_root()).next().unwrap();
        let place = match leaf.is_root() {
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

    #[test]
    fn every_pool_is_understood() {
        assert!(
            PAGES.iter().filter(|page| ORIGINS.iter().any(|o| covers_page(o, page))).count() > 5
        );
        assert!(GROUPS.iter().all(|group| PATHS.iter().any(|path| group_matches(group, path))));
        assert!(METHODS.contains(&"PURGE"));
    }

    fn covers_page(element: &'static str, page: &str) -> bool {
        expanded(&[element]).iter().any(|pattern| pattern_matches(pattern, page))
    }
}
