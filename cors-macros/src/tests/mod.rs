//! The phases of the attribute, without a compiler around them.

mod diagnostics;
mod expansion;
mod handlers;
mod pasting;
mod random_tokens;
mod spans;
mod syntax;
