//! Converting the text of a `cors.toml` to a [`Config`], in which every value has its
//! place.

mod line;
mod syntax;

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::Reader;
use super::tree::{Key, Kind, Value};
use crate::config::{Config, Rules};
use crate::problem::{Source, SourceText};

impl Config {
    /// Reads the text of a `cors.toml`; `path` is its name in reports.
    ///
    /// This function never fails: [`Config::resolve`] reports all problems.
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
        read(text, path, Reader::root)
    }

    /// Reads the `[cors]` table of an application's own settings file, and ignores
    /// everything else in it.
    ///
    /// ```
    /// use cors_core::Config;
    ///
    /// let settings = "[server]\nport = 8080\n\n[cors]\norigins = \"https://app.example\"\n";
    /// assert!(Config::from_settings_toml(settings, "settings.toml").resolve().is_ok());
    /// assert!(Config::from_toml(settings, "settings.toml").resolve().is_err());
    /// ```
    #[must_use]
    pub fn from_settings_toml(text: &str, path: &str) -> Self {
        read(text, path, Reader::settings)
    }
}

fn read(text: &str, path: &str, read: impl FnOnce(&mut Reader, &Value) -> Config) -> Config {
    // A byte order mark is not part of the first column.
    let text = SourceText::new(path, text.strip_prefix('\u{feff}').unwrap_or(text));
    let (root, errors) = toml::de::DeTable::parse_recoverable(text.as_str());
    let mut reader = Reader::default();
    // The tree of an invalid text is not what the user wrote, so it is not read.
    let mut config = match errors.is_empty() {
        true => {
            let (span, table) = (root.span(), DeValue::Table(root.into_inner()));
            read(&mut reader, &value(&Spanned::new(span, table), &text))
        }
        false => Config::new(Rules::new(Source::text(&text, 0..0))),
    };
    config.problems.extend(syntax::explain(&errors, &text));
    config.problems.extend(reader.problems);
    config
}

fn value(spanned: &Spanned<DeValue<'_>>, text: &Arc<SourceText>) -> Value {
    let kind = match spanned.get_ref() {
        DeValue::Boolean(flag) => Kind::Bool(*flag),
        DeValue::Integer(integer) => {
            let parsed = i64::from_str_radix(integer.as_str(), integer.radix());
            Kind::Integer(parsed.unwrap_or(i64::MAX))
        }
        DeValue::String(string) => Kind::Text(string.clone().into_owned()),
        DeValue::Array(array) => Kind::List(array.iter().map(|item| value(item, text)).collect()),
        DeValue::Table(table) => {
            // In the order of the text: of two keys, the second one is the mistake.
            let mut entries: Vec<_> = table.iter().collect();
            entries.sort_by_key(|(name, _)| name.span().start);
            let entries = entries.into_iter();
            Kind::Table(entries.map(|(name, item)| (key(name, text), value(item, text))).collect())
        }
        DeValue::Float(_) => Kind::Other("a float"),
        DeValue::Datetime(_) => Kind::Other("a datetime"),
    };
    Value { kind, source: Source::text(text, spanned.span()) }
}

fn key(name: &Spanned<DeString<'_>>, text: &Arc<SourceText>) -> Key {
    Key { name: name.get_ref().to_string(), source: Source::text(text, name.span()) }
}
