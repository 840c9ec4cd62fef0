//! The stable identifiers of the rules that a policy can break.

use core::fmt;

use super::Severity;

/// The stable identifier of a rule, such as `cors::trailing-slash`.
///
/// The same mistake has the same code in a compiler error, in a report about
/// `cors.toml` and in a startup report. [The reference] shows an example of each,
/// what is said about it, and what to write instead.
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

    /// Whether the server starts with what this code stands for.
    ///
    /// A warning can be silenced by [`Config::allow_warning`](crate::Config::allow_warning).
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

            /// What the code stands for, in one line.
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
    // How the rules are written.
    /// Not in the grammar of the attribute or the file.
    SYNTAX = "syntax";
    /// A key that is not a setting.
    UNKNOWN_KEY = "unknown-key";
    /// A variable whose name is nearly one that is read.
    UNKNOWN_VARIABLE = "unknown-variable" warning;
    /// A configuration from environment variables where none is set.
    NO_VARIABLES = "no-variables";
    /// A file that `CORS_CONFIG` names, and that the application does not read.
    UNUSED_FILE = "unused-file";
    /// A value of the wrong type.
    WRONG_TYPE = "wrong-type";
    /// A profile that does not exist.
    UNKNOWN_PROFILE = "unknown-profile";
    /// A word that is none of those that a key knows.
    UNKNOWN_VALUE = "unknown-value";
    /// A code in `allow_warnings` that does not exist.
    UNKNOWN_CODE = "unknown-code";
    /// The code of an error in `allow_warnings`.
    NOT_A_WARNING = "not-a-warning";
    /// The same setting twice.
    DUPLICATE_SETTING = "duplicate-setting";
    /// `off` together with anything else.
    OFF_WITH_OTHERS = "off-with-others";
    /// `replace` together with `policy`.
    REPLACE_WITH_POLICY = "replace-with-policy";
    /// The attribute on something that is neither a handler nor a module of handlers.
    WRONG_ITEM = "wrong-item";
    /// The attribute without a route attribute that it could be about.
    NO_ROUTE_ATTRIBUTE = "no-route-attribute";
    /// Two `#[cors]` attributes on one item.
    SECOND_ATTRIBUTE = "second-attribute";
    /// A file that cannot be read.
    UNREADABLE_FILE = "unreadable-file";
    /// A file that is larger than any `cors.toml`.
    FILE_TOO_LARGE = "file-too-large";
    /// A file that is not text.
    NOT_UTF_8 = "not-utf-8";
    /// A file that is not TOML.
    INVALID_TOML = "invalid-toml";

    // One setting by itself.
    /// An empty list where it would allow nobody.
    EMPTY_LIST = "empty-list";
    /// `any` with an operator that makes no sense.
    ANY_WITH_OPERATOR = "any-with-operator";
    /// A keyword or element kind that this setting does not know.
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
    /// An origin that spells its scheme's default port.
    DEFAULT_PORT = "default-port";
    /// An origin with an impossible port.
    BAD_PORT = "bad-port";
    /// An origin that is not in ASCII.
    NON_ASCII = "non-ascii";
    /// A `*` where none can be.
    MISPLACED_WILDCARD = "misplaced-wildcard";
    /// Subdomains of an IP address.
    WILDCARD_IP = "wildcard-ip";
    /// An IP address that no browser would serialise so.
    BAD_IP = "bad-ip";
    /// The scheme `file`, whose origin is `null`.
    FILE_SCHEME = "file-scheme";
    /// A scheme that is none, or with which no browser sends an origin.
    BAD_SCHEME = "bad-scheme";
    /// A host that is none.
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
    /// `OPTIONS` listed as a method.
    OPTIONS_METHOD = "options-method";
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
    /// A `*` inside the name of a method or a header, where it is no wildcard.
    WILDCARD_IN_NAME = "wildcard-in-name" warning;
    /// A duration that cannot be read.
    BAD_MAX_AGE = "bad-max-age";
    /// A duration in quotes without a unit.
    MAX_AGE_UNIT = "max-age-unit";
    /// A duration that browsers cut short.
    MAX_AGE_TOO_LONG = "max-age-too-long";
    /// A preflight status that is not a success.
    BAD_PREFLIGHT_STATUS = "bad-preflight-status";
    /// A pattern of `[[cors.paths]]` that is none.
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
    /// A `host` that no request can name.
    BAD_HOST_CONDITION = "bad-host-condition";
    /// A `host` where there is nothing that it could be a condition of.
    MISPLACED_HOST = "misplaced-host";

    // What only merging can tell.
    /// A policy name that is not defined.
    UNKNOWN_POLICY = "unknown-policy";
    /// An origin set that is not defined.
    UNKNOWN_SET = "unknown-set";
    /// An origin set that contains another one.
    NESTED_SET = "nested-set";
    /// A named policy that starts from another one.
    NESTED_POLICY = "nested-policy";
    /// `-=` with nothing inherited.
    NOTHING_TO_REMOVE = "nothing-to-remove";
    /// `+=` on `any`.
    ADD_TO_ANY = "add-to-any";
    /// `-=` on `any`.
    REMOVE_FROM_ANY = "remove-from-any";
    /// `-=` of an element that is not there.
    NOT_PRESENT = "not-present" warning;
    /// `-=` of an element that a pattern covers.
    COVERED_BY_PATTERN = "covered-by-pattern";
    /// `-=` that leaves nobody.
    NOTHING_LEFT = "nothing-left";
    /// Rules that inherit from `off`.
    PARENT_IS_OFF = "parent-is-off";
    /// A route without a single method that its policy grants.
    NO_METHOD_LEFT = "no-method-left" warning;
    /// A list that omits a method which cannot be blocked.
    SAFELISTED_METHOD_OMITTED = "safelisted-method-omitted" warning;
    /// A regular expression that is not limited to named hosts.
    BROAD_REGEX = "broad-regex" warning;
    /// Origins that are not limited to named hosts, with credentials.
    WILDCARD_WITH_CREDENTIALS = "wildcard-with-credentials";
    /// The `null` origin with credentials.
    NULL_WITH_CREDENTIALS = "null-with-credentials";
    /// Origins that the network can tamper with, with credentials.
    INSECURE_WITH_CREDENTIALS = "insecure-with-credentials";
    /// Subdomains of a public suffix, with credentials.
    PUBLIC_SUFFIX_WITH_CREDENTIALS = "public-suffix-with-credentials";
    /// A dot that probably means a literal dot, with credentials or a private network.
    UNESCAPED_DOT_WITH_CREDENTIALS = "unescaped-dot-with-credentials";
    /// `expose = any` with credentials.
    EXPOSE_ANY_WITH_CREDENTIALS = "expose-any-with-credentials";
    /// `private_network` for websites that are not named.
    PRIVATE_NETWORK_WITH_ANY = "private-network-with-any";
    /// Origins added while credentials are only inherited.
    INHERITED_CREDENTIALS = "inherited-credentials";
    /// Two path groups that match equally well.
    AMBIGUOUS_GROUPS = "ambiguous-groups";
    /// A module and a handler whose `host` no request can meet together.
    DISJOINT_HOSTS = "disjoint-hosts";
    /// Any origin of the user's own machine, in production.
    LOOPBACK_IN_PRODUCTION = "loopback-in-production";
    /// Something that goes beyond `[cors.limits]`.
    OVER_LIMIT = "over-limit";
    /// A route or group that adds something where it may only take away.
    WIDENING_OVERRIDE = "widening-override";
    /// A route or group that says something where it may not.
    FORBIDDEN_OVERRIDE = "forbidden-override";

    // What only the running application can tell.
    /// One pattern and method registered twice, with different policies.
    CONFLICTING_ROUTES = "conflicting-routes";
    /// Two methods of one path that browsers will remember as one.
    SHARED_PREFLIGHT_CACHE = "shared-preflight-cache" warning;
    /// Two middlewares on one application.
    WRAPPED_TWICE = "wrapped-twice";
    /// Annotated handlers in an application without the middleware.
    MIDDLEWARE_MISSING = "middleware-missing";
    /// A reload of a policy that was said in code.
    NOTHING_TO_RELOAD = "nothing-to-reload";
    /// Watching a policy that was not read from a file.
    NOTHING_TO_WATCH = "nothing-to-watch";
}
