//! Reading the settings of a table.

use super::tree::{Entry, Key, Kind, Value};
use super::{Reader, true_or_false};
use crate::config::{Clause, ClauseKind, Element, ListValue, Rules};
use crate::grammar::MaxAgeValue;
use crate::problem::{Code, Problem, Source, nearest};
use crate::setting::Op;
use crate::setting::{Setting, SettingKind};

impl Reader {
    /// Reads one key of a table of rules; `keywords` are the keys of `table` besides the
    /// settings.
    pub(super) fn setting(
        &mut self,
        (key, value): (&Key, &Value),
        table: &[Entry],
        rules: &mut Rules,
        keywords: &[&'static str],
    ) {
        let source = key.source.clone();
        let name = key.name.as_str();
        if let Some(setting) = Setting::from_name(name) {
            if value.is_null() {
                return self.null(key, Some(setting));
            }
            return self.value_of(setting, value, rules, source);
        }
        let kind = match name {
            "policy" if keywords.contains(&name) => match value.text() {
                Some(policy) => Some(ClauseKind::Policy(Element::plain(
                    policy.to_owned(),
                    value.source.clone(),
                ))),
                None => {
                    let help = "write the name of a policy in quotes";
                    return self.wrong_type(value, "the name of a policy", help);
                }
            },
            "off" | "replace" if keywords.contains(&name) => {
                let kind = if name == "off" { ClauseKind::Off } else { ClauseKind::Replace };
                self.keyword(value, kind)
            }
            // A misplaced one is reported when the layers are checked.
            "passthrough" => self.keyword(value, ClauseKind::Passthrough),
            // A misplaced `host` is reported when the layers are checked.
            "host" => return self.host((key, value), rules),
            _ => return self.foreign((key, value), table, rules, keywords),
        };
        if let Some(kind) = kind {
            rules.push(Clause { kind, source });
        }
    }

    /// Reads the value of a keyword: `true`, or `false`, which is as if it was absent.
    fn keyword(&mut self, value: &Value, kind: ClauseKind) -> Option<ClauseKind> {
        match value.bool() {
            Some(set) => set.then_some(kind),
            None => {
                let help = match value.text() {
                    Some(_) => "write `true` without quotes, or remove it",
                    None => "write `true`, or remove it",
                };
                self.wrong_type(value, "`true`", help);
                None
            }
        }
    }

    /// Reads `host = "t1.example.com"`, or a list of hosts.
    pub(super) fn host(&mut self, (key, value): (&Key, &Value), rules: &mut Rules) {
        let values = match &value.kind {
            Kind::List(values) => values.as_slice(),
            _ => std::slice::from_ref(value),
        };
        let mut hosts = Vec::with_capacity(values.len());
        for value in values {
            match value.text() {
                Some(host) => hosts.push(Element::plain(host.to_owned(), value.source.clone())),
                None => {
                    let help = "write a host in quotes, for example `\"t1.example.com\"`";
                    self.wrong_type(value, "a host", help);
                }
            }
        }
        // Problems of the hosts have already been reported.
        if values.is_empty() || !hosts.is_empty() {
            rules.push(Clause { kind: ClauseKind::Host(hosts), source: key.source.clone() });
        }
    }

    pub(super) fn value_of(
        &mut self,
        setting: Setting,
        value: &Value,
        rules: &mut Rules,
        source: Source,
    ) {
        match setting.kind() {
            SettingKind::Flag => match value.bool() {
                Some(flag) => rules.push(Clause { kind: ClauseKind::Flag(setting, flag), source }),
                None => self.wrong_value(setting, value, true_or_false(value)),
            },
            SettingKind::Duration => {
                let age = match &value.kind {
                    Kind::Integer(seconds) => MaxAgeValue::Seconds(*seconds),
                    Kind::Text(text) => MaxAgeValue::Text(text.clone()),
                    Kind::Bool(false) => {
                        let help = "write `0` to disable the preflight cache";
                        return self.wrong_value(setting, value, help);
                    }
                    _ => {
                        let help =
                            "write seconds, as in `600`, or text with a unit, as in `\"10m\"`";
                        return self.wrong_value(setting, value, help);
                    }
                };
                rules.push(Clause { kind: ClauseKind::MaxAge(age, value.source.clone()), source });
            }
            SettingKind::FlagOrOrigins => match &value.kind {
                Kind::Bool(flag) => {
                    rules.push(Clause { kind: ClauseKind::Flag(setting, *flag), source });
                }
                Kind::Text(text) if matches!(text.as_str(), "true" | "false") => {
                    self.wrong_value(setting, value, &format!("write `{text}` without quotes"));
                }
                Kind::Text(text) if flag_word(text).is_some() => {
                    let flag = flag_word(text).unwrap_or_default();
                    self.wrong_value(setting, value, &format!("write `{flag}` without quotes"));
                }
                // Any other text is read as an origin, and a keyword as one of a list.
                Kind::Text(text) if !text.starts_with("any") && !text.contains([':', '.', '*']) => {
                    self.wrong_value(setting, value, FLAG_OR_ORIGINS);
                }
                Kind::Text(_) | Kind::List(_) | Kind::Table(_) => {
                    self.list_setting(setting, value, rules, source);
                }
                Kind::Integer(_) | Kind::Null | Kind::Other(_) => {
                    self.wrong_value(setting, value, FLAG_OR_ORIGINS);
                }
            },
            SettingKind::List => self.list_setting(setting, value, rules, source),
        }
    }

    /// Reads a list, or the edits of one.
    fn list_setting(&mut self, setting: Setting, value: &Value, rules: &mut Rules, source: Source) {
        match &value.kind {
            Kind::Table(edits) if is_edit(edits) => self.edits(setting, value, edits, rules),
            _ => {
                if let Some(list) = self.list(setting, value) {
                    rules.push(Clause { kind: ClauseKind::List(setting, Op::Set, list), source });
                }
            }
        }
    }

    /// Reads `{ add = [...], remove = [...] }`.
    fn edits(&mut self, setting: Setting, value: &Value, edits: &[Entry], rules: &mut Rules) {
        if edits.is_empty() {
            let help = format!(
                "write a list, as in `{}`, or `add` and `remove` with lists",
                value.source.language().example(setting)
            );
            return self.wrong_type(value, "a list", &help);
        }
        for (key, value) in edits {
            let op = match key.name.as_str() {
                "add" => Op::Add,
                "remove" => Op::Remove,
                name => {
                    self.unknown_edit(setting, key, name, edits);
                    continue;
                }
            };
            if value.is_null() {
                self.null(key, Some(setting));
                continue;
            }
            if let Some(list) = self.list(setting, value) {
                let source = key.source.clone();
                rules.push(Clause { kind: ClauseKind::List(setting, op, list), source });
            }
        }
    }

    /// Reports a key that is neither `add` nor `remove`.
    fn unknown_edit(&mut self, setting: Setting, key: &Key, name: &str, edits: &[Entry]) {
        let language = key.source.language();
        let meant = match name.to_ascii_lowercase().as_str() {
            "allow" | "set" | "value" | "values" | "list" | "only" | "any" | "all" => None,
            "append" | "extend" | "include" | "insert" | "plus" | "push" | "union" => Some("add"),
            "delete" | "drop" | "except" | "exclude" | "minus" | "subtract" | "without" => {
                Some("remove")
            }
            name => nearest(name, ["add", "remove"]),
        };
        let meant = meant.filter(|meant| !edits.iter().any(|(key, _)| key.name == **meant));
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!(
                "`{setting}` is a list, as `{}` is; `add` and `remove` edit the inherited one",
                language.example(setting)
            ),
        };
        let message = format!(
            "`{}` is not a known key here, so it would have no effect",
            name.escape_debug()
        );
        self.problems.push(Problem::error(Code::UNKNOWN_KEY, &key.source, message).with_help(help));
    }

