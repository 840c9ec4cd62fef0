//! Unknown keys: which setting was meant, and its value as it is written here.
//!
//! The value is converted where other tools write it differently, and then read as that of
//! the setting. So one report shows what else is wrong with it, and renaming the key reveals
//! no further mistake.

use super::Reader;
use super::tree::{Entry, Key, Kind, Value};
use crate::config::{Clause, Rules};
use crate::grammar::Method;
use crate::problem::{Language, Problem, Source, Suggestion, suggest_key};
use crate::setting::{Op, Setting, SettingKind};

/// The most names that a help lists.
const MOST: usize = 6;

/// The keys whose value is a table.
const TABLES: [&str; 5] = ["limits", "policies", "profiles", "report_only", "sets"];

impl Reader {
    /// Reports an unknown key of a table of rules.
    pub(super) fn foreign(
        &mut self,
        (key, value): (&Key, &Value),
        table: &[Entry],
        rules: &mut Rules,
        keywords: &[&'static str],
    ) {
        let (name, language) = (key.name.as_str(), key.source.language());
        if let Some(help) = edit(name, value) {
            return self.problems.push(Problem::unknown(name, &key.source, help));
        }
        let suggestion = suggest_key(name, keywords);
        let (setting, converted) = match suggestion {
            Some(Suggestion::Key(meant)) => match Setting::from_name(meant) {
                Some(setting) => (setting, converted(setting, value)),
                None => {
                    let is_table = TABLES.contains(&meant) && value.table().is_none();
                    return self.problems.push(match place_of(meant, table) {
                        _ if is_table => {
                            Problem::unknown(name, &key.source, a_table(meant, language))
                        }
                        Some(place) => is_set_already(key, meant, &place),
                        None if is_opposite(name) && meant == "enabled" => {
                            Problem::unknown(name, &key.source, opposite(value, language))
                        }
                        None => Problem::unknown_key(name, keywords, &key.source),
                    });
                }
            },
            Some(Suggestion::Any(setting)) => match flag(value) {
                Some(true) => (setting, value.with(Kind::Text("any".to_owned()))),
                Some(false) => {
                    let help = format!("remove it: nothing is allowed but what `{setting}` lists");
                    return self.problems.push(Problem::unknown(name, &key.source, help));
                }
                None => (setting, converted(setting, value)),
            },
            Some(Suggestion::Regexes) => match regexes(value) {
                Some(value) => (Setting::Origins, value),
                None => {
                    return self.problems.push(Problem::unknown_key(name, keywords, &key.source));
                }
            },
            Some(Suggestion::Other(_)) => {
                return self.problems.push(Problem::unknown_key(name, keywords, &key.source));
            }
            None => {
                let inside = meant_inside(value, keywords);
                let problem = Problem::unknown_key(name, keywords, &key.source);
                return self.problems.push(match inside {
                    Some(help) => problem.with_help(help),
                    None => problem,
                });
            }
        };
        let elsewhere = place_of(setting.name(), table).or_else(|| {
            let sets = |clause: &&Clause| clause.setting().is_some_and(|(it, _)| it == setting);
            rules.clauses().iter().find(sets).map(|clause| clause.source.clone())
        });
        if let Some(place) = elsewhere {
            return self.problems.push(match elements(language, setting, &converted) {
                Some(more) => is_set_already(key, setting.name(), &place).with_help(format!(
                    "remove it; what may be missing in `{setting}` is `{}`",
                    more.join(", ")
                )),
                None => is_set_already(key, setting.name(), &place),
            });
        }
        if value.bool() == Some(false) && setting == Setting::Origins {
            let help = format!("to disable CORS here, write `{}`", language.keyword("off"));
            return self.problems.push(Problem::unknown(name, &key.source, help));
        }
        let is_other = converted.kind != value.kind;
        let help = match written(language, setting, &converted).filter(|_| is_other) {
            Some(written) => format!("did you mean `{written}`?"),
            None => format!("did you mean `{setting}`?"),
        };
        self.problems.push(Problem::unknown(name, &key.source, help));
        self.value_of(setting, &converted, rules, key.source.clone());
    }
}

/// What the names inside of a table mean that is not known itself, such as `[quarkus.http]`.
pub(super) fn meant_inside(value: &Value, keywords: &[&'static str]) -> Option<String> {
    let mut found: Vec<(String, &'static str)> = Vec::new();
    collect(value, keywords, &mut found);
    let name = |(theirs, ours): &(String, &'static str)| match theirs == ours {
        true => format!("`{ours}`"),
        false => format!("`{ours}` for `{theirs}`"),
    };
    let names: Vec<_> = found.iter().take(MOST).map(name).collect();
    let more = if found.len() > MOST { ", and so on" } else { "" };
    let place = match value.source.language() {
        Language::Settings => "in `cors`",
        _ => "below `[cors]`",
    };
    (!found.is_empty())
        .then(|| format!("these settings belong directly {place}: {}{more}", names.join(", ")))
}

fn collect(value: &Value, keywords: &[&'static str], found: &mut Vec<(String, &'static str)>) {
    match &value.kind {
        Kind::List(values) => {
            for value in values.iter().filter(|value| value.table().is_some()) {
                collect(value, keywords, found);
            }
        }
        Kind::Table(entries) => {
            for (key, value) in entries {
                let known = Setting::from_name(&key.name).map(Setting::name);
                let meant = known.or_else(|| match suggest_key(&key.name, keywords) {
                    Some(Suggestion::Key(name)) => Some(name),
                    Some(Suggestion::Any(setting)) => Some(setting.name()),
                    Some(Suggestion::Regexes) => Some(Setting::Origins.name()),
                    _ => None,
                });
                let setting = meant.filter(|name| Setting::from_name(name).is_some());
                match setting {
                    Some(name) if !found.iter().any(|(_, known)| *known == name) => {
                        found.push((key.name.clone(), name));
                    }
                    Some(_) => {}
                    None => collect(value, keywords, found),
                }
            }
        }
        _ => {}
    }
}

/// Whether the key disables what `enabled` enables.
fn is_opposite(name: &str) -> bool {
    name.to_ascii_lowercase().contains("disable")
}

/// The help for `disabled = true`.
fn opposite(value: &Value, language: Language) -> String {
    match flag(value) {
        Some(false) => "remove it: CORS is enabled unless it is disabled".to_owned(),
        _ => format!("write `{}`", language.enabled(false)),
    }
}

/// The help for `"headers+" = ["x-a"]`.
fn edit(name: &str, value: &Value) -> Option<String> {
    let bare = name.trim_end_matches(['=', ' ']);
    let (bare, op) = match bare.strip_suffix('+') {
        Some(bare) => (bare, Op::Add),
        None => (bare.strip_suffix('-')?, Op::Remove),
    };
    let setting = Setting::from_name(bare.trim()).filter(|it| it.kind() == SettingKind::List)?;
    let language = value.source.language();
    let elements = elements(language, setting, &list(setting, value))?;
    Some(format!("write `{}`", language.brackets(setting, op, &elements)))
}

/// The help for a value that is none of the tables of `[cors]`.
fn a_table(key: &str, language: Language) -> String {
    match (key, language) {
        ("policies", Language::Settings) => {
            "a group or handler names its `policy`; write the settings directly in `cors`, or those \
             of a named policy in `policies`"
                .to_owned()
        }
        ("policies", _) => {
            "a group or handler names its `policy`; write the settings directly below `[cors]`, or \
             those of a named policy below `[cors.policies.NAME]`"
                .to_owned()
        }
        (_, Language::Settings) => format!("did you mean `{key}`, which is an object?"),
        _ => format!("did you mean the table `[cors.{key}]`?"),
    }
}

fn place_of(name: &str, table: &[Entry]) -> Option<Source> {
    table.iter().find(|(key, _)| key.name == name).map(|(key, _)| key.source.clone())
}

fn is_set_already(key: &Key, meant: &str, place: &Source) -> Problem {
    let help = format!("remove it: `{meant}` is set already");
    Problem::unknown(&key.name, &key.source, help)
        .with_note_at(format!("`{meant}` is set here"), place)
}

/// The value as it is written here.
fn converted(setting: Setting, value: &Value) -> Value {
    match setting.kind() {
        SettingKind::List => list(setting, value),
        SettingKind::Flag => match flag(value) {
            Some(flag) => value.with(Kind::Bool(flag)),
            None => value.clone(),
        },
        SettingKind::FlagOrOrigins => match flag(value) {
            Some(flag) => value.with(Kind::Bool(flag)),
            None => list(setting, value),
        },
        SettingKind::Duration => match value.text().and_then(duration) {
            Some(kind) => value.with(kind),
            None => value.clone(),
        },
    }
}

fn flag(value: &Value) -> Option<bool> {
    match &value.kind {
        Kind::Bool(flag) => Some(*flag),
        Kind::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "include" => Some(true),
            "false" | "no" | "off" | "0" | "omit" => Some(false),
            _ => None,
        },
        Kind::Integer(number @ 0..=1) => Some(*number == 1),
        _ => None,
    }
}

/// Seconds in quotes, `24H`, and `PT10M`.
fn duration(text: &str) -> Option<Kind> {
    let text = text.trim().to_ascii_lowercase();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Kind::Integer(seconds.into()));
    }
    let age = text.strip_prefix("pt").or_else(|| text.strip_prefix('p')).unwrap_or(&text);
    let (number, unit) = age.split_at(age.bytes().take_while(u8::is_ascii_digit).count());
    let is_duration = !number.is_empty() && matches!(unit, "s" | "m" | "h" | "d");
    is_duration.then(|| Kind::Text(age.to_owned()))
}

