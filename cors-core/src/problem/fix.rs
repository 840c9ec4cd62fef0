//! How a fix is written at the place of a problem.
//!
//! The same mistake can be made in an attribute, in `cors.toml`, in an environment
//! variable, in the settings of an application and in code. A help that ends in
//! something to write has to be accepted where it is pasted, so the rules that find
//! problems ask [`Source::language`](super::Source::language), and have no syntax of their own.

use crate::setting::{Op, Setting};

/// The language that a place is written in.
///
/// ```
/// use cors_core::{Language, Setting, Source};
///
/// let file = Source::file("cors.toml", 2, 11).language();
/// assert_eq!(file.any(Setting::Origins), "origins = \"any\"");
/// assert_eq!(Source::env("CORS_ORIGINS").language().any(Setting::Origins), "CORS_ORIGINS=any");
/// assert_eq!(Language::Attribute.any(Setting::Origins), "origins = any");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// The arguments of `#[cors(...)]`.
    Attribute,
    /// A call of the builder.
    Builder,
    /// A configuration file.
    Toml,
    /// The value of an environment variable.
    Variable,
    /// An application's settings, written as in JSON.
    Settings,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 5] =
        [Self::Attribute, Self::Builder, Self::Toml, Self::Variable, Self::Settings];

    /// The setting with the keyword `any`.
    #[must_use]
    pub fn any(self, setting: Setting) -> String {
        match self {
            Self::Builder => format!(".{setting}_any()"),
            Self::Attribute => self.assign(setting, "any"),
            Self::Toml | Self::Variable | Self::Settings => self.assign(setting, &self.text("any")),
        }
    }

    /// The setting with a list of names or origins.
    #[must_use]
    pub fn list<'t>(self, setting: Setting, texts: impl IntoIterator<Item = &'t str>) -> String {
        self.edit(setting, Op::Set, texts)
    }

    /// The setting with a list that is combined with the inherited one by `op`. An
    /// environment variable always replaces the list.
    ///
    /// ```
    /// use cors_core::{Language, Op, Setting};
    ///
    /// let add = |language: Language| language.edit(Setting::Headers, Op::Add, ["x-a"]);
    /// assert_eq!(add(Language::Attribute), "headers += [\"x-a\"]");
    /// assert_eq!(add(Language::Builder), ".headers_add([\"x-a\"])");
    /// assert_eq!(add(Language::Toml), "headers = { add = [\"x-a\"] }");
    /// assert_eq!(add(Language::Variable), "CORS_HEADERS=x-a");
    /// assert_eq!(add(Language::Settings), "\"headers\": { \"add\": [\"x-a\"] }");
    /// ```
    #[must_use]
    pub fn edit<'t>(
        self,
        setting: Setting,
        op: Op,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> String {
        let texts: Vec<_> = texts.into_iter().map(|text| self.element(setting, text)).collect();
        self.brackets(setting, op, &texts)
    }

    /// The setting with elements that are already written in this language.
    #[must_use]
    pub fn brackets(self, setting: Setting, op: Op, elements: &[String]) -> String {
        if self == Self::Variable {
            return self.assign(setting, &elements.join(","));
        }
        let list = format!("[{}]", elements.join(", "));
        let verb = match op {
            Op::Set => None,
            Op::Add => Some("add"),
            Op::Remove => Some("remove"),
        };
        match (self, verb) {
            (Self::Attribute, _) => format!("{setting} {} {list}", op.symbol()),
            (Self::Builder, Some(verb)) => format!(".{setting}_{verb}({list})"),
            (Self::Toml, Some(verb)) => format!("{setting} = {{ {verb} = {list} }}"),
            (Self::Settings, Some(verb)) => format!("\"{setting}\": {{ \"{verb}\": {list} }}"),
            (_, None) | (Self::Variable, _) => self.assign(setting, &list),
        }
    }

    /// The setting with a list that is an example.
    #[must_use]
    pub fn example(self, setting: Setting) -> String {
        self.list(setting, example(setting).iter().copied())
    }

    /// The setting as a flag.
    ///
    /// ```
    /// use cors_core::{Language, Setting};
    ///
    /// let flags = Language::ALL.map(|language| language.flag(Setting::Enforce, true));
    /// let [attribute, builder, toml, variable, settings] = flags;
    /// assert_eq!((&*attribute, &*builder), ("enforce", ".enforce(true)"));
    /// assert_eq!((&*toml, &*variable), ("enforce = true", "CORS_ENFORCE=true"));
    /// assert_eq!(settings, "\"enforce\": true");
    /// ```
    #[must_use]
    pub fn flag(self, setting: Setting, value: bool) -> String {
        match (self, value) {
            (Self::Attribute, true) => setting.to_string(),
            _ => self.assign(setting, if value { "true" } else { "false" }),
        }
    }

    /// The setting `max_age`; `age` is a number with a unit, such as `10m`.
    #[must_use]
    pub fn max_age(self, age: &str) -> String {
        self.assign(Setting::MaxAge, &self.text(age))
    }

    /// The setting `max_age` in seconds.
    #[must_use]
    pub fn seconds(self, seconds: i64) -> String {
        self.assign(Setting::MaxAge, &seconds.to_string())
    }

    /// A keyword such as `off`. No variable sets one for a part of the application, so
    /// there it is the variable that disables CORS.
    #[must_use]
    pub fn keyword(self, keyword: &str) -> String {
        match self {
            Self::Attribute => keyword.to_owned(),
            Self::Builder => format!(".{keyword}()"),
            Self::Toml => format!("{keyword} = true"),
            Self::Variable => "CORS_ENABLED=false".to_owned(),
            Self::Settings => format!("\"{keyword}\": true"),
        }
    }

    /// Whether CORS is enabled for the whole application.
    #[must_use]
    pub fn enabled(self, enabled: bool) -> String {
        match self {
            Self::Attribute | Self::Toml => format!("enabled = {enabled}"),
            Self::Builder => format!(".enabled({enabled})"),
            Self::Variable => format!("CORS_ENABLED={enabled}"),
            Self::Settings => format!("\"enabled\": {enabled}"),
        }
    }

    /// A limit on overrides that leaves `setting` free, besides those that are free
    /// already.
    pub(crate) fn allow_override(self, free: &[Setting], setting: Setting) -> String {
        let free = || free.iter().copied().chain([setting]);
        match self {
            Self::Builder => format!(".allow_override(Setting::{setting:?})"),
            Self::Settings => {
                let free: Vec<_> = free().map(|it| format!("\"{it}\": \"any\"")).collect();
                format!("\"route_overrides\": {{ {} }}", free.join(", "))
            }
            Self::Toml | Self::Attribute | Self::Variable => {
                let free: Vec<_> = free().map(|it| format!("{it} = \"any\"")).collect();
                format!("route_overrides = {{ {} }}", free.join(", "))
            }
        }
    }

    /// A key with a text as its value, such as `policy = "partner"`.
    #[must_use]
    pub fn named(self, key: &str, text: &str) -> String {
        let text = self.text(text);
        match self {
            Self::Attribute | Self::Toml => format!("{key} = {text}"),
            Self::Builder => format!(".{key}({text})"),
            Self::Variable => format!("CORS_{}={text}", key.to_ascii_uppercase()),
            Self::Settings => format!("\"{key}\": {text}"),
        }
    }

    /// An element that is a regular expression; `None` in a variable, which cannot
    /// contain one.
    ///
    /// ```
    /// use cors_core::Language;
    ///
    /// let write = |language: Language| language.regex(r"https://pr-\d+\.example\.com");
    /// assert_eq!(write(Language::Attribute).unwrap(), r#"regex(r"https://pr-\d+\.example\.com")"#);
    /// assert_eq!(write(Language::Toml).unwrap(), r"{ regex = 'https://pr-\d+\.example\.com' }");
    /// let settings = r#"{ "regex": "https://pr-\\d+\\.example\\.com" }"#;
    /// assert_eq!(write(Language::Settings).unwrap(), settings);
    /// assert_eq!(write(Language::Variable), None);
    /// ```
    #[must_use]
    pub fn regex(self, regex: &str) -> Option<String> {
        self.call("regex", &self.raw(regex))
    }

    /// An element that is an origin set; `None` in a variable, which cannot contain one.
    #[must_use]
    pub fn set(self, name: &str) -> Option<String> {
        self.call("set", &self.text(name))
    }

    /// A reference to the list of a keyed set that a route parameter selects; `None` where
    /// there is none.
    pub(crate) fn set_with_key(self, name: &str, parameter: &str) -> Option<String> {
        let (name, parameter) = (self.text(name), self.text(parameter));
        match self {
            Self::Attribute => Some(format!("set({name}, key = {parameter})")),
            Self::Builder => Some(format!("set({name}).with_key({parameter})")),
            Self::Toml => Some(format!("{{ set = {name}, key = {parameter} }}")),
            Self::Settings => Some(format!("{{ \"set\": {name}, \"key\": {parameter} }}")),
            Self::Variable => None,
        }
    }

    fn call(self, kind: &str, text: &str) -> Option<String> {
        match self {
            Self::Attribute | Self::Builder => Some(format!("{kind}({text})")),
            Self::Toml => Some(format!("{{ {kind} = {text} }}")),
            Self::Settings => Some(format!("{{ \"{kind}\": {text} }}")),
            Self::Variable => None,
        }
    }

    /// Text in quotes, where this language has quotes.
    #[must_use]
    pub fn text(self, text: &str) -> String {
        match self {
            Self::Variable => text.to_owned(),
            Self::Attribute | Self::Builder => format!("{text:?}"),
            Self::Toml | Self::Settings => quoted(text),
        }
    }

    /// Text in quotes that keep a backslash as it is, if this language has such quotes.
    #[must_use]
    pub fn raw(self, text: &str) -> String {
        match self {
            _ if !text.contains(['\\', '"']) || text.contains(char::is_control) => self.text(text),
            Self::Attribute | Self::Builder if text.contains('"') && !text.contains("\"#") => {
                format!("r#\"{text}\"#")
            }
            Self::Attribute | Self::Builder if !text.contains('"') => format!("r\"{text}\""),
            Self::Toml if !text.contains('\'') => format!("'{text}'"),
            _ => self.text(text),
        }
    }

    /// An element of the list of a setting. In an attribute, methods need no quotes.
    #[must_use]
    pub fn element(self, setting: Setting, text: &str) -> String {
        let is_word = text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        match (self, setting) {
            (Self::Attribute, Setting::Methods) if is_word => text.to_owned(),
            _ => self.text(text),
        }
    }

    /// A setting and its value, which is written in this language.
    fn assign(self, setting: Setting, value: &str) -> String {
        match self {
            Self::Attribute | Self::Toml => format!("{setting} = {value}"),
            Self::Builder => format!(".{setting}({value})"),
            Self::Variable => format!("{}={value}", setting.env_var()),
            Self::Settings => format!("\"{setting}\": {value}"),
        }
    }
}

/// An example of the list of a setting.
const fn example(setting: Setting) -> &'static [&'static str] {
    match setting {
        Setting::Methods => &["GET", "POST"],
        Setting::Headers => &["content-type"],
        Setting::Expose => &["x-request-id"],
        _ => &["https://app.example"],
    }
}

/// A key of TOML, in quotes where it needs them.
pub(crate) fn toml_key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// A basic string of TOML, which is a string of JSON as well.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_names_all_settings_that_are_free() {
        let write =
            |language: Language| language.allow_override(&[Setting::Headers], Setting::Origins);
        assert_eq!(write(Language::Builder), ".allow_override(Setting::Origins)");
        let toml = "route_overrides = { headers = \"any\", origins = \"any\" }";
        assert_eq!(write(Language::Toml), toml);
        let settings = "\"route_overrides\": { \"headers\": \"any\", \"origins\": \"any\" }";
        assert_eq!(write(Language::Settings), settings);
    }
}
