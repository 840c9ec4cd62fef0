//! Reading a configuration from bytes, deserialized settings and the environment.
//!
//! `bytes` reads a file, `toml` and `serde` convert it to a tree of values, and this
//! module interprets the keys and the types of their values. Only the structure is
//! read. The values are checked with everything else by [`Config::resolve`], so that
//! one report contains all problems.
//!
//! May import: `config`, `grammar`, `problem`, `setting`.

mod bytes;
mod environment;
mod foreign;
mod groups;
mod limits;
mod profiles;
mod rules;
#[cfg(feature = "schema")]
mod schema;
#[cfg(feature = "serde")]
mod serde;
mod sets;
mod toml;
mod tree;
mod warnings;

use self::tree::{Entry, Key, Value};
use crate::config::{Config, Rules};
use crate::problem::{Code, Language, Problem, Source};
use crate::problem::{Suggestion, meant_word, nearest, suggest_key};
use crate::setting::Setting;

/// Reads values, and collects problems.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) problems: Vec<Problem>,
}

/// The keys of `[cors]` besides the settings.
const GLOBAL_KEYS: [&str; 11] = [
    "enabled",
    "off",
    "preflight_status",
    "profile",
    "profiles",
    "sets",
    "policies",
    "paths",
    "limits",
    "allow_warnings",
    "report_only",
];

/// The keys of `[cors]` besides the settings for which `null` means what leaving them out
/// does. It is not clear that someone who writes `null` for `limits` or `off` means that.
const MAY_BE_NULL: [&str; 8] = [
    "enabled",
    "preflight_status",
    "profile",
    "profiles",
    "sets",
    "policies",
    "paths",
    "allow_warnings",
];

impl Reader {
    /// Reads a file that contains only CORS configuration.
    pub(crate) fn root(&mut self, root: &Value) -> Config {
        let others = root.table().unwrap_or_default().iter().filter(|(key, _)| key.name != "cors");
        let is_setting = |(key, value): &&Entry| {
            let name = key.name.as_str();
            let is_table = ["profiles", "sets", "policies", "limits"].contains(&name);
            let is_known = Setting::from_name(name).is_some() || GLOBAL_KEYS.contains(&name);
            is_known && is_table == value.table().is_some()
        };
        let (outside, unknown): (Vec<_>, Vec<_>) = others.partition(is_setting);
        for (key, value) in unknown {
            self.outside(key, value);
        }
        // The header is missing once, however many settings should be below it.
        if let Some((key, value)) = outside.first() {
            let message =
                format!("`{}` is not below `[cors]`, so it would have no effect", key.name);
            let problem = Problem::error(Code::UNKNOWN_KEY, &key.source, message);
            self.problems.push(problem.with_help(below_cors(&key.name, value)));
        }
        let config = self.settings(root);
        let table = root.table().unwrap_or_default();
        outside.into_iter().fold(config, |config, entry| self.global(config, entry, table))
    }

    /// Reads the `[cors]` table of a file that also contains other settings.
    pub(crate) fn settings(&mut self, root: &Value) -> Config {
        let cors = root.table().unwrap_or_default().iter().find(|(key, _)| key.name == "cors");
        match cors {
            Some((key, value)) => self.cors(key.source.clone(), value),
            None => {
                let begin = root.source.start();
                if self.problems.is_empty() {
                    self.problems.push(no_table(&begin));
                }
                Config::new(Rules::new(begin))
            }
        }
    }

    /// Reads the value of `cors`.
    pub(crate) fn cors(&mut self, source: Source, value: &Value) -> Config {
        let mut config = Config::new(Rules::new(source));
        let table = self.entries(value, "`[cors]`");
        for entry in table {
            config = self.global(config, entry, table);
        }
        config
    }

