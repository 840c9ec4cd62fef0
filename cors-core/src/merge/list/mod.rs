//! Checking one list clause: its keyword, or its elements.
//!
//! The setting determines how an element is parsed: as an origin pattern, a regular
//! expression or a set, as a method, or as a header name. Problems are reported at the
//! element; the rest of the list is kept.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::FixedState;

mod element;
mod list_merge;

pub(crate) use self::element::{read_method, read_name, read_origin, read_trusted};
pub(crate) use self::list_merge::{ListMerge, Mergeable};

use super::layer::{Edit, List, Rule, Sourced};
use crate::config::{Element, ElementKind, ListValue};
use crate::grammar::{HeaderName, Method};
use crate::origin::OriginPattern;
use crate::problem::{Code, Language, Problem, Source};
use crate::setting::{Op, Setting};

/// The most elements that are proposed at once.
const MOST_SHOWN: usize = 20;

/// A clause of a list setting, while it is checked.
pub(crate) struct ListClause<'c> {
    pub(crate) setting: Setting,
    pub(crate) op: Op,
    pub(crate) value: &'c ListValue,
    pub(crate) source: &'c Source,
    /// Whether `= []` is accepted for every setting.
    pub(crate) may_be_empty: bool,
}

impl ListClause<'_> {
    /// Parses the elements and combines them with the previous clause of the same layer
    /// about the same list (one `+=` and one `-=`).
    pub(crate) fn read<T: Clone + Eq + Hash>(
        &self,
        rule: &mut Rule<T>,
        problems: &mut Vec<Problem>,
        mut read: impl FnMut(&Element, &mut Vec<Problem>) -> Vec<Sourced<T>>,
    ) {
        let elements = match self.value {
            ListValue::Any(source) => return self.keyword(rule, problems, false, source),
            ListValue::AnyWithAuthorization(source) => {
                return self.keyword(rule, problems, true, source);
            }
            ListValue::Elements(elements) => elements,
        };
        let mut checked: Vec<Sourced<T>> = Vec::with_capacity(elements.len());
        // Lists come from configuration, so an attacker cannot cause hash collisions.
        let mut places: HashMap<T, Source, FixedState> =
            HashMap::with_capacity_and_hasher(elements.len(), FixedState::default());
        let mut quoted_wildcard = None;
        let known = elements.iter().filter(|element| element.kind != ElementKind::Constant);
        for element in known {
            let before = problems.len();
            let read = read(element, problems);
            if read.is_empty()
                && let Some(problem) = problems.get_mut(before)
                && (problem.code() != Code::BAD_HEADER || problem.correction().is_none())
                && let Some(help) = self.separated(problem.code(), element, elements)
            {
                *problem = problem.clone().with_help(help);
            }
            let has_wildcard =
                problems[before..].iter().any(|problem| problem.code() == Code::QUOTED_WILDCARD);
            if has_wildcard && self.setting != Setting::Credentials {
                quoted_wildcard = Some(&element.source);
            }
            for one in read {
                if let Some(earlier) = places.get(&one.value)
                    && element.kind != ElementKind::Set
                {
                    problems.push(
                        Problem::warning(
                            Code::DUPLICATE_ELEMENT,
                            &one.source,
                            format!("`{}` is in the list twice", element.text),
                        )
                        .about(self.setting)
                        .with_note_at("first listed here", earlier)
                        .with_help("remove one of the two"),
                    );
                    continue;
                }
                places.entry(one.value.clone()).or_insert_with(|| one.source.clone());
                checked.push(one);
            }
        }
        if elements.is_empty() && !self.may_be_empty() {
            problems.push(self.empty());
        }
        match (self.op, quoted_wildcard) {
            // The wrong operator was reported; other problems of `any` are reported as
            // well.
            (Op::Set, Some(source)) => {
                *rule = Rule::Set(List::Any { authorization: false, source: source.clone() });
            }
            (Op::Set, None) => *rule = Rule::Set(List::Only(checked)),
            (Op::Add | Op::Remove, _) => {
                let earlier = match std::mem::replace(rule, Rule::Inherit) {
                    Rule::Edit(edits) => edits.into_iter().next(),
                    Rule::Inherit | Rule::Set(..) => None,
                };
                let (add, remove) = earlier.map(|edit| (edit.add, edit.remove)).unwrap_or_default();
                let source = self.source.clone();
                *rule = Rule::Edit(vec![match self.op {
                    Op::Add => Edit { add: checked, remove, source },
                    _ => Edit { add, remove: checked, source },
                }]);
            }
        }
    }

    /// What to write instead of several elements in one string.
    fn separated(&self, code: Code, element: &Element, all: &[Element]) -> Option<String> {
        // A list in quotes: `["https://a.example"]`.
        let is_list = code == Code::BAD_SCHEME && element.text.trim_start().starts_with('[');
        let is_separable = [Code::SEVERAL_ORIGINS, Code::BAD_METHOD, Code::BAD_HEADER];
        if !is_separable.contains(&code) && !is_list {
            return None;
        }
        let is_mark = |c: char| {
            c.is_whitespace() || matches!(c, ',' | ';' | ':' | '|' | '"' | '\'' | '[' | ']')
        };
        if element.text.contains("://") && self.setting != Setting::Origins {
            return None;
        }
        let is_mark = |c: char| is_mark(c) && (c != ':' || self.setting != Setting::Origins);
        let parts = element.text.split(is_mark).filter(|part| !part.is_empty());
        if parts.clone().eq(["any"]) || parts.clone().eq(["*"]) {
            return Some(format!("write `{}`", element.source.language().any(self.setting)));
        }
        let parts: Vec<String> =
            parts.map(|part| self.corrected(part, &element.source)).collect::<Option<_>>()?;
        let language = element.source.language();
        let write = |text: &String| language.text(text);
        let texts = || parts.iter().map(write).collect::<Vec<_>>();
        match &*parts {
            [] => None,
            [one] if self.setting != Setting::Origins => Some(format!("write `{one}`")),
            // A variable is replaced as a whole.
            _ if all.len() == 1 || language == Language::Variable => {
                let others = all.iter().flat_map(|other| match other.source == element.source {
                    true if other.text == element.text => texts(),
                    _ => vec![write(&other.text.clone().into_owned())],
                });
                let others: Vec<_> = others.take(MOST_SHOWN).collect();
                let list = language.brackets(self.setting, self.op, &others);
                Some(format!("write each as an element of its own: `{list}`"))
            }
            _ => Some(format!("write each as an element of its own: `{}`", texts().join(", "))),
        }
    }

    /// The element that a part of a text is, if it is accepted.
    fn corrected(&self, part: &str, source: &Source) -> Option<String> {
        match self.setting {
            Setting::Origins | Setting::Credentials => match OriginPattern::parse(part) {
                Ok(_) => Some(part.to_owned()),
                Err(issue) => issue.suggestion().map(ToOwned::to_owned),
            },
            Setting::Methods => {
                let method = part.to_ascii_uppercase();
                Method::parse(&method, source).is_ok().then_some(method)
            }
            setting => HeaderName::parse(part, setting, source).ok().map(|_| part.to_owned()),
        }
    }

    /// With `headers = []` and `expose = []` a layer drops what it inherits: only the
    /// safelisted headers are left. For origins and methods, `off` expresses that more
    /// clearly.
    fn may_be_empty(&self) -> bool {
        let has_no_other_name = matches!(self.setting, Setting::Headers | Setting::Expose);
        self.op == Op::Set && (has_no_other_name || self.may_be_empty)
    }

    fn empty(&self) -> Problem {
        let (setting, language) = (self.setting, self.source.language());
        let (message, help) = match (self.op, setting) {
            (Op::Set, Setting::Origins) => (
                "an empty `origins` allows no origin".to_owned(),
                format!(
                    "write `{}` to disable CORS here, or remove `origins` to inherit",
                    language.keyword("off")
                ),
            ),
            (Op::Set, Setting::Credentials) => (
                "an empty `credentials` allows no origin to send them".to_owned(),
                format!(
                    "write `{}`, or remove `credentials` to inherit",
                    language.flag(setting, false)
                ),
            ),
            (Op::Set, _) => (
                format!("an empty `{setting}` allows nothing"),
                "list the methods, or remove `methods` to inherit".to_owned(),
            ),
            (op, _) => (
                format!("`{}` changes nothing", language.edit(setting, op, std::iter::empty())),
                "remove it, or list elements".to_owned(),
            ),
        };
        Problem::error(Code::EMPTY_LIST, self.source, message).about(setting).with_help(help)
    }

    fn keyword<T>(
        &self,
        rule: &mut Rule<T>,
        problems: &mut Vec<Problem>,
        authorization: bool,
        source: &Source,
    ) {
        let setting = self.setting;
        if setting == Setting::Credentials {
            problems.push(credentials_any(source));
            return;
        }
        if self.op == Op::Remove {
            problems.push(remove_any(setting, source));
            return;
        }
        if authorization && setting != Setting::Headers {
            problems.push(
                Problem::error(
                    Code::MISPLACED_KEYWORD,
                    source,
                    format!(
                        "`any_with_authorization` applies to `headers` only, not to `{setting}`"
                    ),
                )
                .about(setting)
                .with_help(format!("write `{}`", source.language().any(setting))),
            );
            return;
        }
        if self.op != Op::Set {
            let op = self.op.symbol();
            problems.push(
                Problem::error(
                    Code::ANY_WITH_OPERATOR,
                    source,
                    format!("`{setting} {op} any` is not possible: `any` replaces the whole list"),
                )
                .about(setting)
                .with_help(format!("write `{}`", source.language().any(setting))),
            );
            return;
        }
        *rule = Rule::Set(List::Any { authorization, source: source.clone() });
    }
}

