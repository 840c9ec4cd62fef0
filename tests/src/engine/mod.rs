//! Engines: whatever can answer a request of the corpus under one `cors.toml`.
//!
//! The core answers by itself, without a socket, and a real actix server answers over HTTP/1.1
//! and HTTP/2. All of them get the same request and return the same kind of [`Answer`], so
//! that a test is written once.

mod actix;
mod core;
mod wire;

use std::collections::BTreeMap;
use std::rc::Rc;

use cors_actix::Cors;
use cors_core::{Config, IntoElements as _, LiveChange, Source};

use crate::client::Protocol;
use crate::corpus::{Handler, Live};

pub use self::core::{Core, render};
pub use actix::Actix;

/// Something that answers requests under one configuration.
pub trait Engine {
    /// What a report calls it.
    fn name(&self) -> &'static str;

    /// Answers one request, in front of a handler that responds as given.
    ///
    /// # Errors
    ///
    /// When the protocol that the engine speaks has no way to say this.
    fn answer(&self, request: &Sent, handler: &Handler) -> Result<Answer, Unspeakable>;
}

/// A request as it is sent, `Host` included; lines in order, duplicates and odd bytes too.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The header lines.
    pub lines: Vec<(String, Vec<u8>)>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// All header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Whether the request went on to what the middleware wraps.
    pub handled: bool,
    /// The code of the reason for a denial.
    pub reason: Option<&'static str>,
}

/// Why a protocol cannot carry an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unspeakable(pub &'static str);

/// Every engine, under one configuration, with this content of its live sets.
///
/// # Errors
///
/// The report, when the configuration is refused.
pub fn engines(
    config: &Config,
    live: &BTreeMap<String, Live>,
) -> Result<Vec<Box<dyn Engine>>, cors_core::Error> {
    let (resolver, cors) = (config.resolve()?, Cors::new(config)?);
    let here = Source::caller();
    for (set, content) in live {
        let change = match content {
            Live::List(list) => LiveChange::Replace(list.into_elements(&here)),
            Live::Keyed(keys) => LiveChange::ReplaceAll(
                keys.iter().map(|(key, list)| (key.clone(), list.into_elements(&here))).collect(),
            ),
        };
        resolver.change(set, change, &here)?;
        match content {
            Live::List(list) => cors.live(set)?.replace(list)?,
            Live::Keyed(keys) => cors.keyed(set)?.replace_all(keys.clone())?,
        }
    }
    let core = Core::new(resolver);
    let server = Rc::new(actix::Site::start(&cors));
    Ok(vec![
        Box::new(core),
        Box::new(Actix::new(Protocol::Http1, &server)),
        Box::new(Actix::new(Protocol::Http2, &server)),
    ])
}
