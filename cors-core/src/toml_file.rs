//! Reading `cors.toml`: from text to a [`Config`], every value with its place.
//!
//! Only the shape is read here: which keys there are, and of which type. What
//! the values mean is checked with everything else by [`Config::resolve`], so
//! that one report holds all problems.

use std::cell::Cell;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::{
    Clause, Code, Config, Element, ListValue, MaxAgeValue, Op, Problem, Rules, Says, Setting,
    SettingKind, Source, nearest,
};

impl Config {
    /// Reads the text of a `cors.toml`; `path` is how reports name it.
    ///
    /// Never fails by itself: what is wrong is reported by [`Config::resolve`].
    ///
    /// ```
    /// use cors_core::Config;
    ///
    /// let config = Config::from_toml("[cors]\norigins = \"https://app.example/\"\n", "cors.toml");
    /// let error = config.resolve().unwrap_err();
    /// assert_eq!(error.problems()[0].source().to_string(), "cors.toml:2:11");
    /// ```
    #[must_use]
    pub fn from_toml(text: &str, path: &str) -> Self {
        let found = Cell::new((0, 1, 1));
        let mut reader = Reader { text, found, path: path.into(), problems: Vec::new() };
        let (root, errors) = DeTable::parse_recoverable(text);
        errors.iter().for_each(|error| reader.report_syntax(error));
        // What the parser makes of broken text is not what somebody wrote.
        let mut config = match errors.is_empty() {
            true => reader.config(root.get_ref()),
            false => Config::new(Rules::new(reader.source(0))),
        };
        config.problems = reader.problems;
        config
    }
}

/// Keys of `[cors]` that are no settings.
const GLOBAL_KEYS: [&str; 5] = ["off", "preflight_status", "sets", "policies", "paths"];

/// Keys of a `[[cors.paths]]` table that are no settings.
const GROUP_KEYS: [&str; 4] = ["match", "policy", "replace", "off"];

struct Reader<'t> {
    text: &'t str,
    /// The offset of a place that was found, with its line and column: the next
    /// place is mostly further on, and is counted from here.
    found: Cell<(usize, u32, u32)>,
    path: Arc<str>,
    problems: Vec<Problem>,
}

/// A key of a table, and its value.
type Entry<'e, 't> = (&'e Spanned<DeString<'t>>, &'e Spanned<DeValue<'t>>);

impl<'t> Reader<'t> {
    fn config(&mut self, root: &DeTable<'t>) -> Config {
        let mut config = Config::new(Rules::new(self.source(0)));
        let mut found = false;
        for (key, value) in root {
            if key.get_ref() == "cors" {
                found = true;
                if let Some(table) = self.table(value, "`[cors]`") {
                    config = self.global(config, self.source(key.span().start), table);
                }
            } else {
                self.unknown_key(key, "cors", &["cors"]);
            }
        }
        if !found && self.problems.is_empty() {
            self.problems.push(
                Problem::error(
                    Code::SYNTAX,
                    &self.source(0),
                    "there is no `[cors]` table, so no origin would be allowed anything",
                )
                .with_help(
                    "begin with `[cors]`, then for example `origins = [\"https://app.example\"]`",
                ),
            );
        }
        config
    }

    fn global(&mut self, mut config: Config, source: Source, table: &DeTable<'t>) -> Config {
        config.global = Rules::new(source);
        for (key, value) in table {
            let place = self.source(value.span().start);
            match key.get_ref().as_ref() {
                "preflight_status" => match self.integer(value) {
                    Some(status) => config = config.preflight_status(status, place),
                    None => self.wrong_type(value, "a status, for example `200`"),
                },
                "sets" => {
                    for (name, value) in self.tables_of(value, "`[cors.sets]`") {
                        if let Some(ListValue::Elements(origins)) =
                            self.list(Setting::Origins, value)
                        {
                            let named = self.source(name.span().start);
                            config = config.set(name.get_ref().to_string(), origins, named);
                        } else {
                            self.wrong_type(value, "a list of origins; a set cannot be `any`");
                        }
                    }
                }
                "policies" => {
                    for (name, value) in self.tables_of(value, "`[cors.policies]`") {
                        let mut rules = Rules::new(self.source(name.span().start));
                        for entry in self.tables_of(value, "a policy") {
                            self.setting(entry, &mut rules, &["policy"]);
                        }
                        config = config.named_policy(name.get_ref().to_string(), rules);
                    }
                }
                "paths" => config = self.groups(config, value),
                _ => self.setting((key, value), &mut config.global, &GLOBAL_KEYS),
            }
        }
        config
    }

