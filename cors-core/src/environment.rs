//! Overlaying a configuration with environment variables.
//!
//! One variable for each setting, named by [`Setting::env_var`]. A variable
//! that is set takes the place of what `[cors]` says about that setting; lists
//! are separated by commas. Reading the environment is left to the caller.

use crate::profile::unknown_profile;
use crate::{
    Clause, Code, Config, Element, ListValue, MaxAgeValue, Op, Problem, Profile, Says, Setting,
    SettingKind, Source,
};

/// Names the profile, whatever the file says.
const PROFILE_VARIABLE: &str = "CORS_PROFILE";

impl Config {
    /// Overlays the global rules with the variables that `lookup` knows.
    ///
    /// ```
    /// use cors_core::{Config, Rules, Source};
    ///
    /// let config = Config::new(Rules::new(Source::BASELINE)).overlay_env(|name| {
    ///     (name == "CORS_ORIGINS").then(|| "https://a.example, https://b.example/".to_owned())
    /// });
    /// let error = config.resolve().unwrap_err();
    /// assert_eq!(error.problems()[0].source().to_string(), "env CORS_ORIGINS");
    /// ```
    #[must_use]
    pub fn overlay_env(mut self, lookup: impl Fn(&str) -> Option<String>) -> Self {
        if let Some(name) = lookup(PROFILE_VARIABLE) {
            let source = Source::env(PROFILE_VARIABLE);
            match Profile::from_name(name.trim()) {
                Some(profile) => self.profile = Some((profile, source)),
                None => self.problems.push(unknown_profile(name.trim(), &source)),
            }
        }
        for setting in Setting::ALL {
            let name = setting.env_var();
            let Some(text) = lookup(&name) else { continue };
            let source = Source::env(&name);
            match read(setting, text.trim(), &source) {
                Ok(says) => self.environment.push(Clause { says, source }),
                Err(problem) => self.problems.push(problem),
            }
        }
        self
    }
}

fn read(setting: Setting, text: &str, source: &Source) -> Result<Says, Problem> {
    Ok(match setting.kind() {
        SettingKind::List => {
            let value = match text {
                "any" => ListValue::Any(source.clone()),
                "any_with_authorization" => ListValue::AnyWithAuthorization(source.clone()),
                _ => ListValue::Elements(
                    text.split(',')
                        .map(str::trim)
                        .filter(|element| !element.is_empty())
                        .map(|element| Element::plain(element.to_owned(), source.clone()))
                        .collect(),
                ),
            };
            Says::List(setting, Op::Set, value)
        }
        SettingKind::Flag => match text {
            "true" | "1" => Says::Flag(setting, true),
            "false" | "0" => Says::Flag(setting, false),
            _ => {
                let message = format!("`{}` is neither true nor false", text.escape_debug());
                let problem = Problem::error(Code::WRONG_TYPE, source, message).about(setting);
                return Err(problem.with_help("write `true` or `false`"));
            }
        },
        SettingKind::Duration => {
            // An environment variable is always text: a bare number is seconds.
            let value = text
                .parse()
                .map_or_else(|_| MaxAgeValue::Text(text.to_owned()), MaxAgeValue::Seconds);
            Says::MaxAge(value, source.clone())
        }
    })
}
