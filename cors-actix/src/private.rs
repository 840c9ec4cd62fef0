//! What the code that `#[cors(...)]` generates calls. Not part of the API.
#![allow(missing_docs, reason = "only generated code sees this")]

pub use actix_web::dev::{AppService, HttpServiceFactory};
pub use cors_core::{Element, ListValue, MaxAgeValue, Op, Rules, Setting, Source};

pub use crate::mark::Mark;
pub use crate::private_list::{List, Texts};
pub use crate::registration::register;
pub use crate::route::{Handler, Resource};

/// The place of the caller's token.
#[doc(hidden)]
#[macro_export]
macro_rules! __cors_here {
    () => {
        $crate::__private::Source::code(::core::file!(), ::core::line!(), ::core::column!())
    };
}
pub use crate::__cors_here as here;
