//! Many requests while the configuration changes. An executable of its own, because it is built with
//! `--release` for the full size, and because the memory of the process is measured.

mod reload;
mod site;
mod soak;
mod traffic;
