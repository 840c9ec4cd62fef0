//! The public API: [`Cors`] with its constructors, and the builders for rules,
//! limits, profiles, groups of paths and resources.
//!
//! It turns calls into a configuration of the core and checks nothing itself.
//! Where annotated routes are merged with it, and where requests are answered,
//! is decided elsewhere.
//!
//! May import: `observe`, `process`, `registration`.

mod around;
mod builder;
mod bundle;
mod cors;
#[cfg(feature = "config")]
mod from_config;
mod limits;
mod live;
mod paths;
mod profile;
mod resource;
mod rules;

pub use around::CorsScope;
pub use builder::CorsBuilder;
pub use bundle::{CorsBundle, bundle};
pub use cors::Cors;
pub use limits::{CorsLimits, limits};
pub use live::{Feed, IntoLiveContent, Keyed, Live};
pub use paths::{CorsPaths, paths};
pub use profile::{CorsProfile, profile};
pub use resource::{CorsResource, CorsRoute, IntoMethods, resource, route};
pub use rules::{CorsRules, origin, regex, rules, set};
