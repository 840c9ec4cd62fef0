//! Credentials for some origins: a list that `origins` cover.
//!
//! An inherited list gives nothing to origins that a layer adds: where a layer changes
//! `origins`, the list is narrowed to what is still allowed and was allowed before.

use super::layer::{List, OriginElement, Rule, Sourced};
use super::{Cover, LayerId, Layered, Mergeable as _, Merged, MergedList};
use crate::problem::{Code, Problem, Source};
use crate::setting::Setting;

impl Merged {
    /// The place where all of `origins` are allowed to send credentials.
    pub(crate) const fn credentials_of_all(&self) -> Option<&Layered<bool>> {
        match &self.credentials {
            MergedList::Any(all) => Some(all),
            MergedList::Only(_) => None,
        }
    }

    /// The origins that may send credentials, if they are listed.
    pub(crate) fn trusted(&self) -> &[Layered<OriginElement>] {
        match &self.credentials {
            MergedList::Any(_) => &[],
            MergedList::Only(list) => list,
        }
    }

    /// The inherited origins, if a list of credentials depends on them and `rule` changes
    /// them.
    pub(super) fn origins_to_narrow(
        &self,
        rule: &Rule<OriginElement>,
    ) -> Option<MergedList<OriginElement>> {
        let changes = !matches!(rule, Rule::Inherit) && !self.trusted().is_empty();
        changes.then(|| self.origins.clone())
    }

    /// Narrows the inherited elements of the list to `origins`, which the layer `id`
    /// changed; `below` are the origins before.
    pub(super) fn narrow_credentials(&mut self, below: &MergedList<OriginElement>, id: LayerId) {
        let (MergedList::Only(trusted), MergedList::Only(origins)) =
            (&mut self.credentials, &self.origins)
        else {
            return;
        };
        let allowed = Cover::of(origins.iter().map(|at| &at.value));
        let (kept, partial): (Vec<_>, Vec<_>) = std::mem::take(trusted)
            .into_iter()
            .partition(|at| at.layer == id || allowed.covers(&at.value));
        // Of a pattern that is no longer allowed as a whole, what the layer keeps of it.
        let partial: Vec<_> = partial.into_iter().filter(|at| !at.value.is_exact()).collect();
        let below = match below {
            MergedList::Any(_) => None,
            MergedList::Only(below) => Some(Cover::of(below.iter().map(|at| &at.value))),
        };
        let mut narrowed = Vec::new();
        for origin in origins {
            let known = partial.iter().find(|at| at.value.covers(&origin.value));
            if let Some(Layered { source, layer, .. }) = known
                && below.as_ref().is_none_or(|below| below.covers(&origin.value))
            {
                let (value, source) = (origin.value.clone(), source.clone());
                narrowed.push(Layered { value, source, layer: *layer });
            }
        }
        *trusted = kept;
        for at in narrowed {
            if !trusted.iter().any(|known| known.value == at.value) {
                trusted.push(at);
            }
        }
    }

    /// Reports what the `rule` of a layer, set at `place`, lists without allowing it, also
    /// if it is inherited.
    pub(super) fn check_credentials_are_covered(
        &self,
        rule: &Rule<OriginElement>,
        place: &Source,
        problems: &mut Vec<Problem>,
    ) {
        let (MergedList::Only(origins), MergedList::Only(_)) = (&self.origins, &self.credentials)
        else {
            return;
        };
        let allowed = Cover::of(origins.iter().map(|at| &at.value));
        for Sourced { value, source } in
            listed(rule).into_iter().filter(|at| !allowed.covers(&at.value))
        {
            let value = value.show();
            problems.push(
                Problem::error(
                    Code::CREDENTIALS_NOT_COVERED,
                    source,
                    format!(
                        "{value} is in `credentials`, but `origins` do not cover it, so its pages \
                         could not read responses"
                    ),
                )
                .about(Setting::Credentials)
                .with_note_at("`credentials` are set here", place)
                .with_help(format!("add {value} to `origins`, or remove it from `credentials`")),
            );
        }
    }
}

/// The elements that a rule sets or adds, and does not remove again.
fn listed(rule: &Rule<OriginElement>) -> Vec<&Sourced<OriginElement>> {
    match rule {
        Rule::Inherit | Rule::Set(List::Any { .. }) => Vec::new(),
        Rule::Set(List::Only(list)) => list.iter().collect(),
        Rule::Edit(edits) => {
            let mut listed: Vec<&Sourced<_>> = Vec::new();
            for edit in edits {
                listed.retain(|at| !edit.remove.iter().any(|removed| removed.value == at.value));
                listed.extend(&edit.add);
            }
            listed
        }
    }
}

impl OriginElement {
    /// Whether the element matches one origin only.
    fn is_exact(&self) -> bool {
        matches!(self, Self::Pattern(pattern) if pattern.is_exact())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Element, Op, Problem, Rules, Setting, Source};

    fn place(line: u32) -> Source {
        Source::code("api.rs", line, 1)
    }

    fn list(rules: Rules, setting: Setting, op: Op, elements: &[&str]) -> Rules {
        rules.list(setting, op, elements, place(50))
    }

    /// The effective `credentials` of a group over global rules, or its problems.
    fn credentials(global: [&[&str]; 2], group: impl FnOnce(Rules) -> Rules) -> String {
        let [origins, trusted] = global;
        let rules = list(Rules::new(place(1)), Setting::Origins, Op::Set, origins);
        let rules = list(rules, Setting::Credentials, Op::Set, trusted);
        let group = group(Rules::new(place(2)));
        match Config::new(rules).group("/x", group, place(2)).resolve() {
            Ok(resolver) => {
                resolver.for_path("/x").effective(Setting::Credentials).value().to_string()
            }
            Err(error) => {
                let code = |problem: &Problem| problem.code().to_string();
                error.problems().iter().map(code).collect::<Vec<_>>().join(", ")
            }
        }
    }

