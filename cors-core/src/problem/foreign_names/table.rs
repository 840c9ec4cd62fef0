//! The names of other tools, and what each is called here.
//!
//! Names are in snake case, without a prefix such as `cors_` or `quarkus.http.cors.`, which
//! `normalise` and `bare` remove.

use crate::setting::Setting;

/// What a name of another tool means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A setting with the same kind of value.
    Setting(Setting),
    /// A list of regular expressions, which are elements of `origins` here.
    Regexes,
    /// A flag, for a list with the value `any`.
    Any(Setting),
    /// A key besides the settings, where it is valid.
    Keyword(&'static str),
    /// No key; the text is what to do instead.
    Other(&'static str),
}

/// These are completed for the place of the key.
pub(super) const DISABLE: &str = "disable CORS with `off`";
pub(super) const SWITCH: &str =
    "disable CORS here with `off`, or for the whole application with `enabled`";
pub(super) const NO_CREDENTIALS: &str = "set `credentials` to `false`";
pub(super) const GROUPS: &str = "configure the paths as groups";
pub(super) const GLOBAL: &str = "this applies to the whole application";
pub(super) const LOOPBACK: &str = "allow localhost in a profile, with `loopback`";
pub(super) const LIMITS: &str = "configure it as a limit";
const LIST: &str = "list what you allow: `origins`, `methods`, `headers`";
const AUTOMATIC: &str = "remove it: preflights, `Vary` and `*` are handled automatically";
const STATIC: &str = "policies are static data, so that they can be checked: list `origins`, using \
                      patterns, regular expressions or sets";
const HEADERS: &str = "remove it: the headers are sent by this middleware; set `origins`, `methods` \
                       and `headers`, and remove the headers where they are set";
const LOG: &str = "remove it: refusals are logged as warnings of `cors_actix`";
const SCHEME: &str = "remove it: every scheme is accepted, as a part of an element of `origins`";
const SUBDOMAINS: &str =
    "remove it: a pattern such as https://*.example.com is an element of `origins`";
const SOCKETS: &str = "remove it: the handshake of a WebSocket has the origin of its page";
const DEFAULT_POLICY: &str = "remove it: the settings of `[cors]` are the default policy";
const PASS: &str = "remove it: preflights are answered here; where handlers answer them, set \
                    `passthrough` for the path";

/// Each meaning, with the names of other tools.
pub(super) const NAMES: &[(Meaning, &[&str])] = &[
    (
        Meaning::Setting(Setting::Origins),
        &[
            "origin",
            "allow_origin",
            "allow_origins",
            "allowed_origin",
            "allowed_origins",
            "allow_origin_list",
            "allow_origin_string_match",
            "allowed_origin_patterns",
            "allowed_origins_list",
            "allow_host",
            "allow_hosts",
            "allowed_hosts",
            "hosts",
            "origin_patterns",
            "origin_whitelist",
            "origin_allowlist",
            "origin_list",
            "url",
            "urls",
            "whitelist",
            "allowlist",
            "with_origins",
            // `@CrossOrigin("https://app.example")` of Spring.
            "value",
        ],
    ),
    (
        Meaning::Setting(Setting::Methods),
        &[
            "method",
            "allow_method",
            "allow_methods",
            "allow_methods_list",
            "allowed_method",
            "allowed_methods",
            "http_methods",
            "verbs",
            "with_methods",
        ],
    ),
    (
        Meaning::Setting(Setting::Headers),
        &[
            "header",
            "allow_header",
            "allow_headers",
            "allow_headers_list",
            "allowed_header",
            "allowed_headers",
            "request_headers",
            "with_headers",
        ],
    ),
    (
        Meaning::Setting(Setting::Expose),
        &[
            "exposed",
            "exposed_headers",
            "exposed_header",
            "expose_header",
            "expose_headers",
            "expose_headers_list",
            "response_headers",
            "with_exposed_headers",
        ],
    ),
    (
        Meaning::Setting(Setting::Credentials),
        &[
            "allow_credential",
            "allow_credentials",
            "allowed_credentials",
            "support_credentials",
            "supports_credentials",
            "credentialed",
            "with_credentials",
            "include_credentials",
            "allow_cookies",
        ],
    ),
    (
        Meaning::Setting(Setting::MaxAge),
        &[
            "age",
            "maxage",
            "max_age_seconds",
            "max_age_secs",
            "max_age_sec",
            "max_age_in_seconds",
            "max_age_duration",
            "preflight_max_age",
            "preflight_maxage",
            "set_preflight_max_age",
            "preflight_ttl",
            "preflight_cache",
        ],
    ),
    (
        Meaning::Setting(Setting::PrivateNetwork),
        &[
            "allow_private_network",
            "allow_private_network_access",
            "allow_local_network",
            "private_network_access",
        ],
    ),
    (
        Meaning::Setting(Setting::Enforce),
        &["block_on_origin_mismatch", "block", "reject", "strict"],
    ),
    (
        Meaning::Setting(Setting::DangerAllowInsecureOrigins),
        &[
            "allow_insecure_origins",
            "dangerously_tolerate_insecure_origins",
            "danger_insecure_origins",
        ],
    ),
    (
        Meaning::Setting(Setting::DangerAllowPublicSuffixes),
        &[
            "allow_public_suffixes",
            "dangerously_tolerate_subdomains_of_public_suffixes",
            "danger_public_suffixes",
        ],
    ),
    (
        Meaning::Setting(Setting::DangerAllowNullOrigin),
        &["allow_null", "allow_null_origin", "allow_file_origins", "null_origin"],
    ),
    (
        Meaning::Regexes,
        &[
            "allow_origin_list_regex",
            "allow_origin_regex",
            "allow_origins_regex",
            "allowed_origin_regex",
            "allowed_origin_regexes",
            "allowed_origins_patterns",
            "allowed_origins_regex",
            "origin_regex",
            "origins_regex",
            "origin_regexes",
            "origin_regex_whitelist",
        ],
    ),
    (
        Meaning::Any(Setting::Origins),
        &[
            "any",
            "all",
            "allow_all",
            "allow_any",
            "allow_any_host",
            "allow_any_origin",
            "allow_any_origins",
            "allow_all_origin",
            "allow_all_origins",
            "any_host",
            "any_origin",
            "origin_allow_all",
        ],
    ),
    (
        Meaning::Any(Setting::Methods),
        &["allow_any_method", "allow_any_methods", "allow_all_methods", "any_method"],
    ),
    (
        Meaning::Any(Setting::Headers),
        &["allow_any_header", "allow_any_headers", "allow_all_headers", "any_header"],
    ),
    (
        Meaning::Any(Setting::Expose),
        &["expose_any_header", "expose_all_headers", "expose_all", "expose_any"],
    ),
    (Meaning::Keyword("enabled"), SWITCHES),
    (
        Meaning::Keyword("preflight_status"),
        &[
            "options_success_status",
            "options_status",
            "options_response_status_code",
            "preflight_success_status",
            "preflight_response_status",
            "preflight_status_code",
            "success_status",
        ],
    ),
    (
        Meaning::Keyword("match"),
        &[
            "location",
            "mapping",
            "path",
            "paths",
            "path_pattern",
            "pattern",
            "patterns",
            "prefix",
            "resource",
            "route",
            "routes",
            "url",
            "urls",
            "url_pattern",
        ],
    ),
    (Meaning::Keyword("policies"), &["policy"]),
    (Meaning::Keyword("policy"), &["policies", "policy_name", "use_policy", "require_cors"]),
    (Meaning::Keyword("profiles"), &["envs", "environments", "profile_settings"]),
    (Meaning::Keyword("profile"), &["app_env", "env", "environment", "mode", "stage"]),
    (Meaning::Keyword("config"), &["config_file", "config_path", "conf", "file", "settings"]),
    (Meaning::Keyword("sets"), &["set", "origin_sets", "groups_of_origins"]),
    (Meaning::Keyword("loopback"), &["localhost", "allow_localhost", "localhost_pass_through"]),
    (Meaning::Keyword("report_only"), &["dry_run", "report", "shadow", "shadow_enabled"]),
    (Meaning::Keyword("host"), &["domain", "hosts", "hostname", "server_name", "virtual_host"]),
    (Meaning::Keyword("allow_warnings"), &["ignore_warnings", "silence", "silenced_warnings"]),
    (Meaning::Other(DISABLE), &["none", "deny", "deny_all"]),
    (Meaning::Other(SWITCH), SWITCHES),
    (
        Meaning::Other(NO_CREDENTIALS),
        &["no_credentials", "omit_credentials", "without_credentials", "disallow_credentials"],
    ),
    (
        Meaning::Other(STATIC),
        &[
            "allowed_origin_fn",
            "allow_origin_fn",
            "allow_origin_func",
            "allow_origin_request_func",
            "allow_origin_vary_request_func",
            "allow_origin_with_context_func",
            "allow_origins_func",
            "async_predicate",
            "delegator",
            "if",
            "origin_fn",
            "origin_function",
            "predicate",
            "set_is_origin_allowed",
        ],
    ),
    (Meaning::Other(LIST), &["permissive", "very_permissive", "default_values", "only"]),
    (
        Meaning::Other(GROUPS),
        &[
            "cors_configurations",
            "match",
            "path",
            "path_pattern",
            "pattern",
            "route",
            "registrations",
            "resource",
            "resources",
            "url_regex",
            "urls_regex",
        ],
    ),
    (
        Meaning::Other(SCHEME),
        &["allow_browser_extensions", "allow_files", "custom_schemas", "custom_schemes"],
    ),
    (
        Meaning::Other(LOOPBACK),
        &["allow_localhost", "localhost", "localhost_pass_through", "loopback"],
    ),
    (
        Meaning::Other(SUBDOMAINS),
        &[
            "allow_subdomains",
            "allow_wildcard",
            "subdomains",
            "set_is_origin_allowed_to_allow_wildcard_subdomains",
        ],
    ),
    (Meaning::Other(SOCKETS), &["allow_websockets", "allow_web_sockets", "websockets"]),
    (Meaning::Other(DEFAULT_POLICY), &["add_default_policy", "add_policy", "default_policy"]),
    (Meaning::Other(LIMITS), &["limit", "route_overrides"]),
    (Meaning::Other(LOG), &["debug", "log", "logger", "log_level", "logging", "verbose"]),
    (
        Meaning::Other(PASS),
        &[
            "disable_preflight",
            "forward_not_matching_preflights",
            "options_passthrough",
            "preflight_continue",
        ],
    ),
    (
        Meaning::Other(AUTOMATIC),
        &[
            "add_vary_header",
            "allow_non_simple_content_types",
            "allow_same_origin",
            "always_send",
            "automatic_options",
            "cache_control",
            "disable_vary_header",
            "forced_allow_origin_value",
            "hide_options_route",
            "hook",
            "intercept_exceptions",
            "keep_headers_on_error",
            "preflight",
            "secure_context",
            "send_wildcard",
            "single_header",
            "skip_same_as_origin",
            "strict_preflight",
            "vary",
            "vary_header",
        ],
    ),
    (Meaning::Other(HEADERS), &["add_header", "custom_response_headers", "more_set_headers"]),
    (
        Meaning::Other(GLOBAL),
        &[
            "options_success_status",
            "preflight_status",
            "sets",
            "paths",
            "limits",
            "profile",
            "profiles",
            "report_only",
            "allow_warnings",
        ],
    ),
];

/// Names of a switch for the whole application.
const SWITCHES: &[&str] =
    &["active", "disable", "disabled", "enable", "enabled", "filter_enabled", "is_enabled"];