    /// Reads a keyword, one element, or a list of elements.
    pub(super) fn list(&mut self, setting: Setting, value: &Value) -> Option<ListValue> {
        let source = value.source.clone();
        match &value.kind {
            Kind::Text(text) if text == "any" => Some(ListValue::Any(source)),
            Kind::Text(text) if text == "any_with_authorization" => {
                Some(ListValue::AnyWithAuthorization(source))
            }
            Kind::List(array) => {
                let elements: Vec<_> = array
                    .iter()
                    .filter_map(|value| self.element(setting, value, one(setting)))
                    .collect();
                // Problems of the elements have already been reported.
                let readable = array.is_empty() || !elements.is_empty();
                readable.then_some(ListValue::Elements(elements))
            }
            Kind::Bool(_) | Kind::Integer(_) | Kind::Null | Kind::Other(_) => {
                let help = no_list(setting, value);
                self.wrong_type(value, several(setting), &help);
                None
            }
            _ => self
                .element(setting, value, several(setting))
                .map(|element| ListValue::Elements(vec![element])),
        }
    }

    /// Reads `"https://app.example"`, `{ regex = '…' }` or `{ set = "…" }`.
    fn element(&mut self, setting: Setting, value: &Value, expected: &str) -> Option<Element> {
        let (key, inner) = match &value.kind {
            Kind::Text(text) => return self.plain(setting, text, &value.source),
            Kind::Table(entries) if entries.len() == 1 => &entries[0],
            Kind::Table(entries) if is_keyed_set(entries) => return self.keyed_set(entries),
            Kind::Table(_) if matches!(setting, Setting::Origins | Setting::Credentials) => {
                let help = "write text in quotes, or a table with `regex` or `set` alone, or with \
                            `set` and `key`";
                self.wrong_type(value, expected, help);
                return None;
            }
            Kind::List(_) => {
                self.wrong_type(value, expected, "remove the inner brackets");
                return None;
            }
            _ => {
                self.wrong_type(value, expected, "write text in quotes");
                return None;
            }
        };
        let Some(text) = inner.text() else {
            self.wrong_type(inner, "a string", "write text in quotes");
            return None;
        };
        let (text, source) = (text.to_owned(), inner.source.clone());
        match key.name.as_str() {
            "regex" => Some(Element::regex(text, source)),
            "set" => Some(Element::set(text, source)),
            "regexp" | "re" | "pattern" | "expression" | "matches" => {
                let message =
                    format!("`{}` is not a known key here, so it would have no effect", key.name);
                let problem = Problem::error(Code::UNKNOWN_KEY, &key.source, message);
                self.problems.push(problem.with_help("did you mean `regex`?"));
                Some(Element::regex(text, source))
            }
            _ => {
                self.unknown_key(key, setting.name(), &["regex", "set"]);
                None
            }
        }
    }

