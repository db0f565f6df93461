//! Trace IR, optimizer and backend of the runtime. Knows no Python: facts about objects and helpers come as data.
//!
//! # Pipeline
//!
//! recorder (in the runtime) -> [`opt::emit::Emitter`]: fold, CSE, guard elimination, load forwarding while emitting ->
//! [`ir::Trace`] -> the passes of [`opt`] -> backend.
//!
//! [`ir`] explains the representation and its text form. [`interp`] executes it, as the oracle for optimizer and backend.

pub mod interp;
pub mod ir;
pub mod opt;