/// One element, several in one text, or several in a list, where `*` is `any`.
fn list(setting: Setting, value: &Value) -> Value {
    let elements: Vec<Value> = match &value.kind {
        Kind::Bool(true) => return value.with(Kind::Text("any".to_owned())),
        Kind::Text(text) => {
            let parts = text.split([',', ';', ' ', '|']).map(str::trim).filter(|it| !it.is_empty());
            parts.map(|part| value.with(Kind::Text(part.to_owned()))).collect()
        }
        Kind::List(values) => values.iter().map(element).collect(),
        _ => return value.clone(),
    };
    let is_any = |element: &Value| {
        let any = ["*", ":any", "any", "all", "allow-all"];
        element.text().is_some_and(|text| any.iter().any(|it| text.eq_ignore_ascii_case(it)))
    };
    if elements.iter().any(is_any) && setting != Setting::Credentials {
        return value.with(Kind::Text("any".to_owned()));
    }
    let elements: Vec<Value> = elements
        .into_iter()
        .map(|element| match (setting, element.text()) {
            (Setting::Methods, Some(text)) => {
                let method = text.trim_start_matches(':').to_ascii_uppercase();
                let is_known = Method::is_known(&method) || text.starts_with(':');
                element.with(Kind::Text(if is_known { method } else { text.to_owned() }))
            }
            _ => element,
        })
        .collect();
    match (&value.kind, &*elements) {
        (Kind::Text(text), [one]) if one.text() == Some(text) => value.clone(),
        _ => value.with(Kind::List(elements)),
    }
}

