//! CORS for actix-web, declared on the handler and checked before the server starts.
//!
//! A policy is configured in two places: `#[cors(...)]` on a handler, and once
//! for the whole application with [`Cors`]. The two are merged at startup. A
//! mistake in a literal does not compile. Conflicts between the two are reported
//! together at startup, and the server refuses to start.
//!
//! The [`guide`] has the pages of the repository: settings, merging, requests,
//! configuration, operations, testing and migrating.
//!
//! ```
//! use actix_web::{App, HttpResponse, Responder, get, put, test};
//! use cors_actix::{Cors, cors};
//!
//! #[cors]
//! #[get("/orders")]
//! async fn list() -> impl Responder {
//!     HttpResponse::Ok().body("[]")
//! }
//!
//! #[cors(origins += ["https://beta.example"], headers = ["x-csrf-token"])]
//! #[put("/orders")]
//! async fn replace() -> impl Responder {
//!     HttpResponse::NoContent()
//! }
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), cors_actix::Error> {
//! let cors = Cors::try_from_toml_str("[cors]\norigins = \"https://app.example\"\n")?;
//! // The last `wrap` is the outermost middleware: `Cors` answers preflights
//! // before authentication or anything else can refuse them.
//! let app = test::init_service(App::new().service(list).service(replace).wrap(cors)).await;
//!
//! let preflight = test::TestRequest::with_uri("/orders")
//!     .method(actix_web::http::Method::OPTIONS)
//!     .insert_header(("origin", "https://beta.example"))
//!     .insert_header(("access-control-request-method", "PUT"))
//!     .insert_header(("access-control-request-headers", "x-csrf-token"))
//!     .to_request();
//! let response = test::call_service(&app, preflight).await;
//! assert_eq!(response.status(), 204);
//! assert_eq!(response.headers().get("access-control-allow-origin").unwrap(), "https://beta.example");
//! # Ok(())
//! # }
//! ```
//!
//! # What happens to a request
//!
//! * A **preflight** (`OPTIONS` with `Origin` and `Access-Control-Request-Method`)
//!   is answered by the policy of the handler that would serve the requested
//!   method on this path. It reaches no handler and no middleware inside of [`Cors`].
//! * Every other request is handled, and the policy of the handler that ran adds
//!   the headers to its response: also to errors of middleware, 404s and early
//!   returns.
//! * A path without an annotated handler has the policy of its `[[cors.paths]]`
//!   group, or else the global policy.
//!
//! # Security
//!
//! CORS decides which pages may *read* a response; it is not access control. A
//! request from a disallowed page still runs, unless `enforce` is set; curl and
//! other servers are not affected. `SECURITY.md` in the repository has the threat
//! model, the failures of other CORS libraries, and the tests for each.

mod api;
#[cfg(doc)]
pub mod guide;
mod http;
#[cfg(feature = "inspector")]
mod inspector;
mod lookup;
mod middleware;
mod observe;
mod process;
mod registration;
#[cfg(feature = "test")]
pub mod test;

// A module of the root and no re-export: messages of the compiler name it.
#[doc(hidden)]
#[path = "registration/generated.rs"]
pub mod __private;

pub use api::{
    Cors, CorsBuilder, CorsBundle, CorsLimits, CorsPaths, CorsProfile, CorsResource, CorsRoute,
    CorsRules, CorsScope, Feed, IntoLiveContent, IntoMethods, Keyed, Live, bundle, limits, origin,
    paths, profile, regex, resource, route, rules, set,
};
#[doc(inline)]
pub use cors_core as core;
pub use cors_core::{Code, Error, LiveError, Problem, RejectedOrigin, Severity};
pub use cors_macros::cors;
#[cfg(feature = "inspector")]
pub use inspector::Inspector;
pub use middleware::CorsService;
pub use observe::{
    Counts, ExplainedPolicy, FeedStatus, LiveStatus, PolicyCell, PolicyChange, PolicyDiff,
    PolicyRow, PolicyTable, Reloads, ReportOnlyCounts, RouteCounts, RowChange,
};
#[cfg(feature = "watch")]
pub use process::WatchGuard;
pub use registration::CorsHandler;
