//! Tests that share a process: nothing here looks at the log, or changes the environment or the
//! directory of the process. The other executables explain why they are separate.

mod abuse;
mod allocations;
mod arrows;
mod builder;
mod builder_pasting;
mod dependencies;
mod disabled;
mod explain;
mod faults;
mod from_config;
mod inspector;
mod kit;
mod links;
mod live;
mod migrating;
mod passthrough;
mod readme;
mod recipes;
mod report_only;
mod routing;
mod security;
mod table;