    const A: &str = "https://a.example.com";
    const B: &str = "https://b.example.com";
    const C: &str = "https://c.example.com";
    const ALL: &str = "https://*.example.com";

    #[test]
    fn an_inherited_list_is_narrowed_to_the_origins_of_the_layer() {
        for (global, op, origins, expected) in [
            ([&[A, B][..], &[A][..]], Op::Add, &[C][..], A),
            ([&[A, B], &[A]], Op::Set, &[A, C], A),
            ([&[A, B], &[A]], Op::Set, &[B], "false"),
            ([&[A, B], &[A]], Op::Remove, &[A], "false"),
            ([&[ALL], &[ALL]], Op::Set, &[A, "https://other.example"], A),
            ([&[ALL], &[ALL]], Op::Add, &["https://other.example"], ALL),
            ([&[ALL], &[A]], Op::Set, &["https://*.a.example.com", B], "false"),
        ] {
            let found = credentials(global, |group| list(group, Setting::Origins, op, origins));
            assert_eq!(found, expected, "{global:?} {op:?} {origins:?}");
        }
    }

    #[test]
    fn a_list_narrowed_by_one_layer_is_not_widened_by_the_next() {
        let global = list(Rules::new(place(1)), Setting::Origins, Op::Set, &[A, B]);
        let global = list(global, Setting::Credentials, Op::Set, &[A]);
        let group = list(Rules::new(place(2)), Setting::Origins, Op::Set, &[B]);
        let resolver = Config::new(global).group("/x", group, place(2)).resolve().unwrap();
        let own = list(Rules::new(place(3)), Setting::Origins, Op::Add, &[A]);
        let route = crate::Route {
            pattern: "/x",
            serves: &["GET"],
            handler_serves: &["GET"],
            modules: &[],
            rules: std::slice::from_ref(&own),
        };
        let mut problems = Vec::new();
        let policies = resolver.route(route, &mut problems);
        assert_eq!(problems, []);
        let credentials = policies.other().policies.outside().effective(Setting::Credentials);
        assert_eq!(credentials.value().to_string(), "false");
    }

    #[test]
    fn operators_apply_as_for_every_list() {
        type Edit = (Op, &'static [&'static str]);
        let both = [&[A, B][..], &[A][..]];
        let of = |edits: &'static [Edit]| {
            credentials(both, |group| {
                let add =
                    |group, (op, elements): &Edit| list(group, Setting::Credentials, *op, elements);
                edits.iter().fold(group, add)
            })
        };
        assert_eq!(of(&[(Op::Set, &[B])]), B);
        assert_eq!(of(&[(Op::Add, &[B])]), format!("{A}, {B}"));
        assert_eq!(of(&[(Op::Add, &[B]), (Op::Remove, &[A])]), B);
        assert_eq!(of(&[(Op::Remove, &[A])]), "cors::nothing-left");
        assert_eq!(of(&[(Op::Set, &[C])]), "cors::credentials-not-covered");
        assert_eq!(of(&[(Op::Add, &[C])]), "cors::credentials-not-covered");
        let inherited = |group| {
            let group = list(group, Setting::Origins, Op::Set, &[B]);
            list(group, Setting::Credentials, Op::Add, &[A])
        };
        assert_eq!(credentials(both, inherited), "cors::credentials-not-covered");
        assert_eq!(of(&[(Op::Set, &[])]), "cors::empty-list");
        let flag = |value| move |group: Rules| group.flag(Setting::Credentials, value, place(20));
        assert_eq!(credentials(both, flag(true)), "true");
        assert_eq!(credentials(both, flag(false)), "false");
    }

    #[test]
    fn true_and_false_are_edited_as_any_and_as_an_empty_list() {
        let of = |global: bool, op, group_origins: Option<&[&str]>| {
            let rules = list(Rules::new(place(1)), Setting::Origins, Op::Set, &[A]);
            let rules = rules.flag(Setting::Credentials, global, place(12));
            let group = list(Rules::new(place(2)), Setting::Credentials, op, &[A]);
            let group = match group_origins {
                Some(origins) => list(group, Setting::Origins, Op::Set, origins),
                None => group,
            };
            match Config::new(rules).group("/x", group, place(2)).resolve() {
                Ok(resolver) => {
                    resolver.for_path("/x").effective(Setting::Credentials).value().to_string()
                }
                Err(error) => error.problems()[0].code().to_string(),
            }
        };
        assert_eq!(of(false, Op::Add, None), A);
        assert_eq!(of(false, Op::Remove, None), "cors::nothing-to-remove");
        assert_eq!(of(true, Op::Add, None), "cors::add-to-any");
        assert_eq!(of(true, Op::Remove, None), "cors::remove-from-any");
        assert_eq!(of(true, Op::Set, Some(&[A, B])), A, "the added origin has no credentials");
    }

    #[test]
    fn a_set_may_be_the_list() {
        let here = place(1);
        let rules = Rules::new(here.clone()).origins_any(here.clone()).list(
            Setting::Credentials,
            Op::Set,
            [Element::set("own", here.clone())],
            here.clone(),
        );
        let own = vec![Element::plain(A, place(7)), Element::plain(B, place(8))];
        let resolver = Config::new(rules).set("own", own, here).resolve().unwrap();
        let value = |setting| resolver.global().effective(setting).value().to_string();
        assert_eq!(value(Setting::Credentials), format!("{A}, {B}"));
        assert_eq!(value(Setting::Origins), "any");
    }
}
