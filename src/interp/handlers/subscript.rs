//! Subscripts and slices.

use super::Slots;
use super::load_store::drop_and_next;
use crate::builtins::dict::{DICT, DictObj};
use crate::builtins::list::{LIST, ListObj};
use crate::builtins::tuple::{TUPLE, TupleObj};
use crate::bytecode::instr::{Instr, x};
use crate::error::PyResult;
use crate::heap::count;
use crate::interp::frame::Frame;
use crate::object::header::Header;
use crate::object::ops;
use crate::object::value::{Obj, UNBOUND, Word};
use crate::thread::Py;

/// Item `n` of an exact list or tuple; UNBOUND if it is something else or out of range.
///
/// # Safety
/// `h` is a live object.
#[inline(always)]
unsafe fn quick_item(h: *mut Header, n: i64) -> Word {
    // SAFETY: the shape tells the layout.
    unsafe {
        let shape = (*h).shape_ptr();
        if std::ptr::eq(shape, LIST.shape()) {
            let s = (*h).payload::<ListObj>().slots();
            let n = if n < 0 { n + s.len() as i64 } else { n };
            return if (n as usize) < s.len() {
                s[n as usize].word()
            } else {
                UNBOUND
            };
        }
        if std::ptr::eq(shape, TUPLE.shape()) {
            let s = (*h).payload::<TupleObj>().items();
            let n = if n < 0 { n + s.len() as i64 } else { n };
            return if (n as usize) < s.len() {
                s[n as usize].word()
            } else {
                UNBOUND
            };
        }
        UNBOUND
    }
}

pub mod op {
    use super::*;

    handler!(GETITEM(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = Word(*base.add(i.b() as usize));
        let c = Word(*base.add(i.c() as usize));
        if b.is_ptr() && c.is_int() {
            let v = quick_item(b.ptr(), c.as_int());
            if !v.is_unbound() {
                return item_found(ip, base, v.0, py, frame, w);
            }
        }
        return getitem_slow(ip, base, table, py, frame, w);
    });

    handler!(GETITEM_INT(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = Word(*base.add(i.b() as usize));
        if b.is_ptr() {
            let v = quick_item(b.ptr(), i.sc() as i64);
            if !v.is_unbound() {
                return item_found(ip, base, v.0, py, frame, w);
            }
        }
        return getitem_slow(ip, base, table, py, frame, w);
    });

    handler!(SETITEM(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let a = Word(*base.add(i.a() as usize));
        let b = Word(*base.add(i.b() as usize));
        if a.is_ptr() && b.is_int() && std::ptr::eq((*a.ptr()).shape_ptr(), LIST.shape()) && crate::thread::is_single_threaded() {
            let l = (*a.ptr()).payload::<ListObj>().slots();
            let n = b.as_int();
            let n = if n < 0 { n + l.len() as i64 } else { n };
            if (n as usize) < l.len() {
                let from = base.add(i.c() as usize);
                let mut v = Word(*from);
                if v.is_ptr() {
                    let moved = i.x() & x::C_TEMP != 0;
                    if moved {
                        *from = UNBOUND.0;
                    }
                    if !moved || !v.is_owned_ptr() {
                        v = count::acquire(v.ptr());
                    }
                }
                let old = l[n as usize].swap_word(v);
                if old.is_owned_ptr() {
                    count::release(old.ptr());
                    table = reload!(py);
                }
                if i.x() & x::A_TEMP != 0 {
                    *base.add(i.a() as usize) = UNBOUND.0;
                    if a.is_owned_ptr() {
                        return drop_and_next(ip, base, a.0, py, frame);
                    }
                }
                next!(ip, base, table, py, frame)
            }
        }
        return setitem_slow(ip, base, table, py, frame, w);
    });

    plain!(DELITEM, delitem);
    plain!(BUILD_SLICE, build_slice);
}

/// Stores the item `v` (a word that some container owns) and empties the container's temporary.
///
/// # Safety
/// As for handlers.
#[inline(always)]
unsafe fn item_found(
    ip: *const u64,
    base: *mut u64,
    v: u64,
    py: &'static Py,
    frame: *mut Frame,
    w: u64,
) -> u64 {
    // SAFETY: by the caller's promise.
    unsafe {
        let i = Instr(w);
        let mut v = Word(v);
        if v.is_ptr() {
            let dying = i.x() & x::B_TEMP != 0 && Word(*base.add(i.b() as usize)).is_owned_ptr();
            v = count::acquire_from(v.ptr(), dying);
        }
        let p = base.add(i.a() as usize);
        if i.x() & x::B_TEMP != 0 {
            let q = base.add(i.b() as usize);
            let b = Word(*q);
            *q = UNBOUND.0;
            let old = Word(*p);
            *p = v.0;
            if b.is_owned_ptr() {
                count::release(b.ptr());
            }
            if old.is_owned_ptr() {
                count::release(old.ptr());
            }
            next!(ip, base, reload!(py), py, frame)
        }
        let old = Word(*p);
        *p = v.0;
        if old.is_owned_ptr() {
            return drop_and_next(ip, base, old.0, py, frame);
        }
        next!(ip, base, reload!(py), py, frame)
    }
}

out_of_line!(getitem_slow, 0, |py, s, i, frame, at| getitem(py, s, i));

out_of_line!(setitem_slow, 0, |py, s, i, frame, at| setitem(py, s, i));

fn getitem(py: &Py, s: Slots, i: Instr) -> PyResult<()> {
    let v = s.val(i.b());
    if i.op() == crate::bytecode::Opcode::GETITEM_INT as u8 {
        let r = ops::getitem(py, v, &Obj::small(i.sc() as i64))?;
        if i.x() & x::B_TEMP != 0 && i.b() != i.a() {
            s.clear(i.b());
        }
        s.put(i.a(), r);
        return Ok(());
    }
    let k = s.val(i.c());
    if DICT.is_exact(v)
        && let Some(r) = v.cast::<DictObj>().get_for_frame(py, k, s.is_dying(i))?
    {
        s.finish_word(i, r);
        return Ok(());
    }
    let r = ops::getitem(py, v, k)?;
    s.finish(i, r);
    Ok(())
}

fn setitem(py: &Py, s: Slots, i: Instr) -> PyResult<()> {
    let v = s.val(i.a());
    if DICT.is_exact(v) {
        v.cast::<DictObj>().set(py, s.val(i.b()), s.get(i.c()))?;
    } else {
        ops::setitem(py, v, s.val(i.b()), s.val(i.c()))?;
    }
    s.consume(i);
    Ok(())
}

fn delitem(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    ops::delitem(py, s.val(i.a()), s.val(i.b()))?;
    s.consume(i);
    Ok(())
}

fn build_slice(py: &Py, s: Slots, i: Instr, _: *mut Frame) -> PyResult<()> {
    let start = s.take(i.b());
    let stop = s.take(i.b() + 1);
    let step = if i.c() == 3 {
        s.take(i.b() + 2)
    } else {
        py.none()
    };
    s.put(i.a(), crate::builtins::slice::new(py, start, stop, step));
    Ok(())
}
