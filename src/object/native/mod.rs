//! Types and functions written in Rust: layouts, type definitions, native functions and their arguments.

pub mod args;
pub mod function;
pub mod typedef;

pub use args::{Args, words};
pub use function::{FnDef, NativeFn, call_fast};
pub use typedef::{Layout, Native, Tracer, TypeDef, TypeInit};
