//! What the tests share: the corpus, the browser model, and real servers.

pub mod browser;
pub mod client;
pub mod corpus;
pub mod engine;
pub mod script;
pub mod server;
pub mod webdriver;
