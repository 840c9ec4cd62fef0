//! The stable identifiers of the problems that configuration can have.

use core::fmt;

use super::Severity;

/// The stable identifier of a kind of problem, such as `cors::trailing-slash`.
///
/// The same mistake has the same code in a compiler error, in a report about
/// `cors.toml` and in a startup report. [The reference] shows an example of each, with
/// its message and what to write instead.
///
/// [The reference]: https://docs.rs/crate/cors-actix-macros/latest/source/docs/diagnostics.md
///
/// ```
/// use cors_core::Code;
///
/// assert_eq!(Code::EMPTY_LIST.as_str(), "cors::empty-list");
/// assert!(Code::ALL.contains(&Code::EMPTY_LIST));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str, Severity);

impl Code {
    /// The identifier as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether the server starts despite a problem with this code. For a configuration
    /// that is read leniently, see also [`Code::when_lenient`].
    ///
    /// Warnings can be disabled with
    /// [`Config::allow_warning`](crate::Config::allow_warning).
    ///
    /// ```
    /// use cors_core::{Code, Severity};
    ///
    /// assert_eq!(Code::SHARED_PREFLIGHT_CACHE.severity(), Severity::Warning);
    /// assert_eq!(Code::TRAILING_SLASH.severity(), Severity::Error);
    /// ```
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.1
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! codes {
    (@severity) => { Severity::Error };
    (@severity warning) => { Severity::Warning };
    ($(#[doc = $meaning:literal] $name:ident = $text:literal $($severity:ident)?;)*) => {
        impl Code {
            $(#[doc = $meaning]
            pub const $name: Self =
                Self(concat!("cors::", $text), codes!(@severity $($severity)?));)*

            /// Every code, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The meaning of the code, in one line.
            ///
            /// ```
            /// use cors_core::Code;
            ///
            /// assert_eq!(Code::TRAILING_SLASH.meaning(), "An origin that ends with a slash.");
            /// ```
            #[must_use]
            pub fn meaning(self) -> &'static str {
                let meanings = [$($meaning),*];
                let index = Self::ALL.iter().position(|known| *known == self);
                index.and_then(|index| meanings.get(index)).map_or("", |meaning| meaning.trim())
            }
        }
    };
}

codes! {
    // Problems of syntax and structure.
    /// Input that does not follow the grammar of the attribute or the file.
    SYNTAX = "syntax";
    /// A key that is not a setting.
    UNKNOWN_KEY = "unknown-key";
    /// An environment variable whose name begins with `CORS_`, and that is not read.
    UNKNOWN_VARIABLE = "unknown-variable" warning;
    /// A configuration from environment variables, none of which is set.
    NO_VARIABLES = "no-variables";
    /// A file that `CORS_CONFIG` names but the application does not read.
    UNUSED_FILE = "unused-file";
    /// A value of the wrong type.
    WRONG_TYPE = "wrong-type";
    /// `null` as the value of a key, in settings that are not TOML.
    NULL_VALUE = "null-value";
    /// A profile that does not exist.
    UNKNOWN_PROFILE = "unknown-profile";
    /// A keyword that a key does not accept.
    UNKNOWN_VALUE = "unknown-value";
    /// A code in `allow_warnings` that does not exist.
    UNKNOWN_CODE = "unknown-code";
    /// The code of an error in `allow_warnings`.
    NOT_A_WARNING = "not-a-warning";
    /// The same setting twice.
    DUPLICATE_SETTING = "duplicate-setting";
    /// `off` or `passthrough` together with anything else.
    OFF_WITH_OTHERS = "off-with-others";
    /// `replace` together with `policy`.
    REPLACE_WITH_POLICY = "replace-with-policy";
    /// The attribute on something that is neither a handler nor a module of handlers.
    WRONG_ITEM = "wrong-item";
    /// The attribute without a route attribute that it applies to.
    NO_ROUTE_ATTRIBUTE = "no-route-attribute";
    /// Two `#[cors]` attributes on one item.
    SECOND_ATTRIBUTE = "second-attribute";
    /// A file that cannot be read.
    UNREADABLE_FILE = "unreadable-file";
    /// A file that is larger than 16 MiB.
    FILE_TOO_LARGE = "file-too-large";
    /// A file that is not text.
    NOT_UTF_8 = "not-utf-8";
    /// A file that is not TOML.
    INVALID_TOML = "invalid-toml";

    // Problems of a single setting.
    /// An empty list in a setting that needs at least one element.
    EMPTY_LIST = "empty-list";
    /// `any` with an operator other than `=`.
    ANY_WITH_OPERATOR = "any-with-operator";
    /// A keyword or element kind that this setting does not accept.
    MISPLACED_KEYWORD = "misplaced-keyword";
    /// The same element twice in one list.
    DUPLICATE_ELEMENT = "duplicate-element" warning;
    /// An empty string as an origin.
    EMPTY_ORIGIN = "empty-origin";
    /// `"*"` in quotes.
    QUOTED_WILDCARD = "quoted-wildcard";
    /// The origin `null`.
    NULL_ORIGIN = "null-origin";
    /// An origin without a scheme.
    MISSING_SCHEME = "missing-scheme";
    /// Several origins in one string.
    SEVERAL_ORIGINS = "several-origins";
    /// An origin that ends with a slash.
    TRAILING_SLASH = "trailing-slash";
    /// An origin with a path.
    PATH = "path";
    /// An origin with a query or fragment.
    QUERY = "query";
    /// An origin with a user name or password.
    USERINFO = "userinfo";
    /// An origin with upper-case letters.
    UPPER_CASE = "upper-case";
    /// An origin that includes its scheme's default port.
    DEFAULT_PORT = "default-port";
    /// An origin with an invalid port.
    BAD_PORT = "bad-port";
    /// An origin that contains non-ASCII characters.
    NON_ASCII = "non-ascii";
    /// A `*` in a position where wildcards are not supported.
    MISPLACED_WILDCARD = "misplaced-wildcard";
    /// Subdomains of an IP address.
    WILDCARD_IP = "wildcard-ip";
    /// An IP address in a form that browsers do not send.
    BAD_IP = "bad-ip";
    /// The scheme `file`, whose origin is `null`.
    FILE_SCHEME = "file-scheme";
    /// An invalid scheme, or one that browsers never send in an origin.
    BAD_SCHEME = "bad-scheme";
    /// An invalid host.
    BAD_HOST = "bad-host";
    /// White space in an origin.
    WHITESPACE = "whitespace";
    /// A regular expression that does not compile.
    BAD_REGEX = "bad-regex";
    /// A regular expression that matches no origin that a browser sends.
    NEVER_MATCHES = "never-matches";
    /// A regular expression with superfluous anchors.
    SELF_ANCHORED = "self-anchored" warning;
    /// A dot in a regular expression that probably means a literal dot.
    UNESCAPED_DOT = "unescaped-dot" warning;
    /// A method that is not a token.
    BAD_METHOD = "bad-method";
    /// A method in the wrong case.
    METHOD_CASE = "method-case";
    /// A method that browsers refuse to send.
    FORBIDDEN_METHOD = "forbidden-method";
    /// `OPTIONS` in the list of methods.
    OPTIONS_METHOD = "options-method" warning;
    /// A method that the route does not serve.
    METHOD_NOT_SERVED = "method-not-served";
    /// A header name that is not a token.
    BAD_HEADER = "bad-header";
    /// A header that browsers never let a page send.
    FORBIDDEN_HEADER = "forbidden-header";
    /// A response header listed as a request header, or the reverse.
    HEADER_DIRECTION = "header-direction";
    /// A header that can never be exposed.
    FORBIDDEN_EXPOSE = "forbidden-expose";
    /// A `*` inside the name of a method or a header, where it is not a wildcard.
    WILDCARD_IN_NAME = "wildcard-in-name" warning;
    /// A header name that resembles a well-known one.
    MISSPELT_HEADER = "misspelt-header" warning;
    /// A method that resembles a well-known one.
    MISSPELT_METHOD = "misspelt-method" warning;
    /// An invalid duration.
    BAD_MAX_AGE = "bad-max-age";
    /// A duration in quotes without a unit.
    MAX_AGE_UNIT = "max-age-unit";
    /// A duration that is longer than any browser caches a preflight.
    MAX_AGE_TOO_LONG = "max-age-too-long";
    /// A preflight status that is not a success.
    BAD_PREFLIGHT_STATUS = "bad-preflight-status";
    /// An invalid pattern in `[[cors.paths]]`.
    BAD_PATH_PATTERN = "bad-path-pattern";
    /// A `host` that is an origin or a URL.
    HOST_WITH_SCHEME = "host-with-scheme";
    /// A `host` with a path.
    HOST_WITH_PATH = "host-with-path";
    /// A `host` with upper-case letters.
    HOST_UPPER_CASE = "host-upper-case";
    /// A `host` that is not in ASCII.
    HOST_NON_ASCII = "host-non-ascii";
    /// A `*` in `host` that is not the whole first label.
    HOST_WILDCARD = "host-wildcard";
    /// An invalid `host` condition.
    BAD_HOST_CONDITION = "bad-host-condition";
    /// A `host` condition in a place that does not support one.
    MISPLACED_HOST = "misplaced-host";
    /// A path or a host of the inspector that is invalid.
    BAD_INSPECTOR = "bad-inspector";
    /// `passthrough` where no path is selected.
    MISPLACED_PASSTHROUGH = "misplaced-passthrough";

    // Problems that only merging can find.
    /// A policy name that is not defined.
    UNKNOWN_POLICY = "unknown-policy";
    /// An origin set that is not defined.
    UNKNOWN_SET = "unknown-set";
    /// A live set that is not defined, in a change of its content.
    UNKNOWN_LIVE_SET = "unknown-live-set";
    /// A change that is for a set with keys, and the set has none, or the other way round.
    WRONG_KIND_OF_SET = "wrong-kind-of-set";
    /// A key that cannot be a segment of a path.
    BAD_SET_KEY = "bad-set-key";
    /// A keyed set without the parameter that is its key.
    MISSING_SET_KEY = "missing-set-key";
    /// A key for a set that has no keys.
    UNEXPECTED_SET_KEY = "unexpected-set-key";
    /// A key that names no parameter of the path.
    UNKNOWN_PARAMETER = "unknown-parameter";
    /// An origin set that contains another one.
    NESTED_SET = "nested-set";
    /// A named policy that is based on another one.
    NESTED_POLICY = "nested-policy";
    /// `-=` without an inherited list.
    NOTHING_TO_REMOVE = "nothing-to-remove";
    /// `+=` on `any`.
    ADD_TO_ANY = "add-to-any";
    /// `-=` on `any`.
    REMOVE_FROM_ANY = "remove-from-any";
    /// `-=` with an element that is not in the inherited list.
    NOT_PRESENT = "not-present" warning;
    /// `-=` with an element that an inherited pattern covers.
    COVERED_BY_PATTERN = "covered-by-pattern";
    /// `-=` that leaves the list empty.
    NOTHING_LEFT = "nothing-left";
    /// Rules that inherit from `off` or `passthrough`.
    PARENT_IS_OFF = "parent-is-off";
    /// A route whose policy allows none of its methods.
    NO_METHOD_LEFT = "no-method-left" warning;
    /// A list that omits a method that CORS cannot block.
    SAFELISTED_METHOD_OMITTED = "safelisted-method-omitted" warning;
    /// A regular expression that is not limited to named hosts.
    BROAD_REGEX = "broad-regex" warning;
    /// Origins that are not limited to named hosts, with credentials.
    WILDCARD_WITH_CREDENTIALS = "wildcard-with-credentials";
    /// The `null` origin with credentials.
    NULL_WITH_CREDENTIALS = "null-with-credentials";
    /// Origins whose traffic can be modified on the network, with credentials.
    INSECURE_WITH_CREDENTIALS = "insecure-with-credentials";
    /// Subdomains of a public suffix, with credentials.
    PUBLIC_SUFFIX_WITH_CREDENTIALS = "public-suffix-with-credentials";
    /// A dot that probably means a literal dot, with credentials or `private_network`.
    UNESCAPED_DOT_WITH_CREDENTIALS = "unescaped-dot-with-credentials";
    /// An origin in `credentials` that `origins` do not cover.
    CREDENTIALS_NOT_COVERED = "credentials-not-covered";
    /// `private_network` for origins that are not limited to named hosts.
    PRIVATE_NETWORK_WITH_ANY = "private-network-with-any";
    /// Origins added under inherited credentials.
    INHERITED_CREDENTIALS = "inherited-credentials";
    /// Two path groups that match equally well.
    AMBIGUOUS_GROUPS = "ambiguous-groups";
    /// A module and a handler whose `host` conditions no request satisfies together.
    DISJOINT_HOSTS = "disjoint-hosts";
    /// Loopback origins with any port, in a profile that is not local.
    LOOPBACK_IN_PRODUCTION = "loopback-in-production";
    /// `loopback = true` where the configuration allows no origin.
    LOOPBACK_WITHOUT_ORIGINS = "loopback-without-origins" warning;
    /// A setting that exceeds `[cors.limits]`.
    OVER_LIMIT = "over-limit";
    /// A route or group that widens a setting that it may only narrow.
    WIDENING_OVERRIDE = "widening-override";
    /// A route or group that overrides a setting that it may not override.
    FORBIDDEN_OVERRIDE = "forbidden-override";

    // Problems that only the running application can find.
    /// One pattern and method registered twice, with different policies.
    CONFLICTING_ROUTES = "conflicting-routes";
    /// Two methods of one path whose preflights browsers cache as one.
    SHARED_PREFLIGHT_CACHE = "shared-preflight-cache" warning;
    /// Two routes of one pattern and method that allow no origin in common.
    NO_COMMON_ORIGIN = "no-common-origin" warning;
    /// Settings that have no effect, because the application allows no origin.
    SETTINGS_WITHOUT_ORIGINS = "settings-without-origins" warning;
    /// Two CORS middlewares on one application.
    WRAPPED_TWICE = "wrapped-twice";
    /// Annotated handlers in an application without the middleware.
    MIDDLEWARE_MISSING = "middleware-missing";
    /// The feed of a live set that could not be loaded when it was set up.
    FEED_FAILED = "feed-failed";
    /// A reload of a policy that is configured in code.
    NOTHING_TO_RELOAD = "nothing-to-reload";
    /// Watching a policy that was not read from a file.
    NOTHING_TO_WATCH = "nothing-to-watch";
}
