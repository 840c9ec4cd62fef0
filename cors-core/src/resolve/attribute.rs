//! Checking attributes at compile time, as far as possible.
//!
//! The attribute is checked as at startup, but only with the layers that are known at
//! compile time: the attributes of the surrounding modules. The configuration, the sets
//! and the constants are checked at startup.

use crate::config::{Clause, ClauseKind, Element, ElementKind, ListValue, Rules};
use crate::grammar::{Method, join};
use crate::merge::{Context, Layer, List, Merged, Rule, check_hosts};
use crate::problem::{Code, Correction, Problem, Severity};
use crate::setting::{Op, Setting};

/// The problems of merging that occur whatever the configuration sets: the modules alone
/// cause them.
const CERTAIN: [Code; 3] = [Code::ADD_TO_ANY, Code::REMOVE_FROM_ANY, Code::PARENT_IS_OFF];

/// Checks the rules of a handler, as far as possible at compile time.
///
/// `modules` are the rules of the surrounding modules, the outermost first, without
/// problems of their own; `serves` are the methods of the route attributes, `None` for a
/// handler whose methods are known only where it is registered.
///
/// ```
/// use cors_core::{Op, Rules, Setting, Source, check_attribute};
///
/// let rules = Rules::new(Source::token(0))
///     .list(Setting::Methods, Op::Set, ["DELETE"], Source::token(1));
/// let problems = check_attribute(&rules, &[], Some(&["GET"]));
/// assert_eq!(problems[0].code().as_str(), "cors::method-not-served");
/// assert_eq!(problems[0].source().token_index(), Some(1));
/// assert_eq!(check_attribute(&rules, &[], None), []);
/// ```
#[must_use]
pub fn check_attribute(rules: &Rules, modules: &[Rules], serves: Option<&[&str]>) -> Vec<Problem> {
    let serves = serves.map(methods);
    let (layer, problems) =
        Layer::check(rules, Context { serves: serves.as_deref(), ..Context::default() });
    check_merged(rules, layer, problems, modules, serves.as_deref())
}

/// Checks the rules of a module; `serves` are the methods of all its handlers, each of
/// which inherits the methods that it serves, `None` if those of some are not known.
///
/// ```
/// use cors_core::{Op, Rules, Setting, Source, check_module};
///
/// let rules = Rules::new(Source::token(0))
///     .list(Setting::Methods, Op::Set, ["GET", "PUT"], Source::token(1));
/// assert_eq!(check_module(&rules, &[], Some(&["GET", "PUT"])), []);
/// let problems = check_module(&rules, &[], Some(&["GET"]));
/// assert_eq!(problems[0].code().as_str(), "cors::method-not-served");
/// ```
#[must_use]
pub fn check_module(rules: &Rules, modules: &[Rules], serves: Option<&[&str]>) -> Vec<Problem> {
    let serves = serves.map(methods);
    let (layer, mut problems) = Layer::check(rules, Context::default());
    let named = match &layer.methods {
        Rule::Inherit | Rule::Set(List::Any { .. }) => Vec::new(),
        Rule::Set(List::Only(methods)) => methods.iter().collect(),
        Rule::Edit(edits) => {
            edits.iter().flat_map(|edit| edit.add.iter().chain(&edit.remove)).collect()
        }
    };
    let is_served = |method: &Method| serves.as_ref().is_none_or(|serves| serves.contains(method));
    for method in named.into_iter().filter(|named| !is_served(&named.value)) {
        let served = join(serves.as_deref().unwrap_or_default());
        let (method, source) = (&method.value, &method.source);
        problems.push(
            Problem::error(
                Code::METHOD_NOT_SERVED,
                source,
                format!(
                    "the handlers in this module serve {served}, so allowing `{method}` has no effect"
                ),
            )
            .about(Setting::Methods)
            .with_help(format!("remove `{method}`, or register the handler for it"))
            .with_correction(Correction::Remove),
        );
    }
    check_merged(rules, layer, problems, modules, serves.as_deref())
}

