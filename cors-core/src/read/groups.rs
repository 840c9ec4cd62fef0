//! `[[cors.paths]]`: rules for groups of paths.

use super::Reader;
use super::tree::{Key, Kind, Value};
use crate::config::{Config, Element, Rules};
use crate::problem::{Code, Language, Problem, Source, Suggestion, suggest_key};
use crate::setting::Setting;

/// The keys of a `[[cors.paths]]` table besides the settings.
pub(super) const GROUP_KEYS: [&str; 6] =
    ["match", "host", "policy", "replace", "off", "passthrough"];

impl Reader {
    pub(super) fn groups(&mut self, mut config: Config, value: &Value) -> Config {
        let Kind::List(groups) = &value.kind else {
            let by_path = value
                .table()
                .and_then(|table| table.first())
                .filter(|(key, value)| key.name.starts_with('/') && value.table().is_some());
            if let Some((path, _)) = by_path {
                let text = value.source.language().named("match", &path.name);
                let help = match value.source.language() {
                    Language::Settings => {
                        format!("write an array with an object for each path: `[{{ {text} }}]`")
                    }
                    _ => format!("the header is `[[cors.paths]]`, and below it is `{text}`"),
                };
                self.wrong_type(value, "an array of tables", &help);
                return config;
            }
            let help = match value.source.language() {
                Language::Settings => "write an array with an object for each group",
                _ if value.table().is_some() => "write `[[cors.paths]]`, with two brackets",
                _ => "write a table for each path: `[[cors.paths]]`, with a `match`",
            };
            self.wrong_type(value, "an array of tables", help);
            return config;
        };
        if !groups.is_empty() && groups.iter().all(|group| group.text().is_some()) {
            self.only_patterns(value, groups);
            return config;
        }
        for group in groups {
            let mut patterns = None;
            let before = self.problems.len();
            let mut rules = Rules::new(group.source.clone());
            let table = self.entries(group, "a `[[cors.paths]]` table");
            for (key, value) in table {
                let name = key.name.as_str();
                // Without a pattern, the next report would be about its absence.
                let is_meant = || {
                    Setting::from_name(name).is_none()
                        && !GROUP_KEYS.contains(&name)
                        && suggest_key(name, &GROUP_KEYS) == Some(Suggestion::Key("match"))
                };
                if name == "match" {
                    patterns = Some(self.patterns(key, value));
                    continue;
                }
                self.setting((key, value), table, &mut rules, &GROUP_KEYS);
                if is_meant() && value.text().is_some() && patterns.is_none() {
                    patterns = Some(self.patterns(key, value));
                }
            }
            match patterns {
                Some(patterns) => {
                    for Element { text, source, .. } in patterns {
                        config = config.group(text, rules.clone(), source);
                    }
                }
                None => {
                    // Several keys that no group has: the header is the mistake.
                    if self.problems.len() > before + 1 {
                        self.problems.truncate(before);
                    }
                    self.problems.push(no_match(rules.source()));
                }
            }
        }
        config
    }

    /// Reports `paths = ["/api/**"]`: patterns without rules.
    fn only_patterns(&mut self, list: &Value, patterns: &[Value]) {
        let language = list.source.language();
        let paths = patterns.iter().filter_map(Value::text);
        let matches: Vec<_> = paths
            .map(|path| language.named("match", &format!("/{}", path.trim_start_matches('/'))))
            .collect();
        let message = "these paths have no rules: a group is a table, with a `match` and settings";
        let help = match language {
            Language::Settings => {
                let objects: Vec<_> = matches.iter().map(|it| format!("{{ {it} }}")).collect();
                format!("write an object for each path: `[{}]`", objects.join(", "))
            }
            _ => format!(
                "each path has a header `[[cors.paths]]`, and below it `{}`",
                matches.first().map_or("match", String::as_str)
            ),
        };
        self.problems.push(Problem::error(Code::WRONG_TYPE, &list.source, message).with_help(help));
    }

    /// Reads `match = "/api/**"`, or a list of patterns. What is wrong has been reported.
    fn patterns(&mut self, key: &Key, value: &Value) -> Vec<Element> {
        let values = match &value.kind {
            Kind::List(values) => values.as_slice(),
            _ => std::slice::from_ref(value),
        };
        if values.is_empty() {
            self.problems.push(
                Problem::error(
                    Code::EMPTY_LIST,
                    &key.source,
                    "an empty `match` matches no path, so these rules would never apply",
                )
                .with_help(format!(
                    "list path patterns, for example `{}`",
                    key.source.language().named("match", "/api/**")
                )),
            );
        }
        let mut patterns: Vec<Element> = Vec::with_capacity(values.len());
        for value in values {
            let Some(text) = value.text() else {
                let help = "write a path pattern, for example `\"/api/**\"`";
                self.wrong_type(value, "a path pattern", help);
                continue;
            };
            match patterns.iter().find(|known| known.text == text) {
                Some(earlier) => self.problems.push(
                    Problem::warning(
                        Code::DUPLICATE_ELEMENT,
                        &value.source,
                        format!("`{}` is in the list twice", text.escape_debug()),
                    )
                    .with_note_at("first listed here", &earlier.source)
                    .with_help("remove one of the two"),
                ),
                None => patterns.push(Element::plain(text.to_owned(), value.source.clone())),
            }
        }
        patterns
    }
}

fn no_match(group: &Source) -> Problem {
    let message = "this group has no `match`, so it would apply to no path";
    Problem::error(Code::SYNTAX, group, message)
        .with_help(format!("add `{}`", group.language().named("match", "/api/**")))
}
