//! Whether merged rules stay under the limits.
//!
//! Looks at what comes out of merging, so that it does not matter whether a
//! value was listed, added, inherited or came with a named policy. Which layers
//! are merged is left to resolving.
//!
//! May import: `config`, `grammar`, `merge`, `problem`, `setting`.

mod overrides;
mod production;

pub(crate) use self::overrides::RouteOverride;
pub(crate) use self::production::{check_overlay, check_production};

use self::production::is_preset;
use crate::config::{Limits, Permission};
use crate::grammar::Method;
use crate::merge::Cover;
use crate::merge::{
    Context, HostlessPlace, Layer, Layered, List, Mergeable, Merged, MergedList, Rule,
};
use crate::problem::{Code, Problem, Source};
use crate::setting::Setting;

/// [`Limits`] whose lists are parsed.
#[derive(Clone, Debug)]
pub(crate) struct CheckedLimits {
    pub(crate) limits: Limits,
    /// `Rule::Inherit` is no limit.
    lists: Layer,
    /// Where `loopback = true` is said: what it lets in cannot get to production.
    preset: Option<Source>,
}

/// What browsers take for `max_age` when the header is missing.
pub(crate) const DEFAULT_MAX_AGE: u32 = 5;

impl CheckedLimits {
    /// Parses the lists, which may name origin sets.
    pub(crate) fn new(
        limits: &Limits,
        preset: Option<Source>,
        context: Context<'_>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let (lists, found) = Layer::check(&limits.rules, Context { is_limit: true, ..context });
        problems.extend(found);
        lists.refuse_host(HostlessPlace::Limits, problems);
        Self { limits: limits.clone(), lists, preset }
    }

    /// Whatever in `merged` is over a limit. `layers` are what it came out of;
    /// `serves` are the methods of an annotated route.
    pub(crate) fn check(
        &self,
        merged: &Merged,
        layers: &[&Layer],
        serves: Option<&[Method]>,
    ) -> Vec<Problem> {
        let mut over = LimitCheck { limits: &self.limits, layers, problems: Vec::new() };
        if merged.off.is_some() {
            return over.problems;
        }
        let Layer { origins, methods, headers, expose, max_age, .. } = &self.lists;
        over.list(Setting::Origins, origins, &merged.origins, |origin| {
            is_preset(origin, self.preset.as_ref())
        });
        if matches!(origins, Rule::Set(List::Only(_))) && merged.allow_null.value {
            over.report(Setting::Origins, "the origin `null`", &merged.allow_null);
        }
        // Nothing keeps a browser from sending the safelisted ones.
        let granted = effective_methods(&merged.methods, serves);
        over.list(Setting::Methods, methods, &granted, |method| {
            Method::is_safelisted(method.value.as_str().as_bytes())
        });
        over.list(Setting::Headers, headers, &merged.headers, |_| false);
        over.list(Setting::Expose, expose, &merged.expose, |_| false);
        if let Some(longest) = max_age {
            over.max_age(longest.value, merged.max_age.as_ref());
        }
        over.permission(Setting::Credentials, &self.limits.credentials, &merged.credentials);
        let permission = &self.limits.private_network;
        over.permission(Setting::PrivateNetwork, permission, &merged.private_network);
        over.problems
    }
}

/// What `methods` come to on a route that serves these.
pub(crate) fn effective_methods(
    methods: &MergedList<Method>,
    serves: Option<&[Method]>,
) -> MergedList<Method> {
    let Some(serves) = serves else { return methods.clone() };
    MergedList::Only(match methods {
        MergedList::Any(Layered { source, layer, .. }) => {
            let at = |method: &Method| Layered {
                value: method.clone(),
                source: source.clone(),
                layer: *layer,
            };
            serves.iter().map(at).collect()
        }
        MergedList::Only(list) => {
            list.iter().filter(|at| serves.contains(&at.value)).cloned().collect()
        }
    })
}

/// Whether `any` covers this element of the list as well.
pub(crate) fn any_covers<T: Mergeable>(setting: Setting, authorization: bool, element: &T) -> bool {
    // Fetch, "CORS non-wildcard request-header name": of request headers only.
    setting != Setting::Headers
        || authorization
        || !element.show().eq_ignore_ascii_case("`authorization`")
}

/// Gathers what is over a limit.
struct LimitCheck<'l> {
    limits: &'l Limits,
    layers: &'l [&'l Layer],
    problems: Vec<Problem>,
}

