//! The edge of an application: where preflights end and responses pass.

mod after;
mod edge;
mod future;
mod short_circuit;

pub use edge::CorsService;
