//! `[cors.sets]`: named sets of origins, fixed or live.

use super::Reader;
use super::groups::GROUP_KEYS;
use super::tree::{Entry, Key, Kind, Value};
use crate::config::{Config, ListValue};
use crate::problem::{Code, Language, Problem};
use crate::setting::Setting;

impl Reader {
    pub(super) fn sets(&mut self, mut config: Config, value: &Value) -> Config {
        let entries = self.entries(value, "`[cors.sets]`");
        // The header of a group is missing, and its keys are read as sets.
        let group = entries.iter().find(|(key, value)| key.name == "match" && is_path(value));
        if let Some((key, _)) = group {
            let message = "`match` is below `[cors.sets]`, where each key is the name of a set";
            let problem = Problem::error(Code::UNKNOWN_KEY, &key.source, message);
            self.problems
                .push(problem.with_help("add `[[cors.paths]]` above the keys of the group"));
        }
        let is_of_group = |key: &Key| {
            let name = key.name.as_str();
            group.is_some() && (Setting::from_name(name).is_some() || GROUP_KEYS.contains(&name))
        };
        for (name, value) in entries.iter().filter(|(key, _)| !is_of_group(key)) {
            if let Some(entries) = value.table().filter(|entries| !is_element(entries)) {
                let is_keyed = self.live_set(name, value, entries);
                let text = name.name.clone();
                config = match is_keyed {
                    true => config.keyed_set(text, name.source.clone()),
                    false => config.live_set(text, name.source.clone()),
                };
                continue;
            }
            // Where a set is used whose value is wrong, there is no second problem.
            let origins = match self.list(Setting::Origins, value) {
                Some(ListValue::Elements(origins)) => origins,
                Some(_) => {
                    let help = "write a list of origins; a set cannot be `any`";
                    self.wrong_type(value, "a list of origins", help);
                    Vec::new()
                }
                None => Vec::new(),
            };
            config = config.set(name.name.clone(), origins, name.source.clone());
        }
        config
    }

    /// Reads `{ live = true, keyed = true }`; returns whether the set is keyed.
    fn live_set(&mut self, name: &Key, value: &Value, entries: &[Entry]) -> bool {
        let (mut is_live, mut is_keyed) = (None, false);
        for (key, value) in entries {
            match key.name.as_str() {
                "live" => is_live = Some(self.flag(value)),
                "keyed" => is_keyed = self.flag(value).unwrap_or(is_keyed),
                _ => self.unknown_key(key, "a set", &["live", "keyed"]),
            }
        }
        // What is wrong with its value has been reported.
        if !matches!(is_live, Some(Some(true) | None)) {
            let language = name.source.language();
            let message = format!(
                "the set `{}` is neither a list of origins nor live",
                name.name.escape_debug()
            );
            let help = match language {
                Language::Settings => {
                    "write a list of origins, or `\"live\": true` for a set that the application fills"
                }
                _ => {
                    "write a list of origins, or `live = true` for a set that the application fills"
                }
            };
            self.problems
                .push(Problem::error(Code::WRONG_TYPE, &value.source, message).with_help(help));
        }
        is_keyed
    }
}

/// Whether a table is an element of a list: `{ regex = '…' }` or `{ set = "…" }`.
fn is_element(entries: &[Entry]) -> bool {
    entries.iter().any(|(key, _)| matches!(key.name.as_str(), "regex" | "set" | "add" | "remove"))
}

/// Whether the value is a path pattern, or a list of them.
fn is_path(value: &Value) -> bool {
    let is_path = |value: &Value| value.text().is_some_and(|text| text.starts_with('/'));
    match &value.kind {
        Kind::List(values) => values.iter().all(is_path),
        _ => is_path(value),
    }
}