    fn groups(&mut self, mut config: Config, value: &Spanned<DeValue<'t>>) -> Config {
        let DeValue::Array(groups) = value.get_ref() else {
            self.wrong_type(value, "`[[cors.paths]]` tables, with two brackets");
            return config;
        };
        for group in groups.iter() {
            let mut pattern = None;
            let mut rules = Rules::new(self.source(group.span().start));
            for (key, value) in self.tables_of(group, "a `[[cors.paths]]` table") {
                if key.get_ref() != "match" {
                    self.setting((key, value), &mut rules, &GROUP_KEYS);
                } else if let Some(text) = value.get_ref().as_str() {
                    pattern =
                        Some(Element::plain(text.to_owned(), self.source(value.span().start)));
                } else {
                    self.wrong_type(value, "a path pattern, for example `\"/api/**\"`");
                    pattern = Some(Element::plain("/", self.source(value.span().start)));
                }
            }
            match pattern {
                Some(Element { text, source, .. }) => config = config.group(text, rules, source),
                None => self.problems.push(
                    Problem::error(
                        Code::SYNTAX,
                        rules.source(),
                        "this group does not say which paths it is about",
                    )
                    .with_help("add `match = \"/api/**\"`"),
                ),
            }
        }
        config
    }

    /// Reads one key of a table of rules.
    fn setting(&mut self, (key, value): Entry<'_, 't>, rules: &mut Rules, keywords: &[&str]) {
        let source = self.source(key.span().start);
        let name = key.get_ref().as_ref();
        if let Some(setting) = Setting::from_name(name) {
            return self.value_of(setting, value, rules, source);
        }
        let says = match name {
            "policy" if keywords.contains(&name) => match value.get_ref().as_str() {
                Some(policy) => {
                    let place = self.source(value.span().start);
                    Some(Says::Policy(Element::plain(policy.to_owned(), place)))
                }
                None => return self.wrong_type(value, "the name of a policy"),
            },
            "off" | "replace" if keywords.contains(&name) => match value.get_ref().as_bool() {
                Some(true) if name == "off" => Some(Says::Off),
                Some(true) => Some(Says::Replace),
                Some(false) => None,
                None => return self.wrong_type(value, "`true`"),
            },
            _ => return self.unknown_key(key, "cors", keywords),
        };
        if let Some(says) = says {
            rules.push(Clause { says, source });
        }
    }

    fn value_of(
        &mut self,
        setting: Setting,
        value: &Spanned<DeValue<'t>>,
        rules: &mut Rules,
        source: Source,
    ) {
        match setting.kind() {
            SettingKind::Flag => match value.get_ref().as_bool() {
                Some(flag) => rules.push(Clause { says: Says::Flag(setting, flag), source }),
                None => self.wrong_type(value, "`true` or `false`"),
            },
            SettingKind::Duration => {
                let age = match (self.integer(value), value.get_ref().as_str()) {
                    (Some(seconds), _) => MaxAgeValue::Seconds(seconds),
                    (None, Some(text)) => MaxAgeValue::Text(text.to_owned()),
                    (None, None) => {
                        return self.wrong_type(value, "seconds (`600`) or text (`\"10m\"`)");
                    }
                };
                let place = self.source(value.span().start);
                rules.push(Clause { says: Says::MaxAge(age, place), source });
            }
            SettingKind::List => {
                let edits = match value.get_ref() {
                    DeValue::Table(table) if is_edit(table) => table,
                    _ => {
                        if let Some(list) = self.list(setting, value) {
                            rules.push(Clause { says: Says::List(setting, Op::Set, list), source });
                        }
                        return;
                    }
                };
                if edits.is_empty() {
                    return self.wrong_type(value, "a list, or `{ add = [...], remove = [...] }`");
                }
                for (key, value) in edits {
                    let op = match key.get_ref().as_ref() {
                        "add" => Op::Add,
                        "remove" => Op::Remove,
                        _ => {
                            self.unknown_key(key, setting.name(), &["add", "remove"]);
                            continue;
                        }
                    };
                    if let Some(list) = self.list(setting, value) {
                        let source = self.source(key.span().start);
                        rules.push(Clause { says: Says::List(setting, op, list), source });
                    }
                }
            }
        }
    }

    /// A keyword, one element, or a list of elements.
    fn list(&mut self, setting: Setting, value: &Spanned<DeValue<'t>>) -> Option<ListValue> {
        let source = self.source(value.span().start);
        match value.get_ref() {
            DeValue::String(text) if text == "any" => Some(ListValue::Any(source)),
            DeValue::String(text) if text == "any_with_authorization" => {
                Some(ListValue::AnyWithAuthorization(source))
            }
            DeValue::Array(array) => {
                let elements: Vec<_> =
                    array.iter().filter_map(|value| self.element(setting, value)).collect();
                // What was wrong with every element has been said.
                let readable = array.is_empty() || !elements.is_empty();
                readable.then_some(ListValue::Elements(elements))
            }
            _ => self.element(setting, value).map(|element| ListValue::Elements(vec![element])),
        }
    }

