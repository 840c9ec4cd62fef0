//! Servers for `probe`: raw bytes, libraries of Rust, and programs that may not be there.

mod processes;
mod raw;
mod rust;

pub(crate) use processes::{express, flask, nginx};
pub(crate) use raw::{head, raw, silent, tunnel};
pub(crate) use rust::{Kind, Tls, actix, axum, axum_tls, cors_actix};

use std::net::SocketAddr;
use std::process::Child;

/// A server of a test, which ends with it.
#[derive(Debug)]
pub(crate) struct Server {
    scheme: &'static str,
    address: SocketAddr,
    child: Option<Child>,
    /// What the server needs as long as it runs.
    _directory: Option<tempfile::TempDir>,
}

impl Server {
    pub(crate) const fn at(address: SocketAddr) -> Self {
        Self { scheme: "http", address, child: None, _directory: None }
    }

    const fn with_tls(mut self) -> Self {
        self.scheme = "https";
        self
    }

    fn of(mut self, child: Child) -> Self {
        self.child = Some(child);
        self
    }

    fn in_directory(mut self, directory: tempfile::TempDir) -> Self {
        self._directory = Some(directory);
        self
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        let host = if self.scheme == "https" { "localhost" } else { "127.0.0.1" };
        format!("{}://{host}:{}{path}", self.scheme, self.address.port())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Reports that a server is not there, which is an error with `REQUIRE_SERVERS`.
pub(crate) fn skip(what: &str, why: &str) {
    let is_required = std::env::var_os("REQUIRE_SERVERS").is_some_and(|it| it == "1");
    assert!(!is_required, "{what} is required: {why}");
    println!("skipped: {what}: {why}");
}
