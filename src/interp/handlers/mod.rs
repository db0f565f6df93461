//! Handlers: one function for each opcode, named like it; rules in `interp::abi`.
//!
//! Hot instructions are written by hand; the others are a wrapper (`plain!`) around a function
//! `fn(py, slots, instr, frame) -> PyResult<()>` that reads and writes slots.

use super::abi::Table;
use super::frame::Frame;
use crate::bytecode::instr::{Instr, x};
use crate::heap::count;
use crate::object::value::{Obj, UNBOUND, Val, Word};
use crate::thread::Py;

/// Defines a handler.
macro_rules! handler {
    ($(#[$m:meta])* $name:ident($ip:ident, $base:ident, $table:ident, $py:ident, $frame:ident, $w:ident) $body:block) => {
        $(#[$m])*
        #[allow(non_snake_case, unused_variables, unused_mut, unused_unsafe)]
        pub unsafe extern "C-unwind" fn $name(
            mut $ip: *const u64,
            mut $base: *mut u64,
            mut $table: *const $crate::interp::abi::Table,
            $py: &'static $crate::thread::Py,
            mut $frame: *mut $crate::interp::frame::Frame,
            $w: u64,
        ) -> u64 {
            // SAFETY: handlers are entered with the running frame's state; operands name slots, names and constants of its
            // code, which the verifier checked.
            unsafe { $body }
        }
    };
}

/// Defines a handler whose work sits in a function of its own that answers with a bool or a small number: inlined, locals of
/// the work could keep the dispatch from being a jump. Forms:
/// - `out_of_line!(name, skip, |py, s, i, frame, ip| PyResult<()>)`: goes on `skip` words further;
/// - `out_of_line!(name, jump field, |py, s, i, frame, ip| PyResult<bool>)`: jumps by the instruction's field if true.
macro_rules! out_of_line {
    ($(#[$m:meta])* $name:ident, jump $field:ident, |$py:ident, $s:ident, $i:ident, $f:ident, $at:ident| $e:expr) => {
        handler!(#[inline(never)] $(#[$m])* $name(ip, base, table, py, frame, w) {
            #[inline(never)]
            #[allow(unused_unsafe)]
            fn body($py: &'static $crate::thread::Py, base: *mut u64, $f: *mut $crate::interp::frame::Frame, w: u64, $at: *const u64) -> u32 {
                let ($s, $i) = ($crate::interp::handlers::Slots(base), $crate::bytecode::instr::Instr(w));
                match (|| -> $crate::error::PyResult<bool> { $e })() {
                    Ok(t) => t as u32,
                    Err(e) => {
                        $py.interp.set_raised(e);
                        2
                    }
                }
            }
            (*frame).ip = ip;
            let answer = body(py, base, frame, w, ip);
            if answer == 2 {
                return $crate::interp::unwind::op_unwind(ip, base, table, py, frame, w);
            }
            let table = reload!(py);
            if answer == 1 {
                let ip = ip.offset($crate::bytecode::instr::Instr(w).$field() as isize - 1);
                next!(ip, base, table, py, frame)
            }
            next!(ip, base, table, py, frame)
        });
    };
    ($(#[$m:meta])* $name:ident, $skip:expr, |$py:ident, $s:ident, $i:ident, $f:ident, $at:ident| $e:expr) => {
        handler!(#[inline(never)] $(#[$m])* $name(ip, base, table, py, frame, w) {
            #[inline(never)]
            #[allow(unused_unsafe)]
            fn body($py: &'static $crate::thread::Py, base: *mut u64, $f: *mut $crate::interp::frame::Frame, w: u64, $at: *const u64) -> bool {
                let ($s, $i) = ($crate::interp::handlers::Slots(base), $crate::bytecode::instr::Instr(w));
                match (|| -> $crate::error::PyResult<()> { $e })() {
                    Ok(()) => true,
                    Err(e) => {
                        $py.interp.set_raised(e);
                        false
                    }
                }
            }
            (*frame).ip = ip;
            if !body(py, base, frame, w, ip) {
                return $crate::interp::unwind::op_unwind(ip, base, table, py, frame, w);
            }
            let ip = ip.add($skip);
            next!(ip, base, reload!(py), py, frame)
        });
    };
}

/// Defines a handler that calls `$f(py, slots, instr, frame) -> PyResult<()>` and goes on with the next instruction.
macro_rules! plain {
    ($name:ident, $f:path) => {
        out_of_line!(
            $name,
            $crate::bytecode::ops::Opcode::$name.words_const(),
            |py, s, i, frame, at| $f(py, s, i, frame)
        );
    };
}

pub mod arith;
pub mod attr;
pub mod build;
pub mod call;
pub mod compare;
pub mod control;
pub mod exception;
pub mod function;
pub mod generator;
pub mod global;
pub mod iter;
pub mod load_store;
pub mod operator;
pub mod pattern;
pub mod subscript;

/// All handlers by the names of their opcodes.
pub mod op {
    pub use super::arith::op::*;
    pub use super::attr::op::*;
    pub use super::build::op::*;
    pub use super::call::op::*;
    pub use super::compare::op::*;
    pub use super::control::op::*;
    pub use super::exception::op::*;
    pub use super::function::op::*;
    pub use super::generator::op::*;
    pub use super::global::op::*;
    pub use super::iter::op::*;
    pub use super::load_store::op::*;
    pub use super::pattern::op::*;
    pub use super::subscript::op::*;
}

/// For opcode bytes that are no opcode: SystemError.
pub unsafe extern "C-unwind" fn op_bad(
    ip: *const u64,
    base: *mut u64,
    table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    w: u64,
) -> u64 {
    // SAFETY: the running frame.
    unsafe {
        (*frame).ip = ip;
        throw!(
            py.system_error("unknown opcode"),
            ip,
            base,
            table,
            py,
            frame,
            w
        )
    }
}

/// The slots of the running frame.
#[derive(Clone, Copy)]
pub struct Slots(pub *mut u64);

impl Slots {
    #[inline(always)]
    pub fn word(self, i: u16) -> Word {
        // SAFETY: operands are below the frame's slot count (bytecode verifier).
        Word(unsafe { *self.0.add(i as usize) })
    }
    /// The slot as a place.
    #[inline(always)]
    pub fn val<'a>(self, i: u16) -> &'a Val {
        // SAFETY: as in `word`; the slot stays in place during the instruction.
        unsafe { &*(self.0.add(i as usize) as *const Val) }
    }
    /// `n` slots from `i`.
    #[inline(always)]
    pub fn vals<'a>(self, i: u16, n: usize) -> &'a [Val] {
        // SAFETY: windows lie within the frame (verifier).
        unsafe { std::slice::from_raw_parts(self.0.add(i as usize) as *const Val, n) }
    }
    /// Writes a slot and drops what it held.
    #[inline(always)]
    pub fn put(self, i: u16, v: Obj) {
        self.put_word(i, v.into_word());
    }
    /// As `put`, for a word whose ownership is given away.
    #[inline(always)]
    pub fn put_word(self, i: u16, w: Word) {
        // SAFETY: as in `word`; the slot owned its old content.
        unsafe {
            let p = self.0.add(i as usize);
            let old = Word(*p);
            *p = w.0;
            if old.is_owned_ptr() {
                count::release(old.ptr());
            }
        }
    }
    /// An owned reference to what the slot holds; the slot keeps its own.
    #[inline(always)]
    pub fn get(self, i: u16) -> Obj {
        Obj::clone_word(self.word(i))
    }
    /// Takes the content out of the slot, with a count of its own.
    #[inline(always)]
    pub fn take(self, i: u16) -> Obj {
        // SAFETY: as in `word`; the slot's count moves to the caller.
        unsafe {
            let p = self.0.add(i as usize);
            let w = Word(*p);
            *p = UNBOUND.0;
            if w.is_owned_ptr() {
                Obj::from_word(w)
            } else {
                Obj::clone_word(w)
            }
        }
    }
    /// The source operand `i`: taken if `flag` says that it is a temporary, else copied.
    #[inline(always)]
    pub fn source(self, ins: Instr, flag: u8, i: u16) -> Obj {
        if ins.x() & flag != 0 {
            self.take(i)
        } else {
            self.get(i)
        }
    }
    /// Drops and empties a slot.
    #[inline(always)]
    pub fn clear(self, i: u16) {
        self.put_word(i, UNBOUND);
    }
    /// Empties the sources that are temporaries, after success.
    #[inline(always)]
    pub fn consume(self, ins: Instr) {
        let f = ins.x();
        if f & x::A_TEMP != 0 {
            self.clear(ins.a());
        }
        if f & x::B_TEMP != 0 {
            self.clear(ins.b());
        }
        if f & x::C_TEMP != 0 {
            self.clear(ins.c());
        }
    }
    /// Empties sources b and c if they are temporaries other than destination a, then writes a.
    #[inline(always)]
    pub fn finish(self, ins: Instr, v: Obj) {
        self.finish_word(ins, v.into_word());
    }
    /// Whether source b is a temporary that owns its object, which may end with the instruction.
    #[inline(always)]
    pub fn is_dying(self, ins: Instr) -> bool {
        ins.x() & x::B_TEMP != 0 && self.word(ins.b()).is_owned_ptr()
    }
    /// As `finish`, for a word whose ownership is given away.
    #[inline(always)]
    pub fn finish_word(self, ins: Instr, v: Word) {
        let f = ins.x();
        if f & x::B_TEMP != 0 && ins.b() != ins.a() {
            self.clear(ins.b());
        }
        if f & x::C_TEMP != 0 && ins.c() != ins.a() {
            self.clear(ins.c());
        }
        self.put_word(ins.a(), v);
    }
    /// Empties a window.
    #[inline(always)]
    pub fn clear_window(self, i: u16, n: usize) {
        for k in 0..n {
            self.clear(i + k as u16);
        }
    }
}
