//! Overriding a configuration with environment variables.
//!
//! There is one variable for each setting, named by [`Setting::env_var`]. A variable
//! overrides that setting in `[cors]` and in its profile; lists are separated by
//! commas. A variable that is empty counts as unset. Limits, groups, policies and sets
//! have no variables. Reading the environment is left to the caller.

use std::collections::BTreeMap;

use super::{GLOBAL_KEYS, foreign};
use crate::config::{Clause, ClauseKind, Config, Element, ListValue, Rules};
use crate::grammar::MaxAgeValue;
use crate::problem::{Code, Language, Problem, Source, Suggestion, suggest_key};
use crate::setting::Op;
use crate::setting::{Setting, SettingKind};

/// The path of the configuration file; the caller that opens the file reads it.
const PATH_VARIABLE: &str = "CORS_CONFIG";

/// The profile; it overrides the one in the file.
const PROFILE_VARIABLE: &str = "CORS_PROFILE";

/// Whether CORS is enabled; it overrides `[cors]` and its profile.
const ENABLED_VARIABLE: &str = "CORS_ENABLED";

/// The prefix of all variables.
const PREFIX: &str = "CORS_";

/// The keys of the variables that are no settings.
const OTHER_VARIABLES: [&str; 3] = ["profile", "config", "enabled"];

impl Config {
    /// Overrides the global rules with the variables of the environment, given as pairs
    /// of name and value.
    ///
    /// A variable that is empty or blank counts as unset. Any other name that begins
    /// with `CORS_`, in any case, is a warning.
    ///
    /// ```
    /// use cors_core::{Config, Rules, Source};
    ///
    /// let variables = [
    ///     ("CORS_ORIGINS", "https://a.example, https://b.example/"),
    ///     ("CORS_HEADER", "x-a"),
    /// ];
    /// let config = Config::new(Rules::new(Source::BASELINE)).overlay_env(variables);
    /// let error = config.resolve().unwrap_err();
    /// let places: Vec<_> = error.problems().iter().map(|it| it.source().to_string()).collect();
    /// assert_eq!(places, ["env CORS_HEADER", "env CORS_ORIGINS"]);
    /// assert_eq!(error.problems()[0].help(), Some("did you mean `CORS_HEADERS`?"));
    /// ```
    #[must_use]
    pub fn overlay_env<N, V>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let variables = ours(variables);
        let mut first = Vec::new();
        for (name, text) in &variables {
            let (source, text) = (Source::env(name), text.trim());
            let setting = Setting::ALL.into_iter().find(|setting| setting.env_var() == *name);
            match setting.map(|setting| read(setting, text, &source)) {
                Some(Ok(kind)) => self.environment.push(Clause { kind, source }),
                Some(Err(problem)) => self.problems.push(problem),
                None if name == PROFILE_VARIABLE => {
                    self.profile = Some((text.to_owned(), source));
                }
                None if name == ENABLED_VARIABLE => match flag(text, &source) {
                    Ok(enabled) => self.environment_enabled = Some((enabled, source)),
                    Err(problem) => self.problems.push(problem),
                },
                None if name == PATH_VARIABLE => {}
                None => {
                    let unknown = UnknownVariable { name, text, source: &source };
                    self.problems.push(unknown.problem(&variables, &mut first));
                }
            }
        }
        self
    }

    /// Creates a configuration from environment variables alone, for an application
    /// that reads no file.
    ///
    /// It is an error if no variable sets a setting, or if `CORS_CONFIG` is set: the
    /// limits and groups of that file would not apply.
    ///
    /// ```
    /// use cors_core::Config;
    ///
    /// let origins = ("CORS_ORIGINS", "https://app.example");
    /// assert!(Config::from_env([origins]).resolve().is_ok());
    ///
    /// let code = |config: Config| config.resolve().unwrap_err().problems()[0].code().as_str();
    /// let profile = ("CORS_PROFILE", "production");
    /// assert_eq!(code(Config::from_env([profile])), "cors::no-variables");
    /// let file = ("CORS_CONFIG", "cors.toml");
    /// assert_eq!(code(Config::from_env([origins, file])), "cors::unused-file");
    /// ```
    #[must_use]
    pub fn from_env<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        let variables = ours(variables);
        let is_set = |setting: &Setting| variables.contains_key(&setting.env_var());
        // Without CORS, there is nothing that a setting would be needed for.
        let is_off = variables.get(ENABLED_VARIABLE).is_some_and(|text| text.trim() == "false");
        let missing = (!is_off && !Setting::ALL.iter().any(is_set)).then(no_variables);
        let unused = variables.get(PATH_VARIABLE).map(|path| unused_file(path));
        let mut config = Self::new(Rules::new(Source::BASELINE)).overlay_env(variables);
        config.problems.extend(missing.into_iter().chain(unused));
        config
    }
}

