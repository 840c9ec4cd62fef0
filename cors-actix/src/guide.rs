//! The guide: the pages of `docs/`, as they are in the repository.
//!
//! | page | for |
//! |---|---|
//! | [`merging`] | how layers combine: `=`, `+=`, `-=`, `off`, modules, inherited credentials |
//! | [`settings`] | every setting and its default, origin patterns, regular expressions |
//! | [`requests`] | how a request is answered; the order of middleware |
//! | [`configuration`] | `cors.toml`, constructors, groups, virtual hosts, limits, profiles, environment variables |
//! | [`recipes`] | a configuration for each need, with the requests and responses |
//! | [`runtime_origins`] | origins that change while the server runs: live sets, tenants, feeds |
//! | [`operations`] | effective policies, logs, counters, reloading |
//! | [`command`] | `cors`: checks, explains and compares `cors.toml`, probes servers |
//! | [`testing`] | pages and assertions for tests of an application |
//! | [`migrating`] | from actix-cors, Spring, Express, Django and Flask |
//! | [`dependencies`] | what each crate depends on, and why |

// Each page links to others by a label, which it defines as a file at its end. `guide_links.md`
// comes first, and in Markdown the first definition of a label applies.

#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/merging.md")]
pub mod merging {}

#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/settings.md")]
pub mod settings {}

#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/requests.md")]
pub mod requests {}

#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/configuration.md")]
pub mod configuration {}

#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/runtime-origins.md")]
pub mod runtime_origins {}

#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/operations.md")]
pub mod operations {}

#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/command.md")]
pub mod command {}

// Its code needs the feature `test`.
#[cfg(any(not(doctest), feature = "test"))]
#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

// `tests/tests/fast/recipes` compiles and runs its code: programs, and parts of modules.
#[cfg(not(doctest))]
#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/recipes.md")]
pub mod recipes {}

// Some of its code is of other libraries; `tests/tests/migrating` compiles and runs the rest.
#[cfg(not(doctest))]
#[doc = include_str!("guide_links.md")]
#[doc = include_str!("../docs/migrating.md")]
pub mod migrating {}

#[doc = include_str!("../docs/dependencies.md")]
pub mod dependencies {}

/// Compiles the example of the crate page.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
