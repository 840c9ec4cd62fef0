//! The policy engine of a CORS framework: merge, check, decide.
//!
//! This crate knows the Fetch standard and nothing of any web framework. It
//! turns what people write about CORS into [`Policy`] values that cannot be
//! wrong, and decides with them:
//!
//! ```text
//! Config + Rules ──► merge ──► check ──► Policy ──► decide(&request) ──► Decision ──► Answer
//!   may be wrong       layers    all problems  immutable   no allocation      Copy         symbolic headers
//! ```
//!
//! * [`Rules`] are what one layer says: partial, unchecked, every clause with its [`Source`].
//! * [`Config`] holds the layers below the handlers; [`Config::resolve`] checks it.
//! * [`Resolver`] merges the rules of a route on top and compiles [`Policy`] values.
//! * [`Policy::decide`] judges a [`Request`]; [`Policy::answer`] names the headers to send.
//!
//! For actix-web, use the crate `cors-actix`. An adapter for another framework
//! implements [`Request`] and turns an [`Answer`] into headers.

mod attribute;
mod by_group;
mod ceiling;
mod code;
mod compile;
mod config;
mod decision;
#[cfg(feature = "serde")]
mod deserialize;
mod effective;
#[cfg(feature = "config")]
mod environment;
mod error;
mod global;
mod header_name;
#[cfg(feature = "config")]
mod input;
mod layer;
mod limits;
mod list;
mod max_age;
mod merge;
mod method;
mod origin;
mod overlay;
mod overrides;
mod path_pattern;
mod policy;
mod problem;
mod profile;
#[cfg(feature = "config")]
mod read;
#[cfg(feature = "config")]
mod report;
mod request;
mod requested_headers;
mod resolve;
mod resolver;
mod response;
mod rules;
mod setting;
mod silence;
mod source;
#[cfg(feature = "config")]
mod source_text;
#[cfg(feature = "config")]
mod toml_file;
mod unknown_key;
#[cfg(feature = "config")]
mod value;
mod words;

pub use attribute::{check_attribute, check_module};
pub use by_group::{ByGroup, GroupIndex};
pub use code::Code;
pub use config::Config;
pub use decision::{Decision, Denial, Verdict};
pub use effective::{Effective, EffectiveValue};
pub use error::Error;
pub use header_name::HeaderName;
pub use limits::{Limits, Overrides, Permission};
pub use method::Method;
pub use origin::{
    NamedHosts, Origin, OriginIssue, OriginIssueKind, OriginPattern, OriginRegex, OriginSet,
    Unproven,
};
pub use policy::Policy;
pub use problem::{Correction, Problem, Severity};
pub use profile::{Overlay, Profile};
pub use request::{Duplicated, Request, RequestField};
pub use resolver::{Resolver, Route};
pub use response::{Answer, Coverage, ResponseField, ResponseValue, Vary};
pub use rules::{
    Clause, Element, ElementKind, IntoListValue, ListValue, MaxAgeValue, Op, Rules, Says,
};
pub use setting::{Setting, SettingKind, nearest};
pub use source::Source;
pub use unknown_key::{Meant, meant};
