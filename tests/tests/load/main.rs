//! Many requests while the configuration changes. An executable of its own, because it is built with
//! `--release` for the full size, and because `traffic` measures the memory of the process.

mod reload;
mod traffic;