    fn global(&mut self, mut config: Config, (key, value): &Entry, table: &[Entry]) -> Config {
        match key.name.as_str() {
            name if value.is_null() && MAY_BE_NULL.contains(&name) => {
                self.null(key, None);
                config
            }
            "preflight_status" => match self.status(value) {
                Some(status) => config.preflight_status(status, value.source.clone()),
                None => config,
            },
            "enabled" => match self.flag(value) {
                Some(enabled) => config.enabled(enabled, key.source.clone()),
                None => config,
            },
            "profile" => self.profile(config, value),
            "report_only" => {
                let mut rules = Rules::new(key.source.clone());
                let table = self.entries(value, "`[cors.report_only]`");
                for (key, value) in table {
                    self.setting((key, value), table, &mut rules, &["off"]);
                }
                config.report_only(rules)
            }
            "allow_warnings" => self.allow_warnings(config, value),
            "profiles" => self.profiles(config, value),
            "sets" => self.sets(config, value),
            "policies" => self.policies(config, value),
            "paths" => self.groups(config, value),
            "limits" => config.limits(self.limits(key, value)),
            // `[cors.path]` is a table, and groups are an array of them.
            "path" | "group" | "groups" | "resources" if value.table().is_some() => {
                let help = match key.source.language() {
                    Language::Settings => "groups are an array, `paths`, with an object for each",
                    _ => "did you mean `[[cors.paths]]`?",
                };
                let message =
                    format!("`{}` is not a setting, so it would have no effect", key.name);
                self.problems
                    .push(Problem::error(Code::UNKNOWN_KEY, &key.source, message).with_help(help));
                config
            }
            name => {
                let has = |name: &str| table.iter().any(|(key, _)| key.name == name);
                match meant_key(name, value).filter(|meant| !has(meant)) {
                    // What it contains is read, so that what refers to it is no problem, too.
                    Some(meant) => {
                        let help = format!("did you mean `{meant}`?");
                        self.problems.push(Problem::unknown(name, &key.source, help));
                        let key = Key { name: meant.to_owned(), source: key.source.clone() };
                        self.global(config, &(key, value.clone()), table)
                    }
                    None => {
                        self.setting((key, value), table, &mut config.global, &GLOBAL_KEYS);
                        config
                    }
                }
            }
        }
    }

    fn policies(&mut self, mut config: Config, value: &Value) -> Config {
        for (name, value) in self.entries(value, "`[cors.policies]`") {
            let mut rules = Rules::new(name.source.clone());
            let table = self.entries(value, "a policy");
            for (key, value) in table {
                self.setting((key, value), table, &mut rules, &["policy"]);
            }
            config = config.named_policy(name.name.clone(), rules);
        }
        config
    }

    fn status(&mut self, value: &Value) -> Option<i64> {
        let status = value.integer();
        if status.is_none() {
            let help = match value.text() {
                Some(_) => "write a status code without quotes, for example `200`",
                None => "write a status code, for example `200`",
            };
            self.wrong_type(value, "a status code", help);
        }
        status
    }

    fn flag(&mut self, value: &Value) -> Option<bool> {
        let flag = value.bool();
        if flag.is_none() {
            self.wrong_type(value, "`true` or `false`", true_or_false(value));
        }
        flag
    }

    /// Reports a key that is `null`, and is ignored.
    fn null(&mut self, key: &Key, setting: Option<Setting>) {
        let message = format!("`{}` is `null`, which sets nothing", key.name);
        let problem = Problem::error(Code::NULL_VALUE, &key.source, message)
            .with_help("remove the key, or write a value");
        self.problems.push(match setting {
            Some(setting) => problem.about(setting),
            None => problem,
        });
    }

