//! pirn.

#[macro_use]
pub mod bytecode;
