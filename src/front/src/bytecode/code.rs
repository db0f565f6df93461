//! `CodeUnit`: what the compiler produces; independent of the heap. `builtins::code` makes the code object from it.

use num_bigint::BigInt;
use std::sync::Arc;

/// A constant.
#[derive(Clone, Debug)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    BigInt(BigInt),
    Float(f64),
    Complex(f64, f64),
    /// UTF-8 text.
    Str(Box<str>),
    /// Text with surrogates.
    Wide(Box<[u32]>),
    Bytes(Box<[u8]>),
    Tuple(Vec<Const>),
    FrozenSet(Vec<Const>),
    Slice(Box<[Const; 3]>),
    Code(Arc<CodeUnit>),
}

/// Code flags, with CPython's values for those that `co_flags` shows.
pub mod cf {
    pub const OPTIMIZED: u32 = 1;
    pub const NEWLOCALS: u32 = 2;
    pub const VARARGS: u32 = 4;
    pub const VARKEYWORDS: u32 = 8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x40_0000;
    pub const FUTURE_ANNOTATIONS: u32 = 0x100_0000;
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
    pub const METHOD: u32 = 0x800_0000;
    /// Not shown: names are looked up in a namespace mapping (module and class bodies, exec, eval).
    pub const USES_NAMESPACE: u32 = 1 << 30;
}

/// One row of the exception table: instructions `start..end` (word indices) are guarded by `handler`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionEntry {
    pub start: u32,
    pub end: u32,
    pub handler: u32,
    /// First temporary that is not live in the handler: slots from here on are dropped while unwinding. The handler finds
    /// the exception in this slot.
    pub depth: u16,
}

/// Source range of an instruction; lines from 1, columns are UTF-8 byte offsets from 0. Line 0: no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Position {
    pub line: u32,
    pub end_line: u32,
    pub col: u32,
    pub end_col: u32,
}

/// A compiled code block.
#[derive(Clone, Debug, Default)]
pub struct CodeUnit {
    pub name: Box<str>,
    pub qualname: Box<str>,
    pub filename: Arc<str>,
    pub first_line: u32,
    pub flags: u32,
    pub posonly_count: u32,
    /// Positional parameters (positional-only included).
    pub arg_count: u32,
    pub kwonly_count: u32,
    /// Parameters and other locals: slots 0.. in the order args, kwonly, *args, **kwargs, others. A parameter that is a
    /// cell keeps its place here as well: `MAKE_CELL` moves its value into the cell slot.
    pub varnames: Vec<Box<str>>,
    /// Cells made by this code: slots `varnames.len()..`.
    pub cellvars: Vec<Box<str>>,
    /// Cells received from the closure: slots after the cells.
    pub freevars: Vec<Box<str>>,
    /// Names of globals and attributes (operand "name").
    pub names: Vec<Box<str>>,
    pub consts: Vec<Const>,
    /// Number of frame slots, temporaries included.
    pub slots: u32,
    /// Instruction and cache words.
    pub words: Vec<u64>,
    pub exceptions: Vec<ExceptionEntry>,
    /// Position of each word in `words` (cache words repeat their instruction's).
    pub positions: Vec<Position>,
}

impl CodeUnit {
    /// First slot of the temporaries.
    pub fn first_temp(&self) -> usize {
        self.varnames.len() + self.cellvars.len() + self.freevars.len()
    }
}
