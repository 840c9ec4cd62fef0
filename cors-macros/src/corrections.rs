//! The corrected attribute, as a line to paste.
//!
//! Each problem with exactly one correction is corrected, and the result is parsed and
//! checked like any attribute: it is shown only if it is valid.

use cors_core::{
    Clause, ClauseKind, Code, Correction, Element, ElementKind, ListValue, MaxAgeValue, Op,
    Problem, Rules, Setting, Source,
};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;

use crate::args::{Args, example};
use crate::report::Report;

/// The most rounds: a correction may cause another problem, as when `"*"` becomes
/// `any`.
const ATTEMPTS: usize = 3;

/// The corrected attribute, if there are several problems and all of them can be
/// corrected. `check` is the function that found them.
pub(crate) fn corrected_line(
    args: &Args,
    report: &Report,
    check: impl Fn(&Args, &mut Report),
) -> Option<String> {
    report.all_problems().filter(|problems| problems.len() > 1)?;
    // The settings of the modules are not in this line, and may conflict with it.
    let own = args.own.as_ref().filter(|_| args.modules.is_empty())?;
    let adapter = args.adapter.as_ref().map(|path| format!("crate = {}", path.to_token_stream()));

    let mut written = written(own, report)?;
    for _ in 0..ATTEMPTS {
        let line: Vec<_> = written.iter().cloned().chain(adapter.clone()).collect();
        let line = line.join(", ");
        let mut report = Report::default();
        let args = Args::parse(line.parse::<TokenStream>().ok()?, Span::call_site(), &mut report);
        check(&args, &mut report);
        if report.is_empty() {
            return Some(format!("#[cors({line})]"));
        }
        written = self::written(args.own.as_ref()?, &report)?;
    }
    None
}

/// Every clause as text, corrected if possible; `None` if some tokens could not be parsed.
fn written(rules: &Rules, report: &Report) -> Option<Vec<String>> {
    let corrections = Corrections { problems: report.all_problems()?, report };
    let clause = |Clause { kind, source }: &Clause| {
        Some(match kind {
            _ if corrections.is_removed(source) => return None,
            ClauseKind::Off => "off".to_owned(),
            ClauseKind::Passthrough => "passthrough".to_owned(),
            ClauseKind::Replace => "replace".to_owned(),
            ClauseKind::Policy(name) => format!("policy = {:?}", name.text),
            ClauseKind::Host(hosts) => corrections.hosts(hosts)?,
            ClauseKind::List(setting, op, list) => corrections.list(*setting, *op, list)?,
            ClauseKind::Flag(setting, true) => setting.to_string(),
            ClauseKind::Flag(setting, false) => format!("{setting} = false"),
            ClauseKind::MaxAge(value, source) => match (corrections.of(source), value) {
                (Some(Correction::Write(text)), _) => format!("max_age = {text:?}"),
                (_, MaxAgeValue::Seconds(seconds)) => format!("max_age = {seconds}"),
                (_, MaxAgeValue::Text(text)) => format!("max_age = {text:?}"),
            },
        })
    };
    Some(rules.clauses().iter().filter_map(clause).collect())
}

/// The problems, found by their places.
struct Corrections<'r> {
    problems: &'r [Problem],
    report: &'r Report,
}

impl Corrections<'_> {
    fn of(&self, source: &Source) -> Option<&Correction> {
        self.problems.iter().find(|p| p.source() == source).and_then(Problem::correction)
    }

    fn is_removed(&self, source: &Source) -> bool {
        self.of(source) == Some(&Correction::Remove)
    }

    fn has(&self, source: &Source, code: Code) -> bool {
        self.problems.iter().any(|problem| problem.source() == source && problem.code() == code)
    }

    /// The corrected list; `None` if no element is left.
    fn list(&self, setting: Setting, op: Op, list: &ListValue) -> Option<String> {
        let value = match list {
            ListValue::Any(source) if self.cannot_be_any(source) => {
                return Some(example(setting));
            }
            ListValue::Any(_) => "any".to_owned(),
            ListValue::AnyWithAuthorization(_) => "any_with_authorization".to_owned(),
            ListValue::Elements(elements) => {
                let is_wildcard = |e: &Element| self.has(&e.source, Code::QUOTED_WILDCARD);
                match elements.iter().find(|element| is_wildcard(element)) {
                    Some(element) if self.cannot_be_any(&element.source) => {
                        return Some(example(setting));
                    }
                    Some(_) => "any".to_owned(),
                    None => self.elements(setting, elements)?,
                }
            }
        };
        // `any` can only be used with `=`.
        let op = if value == "any" { Op::Set } else { op };
        Some(format!("{setting} {} {value}", op.symbol()))
    }

    fn cannot_be_any(&self, source: &Source) -> bool {
        [Code::WILDCARD_WITH_CREDENTIALS, Code::PRIVATE_NETWORK_WITH_ANY]
            .into_iter()
            .any(|code| self.has(source, code))
    }

    fn elements(&self, setting: Setting, elements: &[Element]) -> Option<String> {
        let left = elements.iter().filter(|element| !self.is_removed(&element.source));
        let mut left: Vec<_> = left.map(|element| self.element(setting, element)).collect();
        left.dedup();
        (elements.is_empty() || !left.is_empty()).then(|| format!("[{}]", left.join(", ")))
    }

    /// The corrected hosts; `None` if no host is left.
    fn hosts(&self, hosts: &[Element]) -> Option<String> {
        let left = hosts.iter().filter(|host| !self.is_removed(&host.source));
        // Text is written in quotes, as for origins.
        let left: Vec<_> = left.map(|host| self.element(Setting::Origins, host)).collect();
        match &*left {
            [] => None,
            [host] => Some(format!("host = {host}")),
            hosts => Some(format!("host = [{}]", hosts.join(", "))),
        }
    }

    fn element(&self, setting: Setting, element: &Element) -> String {
        let Element { text, kind, key, source } = element;
        match (kind, self.of(source)) {
            (ElementKind::Plain, Some(Correction::Write(text))) => plain(setting, text),
            (ElementKind::Plain, _) => plain(setting, text),
            (ElementKind::Regex, Some(Correction::Write(text))) => format!("regex({text:?})"),
            (ElementKind::Regex, _) => format!("regex({text:?})"),
            (ElementKind::Set, _) => match key {
                Some(key) => format!("set({text:?}, key = {key:?})"),
                None => format!("set({text:?})"),
            },
            (ElementKind::Constant, _) => {
                let path = self.report.path(source).to_token_stream();
                path.to_string().replace(' ', "")
            }
        }
    }
}

/// Writes methods without quotes if possible.
fn plain(setting: Setting, text: &str) -> String {
    match setting == Setting::Methods && syn::parse_str::<syn::Ident>(text).is_ok() {
        true => text.to_owned(),
        false => format!("{text:?}"),
    }
}
