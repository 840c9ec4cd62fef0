//! Which policy applies to a request: by route, scope, resource, path, host, and application.

mod ambiguity;
mod around;
mod bundles;
mod embedding;
mod hosts;
mod module_constants;
mod paths;
mod resources;
mod routes;
mod scopes;
mod service;