    /// `"https://app.example"`, `{ regex = '…' }` or `{ set = "…" }`.
    fn element(&mut self, setting: Setting, value: &Spanned<DeValue<'t>>) -> Option<Element> {
        let source = self.source(value.span().start);
        if let Some(text) = value.get_ref().as_str() {
            if matches!(text, "any" | "any_with_authorization") {
                self.problems.push(
                    Problem::error(
                        Code::MISPLACED_KEYWORD,
                        &source,
                        format!("`{text}` is the whole value, not an element of a list"),
                    )
                    .about(setting)
                    .with_help(format!("write `{setting} = \"{text}\"`")),
                );
                return None;
            }
            return Some(Element::plain(text.to_owned(), source));
        }
        let table = match value.get_ref() {
            DeValue::Table(table) if table.len() == 1 => table,
            DeValue::Table(_) if setting == Setting::Origins => {
                self.wrong_type(value, "text, `{ regex = '…' }` or `{ set = \"…\" }`");
                return None;
            }
            _ => {
                self.wrong_type(value, "text in quotes");
                return None;
            }
        };
        let (key, inner) = table.iter().next()?;
        let Some(text) = inner.get_ref().as_str() else {
            self.wrong_type(inner, "text in quotes");
            return None;
        };
        let source = self.source(inner.span().start);
        match key.get_ref().as_ref() {
            "regex" => Some(Element::regex(text.to_owned(), source)),
            "set" => Some(Element::set(text.to_owned(), source)),
            _ => {
                self.unknown_key(key, setting.name(), &["regex", "set"]);
                None
            }
        }
    }

    fn table<'v>(
        &mut self,
        value: &'v Spanned<DeValue<'t>>,
        what: &str,
    ) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, &format!("a table: {what}"));
        }
        table
    }

    fn tables_of<'v>(&mut self, value: &'v Spanned<DeValue<'t>>, what: &str) -> Vec<Entry<'v, 't>> {
        self.table(value, what).map(|table| table.iter().collect()).unwrap_or_default()
    }

    fn integer(&self, value: &Spanned<DeValue<'t>>) -> Option<i64> {
        let integer = value.get_ref().as_integer()?;
        // Beyond an `i64` is beyond every limit here, and is reported as such.
        Some(i64::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i64::MAX))
    }

    fn wrong_type(&mut self, value: &Spanned<DeValue<'t>>, wanted: &str) {
        let (found, source) = (value.get_ref().type_str(), self.source(value.span().start));
        self.problems.push(
            Problem::error(Code::WRONG_TYPE, &source, format!("found {found} here"))
                .with_help(format!("write {wanted}")),
        );
    }

    /// `table` names what the key was found in; `others` are the keys beside settings.
    fn unknown_key(&mut self, key: &Spanned<DeString<'t>>, table: &str, others: &[&str]) {
        let name = key.get_ref().as_ref();
        let similar = nearest(name, others.iter().copied());
        let suggestion = match table {
            "cors" if others != ["cors"] => similar.or_else(|| Setting::suggest(name)),
            _ => similar,
        };
        let help = match suggestion {
            Some(suggestion) => format!("did you mean `{suggestion}`?"),
            None if others == ["cors"] => "everything about CORS stands in `[cors]`".to_owned(),
            None if table != "cors" => format!("the keys here are `{}`", others.join("`, `")),
            None => {
                let settings = Setting::ALL.map(Setting::name);
                let all: Vec<_> = settings.iter().chain(others).copied().collect();
                format!("the keys here are `{}`", all.join("`, `"))
            }
        };
        let source = self.source(key.span().start);
        let message = format!("there is no key `{name}` here, so it would have no effect");
        self.problems.push(Problem::error(Code::UNKNOWN_KEY, &source, message).with_help(help));
    }

    fn report_syntax(&mut self, error: &toml::de::Error) {
        let source = self.source(error.span().map_or(0, |span| span.start));
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        self.problems.push(Problem::error(Code::INVALID_TOML, &source, message).with_help(
            "this is not TOML: text is quoted, a flag is `true` or `false`, a list is `[...]`",
        ));
    }

    /// Line and column, counted from 1, of a byte offset.
    fn source(&self, offset: usize) -> Source {
        let (mut from, mut line, mut column) = self.found.get();
        if from > offset {
            (from, line, column) = (0, 1, 1);
        }
        for c in self.text.get(from..offset).unwrap_or_default().chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        self.found.set((offset, line, column));
        Source::file(Arc::clone(&self.path), line, column)
    }
}

/// Whether a table edits a list, as opposed to being an element of one.
fn is_edit(table: &DeTable<'_>) -> bool {
    !table.iter().any(|(key, _)| matches!(key.get_ref().as_ref(), "regex" | "set"))
}
