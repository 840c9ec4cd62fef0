//! The effective settings of a policy, with the rules that set them.
//!
//! This is for reviewing a policy. Requests do not use it, and two policies that decide
//! alike are equal regardless of their sources.

use std::fmt;

use super::{Expose, Headers, Methods, Origins, Policy};
use crate::problem::Source;
use crate::setting::Setting;

/// The effective value of one setting, with its sources.
///
/// Displays as in `cors.toml`, without brackets and quotes.
///
/// ```
/// use cors_core::{Config, Op, Rules, Setting, Source};
///
/// let here = Source::file("cors.toml", 2, 1);
/// let rules = Rules::new(Source::file("cors.toml", 1, 1))
///     .list(Setting::Origins, Op::Set, ["https://app.example", "https://*.app.example"], here.clone());
/// let resolver = Config::new(rules).resolve()?;
///
/// let origins = resolver.global().effective(Setting::Origins);
/// assert_eq!(origins.value().to_string(), "https://*.app.example, https://app.example");
/// assert_eq!(origins.sources(), [here]);
/// let max_age = resolver.global().effective(Setting::MaxAge);
/// assert_eq!(max_age.value().to_string(), "none");
/// assert_eq!(max_age.sources(), []);
/// # Ok::<(), cors_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective<'p> {
    setting: Setting,
    value: EffectiveValue,
    sources: &'p [Source],
}

/// The value of a setting after merging.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EffectiveValue {
    /// CORS is off.
    Off,
    /// `passthrough`: requests and responses are left alone.
    Passthrough,
    /// `any`.
    Any,
    /// `any_with_authorization`.
    AnyWithAuthorization,
    /// A list, sorted except for methods; empty if nothing is allowed. Live sets are at the
    /// end, as `live set partners` and `live set tenants by {tenant}`.
    List(Vec<String>),
    /// A flag.
    Flag(bool),
    /// A duration.
    Seconds(u32),
    /// No duration: the header is not sent.
    Absent,
}

impl Effective<'_> {
    /// The setting.
    #[must_use]
    pub const fn setting(&self) -> Setting {
        self.setting
    }

    /// The effective value.
    #[must_use]
    pub const fn value(&self) -> &EffectiveValue {
        &self.value
    }

    /// The places where the value is set, the lowest layer first; empty for a default.
    /// A list that is extended or narrowed has several.
    #[must_use]
    pub const fn sources(&self) -> &[Source] {
        self.sources
    }
}

impl Policy {
    /// The effective value of one setting, with its sources.
    #[must_use]
    pub fn effective(&self, setting: Setting) -> Effective<'_> {
        Effective { setting, value: self.value_of(setting), sources: self.sources(setting) }
    }

    /// The places where a setting is set, as in [`Effective::sources`].
    #[must_use]
    pub const fn sources(&self, setting: Setting) -> &[Source] {
        self.provenance.of(setting)
    }

    /// Whether a setting is `any`.
    pub(crate) fn effective_is_any(&self, setting: Setting) -> bool {
        self.value_of(setting) == EffectiveValue::Any
    }

    fn value_of(&self, setting: Setting) -> EffectiveValue {
        match setting {
            Setting::Origins => match &self.origins {
                Origins::Off => EffectiveValue::Off,
                Origins::Passthrough => EffectiveValue::Passthrough,
                Origins::Any => EffectiveValue::Any,
                Origins::Trusting { allowed: None, .. } => EffectiveValue::Any,
                Origins::Only(set) | Origins::Trusting { allowed: Some(set), .. } => {
                    EffectiveValue::List(set.elements())
                }
                Origins::Live(live) => match &live.allowed {
                    None => EffectiveValue::Any,
                    Some(set) => EffectiveValue::List(live.elements(Some(set), false)),
                },
            },
            Setting::Methods => match &self.methods {
                Methods::Any => EffectiveValue::Any,
                Methods::Only { methods, .. } => list(methods.iter()),
            },
            Setting::Headers => match &self.headers {
                Headers::Any { authorization: false } => EffectiveValue::Any,
                Headers::Any { authorization: true } => EffectiveValue::AnyWithAuthorization,
                Headers::Only { names, .. } => list(names.iter()),
            },
            Setting::Expose => match &self.expose {
                Expose::Any => EffectiveValue::Any,
                Expose::Only(names) => list(names.split(", ")),
                Expose::Nothing => EffectiveValue::List(Vec::new()),
            },
            Setting::MaxAge => match self.max_age.as_deref().and_then(|age| age.parse().ok()) {
                Some(seconds) => EffectiveValue::Seconds(seconds),
                None => EffectiveValue::Absent,
            },
            Setting::Credentials => match (self.live(), self.trusted()) {
                (Some(live), Some(set)) => EffectiveValue::List(live.elements(Some(set), true)),
                (None, Some(set)) => EffectiveValue::List(set.elements()),
                (_, None) => EffectiveValue::Flag(self.credentials),
            },
            Setting::PrivateNetwork => EffectiveValue::Flag(self.private_network),
            Setting::Enforce => EffectiveValue::Flag(self.enforce),
            Setting::DangerAllowInsecureOrigins
            | Setting::DangerAllowPublicSuffixes
            | Setting::DangerAllowNullOrigin => {
                EffectiveValue::Flag(self.provenance.dangers.contains(&setting))
            }
        }
    }
}

impl EffectiveValue {
    /// The value with at most `most` elements of a list, and how many more there are.
    ///
    /// ```
    /// use cors_core::EffectiveValue;
    ///
    /// let list = EffectiveValue::List(["a", "b", "c"].map(str::to_owned).to_vec());
    /// assert_eq!(list.shortened(2), "a, b and 1 more");
    /// assert_eq!(list.shortened(3), "a, b, c");
    /// ```
    #[must_use]
    pub fn shortened(&self, most: usize) -> String {
        match self {
            Self::List(elements) if elements.len() > most => {
                format!("{} and {} more", elements[..most].join(", "), elements.len() - most)
            }
            value => value.to_string(),
        }
    }
}

fn list<T: ToString>(elements: impl Iterator<Item = T>) -> EffectiveValue {
    EffectiveValue::List(elements.map(|element| element.to_string()).collect())
}

impl fmt::Display for EffectiveValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.pad("off"),
            Self::Passthrough => f.pad("passthrough"),
            Self::Any => f.pad("any"),
            Self::AnyWithAuthorization => f.pad("any_with_authorization"),
            Self::List(elements) if elements.is_empty() => f.pad("none"),
            Self::List(elements) => f.pad(&elements.join(", ")),
            Self::Flag(flag) => f.pad(if *flag { "true" } else { "false" }),
            Self::Seconds(seconds) => f.pad(&seconds.to_string()),
            Self::Absent => f.pad("none"),
        }
    }
}
