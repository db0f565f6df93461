//! pirn: a free-threaded Python 3.14 runtime.

#![cfg_attr(pirn_become, feature(explicit_tail_calls), allow(incomplete_features))]

pub mod builtins;
pub mod cli;
pub mod embed;
pub mod error;
pub mod heap;
pub mod import;
pub mod interp;
pub mod object;
pub mod options;
pub mod program;
pub mod repl;
pub mod runtime;
pub mod stdlib;
pub mod stdlib_pack;
pub mod text;
pub mod thread;

pub use pirn_front::{bytecode, compile, for_each_opcode};
