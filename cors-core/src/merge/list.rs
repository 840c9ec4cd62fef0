//! Checking one list clause: its keyword, or its elements.
//!
//! The setting determines how an element is parsed: as an origin pattern, a regular
//! expression or a set, as a method, or as a header name. Problems are reported at the
//! element; the rest of the list is kept.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::FixedState;

use super::layer::{Edit, List, OriginElement, Rule, Sets, Sourced};
use crate::config::{Element, ElementKind, ListValue};
use crate::grammar::{HeaderName, Method, join};
use crate::origin::{OriginPattern, OriginRegex};
use crate::problem::nearest;
use crate::problem::{Code, Correction, Problem, Source};
use crate::setting::{Op, Setting};

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

    /// With `headers = []` and `expose = []` a layer drops what it inherits: only the
    /// safelisted headers are left. For origins and methods, `off` expresses that more
    /// clearly.
    fn may_be_empty(&self) -> bool {
        let has_no_other_name = matches!(self.setting, Setting::Headers | Setting::Expose);
        self.op == Op::Set && (has_no_other_name || self.may_be_empty)
    }

    fn empty(&self) -> Problem {
        let (setting, op) = (self.setting, self.op.symbol());
        let (message, help) = match (self.op, setting) {
            (Op::Set, Setting::Origins) => (
                "an empty `origins` allows no origin".to_owned(),
                "use `off` to disable CORS here, or remove `origins` to inherit",
            ),
            (Op::Set, Setting::Credentials) => (
                "an empty `credentials` allows no origin to send them".to_owned(),
                "write `credentials = false`, or remove `credentials` to inherit",
            ),
            (Op::Set, _) => (
                format!("an empty `{setting}` allows nothing"),
                "list the methods, or remove `methods` to inherit",
            ),
            _ => (format!("`{setting} {op} []` changes nothing"), "remove it, or list elements"),
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
                .with_help(format!("write `{setting} = any`")),
            );
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
                .with_help(format!("write `{setting} = any`")),
            );
            return;
        }
        *rule = Rule::Set(List::Any { authorization, source: source.clone() });
    }
}

fn credentials_any(source: &Source) -> Problem {
    let message = "`credentials` cannot be `any`: every website could read responses as your users";
    Problem::error(Code::MISPLACED_KEYWORD, source, message)
        .about(Setting::Credentials)
        .with_help(CREDENTIALS_HELP)
}

const CREDENTIALS_HELP: &str = "list the origins that may send credentials, or write \
                                `credentials = true` for all of `origins`";

/// Parses an element of `credentials`, as [`read_origin`] does.
pub(crate) fn read_trusted(
    element: &Element,
    sets: Option<&Sets>,
    problems: &mut Vec<Problem>,
) -> Vec<Sourced<OriginElement>> {
    let mut found = Vec::new();
    let read = read_origin(element, sets, &mut found);
    problems.extend(found.into_iter().map(|problem| {
        let problem = problem.about(Setting::Credentials);
        match problem.code() {
            Code::QUOTED_WILDCARD => problem.with_help(CREDENTIALS_HELP),
            Code::NULL_ORIGIN => problem.with_help(
                "remove it: any sandboxed page has the origin `null`, so it never sends \
                 credentials",
            ),
            _ => problem,
        }
    }));
    read
}

/// Parses an element of `origins`: one pattern, one regex, or all origins of a named
/// set.
pub(crate) fn read_origin(
    element: &Element,
    sets: Option<&Sets>,
    problems: &mut Vec<Problem>,
) -> Vec<Sourced<OriginElement>> {
    let Element { text, kind, source } = element;
    let one = |value| vec![Sourced { value, source: source.clone() }];
    let parsed = match kind {
        ElementKind::Plain => OriginPattern::parse(text).map(OriginElement::Pattern),
        ElementKind::Regex => OriginRegex::parse(text).map(OriginElement::Regex),
        ElementKind::Set if text.is_empty() => {
            problems.push(nameless_set(source));
            return Vec::new();
        }
        ElementKind::Set => {
            // Sets are not known at compile time; they are checked at startup.
            let Some(sets) = sets else { return Vec::new() };
            let Some(set) = sets.get(text.as_ref()) else {
                problems.push(unknown_set(element, sets));
                return Vec::new();
            };
            return set.clone();
        }
        ElementKind::Constant => return Vec::new(),
    };
    match parsed {
        Ok(value) => {
            if let OriginElement::Regex(regex) = &value {
                problems.extend(self_anchored(regex, source));
            }
            one(value)
        }
        Err(issue) => {
            let problem = Problem::error(issue.code(), source, issue.message())
                .about(Setting::Origins)
                .with_help(issue.help());
            problems.push(match issue.suggestion() {
                Some(origin) => problem.with_correction(Correction::Write(origin.to_owned())),
                None => problem,
            });
            Vec::new()
        }
    }
}

/// Reports anchors that have no effect.
fn self_anchored(regex: &OriginRegex, source: &Source) -> Option<Problem> {
    let bare = regex.without_anchors()?;
    let message = format!(
        "the anchors in `{regex}` are not needed: a regex always has to match the whole origin"
    );
    let problem = Problem::warning(Code::SELF_ANCHORED, source, message).about(Setting::Origins);
    Some(problem.with_help(format!("write `{bare}`")))
}

