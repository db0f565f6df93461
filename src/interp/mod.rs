//! The interpreter: rules for handlers are in `abi`.
//!
//! - `frame`, `state`: frame records and the thread's stacks. - `dispatch`: the EXEC, RECORD and PENDING tables.
//! - `call`: entering Python code from native code, pushing frames. - `unwind`: exceptions. - `record`: the recorder's buffer.
//! - `cache`: inline-cache words. - `handlers`: one file for each family of instructions.

#[macro_use]
pub mod abi;
pub mod cache;
pub mod call;
pub mod dispatch;
pub mod frame;
pub mod handlers;
pub mod record;
pub mod state;
pub mod trace;
pub mod unwind;

pub use call::{
    call_function, current_globals, current_locals, run_class_body, run_code, super_arguments,
};
