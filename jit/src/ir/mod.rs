//! The intermediate representation of traces: linear, typed, in SSA form.
//!
//! # Terms
//!
//! A [`Trace`] is a list of instructions in execution order. An [`IrRef`] is the index of an instruction and stands for
//! its result; `%12` in text. There are no other operands: constants are instructions too, each value once. Operands come
//! from earlier instructions, with one exception, the second operand of a `phi`.
//!
//! Instructions that may leave the trace carry a snapshot ([`SnapId`], `s3` in text): how to rebuild the frames of the
//! interpreter. A field of an object is a [`desc::FieldDesc`], a runtime function a [`desc::HelperDesc`]; both are tables
//! of the [`desc::Env`] that the runtime gives, so this crate knows no layout.
//!
//! # Shape of a trace
//!
//! ```text
//! trace single                  mode: single or multi (threads)
//! %0: val = slot 0              entry: what the frame holds
//! guard_int %0 -> s0
//! %2: i64 = untag_int %0
//! loop                          at most one; what is before it is the pre-roll
//! %4: i64 = phi %2, %6          directly after the loop header: first value, value of the next round
//! %5: i64 = int 1
//! %6: i64 = int_add_ovf %4, %5 -> s1
//! jump                          the end: `jump`, `link` or `exit`
//! s0: [1@0: 0=%0]               frames from outside to inside: [code@pc: slot=value, ...]
//! s1: [1@4: 0=int %4]
//! ```
//!
//! Instructions without result have a number too, which text leaves out.
//!
//! # Rules
//!
//! **Invariant:** a value's type never changes, and an instruction dominates everything after it: what a guard proved about
//! a value holds to the end of the trace. What it proved about memory holds until something writes that memory.
//!
//! **Invariant:** guards before effects: leaving runs the interpreter's instruction of the snapshot again from its start,
//! so nothing that the program can see lies between two exits with the same snapshot.
//!
//! The full list of what a well-formed trace is stands in [`verify`]; the operations, in [`ops`].

pub mod desc;
pub mod effects;
pub mod eval;
pub mod inst;
pub mod ops;
pub mod parse;
pub mod print;
pub mod snapshot;
pub mod trace;
pub mod types;
pub mod verify;

pub use desc::{Env, FieldId, HelperId};
pub use inst::{Inst, IrRef};
pub use ops::Op;
pub use snapshot::{SnapId, SnapValue, Snapshot};
pub use trace::{Mode, Trace, TraceId};
pub use types::Type;