fn no_variables() -> Problem {
    let message = "no environment variable sets a CORS setting, so no origin would be allowed";
    let source = Source::env(&Setting::Origins.env_var());
    Problem::error(Code::NO_VARIABLES, &source, message)
        .with_help("set `CORS_ORIGINS`, for example to `https://app.example`, or read a file")
}

fn unused_file(path: &str) -> Problem {
    let message = format!(
        "`{PATH_VARIABLE}` names the file `{}`, but the application reads environment variables \
         only, so the limits and groups of the file would not apply",
        path.escape_debug()
    );
    Problem::error(Code::UNUSED_FILE, &Source::env(PATH_VARIABLE), message)
        .with_help("unset the variable, or read the file with `Cors::from_config()`")
}

/// The variables with the prefix of this crate that are not empty, in the order of
/// their names.
fn ours<N: Into<String>, V: Into<String>>(
    variables: impl IntoIterator<Item = (N, V)>,
) -> BTreeMap<String, String> {
    let variables = variables.into_iter().map(|(name, text)| (name.into(), text.into()));
    let is_set = |(name, text): &(String, String)| has_prefix(name) && !text.trim().is_empty();
    variables.filter(is_set).collect()
}

/// Whether the name begins with [`PREFIX`], in any case.
fn has_prefix(name: &str) -> bool {
    name.get(..PREFIX.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(PREFIX))
}

/// A variable that is not read.
struct UnknownVariable<'v, 's> {
    name: &'v str,
    text: &'v str,
    source: &'s Source,
}

