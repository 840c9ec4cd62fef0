//! What the attribute says, judged by `cors-core` while compiling.
//!
//! The core finds the same problems here as at startup, as far as literals can
//! tell. What only merging shows, and what a constant holds, is left to startup.

use cors_core::{Element, ListValue, Rules, Severity, check_attribute};

use crate::args::{Args, Clause, Says};
use crate::list::{self, Kind, List};
use crate::report::Report;

/// Reports what is wrong with the arguments, on a handler that serves these methods.
pub(crate) fn check(args: &Args, serves: &[&str], report: &mut Report) {
    for problem in check_attribute(&rules(args), serves) {
        // A macro has no stable way to warn; startup logs the same warning.
        if problem.severity() == Severity::Error {
            report.push(problem);
        }
    }
}

fn rules(args: &Args) -> Rules {
    let Args { source, adapter: _, clauses } = args;
    clauses.iter().fold(Rules::new(source.clone()), |rules, Clause { says, source }| {
        let place = source.clone();
        match says {
            Says::Off => rules.off(place),
            Says::Replace => rules.replace(place),
            Says::Policy(name, source) => rules
                .say(cors_core::Says::Policy(Element::plain(name.clone(), source.clone())), place),
            Says::List(setting, op, list) => match value(list) {
                Some(value) => rules.list(*setting, *op, value, place),
                None => rules,
            },
            Says::Flag(setting, value) => rules.flag(*setting, *value, place),
            Says::MaxAge(value, source) => {
                rules.say(cors_core::Says::MaxAge(value.clone(), source.clone()), place)
            }
        }
    })
}

/// The literals of a list, or `None` for a list of nothing but constants:
/// without them it would look empty.
fn value(list: &List) -> Option<ListValue> {
    let elements = match list {
        List::Any(source) => return Some(ListValue::Any(source.clone())),
        List::AnyWithAuthorization(source) => {
            return Some(ListValue::AnyWithAuthorization(source.clone()));
        }
        List::Elements(elements) => elements,
    };
    let literals: Vec<_> = elements.iter().filter_map(literal).collect();
    (elements.is_empty() || !literals.is_empty()).then_some(ListValue::Elements(literals))
}

fn literal(element: &list::Element) -> Option<Element> {
    let list::Element { kind, source } = element;
    let source = source.clone();
    match kind {
        Kind::Plain(text) => Some(Element::plain(text.clone(), source)),
        Kind::Regex(text) => Some(Element::regex(text.clone(), source)),
        Kind::Set(name) => Some(Element::set(name.clone(), source)),
        Kind::Constant(_) => None,
    }
}
