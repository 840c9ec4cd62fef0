//! What the tests share: the corpus, and real servers.

pub mod client;
pub mod corpus;
pub mod engine;
pub mod script;
pub mod server;
pub mod tls;
pub mod webdriver;
