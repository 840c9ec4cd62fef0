//! Combining two layers of the same level into one.
//!
//! This is used for the global rules: `[cors]`, and the table of a profile on top. The
//! rule about inherited credentials does not apply between them, because nothing is
//! inherited.

use super::layer::{Base, Layer, List, Rule, Sourced};
use super::{LayerId, Layered, ListMerge, Mergeable, MergedList, parent_is_disabled};
use crate::problem::Problem;
use crate::setting::{Op, Setting};

impl Layer {
    /// Combines both into one layer.
    pub(crate) fn overlaid_by(mut self, over: Self, problems: &mut Vec<Problem>) -> Self {
        let Self {
            source: over_source,
            host: _, // already reported: the global rules have no condition
            base,
            clauses,
            origins,
            methods,
            headers,
            expose,
            credentials,
            max_age,
            private_network,
            enforce,
            allow_insecure,
            allow_suffixes,
            allow_null,
        } = over;
        match (&self.base, &base) {
            (Base::Disabled(disabled), Base::Inherit) if !clauses.is_empty() => {
                if !matches!(origins, Rule::Set(..)) {
                    problems.push(parent_is_disabled(&over_source, disabled));
                }
                self.base = Base::Inherit;
            }
            (_, Base::Inherit) => {}
            (_, Base::Disabled(_)) => self = Self { base, ..self.only_enforce() },
            (_, Base::Replace | Base::Policy(_)) => {
                self = Self { base, ..Self::empty(self.source) };
            }
        }
        let replaced = |setting: Setting| {
            clauses.iter().any(|(over, op, _)| *over == setting && *op == Op::Set)
        };
        self.clauses.retain(|(setting, ..)| !replaced(*setting));
        self.clauses.extend(clauses);

        self.origins = overlay(Setting::Origins, self.origins, origins, problems);
        self.methods = overlay(Setting::Methods, self.methods, methods, problems);
        self.headers = overlay(Setting::Headers, self.headers, headers, problems);
        self.expose = overlay(Setting::Expose, self.expose, expose, problems);
        self.credentials = overlay(Setting::Credentials, self.credentials, credentials, problems);
        self.max_age = max_age.or(self.max_age);
        self.private_network = private_network.or(self.private_network);
        self.enforce = enforce.or(self.enforce);
        self.allow_insecure = allow_insecure.or(self.allow_insecure);
        self.allow_suffixes = allow_suffixes.or(self.allow_suffixes);
        self.allow_null = allow_null.or(self.allow_null);
        self
    }
}

fn overlay<T: Mergeable>(
    setting: Setting,
    below: Rule<T>,
    over: Rule<T>,
    problems: &mut Vec<Problem>,
) -> Rule<T> {
    match (below, over) {
        (below, Rule::Inherit) => below,
        (Rule::Inherit, over) | (_, over @ Rule::Set(..)) => over,
        (Rule::Set(list), edit @ Rule::Edit(_)) => {
            let mut merged = match list {
                List::Any { authorization: value, source } => {
                    MergedList::Any(Layered { value, source, layer: LayerId::BASELINE })
                }
                List::Only(list) => MergedList::Only(
                    list.into_iter()
                        .map(|Sourced { value, source }| Layered {
                            value,
                            source,
                            layer: LayerId::BASELINE,
                        })
                        .collect(),
                ),
            };
            ListMerge { setting, layer: LayerId::BASELINE, problems }.apply(&mut merged, &edit);
            Rule::Set(match merged {
                MergedList::Any(Layered { value: authorization, source, .. }) => {
                    List::Any { authorization, source }
                }
                MergedList::Only(list) => List::Only(
                    list.into_iter()
                        .map(|Layered { value, source, .. }| Sourced { value, source })
                        .collect(),
                ),
            })
        }
        // Only `methods` have a non-empty default that an edit can apply to.
        (Rule::Edit(mut edits), Rule::Edit(more)) => {
            edits.extend(more);
            Rule::Edit(edits)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Op, ProfileRules, Resolver, Rules, Setting, Source};

    fn place(line: u32) -> Source {
        Source::code("api.rs", line, 1)
    }

    /// Resolves global rules with one origin and the header `x-a`, and the given
    /// production rules.
    fn overlaid(production: Rules) -> Resolver {
        let global = Rules::new(place(1))
            .list(Setting::Origins, Op::Set, ["https://a.example"], place(2))
            .list(Setting::Headers, Op::Set, ["x-a"], place(3));
        Config::new(global)
            .named_policy("open", Rules::new(place(8)).origins_any(place(8)))
            .profiles("production", ProfileRules::new(production))
            .resolve()
            .unwrap()
    }

    #[test]
    fn replaced_clauses_are_not_listed_as_sources() {
        for (op, expected) in [(Op::Set, vec![place(5)]), (Op::Add, vec![place(3), place(5)])] {
            let rules = Rules::new(place(4)).list(Setting::Headers, op, ["x-b"], place(5));
            let resolver = overlaid(rules);
            let sources = |setting| resolver.global().effective(setting).sources().to_vec();
            assert_eq!(sources(Setting::Headers), expected);
            assert_eq!(sources(Setting::Origins), [place(2)]);
        }
    }

    #[test]
    fn a_policy_of_a_profile_replaces_all_global_rules() {
        let resolver = overlaid(Rules::new(place(4)).policy("open", place(5)));
        let value = |setting| resolver.global().effective(setting).value().to_string();
        assert_eq!(value(Setting::Origins), "any");
        assert_eq!(value(Setting::Headers), "none");
    }
}
