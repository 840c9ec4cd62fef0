//! What layers merge to, and what a policy lets a page do; origins are compared as strings.

use super::is_live;
use crate::applications::description::{Base, Layer, List, PARTNERS};

/// The policy of one route on one path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Policy {
    pub(super) off: bool,
    pub(crate) passthrough: bool,
    pub(super) origins: Names,
    pub(super) null: bool,
    pub(super) methods: Names,
    pub(super) headers: Names,
    pub(super) expose: Names,
    pub(super) credentials: Names,
    /// The origins that a layer above the global one added to `credentials`.
    pub(super) trusted_above: Vec<&'static str>,
    pub(crate) max_age: Option<i64>,
    pub(super) private_network: bool,
    pub(crate) enforce: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Names {
    Any,
    AnyWithAuthorization,
    Only(Vec<&'static str>),
}

/// Why a configuration must not start.
pub(crate) type Wrong = &'static str;

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
        let sets_origins = matches!(layer.origins, List::Any | List::Exactly(_));
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
            Base::Inherit if merged.is_disabled() && !sets_origins => {
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
    pub(super) const fn is_disabled(&self) -> bool {
        self.off || self.passthrough
    }

    fn put(&mut self, layer: &Layer, is_global: bool) -> Result<(), Wrong> {
        let inherits_all = self.credentials == Names::Any && layer.credentials == List::Inherit;
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
        // A layer that replaces the list replaces `null` with it.
        let replaces = matches!(layer.origins, List::Any | List::Exactly(_));
        self.null = layer.null.unwrap_or(self.null && !replaces);
        self.max_age = layer.max_age.or(self.max_age);
        Ok(())
    }

    /// The origins of a local profile, for a policy that allows some origin.
    pub(super) fn allow_loopback(&mut self) {
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

    pub(super) fn lists(&self, name: &str) -> bool {
        matches!(self, Self::Only(names) if names.contains(&name))
    }

    pub(super) fn without(&self, is_left_out: impl Fn(&str) -> bool) -> Self {
        match self {
            Self::Only(names) => {
                Self::Only(names.iter().copied().filter(|name| !is_left_out(name)).collect())
            }
            any => any.clone(),
        }
    }

    pub(super) fn exceeds(
        &self,
        limit: Option<&[&'static str]>,
        covers: impl Fn(&str, &str) -> bool,
    ) -> bool {
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

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    /// The table of the README: what is inherited, and what is set here.
    fn apply(
        &mut self,
        said: &List,
        expanded: impl Fn(&[&'static str]) -> Vec<&'static str>,
        covers: impl Fn(&str, &str) -> bool,
    ) -> Result<(), Wrong> {
        match (said, &mut *self) {
            (List::Inherit, _) => {}
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

pub(super) fn expanded(list: &[&'static str]) -> Vec<&'static str> {
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
        List::Inherit => return false,
        List::Any | List::AnyWithAuthorization => return true,
        List::Exactly(list) | List::Edit { add: list, .. } => expanded(list),
    };
    !said.iter().all(|new| known.iter().any(|known| covers(known, new)))
}

/// Whether every origin of one pattern is one of the other. What a regular expression matches
/// cannot be listed: it is covered by itself only.
pub(super) fn covers(mine: &str, other: &str) -> bool {
    let is_exact = !other.contains('*') && other != "~pr" && !is_live(other);
    mine == other || is_exact && pattern_matches(mine, other)
}

pub(super) fn pattern_matches(pattern: &str, origin: &str) -> bool {
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
