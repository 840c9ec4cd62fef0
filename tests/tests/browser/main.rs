//! A real Chromium judges: what it lets a page read is what the policy says.
//!
//! `quickstart` and `serve` look at the example servers as a reader would run them; `matrix` is
//! one application under many policies, asked by every way in which a page can ask.

mod matrix;
mod quickstart;
mod serve;
