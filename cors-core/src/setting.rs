//! The table of settings: their names and kinds.
//!
//! A setting has the same name as builder method, TOML key and attribute key. Code that
//! needs the list (parsers, reports, tests) iterates over [`Setting::ALL`], so a new
//! setting is added here only.

use core::fmt;

/// One setting of a CORS policy.
///
/// ```
/// use cors_core::Setting;
///
/// assert_eq!(Setting::from_name("max_age"), Some(Setting::MaxAge));
/// assert_eq!(Setting::MaxAge.env_var(), "CORS_MAX_AGE");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// The origins that may read responses: `any`, or a list of origin patterns.
    Origins,
    /// The methods that a preflight allows: `any`, or a list.
    Methods,
    /// The request headers that a preflight allows: `any`, `any_with_authorization`, or
    /// a list.
    Headers,
    /// The response headers that scripts may read: `any`, or a list.
    Expose,
    /// Whether responses to requests with cookies may be read: by all allowed origins, by
    /// none, or by those of a list.
    Credentials,
    /// The time for which browsers may cache a preflight response.
    MaxAge,
    /// Whether public sites may send requests to this server in a private network.
    PrivateNetwork,
    /// Whether a disallowed cross-origin request is refused before the handler runs.
    Enforce,
    /// Allows credentials for origins whose traffic can be modified on the network.
    DangerAllowInsecureOrigins,
    /// Allows credentials for every subdomain of a public suffix.
    DangerAllowPublicSuffixes,
    /// Allows the origin `null`, which any sandboxed page can send.
    DangerAllowNullOrigin,
}

/// The kind of value that a [`Setting`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingKind {
    /// A keyword or a list, with the operators `=`, `+=` and `-=`.
    List,
    /// `true` or `false`.
    Flag,
    /// `true` or `false`, or a list of origins with the operators of a list.
    FlagOrOrigins,
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

    /// The name of the setting, as in `cors.toml`, `#[cors(...)]` and the builder.
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
            Self::Credentials => SettingKind::FlagOrOrigins,
            Self::PrivateNetwork
            | Self::Enforce
            | Self::DangerAllowInsecureOrigins
            | Self::DangerAllowPublicSuffixes
            | Self::DangerAllowNullOrigin => SettingKind::Flag,
        }
    }

    /// The setting with exactly this name, or `None`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }

    /// The environment variable that overrides this setting.
    #[must_use]
    pub fn env_var(self) -> String {
        format!("CORS_{}", self.name().to_ascii_uppercase())
    }

    /// The message for a value of the wrong type.
    #[must_use]
    pub fn wrong_type(self) -> String {
        match self.kind() {
            SettingKind::List => format!("`{self}` takes a list"),
            SettingKind::Flag => format!("`{self}` is either `true` or `false`"),
            SettingKind::FlagOrOrigins => {
                format!("`{self}` is `true`, `false` or a list of origins")
            }
            SettingKind::Duration => format!("`{self}` takes a duration"),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The operator that combines a list with the inherited list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `=` replaces the inherited list.
    Set,
    /// `+=` adds to the inherited list.
    Add,
    /// `-=` removes from the inherited list.
    Remove,
}

impl Op {
    /// The operator as it is written in an attribute.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Set => "=",
            Self::Add => "+=",
            Self::Remove => "-=",
        }
    }
}
