//! Checking the arguments with `cors-core` at compile time.
//!
//! The problems are those that are found at startup, as far as literals allow. Problems
//! that only merging can find, and the values of constants, are checked at startup.

use cors_core::{Element, ListValue, Problem, Rules, Severity, check_attribute, check_module};

use crate::args::{Args, Clause, ClauseKind, Layer};
use crate::list::{self, Kind, List};
use crate::report::Report;

/// Checks the arguments on a handler that serves the methods `serves`.
pub(crate) fn handler(args: &Args, serves: &[&str], report: &mut Report) {
    check(args, serves, check_attribute, report);
}

/// Checks the arguments on a module whose handlers together serve the methods `serves`.
pub(crate) fn module(args: &Args, serves: &[&str], report: &mut Report) {
    check(args, serves, check_module, report);
}

fn check(
    args: &Args,
    serves: &[&str],
    check: fn(&Rules, &[Rules], &[&str]) -> Vec<Problem>,
    report: &mut Report,
) {
    // Layers that a handler only inherits were checked where they were written.
    let Some(own) = &args.own else { return };
    let modules: Vec<_> = args.modules.iter().map(rules).collect();
    for problem in check(&rules(own), &modules, serves) {
        // A macro cannot emit warnings on stable; startup logs the same warning.
        if problem.severity() == Severity::Error {
            report.push(problem);
        }
    }
}

fn rules(layer: &Layer) -> Rules {
    let Layer { source, clauses } = layer;
    clauses.iter().fold(Rules::new(source.clone()), |rules, Clause { kind, source }| {
        let place = source.clone();
        match kind {
            ClauseKind::Off => rules.off(place),
            ClauseKind::Replace => rules.replace(place),
            ClauseKind::Policy(name, source) => rules.with_clause(
                cors_core::ClauseKind::Policy(Element::plain(name.clone(), source.clone())),
                place,
            ),
            ClauseKind::Host(hosts) => {
                rules.host(hosts.iter().map(element).collect::<Vec<_>>(), place)
            }
            ClauseKind::List(setting, op, list) => rules.list(*setting, *op, value(list), place),
            ClauseKind::Flag(setting, value) => rules.flag(*setting, *value, place),
            ClauseKind::MaxAge(value, source) => rules
                .with_clause(cors_core::ClauseKind::MaxAge(value.clone(), source.clone()), place),
        }
    })
}

fn value(list: &List) -> ListValue {
    match list {
        List::Any(source) => ListValue::Any(source.clone()),
        List::AnyWithAuthorization(source) => ListValue::AnyWithAuthorization(source.clone()),
        List::Elements(elements) => ListValue::Elements(elements.iter().map(element).collect()),
    }
}

fn element(element: &list::Element) -> Element {
    let list::Element { kind, source } = element;
    let source = source.clone();
    match kind {
        Kind::Plain(text) => Element::plain(text.clone(), source),
        Kind::Regex(text) => Element::regex(text.clone(), source),
        Kind::Set(name) => Element::set(name.clone(), source),
        Kind::Constant(_) => Element::constant(source),
    }
}
