//! The one list of settings: their names, kinds and foreign names.
//!
//! A setting is spelled the same as a builder method, a TOML key and an
//! attribute key. Whatever needs the list (parsers, reports, tests) iterates
//! [`Setting::ALL`], so that a new setting is added here and nowhere else.

use core::fmt;

/// One setting of a CORS policy.
///
/// ```
/// use cors_core::Setting;
///
/// assert_eq!(Setting::from_name("max_age"), Some(Setting::MaxAge));
/// assert_eq!(Setting::MaxAge.env_var(), "CORS_MAX_AGE");
/// assert_eq!(Setting::suggest("allowed_origins"), Some("origins"));
/// assert_eq!(Setting::suggest("orgins"), Some("origins"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// Who may read responses: `any`, or a list of origin patterns.
    Origins,
    /// Which methods a preflight grants: `any`, or a list.
    Methods,
    /// Which request headers a preflight grants: `any`, `any_with_authorization`, or a list.
    Headers,
    /// Which response headers scripts may read: `any`, or a list.
    Expose,
    /// Whether responses to requests with cookies may be read.
    Credentials,
    /// How long a browser may remember a preflight.
    MaxAge,
    /// Whether public sites may reach this server in a private network.
    PrivateNetwork,
    /// Whether a disallowed cross-origin request is refused before the handler runs.
    Enforce,
    /// Allows credentials for origins that the network can tamper with.
    DangerAllowInsecureOrigins,
    /// Allows credentials for every subdomain of a public suffix.
    DangerAllowPublicSuffixes,
    /// Lets the forgeable origin `null` match.
    DangerAllowNullOrigin,
}

/// What kind of value a [`Setting`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingKind {
    /// A keyword or a list, with the operators `=`, `+=` and `-=`.
    List,
    /// `true` or `false`.
    Flag,
    /// Seconds, or text with a unit.
    Duration,
}

impl Setting {
    /// Every setting, in the order of the reference.
    pub const ALL: [Self; 11] = [
        Self::Origins,
        Self::Methods,
        Self::Headers,
        Self::Expose,
        Self::Credentials,
        Self::MaxAge,
        Self::PrivateNetwork,
        Self::Enforce,
        Self::DangerAllowInsecureOrigins,
        Self::DangerAllowPublicSuffixes,
        Self::DangerAllowNullOrigin,
    ];

    /// The one spelling, as in `cors.toml`, `#[cors(...)]` and the builder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Origins => "origins",
            Self::Methods => "methods",
            Self::Headers => "headers",
            Self::Expose => "expose",
            Self::Credentials => "credentials",
            Self::MaxAge => "max_age",
            Self::PrivateNetwork => "private_network",
            Self::Enforce => "enforce",
            Self::DangerAllowInsecureOrigins => "danger_allow_insecure_origins",
            Self::DangerAllowPublicSuffixes => "danger_allow_public_suffixes",
            Self::DangerAllowNullOrigin => "danger_allow_null_origin",
        }
    }

    /// The kind of value that this setting takes.
    #[must_use]
    pub const fn kind(self) -> SettingKind {
        match self {
            Self::Origins | Self::Methods | Self::Headers | Self::Expose => SettingKind::List,
            Self::MaxAge => SettingKind::Duration,
            Self::Credentials
            | Self::PrivateNetwork
            | Self::Enforce
            | Self::DangerAllowInsecureOrigins
            | Self::DangerAllowPublicSuffixes
            | Self::DangerAllowNullOrigin => SettingKind::Flag,
        }
    }

    /// The setting with exactly this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }

    /// The environment variable that overlays this setting.
    #[must_use]
    pub fn env_var(self) -> String {
        format!("CORS_{}", self.name().to_ascii_uppercase())
    }

    /// The name that someone who wrote `unknown` most likely meant.
    ///
    /// Knows the names that other libraries give to the same thing, and typing
    /// mistakes.
    #[must_use]
    pub fn suggest(unknown: &str) -> Option<&'static str> {
        let normal = normalise(unknown);
        let foreign = Self::ALL.into_iter().find(|s| s.foreign_names().contains(&normal.as_str()));
        foreign.map(Self::name).or_else(|| nearest(&normal, Self::ALL.into_iter().map(Self::name)))
    }

    /// What other libraries call this setting, in snake case: actix-cors,
    /// tower-http, Spring, Express, Django, Flask and the header names.
    const fn foreign_names(self) -> &'static [&'static str] {
        match self {
            Self::Origins => &[
                "origin",
                "allow_origin",
                "allow_origins",
                "allowed_origin",
                "allowed_origins",
                "origin_patterns",
                "allowed_origin_patterns",
                "cors_allowed_origins",
                "cors_allow_all_origins",
                "cors_origins",
                "allow_any_origin",
                "access_control_allow_origin",
            ],
            Self::Methods => &[
                "method",
                "allow_methods",
                "allowed_methods",
                "allow_any_method",
                "cors_allow_methods",
                "cors_methods",
                "access_control_allow_methods",
            ],
            Self::Headers => &[
                "header",
                "allow_headers",
                "allowed_header",
                "allowed_headers",
                "allow_any_header",
                "cors_allow_headers",
                "cors_headers",
                "request_headers",
                "access_control_allow_headers",
            ],
            Self::Expose => &[
                "exposed_headers",
                "expose_headers",
                "expose_any_header",
                "cors_expose_headers",
                "response_headers",
                "access_control_expose_headers",
            ],
            Self::Credentials => &[
                "allow_credentials",
                "supports_credentials",
                "credentialed",
                "cors_allow_credentials",
                "cors_supports_credentials",
                "with_credentials",
                "access_control_allow_credentials",
            ],
            Self::MaxAge => &[
                "maxage",
                "max_age_in_seconds",
                "cors_max_age",
                "cors_preflight_max_age",
                "preflight_max_age",
                "access_control_max_age",
            ],
            Self::PrivateNetwork => &[
                "allow_private_network",
                "allow_private_network_access",
                "cors_allow_private_network",
                "access_control_allow_private_network",
            ],
            Self::Enforce => &["block_on_origin_mismatch", "block", "reject", "strict"],
            Self::DangerAllowInsecureOrigins => {
                &["allow_insecure_origins", "dangerously_tolerate_insecure_origins"]
            }
            Self::DangerAllowPublicSuffixes => {
                &["allow_public_suffixes", "dangerously_tolerate_subdomains_of_public_suffixes"]
            }
            Self::DangerAllowNullOrigin => &["allow_null", "allow_null_origin", "null_origin"],
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The candidate that `unknown` is most likely a misspelling of.
///
/// ```
/// let known = ["partners", "internal"];
/// assert_eq!(cors_core::nearest("parnters", known), Some("partners"));
/// assert_eq!(cors_core::nearest("x", known), None);
/// ```
pub fn nearest<'c>(unknown: &str, known: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(unknown, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `allowedOrigins`, `Allowed-Origins` and `ALLOWED_ORIGINS` as `allowed_origins`.
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
