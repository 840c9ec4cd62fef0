//! What the code that `#[cors(...)]` generates calls. Not part of the API.
#![allow(missing_docs, reason = "only generated code sees this")]

pub use actix_web::Route;
pub use actix_web::dev::{AppService, HttpServiceFactory};
pub use cors_core::{Element, ListValue, MaxAgeValue, Op, Rules, Setting, Source};

pub use crate::registration::{
    AnnotatedFunction, ConstantValue, Handler, List, Mark, ModuleConstant,
    NeedsCorsResourceOrRouteBelow, Resource, register,
};

/// The place of a token in the user's source.
pub const fn at(file: &'static str, line: u32, column: u32) -> Source {
    Source::attribute(file, line, column)
}
