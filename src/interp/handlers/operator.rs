//! Binary operators whose method is a Python function: the method's frame is pushed above the running one.
//!
//! The operands stay in their slots while the method runs, and its arguments are uncounted copies of them. The frame is marked
//! OPERATOR: when it returns, NotImplemented goes to the other operand, and the instruction consumes its temporaries.

use super::Slots;
use crate::builtins::function::FuncObj;
use crate::bytecode::instr::Instr;
use crate::error::PyResult;
use crate::heap::count;
use crate::interp::cache::{self, kind};
use crate::interp::frame::{Frame, ff};
use crate::interp::{call, unwind};
use crate::object::header::{Header, flags};
use crate::object::shape::Kind;
use crate::object::value::{Obj, Val, Word};
use crate::object::{ops, slot_generic};
use crate::thread::Py;

// Two operands of which the left one is an instance of a class; everything else is left to `binary_slow`.
handler!(#[inline(never)] binary_method(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let (b, c) = (Word(*base.add(i.b() as usize)), Word(*base.add(i.c() as usize)));
    if b.is_ptr() && (*(*b.ptr()).shape_ptr()).is(Kind::Other) {
        let f = method(py, b.ptr(), Slots(base), i);
        if !f.is_null() {
            let func = (*f).payload::<FuncObj>();
            let code = func.code();
            let (callee, top) = (frame.add(1), (*frame).top());
            if code.fast_args == 2 && code.frees == 0 && call::has_room(py, callee, top, code) {
                (*frame).ip = ip;
                *top = b.borrowed().0;
                *top.add(1) = c.borrowed().0;
                call::fill(py, callee, Word(f as u64).borrowed(), func, code, top, 2, i.a(), ff::OPERATOR);
                next!(code.words_ptr(), top, table, py, callee)
            }
        }
    }
    return super::arith::binary_slow(ip, base, table, py, frame, w);
});

/// The left operand's method, if it is a function that frames do not count and nothing else comes first; null otherwise.
#[inline(never)]
fn method(py: &Py, h: *mut Header, s: Slots, i: Instr) -> *mut Header {
    let (op, inplace) = super::arith::operator(i.op());
    let (a, b) = (s.val(i.b()), s.val(i.c()));
    // SAFETY: a live object, held by a slot of the running frame.
    let shape = unsafe { (*h).shape() };
    if inplace && shape.ty().slots.inp(op).addr() != 0 {
        return std::ptr::null_mut();
    }
    // The second level's keys are addresses of names but for this: operator and the right operand's type.
    let key = (b.ty() as *const _ as u64) << 8 | (op as u64) << 3 | 7;
    let c = py.attr_cache.get(shape.version(), key);
    // The right operand's class may have changed: its slot decides whether the left method comes first.
    let mine = slot_generic::BINARY[op as usize] as *const () as usize;
    let right_is_mine = b.ty().slots.bin(op).addr() == mine;
    if c != 0 && (!right_is_mine || std::ptr::eq(a.ty(), b.ty())) {
        return cache::record_word(cache::payload(c)).ptr();
    }
    let Some(f) = slot_generic::left_method(py, op, a, b) else {
        return std::ptr::null_mut();
    };
    let plain = f
        .header()
        .is_some_and(|h| h.shape().is(Kind::Function) && h.flags() & flags::DEFERRED != 0);
    let version = shape.assign_version();
    if !plain || version == 0 {
        return std::ptr::null_mut();
    }
    if let Some(r) = cache::add_record(f.word().borrowed().0) {
        py.attr_cache
            .put(key, cache::word(version, kind::METHOD, r));
    }
    f.word().ptr()
}

/// The method's frame returns `v`.
///
/// # Safety
/// As for handlers; `frame` is the running frame and has OPERATOR.
#[inline(never)]
pub(super) unsafe extern "C-unwind" fn operator_returned(
    ip: *const u64,
    base: *mut u64,
    table: *const crate::interp::abi::Table,
    py: &'static Py,
    frame: *mut Frame,
    v: u64,
) -> u64 {
    // SAFETY: by the caller's promise.
    unsafe {
        (*frame).flags &= !ff::OPERATOR;
        let caller = frame.sub(1);
        if !deliver(py, frame, v) {
            return unwind::op_unwind((*caller).ip, (*caller).base, table, py, caller, 0);
        }
        let _ = (ip, base);
        next!((*caller).ip, (*caller).base, reload!(py), py, caller)
    }
}

/// Ends the method's frame and finishes the caller's instruction; false: raised.
///
/// # Safety
/// As for `operator_returned`.
#[inline(never)]
unsafe fn deliver(py: &'static Py, frame: *mut Frame, v: u64) -> bool {
    // SAFETY: the caller's ip stands behind the operator's instruction.
    unsafe {
        let v = Obj::from_word(count::owned(Word(v)));
        unwind::pop(py, frame);
        let caller = frame.sub(1);
        let (s, i) = (Slots((*caller).base), Instr(*(*caller).ip.sub(1)));
        let r: PyResult<Obj> = if v.is_not_implemented() {
            let (op, inplace) = super::arith::operator(i.op());
            let (a, b): (&Val, &Val) = (s.val(i.b()), s.val(i.c()));
            ops::binary_refused(py, op, inplace, a, b)
        } else {
            Ok(v)
        };
        match r {
            Ok(r) => {
                s.finish(i, r);
                true
            }
            Err(e) => {
                py.interp.set_raised(e);
                false
            }
        }
    }
}
