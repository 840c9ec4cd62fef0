//! Checking merged rules against the limits.
//!
//! The limits apply to the result of merging, so it does not matter whether a value was
//! listed, added, inherited or part of a named policy. Which layers are merged is
//! decided in `resolve`.
//!
//! May import: `config`, `grammar`, `merge`, `problem`, `setting`.

mod overrides;
mod production;

pub(crate) use self::overrides::RouteOverride;
pub(crate) use self::production::{check_loopback, check_production, check_profile};

use crate::config::{Limits, Permission};
use crate::grammar::{DEFAULT_MAX_AGE, Method};
use crate::merge::Cover;
use crate::merge::{
    Context, Disabled, Layer, LayerId, Layered, List, Mergeable, Merged, MergedList, OriginElement,
    PathlessPlace, Rule,
};
use crate::problem::{Code, Problem, Source};
use crate::setting::Setting;

/// [`Limits`] with parsed lists.
#[derive(Clone, Debug)]
pub(crate) struct CheckedLimits {
    pub(crate) limits: Limits,
    /// `Rule::Inherit` means that there is no limit.
    lists: Layer,
}

impl CheckedLimits {
    /// Parses the lists, which may name origin sets.
    pub(crate) fn new(limits: &Limits, context: Context<'_>, problems: &mut Vec<Problem>) -> Self {
        let (lists, found) = Layer::check(&limits.rules, Context { is_limit: true, ..context });
        problems.extend(found);
        lists.reject_misplaced(PathlessPlace::Limits, problems);
        if let Rule::Set(List::Only(list)) = &lists.origins {
            problems.extend(list.iter().filter_map(|at| match &at.value {
                OriginElement::Live(live) => live.reject_key(&at.source),
                OriginElement::Pattern(_) | OriginElement::Regex(_) => None,
            }));
        }
        Self { limits: limits.clone(), lists }
    }

    /// The limit on `origins`, if it is a list, to check the content of live sets.
    pub(crate) fn origins(&self) -> Option<Cover<'_, OriginElement>> {
        match &self.lists.origins {
            Rule::Set(List::Only(list)) => Some(Cover::of(list.iter().map(|at| &at.value))),
            Rule::Set(List::Any { .. }) | Rule::Inherit | Rule::Edit(_) => None,
        }
    }

    /// Reports an origin of a live set that exceeds the limit on `origins`.
    pub(crate) fn over_origins(&self, origin: &OriginElement, place: &Source) -> Problem {
        over_limit(Setting::Origins, &origin.show(), place, &self.limits)
    }

    /// Reports everything in `merged` that exceeds a limit. `layers` are the merged
    /// layers; `serves` are the methods of an annotated route.
    pub(crate) fn check(
        &self,
        merged: &Merged,
        layers: &[&Layer],
        serves: Option<&[Method]>,
    ) -> Vec<Problem> {
        let mut over = LimitCheck { limits: &self.limits, layers, problems: Vec::new() };
        if let Some(disabled) = &merged.disabled {
            if disabled.value == Disabled::Passthrough && !self.limits.passthrough {
                over.refuse_passthrough(&disabled.source);
            }
            return over.problems;
        }
        let Layer { origins, methods, headers, expose, max_age, .. } = &self.lists;
        over.list(Setting::Origins, origins, &merged.origins, |_| false);
        if matches!(origins, Rule::Set(List::Only(_))) && merged.allow_null.value {
            over.report(Setting::Origins, "the origin `null`", &merged.allow_null);
        }
        // Browsers send the safelisted methods in any case.
        let allowed = effective_methods(&merged.methods, serves);
        over.list(Setting::Methods, methods, &allowed, |method| {
            Method::is_safelisted(method.value.as_str().as_bytes())
        });
        over.list(Setting::Headers, headers, &merged.headers, |_| false);
        over.list(Setting::Expose, expose, &merged.expose, |_| false);
        if let Some(longest) = max_age {
            over.max_age(longest.value, merged.max_age.as_ref());
        }
        let permission = &self.limits.credentials;
        if let Some(all) = merged.credentials_of_all() {
            let what = "`credentials = true`";
            let is_keyed = merged.names_keyed_set();
            over.permission(Setting::Credentials, permission, what, all, is_keyed);
        }
        for at in merged.trusted() {
            let what = format!("{} in `credentials`", at.value.show());
            let is_keyed = at.value.needs_path();
            over.permission(Setting::Credentials, permission, &what, at, is_keyed);
        }
        if merged.private_network.value {
            let what = "`private_network = true`";
            let permission = &self.limits.private_network;
            let setting = Setting::PrivateNetwork;
            over.permission(setting, permission, what, &merged.private_network, false);
        }
        over.problems
    }
}

/// The effective `methods` of a route that serves `serves`.
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

/// Whether `any` covers this element of the list.
pub(crate) fn any_covers<T: Mergeable>(setting: Setting, authorization: bool, element: &T) -> bool {
    // Fetch, "CORS non-wildcard request-header name": this applies to request headers
    // only.
    setting != Setting::Headers
        || authorization
        || !element.show().eq_ignore_ascii_case("`authorization`")
}

