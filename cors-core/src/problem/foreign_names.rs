//! Suggestions for unknown keys: the name of the setting in this crate.
//!
//! Users bring names from other libraries: actix-cors, tower-http, Spring, Express,
//! Django, Flask, jub0bs/cors, and the names of the headers. All other unknown keys are
//! treated as typing mistakes.

use super::Problem;
use super::code::Code;
use super::source::Source;
use super::suggest::nearest;
use crate::setting::Setting;

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
    /// There is no such key; the text describes what to do instead.
    Other(&'static str),
}

/// Finds the most likely meaning of the key `unknown`, where `keywords` are valid keys
/// besides the settings.
#[must_use]
pub fn suggest_key(unknown: &str, keywords: &[&'static str]) -> Option<Suggestion> {
    let normal = normalise(unknown);
    let is_normal = |name: &&str| *name == normal;
    let foreign = Setting::ALL.into_iter().find(|s| foreign_names(*s).iter().any(is_normal));
    let any = ANY.iter().find(|(_, names)| names.iter().any(is_normal));
    if keywords.contains(&"enabled") && SWITCHES.contains(&normal.as_str()) {
        return Some(Suggestion::Key("enabled"));
    }
    if keywords.contains(&"preflight_status") && STATUS.contains(&normal.as_str()) {
        return Some(Suggestion::Key("preflight_status"));
    }
    if keywords.contains(&"match") && MATCH.contains(&normal.as_str()) {
        return Some(Suggestion::Key("match"));
    }
    if keywords.contains(&"policies") && normal == "policy" {
        return Some(Suggestion::Key("policies"));
    }
    let other = OTHER.iter().find(|(names, _)| names.iter().any(is_normal));
    let similar = || {
        nearest(
            &normal,
            Setting::ALL.into_iter().map(Setting::name).chain(keywords.iter().copied()),
        )
    };
    (foreign.map(|setting| Suggestion::Key(setting.name())))
        .or_else(|| any.map(|(setting, _)| Suggestion::Any(*setting)))
        .or_else(|| other.map(|(_, help)| Suggestion::Other(help)))
        .or_else(|| similar().map(Suggestion::Key))
}

impl Problem {
    /// Reports an unknown key in a place where `keywords` are valid keys besides the
    /// settings.
    #[must_use]
    pub fn unknown_key(unknown: &str, keywords: &[&'static str], source: &Source) -> Self {
        let language = source.language();
        let help = match suggest_key(unknown, keywords) {
            Some(Suggestion::Key(name)) => format!("did you mean `{name}`?"),
            Some(Suggestion::Any(setting)) => format!("did you mean `{}`?", language.any(setting)),
            Some(Suggestion::Other(DISABLE)) => {
                format!("to disable CORS here, write `{}`", language.keyword("off"))
            }
            Some(Suggestion::Other(SWITCH)) => format!(
                "write `{}` to disable CORS here; `enabled = false`, below `[cors]` or in a \
                 profile, applies to the whole application",
                language.keyword("off")
            ),
            Some(Suggestion::Other(NO_CREDENTIALS)) => {
                format!("write `{}`", language.flag(Setting::Credentials, false))
            }
            Some(Suggestion::Other(help)) => help.to_owned(),
            None => {
                let settings = Setting::ALL.into_iter().map(Setting::name);
                let known: Vec<_> = settings.chain(keywords.iter().copied()).collect();
                format!("the keys allowed here are `{}`", known.join("`, `"))
            }
        };
        let message = format!("`{unknown}` is not a setting, so it would have no effect");
        Self::error(Code::UNKNOWN_KEY, source, message).with_help(help)
    }
}

/// Names that are flags in other libraries and the value `any` here.
const ANY: [(Setting, &[&str]); 4] = [
    (
        Setting::Origins,
        &[
            "any",
            "all",
            "allow_any_origin",
            "allow_all_origins",
            "cors_allow_all_origins",
            "cors_origin_allow_all",
        ],
    ),
    (Setting::Methods, &["allow_any_method", "allow_all_methods"]),
    (Setting::Headers, &["allow_any_header", "allow_all_headers"]),
    (Setting::Expose, &["expose_any_header", "expose_all_headers"]),
];

/// Names of a switch for the whole application.
const SWITCHES: [&str; 4] = ["disable", "disabled", "enable", "enabled"];

/// Names of the status of a preflight, where it can be set.
const STATUS: [&str; 3] = ["options_success_status", "options_status", "preflight_success_status"];

/// Names of the path pattern of a group.
const MATCH: [&str; 8] =
    ["path", "paths", "pattern", "patterns", "path_pattern", "url", "route", "prefix"];

/// These are completed for the place of the key.
const DISABLE: &str = "disable CORS with `off`";
const SWITCH: &str = "disable CORS here with `off`, or for the whole application with `enabled`";
const NO_CREDENTIALS: &str = "set `credentials` to `false`";

/// Features of other libraries that have no key here.
const OTHER: [(&[&str], &str); 11] = [
    (
        &["allowed_origin_fn", "allow_origin_fn", "origin_fn", "predicate", "async_predicate"],
        "policies are static data, so that they can be checked: list `origins`, using patterns, \
         `regex(...)` or sets",
    ),
    (
        &["permissive", "very_permissive", "default_values"],
        "list what you allow: `origins`, `methods`, `headers`",
    ),
    (&["none", "deny"], DISABLE),
    (&SWITCHES, SWITCH),
    (
        &["no_credentials", "omit_credentials", "without_credentials", "disallow_credentials"],
        NO_CREDENTIALS,
    ),
    (
        &["origin_regex", "origins_regex", "allow_origin_regex", "allowed_origin_regexes"],
        "expressions are elements of `origins`, as `regex`",
    ),
    (&["only"], "list what you allow: `origins`, `methods`, `headers`"),
    (&["policies"], "did you mean `policy`?"),
    (
        &["resources", "cors_url_regex", "cors_urls_regex", "path_pattern"],
        "configure the paths as a group in `cors.toml`: `[[cors.paths]]`",
    ),
    (
        &[
            "vary",
            "vary_header",
            "disable_vary_header",
            "send_wildcard",
            "always_send",
            "cors_send_wildcard",
            "cors_vary_header",
            "cors_always_send",
            "automatic_options",
            "intercept_exceptions",
            "preflight_continue",
            "disable_preflight",
        ],
        "remove it: preflights, `Vary` and `*` are handled automatically",
    ),
    (
        &["options_success_status", "preflight_status", "sets", "paths", "limits", "profile"],
        "this applies to the whole application: configure it in `cors.toml`, below `[cors]`",
    ),
];

/// The names of a setting in other libraries, in snake case.
const fn foreign_names(setting: Setting) -> &'static [&'static str] {
    match setting {
        Setting::Origins => &[
            "origin",
            "allow_origin",
            "allow_origins",
            "allowed_origin",
            "allowed_origins",
            "origin_patterns",
            "allowed_origin_patterns",
            "cors_allowed_origins",
            "cors_allowed_origin_regexes",
            "cors_origin_whitelist",
            "cors_origins",
            "access_control_allow_origin",
            // `@CrossOrigin("https://app.example")` of Spring.
            "value",
        ],
        Setting::Methods => &[
            "method",
            "allow_methods",
            "allowed_methods",
            "cors_allow_methods",
            "cors_methods",
            "access_control_allow_methods",
        ],
        Setting::Headers => &[
            "header",
            "allow_headers",
            "allowed_header",
            "allowed_headers",
            "cors_allow_headers",
            "cors_headers",
            "request_headers",
            "access_control_allow_headers",
        ],
        Setting::Expose => &[
            "exposed_headers",
            "exposed_header",
            "expose_header",
            "expose_headers",
            "cors_expose_headers",
            "response_headers",
            "access_control_expose_headers",
        ],
        Setting::Credentials => &[
            "allow_credentials",
            "supports_credentials",
            "credentialed",
            "cors_allow_credentials",
            "cors_supports_credentials",
            "with_credentials",
            "access_control_allow_credentials",
        ],
        Setting::MaxAge => &[
            "maxage",
            "max_age_seconds",
            "max_age_secs",
            "max_age_sec",
            "max_age_in_seconds",
            "cors_max_age",
            "cors_preflight_max_age",
            "preflight_max_age",
            "access_control_max_age",
        ],
        Setting::PrivateNetwork => &[
            "allow_private_network",
            "allow_private_network_access",
            "cors_allow_private_network",
            "access_control_allow_private_network",
        ],
        Setting::Enforce => &["block_on_origin_mismatch", "block", "reject", "strict"],
        Setting::DangerAllowInsecureOrigins => {
            &["allow_insecure_origins", "dangerously_tolerate_insecure_origins"]
        }
        Setting::DangerAllowPublicSuffixes => {
            &["allow_public_suffixes", "dangerously_tolerate_subdomains_of_public_suffixes"]
        }
        Setting::DangerAllowNullOrigin => &["allow_null", "allow_null_origin", "null_origin"],
    }
}

/// Converts `allowedOrigins`, `Allowed-Origins` and `ALLOWED_ORIGINS` to
/// `allowed_origins`.
fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len() + 4);
    let mut previous_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && previous_lower {
            normal.push('_');
        }
        previous_lower = c.is_ascii_lowercase();
        normal.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    normal
}
