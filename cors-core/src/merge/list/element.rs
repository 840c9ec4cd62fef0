//! Parsing one element of a list: an origin, a method or a header name.

use super::credentials_help;
use crate::config::{Element, ElementKind};
use crate::grammar::{HeaderName, Method, join, meant_header, meant_method};
use crate::merge::layer::{OriginElement, Sets, Sourced};
use crate::origin::{OriginPattern, OriginRegex};
use crate::problem::{Code, Correction, Language, Problem, Source, nearest, toml_key};
use crate::setting::{Op, Setting};

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
        format!(
            "remove `key`, or define the set with `{} = {{ live = true, keyed = true }}`",
            toml_key(name)
        ),
    )
}

fn unknown_set(element: &Element, sets: &Sets) -> Problem {
    let name = element.text.as_ref();
    let help = match nearest(name, sets.keys().map(String::as_str)) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if sets.is_empty() => match element.source.language() {
            Language::Settings => format!("define it in `sets`: `\"{name}\": [...]`"),
            Language::Builder => format!("define it: `.set({name:?}, [...])`"),
            _ => format!("define it: `[cors.sets]` `{} = [...]`", toml_key(name)),
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
