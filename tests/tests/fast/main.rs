//! Tests that share a process: nothing here looks at the log, or changes the environment or the
//! directory of the process. The other executables explain why they are separate.

mod abuse;
mod allocations;
mod ambiguity;
mod around;
mod arrows;
mod builder;
mod builder_pasting;
mod bundles;
mod dependencies;
mod disabled;
mod embedding;
mod explain;
mod faults;
mod found_passthrough;
mod from_config;
mod hosts;
mod inspector;
mod kit;
mod live;
mod migrating;
mod module_constants;
mod passthrough;
mod passthrough_scripts;
mod paths;
mod readme;
mod recipes;
mod report_only;
mod resources;
mod routes;
mod scopes;
mod security;
mod service;
mod table;
