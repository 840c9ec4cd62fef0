//! Which policy a route has, and what it lets a page do: computed from the description alone, by
//! the tables of the README, as plainly as possible. Nothing here calls the library.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::description::{
    Base, Config, HOSTS, KEYED, Layer, Limits, List, PARTNERS, Permission, Profiles, Route,
};
use super::routes::{Leaf, all_paths};

/// The policy of one route on one path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Policy {
    off: bool,
    pub(crate) passthrough: bool,
    origins: Names,
    null: bool,
    methods: Names,
    headers: Names,
    expose: Names,
    credentials: Names,
    /// The origins that a layer above the global one added to `credentials`.
    trusted_above: Vec<&'static str>,
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
        passthrough: false,
        origins: Names::Only(Vec::new()),
        null: false,
        methods: Names::Only(methods),
        headers: Names::Only(Vec::new()),
        expose: Names::Only(Vec::new()),
        credentials: Names::Only(Vec::new()),
        trusted_above: Vec::new(),
        max_age: None,
        private_network: false,
        enforce: false,
    };
    let mut merged = baseline.clone();
    for (number, layer) in layers.iter().enumerate() {
        let is_global = number == 0;
        let speaks_of_origins = matches!(layer.origins, List::Any | List::Exactly(_));
        // `off` takes permissions away; a refusal is none.
        let nothing = Policy { enforce: merged.enforce, ..baseline.clone() };
        match layer.base {
            Base::Off => {
                merged = Policy { off: true, ..nothing };
                continue;
            }
            Base::Passthrough => {
                merged = Policy { passthrough: true, ..nothing };
                continue;
            }
            Base::Inherit if merged.is_disabled() && !speaks_of_origins => {
                return Err("below `off` or `passthrough`");
            }
            Base::Inherit if merged.is_disabled() => merged = nothing,
            Base::Inherit => {}
            Base::Replace => merged = baseline.clone(),
            Base::Policy => {
                merged = baseline.clone();
                merged.put(policy, is_global)?;
            }
        }
        merged.put(layer, is_global)?;
    }
    merged.check()?;
    merged.enforce &= !merged.passthrough;
    if let Some(serves) = serves {
        let serves = serves.iter().copied();
        let allowed = serves.filter(|method| merged.methods.has(method)).collect();
        merged.methods = Names::Only(allowed);
    }
    Ok(merged)
}

impl Policy {
    const fn is_disabled(&self) -> bool {
        self.off || self.passthrough
    }

    fn put(&mut self, layer: &Layer, is_global: bool) -> Result<(), Wrong> {
        let inherits_all = self.credentials == Names::Any && layer.credentials == List::Silent;
        if inherits_all && adds_trust(&self.origins, layer) {
            return Err("credentials are only inherited, and a new origin is trusted");
        }
        let below = self.origins.clone();
        let was_empty = self.origins.is_empty();
        self.origins.apply(&layer.origins, expanded, covers)?;
        if matches!(layer.origins, List::Edit { .. }) && !was_empty && self.origins.is_empty() {
            return Err("no origin is left");
        }
        self.methods.apply(&layer.methods, <[_]>::to_vec, |mine, other| mine == other)?;
        self.headers.apply(&layer.headers, <[_]>::to_vec, |mine, other| mine == other)?;
        self.expose.apply(&layer.expose, <[_]>::to_vec, |mine, other| mine == other)?;
        self.put_credentials(layer, &below, is_global)?;
        self.private_network = layer.private_network.unwrap_or(self.private_network);
        self.enforce = layer.enforce.unwrap_or(self.enforce);
        // Whoever replaces the list replaces `null` with it.
        let replaces = matches!(layer.origins, List::Any | List::Exactly(_));
        self.null = layer.null.unwrap_or(self.null && !replaces);
        self.max_age = layer.max_age.or(self.max_age);
        Ok(())
    }