/// Collects the values that exceed a limit.
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
                let limit = Cover::of(limit.iter().map(|element| &element.value));
                // The content of a live set is checked when it changes.
                let is_over = |at: &&Layered<T>| {
                    !exempt(at) && !at.value.is_live() && !limit.covers(&at.value)
                };
                for at in list.iter().filter(is_over) {
                    self.report(setting, &at.value.show(), at);
                }
            }
        }
    }

    fn max_age(&mut self, longest: u32, max_age: Option<&Layered<u32>>) {
        let seconds = max_age.map_or(DEFAULT_MAX_AGE, |at| at.value);
        if seconds <= longest {
            return;
        }
        let (place, what) = match max_age {
            Some(at) => (self.place(at), format!("`max_age` of {seconds} s")),
            None => (self.last().clone(), "the browsers' default `max_age` of 5 s".to_owned()),
        };
        let limit = self.limits.place(Setting::MaxAge);
        self.problems.push(
            Problem::error(
                Code::OVER_LIMIT,
                &place,
                format!("{what} exceeds the limit of {longest} s"),
            )
            .about(Setting::MaxAge)
            .with_note_at("the limit is set here", limit)
            .with_help(format!("write `{}` or less", place.language().seconds(i64::from(longest)))),
        );
    }

    /// `is_keyed` is whether it is about the origins of a keyed set, which the global rules
    /// cannot allow, and which they cannot allow credentials in advance.
    fn permission<T>(
        &mut self,
        setting: Setting,
        (permission, place): &(Permission, Source),
        what: &str,
        Layered { source, layer, .. }: &Layered<T>,
        is_keyed: bool,
    ) {
        let (message, help) = match permission {
            Permission::Never => (
                format!("{what} is not allowed: `limits.{setting}` is `\"never\"`"),
                format!("remove it, or change the limit `{setting} = \"never\"`"),
            ),
            Permission::GlobalOnly if !layer.is_global() => (
                format!("{what} is not allowed here: `limits.{setting}` is `\"global-only\"`"),
                match is_keyed {
                    true => format!(
                        "remove it here, or change the limit `{setting} = \"global-only\"`: `[cors]` \
                         cannot set it for the origins of a keyed set, which a path selects"
                    ),
                    false => "remove it here, or set it in `[cors]` to let all routes inherit it"
                        .to_owned(),
                },
            ),
            Permission::Any | Permission::GlobalOnly => return,
        };
        let problem = Problem::error(Code::OVER_LIMIT, source, message)
            .about(setting)
            .with_note_at("the limit is set here", place)
            .with_help(help);
        self.push(problem, *layer);
    }

    fn refuse_passthrough(&mut self, place: &Source) {
        self.problems.push(
            Problem::error(
                Code::OVER_LIMIT,
                place,
                "`passthrough` leaves CORS to the handlers, whose headers no limit applies to",
            )
            .with_note_at("the limits are set here", self.limits.source())
            .with_help("remove it, or accept it with `passthrough = true` in the limits"),
        );
    }

    fn report<T>(&mut self, setting: Setting, what: &str, at: &Layered<T>) {
        let problem = over_limit(setting, what, &self.place(at), self.limits);
        self.push(problem, at.layer);
    }

    /// Adds the layer that uses the named policy in which the value is set.
    fn push(&mut self, problem: Problem, layer: LayerId) {
        let user = layer.policy_user().and_then(|index| self.layers.get(index));
        self.problems.push(match user {
            Some(layer) => problem.with_note_at("the policy is used here", &layer.source),
            None => problem,
        });
    }

    /// The place where a value is set; for a default, the place of the last layer.
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

fn over_limit(setting: Setting, what: &str, place: &Source, limits: &Limits) -> Problem {
    let message = format!("{what} exceeds the limit for `{setting}`");
    Problem::error(Code::OVER_LIMIT, place, message)
        .about(setting)
        .with_note_at("the limit is set here", limits.place(setting))
        .with_help(format!("remove it, or extend `{setting}` in the limits to cover it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Op, Rules};

    fn place(line: u32) -> Source {
        Source::code("api.rs", line, 1)
    }

    /// Rules that allow `https://b.example`, set at line `at`.
    fn open(at: u32) -> Rules {
        Rules::new(place(at)).list(Setting::Origins, Op::Set, ["https://b.example"], place(at))
    }

    /// The place that exceeds the limit, and the place that uses the policy.
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
    fn problems_in_a_named_policy_note_the_layer_that_uses_it() {
        let bare = || Rules::new(place(9));
        let by_policy = |at| Rules::new(place(at)).policy("open", place(at));
        assert_eq!(over(open(5), bare()), (place(5), None));
        assert_eq!(over(bare(), open(6)), (place(6), None));
        assert_eq!(over(by_policy(7), bare()), (place(2), Some(place(7))));
        assert_eq!(over(bare(), by_policy(8)), (place(2), Some(place(8))));
    }
}