/// An element of a list: `{ exact = "…" }` and `{ safe_regex = { regex = "…" } }` of Envoy.
fn element(value: &Value) -> Value {
    let Some([(key, inner)]) = value.table() else {
        return match value.text() {
            Some(text) => value.with(Kind::Text(text.trim().to_owned())),
            None => value.clone(),
        };
    };
    match (key.name.as_str(), inner.text(), inner.table()) {
        ("exact", Some(_), _) => inner.clone(),
        ("safe_regex" | "safeRegex", _, Some([(_, text)])) if text.text().is_some() => {
            regex(text, text.text().unwrap_or_default())
        }
        _ => value.clone(),
    }
}

/// The elements of a list of regular expressions; `None` if some are no texts.
fn regexes(value: &Value) -> Option<Value> {
    let values = match &value.kind {
        Kind::List(values) => values.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let elements: Option<Vec<_>> =
        values.iter().map(|value| value.text().map(|text| regex(value, text))).collect();
    elements.filter(|elements| !elements.is_empty()).map(|it| value.with(Kind::List(it)))
}

/// `{ regex = "…" }`, without the delimiters and anchors that other tools want.
fn regex(value: &Value, text: &str) -> Value {
    let text = text.trim();
    let delimiter = text.chars().next().filter(|c| matches!(c, '/' | '#' | '~' | '@'));
    let inside = delimiter.and_then(|mark| {
        let (inside, flags) = text.get(1..)?.rsplit_once(mark)?;
        flags.chars().all(|flag| flag.is_ascii_alphabetic()).then_some(inside)
    });
    let inside = inside.unwrap_or(text);
    let inside = inside.strip_prefix('^').or_else(|| inside.strip_prefix("\\A")).unwrap_or(inside);
    let inside = inside
        .strip_suffix('$')
        .or_else(|| inside.strip_suffix("\\z"))
        .filter(|rest| !rest.ends_with('\\'))
        .unwrap_or(inside);
    let key = Key { name: "regex".to_owned(), source: value.source.clone() };
    value.with(Kind::Table(vec![(key, value.with(Kind::Text(inside.to_owned())))]))
}

/// The elements of a list, each in the language of its place; `None` if this is none.
fn elements(language: Language, setting: Setting, value: &Value) -> Option<Vec<String>> {
    let values = match &value.kind {
        Kind::List(values) => values.as_slice(),
        Kind::Text(text) if text != "any" && setting.kind() == SettingKind::List => {
            std::slice::from_ref(value)
        }
        _ => return None,
    };
    let element = |value: &Value| match &value.kind {
        Kind::Text(text) => Some(language.element(setting, text)),
        Kind::Table(entries) => match entries.as_slice() {
            [(key, inner)] if key.name == "regex" => language.regex(inner.text()?),
            _ => None,
        },
        _ => None,
    };
    values.iter().map(element).collect()
}

/// The setting with the value, in a language.
fn written(language: Language, setting: Setting, value: &Value) -> Option<String> {
    match (&value.kind, setting.kind()) {
        (Kind::Bool(flag), _) => Some(language.flag(setting, *flag)),
        (Kind::Integer(seconds), SettingKind::Duration) => Some(language.seconds(*seconds)),
        (Kind::Text(age), SettingKind::Duration) => Some(language.max_age(age)),
        (Kind::Text(any), SettingKind::List) if any == "any" => Some(language.any(setting)),
        _ => Some(language.brackets(setting, Op::Set, &elements(language, setting, value)?)),
    }
}

/// The variable that an unknown one was meant to be, with its value where that is written
/// differently here.
pub(super) fn variable(setting: Setting, is_any: bool, text: &str, source: &Source) -> String {
    let value = Value { kind: Kind::Text(text.to_owned()), source: source.clone() };
    let name = setting.env_var();
    let converted = match flag(&value) {
        Some(true) if is_any => value.with(Kind::Text("any".to_owned())),
        _ => converted(setting, &value),
    };
    let written = written(Language::Variable, setting, &converted);
    let bare = |text: &str| text.replace(' ', "");
    match written {
        Some(written) if bare(&written) != bare(&format!("{name}={text}")) => written,
        _ => name,
    }
}