/// Adds the problems of a layer merged with the modules around it.
fn check_merged(
    rules: &Rules,
    layer: Layer,
    mut problems: Vec<Problem>,
    modules: &[Rules],
    serves: Option<&[Method]>,
) -> Vec<Problem> {
    let around = modules.iter().map(|module| Layer::check(module, Context::default()).0);
    let layers: Vec<_> = around.chain([layer]).collect();
    problems.extend(check_hosts(&layers));
    let layers: Vec<_> = layers.iter().collect();
    let safelisted = Method::SAFELISTED.map(Method::served);
    let fold = |layers: &[&Layer]| Merged::fold(layers, serves.unwrap_or(&safelisted), |_| None);
    // The modules were checked where they are written.
    let of_modules = fold(&layers[..modules.len()]).1.len();
    let (merged, found) = fold(&layers);
    let below = modules
        .iter()
        .fold(KnownLists::default(), |known, module| known.base(module).clauses(module));
    let certainty = Certainty::of(below, rules, &problems);
    problems.extend(found.into_iter().skip(of_modules).filter(|it| certainty.includes(it)));
    problems.extend(merged.check(None));
    problems
}

/// The problems of merging one layer that occur with every configuration.
struct Certainty {
    /// Whether the layer is merged as it is written: its own mistakes are not in the way.
    is_right: bool,
    /// What the layer builds on.
    before: KnownLists,
    after: KnownLists,
}

impl Certainty {
    fn of(below: KnownLists, rules: &Rules, own: &[Problem]) -> Self {
        let before = below.base(rules);
        let after = before.clone().clauses(rules);
        let is_right = own.iter().all(|problem| problem.severity() == Severity::Warning);
        Self { is_right, before, after }
    }

    fn includes(&self, problem: &Problem) -> bool {
        let Self { is_right, before, after } = self;
        let Some(setting) = problem.setting() else { return CERTAIN.contains(&problem.code()) };
        let needed: &[(&KnownLists, Setting)] = match problem.code() {
            code if CERTAIN.contains(&code) => return true,
            Code::NOTHING_TO_REMOVE | Code::COVERED_BY_PATTERN => &[(before, setting)],
            Code::NOTHING_LEFT => &[(before, setting), (after, setting)],
            Code::INHERITED_CREDENTIALS => {
                &[(before, Setting::Origins), (before, Setting::Credentials)]
            }
            Code::CREDENTIALS_NOT_COVERED => &[(after, Setting::Origins)],
            _ => return false,
        };
        *is_right && needed.iter().all(|(known, setting)| known.0.contains(setting))
    }
}

/// The lists whose elements are all known at compile time, after some layers: neither the
/// configuration nor a set or constant is a part of them.
#[derive(Clone, Default)]
struct KnownLists(Vec<Setting>);

impl KnownLists {
    /// What is known of the base that a layer starts from.
    fn base(self, rules: &Rules) -> Self {
        let starts = |clause: &Clause| {
            matches!(clause.kind, ClauseKind::Off | ClauseKind::Passthrough | ClauseKind::Replace)
        };
        let is_policy = |clause: &Clause| matches!(clause.kind, ClauseKind::Policy(_));
        match rules.clauses() {
            clauses if clauses.iter().any(is_policy) => Self::default(),
            clauses if clauses.iter().any(starts) => Self(Setting::ALL.to_vec()),
            _ => self,
        }
    }

    /// What is known after the clauses of a layer.
    fn clauses(mut self, rules: &Rules) -> Self {
        for clause in rules.clauses() {
            let (setting, is_set, is_known) = match &clause.kind {
                ClauseKind::List(setting, op, ListValue::Elements(elements)) => {
                    (*setting, *op == Op::Set, elements.iter().all(is_known))
                }
                ClauseKind::List(setting, ..) | ClauseKind::Flag(setting, _) => {
                    (*setting, true, true)
                }
                _ => continue,
            };
            if !is_known {
                self.0.retain(|known| *known != setting);
            } else if is_set {
                self.0.push(setting);
            }
        }
        self
    }
}

