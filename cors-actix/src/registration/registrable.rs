//! What a resource can register as the handler of a method: a plain function, or one with
//! `#[cors(...)]` and no route attribute.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;

use actix_web::{FromRequest, Responder, Route};
use cors_core::Source;

use super::handler::Handler;

/// A handler for a method of a [`resource`](crate::resource): an async function, or one
/// with `#[cors(...)]` and no route attribute.
///
/// `Marker` distinguishes the two and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler for `cors_actix::resource`",
    label = "this is not an async function with extractors as arguments, nor one with `#[cors]`",
    note = "a handler with a route attribute, such as `#[get(\"/path\")]`, has its own path: register \
            it with `.service(handler)`"
)]
pub trait CorsHandler<Marker> {
    /// Makes it the handler of a route, and describes it; `place` is where that happens.
    #[doc(hidden)]
    fn handle(self, route: Route, place: Source) -> (Route, Handler);
}

/// The marker of functions without an attribute.
#[doc(hidden)]
#[derive(Debug)]
pub struct Plain<Args>(PhantomData<Args>);

/// The marker of functions with `#[cors(...)]`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Annotated;

impl<F, Args> CorsHandler<Plain<Args>> for F
where
    F: actix_web::Handler<Args>,
    F::Output: Responder + 'static,
    Args: FromRequest + 'static,
{
    fn handle(self, route: Route, place: Source) -> (Route, Handler) {
        (route.to(self), Handler::plain(type_name::<F>(), place))
    }
}

/// What `#[cors(...)]` makes of a function that has no route attribute below it: a handler
/// that only [`cors_actix::resource`](crate::resource) can register.
///
/// The compiler shows the name where such a handler is passed to `web::get().to(...)`, and
/// where `#[cors]` is below a route attribute instead of above it.
pub struct NeedsCorsResourceOrRouteBelow<H>(PhantomData<fn() -> H>);

/// A function with `#[cors(...)]`, as generated code describes it.
#[doc(hidden)]
pub trait AnnotatedFunction {
    /// Makes it the handler of a route.
    fn handle(route: Route) -> Route;

    /// Its name and its rules.
    fn describe() -> Handler;
}

impl<H> NeedsCorsResourceOrRouteBelow<H> {
    #[doc(hidden)]
    #[allow(clippy::new_without_default, reason = "only generated code sees this")]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<H> Clone for NeedsCorsResourceOrRouteBelow<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for NeedsCorsResourceOrRouteBelow<H> {}

impl<H> fmt::Debug for NeedsCorsResourceOrRouteBelow<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NeedsCorsResourceOrRouteBelow").field(&type_name::<H>()).finish()
    }
}

impl<H: AnnotatedFunction> CorsHandler<Annotated> for NeedsCorsResourceOrRouteBelow<H> {
    fn handle(self, route: Route, _: Source) -> (Route, Handler) {
        (H::handle(route), H::describe())
    }
}
