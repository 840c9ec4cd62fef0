//! Laws about random input. An executable of its own, because `applications` installs a logger that
//! drops everything, and because many more cases are tried now and then.
//!
//! Every run tries the same cases. `LAWS_TIMES=100` tries a hundred times as many, and
//! `LAWS_SEED=2` others.

mod applications;
mod differences;
mod mistakes;
mod policies;
mod runner;
mod small_worlds;