impl<'v> UnknownVariable<'v, '_> {
    /// The warning; the variable may belong to another program, so this is not an error.
    ///
    /// `first` are the settings that earlier unknown variables were meant to set.
    fn problem(
        &self,
        variables: &BTreeMap<String, String>,
        first: &mut Vec<(Setting, &'v str)>,
    ) -> Problem {
        let message =
            format!("`{}` is not a known variable, so it has no effect", self.name.escape_debug());
        Problem::warning(Code::UNKNOWN_VARIABLE, self.source, message)
            .with_help(self.help(variables, first))
    }

    fn help(
        &self,
        variables: &BTreeMap<String, String>,
        first: &mut Vec<(Setting, &'v str)>,
    ) -> String {
        let key = self.name.get(PREFIX.len()..).unwrap_or_default().to_ascii_lowercase();
        let variable = |key: &str| format!("{PREFIX}{}", key.to_ascii_uppercase());
        let is_known =
            Setting::from_name(&key).is_some() || OTHER_VARIABLES.contains(&key.as_str());
        let begins_with = |known: &&&str| {
            let rest = key.strip_prefix(**known);
            let is_key = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
            is_key && !OTHER_VARIABLES.contains(*known)
        };
        if is_known {
            return match variables.contains_key(&variable(&key)) {
                true => format!("remove it: `{}` is set, too", variable(&key)),
                false => {
                    format!("names of variables are case-sensitive: write `{}`", variable(&key))
                }
            };
        }
        if matches!(&*key, "off" | "passthrough") {
            return format!(
                "`{key}` has no variable; to disable `Cors`, set `{ENABLED_VARIABLE}=false`"
            );
        }
        if let Some(known) = GLOBAL_KEYS.iter().find(begins_with) {
            return format!("`{known}` has no variable: set it in `cors.toml`");
        }
        let language = Language::Variable;
        let (setting, is_any) = match suggest_key(&key, &OTHER_VARIABLES) {
            Some(Suggestion::Key(meant)) => match Setting::from_name(meant) {
                Some(setting) => (setting, false),
                None if key.contains("disable") => {
                    return match self.is_false() {
                        true => "remove it: CORS is enabled unless it is disabled".to_owned(),
                        false => format!("write `{ENABLED_VARIABLE}=false`"),
                    };
                }
                None => return format!("did you mean `{}`?", variable(meant)),
            },
            Some(Suggestion::Any(setting)) if self.is_false() => {
                return format!(
                    "remove it: nothing is allowed but what `{}` lists",
                    setting.env_var()
                );
            }
            Some(Suggestion::Any(setting)) => (setting, true),
            Some(suggestion) => return suggestion.help(language),
            None => {
                let settings = Setting::ALL.iter().map(|setting| setting.name());
                let known: Vec<_> = settings.chain(OTHER_VARIABLES).map(variable).collect();
                return format!(
                    "the variables are `{}`; if this one belongs to another program, add `{}` to \
                     `allow_warnings`",
                    known.join("`, `"),
                    Code::UNKNOWN_VARIABLE
                );
            }
        };
        if variables.contains_key(&setting.env_var()) {
            return format!("remove it: `{}` is set, too", setting.env_var());
        }
        if let Some((_, earlier)) = first.iter().find(|(known, _)| *known == setting) {
            return format!(
                "remove it, or combine it with `{earlier}`, as `{}`",
                setting.env_var()
            );
        }
        first.push((setting, self.name));
        format!("did you mean `{}`?", foreign::variable(setting, is_any, self.text, self.source))
    }

    fn is_false(&self) -> bool {
        ["false", "0", "no", "off"].iter().any(|no| self.text.eq_ignore_ascii_case(no))
    }
}

fn read(setting: Setting, text: &str, source: &Source) -> Result<ClauseKind, Problem> {
    Ok(match setting.kind() {
        SettingKind::List => {
            let value = match text {
                "any" => ListValue::Any(source.clone()),
                "any_with_authorization" => ListValue::AnyWithAuthorization(source.clone()),
                _ => ListValue::Elements(elements(text, source)),
            };
            ClauseKind::List(setting, Op::Set, value)
        }
        SettingKind::FlagOrOrigins if text.contains([',', '/', ':']) => {
            ClauseKind::List(setting, Op::Set, ListValue::Elements(elements(text, source)))
        }
        SettingKind::FlagOrOrigins => match flag(text, source) {
            Ok(flag) => ClauseKind::Flag(setting, flag),
            Err(problem) => {
                let help = match text {
                    "*" | "any" | "all" => format!(
                        "list the origins that may send credentials, for example `{}`",
                        Language::Variable.example(setting)
                    ),
                    _ => format!(
                        "{}, or a list of origins, separated by commas",
                        problem.help().unwrap_or_default()
                    ),
                };
                return Err(problem.about(setting).with_help(help));
            }
        },
        SettingKind::Flag => {
            let flag = flag(text, source).map_err(|problem| problem.about(setting));
            ClauseKind::Flag(setting, flag?)
        }
        SettingKind::Duration => {
            // The value of an environment variable is always text; a bare number is
            // seconds.
            let value = text
                .parse()
                .map_or_else(|_| MaxAgeValue::Text(text.to_owned()), MaxAgeValue::Seconds);
            ClauseKind::MaxAge(value, source.clone())
        }
    })
}

/// The elements of a list that is separated by commas.
fn elements(text: &str, source: &Source) -> Vec<Element> {
    text.split(',')
        .map(str::trim)
        .filter(|element| !element.is_empty())
        .map(|element| Element::plain(element.to_owned(), source.clone()))
        .collect()
}

fn flag(text: &str, source: &Source) -> Result<bool, Problem> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(neither_true_nor_false(text, source)),
    }
}

fn neither_true_nor_false(text: &str, source: &Source) -> Problem {
    let help = match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => "write `true`",
        "0" | "false" | "no" | "off" => "write `false`",
        _ => "write `true` or `false`",
    };
    let message = format!("`{}` is neither `true` nor `false`", text.escape_debug());
    Problem::error(Code::WRONG_TYPE, source, message).with_help(help)
}