/// Reports `set("")`: whatever the configuration defines, there is no such set.
fn nameless_set(source: &Source) -> Problem {
    let message = "this names no origin set, so it would allow no origin";
    Problem::error(Code::UNKNOWN_SET, source, message)
        .about(Setting::Origins)
        .with_help("write the name of a set in `[cors.sets]`, or remove it")
}

fn unknown_set(element: &Element, sets: &Sets) -> Problem {
    let name = element.text.as_ref();
    let help = match nearest(name, sets.keys().map(String::as_str)) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if sets.is_empty() => format!("define it: `[cors.sets]` `{name} = [...]`"),
        None => {
            let known: Vec<_> = sets.keys().map(|set| format!("`{set}`")).collect();
            format!("the defined sets are {}", known.join(", "))
        }
    };
    Problem::error(
        Code::UNKNOWN_SET,
        &element.source,
        format!("there is no origin set named `{name}`"),
    )
    .about(Setting::Origins)
    .with_help(help)
}

/// Parses an element of `methods`.
pub(crate) fn read_method(
    element: &Element,
    serves: Option<&[Method]>,
    problems: &mut Vec<Problem>,
) -> Vec<Sourced<Method>> {
    let source = &element.source;
    let method = match plain(element, Setting::Methods).and_then(|text| Method::parse(text, source))
    {
        Ok(method) => method,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    let served = serves.map(|serves| serves.contains(&method));
    let is_options = method.as_str() == "OPTIONS";
    if is_options && served.is_none() {
        problems.push(
            Problem::warning(
                Code::OPTIONS_METHOD,
                source,
                "preflights are answered without it; `OPTIONS` here allows pages to send `OPTIONS` \
                 requests themselves",
            )
            .about(Setting::Methods)
            .with_help("remove `OPTIONS`, unless clients in a browser send it, as for WebDAV")
            .with_correction(Correction::Remove),
        );
    }
    if served == Some(false) {
        let list = join(serves.unwrap_or_default());
        problems.push(
            Problem::error(
                Code::METHOD_NOT_SERVED,
                source,
                format!("this route serves {list}, so allowing `{method}` has no effect"),
            )
            .about(Setting::Methods)
            .with_help(match is_options {
                true => "remove `OPTIONS`: preflights are answered without it".to_owned(),
                false => format!("remove `{method}`, or register the handler for it"),
            })
            .with_correction(Correction::Remove),
        );
        return Vec::new();
    }
    problems.extend(wildcard_in_name(method.as_str(), Setting::Methods, source));
    vec![Sourced { value: method, source: source.clone() }]
}

/// Parses an element of `headers` or `expose`.
pub(crate) fn read_name(
    setting: Setting,
) -> impl FnMut(&Element, &mut Vec<Problem>) -> Vec<Sourced<HeaderName>> {
    move |element, problems| {
        let source = &element.source;
        let name =
            plain(element, setting).and_then(|text| HeaderName::parse(text, setting, source));
        match name {
            Ok(value) => {
                problems.extend(wildcard_in_name(value.as_str(), setting, source));
                vec![Sourced { value, source: source.clone() }]
            }
            Err(problem) => {
                problems.push(problem);
                Vec::new()
            }
        }
    }
}

/// Warns about a name such as `x-amz-*`: a valid token, but probably meant as a
/// pattern.
fn wildcard_in_name(name: &str, setting: Setting, source: &Source) -> Option<Problem> {
    let what = if setting == Setting::Methods { "methods" } else { "headers" };
    name.contains('*').then(|| {
        Problem::warning(
            Code::WILDCARD_IN_NAME,
            source,
            format!(
                "`*` in `{name}` is not a wildcard: names are compared as a whole, so this matches \
                 none of the intended {what}"
            ),
        )
        .about(setting)
        .with_help(format!("list the {what}, or write `{setting} = any`, the only wildcard"))
    })
}

/// The text of an element of a setting that supports neither regexes nor sets.
fn plain(element: &Element, setting: Setting) -> Result<&str, Problem> {
    let keyword = match element.kind {
        ElementKind::Plain | ElementKind::Constant => return Ok(&element.text),
        ElementKind::Regex => "regex",
        ElementKind::Set => "set",
    };
    Err(Problem::error(
        Code::MISPLACED_KEYWORD,
        &element.source,
        format!("`{keyword}` applies to `origins` only; `{setting}` takes names"),
    )
    .about(setting)
    .with_help("list the names, or write `any`"))
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
        assert_eq!(help(config.clone()), "define it: `[cors.sets]` `partnres = [...]`");
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
            (Setting::Methods, Op::Add, "`methods += []` changes nothing"),
            (Setting::Headers, Op::Remove, "`headers -= []` changes nothing"),
        ] {
            assert_eq!(problem(&list(setting, op, Vec::new())).message(), message);
        }
        assert!(list(Setting::Headers, Op::Set, Vec::new()).resolve().is_ok());
    }
}
