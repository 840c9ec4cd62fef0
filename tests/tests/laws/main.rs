//! Laws about random input. An executable of its own, because `applications` installs a logger that
//! drops everything, and because many more cases are tried now and then.

mod applications;
mod policies;
