//! Subscripts and slices.

use super::Slots;
use crate::builtins::dict::{DICT, DictObj};
use crate::builtins::list::ListObj;
use crate::bytecode::ops::Opcode;
use crate::interp::abi::Table;
use crate::object::shape::Kind;
use super::load_store::drop_two;
use crate::builtins::tuple::TupleObj;
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
        let kind = (*(*h).shape_ptr()).kind();
        if kind == Kind::List as u8 {
            let s = (*h).payload::<ListObj>().slots();
            let n = if n < 0 { n + s.len() as i64 } else { n };
            return if (n as usize) < s.len() {
                s[n as usize].word()
            } else {
                UNBOUND
            };
        }
        if kind == Kind::Tuple as u8 {
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
        if b.is_ptr() && c.is_int() && i.x() & x::B_TEMP == 0 {
            if let Some(v) = count::quick_load(py, quick_item(b.ptr(), c.as_int()), false) {
                let p = base.add(i.a() as usize);
                let old = Word(*p);
                *p = v.0;
                drop_next!(old, ip, base, table, py, frame)
            }
        }
        return getitem_other(ip, base, table, py, frame, w);
    });

    handler!(GETITEM_INT(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let b = Word(*base.add(i.b() as usize));
        if b.is_ptr() && i.x() & x::B_TEMP == 0 {
            if let Some(v) = count::quick_load(py, quick_item(b.ptr(), i.sc() as i64), false) {
                let p = base.add(i.a() as usize);
                let old = Word(*p);
                *p = v.0;
                drop_next!(old, ip, base, table, py, frame)
            }
        }
        return getitem_other(ip, base, table, py, frame, w);
    });

    handler!(SETITEM(ip, base, table, py, frame, w) {
        let i = Instr(w);
        let a = Word(*base.add(i.a() as usize));
        let b = Word(*base.add(i.b() as usize));
        if a.is_ptr() && b.is_int() && i.x() & x::A_TEMP == 0 && (*(*a.ptr()).shape_ptr()).is(Kind::List) && crate::thread::is_single_threaded() {
            let l = (*a.ptr()).payload::<ListObj>().slots();
            let n = b.as_int();
            let n = if n < 0 { n + l.len() as i64 } else { n };
            if (n as usize) < l.len() {
                let from = base.add(i.c() as usize);
                let mut v = Word(*from);
                if i.x() & x::C_TEMP != 0 && (v.is_owned_ptr() || !v.is_ptr()) {
                    *from = UNBOUND.0;
                } else if let Some(copy) = count::quick_for_heap(py, v) {
                    v = copy;
                    if i.x() & x::C_TEMP != 0 {
                        *from = UNBOUND.0;
                    }
                } else {
                    return setitem_slow(ip, base, table, py, frame, w);
                }
                let slot = l.get_unchecked(n as usize);
                let old = slot.word();
                slot.init_word(v);
                drop_next!(old, ip, base, table, py, frame)
            }
        }
        return setitem_slow(ip, base, table, py, frame, w);
    });

    plain!(DELITEM, delitem);
    plain!(BUILD_SLICE, build_slice);
}

// An item of a list or tuple that is a temporary.
handler!(#[inline(never)] getitem_other(ip, base, table, py, frame, w) {
    let i = Instr(w);
    let b = Word(*base.add(i.b() as usize));
    let n = if i.op() == Opcode::GETITEM_INT as u8 {
        i.sc() as i64
    } else {
        let c = Word(*base.add(i.c() as usize));
        if !c.is_int() {
            return getitem_slow(ip, base, table, py, frame, w);
        }
        c.as_int()
    };
    if b.is_ptr() && i.x() & x::B_TEMP != 0 {
        if let Some(v) = count::quick_load(py, quick_item(b.ptr(), n), b.is_owned_ptr()) {
            let mut old = b;
            if i.a() == i.b() {
                *base.add(i.a() as usize) = v.0;
            } else {
                *base.add(i.b() as usize) = UNBOUND.0;
                let p = base.add(i.a() as usize);
                old = Word(*p);
                *p = v.0;
                if b.is_owned_ptr() && !count::quick_release(py, b.ptr()) {
                    return drop_two(ip, base, old.0 as *const Table, py, frame, b.0);
                }
            }
            drop_next!(old, ip, base, table, py, frame)
        }
    }
    return getitem_slow(ip, base, table, py, frame, w);
});

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
