//! The bytecode catalogue: opcode table, instruction words, code units.
//!
//! An instruction is one 64-bit word: `op` 8 bits, `x` 8 bits (flags), `a`, `b`, `c` 16 bits each. Operands name frame slots
//! unless the table says otherwise. Some instructions are followed by inline-cache words.
//!
//! A frame is a window of slots: parameters, other locals, cells, free variables | temporaries.
//! **Invariant:** a slot that is not live holds no owned pointer: an instruction that consumes a temporary empties it.

pub mod code;
pub mod disasm;
pub mod image;
pub mod instr;
pub mod ops;
pub mod verify;

pub use code::{CodeUnit, Const};
pub use instr::Instr;
pub use ops::Opcode;
