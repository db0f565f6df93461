//! Constants, moves, locals and cells.

use super::Slots;
use crate::builtins::cell::{self, CellObj};
use crate::builtins::str;
use crate::bytecode::instr::{Instr, x};
use crate::error::{PyResult, Raised};
use crate::heap::count;
use crate::interp::frame::Frame;
use crate::object::value::{UNBOUND, Word};
use crate::thread::Py;

pub mod op {
    use super::*;

    handler!(NOP(ip, base, table, py, frame, w) { next!(ip, base, table, py, frame) });

    handler!(LOAD_CONST(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let mut c = *(*frame).consts.add(i.bc() as usize);
        if c.is_owned_ptr() {
            c = count::acquire_for_frame(c.ptr());
        }
        let p = base.add(i.a() as usize);
        let old = Word(*p);
        *p = c.0;
        if old.is_owned_ptr() {
            return drop_and_next(ip, base, old.0, py, frame);
        }
        next!(ip, base, table, py, frame)
    });

    handler!(LOAD_INT(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let p = base.add(i.a() as usize);
        let old = Word(*p);
        *p = ((i.bc() as i64) << 1 | 1) as u64;
        if old.is_owned_ptr() {
            return drop_and_next(ip, base, old.0, py, frame);
        }
        next!(ip, base, table, py, frame)
    });

    handler!(MOVE(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let from = base.add(i.b() as usize);
        let mut v = Word(*from);
        if i.x() & x::B_TEMP != 0 {
            *from = UNBOUND.0;
        } else if v.is_owned_ptr() {
            count::increment(v.ptr());
        }
        let p = base.add(i.a() as usize);
        let old = Word(*p);
        *p = v.0;
        if old.is_owned_ptr() {
            return drop_and_next(ip, base, old.0, py, frame);
        }
        next!(ip, base, table, py, frame)
    });

    handler!(COPY_ARG(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let v = Word(*base.add(i.b() as usize));
        // The destination is a temporary that is not live, so there is nothing to drop.
        *base.add(i.a() as usize) = v.borrowed().0;
        next!(ip, base, table, py, frame)
    });

    handler!(LOAD_CHECK(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let v = Word(*base.add(i.b() as usize));
        if v.is_unbound() {
            return unbound(ip, base, table, py, frame, w);
        }
        if v.is_owned_ptr() {
            count::increment(v.ptr());
        }
        let p = base.add(i.a() as usize);
        let old = Word(*p);
        *p = v.0;
        if old.is_owned_ptr() {
            return drop_and_next(ip, base, old.0, py, frame);
        }
        next!(ip, base, table, py, frame)
    });

    handler!(#[cold] unbound(ip, base, table, py, frame, w) {
        (*frame).ip = ip;
        let e = unbound_error(py, frame, Instr(w).b());
        throw!(e, ip, base, table, py, frame, w)
    });

    plain!(DELETE_LOCAL, delete_local);
    plain!(CLEAR, clear);
    plain!(MAKE_CELL, make_cell);
    plain!(LOAD_DEREF, load_deref);
    plain!(STORE_DEREF, store_deref);
    plain!(DELETE_DEREF, delete_deref);
}

/// Drops the word `old`, then dispatches. A handler ends in it when the slot that it wrote owned something.
///
/// # Safety
/// As for handlers; `old` is an owned pointer word whose ownership is given away.
#[inline(never)]
pub unsafe fn drop_and_next(
    ip: *const u64,
    base: *mut u64,
    old: u64,
    py: &'static Py,
    frame: *mut Frame,
) -> u64 {
    // SAFETY: by the caller's promise.
    unsafe {
        count::release(Word(old).ptr());
        next!(ip, base, reload!(py), py, frame)
    }
}

fn unbound_error(py: &Py, frame: *mut Frame, slot: u16) -> Raised {
    // SAFETY: the running frame.
    let code = unsafe { (*frame).code() };
    let name = str::lossy(code.slot_name(slot as usize)).into_owned();
    if slot as usize >= (code.locals - code.frees) as usize {
        let msg = format!(
            "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
        );
        return name_error(py, &msg, &name);
    }
    py.unbound_local(format!(
        "cannot access local variable '{name}' where it is not associated with a value"
    ))
}

/// NameError with its `name` attribute.
pub fn name_error(py: &Py, msg: &str, name: &str) -> Raised {
    let e = py.error(&crate::builtins::exceptions::NAME_ERROR, msg);
    if let Some(x) = e.0.get::<crate::builtins::exceptions::ExcObj>() {
        x.extra[0].set(py.str(name));
    }
    e
}

fn delete_local(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    if s.word(i.a()).is_unbound() {
        return Err(unbound_error(py, frame, i.a()));
    }
    s.clear(i.a());
    Ok(())
}

fn clear(_: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    s.clear(i.a());
    Ok(())
}

fn make_cell(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let content = if i.b() == 0xffff {
        None
    } else {
        Some(s.take(i.b())).filter(|v| !v.is_unbound())
    };
    s.put(i.a(), cell::new(py, content));
    Ok(())
}

fn load_deref(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    let v = s.val(i.b()).cast::<CellObj>().value.word();
    if v.is_unbound() {
        return Err(unbound_error(py, frame, i.b()));
    }
    // SAFETY: the cell has just been read.
    s.put_word(i.a(), unsafe { count::load(v, false) });
    Ok(())
}

fn store_deref(_: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let v = s.source(i, x::B_TEMP, i.b());
    s.val(i.a()).cast::<CellObj>().value.set(v);
    Ok(())
}

fn delete_deref(py: &Py, s: Slots, i: Instr, frame: *mut Frame) -> PyResult<()> {
    match s.val(i.a()).cast::<CellObj>().value.take() {
        Some(_) => Ok(()),
        None => Err(unbound_error(py, frame, i.a())),
    }
}
