//! Constants, moves, locals and cells.

use super::Slots;
use crate::builtins::cell::{self, CellObj};
use crate::builtins::str;
use crate::bytecode::instr::{Instr, x};
use crate::error::{PyResult, Raised};
use crate::heap::count;
use crate::interp::abi::Table;
use crate::interp::frame::Frame;
use crate::object::value::{UNBOUND, Word};
use crate::thread::Py;

pub mod op {
    use super::*;

    handler!(NOP(ip, base, table, py, frame, w) { next!(ip, base, table, py, frame) });

    handler!(LOAD_CONST(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let c = *(*frame).consts.add(i.bc() as usize);
        let Some(c) = count::quick_load(py, c, false) else {
            return load_const_slow(ip, base, table, py, frame, w);
        };
        let p = base.add(i.a() as usize);
        let old = Word(*p);
        *p = c.0;
        drop_next!(old, ip, base, table, py, frame)
    });

    out_of_line!(load_const_slow, 0, |py, s, i, frame, at| {
        // SAFETY: the running frame; the code keeps its constants.
        let c = unsafe { (*frame).code() }.constant(i.bc() as usize);
        s.put(i.a(), c.to_obj());
        Ok(())
    });

    handler!(LOAD_INT(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let p = base.add(i.a() as usize);
        let old = Word(*p);
        *p = ((i.bc() as i64) << 1 | 1) as u64;
        drop_next!(old, ip, base, table, py, frame)
    });

    handler!(MOVE(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let from = base.add(i.b() as usize);
        let mut v = Word(*from);
        if i.x() & x::B_TEMP != 0 {
            *from = UNBOUND.0;
        } else if v.is_owned_ptr() && !count::quick_increment(py, v.ptr()) {
            return copy_slow(ip, base, table, py, frame, w);
        }
        let p = base.add(i.a() as usize);
        let old = Word(*p);
        *p = v.0;
        drop_next!(old, ip, base, table, py, frame)
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
        if v.is_owned_ptr() && !count::quick_increment(py, v.ptr()) {
            return copy_slow(ip, base, table, py, frame, w);
        }
        let p = base.add(i.a() as usize);
        let old = Word(*p);
        *p = v.0;
        drop_next!(old, ip, base, table, py, frame)
    });

    handler!(#[cold] unbound(ip, base, table, py, frame, w) {
        (*frame).ip = ip;
        let e = unbound_error(py, frame, Instr(w).b());
        throw!(e, ip, base, table, py, frame, w)
    });

    plain!(DELETE_LOCAL, delete_local);
    out_of_line!(copy_slow, 0, |py, s, i, frame, at| {
        s.put(i.a(), s.get(i.b()));
        Ok(())
    });

    handler!(CLEAR(ip, base, table, py, frame, w) {
        let p = base.add(Instr(w).a() as usize);
        let old = Word(*p);
        *p = UNBOUND.0;
        drop_next!(old, ip, base, table, py, frame)
    });
    plain!(MAKE_CELL, make_cell);
    handler!(LOAD_DEREF(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let cell = (*Word(*base.add(i.b() as usize)).ptr()).payload::<CellObj>();
        let Some(v) = count::quick_load(py, cell.value.word(), false) else {
            return load_deref_slow(ip, base, table, py, frame, w);
        };
        let p = base.add(i.a() as usize);
        let old = Word(*p);
        *p = v.0;
        drop_next!(old, ip, base, table, py, frame)
    });
    out_of_line!(load_deref_slow, 0, |py, s, i, frame, at| load_deref(
        py, s, i, frame
    ));

    handler!(STORE_DEREF(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let from = base.add(i.b() as usize);
        let mut v = Word(*from);
        if i.x() & x::B_TEMP != 0 && (v.is_owned_ptr() || !v.is_ptr()) {
            *from = UNBOUND.0;
        } else if let Some(copy) = count::quick_for_heap(py, v) {
            v = copy;
            if i.x() & x::B_TEMP != 0 {
                *from = UNBOUND.0;
            }
        } else {
            return store_deref_slow(ip, base, table, py, frame, w);
        }
        let cell = (*Word(*base.add(i.a() as usize)).ptr()).payload::<CellObj>();
        let old = cell.value.swap_word(v);
        drop_next!(old, ip, base, table, py, frame)
    });
    out_of_line!(store_deref_slow, 0, |py, s, i, frame, at| store_deref(
        py, s, i, frame
    ));

    plain!(DELETE_DEREF, delete_deref);
}

/// Drops the word `old`, which `drop_next!` could not, then dispatches.
///
/// # Safety
/// As for handlers; `old` is an owned pointer word whose ownership is given away.
#[inline(never)]
pub unsafe extern "C-unwind" fn drop_and_next(
    ip: *const u64,
    base: *mut u64,
    _table: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    old: u64,
) -> u64 {
    // SAFETY: by the caller's promise.
    unsafe {
        count::release(Word(old).ptr());
        next!(ip, base, reload!(py), py, frame)
    }
}

/// As `drop_and_next` for two words; the first comes in the place of the table and may be anything.
///
/// # Safety
/// As for `drop_and_next`.
#[inline(never)]
pub unsafe extern "C-unwind" fn drop_two(
    ip: *const u64,
    base: *mut u64,
    first: *const Table,
    py: &'static Py,
    frame: *mut Frame,
    second: u64,
) -> u64 {
    // SAFETY: by the caller's promise.
    unsafe {
        let first = Word(first as u64);
        if first.is_owned_ptr() {
            count::release(first.ptr());
        }
        count::release(Word(second).ptr());
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