impl LimitCheck<'_> {
    fn list<T: Mergeable>(
        &mut self,
        setting: Setting,
        limit: &Rule<T>,
        merged: &MergedList<T>,
        exempt: impl Fn(&Layered<T>) -> bool,
    ) {
        let Rule::Set(limit) = limit else { return };
        match (limit, merged) {
            (List::Any { authorization: false, .. }, MergedList::Any(any)) if any.value => {
                self.report(setting, "`any_with_authorization`", any);
            }
            (List::Any { .. }, MergedList::Any(_)) => {}
            (List::Only(_), MergedList::Any(any)) => self.report(setting, "`any`", any),
            (List::Any { authorization, .. }, MergedList::Only(list)) => {
                for at in list.iter().filter(|at| !any_covers(setting, *authorization, &at.value)) {
                    self.report(setting, &at.value.show(), at);
                }
            }
            (List::Only(limit), MergedList::Only(list)) => {
                let limit = Cover::of(limit.iter().map(|said| &said.value));
                for at in list.iter().filter(|at| !exempt(at) && !limit.covers(&at.value)) {
                    self.report(setting, &at.value.show(), at);
                }
            }
        }
    }

    fn max_age(&mut self, longest: u32, said: Option<&Layered<u32>>) {
        let seconds = said.map_or(DEFAULT_MAX_AGE, |at| at.value);
        if seconds <= longest {
            return;
        }
        let (place, what) = match said {
            Some(at) => (self.place(at), format!("`max_age` of {seconds} s")),
            None => {
                (self.last().clone(), "the 5 s that browsers take without a `max_age`".to_owned())
            }
        };
        let limit = self.limits.place(Setting::MaxAge);
        self.problems.push(
            Problem::error(
                Code::OVER_LIMIT,
                &place,
                format!("{what} is over the limit of {longest} s"),
            )
            .about(Setting::MaxAge)
            .with_note_at("the limit is here", limit)
            .with_help(format!("write `max_age = {longest}` or less")),
        );
    }

    fn permission(
        &mut self,
        setting: Setting,
        (permission, place): &(Permission, Source),
        said: &Layered<bool>,
    ) {
        let (message, help) = match permission {
            Permission::Never if said.value => (
                format!("`{setting} = true` is over the limit: nobody may say it"),
                format!("remove it, or lift the limit `{setting} = \"never\"`"),
            ),
            Permission::GlobalOnly if said.value && !said.layer.is_global() => (
                format!("`{setting} = true` is over the limit: only the global rules may say it"),
                "remove it here; what is to be inherited is said in `[cors]`".to_owned(),
            ),
            Permission::Any | Permission::GlobalOnly | Permission::Never => return,
        };
        let problem = Problem::error(Code::OVER_LIMIT, &said.source, message)
            .about(setting)
            .with_note_at("the limit is here", place)
            .with_help(help);
        self.push(problem, said);
    }

    fn report<T>(&mut self, setting: Setting, what: &str, at: &Layered<T>) {
        let limit = self.limits.place(setting);
        let problem = Problem::error(
            Code::OVER_LIMIT,
            &self.place(at),
            format!("{what} is over the limit that is set for `{setting}`"),
        )
        .about(setting)
        .with_note_at("the limit is here", limit)
        .with_help(format!(
            "remove it; if it is right, it must be covered by `{setting}` in the limits"
        ));
        self.push(problem, at);
    }

    /// Names the layer that took a value from a named policy.
    fn push<T>(&mut self, problem: Problem, at: &Layered<T>) {
        let user = at.layer.policy_user().and_then(|index| self.layers.get(index));
        self.problems.push(match user {
            Some(layer) => problem.with_note_at("the policy is used here", &layer.source),
            None => problem,
        });
    }

    /// Where a value was said; what nobody said is a matter of the last layer.
    fn place<T>(&self, at: &Layered<T>) -> Source {
        match at.source == Source::BASELINE {
            true => self.last().clone(),
            false => at.source.clone(),
        }
    }

    fn last(&self) -> &Source {
        self.layers.last().map_or(&Source::BASELINE, |layer| &layer.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Op, Rules};

    fn place(line: u32) -> Source {
        Source::code("api.rs", line, 1)
    }

    /// Lets `https://b.example` in at line `at`.
    fn open(at: u32) -> Rules {
        Rules::new(place(at)).list(Setting::Origins, Op::Set, ["https://b.example"], place(at))
    }

    /// Where these rules are over the limit, and where the policy is used that is.
    fn over(global: Rules, group: Rules) -> (Source, Option<Source>) {
        let limits = Limits::new(place(1)).list(Setting::Origins, ["https://a.example"], place(1));
        let error = Config::new(global)
            .named_policy("open", open(2))
            .group("/x/**", group, place(9))
            .limits(limits)
            .resolve()
            .unwrap_err();
        let [problem, ..] = error.problems() else { panic!("{error}") };
        let user = problem.notes().find(|(note, _)| note.contains("policy is used"));
        (problem.source().clone(), user.and_then(|(_, place)| place.cloned()))
    }

    #[test]
    fn only_what_comes_with_a_policy_is_reported_with_who_uses_it() {
        let bare = || Rules::new(place(9));
        let by_policy = |at| Rules::new(place(at)).policy("open", place(at));
        assert_eq!(over(open(5), bare()), (place(5), None));
        assert_eq!(over(bare(), open(6)), (place(6), None));
        assert_eq!(over(by_policy(7), bare()), (place(2), Some(place(7))));
        assert_eq!(over(bare(), by_policy(8)), (place(2), Some(place(8))));
    }
}
