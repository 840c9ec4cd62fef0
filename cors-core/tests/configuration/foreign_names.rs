//! Users of other libraries are shown the name of each setting in this crate.

use cors_core::{Code, Problem, Setting, Source, Suggestion, suggest_key};

/// The meaning of a name of another library: a key, `any` for a list, or neither.
const NAMES: &[(&str, &[(&str, &str)])] = &[
    (
        "actix-cors",
        &[
            ("allow_any_origin", "origins = any"),
            ("allowed_origin", "origins"),
            ("allowed_origin_fn", "-"),
            ("allow_any_method", "methods = any"),
            ("allowed_methods", "methods"),
            ("allow_any_header", "headers = any"),
            ("allowed_header", "headers"),
            ("allowed_headers", "headers"),
            ("expose_any_header", "expose = any"),
            ("expose_headers", "expose"),
            ("send_wildcard", "-"),
            ("supports_credentials", "credentials"),
            ("allow_private_network_access", "private_network"),
            ("disable_vary_header", "-"),
            ("disable_preflight", "-"),
            ("block_on_origin_mismatch", "enforce"),
            ("permissive", "-"),
        ],
    ),
    (
        "tower-http",
        &[
            ("allow_origin", "origins"),
            ("allow_methods", "methods"),
            ("allow_headers", "headers"),
            ("expose_headers", "expose"),
            ("allow_credentials", "credentials"),
            ("allow_private_network", "private_network"),
            ("vary", "-"),
            ("very_permissive", "-"),
        ],
    ),
    (
        "Spring",
        &[
            ("originPatterns", "origins"),
            ("allowedOrigins", "origins"),
            ("allowedOriginPatterns", "origins"),
            ("allowedMethods", "methods"),
            ("allowedHeaders", "headers"),
            ("exposedHeaders", "expose"),
            ("allowCredentials", "credentials"),
            ("allowPrivateNetwork", "private_network"),
            ("maxAge", "max_age"),
        ],
    ),
    (
        "Express",
        &[
            ("origin", "origins"),
            ("allowedHeaders", "headers"),
            ("exposedHeaders", "expose"),
            ("maxAge", "max_age"),
            ("preflightContinue", "-"),
            ("optionsSuccessStatus", "-"),
        ],
    ),
    (
        "Django",
        &[
            ("CORS_ALLOWED_ORIGINS", "origins"),
            ("CORS_ALLOWED_ORIGIN_REGEXES", "origins"),
            ("CORS_ALLOW_ALL_ORIGINS", "origins = any"),
            ("CORS_ORIGIN_ALLOW_ALL", "origins = any"),
            ("CORS_ORIGIN_WHITELIST", "origins"),
            ("CORS_URLS_REGEX", "-"),
            ("CORS_ALLOW_METHODS", "methods"),
            ("CORS_ALLOW_HEADERS", "headers"),
            ("CORS_EXPOSE_HEADERS", "expose"),
            ("CORS_PREFLIGHT_MAX_AGE", "max_age"),
            ("CORS_ALLOW_CREDENTIALS", "credentials"),
            ("CORS_ALLOW_PRIVATE_NETWORK", "private_network"),
        ],
    ),
    (
        "Flask",
        &[
            ("resources", "-"),
            ("allow_headers", "headers"),
            ("expose_headers", "expose"),
            ("supports_credentials", "credentials"),
            ("send_wildcard", "-"),
            ("vary_header", "-"),
            ("automatic_options", "-"),
            ("intercept_exceptions", "-"),
            ("always_send", "-"),
            ("allow_private_network", "private_network"),
            ("CORS_ORIGINS", "origins"),
            ("CORS_SUPPORTS_CREDENTIALS", "credentials"),
        ],
    ),
    (
        "the headers themselves",
        &[
            ("Access-Control-Allow-Origin", "origins"),
            ("Access-Control-Allow-Methods", "methods"),
            ("Access-Control-Allow-Headers", "headers"),
            ("Access-Control-Expose-Headers", "expose"),
            ("Access-Control-Allow-Credentials", "credentials"),
            ("Access-Control-Max-Age", "max_age"),
        ],
    ),
];

#[test]
fn names_of_other_libraries_are_mapped_to_settings() {
    for (library, names) in NAMES {
        for (theirs, ours) in *names {
            let found = match suggest_key(theirs, &[]) {
                Some(Suggestion::Key(key)) => key.to_owned(),
                Some(Suggestion::Any(setting)) => format!("{setting} = any"),
                Some(Suggestion::Regexes) => "origins".to_owned(),
                Some(Suggestion::Other(_)) => "-".to_owned(),
                _ => "nothing".to_owned(),
            };
            assert_eq!(found, *ours, "`{theirs}` of {library}");
        }
    }
}

#[test]
fn help_for_an_unrecognised_key_lists_all_keys() {
    let problem = Problem::unknown_key("colour", &["policy"], &Source::BASELINE);
    assert_eq!(problem.code(), Code::UNKNOWN_KEY);
    let help = problem.help().unwrap_or_default();
    for key in Setting::ALL.map(Setting::name).into_iter().chain(["policy"]) {
        assert!(help.contains(&format!("`{key}`")), "{key} is not in {help}");
    }
}
