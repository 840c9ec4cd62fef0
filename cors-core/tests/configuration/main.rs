//! What is configured, and what is reported about it: one executable, because each is linked by
//! itself.

mod answers;
mod bad_input;
mod explain;
mod foreign_names;
mod lenient;
mod limits;
mod pasting;
mod profiles;
mod settings;
