//! Which policy a route has, and what it lets a page do: computed from the description alone, by
//! the tables of the README, as plainly as possible. Nothing here calls the library.

mod policy;

use std::cell::RefCell;
use std::collections::BTreeMap;

use self::policy::{Names, covers, expanded, pattern_matches};
pub(crate) use self::policy::{Policy, Wish, Wrong, merge};
use super::description::{
    Base, Config, HOSTS, KEYED, Layer, Limits, List, Permission, Profiles, Route,
};
use super::routes::{Leaf, all_paths};

/// The policy that applies to a path: of a route, or of something un-annotated.
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
    // The rules of a route for many paths do not open a group that is `off`, and a group that is
    // `passthrough` takes nothing away from such a route.
    let disabled = group.filter(|(group, layer)| layer.base.is_disabled() && leads_out(group));
    let is_closed = disabled.is_some_and(|(_, layer)| layer.base != Base::Passthrough);
    if disabled.is_some() && !is_closed {
        // What applies to all paths of the route applies here, too.
        layers.pop();
        let on_host = config.groups.iter().filter(|(_, layer)| layer.applies_on(host));
        let around = on_host.filter(|(group, _)| !leads_out(group)).max_by_key(specificity);
        layers.extend(around.map(|(_, layer)| layer));
    }
    let module = route.module.as_ref().map(|module| narrowed(module, route));
    if !is_closed {
        layers.extend(module.iter().chain([&route.own]).filter(|layer| layer.applies_on(host)));
    }
    merged(&layers, Some(&route.methods))
}

/// The rules of `[cors]`, overridden by the profile in force.
fn global(config: &Config) -> Layer {
    let mut global = config.global.clone();
    let Some(over) = config.profiles.as_ref().and_then(Profiles::layer) else { return global };
    let replace = |list: &mut List, over: &List| {
        if *over != List::Inherit {
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

/// Whether the lowest layer, or its policy, sets `credentials = true`.
fn are_credentials_global(layers: &[&Layer], policy: &Layer) -> bool {
    let mut said = layers.iter().enumerate().filter(|(_, layer)| match layer.credentials {
        List::Inherit => layer.base == Base::Policy && policy.credentials == List::Any,
        List::Any => true,
        _ => false,
    });
    said.next_back().is_some_and(|(number, _)| number == 0)
}

/// The rules of a module are for all its handlers: removing what this one does not serve is nothing.
fn narrowed(module: &Layer, route: &Route) -> Layer {
    let mut module = module.clone();
    if let List::Edit { remove, add } = &mut module.methods {
        remove.retain(|method| route.methods.contains(method));
        if remove.is_empty() && add.is_empty() {
            module.methods = List::Inherit;
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
        let on_host = config.groups.iter().filter(|(_, layer)| layer.applies_on(host));
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
    let on_host = config.groups.iter().filter(|(_, layer)| layer.applies_on(host));
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