    /// The origins of a local profile, for a policy that allows some origin.
    fn allow_loopback(&mut self) {
        let allows_some = !self.is_disabled() && (self.null || !self.origins.is_empty());
        let local = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];
        if let (Names::Only(names), true) = (&mut self.origins, allows_some) {
            names.extend(local);
        }
        if let (Names::Only(names), true) = (&mut self.credentials, allows_some)
            && !names.is_empty()
        {
            names.extend(local);
        }
    }

    /// What a layer lists must be among its origins. Of what it inherits, it keeps what is
    /// still allowed, and nothing for the origins that it adds.
    fn put_credentials(
        &mut self,
        layer: &Layer,
        below: &Names,
        is_global: bool,
    ) -> Result<(), Wrong> {
        let inherited = self.credentials.clone();
        self.credentials.apply(&layer.credentials, expanded, covers)?;
        let is_edit = matches!(layer.credentials, List::Edit { .. });
        if is_edit && !inherited.is_empty() && self.credentials.is_empty() {
            return Err("no origin is left that may send credentials");
        }
        let Names::Only(trusted) = &mut self.credentials else { return Ok(()) };
        let is_own = |name: &&str| match layer.credentials {
            List::Exactly(_) => true,
            _ => !inherited.lists(name),
        };
        let (own, inherited): (Vec<_>, Vec<_>) = trusted.drain(..).partition(is_own);
        let is_in = |names: &Names, wanted: &str| match names {
            Names::Any | Names::AnyWithAuthorization => true,
            Names::Only(names) => names.iter().any(|name| covers(name, wanted)),
        };
        if !own.iter().all(|name| is_in(&self.origins, name)) {
            return Err("credentials for an origin that is not allowed");
        }
        let mut kept: Vec<_> = own.clone();
        for name in inherited {
            if is_in(&self.origins, name) {
                kept.push(name);
            } else if let Names::Only(origins) = &self.origins {
                let part = |origin: &&&str| covers(name, origin) && is_in(below, origin);
                kept.extend(origins.iter().filter(part));
            }
        }
        if !is_global {
            self.trusted_above.extend(own);
        }
        self.credentials = Names::Only(kept);
        Ok(())
    }

    fn check(&self) -> Result<(), Wrong> {
        let any = self.origins == Names::Any;
        let all = self.credentials == Names::Any;
        match () {
            () if self.off => Ok(()),
            () if any && all => Err("any with credentials"),
            () if any && self.private_network => Err("any with private_network"),
            () if self.null && all => Err("null with credentials"),
            () if self.null && self.private_network => Err("null with private_network"),
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

    fn lists(&self, name: &str) -> bool {
        matches!(self, Self::Only(names) if names.contains(&name))
    }

    fn without(&self, is_left_out: impl Fn(&str) -> bool) -> Self {
        match self {
            Self::Only(names) => {
                Self::Only(names.iter().copied().filter(|name| !is_left_out(name)).collect())
            }
            any => any.clone(),
        }
    }

    fn exceeds(&self, limit: Option<&[&'static str]>, covers: impl Fn(&str, &str) -> bool) -> bool {
        let Some(limit) = limit else { return false };
        let limit = expanded(limit);
        match self {
            Self::Any | Self::AnyWithAuthorization => true,
            Self::Only(names) => {
                // The content of a live set is checked when it changes.
                let fixed = names.iter().filter(|name| !is_live(name));
                !fixed.into_iter().all(|name| limit.iter().any(|limit| covers(limit, name)))
            }
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
                let stays = |gone: &str| names.iter().any(|left| covers(left, gone));
                if absent.iter().any(|gone| stays(gone)) {
                    return Err("what is removed is covered by a pattern that stays");
                }
                let may_stay = names.iter().any(|left| is_live(left));
                if may_stay && absent.iter().any(|gone| !is_live(gone)) {
                    return Err("what is removed may be in a live set that stays");
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
    let is_exact = !other.contains('*') && other != "~pr" && !is_live(other);
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
        // Any port, and none.
        Some((before, "")) => origin
            .strip_prefix(before.trim_end_matches(':'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(':')),
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
        let lists = |list: &[&str]| list.iter().any(|pattern| pattern_matches(pattern, origin));
        let knows = match &self.origins {
            _ if self.off => false,
            // What every handler sends.
            _ if self.passthrough => return !include,
            Names::Any | Names::AnyWithAuthorization => true,
            Names::Only(_) if origin == "null" => self.null,
            Names::Only(list) => lists(list),
        };
        let trusts = || match &self.credentials {
            Names::Any | Names::AnyWithAuthorization => true,
            Names::Only(list) => origin != "null" && lists(list),
        };
        knows && (!include || trusts())
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
        // No handler answers preflights.
        let asked = !wish.needs_preflight
            || !self.passthrough
                && self.allows_method(&wish.method)
                && wish.headers.iter().all(|name| self.allows_header(name));
        self.shares_with(&wish.origin, wish.include) && asked
    }

    pub(crate) fn exposes(&self, name: &str) -> bool {
        self.expose.has(name)
    }
}

// --- which policy holds where

/// The policy that holds on a path: of a route, or of something un-annotated.
pub(crate) fn policy(
    config: &Config,
    leaf: Option<&Leaf<'_>>,
    path: &str,
    host: &str,
) -> Result<Policy, Wrong> {
    let mut policy = policy_in(config, leaf, group_of(config, path, host), host)?;
    for names in [&mut policy.origins, &mut policy.credentials] {
        let Names::Only(list) = names else { continue };
        let live: Vec<_> = list.iter().copied().filter(|name| is_live(name)).collect();
        list.retain(|name| !is_live(name));
        list.extend(live.into_iter().flat_map(|name| content(name, path)));
    }
    // What was filled in was checked.
    let limit = config.limits.as_ref().and_then(|limits| limits.origins.as_deref());
    let names_live = limit.is_some_and(|limit| limit.contains(&"@live"));
    let is_local = config.profiles.as_ref().is_some_and(Profiles::is_local);
    if !names_live && !is_local && policy.origins.exceeds(limit, covers) {
        return Err("a live set exceeds a limit");
    }
    Ok(policy)
}

thread_local! {
    /// What the live sets contain.
    static CONTENT: RefCell<Content> = RefCell::default();
}

/// The content of the live set, and of each key of the keyed one.
#[derive(Clone, Default)]
pub(crate) struct Content {
    pub(crate) live: Vec<&'static str>,
    pub(crate) keyed: BTreeMap<&'static str, Vec<&'static str>>,
}

/// From now on, live sets contain this.
pub(crate) fn set_content(content: &Content) {
    CONTENT.set(content.clone());
}

fn is_live(name: &str) -> bool {
    name == "@live" || name == KEYED
}

/// The origins of a live set for a path. The key is the first segment.
fn content(set: &str, path: &str) -> Vec<&'static str> {
    CONTENT.with_borrow(|content| match set {
        "@live" => content.live.clone(),
        _ => {
            let key = path.split('/').nth(1).unwrap_or_default();
            content.keyed.get(key).cloned().unwrap_or_default()
        }
    })
}

fn policy_in(
    config: &Config,
    leaf: Option<&Leaf<'_>>,
    group: Option<&(&'static str, Layer)>,
    host: &str,
) -> Result<Policy, Wrong> {
    let global = global(config);
    let mut layers = vec![&global];
    layers.extend(group.map(|(_, layer)| layer));
    let merged = |layers: &[&Layer], serves| {
        let mut merged = merge(layers, &config.policy, serves)?;
        let profiles = config.profiles.as_ref();
        let is_strict = profiles.is_some_and(|it| it.in_force().is_some() && !it.is_local());
        if is_strict && merged.origins.lists("http://localhost:*") {
            return Err("any port of the local machine, in production");
        }
        if config.limits.as_ref().is_some_and(|limits| exceeds(limits, &merged, layers, config)) {
            return Err("over a limit");
        }
        // Where it was set is no part of what a policy allows.
        merged.trusted_above.clear();
        if profiles.is_some_and(Profiles::is_local) {
            merged.allow_loopback();
        }
        Ok(merged)
    };
    let Some((leaf, route)) = leaf.and_then(|leaf| Some((leaf, leaf.route()?))) else {
        return merged(&layers, None);
    };
    let leads_out =
        |group| all_paths().iter().any(|path| leaf.matches(path) && !group_matches(group, path));
    // What a route says for many paths does not open a group that is `off`, and a group that is
    // `passthrough` takes nothing away from such a route.
    let disabled = group.filter(|(group, layer)| layer.base.is_disabled() && leads_out(group));
    let is_closed = disabled.is_some_and(|(_, layer)| layer.base != Base::Passthrough);
    if disabled.is_some() && !is_closed {
        // What holds for all paths of the route holds here, too.
        layers.pop();
        let on_host = config.groups.iter().filter(|(_, layer)| layer.holds_on(host));
        let around = on_host.filter(|(group, _)| !leads_out(group)).max_by_key(specificity);
        layers.extend(around.map(|(_, layer)| layer));
    }
    let module = route.module.as_ref().map(|module| narrowed(module, route));
    if !is_closed {
        layers.extend(module.iter().chain([&route.own]).filter(|layer| layer.holds_on(host)));
    }
    merged(&layers, Some(&route.methods))
}

/// What `[cors]` says, and in its place the profile that is in force.
fn global(config: &Config) -> Layer {
    let mut global = config.global.clone();
    let Some(over) = config.profiles.as_ref().and_then(Profiles::layer) else { return global };
    let replace = |list: &mut List, over: &List| {
        if *over != List::Silent {
            *list = over.clone();
        }
    };
    replace(&mut global.origins, &over.origins);
    replace(&mut global.methods, &over.methods);
    replace(&mut global.headers, &over.headers);
    replace(&mut global.expose, &over.expose);
    replace(&mut global.credentials, &over.credentials);
    global.private_network = over.private_network.or(global.private_network);
    global.enforce = over.enforce.or(global.enforce);
    global.null = over.null.or(global.null);
    global.max_age = over.max_age.or(global.max_age);
    global
}

/// Whether a policy allows more than some limit does.
fn exceeds(limits: &Limits, policy: &Policy, layers: &[&Layer], config: &Config) -> bool {
    if policy.is_disabled() {
        return policy.passthrough && !limits.passthrough;
    }
    let longest = policy.max_age.unwrap_or(5);
    let is_listed = |limit: &str, name: &str| limit == name;
    let is_sent_anyway = |name: &str| matches!(name, "GET" | "HEAD" | "POST");
    policy.origins.exceeds(limits.origins.as_deref(), covers)
        || policy.null && limits.origins.is_some()
        || policy.methods.without(is_sent_anyway).exceeds(limits.methods.as_deref(), is_listed)
        || policy.headers.exceeds(limits.headers.as_deref(), is_listed)
        || policy.expose.exceeds(limits.expose.as_deref(), is_listed)
        || limits.max_age.is_some_and(|most| longest > most)
        || !policy.credentials.is_empty()
            && match limits.credentials {
                None => false,
                Some(Permission::Never) => true,
                Some(Permission::GlobalOnly) => match &policy.credentials {
                    Names::Only(trusted) => {
                        trusted.iter().any(|name| policy.trusted_above.contains(name))
                    }
                    _ => !are_credentials_global(layers, &config.policy),
                },
            }
}

/// Whether it is the lowest layer that says `credentials = true`, or its policy.
fn are_credentials_global(layers: &[&Layer], policy: &Layer) -> bool {
    let mut said = layers.iter().enumerate().filter(|(_, layer)| match layer.credentials {
        List::Silent => layer.base == Base::Policy && policy.credentials == List::Any,
        List::Any => true,
        _ => false,
    });
    said.next_back().is_some_and(|(number, _)| number == 0)
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
    let (mut is_right, mut is_thinkable) = (true, true);
    for host in HOSTS {
        let on_host = config.groups.iter().filter(|(_, layer)| layer.holds_on(host));
        let groups: Vec<_> = on_host.map(Some).chain([None]).collect();
        let is_ok = |leaf, group| policy_in(config, leaf, group, host).is_ok();
        is_right &= groups.iter().all(|group| is_ok(None, *group));
        is_right &= routes.iter().all(|leaf| {
            let mine = all_paths().iter().filter(|path| leaf.matches(path));
            let mut met: Vec<_> = mine.map(|path| group_of(config, path, host)).collect();
            met.dedup();
            met.into_iter().all(|group| is_ok(Some(leaf), group))
        });
        is_thinkable &=
            routes.iter().all(|leaf| groups.iter().all(|group| is_ok(Some(leaf), *group)));
    }
    is_thinkable &= merge(&[&config.policy], &config.policy, None).is_ok();
    match (is_right, is_thinkable) {
        (false, _) => Some(false),
        (true, true) => Some(true),
        (true, false) => None,
    }
}

/// The group of a path on a host: the most specific one, counting literal segments first, and
/// among those of one pattern the one for this host alone.
fn group_of<'c>(config: &'c Config, path: &str, host: &str) -> Option<&'c (&'static str, Layer)> {
    let on_host = config.groups.iter().filter(|(_, layer)| layer.holds_on(host));
    let matching = on_host.filter(|(pattern, _)| group_matches(pattern, path));
    matching.max_by_key(specificity)
}

/// The most specific group of several is the greatest.
fn specificity((pattern, layer): &&(&'static str, Layer)) -> (usize, bool, usize, bool) {
    let segments = pattern.trim_end_matches("/**").split('/').skip(1);
    let literals = segments.clone().filter(|segment| *segment != "*").count();
    let is_exact = !pattern.ends_with("/**");
    (literals, is_exact, segments.count(), layer.host.is_some())
}

/// Whether two paths have the same policy, annotations apart.
pub(crate) fn are_in_one_group(config: &Config, one: &str, other: &str, host: &str) -> bool {
    let group = |path| group_of(config, path, host).map(|(pattern, _)| pattern);
    group(one) == group(other)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::applications::description::{GROUPS, METHODS, ORIGINS, PAGES, PATHS};

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
