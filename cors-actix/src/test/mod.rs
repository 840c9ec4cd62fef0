//! Tests of an application: what a page of another origin may do with it, decided by a model of
//! browsers and not by the headers that a test happens to compare.
//!
//! For `[dev-dependencies]`, with the feature `test`:
//!
//! ```toml
//! [dev-dependencies]
//! cors-actix = { version = "0.1", features = ["test"] }
//! ```
//!
//! ```
//! use actix_web::test::init_service;
//! use actix_web::{App, Responder, put};
//! use cors_actix::test::TestPage;
//! use cors_actix::{Cors, cors};
//!
//! #[cors(headers += "x-csrf-token")]
//! #[put("/orders/{id}")]
//! async fn replace_order() -> impl Responder {
//!     "saved"
//! }
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), cors_actix::Error> {
//! let cors = Cors::builder().origins(["https://app.example.com"]).build()?;
//! let app = init_service(App::new().service(replace_order).wrap(cors.clone())).await;
//!
//! let mut page = TestPage::new("https://app.example.com").explained_by(&cors);
//! let put = page.request("PUT", "/orders/7").header("X-CSRF-Token", "1");
//! let response = page.fetch(&app, &put).await;
//! assert_eq!(response.assert_readable().body, b"saved");
//!
//! let mut other = TestPage::new("https://other.example").explained_by(&cors);
//! let outcome = other.fetch(&app, &put).await;
//! outcome.assert_not_handled();
//! assert_eq!(outcome.assert_blocked().code(), "preflight-origin: no-allow-origin");
//! # Ok(())
//! # }
//! ```
//!
//! * [`TestPage`] is a page in a browser of its own, which keeps cookies and cached preflights.
//! * [`TestOutcome`] has the assertions; where they fail, they show what was sent, the step of
//!   Fetch that blocked the page, and the policy.
//! * [`assert_preflights_pass`] sends a preflight for every row of the policy table, and so finds
//!   authentication that is wrapped outside of [`Cors`](crate::Cors).
//! * [`assert_policies`] compares the policy table with a file of the repository.
//!
//! [`browser`] has the rest of the model: forms, redirects, referrer policies, engines.

// May import: `api`, `observe`.

mod explanation;
mod golden;
mod outcome;
mod page;
mod preflights;
mod sample;
mod transport;

#[doc(inline)]
pub use cors_browser as browser;
pub use cors_browser::{Body, Credentials, Engine, FetchRequest, Mode, Navigation};
pub use golden::assert_policies;
pub use outcome::TestOutcome;
pub use page::TestPage;
pub use preflights::{PreflightCheck, assert_preflights_pass};
