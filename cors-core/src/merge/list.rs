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
use crate::grammar::{HeaderName, Method, join, meant_header, meant_method};
use crate::origin::{OriginPattern, OriginRegex};
use crate::problem::nearest;
use crate::problem::{Code, Correction, Language, Problem, Source};
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
            Code::QUOTED_WILDCARD => problem.with_help(credentials_help(&element.source)),
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
    let Element { text, kind, key, source } = element;
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
            return match (&**set, key) {
                ([Sourced { value: OriginElement::Live(live), .. }], key) => {
                    if let (Some(parameter), false) = (key, live.set.is_keyed()) {
                        problems.push(unexpected_key(text, parameter, source));
                        return Vec::new();
                    }
                    one(OriginElement::Live(live.with_key(key.as_deref())))
                }
                (_, Some(parameter)) => {
                    problems.push(unexpected_key(text, parameter, source));
                    Vec::new()
                }
                (set, None) => set.to_vec(),
            };
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
        Err(_) if sets.is_some_and(|sets| sets.contains_key(set_name(text))) => {
            problems.push(name_of_set(set_name(text), source));
            Vec::new()
        }
        Err(issue) => {
            let problem = Problem::error(issue.code(), source, issue.message())
                .about(Setting::Origins)
                .with_help(issue.help_in(source.language()));
            problems.push(match issue.suggestion() {
                Some(origin) => problem.with_correction(Correction::Write(origin.to_owned())),
                None => problem,
            });
            Vec::new()
        }
    }
}

/// The name in `partners`, `$partners`, `@partners` and `set:partners`.
fn set_name(text: &str) -> &str {
    let name = text.trim().trim_start_matches("set:").trim_start_matches("set(");
    name.trim_matches(['$', '@', '%', '{', '}', '(', ')', '"', '\''])
}

/// Reports the name of a set in the place of an origin.
fn name_of_set(name: &str, source: &Source) -> Problem {
    let message = format!("`{name}` is no origin, but the name of an origin set");
    Problem::error(Code::MISSING_SCHEME, source, message).about(Setting::Origins).with_help(
        match source.language().set(name) {
            Some(set) => format!("write `{set}`"),
            None => "list the origins of the set: a variable cannot name a set".to_owned(),
        },
    )
}

/// Reports anchors that have no effect.
fn self_anchored(regex: &OriginRegex, source: &Source) -> Option<Problem> {
    let bare = regex.without_anchors()?;
    let message = format!(
        "the anchors in `{regex}` are not needed: a regex always has to match the whole origin"
    );
    let problem = Problem::warning(Code::SELF_ANCHORED, source, message).about(Setting::Origins);
    Some(problem.with_help(format!("write `{}`", source.language().raw(bare))))
}

/// Reports `set("")`: whatever the configuration defines, there is no such set.
fn nameless_set(source: &Source) -> Problem {
    let message = "this names no origin set, so it would allow no origin";
    Problem::error(Code::UNKNOWN_SET, source, message)
        .about(Setting::Origins)
        .with_help("write the name of a set in `[cors.sets]`, or remove it")
}

/// Reports a key for a set that has one list only.
fn unexpected_key(name: &str, parameter: &str, source: &Source) -> Problem {
    let message = format!(
        "the set `{name}` has no keys, so the parameter `{}` selects nothing",
        parameter.escape_debug()
    );
    Problem::error(Code::UNEXPECTED_SET_KEY, source, message).about(Setting::Origins).with_help(
        format!("remove `key`, or define the set with `{name} = {{ live = true, keyed = true }}`"),
    )
}

fn unknown_set(element: &Element, sets: &Sets) -> Problem {
    let name = element.text.as_ref();
    let help = match nearest(name, sets.keys().map(String::as_str)) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if sets.is_empty() => match element.source.language() {
            Language::Settings => format!("define it in `sets`: `\"{name}\": [...]`"),
            Language::Builder => format!("define it: `.set({name:?}, [...])`"),
            _ => format!("define it: `[cors.sets]` `{name} = [...]`"),
        },
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
    op: Op,
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
    let meant = (op != Op::Remove && served != Some(true)).then(|| meant_method(method.as_str()));
    problems.extend(meant.flatten().map(|meant| misspelt_method(method.as_str(), meant, source)));
    vec![Sourced { value: method, source: source.clone() }]
}

/// Parses an element of `headers` or `expose`.
pub(crate) fn read_name(
    setting: Setting,
    op: Op,
) -> impl FnMut(&Element, &mut Vec<Problem>) -> Vec<Sourced<HeaderName>> {
    move |element, problems| {
        let source = &element.source;
        let name =
            plain(element, setting).and_then(|text| HeaderName::parse(text, setting, source));
        match name {
            Ok(value) => {
                problems.extend(wildcard_in_name(value.as_str(), setting, source));
                // What is not in the list is reported when it is to be removed.
                let meant = (op != Op::Remove).then(|| meant_header(value.as_str())).flatten();
                problems.extend(
                    meant.map(|meant| misspelt_header(value.as_str(), meant, setting, source)),
                );
                vec![Sourced { value, source: source.clone() }]
            }
            Err(problem) => {
                problems.push(problem);
                Vec::new()
            }
        }
    }
}

/// Warns about a name that is probably a misspelt one.
fn misspelt_header(name: &str, meant: &str, setting: Setting, source: &Source) -> Problem {
    let message = format!("`{name}` is no well-known header, but resembles `{meant}`");
    let problem = Problem::warning(Code::MISSPELT_HEADER, source, message).about(setting);
    let problem = match HeaderName::parse(meant, setting, source) {
        Ok(_) => problem
            .with_help(format!("did you mean `{meant}`?"))
            .with_correction(Correction::Write(meant.to_owned())),
        // To write what was meant would be the next mistake.
        Err(meant) => problem
            .with_help(format!("remove it: {}", meant.message()))
            .with_correction(Correction::Remove),
    };
    problem.with_note(format!(
        "if this header exists, add `{}` to `allow_warnings`",
        Code::MISSPELT_HEADER
    ))
}

/// Warns about a method that is probably a misspelt one.
fn misspelt_method(method: &str, meant: &str, source: &Source) -> Problem {
    let message = match method.eq_ignore_ascii_case(meant) {
        true => format!("methods are case-sensitive: `{method}` would not match `{meant}`"),
        false => format!("`{method}` is no well-known method, but resembles `{meant}`"),
    };
    Problem::warning(Code::MISSPELT_METHOD, source, message)
        .about(Setting::Methods)
        .with_help(format!("did you mean `{meant}`?"))
        .with_correction(Correction::Write(meant.to_owned()))
        .with_note(format!(
            "if this method exists, add `{}` to `allow_warnings`",
            Code::MISSPELT_METHOD
        ))
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
        .with_help(format!(
            "list the {what}, or write `{}`, the only wildcard",
            source.language().any(setting)
        ))
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
    .with_help(format!("list the names, or write `{}`", element.source.language().any(setting))))
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
