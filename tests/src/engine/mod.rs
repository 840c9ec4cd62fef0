//! Engines: whatever can answer a request of the corpus under one `cors.toml`.
//!
//! The core answers by itself, without a socket, and a real actix server answers over HTTP/1.1
//! and HTTP/2. All of them get the same request and return the same kind of [`Answer`], so
//! that a test is written once.

mod actix;
mod core;
mod wire;

use std::rc::Rc;

use cors_actix::Cors;
use cors_core::Config;

use crate::client::Protocol;
use crate::corpus::Handler;

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

/// Every engine, under one configuration.
///
/// # Errors
///
/// The report, when the configuration is refused.
pub fn engines(config: &Config) -> Result<Vec<Box<dyn Engine>>, cors_core::Error> {
    let core = Core::new(config.resolve()?);
    let server = Rc::new(actix::Site::start(&Cors::new(config)?));
    Ok(vec![
        Box::new(core),
        Box::new(Actix::new(Protocol::Http1, &server)),
        Box::new(Actix::new(Protocol::Http2, &server)),
    ])
}