    /// The keys and values of a table; reports a value of another type.
    fn entries<'v>(&mut self, value: &'v Value, what: &str) -> &'v [Entry] {
        value.table().unwrap_or_else(|| {
            let help = match value.source.language() {
                Language::Settings => "write an object, with keys and their values".to_owned(),
                _ if what.starts_with('`') => format!("write a table instead: {what}"),
                _ => format!("{what} is a table, with keys and their values"),
            };
            self.wrong_type(value, "a table", &help);
            &[]
        })
    }

    /// Parses one of several keywords.
    fn word<T>(
        &mut self,
        value: &Value,
        known: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let Some(word) = value.text() else {
            self.wrong_type(value, "a string", &format!("write `\"{}\"`", known.join("\"`, `\"")));
            return None;
        };
        let parsed = parse(word);
        if parsed.is_none() {
            let help = match meant_word(word, known) {
                Some(similar) => format!("did you mean `\"{similar}\"`?"),
                None => format!("the allowed values are `\"{}\"`", known.join("\"`, `\"")),
            };
            let message = format!("`\"{}\"` is not a valid value", word.escape_debug());
            self.problems
                .push(Problem::error(Code::UNKNOWN_VALUE, &value.source, message).with_help(help));
        }
        parsed
    }

    fn wrong_type(&mut self, value: &Value, expected: &str, help: &str) {
        let message = format!("expected {expected}, found {}", value.type_name());
        self.problems
            .push(Problem::error(Code::WRONG_TYPE, &value.source, message).with_help(help));
    }

    /// Reports a key that is not below `[cors]`, in a file of which nothing else is read.
    fn outside(&mut self, key: &Key, value: &Value) {
        let name = key.name.as_str();
        let help = match suggest_key(name, &GLOBAL_KEYS) {
            _ if nearest(&name.to_ascii_lowercase(), ["cors"]).is_some() => {
                "did you mean `cors`?".to_owned()
            }
            Some(Suggestion::Key(meant)) if value.table().is_none() => {
                format!("all CORS settings belong in `[cors]`, and this one is `{meant}` there")
            }
            _ => match foreign::meant_inside(value, &GLOBAL_KEYS) {
                Some(help) => help,
                None => "all CORS settings belong in `[cors]`".to_owned(),
            },
        };
        let message = format!(
            "`{}` is not a known key here, so it would have no effect",
            name.escape_debug()
        );
        self.problems.push(Problem::error(Code::UNKNOWN_KEY, &key.source, message).with_help(help));
    }

    /// Reports an unknown key; `table` is what contains it, and `others` are the keys
    /// besides the settings.
    fn unknown_key(&mut self, key: &Key, table: &str, others: &[&'static str]) {
        let name = key.name.as_str();
        let meant = || match suggest_key(name, others) {
            Some(Suggestion::Key(meant)) if table == "limits" && others.contains(&meant) => {
                Some(meant)
            }
            _ => None,
        };
        let help = match nearest(name, others.iter().copied()).or_else(meant) {
            Some(similar) => format!("did you mean `{similar}`?"),
            None => format!("the keys allowed here are `{}`", others.join("`, `")),
        };
        let message = format!("`{name}` is not a known key here, so it would have no effect");
        self.problems.push(Problem::error(Code::UNKNOWN_KEY, &key.source, message).with_help(help));
    }

    fn wrong_value(&mut self, setting: Setting, value: &Value, help: &str) {
        let problem = Problem::error(Code::WRONG_TYPE, &value.source, setting.wrong_type());
        self.problems.push(problem.about(setting).with_help(help));
    }
}

/// The key of `[cors]` besides the settings that an unknown one was meant to be, if the value
/// fits.
fn meant_key(name: &str, value: &Value) -> Option<&'static str> {
    let is_known = Setting::from_name(name).is_some() || GLOBAL_KEYS.contains(&name);
    let Some(Suggestion::Key(meant)) = suggest_key(name, &GLOBAL_KEYS) else { return None };
    match (meant, value.table().is_some()) {
        _ if is_known => None,
        ("profile" | "profiles", true) => Some("profiles"),
        ("sets" | "policies" | "limits" | "report_only", true) => Some(meant),
        ("profile" | "preflight_status", false) => Some(meant),
        _ => None,
    }
}

/// The help for a key of `[cors]` that is at the top of the file.
fn below_cors(name: &str, value: &Value) -> String {
    match (name, value.table().and_then(|table| table.first())) {
        ("profiles" | "policies", Some((key, _))) => format!("write `[cors.{name}.{}]`", key.name),
        ("sets" | "limits" | "report_only", Some(_)) => format!("write `[cors.{name}]`"),
        ("paths", _) => "write `[[cors.paths]]`".to_owned(),
        _ => "add `[cors]` above the settings".to_owned(),
    }
}

/// The help for a value that should be a flag.
fn true_or_false(value: &Value) -> &'static str {
    match value.text().map(str::to_ascii_lowercase).as_deref() {
        Some("true" | "yes" | "on" | "1") => "write `true` without quotes",
        Some("false" | "no" | "off" | "0") => "write `false` without quotes",
        Some(_) => "write `true` or `false` without quotes",
        None => "write `true` or `false`",
    }
}

fn no_table(begin: &Source) -> Problem {
    Problem::error(Code::SYNTAX, begin, "there is no `[cors]` table, so no origin would be allowed")
        .with_help("add `[cors]`, followed for example by `origins = [\"https://app.example\"]`")
}
