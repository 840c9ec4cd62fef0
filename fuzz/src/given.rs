//! From bytes to rules, in a form that a person can read and a fuzzer can change.
//!
//! One line is one clause, `<where> <subject> [<op> <value>...]`, words separated by spaces:
//!
//! ```text
//! set partners https://partner.example
//! policy origins = any
//! global origins = https://app.example https://*.app.example regex:https://[a-z]+\.example
//! global credentials
//! group max_age 600
//! route origins += set:partners
//! route credentials = false
//! route off
//! ```
//!
//! Lines that are no clause are ignored.

use cors_core::{ClauseKind, Config, Element, ListValue, MaxAgeValue, Op, Rules, Setting, Source};

/// One clause of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clause {
    Off,
    Replace,
    Policy(String),
    List(Setting, Op, Value),
    Flag(Setting, bool),
    MaxAge(MaxAgeValue),
}

/// The value of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Any,
    AnyWithAuthorization,
    /// As written, with `regex:` or `set:` in front where it is one.
    Elements(Vec<String>),
}

/// The clauses of all layers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) global: Vec<Clause>,
    pub(crate) group: Option<Vec<Clause>>,
    pub(crate) module: Option<Vec<Clause>>,
    pub(crate) route: Option<Vec<Clause>>,
    /// The named policy [`POLICY`].
    pub(crate) policy: Option<Vec<Clause>>,
    /// The origin set [`SET`].
    pub(crate) set: Option<Vec<String>>,
}

/// The name of the one named policy.
pub(crate) const POLICY: &str = "open";

/// The name of the one origin set.
pub(crate) const SET: &str = "partners";

/// The paths of the one group.
pub(crate) const GROUP: &str = "/group/**";

/// More than this would only make the fuzzer slow.
const MOST_CLAUSES: usize = 32;
const MOST_ELEMENTS: usize = 16;
const LONGEST_REGEX: usize = 64;

impl Given {
    pub(crate) fn read<'t>(lines: impl Iterator<Item = &'t str>) -> Self {
        let mut given = Self::default();
        for line in lines.take(MOST_CLAUSES) {
            let (layer, clause) = line.split_once(' ').unwrap_or((line, ""));
            let clauses = match layer {
                "set" => {
                    let elements = clause.split(' ').filter(|element| is_small(element));
                    let elements = elements.take(MOST_ELEMENTS).map(str::to_owned);
                    given.set.get_or_insert_default().extend(elements);
                    continue;
                }
                "global" => &mut given.global,
                "group" => given.group.get_or_insert_default(),
                "module" => given.module.get_or_insert_default(),
                "route" => given.route.get_or_insert_default(),
                "policy" => given.policy.get_or_insert_default(),
                _ => continue,
            };
            clauses.extend(read_clause(clause));
        }
        given
    }

    /// Everything below the attributes.
    pub(crate) fn config(&self) -> Config {
        let Self { global, group, module: _, route: _, policy, set } = self;
        let mut config = Config::new(rules(global));
        if let Some(group) = group {
            config = config.group(GROUP, rules(group), here());
        }
        if let Some(policy) = policy {
            config = config.named_policy(POLICY, rules(policy));
        }
        if let Some(set) = set {
            config = config.set(SET, set.iter().map(|text| element(text)).collect(), here());
        }
        config
    }

    /// The clauses of all layers together.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Clause> {
        let Self { global, group, module, route, policy, set: _ } = self;
        let others = [group, module, route, policy].into_iter().flatten();
        std::iter::once(global).chain(others).flatten()
    }
}

/// The rules of one layer.
pub(crate) fn rules(clauses: &[Clause]) -> Rules {
    clauses.iter().fold(Rules::new(here()), |rules, clause| {
        let kind = match clause {
            Clause::Off => ClauseKind::Off,
            Clause::Replace => ClauseKind::Replace,
            Clause::Policy(name) => ClauseKind::Policy(Element::plain(name.clone(), here())),
            Clause::List(setting, op, value) => ClauseKind::List(*setting, *op, list_value(value)),
            Clause::Flag(setting, value) => ClauseKind::Flag(*setting, *value),
            Clause::MaxAge(value) => ClauseKind::MaxAge(value.clone(), here()),
        };
        rules.with_clause(kind, here())
    })
}

fn here() -> Source {
    Source::file("given", 1, 1)
}

fn list_value(value: &Value) -> ListValue {
    match value {
        Value::Any => ListValue::Any(here()),
        Value::AnyWithAuthorization => ListValue::AnyWithAuthorization(here()),
        Value::Elements(elements) => {
            ListValue::Elements(elements.iter().map(|text| element(text)).collect())
        }
    }
}

fn element(text: &str) -> Element {
    match (text.strip_prefix("regex:"), text.strip_prefix("set:")) {
        (Some(regex), _) => Element::regex(regex.to_owned(), here()),
        (None, Some(set)) => Element::set(set.to_owned(), here()),
        (None, None) => Element::plain(text.to_owned(), here()),
    }
}

fn read_clause(clause: &str) -> Option<Clause> {
    let mut words = clause.split(' ');
    let subject = words.next()?;
    let rest: Vec<&str> = words.filter(|word| is_small(word)).take(1 + MOST_ELEMENTS).collect();
    match (subject, &rest[..]) {
        ("off", _) => return Some(Clause::Off),
        ("replace", _) => return Some(Clause::Replace),
        ("policy", [.., name]) => return Some(Clause::Policy((*name).to_owned())),
        ("max_age", [.., value]) => {
            let age = value.parse::<i64>().map_or_else(|_| (*value).into(), MaxAgeValue::from);
            return Some(Clause::MaxAge(age));
        }
        _ => {}
    }
    let setting = Setting::from_name(subject)?;
    let list = [Setting::Origins, Setting::Methods, Setting::Headers, Setting::Expose];
    if !list.contains(&setting) {
        return Some(Clause::Flag(setting, rest != ["=", "false"]));
    }
    let (op, elements) = rest.split_first()?;
    let op = match *op {
        "=" => Op::Set,
        "+=" => Op::Add,
        "-=" => Op::Remove,
        _ => return None,
    };
    let value = match elements {
        ["any"] => Value::Any,
        ["any_with_authorization"] => Value::AnyWithAuthorization,
        _ => Value::Elements(elements.iter().map(|text| (*text).to_owned()).collect()),
    };
    Some(Clause::List(setting, op, value))
}

/// A counted repetition makes a large program of a small expression.
fn is_small(word: &str) -> bool {
    word.strip_prefix("regex:").is_none_or(|it| it.len() <= LONGEST_REGEX && !it.contains('{'))
}