fn is_known(element: &Element) -> bool {
    matches!(element.kind, ElementKind::Plain | ElementKind::Regex)
}

fn methods(names: &[&str]) -> Vec<Method> {
    names.iter().map(|method| Method::served(method)).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Element, Op, Rules, Setting, Source, check_attribute};

    const A: &str = "https://a.example";
    const B: &str = "https://b.example";

    fn here() -> Source {
        Source::token(0)
    }

    fn rules() -> Rules {
        Rules::new(here())
    }

    fn origins(op: Op, origins: &[&str]) -> Rules {
        rules().list(Setting::Origins, op, origins, here())
    }

    fn codes(modules: &[Rules], own: &Rules) -> Vec<&'static str> {
        let problems = check_attribute(own, modules, Some(&["GET"]));
        problems.iter().map(|problem| problem.code().as_str()).collect()
    }

    #[test]
    fn problems_of_merging_are_reported_if_the_configuration_cannot_change_them() {
        let credentials = |rules: Rules| rules.flag(Setting::Credentials, true, here());
        let with = |rules: Rules, element: Element| {
            rules.list(Setting::Origins, Op::Set, [Element::plain(A, here()), element], here())
        };
        let only_a = || origins(Op::Set, &[A]);
        let minus = |removed| origins(Op::Remove, &[removed]);
        let plus_b = || origins(Op::Add, &[B]);
        for (modules, own, expected) in [
            // What is inherited from the configuration is not known.
            (vec![], minus(A), &[][..]),
            (vec![], minus(A).policy("p", here()), &[]),
            (vec![origins(Op::Add, &[A])], minus(A), &[]),
            (vec![rules().policy("p", here())], minus(A), &[]),
            (vec![only_a(), rules().policy("p", here())], minus(A), &[]),
            (vec![with(rules(), Element::set("s", here()))], minus(A), &[]),
            (vec![with(rules(), Element::constant(here()))], minus(A), &[]),
            // `replace`, `off` and `=` make it known.
            (vec![], minus(A).replace(here()), &["cors::nothing-to-remove"]),
            (vec![rules().replace(here())], minus(A), &["cors::nothing-to-remove"]),
            (vec![only_a()], minus(A).replace(here()), &["cors::nothing-to-remove"]),
            (vec![only_a()], minus(A), &["cors::nothing-left"]),
            (vec![only_a(), rules()], minus(A), &["cors::nothing-left"]),
            (vec![origins(Op::Set, &[A, B]), minus(B)], minus(A), &["cors::nothing-left"]),
            (vec![origins(Op::Set, &[A, B])], minus(A), &[]),
            (
                vec![origins(Op::Set, &["https://*.example"])],
                minus(A),
                &["cors::covered-by-pattern"],
            ),
            // What the layer itself adds has to be known, too.
            (
                vec![only_a()],
                minus(A).list(Setting::Origins, Op::Add, [Element::constant(here())], here()),
                &[],
            ),
            // Inherited credentials need known origins.
            (vec![credentials(only_a())], plus_b(), &["cors::inherited-credentials"]),
            (vec![credentials(only_a()), rules()], plus_b(), &["cors::inherited-credentials"]),
            (vec![credentials(only_a())], credentials(plus_b()), &[]),
            (vec![credentials(rules())], plus_b(), &[]),
            (vec![only_a()], plus_b(), &[]),
            (vec![credentials(with(rules(), Element::set("s", here())))], plus_b(), &[]),
            (vec![credentials(only_a())], plus_b().replace(here()), &[]),
        ] {
            assert_eq!(codes(&modules, &own), expected, "{modules:?} {own:?}");
        }
    }

    #[test]
    fn empty_names_are_reported_without_a_configuration() {
        let set = rules().list(Setting::Origins, Op::Set, [Element::set("", here())], here());
        assert_eq!(codes(&[], &set), ["cors::unknown-set"]);
        assert_eq!(codes(&[], &rules().policy("", here())), ["cors::unknown-policy"]);
        assert_eq!(codes(&[], &rules().policy("p", here())), [] as [&str; 0]);
    }
}
