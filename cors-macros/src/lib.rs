//! The `#[cors(...)]` attribute of [cors-actix].
//!
//! Use it from there: `use cors_actix::cors;`. The code that it generates
//! speaks to that crate.
//!
//! [cors-actix]: https://docs.rs/cors-actix

mod args;
mod attribute;
mod check;
mod corrected;
mod expand;
mod handler;
mod input;
mod item;
mod list;
mod location;
mod module;
mod report;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Says which CORS policy a handler has, or all handlers of a module.
///
/// The attribute stands above the route attribute of the handler, or above the
/// module. What it does not say is inherited: from the module around the handler,
/// then from the group in `cors.toml` that matches the path, then from the global
/// policy, then from the baseline, which allows nobody.
///
/// # Syntax
/// ```plain
/// #[cors(item, item, ...)]
///
/// item    = "off" | "replace" | "policy" "=" "name" | "crate" "=" path
///         | "host" "=" ( "name" | "[" "name", ... "]" )
///         | list-setting ("=" | "+=" | "-=") value
///         | flag [ "=" bool ]
///         | "max_age" "=" ("10m" | seconds)
/// value   = "any" | "any_with_authorization" | element | "[" element, ... "]"
/// element = "text" | METHOD | regex("...") | set("name") | path::to::CONSTANT
/// ```
///
/// # Settings
/// - `origins`: who may read responses. An element is an origin
///   (`"https://app.example"`), a pattern (`"https://*.app.example"`,
///   `"http://localhost:*"`), a regular expression over the whole origin
///   (`regex(r"https://pr-\d+\.app\.example")`), or a set from `cors.toml`
///   (`set("partners")`).
/// - `methods`: which of the methods that the route serves are granted. They
///   are written bare (`GET`), or in quotes when they are no identifier.
/// - `headers`: which request headers are granted, besides the safelisted ones.
///   `any` leaves out `authorization`; `any_with_authorization` does not.
/// - `expose`: which response headers scripts may read.
/// - `credentials`, `private_network`, `enforce`, and the `danger_...` flags:
///   alone they mean `true`.
/// - `max_age`: how long a browser may remember a preflight, `"10m"`, `"2h"`,
///   `"1d"`, or a number of seconds.
///
/// Without any setting, `#[cors]` inherits everything, and says so to the reader.
///
/// # Operators
/// - `=` replaces what is inherited, `+=` extends it, `-=` removes from it.
/// - `replace` starts from the baseline instead of what is inherited.
/// - `policy = "name"` starts from a named policy of `cors.toml`.
/// - `off` turns CORS off for this handler, or for the handlers of the module.
/// - `host = "t1.example.com"`, or a list, makes the attribute apply to requests
///   for these hosts only, as if it were not there for others. A host stands for all
///   its ports, unless it names one; `*.example.com` stands for all subdomains. Use it
///   where guards tell virtual hosts apart, so that a preflight gets the policy of
///   the right one.
/// - `crate = path` names `cors_actix` where it is re-exported under another path.
///
/// # Modules
/// On a module, the attribute is a layer below all handlers in it that have a
/// route attribute, modules within the module included. A handler with a `#[cors]`
/// of its own builds on that layer; one without has the layer as it is.
/// - `#[scope("/prefix")]` may stand above or below it, or be missing. A `#[scope]`
///   gives its prefix to the functions of its own module only; `#[cors]` on the
///   module also reaches the modules in it, so that nobody is left out by moving a
///   handler.
/// - `methods` may name what any of the handlers serves; each takes from it what it
///   serves itself.
/// - Below a module that is `off`, a handler says who may read it: `origins = ...`.
/// - Constants and the path of `crate = ...` are looked up where the handlers are:
///   `crate::ORIGINS` means the same everywhere.
/// - It cannot see the handlers of a module in a file of its own, those that a macro
///   in the module writes, nor functions that `web::get().to(...)` registers.
///   `[[cors.paths]]` in `cors.toml` is for these.
///
/// # Notes
/// - It stands *above* the route attribute (`#[get]`, `#[route]`, `#[routes]`,
///   ...). Below it, or between `#[routes]` and its routes, the route has
///   already been expanded, and the compiler says so.
/// - Attributes that generate items beside the function, such as
///   `#[utoipa::path]`, stand above `#[cors]`, as they do above a route
///   attribute. Attributes of the function itself, such as
///   `#[tracing::instrument]`, may stand anywhere.
/// - The service has the visibility of the function, also where the feature
///   `compat` of actix-web would make it public.
/// - A handler that no application registers is unused code, and the compiler says
///   so, as of any function: ``function `feed` is never used``. `#[allow(dead_code)]`
///   on it, or on its module, is the answer where that is meant. Of a plain
///   `#[get]` it says nothing.
/// - Literals are checked while compiling. A constant is checked at startup,
///   together with what only merging can tell. It is a `&str`, a `&[&str]`, or a
///   name such as `header::CONTENT_TYPE`. For `methods` it needs a path of two
///   segments: `GET` alone is the method.
/// - All mistakes are reported at once, and the handler stays in place. Where all of
///   them can be mended, the report ends with the line to write instead.
/// - The body of the function is passed on as it is, and so is what is half written
///   in it: editors find their way in an annotated handler as in any other.
/// - Every code in a message has an example in [`docs/diagnostics.md`].
///
/// [`docs/diagnostics.md`]: https://docs.rs/crate/cors-actix-macros/latest/source/docs/diagnostics.md
///
/// # Examples
/// What is inherited, and one origin more. Because the origin is added here,
/// credentials are said here, too:
/// ```
/// use actix_web::{Responder, put, web};
/// use cors_actix::cors;
///
/// #[cors(origins += "https://beta.example", credentials)]
/// #[put("/users/{id}")]
/// async fn update_user(id: web::Path<u32>) -> impl Responder {
///     format!("updated {id}")
/// }
/// ```
///
/// A public feed, whatever the global policy is:
/// ```
/// # use actix_web::{Responder, get};
/// # use cors_actix::cors;
/// #[cors(replace, origins = any, expose = ["etag"], max_age = "1d")]
/// #[get("/feed.json")]
/// async fn feed() -> impl Responder {
///     "[]"
/// }
/// ```
///
/// One policy for the handlers of a scope, and what one of them adds:
/// ```
/// # use actix_web::scope;
/// # use cors_actix::cors;
/// #[cors(origins = ["https://admin.example"], credentials)]
/// #[scope("/admin")]
/// mod admin {
///     use actix_web::{Responder, get, put};
///     use cors_actix::cors;
///
///     #[get("/orders")]
///     pub async fn list() -> impl Responder {
///         "[]"
///     }
///
///     #[cors(headers += "x-csrf-token")]
///     #[put("/orders/{id}")]
///     pub async fn replace() -> impl Responder {
///         "saved"
///     }
///
///     #[cors(off)]
///     #[get("/exports")]
///     pub async fn exports() -> impl Responder {
///         "id;total"
///     }
/// }
/// ```
///
/// The wrong order does not compile: where `#[cors]` comes second, the route is
/// already taken.
/// ```compile_fail
/// # use actix_web::{Responder, get};
/// # use cors_actix::cors;
/// #[get("/feed.json")]
/// #[cors(origins = any)]
/// async fn feed() -> impl Responder {
///     "[]"
/// }
/// ```
#[proc_macro_attribute]
pub fn cors(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::cors(args.into(), item.into()).into()
}
