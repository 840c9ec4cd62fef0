//! The `#[cors(...)]` attribute of [cors-actix].
//!
//! Use it through that crate: `use cors_actix::cors;`. The generated code depends on
//! it.
//!
//! [cors-actix]: https://docs.rs/cors-actix

mod args;
mod attribute;
mod check;
mod corrections;
mod expand;
mod item;
mod location;
mod module_constants;
mod report;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Configures the CORS policy of a handler, or of all handlers of a module.
///
/// Write the attribute above the route attribute of the handler, or above the module.
/// Settings that are not set are inherited: from the surrounding module, then from the
/// group in `cors.toml` that matches the path, then from the global policy, then from
/// the defaults, which allow no origin.
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
/// - `origins`: the origins that may read responses. An element is an origin
///   (`"https://app.example"`), a pattern (`"https://*.app.example"`,
///   `"http://localhost:*"`), a regular expression over the whole origin
///   (`regex(r"https://pr-\d+\.app\.example")`), or a set from `cors.toml`
///   (`set("partners")`).
/// - `methods`: the methods that are allowed, among those that the route serves. They
///   are written bare (`GET`), or in quotes if they are not identifiers.
/// - `headers`: the request headers that are allowed, besides the safelisted ones.
///   `any` does not include `authorization`; `any_with_authorization` does.
/// - `expose`: the response headers that scripts may read.
/// - `credentials`, `private_network`, `enforce`, and the `danger_...` flags:
///   without a value they mean `true`.
/// - `max_age`: how long a browser may cache a preflight, `"10m"`, `"2h"`,
///   `"1d"`, or a number of seconds.
///
/// Without any setting, `#[cors]` inherits everything, and only documents that.
///
/// # Operators
/// - `=` replaces the inherited list, `+=` adds to it, `-=` removes from it.
/// - `replace` starts from the defaults instead of inheriting.
/// - `policy = "name"` starts from a named policy of `cors.toml`.
/// - `off` disables CORS for this handler, or for the handlers of the module.
/// - `host = "t1.example.com"`, or a list, restricts the attribute to requests for
///   these hosts; it has no effect on others. A host without a port matches all its
///   ports; `*.example.com` matches all subdomains. Use it if guards separate virtual
///   hosts, so that a preflight gets the policy of the right one.
/// - `crate = path` is needed if `cors_actix` is re-exported under another path.
///
/// # Modules
/// On a module, the attribute is a layer below all handlers in it that have a
/// route attribute, including those in nested modules. A handler with its own
/// `#[cors]` overrides that layer; one without inherits it unchanged.
/// - `#[scope("/prefix")]` may be above or below it, or be missing. A `#[scope]`
///   applies its prefix only to the functions of its own module; `#[cors]` on the
///   module also applies to nested modules, so that moving a handler does not
///   change its policy.
/// - `methods` may contain what any of the handlers serves; each inherits the
///   methods that it serves.
/// - Below a module that is `off`, a handler sets which origins are allowed: `origins = ...`.
/// - Constants are resolved where the attribute is written, as in any attribute: what the
///   module itself defines is `api::ORIGINS` there. For a module in the body of a
///   function, write absolute paths: `crate::ORIGINS`.
/// - The path of `crate = ...` is resolved in the scope of the handlers:
///   `crate::web::cors` means the same everywhere.
/// - It has no access to the handlers of a module in a separate file, to those that a
///   macro in the module generates, or to functions registered with
///   `web::get().to(...)`. Configure these with `[[cors.paths]]` in `cors.toml`.
///
/// # Notes
/// - Write it *above* the route attribute (`#[get]`, `#[route]`, `#[routes]`, ...).
///   Below it, or between `#[routes]` and its routes, the route has already been
///   expanded, and the compiler reports an error.
/// - Attributes that generate items in addition to the function must be above
///   `#[cors]`, as they must be above a route attribute. `#[utoipa::path]` may be on
///   either side of `#[cors]`, under any path that ends in `::path`. Attributes of the
///   function itself, such as `#[tracing::instrument]`, may be anywhere.
/// - The service has the visibility of the function, even if the feature
///   `compat` of actix-web would make it public.
/// - The compiler warns about a handler that no application registers, as about any
///   unused function: ``function `feed` is never used``. If that is intended, write
///   `#[allow(dead_code)]` on it or on its module. It does not warn about a plain
///   `#[get]`.
/// - Literals are checked at compile time. Constants are checked at startup,
///   together with the result of merging. A constant is a `&str`, a `&[&str]`, or a
///   name such as `header::CONTENT_TYPE`. For `methods` it needs a path of two
///   segments: `GET` alone is the method.
/// - All mistakes are reported at once, and the handler stays in place. If all of
///   them can be corrected, the report ends with the line to write instead.
/// - The body of the function is passed on unchanged, even if it is incomplete, so
///   that editors work in an annotated handler as in any other.
/// - Every code in a message has an example in [`docs/diagnostics.md`].
///
/// [`docs/diagnostics.md`]: https://docs.rs/crate/cors-actix-macros/latest/source/docs/diagnostics.md
///
/// # Examples
/// One more origin than is inherited. Because an origin is added here, credentials are
/// set here as well:
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
/// A public feed, independent of the global policy:
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
/// One policy for the handlers of a scope, and the differences of two of them:
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
/// The wrong order does not compile: if `#[cors]` comes second, the route has already
/// been expanded.
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
