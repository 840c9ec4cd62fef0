//! The corpus: what the library must answer, written as data in `tests/corpus/*.toml`.
//!
//! The cases come from the contract and from the Fetch standard, never from what an implementation
//! happens to do. [`load`] reads them for any number of engines; [`compare`] judges an answer by
//! the complete set of its CORS headers, so that a header too many fails as well. The format is
//! described in `tests/corpus/README.md`.

mod case;
mod compare;
mod config;
mod load;
mod value;

pub use case::{
    Case, Credentials, Deviation, Expected, Fetch, Handler, Mode, PageRequest, Preflight, Request,
    Sequence, Verdict,
};
pub use compare::compare;
pub use config::{At, Config, Invalid, Live, Problem, Text, Valid};
pub use load::{Corpus, load};
pub use value::Value;