    /// Reads `{ set = "tenants", key = "tenant" }`.
    fn keyed_set(&mut self, entries: &[Entry]) -> Option<Element> {
        let mut text = |wanted: &str| {
            let (_, value) = entries.iter().find(|(key, _)| key.name == wanted)?;
            if value.text().is_none() {
                self.wrong_type(value, "a string", "write text in quotes");
            }
            Some((value.text()?.to_owned(), value.source.clone()))
        };
        let (set, key) = (text("set"), text("key"));
        let ((set, source), (key, _)) = set.zip(key)?;
        Some(Element::set(set, source).with_key(key))
    }

    fn plain(&mut self, setting: Setting, text: &str, source: &Source) -> Option<Element> {
        if matches!(text, "any" | "any_with_authorization") {
            self.problems.push(
                Problem::error(
                    Code::MISPLACED_KEYWORD,
                    source,
                    format!("`{text}` is a keyword for the whole list, not an element"),
                )
                .about(setting)
                .with_help(match setting {
                    Setting::Credentials => {
                        format!("write `{}`", source.language().flag(setting, true))
                    }
                    _ if text == "any" || setting == Setting::Headers => {
                        format!("write `{}`", source.language().named(setting.name(), text))
                    }
                    _ => format!("write `{}`", source.language().any(setting)),
                }),
            );
            return None;
        }
        Some(Element::plain(text.to_owned(), source.clone()))
    }
}

/// The flag that a word means as the value of `credentials`, also as in `fetch()`.
fn flag_word(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "include" => Some(true),
        "false" | "no" | "off" | "0" | "omit" | "same-origin" => Some(false),
        _ => None,
    }
}

/// The help for a value that is no list.
fn no_list(setting: Setting, value: &Value) -> String {
    let language = value.source.language();
    match (value.bool(), setting) {
        (Some(true), _) => format!("write `{}`", language.any(setting)),
        (Some(false), Setting::Origins) => {
            format!("to disable CORS here, write `{}`", language.keyword("off"))
        }
        (Some(false), Setting::Headers | Setting::Expose) => {
            format!("write `{}`", language.list(setting, std::iter::empty()))
        }
        _ => format!("write a list, as in `{}`", language.example(setting)),
    }
}

/// Whether a table refers to a keyed set, and to nothing else.
fn is_keyed_set(entries: &[Entry]) -> bool {
    let has = |name: &str| entries.iter().any(|(key, _)| key.name == name);
    entries.len() == 2 && has("set") && has("key")
}

const FLAG_OR_ORIGINS: &str = "write `true`, `false`, or a list of the origins that may send them";

/// The description of an element of this list setting, for a message.
const fn one(setting: Setting) -> &'static str {
    match setting {
        Setting::Origins | Setting::Credentials => "an origin",
        Setting::Methods => "a method",
        _ => "a header name",
    }
}

/// The description of the value of this list setting, for a message.
const fn several(setting: Setting) -> &'static str {
    match setting {
        Setting::Origins | Setting::Credentials => "a list of origins",
        Setting::Methods => "a list of methods",
        _ => "a list of header names",
    }
}

/// Whether a table edits a list, rather than being an element of one.
pub(super) fn is_edit(entries: &[Entry]) -> bool {
    !entries.iter().any(|(key, _)| matches!(key.name.as_str(), "regex" | "set"))
}
