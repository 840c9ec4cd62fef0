//! Checking attributes at compile time, as far as possible.
//!
//! The attribute is checked as at startup, but only with the layers that are known at
//! compile time: the attributes of the surrounding modules. The configuration, the sets
//! and the constants are checked at startup.

use crate::config::{ClauseKind, Element, ElementKind, ListValue, Rules};
use crate::grammar::{Method, join};
use crate::merge::{Context, Layer, List, Merged, Rule, check_hosts};
use crate::problem::{Code, Correction, Problem, Severity};
use crate::setting::{Op, Setting};

/// The problems of merging that occur with every configuration.
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
    let modules = modules.iter().map(|module| Layer::check(module, Context::default()).0);
    let layers: Vec<_> = modules.chain([layer]).collect();
    problems.extend(check_hosts(&layers));
    let layers: Vec<_> = layers.iter().collect();
    // What the modules inherit is not known yet, so most problems of merging are
    // ignored; those of the attributes on their own are reported.
    let safelisted = Method::SAFELISTED.map(Method::served);
    let (merged, found) = Merged::fold(&layers, serves.unwrap_or(&safelisted), |_| None);
    let origins_are_known = are_origins_known(rules, &problems);
    problems.extend(found.into_iter().filter(|problem| {
        CERTAIN.contains(&problem.code())
            || origins_are_known && problem.code() == Code::CREDENTIALS_NOT_COVERED
    }));
    problems.extend(merged.check(None));
    problems
}

/// Whether the rules set `origins` to valid elements that are all known at compile time.
fn are_origins_known(rules: &Rules, problems: &[Problem]) -> bool {
    let is_known =
        |element: &Element| matches!(element.kind, ElementKind::Plain | ElementKind::Regex);
    let is_right = problems.iter().all(|problem| problem.severity() == Severity::Warning);
    is_right
        && rules.clauses().iter().any(|clause| match &clause.kind {
            ClauseKind::List(Setting::Origins, Op::Set, ListValue::Elements(elements)) => {
                elements.iter().all(is_known)
            }
            _ => false,
        })
}

fn methods(names: &[&str]) -> Vec<Method> {
    names.iter().map(|method| Method::served(method)).collect()
}
