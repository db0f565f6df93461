//! The object model on one page.
//!
//! - `value`: the tagged word and its owned, borrowed and field forms.
//! - `header`: the 24 bytes before each payload. `shape`: type and attribute layout in one pointer.
//! - `type_`, `class`, `mro`, `slots`, `slot_update`: type objects, class statements, special methods.
//! - `attr`: generic attribute access and the descriptor protocol. `instance`: attribute storage of instances.
//! - `ops`: abstract operations (add, compare, call, iterate ...) that handlers and native code share.
//! - `native`: types and functions written in Rust.
//!
//! **Invariant:** native code holds `Obj` (owned) or `&Val` (borrowed from a place that outlives the use), never a bare `Word`
//! across a call that may run Python code.

pub mod address_hash;
pub mod attr;
pub mod base;
pub mod buffer;
pub mod class;
mod class_slots;
pub mod header;
pub mod instance;
pub mod mro;
pub mod names;
pub mod native;
pub mod ops;
pub mod shape;
pub mod slot_generic;
pub mod slot_update;
pub mod slots;
pub mod type_;
pub mod value;

pub use native::{Args, FnDef, Native, NativeFn, Tracer, TypeDef, TypeInit};
pub use slots::{BinOp, CmpOp};
pub use type_::{Type, tf};
pub use value::{Obj, Slot, Val};
