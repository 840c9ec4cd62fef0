//! Tests that share a process: nothing here looks at the log, or changes the environment or the
//! directory of the process. The other executables say why they are apart.

mod abuse;
mod allocations;
mod ambiguity;
mod around;
mod arrows;
mod dependencies;
mod disabled;
mod embedding;
mod faults;
mod from_config;
mod hosts;
mod kit;
mod migrating;
mod paths;
mod readme;
mod resources;
mod routes;
mod scopes;
mod security;
mod service;