/// Reports `-= any`. It means to allow no origin, so to propose `= any` would do the opposite.
fn remove_any(setting: Setting, source: &Source) -> Problem {
    let message = format!("`any` cannot be removed from `{setting}`: it is no element of a list");
    let off = source.language().keyword("off");
    let help = match setting {
        Setting::Origins => format!("to allow no origin here, write `{off}` instead"),
        Setting::Methods => format!("list the methods to allow, or write `{off}` instead"),
        _ => format!(
            "to allow no other name, write `{}`",
            source.language().list(setting, std::iter::empty())
        ),
    };
    Problem::error(Code::ANY_WITH_OPERATOR, source, message).about(setting).with_help(help)
}

fn credentials_any(source: &Source) -> Problem {
    let message = "`credentials` cannot be `any`: every website could read responses as your users";
    Problem::error(Code::MISPLACED_KEYWORD, source, message)
        .about(Setting::Credentials)
        .with_help(credentials_help(source))
}

fn credentials_help(source: &Source) -> String {
    let language = source.language();
    let all = language.flag(Setting::Credentials, true);
    let some = language.example(Setting::Credentials);
    format!(
        "list the origins that may send credentials, for example `{some}`; `{all}` is for all of \
         `origins`, which must then be listed"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Rules};

    fn here() -> Source {
        Source::code("api.rs", 1, 1)
    }

    fn list(setting: Setting, op: Op, elements: Vec<Element>) -> Config {
        Config::new(Rules::new(here()).list(setting, op, ListValue::Elements(elements), here()))
    }

    fn problem(config: &Config) -> Problem {
        config.resolve().unwrap_err().problems()[0].clone()
    }

    #[test]
    fn help_for_an_unknown_set_lists_the_defined_sets() {
        let config = list(Setting::Origins, Op::Set, vec![Element::set("partnres", here())]);
        let help = |config: Config| problem(&config).help().unwrap().to_owned();
        assert_eq!(help(config.clone()), "define it: `.set(\"partnres\", [...])`");
        let own = vec![Element::plain("https://a.example", here())];
        let other = config.clone().set("own", own.clone(), here());
        assert_eq!(help(other), "the defined sets are `own`");
        assert_eq!(help(config.set("partners", own, here())), "did you mean `partners`?");
    }

    #[test]
    fn empty_lists_are_reported_with_their_effect() {
        for (setting, op, message) in [
            (Setting::Origins, Op::Set, "an empty `origins` allows no origin"),
            (Setting::Methods, Op::Set, "an empty `methods` allows nothing"),
            (Setting::Methods, Op::Add, "`.methods_add([])` changes nothing"),
            (Setting::Headers, Op::Remove, "`.headers_remove([])` changes nothing"),
        ] {
            assert_eq!(problem(&list(setting, op, Vec::new())).message(), message);
        }
        assert!(list(Setting::Headers, Op::Set, Vec::new()).resolve().is_ok());
    }
}
