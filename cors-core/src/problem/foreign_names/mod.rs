//! Suggestions for unknown keys: the name of the setting in this crate.
//!
//! Users bring names from other libraries, servers and clouds, listed in `table`, and the
//! names of the headers. All other unknown keys are treated as typing mistakes.

mod table;

use self::table::{
    DISABLE, GLOBAL, GROUPS, LIMITS, LOOPBACK, Meaning, NAMES, NO_CREDENTIALS, SWITCH,
};
use super::Problem;
use super::code::Code;
use super::fix::Language;
use super::source::Source;
use super::suggest::nearest;
use crate::setting::{Op, Setting};

/// A suggestion for an unknown key.
///
/// ```
/// use cors_core::{Suggestion, Setting, suggest_key};
///
/// assert_eq!(suggest_key("allowedOrigins", &[]), Some(Suggestion::Key("origins")));
/// assert_eq!(suggest_key("orgins", &[]), Some(Suggestion::Key("origins")));
/// assert_eq!(suggest_key("polcy", &["policy"]), Some(Suggestion::Key("policy")));
/// assert_eq!(suggest_key("allow_any_origin", &[]), Some(Suggestion::Any(Setting::Origins)));
/// assert!(matches!(suggest_key("allowed_origin_fn", &[]), Some(Suggestion::Other(_))));
/// assert_eq!(suggest_key("colour", &[]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Suggestion {
    /// Use this key, with the same value.
    Key(&'static str),
    /// Use the keyword `any` for this list.
    Any(Setting),
    /// Use regular expressions as elements of `origins`.
    Regexes,
    /// There is no such key; the text describes what to do instead.
    Other(&'static str),
}

/// Finds the most likely meaning of the key `unknown`, where `keywords` are valid keys
/// besides the settings.
#[must_use]
pub fn suggest_key(unknown: &str, keywords: &[&'static str]) -> Option<Suggestion> {
    let normal = normalise(unknown);
    let bare = bare(&normal);
    let is_valid = |meaning: &Meaning| match meaning {
        Meaning::Keyword(keyword) => keywords.contains(keyword),
        _ => true,
    };
    let named = |name: &str| {
        let valid = |keyword: bool| {
            let is_one = move |meaning: &Meaning| matches!(meaning, Meaning::Keyword(_)) == keyword;
            let found =
                NAMES.iter().filter(move |(meaning, _)| is_one(meaning) && is_valid(meaning));
            found.filter(|(_, names)| names.contains(&name)).map(|(meaning, _)| *meaning).next()
        };
        // A key of this place comes first.
        valid(true).or_else(|| valid(false))
    };
    let known = || Setting::ALL.into_iter().map(Setting::name).chain(keywords.iter().copied());
    let suggested = |meaning| match meaning {
        Meaning::Setting(setting) => Suggestion::Key(setting.name()),
        Meaning::Keyword(keyword) => Suggestion::Key(keyword),
        Meaning::Any(setting) => Suggestion::Any(setting),
        Meaning::Regexes => Suggestion::Regexes,
        Meaning::Other(help) => Suggestion::Other(help),
    };
    // `cors.origins`, `CORS_MAX_AGE`, `maxAge`.
    (known().find(|name| *name == normal || *name == bare).map(Suggestion::Key))
        .or_else(|| named(&normal).or_else(|| named(bare)).map(suggested))
        .or_else(|| nearest(&normal, known()).map(Suggestion::Key))
        .or_else(|| nearest(bare, known()).map(Suggestion::Key))
}

impl Problem {
    /// Reports an unknown key in a place where `keywords` are valid keys besides the
    /// settings.
    #[must_use]
    pub fn unknown_key(unknown: &str, keywords: &[&'static str], source: &Source) -> Self {
        let language = source.language();
        let help = match suggest_key(unknown, keywords) {
            Some(suggestion) => suggestion.help(language),
            None => {
                let settings = Setting::ALL.into_iter().map(Setting::name);
                let known: Vec<_> = settings.chain(keywords.iter().copied()).collect();
                format!("the keys allowed here are `{}`", known.join("`, `"))
            }
        };
        Self::unknown(unknown, source, help)
    }

    /// Reports an unknown key with this help.
    pub(crate) fn unknown(unknown: &str, source: &Source, help: impl Into<String>) -> Self {
        let message =
            format!("`{}` is not a setting, so it would have no effect", unknown.escape_debug());
        Self::error(Code::UNKNOWN_KEY, source, message).with_help(help)
    }
}

impl Suggestion {
    /// What to write at a place in this language.
    pub(crate) fn help(self, language: Language) -> String {
        match self {
            Self::Key(name) => format!("did you mean `{name}`?"),
            Self::Any(setting) => format!("did you mean `{}`?", language.any(setting)),
            Self::Regexes => match language.regex(r"https://pr-\d+\.example\.com") {
                Some(regex) => format!(
                    "regular expressions are elements of `origins`, as in `{}`",
                    language.brackets(Setting::Origins, Op::Set, &[regex])
                ),
                None => "regular expressions have no variable: list them in `origins` of \
                         `cors.toml`"
                    .to_owned(),
            },
            Self::Other(DISABLE) => {
                format!("to disable CORS here, write `{}`", language.keyword("off"))
            }
            Self::Other(SWITCH) => {
                let place = match language {
                    Language::Settings => "directly in `cors`",
                    _ => "below `[cors]`",
                };
                let disabled = match language {
                    Language::Settings => language.enabled(false),
                    _ => Language::Toml.enabled(false),
                };
                format!(
                    "write `{}` to disable CORS here; `{disabled}`, {place} or in a profile, \
                     applies to the whole application",
                    language.keyword("off"),
                )
            }
            Self::Other(NO_CREDENTIALS) => {
                format!("write `{}`", language.flag(Setting::Credentials, false))
            }
            Self::Other(GROUPS) => match language {
                Language::Attribute => {
                    "this is the policy of one handler; for paths, write a group in `cors.toml`: \
                     `[[cors.paths]]`"
                }
                Language::Builder => "for paths, call `.paths(\"/api/**\", rules())`",
                Language::Toml => {
                    "groups of paths are tables with a `match`, below `[[cors.paths]]`"
                }
                Language::Variable => "paths have no variable: write a group in `cors.toml`",
                Language::Settings => {
                    "groups are an array, `paths`, with an object for each, which has a `match`"
                }
            }
            .to_owned(),
            Self::Other(GLOBAL) => format!(
                "{GLOBAL}: {}",
                match language {
                    Language::Attribute | Language::Variable => {
                        "configure it in `cors.toml`, below `[cors]`"
                    }
                    Language::Builder => "call it on `Cors::builder()`",
                    Language::Toml => "write it below `[cors]`",
                    Language::Settings => "write it directly in `cors`",
                }
            ),
            Self::Other(LIMITS) => match language {
                Language::Settings => "write it in `limits`",
                Language::Builder => "it belongs to `limits()`",
                _ => "write it in `cors.toml`, below `[cors.limits]`",
            }
            .to_owned(),
            Self::Other(LOOPBACK) => match language {
                Language::Settings => {
                    "pages on localhost are allowed by a profile: \
                     `\"profiles\": { \"development\": { \"loopback\": true } }`"
                }
                Language::Builder => {
                    "pages on localhost are allowed by a profile: \
                     `.profiles(\"development\", profile().loopback(true))`"
                }
                _ => {
                    "pages on localhost are allowed by a profile in `cors.toml`: `loopback = true` \
                     below `[cors.profiles.development]`"
                }
            }
            .to_owned(),
            Self::Other(help) => help.to_owned(),
        }
    }
}

/// Converts `allowedOrigins`, `Allowed-Origins`, `ALLOWED_ORIGINS` and `CORSRules` to snake
/// case.
fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len() + 4);
    let characters: Vec<char> = name.trim().chars().collect();
    for (at, c) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| characters.get(at));
        let after = characters.get(at + 1);
        let is_lower = |c: Option<&char>| c.is_some_and(char::is_ascii_lowercase);
        let ends_capitals = before.is_some_and(char::is_ascii_uppercase) && is_lower(after);
        if c.is_ascii_uppercase() && (is_lower(before) || ends_capitals) {
            normal.push('_');
        }
        normal.push(match c {
            '-' | ' ' => '_',
            c => c.to_ascii_lowercase(),
        });
    }
    normal
}

/// The name without what tools put before it: `quarkus.http.cors.`, `access_control_`.
fn bare(normal: &str) -> &str {
    let last = normal.rsplit(['.', ':']).next().unwrap_or_default();
    let name = last.rsplit_once("cors_").map_or(last, |(_, name)| name);
    ["access_control_", "set_", "with_", "http_", "config_"]
        .into_iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}
